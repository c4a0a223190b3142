//! The form of an output: a value, and an export with a name.

use crate::check::anatomy::{Anatomy, Entry};
use crate::check::call::{Call, is_list, is_mapping, literal};
use crate::check::{Check, Level, did_you_mean};
use crate::model::finding::Finding;

/// The check.
pub const CHECK: Check =
    Check { code: CODE, title: "the form of an output", page: PAGE, level: Level::Body(run) };

const CODE: &str = "FW0204";

const PAGE: &str = "\
Every member of `Outputs` is a mapping with a `Value`, and perhaps `Description`, `Condition` and `Export`; an export
has a `Name`. A value is one text: a list has to be joined.

Wrong:

```yaml
Resources:
  Queue: {Type: AWS::SQS::Queue}
Outputs:
  QueueArn: # <-- no Value
    Description: Where orders go
```

Right:

```yaml
Resources:
  Queue: {Type: AWS::SQS::Queue}
Outputs:
  QueueArn:
    Description: Where orders go
    Value: !GetAtt Queue.Arn
```
";

const ATTRIBUTES: &[&str] = &["Value", "Description", "Condition", "Export"];

fn run(anatomy: &Anatomy<'_>, findings: &mut Vec<Finding>) {
    for entry in &anatomy.outputs {
        check_output(anatomy, entry, findings);
    }
}

fn check_output(anatomy: &Anatomy<'_>, entry: &Entry<'_>, findings: &mut Vec<Finding>) {
    let name = entry.name;
    if Call::read(entry.node).is_some() {
        return;
    }
    if !is_mapping(entry.node) {
        let message = format!("the output `{name}` must be a mapping with a `Value`");
        findings.push(Finding::error(CODE, message, anatomy.place(entry.key)));
        return;
    }
    let mut complain = |node, message: String, help: Option<String>| {
        findings.push(Finding::error(CODE, message, anatomy.place(node)).maybe_help(help));
    };
    match entry.node.get("Value") {
        None => complain(entry.key, format!("the output `{name}` has no `Value`"), None),
        Some(node) if node.tag.is_none() && is_list(node) => {
            let help = "join it with `!Join`".to_owned();
            complain(node, format!("the value of the output `{name}` is a list"), Some(help));
        }
        Some(node) if is_mapping(node) && Call::read(node).is_none() && node.entries().len() != 1 => {
            complain(node, format!("the value of the output `{name}` is a mapping, not a text"), None);
        }
        Some(_) => {}
    }
    if let Some(export) = entry.node.get("Export")
        && Call::read(export).is_none()
        && export.get("Name").is_none()
    {
        complain(export, format!("the export of the output `{name}` has no `Name`"), None);
    }
    for (key, node) in entry.node.entries() {
        let Some(attribute) = key.text() else { continue };
        if !ATTRIBUTES.contains(&attribute) && !attribute.starts_with("Fn::") {
            let help = did_you_mean(attribute, ATTRIBUTES.iter().copied());
            complain(key, format!("an output has no attribute `{attribute}`"), help);
        } else if matches!(attribute, "Description" | "Condition") && literal(node).is_none() {
            complain(
                node,
                format!("`{attribute}` of the output `{name}` must be a text without functions"),
                None,
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::examples::check;

    #[test]
    fn outputs_have_a_form() {
        let with = |text: &str| format!("Resources: {{Q: {{Type: AWS::SQS::Queue}}}}\nOutputs:\n{text}\n");
        check(&with("  A: {Value: !Ref Q, Export: {Name: x}}"), &[]);
        check(&with("  A: text"), &["FW0204:3"]);
        check(&with("  A: {Value: [a]}"), &["FW0204:3"]);
        check(&with("  A: {Value: a, Export: {}}"), &["FW0204:3"]);
        check(&with("  A: {Value: a, Exports: {Name: x}}"), &["FW0204:3"]);
        check(&with("  A: {Value: a, Description: !Sub b}"), &["FW0204:3"]);
    }
}
