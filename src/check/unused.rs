//! Parameters, conditions and mappings that nothing uses.

use crate::check::anatomy::{Anatomy, Entry, Way};
use crate::check::{Check, Level};
use crate::model::finding::Finding;
use std::collections::HashSet;

/// The check.
pub const CHECK: Check =
    Check { code: CODE, title: "unused declarations", page: PAGE, level: Level::Body(run) };

const CODE: &str = "FW0219";

const PAGE: &str = "\
A parameter, a condition or a mapping that nothing in the template uses is a leftover, or the use of it was forgotten.

Wrong:

```yaml
Parameters:
  Delay: {Type: Number} # <-- used nowhere
Resources:
  Queue: {Type: AWS::SQS::Queue}
```

Right:

```yaml
Parameters:
  Delay: {Type: Number}
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties: {DelaySeconds: !Ref Delay}
```
";

fn run(anatomy: &Anatomy<'_>, findings: &mut Vec<Finding>) {
    if anatomy.opaque {
        return;
    }
    let used = |wanted: fn(&Way<'_>) -> bool| -> HashSet<&str> {
        anatomy.uses.iter().filter(|found| wanted(&found.way)).map(|found| found.name).collect()
    };
    let mut names = used(|way| matches!(way, Way::Ref | Way::Sub(_)));
    names.extend(used_in_rules(anatomy));
    let conditions = used(|way| *way == Way::Condition);
    let dynamic = anatomy.calls.iter().any(|located| {
        located.call.name == "FindInMap"
            && located
                .call
                .items()
                .and_then(|items| items.first())
                .is_none_or(|map| map.tag.is_some() || map.text().is_none())
    });
    let mappings = used(|way| *way == Way::Mapping);
    let mut report = |kind: &str, entries: &[Entry<'_>], names: &HashSet<&str>| {
        for entry in entries.iter().filter(|entry| !names.contains(entry.name)) {
            let message = format!("the {kind} `{}` is used nowhere in the template", entry.name);
            findings.push(Finding::warning(CODE, message, anatomy.place(entry.key)));
        }
    };
    report("parameter", &anatomy.parameters, &names);
    report("condition", &anatomy.conditions, &conditions);
    if !dynamic {
        report("mapping", &anatomy.mappings, &mappings);
    }
}

/// Rules name parameters as plain texts too.
fn used_in_rules<'a>(anatomy: &Anatomy<'a>) -> Vec<&'a str> {
    let calls = anatomy.calls.iter().filter(|located| located.call.name.starts_with("ValueOf"));
    calls.filter_map(|located| located.call.items()?.first()?.text()).collect()
}

#[cfg(test)]
mod tests {
    use crate::check::examples::check;

    #[test]
    fn leftovers_are_found() {
        let text = "Parameters:\n  P: {Type: String}\nMappings:\n  M: {a: {k: v}}\nConditions:\n  C: !Equals [a, b]\n  D: !Not [!Condition C]\nResources:\n  Q: {Type: AWS::SQS::Queue}\n";
        check(text, &["FW0219:2", "FW0219:4", "FW0219:7"]);
        check(&format!("Transform: Macro\n{text}"), &[]);
        check(
            "Parameters:\n  P: {Type: String}\nResources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties: {QueueName: !Sub 'a${P}'}\n",
            &[],
        );
    }
}
