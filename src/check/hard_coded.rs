//! Account ids and regions that are written out: the body then fits one environment only.

use crate::check::anatomy::Anatomy;
use crate::check::call::Call;
use crate::check::{Check, Level, note};
use crate::model::document::Node;
use crate::model::finding::Finding;

/// The check.
pub const CHECK: Check =
    Check { code: CODE, title: "hard-coded account ids and regions", page: PAGE, level: Level::Body(run) };

const CODE: &str = "FW0224";

const PAGE: &str = "\
An account id or a region that is written into a template ties it to one environment. Write `AWS::AccountId` and
`AWS::Region` for the stack's own, and give others as parameters (`!Account role` in the blueprint). What stands in
`Mappings` is meant to be looked up and is left alone, and so are accounts of AWS itself.

Wrong:

```yaml
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Action: sts:AssumeRole
            Principal: {AWS: 'arn:aws:iam::111111111111:root'} # <-- an account of ours
```

Right:

```yaml
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Action: sts:AssumeRole
            Principal: {AWS: !Sub 'arn:${AWS::Partition}:iam::${AWS::AccountId}:root'}
```
";

fn run(anatomy: &Anatomy<'_>, findings: &mut Vec<Finding>) {
    for entry in anatomy.resources.iter().chain(&anatomy.outputs) {
        look(anatomy, entry.node, findings);
    }
}

fn look(anatomy: &Anatomy<'_>, node: &Node, findings: &mut Vec<Finding>) {
    if let Some(text) = node.text() {
        check_account(anatomy, node, text, findings);
        check_region(anatomy, node, text, findings);
    }
    if Call::read(node).is_some_and(|call| matches!(call.name, "Ref" | "GetAtt" | "FindInMap" | "GetAZs")) {
        return;
    }
    node.entries()
        .iter()
        .filter(|(key, _)| !is_commentary(key))
        .for_each(|(_, value)| look(anatomy, value, findings));
    node.items().iter().for_each(|item| look(anatomy, item, findings));
}

fn is_commentary(key: &Node) -> bool {
    matches!(key.text(), Some("Type" | "Metadata" | "Description" | "Condition" | "DependsOn"))
}

fn check_account(anatomy: &Anatomy<'_>, node: &Node, text: &str, findings: &mut Vec<Finding>) {
    for id in runs_of_twelve_digits(text) {
        let place = || anatomy.place_of(anatomy.range_of(node, id));
        if anatomy.mapped.accounts.contains(id) {
            let message = format!("the account id `{id}` is written out; an environment maps it");
            let help = "use `AWS::AccountId`, or a parameter that the blueprint fills with `!Account`";
            findings.push(Finding::warning(CODE, message, place()).help(help));
        } else if text.contains(&format!(":iam::{id}:")) {
            let message = format!("the account id `{id}` is written out");
            findings.push(note(CODE, message, place()).help("a parameter can differ between environments"));
        }
    }
}

fn runs_of_twelve_digits(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_ascii_digit()).filter(|run| run.len() == 12)
}

fn check_region(anatomy: &Anatomy<'_>, node: &Node, text: &str, findings: &mut Vec<Finding>) {
    for region in &anatomy.mapped.regions {
        let Some(at) = text.find(region.as_str()) else { continue };
        let rest = &text[at + region.len()..];
        let zone = at == 0 && rest.len() == 1 && rest.bytes().all(|byte| byte.is_ascii_lowercase());
        let arn = text[..at].ends_with(':') && rest.starts_with(':') && text.starts_with("arn:");
        let endpoint = text[..at].ends_with('.') && rest.starts_with(".amazonaws.com");
        if text == region || zone || arn || endpoint {
            let message = format!("the region `{region}` is written out");
            let help = "use `AWS::Region`, `Fn::GetAZs`, or a parameter";
            let place = anatomy.place_of(anatomy.range_of(node, region));
            findings.push(Finding::warning(CODE, message, place).help(help));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::examples::check;

    #[test]
    fn what_is_mapped_is_recognized() {
        let with = |text: &str| {
            format!("Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n      QueueName: {text}\n")
        };
        check(&with("'222222222222-x'"), &["FW0224:5"]);
        check(&with("'x-333333333333'"), &[]);
        check(&with("!Sub 'arn:aws:iam::333333333333:role/x'"), &["FW0224:5"]);
        check(&with("arn:aws:lambda:us-east-1:580247275435:layer:X:14"), &[]);
        check(&with("eu-west-1"), &["FW0224:5"]);
        check(&with("eu-west-1a"), &["FW0224:5"]);
        check(&with("in-eu-west-1-too"), &[]);
        check(&with("'arn:aws:sqs:eu-west-1:333333333333:q'"), &["FW0224:5"]);
        check(&with("!Ref AWS::Region"), &[]);
    }
}
