//! The structure of the resources: their members, and the attributes that take no functions.

use serde_json::{Map, Value};

use super::{format_error, named};
use crate::sandbox::language::Refusal;

const MEMBERS: [&str; 10] = [
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
/// The types of which a snapshot can be taken before they go.
const WITH_SNAPSHOTS: [&str; 8] = [
    "AWS::DocDB::DBCluster",
    "AWS::EC2::Volume",
    "AWS::ElastiCache::CacheCluster",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::Neptune::DBCluster",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::Redshift::Cluster",
];

/// Checks the section; in an open template, transforms may still make members of it.
pub(super) fn check(tree: &Map<String, Value>, open: bool) -> Result<(), Refusal> {
    let section = match tree.get("Resources") {
        Some(Value::Object(section)) if !section.is_empty() => section,
        None | Some(Value::Object(_)) => {
            return Err(format_error("At least one Resources member must be defined."));
        }
        Some(_) => return Err(format_error("Any Resources member must be an object.")),
    };
    for (name, body) in section {
        if name == "Fn::Transform" {
            continue;
        }
        if name.starts_with("Fn::ForEach::") {
            if open {
                continue;
            }
            return Err(malformed(name));
        }
        named("Resource", name)?;
        let Value::Object(body) = body else { return Err(malformed(name)) };
        resource(name, body, open)?;
    }
    Ok(())
}

fn malformed(name: &str) -> Refusal {
    format_error(format_args!("[/Resources/{name}] resource definition is malformed"))
}

fn resource(name: &str, body: &Map<String, Value>, open: bool) -> Result<(), Refusal> {
    if body.contains_key("Fn::Transform") {
        return Ok(());
    }
    if let Some(member) = body.keys().find(|key| !MEMBERS.contains(&key.as_str())) {
        return Err(Refusal::new(format!("Invalid template resource property '{member}'")));
    }
    let Some(Value::String(kind)) = body.get("Type").filter(|kind| kind.as_str() != Some("")) else {
        return Err(format_error(format_args!(
            "[/Resources/{name}] Every Resources object must contain a Type member."
        )));
    };
    if !matches!(body.get("Properties"), None | Some(Value::Object(_))) {
        return Err(format_error(format_args!("[/Resources/{name}] Every Properties member must be a map.")));
    }
    if open {
        return Ok(());
    }
    match body.get("DependsOn") {
        None | Some(Value::String(_)) => {}
        Some(Value::Array(names)) if names.iter().all(Value::is_string) => {}
        Some(Value::Array(_)) => return Err(format_error("Every DependsOn value must be a string.")),
        Some(_) => return Err(format_error("DependsOn must be a string or list of strings.")),
    }
    if body.get("Condition").is_some_and(|name| !name.is_string()) {
        return Err(format_error("Every Condition member must be a string."));
    }
    policy(name, kind, "DeletionPolicy", body)?;
    policy(name, kind, "UpdateReplacePolicy", body)
}

fn policy(name: &str, kind: &str, member: &str, body: &Map<String, Value>) -> Result<(), Refusal> {
    match body.get(member) {
        None => Ok(()),
        Some(Value::String(word)) => match word.as_str() {
            "Delete" | "Retain" => Ok(()),
            "RetainExceptOnCreate" if member == "DeletionPolicy" => Ok(()),
            "Snapshot" if member == "UpdateReplacePolicy" || WITH_SNAPSHOTS.contains(&kind) => Ok(()),
            "Snapshot" => Err(Refusal::new(format!(
                "Template error: resource type {kind} does not support deletion policy Snapshot"
            ))),
            word => Err(format_error(format_args!("Unrecognized {member} {word} for resource {name}"))),
        },
        // Functions are taken without any transform: recorded in January 2026.
        Some(Value::Object(call)) if call.len() == 1 => Ok(()),
        Some(_) => Err(format_error(format_args!("Every {member} member must be a string."))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refused(members: Value, expected: &str) {
        let mut body = json!({"Type": "AWS::SNS::Topic"});
        body.as_object_mut().expect("an object").extend(members.as_object().expect("an object").clone());
        let tree = json!({"Resources": {"A": body}});
        let found = check(tree.as_object().expect("an object"), false).expect_err(expected);
        assert_eq!(found.message, expected, "{tree}");
    }

    #[test]
    fn attributes_take_no_functions_but_policies_do() {
        let choice = json!({"Fn::If": ["C", "x", "y"]});
        refused(
            json!({"DependsOn": [choice]}),
            "Template format error: Every DependsOn value must be a string.",
        );
        refused(
            json!({"DependsOn": {"Ref": "B"}}),
            "Template format error: DependsOn must be a string or list of strings.",
        );
        refused(
            json!({"Condition": {"Ref": "B"}}),
            "Template format error: Every Condition member must be a string.",
        );
        for member in ["DeletionPolicy", "UpdateReplacePolicy"] {
            let body = json!({"Resources": {"A": {"Type": "AWS::SNS::Topic", member: choice}}});
            assert_eq!(check(body.as_object().expect("an object"), false), Ok(()));
            let expected = format!("Template format error: Every {member} member must be a string.");
            refused(json!({ member: ["Delete"] }), &expected);
            let expected = format!("Template format error: Unrecognized {member} Keep for resource A");
            refused(json!({ member: "Keep" }), &expected);
        }
        refused(
            json!({"UpdateReplacePolicy": "RetainExceptOnCreate"}),
            "Template format error: Unrecognized UpdateReplacePolicy RetainExceptOnCreate for resource A",
        );
        refused(
            json!({"DeletionPolicy": "Snapshot"}),
            "Template error: resource type AWS::SNS::Topic does not support deletion policy Snapshot",
        );
    }

    #[test]
    fn loops_need_their_transform() {
        let tree = json!({"Resources": {"Fn::ForEach::Topics": ["N", ["a"], {}]}});
        let tree = tree.as_object().expect("an object");
        assert_eq!(check(tree, true), Ok(()));
        assert_eq!(
            check(tree, false).expect_err("no transform").message,
            "Template format error: [/Resources/Fn::ForEach::Topics] resource definition is malformed"
        );
    }
}
