//! Uses of resources that a condition may leave out.

use crate::check::anatomy::{Anatomy, Entry, Section, Use, Way};
use crate::check::call::{Call, literal};
use crate::check::{Check, Level};
use crate::model::document::Node;
use crate::model::finding::Finding;
use std::collections::HashSet;

/// The check.
pub const CHECK: Check = Check {
    code: CODE,
    title: "uses of resources that may be left out",
    page: PAGE,
    level: Level::Body(run),
};

const CODE: &str = "FW0220";

const PAGE: &str = "\
A resource with a condition is not there when the condition does not hold, and whatever uses it then fails. The user must
have the same condition, one that includes it, or ask for it with `Fn::If`.

Wrong:

```yaml
Conditions:
  IsPrimary: !Equals [!Ref AWS::Region, eu-north-1]
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Condition: IsPrimary
Outputs:
  QueueArn:
    Value: !GetAtt Queue.Arn # <-- in other regions there is none
```

Right:

```yaml
Conditions:
  IsPrimary: !Equals [!Ref AWS::Region, eu-north-1]
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Condition: IsPrimary
Outputs:
  QueueArn:
    Condition: IsPrimary
    Value: !GetAtt Queue.Arn
```
";

/// How many conditions may be built of each other.
const DEPTH: usize = 12;

fn run(anatomy: &Anatomy<'_>, findings: &mut Vec<Finding>) {
    if anatomy.opaque || anatomy.conditions.is_empty() {
        return;
    }
    let mut told = HashSet::new();
    for found in anatomy.uses.iter().filter(|found| !found.conditional) {
        let finding = check_use(anatomy, found).filter(|_| told.insert((found.section, found.name)));
        findings.extend(finding);
    }
}

fn check_use(anatomy: &Anatomy<'_>, found: &Use<'_>) -> Option<Finding> {
    match found.way {
        Way::Ref | Way::GetAtt(_) | Way::Sub(_) | Way::DependsOn => {}
        Way::Condition | Way::Mapping => return None,
    }
    let target = Anatomy::find(&anatomy.resources, found.name)?;
    let needed = condition(&target)?;
    let user = match found.section {
        Section::Resources(at) => anatomy.resources.get(at)?,
        Section::Outputs(at) => anatomy.outputs.get(at)?,
        Section::Conditions(_) | Section::Rules | Section::Hooks => return None,
    };
    if condition(user).is_some_and(|given| implies(anatomy, given, needed, DEPTH)) {
        return None;
    }
    let whereabouts = anatomy.whereabouts(found.section);
    let message = format!(
        "the {whereabouts} uses the resource `{}`, which is there only when `{needed}` holds",
        target.name
    );
    Some(
        Finding::warning(CODE, message, anatomy.place_of(found.range))
            .related(anatomy.place(target.key), "the resource")
            .help(format!("give it `Condition: {needed}` too, or use `Fn::If`")),
    )
}

fn condition<'a>(entry: &Entry<'a>) -> Option<&'a str> {
    entry.node.get("Condition").and_then(literal)
}

/// Whether a condition holds only when another does, as far as their form tells.
fn implies(anatomy: &Anatomy<'_>, given: &str, needed: &str, depth: usize) -> bool {
    if given == needed || depth == 0 {
        return given == needed;
    }
    let Some(entry) = Anatomy::find(&anatomy.conditions, given) else { return true };
    holds_only_with(anatomy, entry.node, needed, depth - 1)
}

fn holds_only_with(anatomy: &Anatomy<'_>, node: &Node, needed: &str, depth: usize) -> bool {
    let Some(call) = Call::read_condition(node) else { return false };
    let items = call.items().unwrap_or_default();
    match call.name {
        "Condition" => call.text().is_some_and(|name| implies(anatomy, name, needed, depth)),
        "And" => items.iter().any(|item| holds_only_with(anatomy, item, needed, depth)),
        "Or" => items.iter().all(|item| holds_only_with(anatomy, item, needed, depth)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::check::examples::check;

    #[test]
    fn conditions_must_fit() {
        let with = |condition: &str, value: &str| {
            format!(
                "Conditions:\n  C: !Equals [!Ref AWS::Region, a]\n  D: !And [!Condition C, !Equals [a, b]]\n  E: !Or [!Condition C, !Equals [a, b]]\nResources:\n  Q: {{Type: AWS::SQS::Queue, Condition: C}}\n  R: {{Type: AWS::SQS::Queue, Condition: E}}\n  S: {{Type: AWS::SQS::Queue, Condition: D}}\nOutputs:\n  A:\n    {condition}\n    Value: {value}\n"
            )
        };
        check(&with("Condition: C", "!Ref Q"), &[]);
        check(&with("Condition: D", "!Ref Q"), &[]);
        check(&with("Condition: E", "!Ref Q"), &["FW0220:12"]);
        check(&with("Description: d", "!Sub '${Q}'"), &["FW0220:12"]);
        check(&with("Description: d", "!If [C, !Ref Q, '']"), &[]);
    }
}
