//! `Ref` to something that is not there.

use crate::check::anatomy::{Anatomy, Section, Use, Way};
use crate::check::{Check, Level, did_you_mean};
use crate::model::finding::Finding;

/// The check.
pub const CHECK: Check =
    Check { code: CODE, title: "`Ref` to something that is not there", page: PAGE, level: Level::Body(run) };

const CODE: &str = "FW0210";

const PAGE: &str = "\
`Ref` takes the name of a parameter, of a resource of the same template, or of a pseudo parameter such as `AWS::Region`.
In `Conditions` and `Rules` resources do not exist yet, so only parameters work there.

Wrong:

```yaml
Resources:
  Queue: {Type: AWS::SQS::Queue}
Outputs:
  QueueUrl:
    Value: !Ref Queeu # <-- no such resource
```

Right:

```yaml
Resources:
  Queue: {Type: AWS::SQS::Queue}
Outputs:
  QueueUrl:
    Value: !Ref Queue
```
";

/// The pseudo parameters.
pub const PSEUDO: &[&str] = &[
    "AWS::AccountId",
    "AWS::NotificationARNs",
    "AWS::NoValue",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];

fn run(anatomy: &Anatomy<'_>, findings: &mut Vec<Finding>) {
    for found in anatomy.uses.iter().filter(|found| found.way == Way::Ref) {
        if let Some(finding) = dangling(anatomy, found, CODE) {
            findings.push(finding);
        }
    }
}

/// The finding for a name that is neither parameter nor resource, as the place it stands in allows them.
pub fn dangling(anatomy: &Anatomy<'_>, found: &Use<'_>, code: &'static str) -> Option<Finding> {
    let name = found.name;
    let pseudo = name.starts_with("AWS::");
    if PSEUDO.contains(&name)
        || Anatomy::find(&anatomy.parameters, name).is_some()
        || (anatomy.opaque && !pseudo)
    {
        return None;
    }
    let early = match found.section {
        Section::Conditions(_) | Section::Rules => true,
        Section::Resources(_) | Section::Outputs(_) => false,
        Section::Hooks => return None,
    };
    let resource = Anatomy::find(&anatomy.resources, name);
    if resource.is_some() && !early {
        return None;
    }
    let whereabouts = anatomy.whereabouts(found.section);
    let place = anatomy.place_of(found.range);
    if let Some(resource) = resource {
        let message = format!(
            "the {whereabouts} uses the resource `{name}`, which does not exist yet when it is evaluated"
        );
        return Some(
            Finding::error(code, message, place)
                .related(anatomy.place(resource.key), "the resource")
                .help("conditions and rules can use parameters only"),
        );
    }
    let message = match pseudo {
        true => format!("there is no pseudo parameter `{name}`"),
        false if early => format!("there is no parameter `{name}`"),
        false => format!("there is no parameter or resource `{name}`"),
    };
    let resources = anatomy.resources.iter().filter(|_| !early);
    let known =
        anatomy.parameters.iter().chain(resources).map(|entry| entry.name).chain(PSEUDO.iter().copied());
    Some(
        Finding::error(code, message, place)
            .label(format!("used by the {whereabouts}"))
            .maybe_help(did_you_mean(name, known)),
    )
}

#[cfg(test)]
mod tests {
    use crate::check::examples::check;

    #[test]
    fn names_must_be_there() {
        let with = |text: &str| {
            format!("Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n      QueueName: {text}\n")
        };
        check(&with("!Ref AWS::StackName"), &[]);
        check(&with("{Ref: 'AWS::StackName'}"), &[]);
        check(&with("!Ref AWS::Stack"), &["FW0210:5"]);
        check(&with("{Ref: Nothing}"), &["FW0210:5"]);
        check(
            &with("!If [C, !Ref Nothing, a]\nConditions:\n  C: !Equals [!Ref Q, a]"),
            &["FW0210:5", "FW0210:7"],
        );
        check(&format!("Transform: AWS::Serverless-2016-10-31\n{}", with("!Ref ServerlessRestApi")), &[]);
    }
}
