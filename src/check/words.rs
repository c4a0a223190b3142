//! Words that a property does not know.

use crate::check::anatomy::Anatomy;
use crate::check::typed::{Misfit, report};
use crate::check::{Check, Level};
use crate::model::finding::Finding;

/// The check.
pub const CHECK: Check = Check { code: CODE, title: "unknown words", page: PAGE, level: Level::Body(run) };

const CODE: &str = "FW0236";

const PAGE: &str = "\
Some properties take one of a few words. This is a warning, because services learn new words, and the published shapes that
formwork has may be older.

Wrong:

```yaml
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PER_REQUEST # <-- PAY_PER_REQUEST
      KeySchema: [{AttributeName: id, KeyType: HASH}]
```

Right:

```yaml
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      KeySchema: [{AttributeName: id, KeyType: HASH}]
```
";

fn run(anatomy: &Anatomy<'_>, findings: &mut Vec<Finding>) {
    report(anatomy, CODE, Misfit::Word, findings);
}

#[cfg(test)]
mod tests {
    use crate::check::examples::check;

    #[test]
    fn words_are_known() {
        let with = |text: &str| {
            format!(
                "Resources:\n  V:\n    Type: AWS::DynamoDB::Table\n    Properties:\n      KeySchema: [{{AttributeName: id, KeyType: HASH}}]\n      BillingMode: {text}\n"
            )
        };
        check(&with("!Ref AWS::StackName"), &[]);
        check(&with("PROVISIONED"), &[]);
        check(&with("cheap"), &["FW0236:6"]);
    }
}
