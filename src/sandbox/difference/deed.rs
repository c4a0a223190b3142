//! What the engine does to one existing resource, once its new properties are known.
//!
//! The same comparison of places as the announcement's, so that the deed cannot differ from it.

use serde_json::Value;

use super::Recreation;
use super::property::{places, recreation};
use crate::registry;
use crate::sandbox::resources::{Failure, Instance, custom_name};

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// It is as it should be.
    Nothing,
    /// It is changed in place.
    Modify,
    /// A new one takes its place; the old one goes in the cleanup.
    Replace,
}

/// Decides what is to be done; a change that may need a new resource is made in place.
pub fn decide(instance: &Instance, resource_type: &str, properties: &Value) -> Result<Deed, Failure> {
    let mut found = Vec::new();
    places("", Some(&instance.properties), Some(properties), &mut found);
    let published = registry::find(resource_type);
    let needed = found.iter().map(|place| recreation(published.as_deref(), &place.path)).max();
    let other_type = instance.resource_type != resource_type;
    if !other_type && needed != Some(Recreation::Always) {
        let nested = resource_type == "AWS::CloudFormation::Stack";
        return Ok(if found.is_empty() && !nested { Deed::Nothing } else { Deed::Modify });
    }
    let taken = custom_name(&instance.resource_type, &instance.properties);
    match custom_name(resource_type, properties) {
        Some(name) if !other_type && taken.as_ref() == Some(&name) => Err(Failure {
            reason: format!(
                "CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename \
                 {name} and update the stack again."
            ),
        }),
        _ => Ok(Deed::Replace),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(resource_type: &str, before: Value, after: Value, expected: Result<Deed, &str>) {
        let instance =
            Instance { resource_type: resource_type.into(), properties: before, ..Instance::default() };
        let found = decide(&instance, resource_type, &after).map_err(|failure| failure.reason);
        assert_eq!(found, expected.map_err(str::to_owned), "{resource_type} {after}");
    }

    #[test]
    fn deeds_follow_from_the_schema() {
        let topic = "AWS::SNS::Topic";
        check(topic, json!({"DisplayName": "a"}), json!({"DisplayName": "a"}), Ok(Deed::Nothing));
        check(topic, json!({"DisplayName": 5}), json!({"DisplayName": "5"}), Ok(Deed::Nothing));
        check(topic, json!({"DisplayName": "a"}), json!({"DisplayName": "b"}), Ok(Deed::Modify));
        check(topic, json!({"TopicName": "a"}), json!({"TopicName": "b"}), Ok(Deed::Replace));
        check(
            topic,
            json!({"TopicName": "a"}),
            json!({"TopicName": "a", "FifoTopic": true}),
            Err(
                "CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename a and \
                 update the stack again.",
            ),
        );
        check(topic, json!({}), json!({"FifoTopic": true}), Ok(Deed::Replace));
        check("AWS::CloudFormation::Stack", json!({}), json!({}), Ok(Deed::Modify));
    }
}
