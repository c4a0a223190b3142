//! `Fn::GetAtt` of a resource that is not there.

use crate::check::anatomy::{Anatomy, Section, Use, Way};
use crate::check::{Check, Level, did_you_mean};
use crate::model::finding::Finding;

/// The check.
pub const CHECK: Check = Check {
    code: CODE,
    title: "`Fn::GetAtt` of a resource that is not there",
    page: PAGE,
    level: Level::Body(run),
};

const CODE: &str = "FW0211";

const PAGE: &str = "\
`Fn::GetAtt` takes a resource of the same template and one of its attributes. Parameters have no attributes. What another
stack has is reached by `!Output stack.Key` in the blueprint.

Wrong:

```yaml
Resources:
  Queue: {Type: AWS::SQS::Queue}
Outputs:
  QueueArn:
    Value: !GetAtt Topic.Arn # <-- no such resource
```

Right:

```yaml
Resources:
  Queue: {Type: AWS::SQS::Queue}
Outputs:
  QueueArn:
    Value: !GetAtt Queue.Arn
```
";

fn run(anatomy: &Anatomy<'_>, findings: &mut Vec<Finding>) {
    for found in &anatomy.uses {
        if matches!(found.way, Way::GetAtt(_)) && !found.name.is_empty() {
            findings.extend(dangling(anatomy, found, CODE));
        }
    }
}

/// The finding for an attribute of something that is no resource of the template.
pub fn dangling(anatomy: &Anatomy<'_>, found: &Use<'_>, code: &'static str) -> Option<Finding> {
    let name = found.name;
    if anatomy.opaque || found.section == Section::Hooks || Anatomy::find(&anatomy.resources, name).is_some()
    {
        return None;
    }
    let place = anatomy.place_of(found.range);
    let finding = match Anatomy::find(&anatomy.parameters, name) {
        Some(parameter) => {
            let message = format!("`{name}` is a parameter, and parameters have no attributes");
            Finding::error(code, message, place).related(anatomy.place(parameter.key), "the parameter")
        }
        None => {
            let known = anatomy.resources.iter().map(|entry| entry.name);
            Finding::error(code, format!("there is no resource `{name}`"), place)
                .maybe_help(did_you_mean(name, known))
        }
    };
    Some(finding.label(format!("used by the {}", anatomy.whereabouts(found.section))))
}

#[cfg(test)]
mod tests {
    use crate::check::examples::check;

    #[test]
    fn resources_must_be_there() {
        let with = |text: &str| {
            format!(
                "Parameters: {{P: {{Type: String}}}}\nResources: {{Q: {{Type: AWS::SQS::Queue}}}}\nOutputs:\n  A: {{Value: {text}}}\n  B: {{Value: !Ref P}}\n"
            )
        };
        check(&with("!GetAtt Q.Arn"), &[]);
        check(&with("{'Fn::GetAtt': [Q, Arn]}"), &[]);
        check(&with("{'Fn::GetAtt': [R, Arn]}"), &["FW0211:4"]);
        check(&with("!GetAtt P.Arn"), &["FW0211:4"]);
    }
}
