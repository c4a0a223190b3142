//! The structure of a template: its sections and their members, checked in the service's words.
//!
//! Calls of functions are checked in `shape`; whether names exist, in `names`.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::conditions::order;
use super::shape::{self, Place, Site};
use super::{Refusal, text};

mod outputs;
mod parameters;
mod resources;

pub use outputs::{bad_export, not_text};

const SECTIONS: [&str; 10] = [
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Hooks",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
];
const LIMITS: [(&str, usize); 4] =
    [("Parameters", 200), ("Outputs", 200), ("Mappings", 200), ("Resources", 500)];

/// Checks a template. One that has transforms is checked for less, as they may change it; what they make of it is
/// checked again.
pub fn check(tree: &Map<String, Value>) -> Result<(), Refusal> {
    let open = is_open(tree);
    declarations(tree, open)?;
    if open { Ok(()) } else { calls(tree, false) }
}

/// Checks what transforms have made; `extended` are templates that may use the functions of the language extensions.
pub fn check_processed(tree: &Map<String, Value>, extended: bool) -> Result<(), Refusal> {
    declarations(tree, false)?;
    calls(tree, extended)
}

/// Says whether transforms will still change a template: at its top or inside it.
pub fn is_open(tree: &Map<String, Value>) -> bool {
    fn inside(node: &Value) -> bool {
        match node {
            Value::Array(items) => items.iter().any(inside),
            Value::Object(entries) => entries.contains_key("Fn::Transform") || entries.values().any(inside),
            _ => false,
        }
    }
    tree.contains_key("Transform") || tree.contains_key("Fn::Transform") || tree.values().any(inside)
}

fn declarations(tree: &Map<String, Value>, open: bool) -> Result<(), Refusal> {
    sections(tree, open)?;
    nulls(tree)?;
    parameters::check(tree)?;
    mappings(tree)?;
    resources::check(tree, open)?;
    outputs::check(tree, open)?;
    unique_names(tree)?;
    if open { Ok(()) } else { conditions(tree) }
}

fn format_error(text: impl std::fmt::Display) -> Refusal {
    Refusal::new(format!("Template format error: {text}"))
}

fn sections(tree: &Map<String, Value>, open: bool) -> Result<(), Refusal> {
    let unknown: Vec<&str> = tree
        .keys()
        .map(String::as_str)
        .filter(|key| !SECTIONS.contains(key))
        .filter(|key| !open || !matches!(*key, "Transform" | "Globals" | "Fn::Transform"))
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
    if !is_alphanumeric(name) && matches!(kind, "Mappings" | "Outputs") {
        return Err(format_error(format_args!("{kind} name '{name}' is non alphanumeric.")));
    }
    if !is_alphanumeric(name) {
        return Err(format_error(format_args!("{kind} name {name} is non alphanumeric.")));
    }
    if name.len() > 255 {
        return Err(format_error(format_args!("{kind} name {name} length is greater than 255.")));
    }
    Ok(())
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
        named("Mappings", name)?;
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

/// A description, where there is one, is text of a limited length.
fn description(body: &Map<String, Value>) -> Result<(), Refusal> {
    match body.get("Description") {
        None => Ok(()),
        Some(text) => match text::plain(text) {
            None => Err(format_error("Every Description member must be a string.")),
            Some(text) if text.len() > 4_000 => {
                Err(format_error("Description must be no longer than 4000 characters."))
            }
            Some(_) => Ok(()),
        },
    }
}

/// Parameters and resources share one space of names.
fn unique_names(tree: &Map<String, Value>) -> Result<(), Refusal> {
    let object = |name: &str| tree.get(name).and_then(Value::as_object);
    let Some(resources) = object("Resources") else { return Ok(()) };
    let parameters = object("Parameters").into_iter().flat_map(Map::keys).map(String::as_str);
    let common: Vec<&str> = parameters.filter(|name| resources.contains_key(*name)).collect();
    if common.is_empty() {
        return Ok(());
    }
    Err(Refusal::new(format!(
        "Template error: all resources and parameters must have unique names. Common name(s):[{}]",
        common.join(", ")
    )))
}

/// The conditions: their names, what they are, and that they do not need each other in a circle.
fn conditions(tree: &Map<String, Value>) -> Result<(), Refusal> {
    let Some(section) = tree.get("Conditions") else { return Ok(()) };
    let Value::Object(section) = section else {
        return Err(format_error("Any Conditions member must be an object."));
    };
    // Their names are free: one called `AWS::NoValue` was taken in September 2025.
    for node in section.values() {
        if !shape::is_boolean(node) {
            return Err(format_error(
                "Conditions can only be boolean operations on parameters and other conditions",
            ));
        }
    }
    order(tree).map(|_| ())
}

/// The calls of functions in the sections that may have them, and the conditions that resources and outputs name.
fn calls(tree: &Map<String, Value>, extended: bool) -> Result<(), Refusal> {
    let object = |name: &str| tree.get(name).and_then(Value::as_object);
    let names = |section: &str| -> BTreeSet<&str> {
        object(section).into_iter().flat_map(Map::keys).map(String::as_str).collect()
    };
    let mut site = Site {
        conditions: names("Conditions"),
        parameters: names("Parameters"),
        mappings: names("Mappings"),
        place: Place::Condition,
        extended,
    };
    for (section, place) in [
        ("Rules", Place::Rule),
        ("Conditions", Place::Condition),
        ("Resources", Place::Body),
        ("Outputs", Place::Body),
    ] {
        site.place = place;
        for (_, body) in object(section).into_iter().flatten() {
            site.check(body)?;
            let named = body.get("Condition").and_then(Value::as_str).filter(|_| place == Place::Body);
            if let Some(name) = named.filter(|name| !site.conditions.contains(name)) {
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
    fn conditions_are_boolean_functions() {
        let topic = json!({"A": {"Type": "AWS::SNS::Topic"}});
        for condition in [json!("yes"), json!(true), json!({"Ref": "A"}), json!({"Fn::If": ["C", 1, 2]})] {
            refused(
                json!({"Resources": topic, "Conditions": {"C": condition}}),
                "Template format error: Conditions can only be boolean operations on parameters and other conditions",
            );
        }
        let not = |name: &str| json!({"Fn::Not": [{"Condition": name}]});
        refused(
            json!({"Resources": topic, "Conditions": {"B": not("C"), "C": not("B")}}),
            "Template error: Found circular condition dependency between B and C",
        );
    }

    #[test]
    fn names_are_shared_and_limited() {
        refused(
            json!({"Resources": {"A": {"Type": "T"}}, "Parameters": {"A": {"Type": "String"}}}),
            "Template error: all resources and parameters must have unique names. Common name(s):[A]",
        );
        let long = "a".repeat(256);
        refused(
            json!({"Resources": {long.clone(): {"Type": "T"}}}),
            &format!("Template format error: Resource name {long} length is greater than 255."),
        );
        let many = |count: usize, body: Value| -> Value {
            (0..count).map(|number| (format!("N{number}"), body.clone())).collect::<Map<_, _>>().into()
        };
        let topic = json!({"A": {"Type": "T"}});
        for (section, most, body) in [
            ("Parameters", 200, json!({"Type": "String"})),
            ("Outputs", 200, json!({"Value": "x"})),
            ("Mappings", 200, json!({"K": {"A": "x"}})),
            ("Resources", 500, json!({"Type": "T"})),
        ] {
            let mut template = json!({"Resources": topic});
            template[section] = many(most, body.clone());
            assert_eq!(check(template.as_object().expect("an object")), Ok(()), "{section}");
            template[section] = many(most + 1, body);
            let noun = section.to_lowercase();
            let count = most + 1;
            refused(
                template,
                &format!(
                    "Template format error: Number of {noun}, {count}, is greater than maximum allowed, {most}"
                ),
            );
        }
    }
}
