//! Limits in numbers: resources, parameters, outputs, mappings, bytes of texts.

use crate::check::anatomy::Anatomy;
use crate::check::call::literal;
use crate::check::{Check, Level};
use crate::model::document::Node;
use crate::model::finding::Finding;

/// The check.
pub const CHECK: Check =
    Check { code: CODE, title: "limits of a template", page: PAGE, level: Level::Body(run) };

const CODE: &str = "FW0218";

const PAGE: &str = "\
A template has at most 500 resources, 200 parameters, 200 outputs and 200 mappings with 200 keys each. Its description has
at most 1,024 bytes (of UTF-8), and the whole at most 1,000,000. Divide what is larger into several stacks of the blueprint.

Wrong:

```yaml
Description: # <-- more than 1,024 bytes
  Where the orders of all shops go, together with everything that anybody ever wanted to say about them;
  Where the orders of all shops go, together with everything that anybody ever wanted to say about them;
  Where the orders of all shops go, together with everything that anybody ever wanted to say about them;
  Where the orders of all shops go, together with everything that anybody ever wanted to say about them;
  Where the orders of all shops go, together with everything that anybody ever wanted to say about them;
  Where the orders of all shops go, together with everything that anybody ever wanted to say about them;
  Where the orders of all shops go, together with everything that anybody ever wanted to say about them;
  Where the orders of all shops go, together with everything that anybody ever wanted to say about them;
  Where the orders of all shops go, together with everything that anybody ever wanted to say about them;
  Where the orders of all shops go, together with everything that anybody ever wanted to say about them;
  Where the orders of all shops go, together with everything that anybody ever wanted to say about them;
Resources:
  Queue: {Type: AWS::SQS::Queue}
```

Right:

```yaml
Description: Where orders go
Resources:
  Queue: {Type: AWS::SQS::Queue}
```
";

const LONGEST_DESCRIPTION: usize = 1024;
const LARGEST: usize = 1_000_000;

fn run(anatomy: &Anatomy<'_>, findings: &mut Vec<Finding>) {
    let root = &anatomy.document.root;
    let sections = [
        ("Resources", anatomy.resources.len(), 500),
        ("Parameters", anatomy.parameters.len(), 200),
        ("Outputs", anatomy.outputs.len(), 200),
        ("Mappings", anatomy.mappings.len(), 200),
    ];
    for (name, count, limit) in sections {
        let key = root.entries().iter().find(|(key, _)| key.text() == Some(name)).map(|(key, _)| key);
        if let Some(key) = key.filter(|_| count > limit) {
            let message =
                format!("the template has {count} {}; CloudFormation allows {limit}", name.to_lowercase());
            findings.push(Finding::error(CODE, message, anatomy.place(key)));
        }
    }
    for entry in &anatomy.mappings {
        let rows = entry.node.entries();
        let largest = rows.iter().map(|(_, row)| row.entries().len()).chain([rows.len()]).max().unwrap_or(0);
        if largest > 200 {
            let message =
                format!("the mapping `{}` has {largest} keys; CloudFormation allows 200", entry.name);
            findings.push(Finding::error(CODE, message, anatomy.place(entry.key)));
        }
    }
    check_description(anatomy, root, findings);
    let bytes = anatomy.body.text().len();
    if bytes > LARGEST {
        let message = format!("the template has {bytes} bytes; CloudFormation allows {LARGEST}");
        findings.push(Finding::error(CODE, message, anatomy.place_of((0, 0))));
    }
}

fn check_description(anatomy: &Anatomy<'_>, root: &Node, findings: &mut Vec<Finding>) {
    let entry = root.entries().iter().find(|(key, _)| key.text() == Some("Description"));
    let Some((key, text)) = entry.and_then(|(key, node)| Some((key, literal(node)?))) else { return };
    if text.len() > LONGEST_DESCRIPTION {
        let message =
            format!("the description has {} bytes; CloudFormation allows {LONGEST_DESCRIPTION}", text.len());
        findings.push(Finding::error(CODE, message, anatomy.place(key)));
    }
}

#[cfg(test)]
mod tests {
    use crate::check::examples::check;

    #[test]
    fn limits_are_counted() {
        let queues = |count: usize| {
            let lines = (0..count).map(|at| format!("  Q{at}: {{Type: AWS::SQS::Queue}}\n"));
            format!("Resources:\n{}", lines.collect::<String>())
        };
        check(&queues(500), &[]);
        check(&queues(501), &["FW0218:1"]);
        check(&format!("Description: {}\n{}", "x".repeat(1024), queues(1)), &[]);
        check(&format!("Description: {}\n{}", "ä".repeat(513), queues(1)), &["FW0218:1"]);
        check(&format!("{}# {}\n", queues(1), "x".repeat(1_000_000)), &["FW0218:1"]);
    }
}
