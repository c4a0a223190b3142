//! Resource types that nobody knows.

use crate::check::anatomy::{Anatomy, Entry};
use crate::check::call::literal;
use crate::check::{Check, Level, note};
use crate::model::finding::Finding;
use crate::model::nearest::nearest;
use crate::registry;

/// The check.
pub const CHECK: Check =
    Check { code: CODE, title: "unknown resource types", page: PAGE, level: Level::Body(run) };

const CODE: &str = "FW0230";

const PAGE: &str = "\
A resource's type has the form `AWS::Service::Thing`, `Custom::Anything`, or `Organisation::Service::Thing` for types that an
account has registered itself. A name near a known one is an error. Another unknown type of AWS is a warning: it may
be newer than the list that formwork has. Types of others are noted, because nothing can be checked of them.

Wrong:

```yaml
Resources:
  Queue:
    Type: AWS::SQS::Queu # <-- no such type
```

Right:

```yaml
Resources:
  Queue:
    Type: AWS::SQS::Queue
```
";

fn run(anatomy: &Anatomy<'_>, findings: &mut Vec<Finding>) {
    if anatomy.has_macros() {
        return;
    }
    for entry in &anatomy.resources {
        findings.extend(check_type(anatomy, entry));
    }
}

fn check_type(anatomy: &Anatomy<'_>, entry: &Entry<'_>) -> Option<Finding> {
    let node = entry.node.get("Type")?;
    let name = literal(node).filter(|name| !name.is_empty())?;
    let place = || anatomy.place(node);
    let elsewhere =
        name.starts_with("Custom::") || name.ends_with("::MODULE") || name == "AWS::CDK::Metadata";
    if elsewhere || registry::find(name).is_some() {
        return None;
    }
    if name.starts_with("AWS::Serverless::") {
        let message = format!("`{name}` needs the transform `AWS::Serverless-2016-10-31`");
        let expanded = anatomy.transforms.iter().any(|name| name.starts_with("AWS::Serverless-"));
        return (!expanded).then(|| Finding::error(CODE, message, place()));
    }
    let near = nearest(name, registry::type_names()).map(|near| format!("did you mean `{near}`?"));
    let message = format!("there is no resource type `{name}`");
    if near.is_some() || name.split("::").count() < 3 {
        return Some(Finding::error(CODE, message, place()).maybe_help(near));
    }
    match name.starts_with("AWS::") {
        true => {
            let message = format!("the resource type `{name}` is not known here");
            Some(
                Finding::warning(CODE, message, place())
                    .help("it may be newer than this version of formwork"),
            )
        }
        false => {
            let message = format!("nothing can be checked of `{name}`, a type of an account's own registry");
            Some(note(CODE, message, place()))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::examples::check;

    #[test]
    fn types_must_be_known() {
        let with = |text: &str| format!("Resources:\n  Q:\n    Type: {text}\n");
        check(&with("Custom::Anything"), &[]);
        check(&with("AWS::CloudFormation::WaitConditionHandle"), &[]);
        check(&with("Acme::Things::Thing::MODULE"), &[]);
        check(&with("Acme::Things::Thing"), &["FW0230:3"]);
        check(&with("AWS::Nothing::Whatever"), &["FW0230:3"]);
        check(&with("Queue"), &["FW0230:3"]);
        check(&with("AWS::Serverless::Function"), &["FW0230:3"]);
        check(&format!("Transform: AWS::Serverless-2016-10-31\n{}", with("AWS::Serverless::Function")), &[]);
    }
}
