//! The declaration of a parameter: a known type, known attributes, a default that it would accept itself.

use crate::check::anatomy::{Anatomy, Entry};
use crate::check::call::{Call, is_list, is_mapping, literal};
use crate::check::{Check, Level, constraint, did_you_mean, secret_names};
use crate::model::document::Node;
use crate::model::finding::Finding;

/// The check.
pub const CHECK: Check =
    Check { code: CODE, title: "the declaration of a parameter", page: PAGE, level: Level::Body(run) };

const CODE: &str = "FW0206";

const PAGE: &str = "\
A parameter has a `Type` that CloudFormation knows, and attributes that it knows; a default must satisfy the parameter's own
constraints. Functions do not work in declarations.

Wrong:

```yaml
Parameters:
  Size:
    Type: Number
    MinValue: 1
    Default: 0 # <-- less than MinValue
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties: {DelaySeconds: !Ref Size}
```

Right:

```yaml
Parameters:
  Size:
    Type: Number
    MinValue: 1
    Default: 1
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties: {DelaySeconds: !Ref Size}
```
";

const ATTRIBUTES: &[&str] = &[
    "Type",
    "Default",
    "AllowedPattern",
    "AllowedValues",
    "ConstraintDescription",
    "Description",
    "MaxLength",
    "MinLength",
    "MaxValue",
    "MinValue",
    "NoEcho",
];

const TYPES: &[&str] = &[
    "String",
    "Number",
    "CommaDelimitedList",
    "List<Number>",
    "List<String>",
    "AWS::EC2::AvailabilityZone::Name",
    "AWS::EC2::Image::Id",
    "AWS::EC2::Instance::Id",
    "AWS::EC2::KeyPair::KeyName",
    "AWS::EC2::SecurityGroup::GroupName",
    "AWS::EC2::SecurityGroup::Id",
    "AWS::EC2::Subnet::Id",
    "AWS::EC2::Volume::Id",
    "AWS::EC2::VPC::Id",
    "AWS::Route53::HostedZone::Id",
    "AWS::SSM::Parameter::Name",
];

fn run(anatomy: &Anatomy<'_>, findings: &mut Vec<Finding>) {
    for entry in &anatomy.parameters {
        check_parameter(anatomy, entry, findings);
    }
}

fn check_parameter(anatomy: &Anatomy<'_>, entry: &Entry<'_>, findings: &mut Vec<Finding>) {
    let name = entry.name;
    if !is_mapping(entry.node) || entry.node.tag.is_some() {
        let message = format!("the parameter `{name}` must be a mapping with a `Type`");
        findings.push(Finding::error(CODE, message, anatomy.place(entry.key)));
        return;
    }
    match entry.node.get("Type") {
        None => {
            let message = format!("the parameter `{name}` has no `Type`");
            findings.push(Finding::error(CODE, message, anatomy.place(entry.key)));
        }
        Some(node) => check_type(anatomy, name, node, findings),
    }
    for (key, node) in entry.node.entries() {
        let Some(attribute) = key.text() else { continue };
        if !ATTRIBUTES.contains(&attribute) {
            let message = format!("a parameter has no attribute `{attribute}`");
            let help = did_you_mean(attribute, ATTRIBUTES.iter().copied());
            findings.push(Finding::error(CODE, message, anatomy.place(key)).maybe_help(help));
        } else if let Some(wanted) = wrong_kind(attribute, node) {
            let message = format!("`{attribute}` of the parameter `{name}` must be {wanted}");
            findings.push(Finding::error(CODE, message, anatomy.place(node)));
        }
    }
    check_default(anatomy, entry, findings);
}

fn check_type(anatomy: &Anatomy<'_>, name: &str, node: &Node, findings: &mut Vec<Finding>) {
    let kind = literal(node).unwrap_or("");
    if !is_known(kind) {
        let message =
            format!("the parameter `{name}` has the type `{kind}`, which CloudFormation does not know");
        let help = did_you_mean(kind, TYPES.iter().copied());
        findings.push(Finding::error(CODE, message, anatomy.place(node)).maybe_help(help));
    }
}

fn is_known(kind: &str) -> bool {
    let inner = |prefix: &str| kind.strip_prefix(prefix).and_then(|rest| rest.strip_suffix('>'));
    if let Some(stored) = inner("AWS::SSM::Parameter::Value<") {
        return is_known(stored);
    }
    TYPES.contains(&kind)
        || inner("List<").is_some_and(|member| {
            member.starts_with("AWS::EC2::") && TYPES.contains(&member)
                || member == "AWS::Route53::HostedZone::Id"
        })
}

fn wrong_kind(attribute: &str, node: &Node) -> Option<&'static str> {
    let scalar = literal(node).is_some();
    match attribute {
        "AllowedValues" => {
            let right = is_list(node)
                && node.tag.is_none()
                && node.items().iter().all(|item| literal(item).is_some());
            (!right).then_some("a list of texts or numbers")
        }
        "NoEcho" => {
            let right = literal(node).is_some_and(|text| {
                matches!(text.to_ascii_lowercase().as_str(), "true" | "false" | "yes" | "no" | "on" | "off")
            });
            (!right).then_some("`true` or `false`")
        }
        "MaxLength" | "MinLength" | "MaxValue" | "MinValue" => {
            let right = literal(node).is_some_and(|text| text.trim().parse::<f64>().is_ok());
            (!right).then_some("a number")
        }
        _ => match Call::read(node) {
            Some(_) => Some("a text; functions do not work in declarations"),
            None => (!scalar).then_some("a text"),
        },
    }
}

fn check_default(anatomy: &Anatomy<'_>, entry: &Entry<'_>, findings: &mut Vec<Finding>) {
    let Some((node, text)) = entry.node.get("Default").and_then(|node| Some((node, literal(node)?))) else {
        return;
    };
    let visible = !secret_names::is_hidden(entry);
    if text.is_empty() && !matches!(entry.node.get("Type").and_then(literal), Some("String" | "Number")) {
        return;
    }
    if let Some(complaint) = constraint::complaint(entry, text, visible) {
        let message = format!("the default of the parameter `{}` {complaint}", entry.name);
        findings.push(Finding::error(CODE, message, anatomy.place(node)));
    }
}

#[cfg(test)]
mod tests {
    use crate::check::examples::check;

    #[test]
    fn declarations_are_checked() {
        let with = |text: &str| {
            format!(
                "Parameters:\n  P: {text}\nResources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties: {{QueueName: !Ref P}}\n"
            )
        };
        check(&with("{Type: String}"), &[]);
        check(&with("{Type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>'}"), &[]);
        check(&with("{Type: 'AWS::SSM::Parameter::Value<List<String>>'}"), &[]);
        check(&with("{Type: 'List<AWS::EC2::Subnet::Id>', Default: ''}"), &[]);
        check(&with("text"), &["FW0206:2"]);
        check(&with("{Default: a}"), &["FW0206:2"]);
        check(&with("{Type: Strin}"), &["FW0206:2"]);
        check(&with("{Type: List<Text>}"), &["FW0206:2"]);
        check(&with("{Type: String, Defaul: a}"), &["FW0206:2"]);
        check(&with("{Type: String, Default: !Ref AWS::Region}"), &["FW0206:2"]);
        check(&with("{Type: String, AllowedValues: a}"), &["FW0206:2"]);
        check(&with("{Type: String, AllowedValues: [a], Default: b}"), &["FW0206:2"]);
        check(&with("{Type: String, NoEcho: maybe}"), &["FW0206:2"]);
        check(&with("{Type: Number, MinValue: low}"), &["FW0206:2"]);
    }
}
