//! The schema of a resource type as `DescribeType` shows it, written anew from what the registry keeps of it.
//!
//! Descriptions, patterns and handlers are not kept: a schema says the properties, their kinds, and what may be done
//! with them.

use crate::registry::{Fields, ResourceType, Shape};
use serde_json::{Map, Value, json};

/// The schema of a type.
pub(super) fn of(published: &ResourceType) -> Value {
    let mut schema = json!({
        "typeName": published.name,
        "properties": properties(&published.properties),
        "additionalProperties": published.open,
        "primaryIdentifier": paths(&published.primary_identifier),
    });
    let lists = [
        ("required", published.required.clone()),
        ("readOnlyProperties", paths(&published.read_only)),
        ("writeOnlyProperties", paths(&published.write_only)),
        ("createOnlyProperties", paths(&published.create_only)),
        ("conditionalCreateOnlyProperties", paths(&published.conditional_create_only)),
    ];
    for (name, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
        schema[name] = list.into();
    }
    let definitions = properties(published.definitions());
    if definitions.as_object().is_some_and(|definitions| !definitions.is_empty()) {
        schema["definitions"] = definitions;
    }
    schema["tagging"] = match &published.tag_property {
        Some(property) => json!({"taggable": true, "tagProperty": format!("/properties/{property}")}),
        None => json!({"taggable": false}),
    };
    schema
}

/// What a type's handlers can do: a type whose every property needs a new resource cannot be updated.
pub(super) fn provisioning(published: &ResourceType) -> &'static str {
    let mut settable =
        published.properties.keys().filter(|name| !published.read_only.contains(name)).peekable();
    let fixed = settable.peek().is_some() && settable.all(|name| published.create_only.contains(name));
    if fixed { "IMMUTABLE" } else { "FULLY_MUTABLE" }
}

fn paths(paths: &[String]) -> Vec<String> {
    paths.iter().map(|path| format!("/properties/{path}")).collect()
}

fn properties(shapes: &std::collections::BTreeMap<String, Shape>) -> Value {
    Value::Object(shapes.iter().map(|(name, shape)| (name.clone(), value(shape))).collect())
}

fn value(shape: &Shape) -> Value {
    match shape {
        Shape::Any => Value::Object(Map::new()),
        Shape::String => json!({"type": "string"}),
        Shape::Word(words) => json!({"type": "string", "enum": words}),
        Shape::Integer => json!({"type": "integer"}),
        Shape::Number => json!({"type": "number"}),
        Shape::Boolean => json!({"type": "boolean"}),
        Shape::List(item) => json!({"type": "array", "items": value(item)}),
        Shape::Map(inner) => json!({"type": "object", "additionalProperties": value(inner)}),
        Shape::Object(fields) => object(fields),
        Shape::Named(name) => json!({"$ref": format!("#/definitions/{name}")}),
    }
}

fn object(fields: &Fields) -> Value {
    let mut object = json!({
        "type": "object",
        "properties": properties(&fields.properties),
        "additionalProperties": fields.open,
    });
    if !fields.required.is_empty() {
        object["required"] = fields.required.clone().into();
    }
    object
}
