//! The form of function calls, checked before anything is evaluated.
//!
//! A call in a branch that is never taken must be well-formed, too.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Refusal;
use super::conditions::{boolean_fault, equals_fault};
use super::evaluate::function;
use super::text::{join_fault, select_fault, split_fault, substitute_fault};

/// Checks every function call inside a node; `conditions` are the names of those declared.
pub fn check(node: &Value, conditions: &BTreeSet<&str>) -> Result<(), Refusal> {
    if let Some((name, argument)) = function(node) {
        call(name, argument, conditions)?;
    }
    match node {
        Value::Array(items) => items.iter().try_for_each(|item| check(item, conditions)),
        Value::Object(entries) => entries.values().try_for_each(|value| check(value, conditions)),
        _ => Ok(()),
    }
}

fn call(name: &str, argument: &Value, conditions: &BTreeSet<&str>) -> Result<(), Refusal> {
    let parts = argument.as_array().map(Vec::as_slice);
    match (name, parts) {
        ("Ref", _) if !argument.is_string() => {
            Err(Refusal::new("Template error: every Ref object must have a single String value."))
        }
        ("Fn::GetAtt", _) => attribute(argument),
        ("Fn::Join", Some([Value::String(_), list])) if list.is_array() || function(list).is_some() => Ok(()),
        ("Fn::Join", _) => Err(join_fault()),
        ("Fn::Split", Some([Value::String(delimiter), source]))
            if !delimiter.is_empty() && (source.is_string() || function(source).is_some()) =>
        {
            Ok(())
        }
        ("Fn::Split", _) => Err(split_fault()),
        ("Fn::Select", Some([index, list]))
            if is_index(index) && (list.is_array() || function(list).is_some()) =>
        {
            Ok(())
        }
        ("Fn::Select", _) => Err(select_fault()),
        ("Fn::Sub", Some([Value::String(_), Value::Object(_)] | [Value::String(_)])) => Ok(()),
        ("Fn::Sub", _) if !argument.is_string() => Err(substitute_fault()),
        ("Fn::Equals", Some([_, _])) => Ok(()),
        ("Fn::Equals", _) => Err(equals_fault()),
        ("Fn::And" | "Fn::Or", Some(parts)) if (2..=10).contains(&parts.len()) => Ok(()),
        ("Fn::Not", Some([_])) => Ok(()),
        ("Fn::And" | "Fn::Or" | "Fn::Not", _) => Err(boolean_fault(name)),
        ("Fn::If", Some([Value::String(condition), _, _])) if conditions.contains(condition.as_str()) => {
            Ok(())
        }
        ("Fn::If", Some([Value::String(condition), _, _])) => Err(Refusal::new(format!(
            "Template error: unresolved condition dependency {condition} in Fn::If"
        ))),
        ("Fn::If", _) => {
            Err(Refusal::new("Template error: Fn::If requires a list argument with three elements"))
        }
        _ => Ok(()),
    }
}

fn is_index(node: &Value) -> bool {
    match node {
        Value::String(text) => text.trim().parse::<u64>().is_ok(),
        other => other.is_u64() || function(other).is_some(),
    }
}

fn attribute(argument: &Value) -> Result<(), Refusal> {
    let sound = match argument {
        Value::String(both) => {
            both.split_once('.').is_some_and(|(resource, name)| !resource.is_empty() && !name.is_empty())
        }
        Value::Array(parts) => {
            let filled = |part: &Value| part.as_str().is_some_and(|text| !text.is_empty());
            parts.len() >= 2
                && parts.first().is_some_and(filled)
                && parts.iter().skip(1).all(|part| filled(part) || function(part).is_some())
        }
        _ => false,
    };
    if sound {
        return Ok(());
    }
    Err(Refusal::new(
        "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the \
         resource attribute",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check_call(node: Value, expected: Option<&str>) {
        let found = check(&json!({"A": [node.clone()]}), &BTreeSet::from(["Known"])).err();
        match (found, expected) {
            (None, None) => {}
            (Some(fault), Some(expected)) => assert!(fault.message.contains(expected), "{node}: {fault}"),
            (found, expected) => panic!("{node}: {found:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn calls_must_be_well_formed() {
        check_call(json!({"Fn::GetAtt": ["A", "B"]}), None);
        check_call(json!({"Fn::GetAtt": ["A", {"Ref": "B"}]}), None);
        check_call(json!({"Fn::GetAtt": ["A"]}), Some("two non-empty parameters"));
        check_call(json!({"Fn::GetAtt": [{"Ref": "A"}]}), Some("two non-empty parameters"));
        check_call(json!({"Fn::Split": ["", "a"]}), Some("every Fn::Split object"));
        check_call(json!({"Fn::Join": [",", "a"]}), Some("every Fn::Join object"));
        check_call(json!({"Fn::Join": [",", {"Ref": "L"}]}), None);
        check_call(json!({"Fn::Select": ["x", []]}), Some("Fn::Select requires"));
        check_call(json!({"Fn::Select": ["1", ["a", "b"]]}), None);
        check_call(
            json!({"Fn::If": ["Missing", 1, 2]}),
            Some("unresolved condition dependency Missing in Fn::If"),
        );
        check_call(json!({"Fn::If": ["Known", 1, 2]}), None);
        check_call(json!({"Ref": ["A"]}), Some("single String value"));
        check_call(json!({"Fn::Equals": ["A"]}), Some("list of 2 string parameters"));
        check_call(json!({"Fn::Sub": ["${A}", "x"]}), Some("Fn::Sub"));
    }
}
