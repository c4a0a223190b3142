//! Values of another kind than the property takes.

use crate::check::anatomy::Anatomy;
use crate::check::typed::{Misfit, report};
use crate::check::{Check, Level};
use crate::model::finding::Finding;

/// The check.
pub const CHECK: Check =
    Check { code: CODE, title: "values of the wrong kind", page: PAGE, level: Level::Body(run) };

const CODE: &str = "FW0233";

const PAGE: &str = "\
A property takes a text, a number, `true` or `false`, a list or a mapping, as its type says. CloudFormation turns numbers and
texts into each other where that is possible; a single value is no list.

Wrong:

```yaml
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      DelaySeconds: five # <-- a number
```

Right:

```yaml
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      DelaySeconds: '5'
```
";

fn run(anatomy: &Anatomy<'_>, findings: &mut Vec<Finding>) {
    report(anatomy, CODE, Misfit::Kind, findings);
}

#[cfg(test)]
mod tests {
    use crate::check::examples::check;

    #[test]
    fn values_are_of_their_kind() {
        let with = |text: &str| {
            format!("Resources:\n  F:\n    Type: AWS::SQS::Queue\n    Properties:\n      {text}\n")
        };
        check(&with("DelaySeconds: 5"), &[]);
        check(&with("DelaySeconds: 5.0"), &[]);
        check(&with("DelaySeconds: 5.5"), &["FW0233:5"]);
        check(&with("DelaySeconds: [5]"), &["FW0233:5"]);
        check(&with("DelaySeconds: !Ref AWS::StackName"), &[]);
        check(&with("FifoQueue: 'true'"), &[]);
        check(&with("FifoQueue: maybe"), &["FW0233:5"]);
        check(&with("QueueName: 5"), &[]);
        check(&with("QueueName: {a: b}"), &["FW0233:5"]);
        check(&with("Tags: a"), &["FW0233:5"]);
        check(&with("Tags: [a]"), &["FW0233:5"]);
        check(&with("QueueName: '{{resolve:ssm:/x}}'"), &[]);
    }
}
