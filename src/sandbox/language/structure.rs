//! The structure of a template: its sections and their members, checked in the service's words.
//!
//! Calls of functions are checked in `shape`; whether names exist, in `names`.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{Refusal, shape};

const SECTIONS: [&str; 11] = [
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Globals",
    "Hooks",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
];
const RESOURCE_MEMBERS: [&str; 10] = [
    "Type",
    "Properties",
    "Condition",
    "DependsOn",
    "Metadata",
    "CreationPolicy",
    "UpdatePolicy",
    "DeletionPolicy",
    "UpdateReplacePolicy",
    "Version",
];
const LIMITS: [(&str, usize); 4] =
    [("Parameters", 200), ("Outputs", 200), ("Mappings", 200), ("Resources", 500)];

/// Checks a template. One that has transforms is checked for less, as they may change it; what they make of it is
/// checked again.
pub fn check(tree: &Map<String, Value>) -> Result<(), Refusal> {
    let open = tree.contains_key("Transform");
    sections(tree)?;
    nulls(tree)?;
    parameters(tree)?;
    mappings(tree)?;
    resources(tree, open)?;
    outputs(tree, open)?;
    if open {
        return Ok(());
    }
    calls(tree)
}

fn format_error(text: impl std::fmt::Display) -> Refusal {
    Refusal::new(format!("Template format error: {text}"))
}

fn sections(tree: &Map<String, Value>) -> Result<(), Refusal> {
    let unknown: Vec<&str> = tree
        .keys()
        .map(String::as_str)
        .filter(|key| !SECTIONS.contains(key) && *key != "Transform")
        .collect();
    if !unknown.is_empty() {
        return Err(Refusal::new(format!(
            "Invalid template property or properties [{}]",
            unknown.join(", ")
        )));
    }
    match tree.get("AWSTemplateFormatVersion") {
        None => {}
        Some(Value::String(version)) if version == "2010-09-09" => {}
        Some(_) => return Err(format_error("unsupported value for AWSTemplateFormatVersion.")),
    }
    match tree.get("Description") {
        None | Some(Value::Null) => {}
        Some(Value::String(text)) if text.len() > 1_024 => {
            return Err(format_error("'Description' length is greater than 1024."));
        }
        Some(Value::String(_)) => {}
        Some(_) => return Err(format_error("every Description member must be a string.")),
    }
    for (section, most) in LIMITS {
        let count = tree.get(section).and_then(Value::as_object).map_or(0, Map::len);
        if count > most {
            let noun = section.to_lowercase();
            return Err(format_error(format_args!(
                "Number of {noun}, {count}, is greater than maximum allowed, {most}"
            )));
        }
    }
    Ok(())
}

/// Nothing may be null.
fn nulls(tree: &Map<String, Value>) -> Result<(), Refusal> {
    for (section, value) in tree {
        if matches!(section.as_str(), "Metadata" | "Description") {
            continue;
        }
        if let Some(path) = null_path(value) {
            return Err(Refusal::new(format!(
                "[/{section}{path}] 'null' values are not allowed in templates"
            )));
        }
    }
    Ok(())
}

fn null_path(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(index, item)| Some(format!("/{index}{}", null_path(item)?)))
        }
        Value::Object(entries) => {
            entries.iter().find_map(|(key, value)| Some(format!("/{key}{}", null_path(value)?)))
        }
        _ => None,
    }
}

fn is_alphanumeric(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn named(kind: &str, name: &str) -> Result<(), Refusal> {
    if !is_alphanumeric(name) {
        return Err(format_error(format_args!("{kind} name {name} is non alphanumeric.")));
    }
    if name.len() > 255 {
        return Err(format_error(format_args!("{kind} name {name} length is greater than 255.")));
    }
    Ok(())
}

fn parameters(tree: &Map<String, Value>) -> Result<(), Refusal> {
    let Some(section) = tree.get("Parameters") else { return Ok(()) };
    let Value::Object(section) = section else {
        return Err(format_error("Any Parameters member must be an object."));
    };
    for (name, body) in section {
        named("Parameter", name)?;
        let Value::Object(body) = body else {
            return Err(format_error("Any Parameters member must be an object."));
        };
        let Some(kind) = body.get("Type").and_then(Value::as_str) else {
            return Err(format_error("Every Parameters object must contain a Type member."));
        };
        if !is_parameter_type(kind) {
            return Err(format_error(format_args!("Unrecognized parameter type: {kind}")));
        }
        if matches!(body.get("Default"), Some(Value::Object(_) | Value::Array(_))) {
            return Err(format_error("Every Default member must be a string."));
        }
    }
    Ok(())
}

fn is_parameter_type(kind: &str) -> bool {
    let inner = |prefix: &str| kind.strip_prefix(prefix).and_then(|rest| rest.strip_suffix('>'));
    if let Some(inner) = inner("AWS::SSM::Parameter::Value<") {
        return !inner.starts_with("AWS::SSM") && (is_parameter_type(inner) || inner == "List<String>");
    }
    if let Some(inner) = inner("List<") {
        return inner == "Number" || (inner.starts_with("AWS::") && is_parameter_type(inner));
    }
    matches!(
        kind,
        "String"
            | "Number"
            | "CommaDelimitedList"
            | "AWS::SSM::Parameter::Name"
            | "AWS::EC2::AvailabilityZone::Name"
            | "AWS::EC2::Image::Id"
            | "AWS::EC2::Instance::Id"
            | "AWS::EC2::KeyPair::KeyName"
            | "AWS::EC2::SecurityGroup::GroupName"
            | "AWS::EC2::SecurityGroup::Id"
            | "AWS::EC2::Subnet::Id"
            | "AWS::EC2::Volume::Id"
            | "AWS::EC2::VPC::Id"
            | "AWS::Route53::HostedZone::Id"
    )
}

fn mappings(tree: &Map<String, Value>) -> Result<(), Refusal> {
    let Some(section) = tree.get("Mappings") else { return Ok(()) };
    let Value::Object(section) = section else {
        return Err(format_error("Any Mappings member must be an object."));
    };
    for (name, mapping) in section {
        if name == "Fn::Transform" {
            continue;
        }
        let Value::Object(mapping) = mapping else {
            return Err(format_error(format_args!("Every Mappings member {name} must be a map")));
        };
        for (key, attributes) in mapping {
            if key == "Fn::Transform" {
                continue;
            }
            let Value::Object(attributes) = attributes else {
                return Err(format_error(format_args!("Every Mappings member {key} must be a map")));
            };
            if attributes.values().any(Value::is_object) {
                return Err(format_error("Every Mappings attribute must be a String or a List."));
            }
        }
    }
    Ok(())
}

fn resources(tree: &Map<String, Value>, open: bool) -> Result<(), Refusal> {
    let section = match tree.get("Resources") {
        None => return Err(format_error("At least one Resources member must be defined.")),
        Some(Value::Object(section)) if section.is_empty() => {
            return Err(format_error("At least one Resources member must be defined."));
        }
        Some(Value::Object(section)) => section,
        Some(_) => return Err(format_error("Any Resources member must be an object.")),
    };
    for (name, body) in section {
        if (open && name.starts_with("Fn::ForEach::")) || name == "Fn::Transform" {
            continue;
        }
        named("Resource", name)?;
        let Value::Object(body) = body else {
            return Err(format_error(format_args!("[/Resources/{name}] resource definition is malformed")));
        };
        resource(name, body)?;
    }
    Ok(())
}

fn resource(name: &str, body: &Map<String, Value>) -> Result<(), Refusal> {
    if body.contains_key("Fn::Transform") {
        return Ok(());
    }
    if let Some(member) = body.keys().find(|key| !RESOURCE_MEMBERS.contains(&key.as_str())) {
        return Err(Refusal::new(format!("Invalid template resource property '{member}'")));
    }
    match body.get("Type") {
        Some(Value::String(kind)) if !kind.is_empty() => {}
        _ => {
            return Err(format_error(format_args!(
                "[/Resources/{name}] Every Resources object must contain a Type member."
            )));
        }
    }
    if !matches!(body.get("Properties"), None | Some(Value::Object(_))) {
        return Err(format_error(format_args!("[/Resources/{name}] Every Properties member must be a map.")));
    }
    let names = |value: &Value| {
        value.is_string() || value.as_array().is_some_and(|all| all.iter().all(Value::is_string))
    };
    if body.get("DependsOn").is_some_and(|value| !names(value)) {
        return Err(format_error("DependsOn must be a string or list of strings."));
    }
    Ok(())
}

fn outputs(tree: &Map<String, Value>, open: bool) -> Result<(), Refusal> {
    let Some(section) = tree.get("Outputs") else { return Ok(()) };
    let Value::Object(section) = section else {
        return Err(format_error("Any Outputs member must be an object."));
    };
    for (name, body) in section {
        if (open && name.starts_with("Fn::ForEach::")) || name == "Fn::Transform" {
            continue;
        }
        named("Output", name)?;
        let sound = body
            .as_object()
            .is_some_and(|body| body.contains_key("Value") || body.contains_key("Fn::Transform"));
        if !sound {
            return Err(format_error("Every Outputs member must contain a Value object"));
        }
    }
    Ok(())
}

/// The calls of functions in the sections that may have them, and the conditions that resources and outputs name.
fn calls(tree: &Map<String, Value>) -> Result<(), Refusal> {
    let object = |name: &str| tree.get(name).and_then(Value::as_object);
    let conditions: BTreeSet<&str> =
        object("Conditions").into_iter().flat_map(Map::keys).map(String::as_str).collect();
    for section in ["Conditions", "Resources", "Outputs"] {
        for (_, body) in object(section).into_iter().flatten() {
            shape::check(body, &conditions)?;
            let named = body.get("Condition").and_then(Value::as_str).filter(|_| section != "Conditions");
            if let Some(name) = named.filter(|name| !conditions.contains(name)) {
                return Err(format_error(format_args!(
                    "Unresolved condition dependency {name} in the {section} block of the template"
                )));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refused(template: Value, expected: &str) {
        let found = check(template.as_object().expect("an object"));
        assert_eq!(found.expect_err(expected).message, expected, "{template}");
    }

    #[test]
    fn faults_are_told_in_the_services_words() {
        let topic = json!({"A": {"Type": "AWS::SNS::Topic"}});
        refused(json!({}), "Template format error: At least one Resources member must be defined.");
        refused(
            json!({"Resources": {}}),
            "Template format error: At least one Resources member must be defined.",
        );
        refused(json!({"Resources": ""}), "Template format error: Any Resources member must be an object.");
        refused(
            json!({"Resources": {"A": {"Properties": {}}}}),
            "Template format error: [/Resources/A] Every Resources object must contain a Type member.",
        );
        refused(
            json!({"Resources": {"my-topic": {"Type": "AWS::SNS::Topic"}}}),
            "Template format error: Resource name my-topic is non alphanumeric.",
        );
        refused(
            json!({"Resources": {"A": {"Type": "T", "Property": {}}}}),
            "Invalid template resource property 'Property'",
        );
        refused(
            json!({"Resources": topic, "Resource": {}}),
            "Invalid template property or properties [Resource]",
        );
        refused(
            json!({"Resources": topic, "Outputs": {"O": {"Value": null}}}),
            "[/Outputs/O/Value] 'null' values are not allowed in templates",
        );
        refused(
            json!({"Resources": topic, "Outputs": {"O": {"Export": {"Name": "x"}}}}),
            "Template format error: Every Outputs member must contain a Value object",
        );
        refused(
            json!({"Resources": topic, "Mappings": {"M": {"K": {"A": {}}}}}),
            "Template format error: Every Mappings attribute must be a String or a List.",
        );
        refused(
            json!({"Resources": topic, "Mappings": {"M": {"K": "x"}}}),
            "Template format error: Every Mappings member K must be a map",
        );
        refused(
            json!({"Resources": topic, "Parameters": {"AWS::NoValue": {"Type": "String"}}}),
            "Template format error: Parameter name AWS::NoValue is non alphanumeric.",
        );
        refused(
            json!({"Resources": topic, "Parameters": {"P": {"Type": "Strin"}}}),
            "Template format error: Unrecognized parameter type: Strin",
        );
    }

    #[test]
    fn sound_templates_pass() {
        for kind in [
            "String",
            "List<Number>",
            "List<AWS::EC2::Subnet::Id>",
            "AWS::SSM::Parameter::Value<List<String>>",
        ] {
            let template = json!({
                "AWSTemplateFormatVersion": "2010-09-09",
                "Parameters": {"P": {"Type": kind}},
                "Resources": {"A": {"Type": "AWS::SNS::Topic", "DependsOn": ["B"]}},
            });
            assert_eq!(check(template.as_object().expect("an object")), Ok(()), "{kind}");
        }
    }
}
