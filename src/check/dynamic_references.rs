//! Dynamic references: their form, and where they do not work.

use crate::check::anatomy::Anatomy;
use crate::check::{Check, Level};
use crate::model::document::Node;
use crate::model::finding::Finding;

/// The check.
pub const CHECK: Check =
    Check { code: CODE, title: "dynamic references", page: PAGE, level: Level::Body(run) };

const CODE: &str = "FW0226";

const PAGE: &str = "\
`{{resolve:ssm:name}}`, `{{resolve:ssm-secure:name}}` and `{{resolve:secretsmanager:id:SecretString:key}}` are filled by
CloudFormation when it makes a resource. They are not filled in outputs, a template has at most 60, and no other
service is known.

Wrong:

```yaml
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: '{{resolve:secretmanager:quiz/queue:SecretString:name}}' # <-- it is `secretsmanager`
```

Right:

```yaml
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: '{{resolve:secretsmanager:quiz/queue:SecretString:name}}'
```
";

const MOST: usize = 60;

fn run(anatomy: &Anatomy<'_>, findings: &mut Vec<Finding>) {
    let mut count = 0;
    for entry in &anatomy.resources {
        look(entry.node, &mut |node, text| {
            count += 1;
            if let Some(message) = complaint(text) {
                let place = anatomy.place_of(anatomy.range_of(node, text));
                findings.push(Finding::error(CODE, message, place));
            }
        });
    }
    for entry in &anatomy.outputs {
        look(entry.node, &mut |node, text| {
            let message =
                format!("the output `{}` has a dynamic reference, which is not filled there", entry.name);
            findings.push(Finding::warning(CODE, message, anatomy.place_of(anatomy.range_of(node, text))));
        });
    }
    if count > MOST {
        let message = format!("the template has {count} dynamic references; CloudFormation allows {MOST}");
        findings.push(Finding::error(CODE, message, anatomy.place_of((0, 0))));
    }
}

fn look<'a>(node: &'a Node, visit: &mut dyn FnMut(&'a Node, &'a str)) {
    if let Some(mut text) = node.text() {
        while let Some(start) = text.find("{{resolve:") {
            let Some(end) = text[start..].find("}}").map(|at| start + at + 2) else { break };
            visit(node, &text[start..end]);
            text = &text[end..];
        }
    }
    node.entries().iter().for_each(|(_, value)| look(value, visit));
    node.items().iter().for_each(|item| look(item, visit));
}

fn complaint(text: &str) -> Option<String> {
    let inside = text.strip_prefix("{{resolve:")?.strip_suffix("}}")?;
    let (service, rest) = inside.split_once(':').unwrap_or((inside, ""));
    match service {
        "ssm" | "ssm-secure" | "secretsmanager" if rest.trim().is_empty() => {
            Some(format!("`{text}` names nothing to look up"))
        }
        "ssm" | "ssm-secure" | "secretsmanager" => None,
        _ if service.contains("${") => None,
        _ => Some(format!(
            "`{text}` asks `{service}`; CloudFormation knows `ssm`, `ssm-secure` and `secretsmanager`"
        )),
    }
}

#[cfg(test)]
mod tests {
    use crate::check::examples::check;

    #[test]
    fn references_have_a_form() {
        let with = |text: &str| {
            format!("Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n      QueueName: {text}\n")
        };
        check(&with("'a{{resolve:ssm:/x}}b{{resolve:ssm-secure:/y:1}}'"), &[]);
        check(&with("!Sub '{{resolve:secretsmanager:${AWS::StackName}:SecretString:k}}'"), &[]);
        check(&with("'{{resolve:vault:x}}'"), &["FW0226:5"]);
        check(&with("'{{resolve:ssm:}}'"), &["FW0226:5"]);
        check(
            "Resources: {Q: {Type: AWS::SQS::Queue}}\nOutputs:\n  A: {Value: '{{resolve:ssm:/x}}'}\n",
            &["FW0226:3"],
        );
    }
}
