//! The structure of the outputs: values, descriptions, and the names they are exported under.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{description, format_error, named};
use crate::sandbox::language::Refusal;
use crate::sandbox::language::evaluate::function;
use crate::sandbox::language::references::{collect, outside};
use crate::sandbox::language::shape::asks_the_world;

/// Checks the section; in an open template, transforms may still make members of it.
pub(super) fn check(tree: &Map<String, Value>, open: bool) -> Result<(), Refusal> {
    let Some(section) = tree.get("Outputs") else { return Ok(()) };
    let Value::Object(section) = section else {
        return Err(format_error("Any Outputs member must be an object."));
    };
    for (name, body) in section {
        if (open && name.starts_with("Fn::ForEach::")) || name == "Fn::Transform" {
            continue;
        }
        named("Outputs", name)?;
        let body =
            body.as_object().filter(|body| body.contains_key("Value") || body.contains_key("Fn::Transform"));
        let Some(body) = body else {
            return Err(format_error("Every Outputs member must contain a Value object"));
        };
        if !open && !body.contains_key("Fn::Transform") {
            output(tree, name, body)?;
        }
    }
    Ok(())
}

fn output(tree: &Map<String, Value>, name: &str, body: &Map<String, Value>) -> Result<(), Refusal> {
    description(body)?;
    if body.get("Condition").is_some_and(|name| !name.is_string()) {
        return Err(format_error("Every Condition member must be a string."));
    }
    match body.get("Value") {
        Some(Value::Array(_)) => return Err(not_text(" and not a List.")),
        Some(value @ Value::Object(_)) if function(value).is_none() => {
            return Err(not_text(" and not a Map."));
        }
        _ => {}
    }
    let Some(export) = body.get("Export") else { return Ok(()) };
    let Some(node) = export.get("Name") else { return Err(bad_export(name)) };
    if depends_on_more_than_parameters(node, tree) {
        return Err(format_error(format_args!(
            "Output {name} is malformed. The Name field of Export must not depend on any resources, imported \
             values, or Fn::GetAZs."
        )));
    }
    Ok(())
}

/// The refusal of an output whose value is no text.
pub fn not_text(end: &str) -> Refusal {
    format_error(format_args!("The Value field of every Outputs member must evaluate to a String{end}"))
}

/// The refusal of a name that nothing can be exported under.
pub fn bad_export(output: &str) -> Refusal {
    format_error(format_args!(
        "Output {output} is malformed. The Name field of every Export member must be specified and consist only of \
         alphanumeric characters, colons, or hyphens."
    ))
}

/// Says whether a node needs resources, imports or zones: names of exports must not.
fn depends_on_more_than_parameters(node: &Value, tree: &Map<String, Value>) -> bool {
    let mut found = Vec::new();
    collect(node, None, &mut found);
    let declared = tree.get("Parameters").and_then(Value::as_object).into_iter().flat_map(Map::keys);
    let known: BTreeSet<&str> = declared.map(String::as_str).collect();
    outside(&found, &known) || asks_the_world(node)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refused(output: Value, expected: &str) {
        let tree = json!({"Resources": {"A": {"Type": "T"}}, "Outputs": {"O": output}});
        let found = check(tree.as_object().expect("an object"), false).expect_err(expected);
        assert_eq!(found.message, expected, "{tree}");
    }

    #[test]
    fn values_are_texts() {
        refused(json!({}), "Template format error: Every Outputs member must contain a Value object");
        let text = "Template format error: The Value field of every Outputs member must evaluate to a String";
        refused(json!({"Value": {"a": "b"}}), &format!("{text} and not a Map."));
        refused(json!({"Value": ["a"]}), &format!("{text} and not a List."));
        refused(
            json!({"Value": "a", "Description": {"Ref": "A"}}),
            "Template format error: Every Description member must be a string.",
        );
        refused(
            json!({"Value": "a", "Condition": {"Ref": "A"}}),
            "Template format error: Every Condition member must be a string.",
        );
    }

    #[test]
    fn exports_have_names_that_are_known_before() {
        refused(
            json!({"Value": "a", "Export": {}}),
            "Template format error: Output O is malformed. The Name field of every Export member must be specified \
             and consist only of alphanumeric characters, colons, or hyphens.",
        );
        for name in [json!({"Ref": "A"}), json!({"Fn::Sub": "${A.Arn}"}), json!({"Fn::ImportValue": "x"})] {
            refused(
                json!({"Value": "a", "Export": {"Name": name}}),
                "Template format error: Output O is malformed. The Name field of Export must not depend on any \
                 resources, imported values, or Fn::GetAZs.",
            );
        }
    }
}
