//! The form of a mapping: two levels of names, then texts or lists of texts.

use crate::check::anatomy::{Anatomy, Entry};
use crate::check::call::{Call, is_list, is_mapping, literal};
use crate::check::{Check, Level};
use crate::model::document::Node;
use crate::model::finding::Finding;

/// The check.
pub const CHECK: Check =
    Check { code: CODE, title: "the form of a mapping", page: PAGE, level: Level::Body(run) };

const CODE: &str = "FW0207";

const PAGE: &str = "\
A mapping has exactly two levels of names; under the second stands a text, a number or a list of them. Functions do not
work inside `Mappings`.

Wrong:

```yaml
Mappings:
  Sizes:
    small: t4g.small # <-- only one level
Resources:
  Server:
    Type: AWS::EC2::Instance
    Properties: {InstanceType: !FindInMap [Sizes, !Ref AWS::Region, type]}
```

Right:

```yaml
Mappings:
  Sizes:
    small: {type: t4g.small}
Resources:
  Server:
    Type: AWS::EC2::Instance
    Properties: {InstanceType: !FindInMap [Sizes, !Ref AWS::Region, type]}
```
";

fn run(anatomy: &Anatomy<'_>, findings: &mut Vec<Finding>) {
    for entry in &anatomy.mappings {
        check_mapping(anatomy, entry, findings);
    }
}

fn check_mapping(anatomy: &Anatomy<'_>, entry: &Entry<'_>, findings: &mut Vec<Finding>) {
    let name = entry.name;
    if is_inserted(entry.node) {
        return;
    }
    let mut complain = |node, message| findings.push(Finding::error(CODE, message, anatomy.place(node)));
    if !is_mapping(entry.node) || entry.node.entries().is_empty() {
        return complain(entry.key, format!("the mapping `{name}` must have two levels of names"));
    }
    for (first, row) in entry.node.entries() {
        let first_name = first.text().unwrap_or("");
        if first_name.starts_with("Fn::") || is_inserted(row) {
            continue;
        }
        if !is_mapping(row) {
            complain(
                row,
                format!("`{first_name}` of the mapping `{name}` must be a mapping of names to values"),
            );
            continue;
        }
        for (second, value) in row.entries() {
            if second.text().is_some_and(|name| name.starts_with("Fn::")) || is_leaf(value) {
                continue;
            }
            let second_name = second.text().unwrap_or("");
            let message = format!(
                "`{first_name}.{second_name}` of the mapping `{name}` must be a text or a list of texts"
            );
            complain(value, message);
        }
    }
}

fn is_inserted(node: &Node) -> bool {
    Call::read(node).is_some_and(|call| call.name == "Transform")
}

fn is_leaf(node: &Node) -> bool {
    let list = is_list(node) && node.tag.is_none() && node.items().iter().all(|item| literal(item).is_some());
    literal(node).is_some() || list || is_inserted(node)
}

#[cfg(test)]
mod tests {
    use crate::check::examples::check;

    #[test]
    fn mappings_have_two_levels() {
        let with = |text: &str| {
            format!(
                "Mappings:\n  M: {text}\nResources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties: {{QueueName: !FindInMap [M, !Ref AWS::Region, k]}}\n"
            )
        };
        check(&with("{a: {k: v}}"), &[]);
        check(&with("{a: {k: [v, 1]}}"), &[]);
        check(&with("text"), &["FW0207:2"]);
        check(&with("{a: {k: {l: v}}}"), &["FW0207:2"]);
        check(&with("{a: {k: !Ref AWS::Region}}"), &["FW0207:2"]);
    }
}
