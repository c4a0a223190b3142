//! Bodies that are too large to be sent in a request.

use crate::check::{Check, Level, Subject, note};
use crate::model::finding::Finding;

/// The check.
pub const CHECK: Check =
    Check { code: CODE, title: "the size of a body", page: PAGE, level: Level::Stack(run) };

const CODE: &str = "FW0303";

const PAGE: &str = "\
A body of more than 51,200 bytes does not fit into a request. It goes through a bucket of the target account:
`artifacts: {bucket: …}` in `formwork.yaml` names it. Or divide the template into several stacks. The limit counts bytes of
UTF-8 after rendering, comments and blanks included.

Wrong: a template of 60,000 bytes, and no bucket.

Right:

```yaml
# blueprint.yaml
stacks:
  orders:
    template: orders.yaml
# orders.yaml
Resources:
  Queue: {Type: AWS::SQS::Queue}
```
";

/// What fits into a request.
const LIMIT: usize = 51_200;
/// From here on it is worth knowing how near the limit is.
const NEAR: usize = LIMIT / 100 * 95;

fn run(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let stack = subject.stack;
    let bytes = stack.body.text().len();
    let target = (stack.account.id.as_str().to_owned(), stack.region.clone());
    if bytes <= NEAR || subject.environment.artifact_buckets.contains_key(&target) {
        return;
    }
    let template = &stack.body.template;
    let finding = match bytes > LIMIT {
        true => {
            let message = format!(
                "`{template}` renders to {bytes} bytes; more than {LIMIT} go through a bucket, and there is none"
            );
            Finding::error(CODE, message, stack.place.clone())
                .help("name one with `artifacts: {bucket: …}` in `formwork.yaml`, or divide the stack")
        }
        false => {
            let message =
                format!("`{template}` renders to {bytes} bytes; above {LIMIT} it will need a bucket");
            note(CODE, message, stack.place.clone())
        }
    };
    findings.push(finding.subject(subject.name()));
}

#[cfg(test)]
mod tests {
    use crate::check::examples::project;

    #[test]
    fn large_bodies_need_a_bucket() {
        let with = |bytes: usize, bucket: &str| {
            let body = "Resources: {Q: {Type: AWS::SQS::Queue}}\n";
            let filling = "x".repeat(bytes - body.len() - 3);
            format!(
                "# blueprint.yaml\nstacks:\n  a:\n    template: a.yaml\n# dev.yaml\nregions: [eu-west-1]\n{bucket}# a.yaml\n{body}# {filling}\n"
            )
        };
        project(&with(40_000, ""), &[]);
        project(&with(51_200, ""), &["FW0303 blueprint.yaml:2"]);
        project(&with(51_201, ""), &["FW0303 blueprint.yaml:2"]);
        project(&with(51_201, "bucket: b\n"), &[]);
    }
}
