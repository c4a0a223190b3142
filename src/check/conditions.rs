//! Conditions that are used but not there, or there but no conditions.

use crate::check::anatomy::{Anatomy, Section, Way};
use crate::check::call::Call;
use crate::check::{Check, Level, did_you_mean};
use crate::model::finding::Finding;

/// The check.
pub const CHECK: Check = Check { code: CODE, title: "conditions", page: PAGE, level: Level::Body(run) };

const CODE: &str = "FW0214";

const PAGE: &str = "\
`Condition` and the first argument of `Fn::If` name a member of `Conditions`. A member of `Conditions` is one of `Fn::And`,
`Fn::Or`, `Fn::Not`, `Fn::Equals` or another condition.

Wrong:

```yaml
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Condition: IsProduction # <-- no such condition
```

Right:

```yaml
Conditions:
  IsProduction: !Equals [!Ref AWS::Region, eu-north-1]
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Condition: IsProduction
```
";

fn run(anatomy: &Anatomy<'_>, findings: &mut Vec<Finding>) {
    for entry in &anatomy.conditions {
        let call = Call::read_condition(entry.node);
        let known = ["And", "Or", "Not", "Equals", "Condition", "Transform"];
        if !call.is_some_and(|call| known.contains(&call.name)) && !anatomy.opaque {
            let message = format!(
                "the condition `{}` must be one of `Fn::And`, `Fn::Or`, `Fn::Not`, `Fn::Equals` or `Condition`",
                entry.name
            );
            findings.push(Finding::error(CODE, message, anatomy.place(entry.key)));
        }
    }
    for found in anatomy.uses.iter().filter(|found| found.way == Way::Condition) {
        let name = found.name;
        if anatomy.opaque
            || found.section == Section::Hooks
            || Anatomy::find(&anatomy.conditions, name).is_some()
        {
            continue;
        }
        let known = anatomy.conditions.iter().map(|entry| entry.name);
        findings.push(
            Finding::error(CODE, format!("there is no condition `{name}`"), anatomy.place(found.node))
                .label(format!("used by the {}", anatomy.whereabouts(found.section)))
                .maybe_help(did_you_mean(name, known)),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::check::examples::check;

    #[test]
    fn conditions_must_be_there() {
        let with = |text: &str| {
            format!("Conditions:\n  C: {text}\nResources:\n  Q: {{Type: AWS::SQS::Queue, Condition: C}}\n")
        };
        check(&with("!Equals [a, b]"), &[]);
        check(&with("!Not [!Equals [a, b]]"), &[]);
        check(&with("!Not [!Condition D]"), &["FW0214:2"]);
        check(&with("{'Fn::Not': [{Condition: D}]}"), &["FW0214:2"]);
        check(&with("true"), &["FW0214:2"]);
        check(&with("!Ref AWS::Region"), &["FW0214:2"]);
    }
}
