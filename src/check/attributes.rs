//! Attributes that a resource type does not have.

use crate::check::anatomy::{Anatomy, Use, Way};
use crate::check::typed::resource_type;
use crate::check::{Check, Level, did_you_mean};
use crate::model::finding::{Finding, Severity};

/// The check.
pub const CHECK: Check =
    Check { code: CODE, title: "unknown attributes", page: PAGE, level: Level::Body(run) };

const CODE: &str = "FW0235";

const PAGE: &str = "\
`Fn::GetAtt` reads what a resource's type publishes: mostly ARNs, names and endpoints. In a text of `Fn::Sub` it is
written `${Queue.Arn}`. A name near a known one is an error, any other a warning.

Wrong:

```yaml
Resources:
  Queue: {Type: AWS::SQS::Queue}
Outputs:
  QueueArn:
    Value: !GetAtt Queue.ARN # <-- it is Arn
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
    if anatomy.has_macros() {
        return;
    }
    for found in &anatomy.uses {
        if let Way::GetAtt(Some(attribute)) | Way::Sub(Some(attribute)) = found.way {
            findings.extend(check_attribute(anatomy, found, attribute));
        }
    }
}

fn check_attribute(anatomy: &Anatomy<'_>, found: &Use<'_>, attribute: &str) -> Option<Finding> {
    let resource = Anatomy::find(&anatomy.resources, found.name)?;
    let kind = resource_type(&resource)?;
    if attribute.is_empty() || kind.attribute(attribute).is_some() {
        return None;
    }
    let known = kind.attributes();
    let near = did_you_mean(attribute, known.iter().map(String::as_str));
    let severity = if near.is_some() { Severity::Error } else { Severity::Warning };
    let listed = known.iter().take(12).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let help = near.or_else(|| (!known.is_empty()).then(|| format!("known are {listed}")));
    let message = format!("`{}` of the resource `{}` has no attribute `{attribute}`", kind.name, found.name);
    let finding = Finding::error(CODE, message, anatomy.place_of(found.range));
    Some(Finding { severity, ..finding }.maybe_help(help))
}

#[cfg(test)]
mod tests {
    use crate::check::examples::check;

    #[test]
    fn attributes_must_be_known() {
        let with = |text: &str| {
            format!(
                "Resources:\n  Q: {{Type: AWS::SQS::Queue}}\n  C: {{Type: Custom::Thing, Properties: {{ServiceToken: a}}}}\nOutputs:\n  A: {{Value: {text}}}\n"
            )
        };
        check(&with("!GetAtt Q.QueueUrl"), &[]);
        check(&with("!GetAtt C.Anything"), &[]);
        check(&with("!GetAtt Q.Colour"), &["FW0235:5"]);
        check(&with("{'Fn::GetAtt': [Q, Colour]}"), &["FW0235:5"]);
        check(&with("!Sub 'a ${Q.Colour}'"), &["FW0235:5"]);
    }
}
