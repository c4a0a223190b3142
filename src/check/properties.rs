//! Properties that a resource type does not have.

use crate::check::anatomy::Anatomy;
use crate::check::typed::{Misfit, report};
use crate::check::{Check, Level};
use crate::model::finding::Finding;

/// The check.
pub const CHECK: Check =
    Check { code: CODE, title: "unknown properties", page: PAGE, level: Level::Body(run) };

const CODE: &str = "FW0231";

const PAGE: &str = "\
A property must be one that the resource's type has. A name near a known one is an error; any other is a warning, because
types get new properties and the published shapes that formwork has may be older.

Wrong:

```yaml
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      DelaySecond: 5 # <-- it is DelaySeconds
```

Right:

```yaml
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      DelaySeconds: 5
```
";

fn run(anatomy: &Anatomy<'_>, findings: &mut Vec<Finding>) {
    report(anatomy, CODE, Misfit::Unknown, findings);
}

#[cfg(test)]
mod tests {
    use crate::check::examples::check;

    #[test]
    fn properties_must_be_known() {
        let with = |text: &str| {
            format!("Resources:\n  F:\n    Type: AWS::SNS::Topic\n    Properties:\n      {text}\n")
        };
        check(&with("TopicName: a"), &[]);
        check(&with("TopicNam: a"), &["FW0231:5"]);
        check(&with("SomethingElse: a"), &["FW0231:5"]);
        check(&with("Subscription: [{Endpoint: a, Protocl: b, Protocol: https}]"), &["FW0231:5"]);
        check(
            &with(
                "Subscription: !If [C, [{Endpoint: a, Protocol: https, X: y}], !Ref 'AWS::NoValue']\nConditions: {C: !Equals [a, b]}",
            ),
            &["FW0231:5"],
        );
        check(&format!("Transform: Macro\n{}", with("TopicNam: a")), &[]);
        check(
            "Resources:\n  F:\n    Type: Custom::Thing\n    Properties: {ServiceToken: a, Anything: b}\n",
            &[],
        );
    }
}
