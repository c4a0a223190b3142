//! A stack's name, policy and topics against CloudFormation's limits.

use crate::check::{Check, Level, Subject};
use crate::model::finding::Finding;

/// The check.
pub const CHECK: Check =
    Check { code: CODE, title: "a stack's name, policy and topics", page: PAGE, level: Level::Stack(run) };

const CODE: &str = "FW0304";

const PAGE: &str = "\
A stack's name begins with a letter and has letters, digits and dashes, at most 128. Its stack policy is JSON of at most
16,384 bytes with a `Statement`; it has at most five notification topics, each an ARN.

Wrong:

```yaml
# blueprint.yaml
stacks:
  orders: # <-- no underscores in the name
    name: acme_orders
    template: orders.yaml
# orders.yaml
Resources:
  Queue: {Type: AWS::SQS::Queue}
```

Right:

```yaml
# blueprint.yaml
stacks:
  orders:
    name: acme-orders
    template: orders.yaml
# orders.yaml
Resources:
  Queue: {Type: AWS::SQS::Queue}
```
";

const LONGEST_NAME: usize = 128;
const LARGEST_POLICY: usize = 16_384;
const MOST_TOPICS: usize = 5;

fn run(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let stack = subject.stack;
    let complaints =
        [name(&stack.name), stack.policy.as_deref().and_then(policy), topics(&stack.notifications)];
    for message in complaints.into_iter().flatten() {
        findings.push(Finding::error(CODE, message, stack.place.clone()).subject(subject.name()));
    }
}

fn name(name: &str) -> Option<String> {
    let good = name.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
    match good {
        false => Some(format!(
            "the stack name `{name}` must begin with a letter and have only letters, digits and dashes"
        )),
        true if name.len() > LONGEST_NAME => Some(format!(
            "the stack name `{name}` has {} characters; CloudFormation allows {LONGEST_NAME}",
            name.len()
        )),
        true => None,
    }
}

fn policy(text: &str) -> Option<String> {
    if text.len() > LARGEST_POLICY {
        return Some(format!(
            "the stack policy has {} bytes; CloudFormation allows {LARGEST_POLICY}",
            text.len()
        ));
    }
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(value) if value.get("Statement").is_some() => None,
        Ok(_) => Some("the stack policy has no `Statement`".to_owned()),
        Err(error) => Some(format!("the stack policy is no JSON: {error}")),
    }
}

fn topics(topics: &[String]) -> Option<String> {
    if topics.len() > MOST_TOPICS {
        return Some(format!(
            "the stack has {} notification topics; CloudFormation allows {MOST_TOPICS}",
            topics.len()
        ));
    }
    let wrong = topics.iter().find(|topic| !topic.starts_with("arn:"))?;
    Some(format!("the notification topic `{wrong}` is no ARN"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_hold() {
        assert!(name("acme-quiz-dev-network").is_none());
        for wrong in ["", "1a", "a_b", "-a", "a b", &"a".repeat(129)] {
            assert!(name(wrong).is_some(), "{wrong}");
        }
        assert!(policy(r#"{"Statement": []}"#).is_none());
        assert!(policy("{}").is_some());
        assert!(policy("{").is_some());
        assert!(topics(&["arn:aws:sns:eu-west-1:111111111111:t".to_owned()]).is_none());
        assert!(topics(&["t".to_owned()]).is_some());
        assert!(topics(&vec!["arn:x".to_owned(); 6]).is_some());
    }
}
