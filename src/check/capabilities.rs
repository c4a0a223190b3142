//! Capabilities that a stack is given against those that its template needs.

use crate::check::{Check, Level, Subject};
use crate::model::finding::Finding;
use crate::template::outline::outline;

/// The check.
pub const CHECK: Check =
    Check { code: CODE, title: "capabilities of a stack", page: PAGE, level: Level::Stack(run) };

const CODE: &str = "FW0306";

const PAGE: &str = "\
A template that makes IAM resources needs `CAPABILITY_IAM`, or `CAPABILITY_NAMED_IAM` when they have names of their own; one
with macros may need `CAPABILITY_AUTO_EXPAND`. Without `capabilities` in the blueprint they are derived from the template.

Wrong:

```yaml
# blueprint.yaml
stacks:
  access: # <-- the group has a name
    capabilities: [CAPABILITY_IAM]
    template: access.yaml
# access.yaml
Resources:
  Group:
    Type: AWS::IAM::Group
    Properties: {GroupName: readers}
```

Right:

```yaml
# blueprint.yaml
stacks:
  access:
    capabilities: [CAPABILITY_NAMED_IAM]
    template: access.yaml
# access.yaml
Resources:
  Group:
    Type: AWS::IAM::Group
    Properties: {GroupName: readers}
```
";

const KNOWN: &[&str] = &["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"];

fn run(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let stack = subject.stack;
    let has = |name: &str| stack.capabilities.iter().any(|given| given == name);
    let place = || stack.place.clone();
    for given in stack.capabilities.iter().filter(|given| !KNOWN.contains(&given.as_str())) {
        let message = format!("there is no capability `{given}`");
        let help = super::did_you_mean(given, KNOWN.iter().copied());
        findings.push(Finding::error(CODE, message, place()).maybe_help(help).subject(subject.name()));
    }
    let needed = subject.anatomy.capabilities.get_or_init(|| outline(subject.anatomy.document).capabilities);
    for needed in needed.iter().filter(|needed| !has(needed)) {
        if *needed == "CAPABILITY_IAM" && has("CAPABILITY_NAMED_IAM") {
            continue;
        }
        let message = format!("`{}` needs `{needed}`, which the stack is not given", stack.body.template);
        let finding = match *needed {
            "CAPABILITY_AUTO_EXPAND" => Finding::warning(CODE, message, place()),
            _ => Finding::error(CODE, message, place()),
        };
        findings.push(
            finding.help("add it to `capabilities`, or leave `capabilities` out").subject(subject.name()),
        );
    }
}
