//! What a body declares: parameters, resources, conditions, outputs, exports, imports, capabilities.

use crate::model::document::{Document, Node};
use crate::model::value::Value;
use crate::template::meaning::scalar_meaning;

/// What a body declares, each with its node in the document.
#[derive(Debug, Default)]
pub struct Outline<'a> {
    /// `Parameters`.
    pub parameters: Vec<ParameterDeclaration<'a>>,
    /// `Resources`.
    pub resources: Vec<ResourceDeclaration<'a>>,
    /// `Outputs`.
    pub outputs: Vec<OutputDeclaration<'a>>,
    /// Names of `Conditions`.
    pub conditions: Vec<&'a str>,
    /// The capabilities that CloudFormation will ask for, sorted.
    pub capabilities: Vec<&'static str>,
    /// Names of top-level transforms.
    pub transforms: Vec<&'a str>,
}

/// A declared parameter.
#[derive(Debug)]
pub struct ParameterDeclaration<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its key's node.
    pub key: &'a Node,
    /// Its declaration.
    pub node: &'a Node,
    /// Its type, such as `String`.
    pub kind: &'a str,
    /// Its default.
    pub default: Option<&'a Node>,
    /// Never shown.
    pub no_echo: bool,
}

/// A declared resource.
#[derive(Debug)]
pub struct ResourceDeclaration<'a> {
    /// Its logical id.
    pub logical_id: &'a str,
    /// Its key's node.
    pub key: &'a Node,
    /// Its declaration.
    pub node: &'a Node,
    /// Its type; empty when it has none.
    pub resource_type: &'a str,
    /// The condition it depends on.
    pub condition: Option<&'a str>,
}

/// A declared output.
#[derive(Debug)]
pub struct OutputDeclaration<'a> {
    /// Its name.
    pub key_text: &'a str,
    /// Its key's node.
    pub key: &'a Node,
    /// Its declaration.
    pub node: &'a Node,
    /// Its condition.
    pub condition: Option<&'a str>,
}

/// Reads what a body declares; whatever is malformed is left out (the checks speak of it).
pub fn outline(document: &Document) -> Outline<'_> {
    let root = &document.root;
    let mut transforms: Vec<&str> = Vec::new();
    if let Some(node) = root.get("Transform") {
        transforms.extend(node.text());
        transforms.extend(node.items().iter().filter_map(name_of_transform));
        transforms.extend(name_of_transform(node));
        transforms.dedup();
    }
    let resources: Vec<ResourceDeclaration<'_>> = section(root, "Resources").filter_map(resource).collect();
    let capabilities = capabilities(root, &resources, !transforms.is_empty());
    Outline {
        parameters: section(root, "Parameters").filter_map(parameter).collect(),
        resources,
        outputs: section(root, "Outputs").filter_map(output).collect(),
        conditions: section(root, "Conditions").filter_map(|(key, _)| key.text()).collect(),
        capabilities,
        transforms,
    }
}

fn section<'a>(root: &'a Node, name: &str) -> impl Iterator<Item = &'a (Node, Node)> {
    root.get(name).map_or(&[] as &[_], Node::entries).iter()
}

fn parameter((key, node): &(Node, Node)) -> Option<ParameterDeclaration<'_>> {
    Some(ParameterDeclaration {
        name: key.text()?,
        key,
        node,
        kind: node.get("Type").and_then(Node::text).unwrap_or_default(),
        default: node.get("Default"),
        no_echo: node
            .get("NoEcho")
            .and_then(Node::text)
            .is_some_and(|text| matches!(scalar_meaning(text, true), Value::Boolean(true))),
    })
}

fn resource((key, node): &(Node, Node)) -> Option<ResourceDeclaration<'_>> {
    Some(ResourceDeclaration {
        logical_id: key.text()?,
        key,
        node,
        resource_type: node.get("Type").and_then(Node::text).unwrap_or_default(),
        condition: node.get("Condition").and_then(Node::text),
    })
}

fn output((key, node): &(Node, Node)) -> Option<OutputDeclaration<'_>> {
    Some(OutputDeclaration {
        key_text: key.text()?,
        key,
        node,
        condition: node.get("Condition").and_then(Node::text),
    })
}

fn name_of_transform(node: &Node) -> Option<&str> {
    node.text().or_else(|| node.get("Name").and_then(Node::text))
}

/// Resource types of IAM that need consent, each with the property that gives it a name of its own.
const CONSENT: &[(&str, &str)] = &[
    ("AWS::IAM::AccessKey", ""),
    ("AWS::IAM::Group", "GroupName"),
    ("AWS::IAM::GroupPolicy", ""),
    ("AWS::IAM::InstanceProfile", "InstanceProfileName"),
    ("AWS::IAM::ManagedPolicy", "ManagedPolicyName"),
    ("AWS::IAM::Policy", ""),
    ("AWS::IAM::Role", "RoleName"),
    ("AWS::IAM::RolePolicy", ""),
    ("AWS::IAM::User", "UserName"),
    ("AWS::IAM::UserPolicy", ""),
    ("AWS::IAM::UserToGroupAddition", ""),
];

fn capabilities(root: &Node, resources: &[ResourceDeclaration<'_>], transforms: bool) -> Vec<&'static str> {
    let iam = resources.iter().filter_map(|resource| {
        let (_, name) = CONSENT.iter().find(|(kind, _)| *kind == resource.resource_type)?;
        Some(!name.is_empty() && resource.node.get("Properties").is_some_and(|node| node.get(name).is_some()))
    });
    let mut capabilities = Vec::new();
    if transforms || uses_macro(root) {
        capabilities.push("CAPABILITY_AUTO_EXPAND");
    }
    match iam.max() {
        Some(true) => capabilities.push("CAPABILITY_NAMED_IAM"),
        Some(false) => capabilities.push("CAPABILITY_IAM"),
        None => {}
    }
    capabilities
}

/// Whether a macro is called anywhere.
fn uses_macro(node: &Node) -> bool {
    node.tag.as_deref() == Some("Transform")
        || node.items().iter().any(uses_macro)
        || node.entries().iter().any(|(key, value)| key.text() == Some("Fn::Transform") || uses_macro(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::place::Source;
    use crate::template::document::load;
    use std::sync::Arc;

    fn document(text: &str) -> Document {
        load(&Arc::new(Source { path: "a.yaml".to_owned(), text: text.to_owned() })).unwrap()
    }

    fn check_capabilities(text: &str, expected: &[&str]) {
        assert_eq!(outline(&document(text)).capabilities, expected, "{text}");
    }

    #[test]
    fn derives_capabilities() {
        check_capabilities("Resources: {A: {Type: 'AWS::SNS::Topic'}}", &[]);
        check_capabilities("Resources: {A: {Type: 'AWS::IAM::Role'}}", &["CAPABILITY_IAM"]);
        check_capabilities(
            "Resources: {A: {Type: 'AWS::IAM::Role'}, B: {Type: 'AWS::IAM::User', Properties: {UserName: a}}}",
            &["CAPABILITY_NAMED_IAM"],
        );
        check_capabilities("Transform: AWS::Serverless-2016-10-31", &["CAPABILITY_AUTO_EXPAND"]);
        check_capabilities(
            "Resources: {A: {Type: 'AWS::IAM::Role', Properties: {'Fn::Transform': {Name: M}}}}",
            &["CAPABILITY_AUTO_EXPAND", "CAPABILITY_IAM"],
        );
    }

    #[test]
    fn reads_declarations_and_leaves_out_what_is_malformed() {
        let document = document(
            "Transform: [A, {Name: B}]\nParameters:\n  P: {Type: String, Default: x, NoEcho: 'true'}\n  Q: {}\n\
             Conditions: {C: !Equals [a, b]}\nResources:\n  R: {Type: T, Condition: C}\nOutputs: {O: {Condition: C}, U: 1}\n",
        );
        let outline = outline(&document);
        assert_eq!(outline.transforms, ["A", "B"]);
        assert_eq!((outline.parameters[0].kind, outline.parameters[0].no_echo), ("String", true));
        assert_eq!((outline.parameters[1].kind, outline.parameters[1].no_echo), ("", false));
        assert_eq!(outline.conditions, ["C"]);
        assert_eq!((outline.resources[0].logical_id, outline.resources[0].condition), ("R", Some("C")));
        assert_eq!(outline.outputs.len(), 2);
        assert!(super::outline(&self::document("[1, 2]")).resources.is_empty());
    }
}
