//! Placeholders in texts that no `Fn::Sub` fills.

use crate::check::anatomy::Anatomy;
use crate::check::call::Call;
use crate::check::refs::PSEUDO;
use crate::check::substitution::placeholders;
use crate::check::{Check, Level};
use crate::model::document::Node;
use crate::model::finding::Finding;

/// The check.
pub const CHECK: Check =
    Check { code: CODE, title: "placeholders without `Fn::Sub`", page: PAGE, level: Level::Body(run) };

const CODE: &str = "FW0227";

const PAGE: &str = "\
`${Name}` is filled by `Fn::Sub` only. In any other text it stays as it is written, which is right for a shell, and
almost never right where `Name` is a parameter or a resource of the template.

Wrong:

```yaml
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: '${AWS::StackName}-orders' # <-- nothing fills it
```

Right:

```yaml
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub '${AWS::StackName}-orders'
```
";

fn run(anatomy: &Anatomy<'_>, findings: &mut Vec<Finding>) {
    for entry in &anatomy.resources {
        if let Some(properties) = entry.node.get("Properties") {
            look(anatomy, properties, findings);
        }
    }
    for entry in &anatomy.outputs {
        if let Some(value) = entry.node.get("Value") {
            look(anatomy, value, findings);
        }
    }
}

fn look(anatomy: &Anatomy<'_>, node: &Node, findings: &mut Vec<Finding>) {
    if Call::read(node).is_some_and(|call| matches!(call.name, "Sub" | "Transform")) {
        return;
    }
    if let Some(text) = node.text() {
        check_text(anatomy, node, text, findings);
    }
    // Where a mapping of names to values stands beside the text, the service fills it.
    let filled = node.get("DefinitionSubstitutions").is_some();
    for (key, value) in node.entries() {
        let done_elsewhere = key.text().is_some_and(|key| {
            matches!(key, "Fn::Sub" | "Fn::Transform") || filled && key.starts_with("Definition")
        });
        if !done_elsewhere {
            look(anatomy, value, findings);
        }
    }
    node.items().iter().for_each(|item| look(anatomy, item, findings));
}

fn check_text(anatomy: &Anatomy<'_>, node: &Node, text: &str, findings: &mut Vec<Finding>) {
    let meant = |name: &str| {
        let first = name.split('.').next().unwrap_or(name);
        PSEUDO.contains(&name)
            || Anatomy::find(&anatomy.parameters, name).is_some()
            || Anatomy::find(&anatomy.resources, first).is_some()
    };
    let found = placeholders(text).into_iter().find(|placeholder| meant(placeholder.name));
    if let Some(placeholder) = found {
        let written = &text[placeholder.start..placeholder.end];
        let message = format!("`{written}` stays as it is written, because no `Fn::Sub` fills it");
        let place = anatomy.place_of(anatomy.range_of(node, written));
        findings.push(Finding::warning(CODE, message, place).help("put `!Sub` in front of the text"));
    }
}

#[cfg(test)]
mod tests {
    use crate::check::examples::check;

    #[test]
    fn forgotten_functions_are_seen() {
        let with = |text: &str| {
            format!("Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n      QueueName: {text}\n")
        };
        check(&with("'${HOME}'"), &[]);
        check(&with("'${aws:username}'"), &[]);
        check(&with("!Sub ['${A}', {A: !Ref 'AWS::Region'}]"), &[]);
        check(&with("!Join ['', ['${AWS::Region}', a]]"), &["FW0227:5"]);
        check(
            "Resources:\n  Q: {Type: AWS::SQS::Queue}\nOutputs:\n  A: {Value: '${Q.Arn}'}\n",
            &["FW0227:4"],
        );
    }
}
