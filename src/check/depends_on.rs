//! `DependsOn` something that is not there.

use crate::check::anatomy::{Anatomy, Section, Way};
use crate::check::{Check, Level, did_you_mean};
use crate::model::finding::Finding;

/// The check.
pub const CHECK: Check = Check {
    code: CODE,
    title: "`DependsOn` something that is not there",
    page: PAGE,
    level: Level::Body(run),
};

const CODE: &str = "FW0213";

const PAGE: &str = "\
`DependsOn` names other resources of the same template. Stacks that wait for each other are written in the blueprint
(`after`, or `!Output` in a parameter).

Wrong:

```yaml
Resources:
  Queue:
    Type: AWS::SQS::Queue
    DependsOn: Topics # <-- no such resource
  Topic: {Type: AWS::SNS::Topic}
```

Right:

```yaml
Resources:
  Queue:
    Type: AWS::SQS::Queue
    DependsOn: Topic
  Topic: {Type: AWS::SNS::Topic}
```
";

fn run(anatomy: &Anatomy<'_>, findings: &mut Vec<Finding>) {
    for found in anatomy.uses.iter().filter(|found| found.way == Way::DependsOn) {
        let Section::Resources(at) = found.section else { continue };
        let Some(owner) = anatomy.resources.get(at) else { continue };
        let name = found.name;
        if owner.name == name {
            let message = format!("the resource `{name}` depends on itself");
            findings.push(Finding::error(CODE, message, anatomy.place(found.node)));
        } else if !anatomy.opaque && Anatomy::find(&anatomy.resources, name).is_none() {
            let known = anatomy.resources.iter().map(|entry| entry.name).filter(|known| *known != owner.name);
            let message = format!("the resource `{}` depends on `{name}`, which is no resource", owner.name);
            findings.push(
                Finding::error(CODE, message, anatomy.place(found.node))
                    .maybe_help(did_you_mean(name, known)),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::examples::check;

    #[test]
    fn dependencies_must_be_there() {
        let with = |text: &str| {
            format!(
                "Resources:\n  T: {{Type: AWS::SNS::Topic}}\n  Q:\n    Type: AWS::SQS::Queue\n    DependsOn: {text}\n"
            )
        };
        check(&with("T"), &[]);
        check(&with("[T]"), &[]);
        check(&with("[T, U]"), &["FW0213:5"]);
        check(&with("Q"), &["FW0213:5"]);
    }
}
