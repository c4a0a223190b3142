//! The form of a resource: a mapping with a type and known attributes.

use crate::check::anatomy::{Anatomy, Entry};
use crate::check::call::{Call, is_list, is_mapping, literal};
use crate::check::{Check, Level, did_you_mean};
use crate::model::document::Node;
use crate::model::finding::Finding;

/// The check.
pub const CHECK: Check =
    Check { code: CODE, title: "the form of a resource", page: PAGE, level: Level::Body(run) };

const CODE: &str = "FW0202";

const PAGE: &str = "\
Every member of `Resources` is a mapping with a `Type`. Beside it stand `Properties`, `Condition`, `DependsOn`,
`Metadata`, `CreationPolicy`, `UpdatePolicy`, `DeletionPolicy` and `UpdateReplacePolicy`, and nothing else.
What belongs to the resource itself stands under `Properties`.

Wrong:

```yaml
Resources:
  Queue:
    Type: AWS::SQS::Queue
    DelaySeconds: 5 # <-- belongs under Properties
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

const ATTRIBUTES: &[&str] = &[
    "Type",
    "Properties",
    "Condition",
    "DependsOn",
    "Metadata",
    "CreationPolicy",
    "UpdatePolicy",
    "DeletionPolicy",
    "UpdateReplacePolicy",
];

/// What resources of macros, and custom ones in old templates, have beside.
const OTHER_ATTRIBUTES: &[&str] = &["Connectors", "IgnoreGlobals", "Version"];

fn run(anatomy: &Anatomy<'_>, findings: &mut Vec<Finding>) {
    for entry in &anatomy.resources {
        check_resource(anatomy, entry, findings);
    }
}

fn check_resource(anatomy: &Anatomy<'_>, entry: &Entry<'_>, findings: &mut Vec<Finding>) {
    let name = entry.name;
    if Call::read(entry.node).is_some() {
        return;
    }
    if !is_mapping(entry.node) {
        let message = format!("the resource `{name}` must be a mapping");
        findings.push(Finding::error(CODE, message, anatomy.place(entry.key)));
        return;
    }
    match entry.node.get("Type") {
        None => {
            let message = format!("the resource `{name}` has no `Type`");
            findings.push(Finding::error(CODE, message, anatomy.place(entry.key)));
        }
        Some(node) if literal(node).is_none_or(str::is_empty) => {
            let message =
                format!("the type of the resource `{name}` must be a name such as `AWS::SQS::Queue`");
            findings.push(Finding::error(CODE, message, anatomy.place(node)));
        }
        Some(_) => {}
    }
    let custom = entry.node.get("Type").and_then(literal).is_some_and(|name| name.starts_with("Custom::"));
    for (key, node) in entry.node.entries() {
        let Some(attribute) = key.text() else { continue };
        if attribute.starts_with("Fn::") {
            continue;
        }
        if !ATTRIBUTES.contains(&attribute)
            && !((anatomy.opaque || custom) && OTHER_ATTRIBUTES.contains(&attribute))
        {
            let message = format!("a resource has no attribute `{attribute}`");
            let help = did_you_mean(attribute, ATTRIBUTES.iter().copied()).unwrap_or_else(|| {
                "what belongs to the resource itself stands under `Properties`".to_owned()
            });
            findings.push(Finding::error(CODE, message, anatomy.place(key)).help(help));
            continue;
        }
        if let Some(wanted) = wrong_kind(attribute, node) {
            let message = format!("`{attribute}` of the resource `{name}` must be {wanted}");
            findings.push(Finding::error(CODE, message, anatomy.place(node)));
        }
    }
}

/// What the attribute must be, when it is something else.
fn wrong_kind(attribute: &str, node: &Node) -> Option<&'static str> {
    let right = match attribute {
        "Properties" | "Metadata" | "CreationPolicy" | "UpdatePolicy" => {
            is_mapping(node) || Call::read(node).is_some() || node.text().is_some_and(str::is_empty)
        }
        "Condition" => literal(node).is_some(),
        "DependsOn" => literal(node).is_some() || is_list(node) && node.tag.is_none(),
        _ => true,
    };
    let wanted = match attribute {
        "Condition" => "the name of a condition",
        "DependsOn" => "the name of a resource or a list of names",
        _ => "a mapping",
    };
    (!right).then_some(wanted)
}

#[cfg(test)]
mod tests {
    use crate::check::examples::check;

    #[test]
    fn resources_have_a_form() {
        check("Resources:\n  Q: {Type: AWS::SQS::Queue}\n", &[]);
        check("Resources:\n  Q: text\n", &["FW0202:2"]);
        check("Resources:\n  Q: {Properties: {}}\n", &["FW0202:2"]);
        check("Resources:\n  Q: {Type: [a]}\n", &["FW0202:2"]);
        check("Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Propertis: {}\n", &["FW0202:4"]);
        check("Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties: []\n", &["FW0202:4"]);
        check("Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    DependsOn: {a: b}\n", &["FW0202:4"]);
        check("Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Condition: !Ref A\n", &["FW0202:4"]);
    }
}
