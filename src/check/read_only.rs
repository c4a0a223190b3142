//! Properties that only the service sets.

use crate::check::anatomy::Anatomy;
use crate::check::typed::{Misfit, report};
use crate::check::{Check, Level};
use crate::model::finding::Finding;

/// The check.
pub const CHECK: Check =
    Check { code: CODE, title: "read-only properties", page: PAGE, level: Level::Body(run) };

const CODE: &str = "FW0234";

const PAGE: &str = "\
Some properties are results: ARNs, identifiers, endpoints. They are read with `Fn::GetAtt` and cannot be given.

Wrong:

```yaml
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      Arn: arn:aws:sqs:eu-north-1:123456789012:orders # <-- the service makes it
```

Right:

```yaml
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: orders
```
";

fn run(anatomy: &Anatomy<'_>, findings: &mut Vec<Finding>) {
    report(anatomy, CODE, Misfit::ReadOnly, findings);
}

#[cfg(test)]
mod tests {
    use crate::check::examples::check;

    #[test]
    fn results_cannot_be_given() {
        check("Resources:\n  F:\n    Type: AWS::SNS::Topic\n    Properties: {TopicArn: a}\n", &["FW0234:4"]);
    }
}
