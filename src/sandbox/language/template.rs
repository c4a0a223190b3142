//! A template that was read: its long-form tree, and what can be told of it without parameters.
//!
//! Reading is in `source`, the rules of structure in `structure`; transforms are carried out in `transform`.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{ParameterDeclaration, Refusal, names, source, structure};

/// A template as it was written, in long form.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Template {
    tree: Map<String, Value>,
}

/// What must be acknowledged before a template is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapabilityNeed {
    /// `CAPABILITY_IAM`, `CAPABILITY_NAMED_IAM`, `CAPABILITY_AUTO_EXPAND`.
    pub capabilities: Vec<String>,
    /// `The following resource(s) require capabilities: [AWS::IAM::Role]`.
    pub reason: String,
}

/// The types that give somebody rights, with the property that names the thing.
const RIGHTS: [(&str, Option<&str>); 10] = [
    ("AWS::IAM::AccessKey", None),
    ("AWS::IAM::Group", Some("GroupName")),
    ("AWS::IAM::GroupPolicy", None),
    ("AWS::IAM::InstanceProfile", Some("InstanceProfileName")),
    ("AWS::IAM::ManagedPolicy", Some("ManagedPolicyName")),
    ("AWS::IAM::Policy", None),
    ("AWS::IAM::Role", Some("RoleName")),
    ("AWS::IAM::RolePolicy", None),
    ("AWS::IAM::User", Some("UserName")),
    ("AWS::IAM::UserToGroupAddition", None),
];

impl Template {
    /// Reads a template and checks its structure.
    pub fn read(text: &str) -> Result<Self, Refusal> {
        let tree = source::read(text)?;
        structure::check(&tree)?;
        transform_names(&tree)?;
        if !structure::is_open(&tree) {
            names::check(&tree)?;
        }
        Ok(Self { tree })
    }

    /// The long-form tree.
    pub fn tree(&self) -> &Map<String, Value> {
        &self.tree
    }

    /// The description.
    pub fn description(&self) -> Option<&str> {
        self.tree.get("Description").and_then(Value::as_str)
    }

    /// The metadata section.
    pub fn metadata(&self) -> Option<&Value> {
        self.tree.get("Metadata")
    }

    /// The transforms the template declares, in order, those inside it last.
    pub fn transforms(&self) -> Vec<String> {
        let mut names = transform_names(&self.tree).unwrap_or_default();
        for (_, value) in &self.tree {
            inline(value, &mut names);
        }
        names
    }

    /// The declared parameters, in order.
    pub fn parameters(&self) -> Vec<ParameterDeclaration> {
        let declared = self.tree.get("Parameters").and_then(Value::as_object);
        let read =
            |(name, body): (&String, &Value)| Some(ParameterDeclaration::read(name, body.as_object()?));
        declared.into_iter().flatten().filter_map(read).collect()
    }

    /// The distinct resource types, in order of the template.
    pub fn resource_types(&self) -> Vec<String> {
        let mut types: Vec<String> = Vec::new();
        for (_, body) in self.resources() {
            let kind = body.get("Type").and_then(Value::as_str).unwrap_or_default();
            if !kind.is_empty() && types.iter().all(|known| known != kind) {
                types.push(kind.to_owned());
            }
        }
        types
    }

    /// The capabilities that must be acknowledged, or nothing.
    pub fn capabilities(&self) -> Option<CapabilityNeed> {
        let mut capabilities = BTreeSet::new();
        let mut causes = Vec::new();
        for (_, body) in self.resources() {
            let kind = body.get("Type").and_then(Value::as_str).unwrap_or_default();
            let Some((_, name)) = RIGHTS.iter().find(|(known, _)| *known == kind) else { continue };
            let named = name.is_some_and(|name| body.pointer(&format!("/Properties/{name}")).is_some());
            capabilities.insert(if named { "CAPABILITY_NAMED_IAM" } else { "CAPABILITY_IAM" });
            causes.push(kind.to_owned());
        }
        if capabilities.contains("CAPABILITY_NAMED_IAM") {
            capabilities.remove("CAPABILITY_IAM");
        }
        let transforms = self.transforms();
        if !transforms.is_empty() {
            capabilities.insert("CAPABILITY_AUTO_EXPAND");
            causes.extend(transforms);
        }
        causes.dedup();
        (!capabilities.is_empty()).then(|| CapabilityNeed {
            capabilities: capabilities.into_iter().map(str::to_owned).collect(),
            reason: format!("The following resource(s) require capabilities: [{}]", causes.join(", ")),
        })
    }

    fn resources(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.tree.get("Resources").and_then(Value::as_object).into_iter().flatten()
    }
}

/// The names of the transforms at the top of a template.
pub fn transform_names(tree: &Map<String, Value>) -> Result<Vec<String>, Refusal> {
    let fault = || Refusal::new("Key Name of transform definition must be a string.");
    let name = |item: &Value| -> Result<String, Refusal> {
        let name = if item.is_object() { item.get("Name").and_then(Value::as_str) } else { item.as_str() };
        name.map(str::to_owned).ok_or_else(fault)
    };
    match tree.get("Transform") {
        None => Ok(Vec::new()),
        Some(Value::Array(items)) => items.iter().map(name).collect(),
        Some(item) => Ok(vec![name(item)?]),
    }
}

fn inline(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| inline(item, found)),
        Value::Object(entries) => {
            for (key, value) in entries {
                if let (true, Some(name)) =
                    (key == "Fn::Transform", value.get("Name").and_then(Value::as_str))
                {
                    found.push(name.to_owned());
                }
                inline(value, found);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Template {
        Template::read(text).expect(text)
    }

    #[test]
    fn capabilities_follow_from_types_and_names() {
        let need =
            |text: &str| read(text).capabilities().map(|need| (need.capabilities.join(","), need.reason));
        assert_eq!(need("Resources: {A: {Type: 'AWS::SNS::Topic'}}"), None);
        assert_eq!(
            need("Resources: {A: {Type: 'AWS::IAM::Role'}}"),
            Some((
                "CAPABILITY_IAM".into(),
                "The following resource(s) require capabilities: [AWS::IAM::Role]".into()
            ))
        );
        let named = "Resources: {A: {Type: 'AWS::IAM::Role', Properties: {RoleName: x}}, B: {Type: 'AWS::IAM::Policy'}}";
        assert_eq!(
            need(named),
            Some((
                "CAPABILITY_NAMED_IAM".into(),
                "The following resource(s) require capabilities: [AWS::IAM::Role, AWS::IAM::Policy]".into()
            ))
        );
        let transformed = "Transform: AWS::LanguageExtensions\nResources: {A: {Type: 'AWS::SNS::Topic'}}";
        assert_eq!(need(transformed).map(|(names, _)| names), Some("CAPABILITY_AUTO_EXPAND".into()));
    }

    #[test]
    fn transforms_are_named_by_text() {
        let fault = Template::read("Transform: [{Name: !Ref X}]\nResources: {A: {Type: T}}")
            .expect_err("a reference");
        assert_eq!(fault.message, "Key Name of transform definition must be a string.");
        let names = read("Transform: [A, {Name: B}]\nResources: {A: {Type: T}}").transforms();
        assert_eq!(names, ["A", "B"]);
    }
}
