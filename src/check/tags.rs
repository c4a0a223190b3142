//! A stack's tags against CloudFormation's limits.

use crate::check::{Check, Level, Subject};
use crate::model::finding::Finding;

/// The check.
pub const CHECK: Check =
    Check { code: CODE, title: "the tags of a stack", page: PAGE, level: Level::Stack(run) };

const CODE: &str = "FW0305";

const PAGE: &str = "\
A stack has at most 50 tags, formwork's own two among them. A key has from 1 to 128 characters and does not begin with `aws:`, a value
has at most 256. Letters, digits, blanks and `_.:/=+-@` are allowed.

Wrong:

```yaml
# blueprint.yaml
stacks:
  orders: # <-- that beginning belongs to AWS
    tags: {'aws:owner': shop}
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
    tags: {owner: shop}
    template: orders.yaml
# orders.yaml
Resources:
  Queue: {Type: AWS::SQS::Queue}
```
";

const MOST: usize = 50;

fn run(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let tags = &subject.stack.tags;
    let count = (tags.len() > MOST)
        .then(|| format!("the stack has {} tags; CloudFormation allows {MOST}", tags.len()));
    let complaints = tags.iter().filter_map(|(key, value)| complaint(key, value));
    for message in count.into_iter().chain(complaints) {
        findings.push(Finding::error(CODE, message, subject.stack.place.clone()).subject(subject.name()));
    }
}

fn complaint(key: &str, value: &str) -> Option<String> {
    let length = |text: &str| text.chars().count();
    let good = |text: &str| {
        text.chars().all(|letter| letter.is_alphanumeric() || letter == ' ' || "_.:/=+-@".contains(letter))
    };
    match (key, value) {
        ("", _) => Some("a tag has an empty key".to_owned()),
        _ if key.to_ascii_lowercase().starts_with("aws:") => {
            Some(format!("the tag `{key}` begins with `aws:`, which belongs to AWS"))
        }
        _ if length(key) > 128 => Some(format!(
            "the key of the tag `{key}` has {} characters; CloudFormation allows 128",
            length(key)
        )),
        _ if length(value) > 256 => Some(format!(
            "the value of the tag `{key}` has {} characters; CloudFormation allows 256",
            length(value)
        )),
        _ if !good(key) || !good(value) => {
            Some(format!("the tag `{key}` has other characters than letters, digits, blanks and `_.:/=+-@`"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_hold() {
        assert!(complaint("formwork:environment", "acme/quiz/dev").is_none());
        assert!(complaint("Größe", "groß").is_none());
        assert!(complaint("key", "").is_none());
        assert!(complaint(&"k".repeat(128), &"v".repeat(256)).is_none());
        assert!(complaint(&"k".repeat(129), "").is_some());
        assert!(complaint("k", &"v".repeat(257)).is_some());
        assert!(complaint("AWS:x", "").is_some());
        assert!(complaint("", "v").is_some());
        assert!(complaint("k", "a,b").is_some());
    }
}
