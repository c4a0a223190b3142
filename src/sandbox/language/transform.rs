//! Transforms: what is carried out on a template before it means anything.
//!
//! The language extensions are in `extension`; macros and included objects are asked of the surroundings.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::desired::Unknown;
use super::scope::Scope;
use super::{
    Identity, ParameterValues, Refusal, Surroundings, evaluate, extension, names, source, structure,
};

/// The service's own transforms that are not simulated.
const NOT_SIMULATED: [&str; 5] = [
    "AWS::CodeDeployBlueGreen",
    "AWS::CodeStar",
    "AWS::SecretsManager-2020-07-23",
    "AWS::SecretsManager-2024-09-16",
    SERVERLESS,
];
const SERVERLESS: &str = "AWS::Serverless-2016-10-31";

/// Carries out all transforms; a template without any is returned as it is.
pub fn process(
    tree: &Map<String, Value>,
    parameters: &ParameterValues,
    identity: &Identity,
    surroundings: &dyn Surroundings,
) -> Result<Map<String, Value>, Refusal> {
    let mut tree = tree.clone();
    if !structure::is_open(&tree) {
        return Ok(tree);
    }
    let declared = tree.remove("Transform");
    let conditions = BTreeMap::new();
    let empty = Map::new();
    let scope =
        Scope { identity, parameters, conditions: &conditions, tree: &empty, facts: &Unknown, surroundings };
    let inlined = inline(Value::Object(tree), &scope).map_err(Refusal::in_transform)?;
    let Value::Object(mut tree) = inlined else { return Ok(Map::new()) };
    let declared = match declared {
        None => Vec::new(),
        Some(Value::Array(items)) => items,
        Some(one) => vec![one],
    };
    for transform in &declared {
        let name = transform.get("Name").or(Some(transform)).and_then(Value::as_str).unwrap_or_default();
        let given = transform.get("Parameters").cloned().unwrap_or_default();
        tree = apply_to_template(name, tree, &given, &scope).map_err(Refusal::in_transform)?;
    }
    let extended = declared.iter().any(|transform| transform == extension::NAME);
    structure::check_processed(&tree, extended)?;
    names::check(&tree)?;
    Ok(tree)
}

fn apply_to_template(
    name: &str,
    tree: Map<String, Value>,
    given: &Value,
    scope: &Scope<'_>,
) -> Result<Map<String, Value>, Refusal> {
    match name {
        extension::NAME => extension::expand(&tree, scope),
        "AWS::Include" => {
            let mut tree = tree;
            if let Value::Object(included) = include(given, scope)? {
                included.into_iter().for_each(|(section, members)| merge(&mut tree, section, members));
            }
            Ok(tree)
        }
        // It leaves a template as it is in which nothing is its own.
        SERVERLESS if !is_serverless(&tree) => Ok(tree),
        _ => match carry_out(name, Value::Object(tree), given, scope)? {
            Value::Object(tree) => Ok(tree),
            _ => Err(malformed(name, scope)),
        },
    }
}

/// Whether a template holds what only the transform of AWS SAM understands.
fn is_serverless(tree: &Map<String, Value>) -> bool {
    let own = |body: &Value| {
        let name = body.get("Type").and_then(Value::as_str);
        name.is_some_and(|name| name.starts_with("AWS::Serverless::"))
    };
    let resources = tree.get("Resources").and_then(Value::as_object);
    tree.contains_key("Globals") || resources.is_some_and(|resources| resources.values().any(own))
}

/// Adds included members to a section; the template's own win.
fn merge(tree: &mut Map<String, Value>, section: String, members: Value) {
    match (tree.get_mut(&section), members) {
        (Some(Value::Object(own)), Value::Object(members)) => {
            for (name, body) in members {
                own.entry(name).or_insert(body);
            }
        }
        (Some(_), _) => {}
        (None, members) => {
            tree.insert(section, members);
        }
    }
}

/// Carries out the transforms inside a node, innermost first.
fn inline(node: Value, scope: &Scope<'_>) -> Result<Value, Refusal> {
    match node {
        Value::Array(items) => {
            Ok(items.into_iter().map(|item| inline(item, scope)).collect::<Result<Vec<_>, _>>()?.into())
        }
        Value::Object(entries) => {
            let mut result = Map::with_capacity(entries.len());
            let mut transform = None;
            for (key, value) in entries {
                let value = inline(value, scope)?;
                match key.as_str() {
                    "Fn::Transform" => transform = Some(value),
                    _ => {
                        result.insert(key, value);
                    }
                }
            }
            match transform {
                Some(transform) => inline_one(&transform, result, scope),
                None => Ok(Value::Object(result)),
            }
        }
        other => Ok(other),
    }
}

fn inline_one(
    transform: &Value,
    mut siblings: Map<String, Value>,
    scope: &Scope<'_>,
) -> Result<Value, Refusal> {
    let Some(name) = transform.get("Name").and_then(Value::as_str) else {
        return Err(Refusal::new("Key Name of transform definition must be a string."));
    };
    let given = transform.get("Parameters").cloned().unwrap_or_default();
    if name != "AWS::Include" {
        return carry_out(name, Value::Object(siblings), &given, scope);
    }
    match include(&given, scope)? {
        Value::Object(included) => {
            siblings.extend(included);
            Ok(Value::Object(siblings))
        }
        other => Ok(other),
    }
}

fn include(given: &Value, scope: &Scope<'_>) -> Result<Value, Refusal> {
    let failed = |reason: String| Refusal::new(format!("Transform AWS::Include failed with: {reason}"));
    let location = evaluate::evaluate(given.get("Location").unwrap_or(&Value::Null), scope)?;
    let Some(Value::String(location)) = location else {
        return Err(failed("The location parameter is not a valid S3 uri.".into()));
    };
    let text = scope.surroundings.included(&location).map_err(failed)?;
    let read = if text.trim_start().starts_with('{') {
        serde_json::from_str(&text).map_err(|fault| failed(fault.to_string()))?
    } else {
        source::yaml(&text).map_err(|fault| failed(fault.message))?
    };
    inline(read, scope)
}

fn carry_out(name: &str, fragment: Value, given: &Value, scope: &Scope<'_>) -> Result<Value, Refusal> {
    if NOT_SIMULATED.contains(&name) {
        return Err(Refusal::new(format!(
            "Transform {name} failed with: the sandbox does not simulate this transform"
        )));
    }
    let given = evaluate::evaluate(given, scope)?.unwrap_or_default();
    let full = full_name(name, scope);
    match scope.surroundings.transform(name, &fragment, &given) {
        Some(Ok(result)) => Ok(result),
        Some(Err(reason)) => Err(Refusal::new(format!("Transform {full} failed with: {reason}"))),
        None => Err(Refusal::new(format!("No transform named {full} found."))),
    }
}

/// A macro of the account is told with the account before its name.
fn full_name(name: &str, scope: &Scope<'_>) -> String {
    if name.contains("::") { name.to_owned() } else { format!("{}::{name}", scope.identity.account) }
}

fn malformed(name: &str, scope: &Scope<'_>) -> Refusal {
    Refusal::new(format!("Received malformed response from transform {}", full_name(name, scope)))
}
