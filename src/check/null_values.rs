//! Nothing where CloudFormation wants something: `null`, `~`, or a key without a value.

use crate::check::anatomy::Anatomy;
use crate::check::{Check, Level};
use crate::model::document::{Kind, Node};
use crate::model::finding::Finding;

/// The check.
pub const CHECK: Check = Check { code: CODE, title: "null values", page: PAGE, level: Level::Body(run) };

const CODE: &str = "FW0205";

const PAGE: &str = "\
CloudFormation refuses `null` anywhere in a template, and a key without a value is `null`. Leave the key out, write an
empty text as `''`, or remove a property under a condition with `AWS::NoValue`.

Wrong:

```yaml
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: # <-- nothing
```

Right:

```yaml
Resources:
  Queue:
    Type: AWS::SQS::Queue
```
";

fn run(anatomy: &Anatomy<'_>, findings: &mut Vec<Finding>) {
    for (key, node) in anatomy.document.root.entries() {
        look(anatomy, key.text().unwrap_or(""), key, node, findings);
    }
}

fn look(anatomy: &Anatomy<'_>, name: &str, key: &Node, node: &Node, findings: &mut Vec<Finding>) {
    if is_null(node) {
        let place = anatomy.place(if node.start == node.end { key } else { node });
        let help = "leave it out, or write an empty text as `''`";
        let message = format!("`{name}` has no value; CloudFormation refuses null values");
        findings.push(Finding::error(CODE, message, place).help(help));
    }
    for (key, value) in node.entries() {
        look(anatomy, key.text().unwrap_or(name), key, value, findings);
    }
    for item in node.items() {
        look(anatomy, name, item, item, findings);
    }
}

fn is_null(node: &Node) -> bool {
    match &node.kind {
        Kind::Scalar { text, plain: true } if node.tag.is_none() => {
            matches!(&**text, "" | "~" | "null" | "Null" | "NULL")
        }
        Kind::Scalar { .. } | Kind::Sequence(_) | Kind::Mapping(_) | Kind::Alias => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::check::examples::check;

    #[test]
    fn nothing_is_found_wherever_it_stands() {
        let with =
            |text: &str| format!("Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n{text}\n");
        check(&with("      QueueName: ''"), &[]);
        check(&with("      QueueName: 'null'"), &[]);
        check(&with("      QueueName: null"), &["FW0205:5"]);
        check(&with("      QueueName: ~"), &["FW0205:5"]);
        check(&with("      Tags: [{Key: a, Value: }]"), &["FW0205:5"]);
        check(&with("      Tags:\n        -\n"), &["FW0205:6"]);
    }
}
