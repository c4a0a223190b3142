//! What exists, whether a stack holds it or not: found by type and identifier, and what becomes of it when stacks let
//! it go or take it in.
//!
//! A resource that a stack leaves behind stays here, with the properties it had; parameters, secrets and buckets are
//! what their own services say they are.

use super::outlook::Outlook;
use super::resources::Instance;
use super::stack::{STACK_TYPE, Stack};
use super::world::{Place, World, thing};
use crate::registry::{self, ResourceType};
use crate::sandbox::language::plain_text;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// An identifier as `ResourcesToImport` gives it: property and value.
pub(super) type ResourceIdentifier = BTreeMap<String, String>;

/// Something that exists.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Existing {
    pub(super) physical_id: String,
    /// The id of the stack that holds it.
    pub(super) owner: Option<String>,
}

impl Outlook<'_> {
    /// What exists under an identifier; `own` is the stack that asks, which the world does not show meanwhile.
    pub(super) fn existing(
        &self,
        own: &Stack,
        resource_type: &str,
        identifier: &ResourceIdentifier,
    ) -> Option<Existing> {
        if resource_type == STACK_TYPE {
            let stack = self.stacks().find(|stack| identifier.values().any(|id| *id == stack.id))?;
            return Some(Existing { physical_id: stack.id.clone(), owner: stack.parent.clone() });
        }
        let published = registry::find(resource_type);
        let fits = |instance: &&Instance| {
            instance.resource_type == resource_type && is(instance, identifier, published.as_deref())
        };
        let held = self
            .stacks()
            .chain(std::iter::once(own))
            .filter(|stack| stack.has(resource_type))
            .find_map(|stack| Some((stack, stack.instances.peek().values().find(fits)?.clone())));
        if let Some((stack, instance)) = held {
            self.actual(&stack.name, &instance)?;
            let (physical_id, owner) = (instance.physical_id, Some(stack.id.clone()));
            return Some(Existing { physical_id, owner });
        }
        let left = self.region().into_iter().flat_map(|region| region.things.values()).find(fits);
        let left = left.filter(|instance| self.actual("", instance).is_some());
        let physical_id = match left {
            Some(instance) => Some(instance.physical_id.clone()),
            None => self.of_service(resource_type, identifier.values().next()?),
        };
        physical_id.map(|physical_id| Existing { physical_id, owner: None })
    }

    /// The physical identifier of what another service has under a name.
    fn of_service(&self, resource_type: &str, name: &str) -> Option<String> {
        let region = self.region()?;
        match resource_type {
            "AWS::SSM::Parameter" => region.parameter(name, None).map(|(name, ..)| name.to_owned()),
            "AWS::SecretsManager::Secret" => region.secret(name).map(|secret| secret.arn.clone()),
            "AWS::S3::Bucket" => {
                let bucket = self.world.buckets.get(name)?;
                let here = bucket.account == self.place.account && bucket.region == self.place.region;
                here.then(|| name.to_owned())
            }
            _ => None,
        }
    }

    /// What is known of the attributes of something that exists.
    pub(super) fn known_attributes(&self, instance: &Instance) -> Map<String, Value> {
        if instance.resource_type == STACK_TYPE {
            let stack = self.stacks().find(|stack| stack.id == instance.physical_id);
            let outputs = stack.into_iter().flat_map(|stack| &stack.outputs);
            let named = outputs.map(|one| (format!("Outputs.{}", one.key), Value::String(one.value.clone())));
            return named.collect();
        }
        let known = self.region().and_then(|region| region.things.get(&thing(instance)));
        known.map(|known| known.attributes.clone()).unwrap_or_default()
    }

    /// Whether something that no stack holds has this type and physical identifier already.
    pub(super) fn left_behind(&self, instance: &Instance) -> bool {
        let key = thing(instance);
        let held = |stack: &Stack| {
            stack.has(&instance.resource_type) && stack.instances.peek().values().any(|one| thing(one) == key)
        };
        let known = self.region().is_some_and(|region| region.things.contains_key(&key));
        known && self.actual("", instance).is_some() && !self.stacks().any(held)
    }
}

/// Whether an identifier is a resource's.
fn is(instance: &Instance, identifier: &ResourceIdentifier, published: Option<&ResourceType>) -> bool {
    let parts: Vec<&str> = instance.physical_id.split('|').collect();
    let paths: &[String] = published.map_or(&[], |known| known.primary_identifier.as_slice());
    let has = |(key, value): (&String, &String)| {
        let said = instance.properties.get(key).or_else(|| instance.attributes.get(key)).and_then(plain_text);
        let place = paths.iter().position(|path| path == key);
        let part = place.filter(|_| parts.len() == paths.len()).and_then(|place| parts.get(place));
        said.as_deref() == Some(value) || part == Some(&value.as_str()) || instance.physical_id == *value
    };
    !identifier.is_empty() && identifier.iter().all(has)
}

/// What a change set says of an identifier that names nothing.
pub(super) fn not_found(resource_type: &str, identifier: &ResourceIdentifier, request: &str) -> String {
    let value = joined(resource_type, identifier);
    match resource_type {
        "AWS::S3::Bucket" => "Bucket not found".to_owned(),
        "AWS::DynamoDB::Table" => format!("Table: {value} does not exist."),
        "AWS::SNS::Topic" => format!(
            "Topic does not exist (Service: Sns, Status Code: 404, Request ID: {request}) (SDK Attempt Count: 1)"
        ),
        _ => format!("Resource of type '{resource_type}' with identifier '{value}' was not found."),
    }
}

/// An identifier as one text, in the published order.
pub(super) fn joined(resource_type: &str, identifier: &ResourceIdentifier) -> String {
    let published = registry::find(resource_type);
    let paths = published.map(|known| known.primary_identifier.clone()).unwrap_or_default();
    let mut values: Vec<&str> =
        paths.iter().filter_map(|key| identifier.get(key).map(String::as_str)).collect();
    if values.is_empty() {
        values = identifier.values().map(String::as_str).collect();
    }
    values.join("|")
}

/// Whether existing resources of a type can be taken in: not what exists only for CloudFormation.
pub(super) fn importable(resource_type: &str) -> bool {
    let own = resource_type.starts_with("AWS::CloudFormation::") && resource_type != STACK_TYPE;
    !own && registry::find(resource_type).is_some_and(|known| !known.primary_identifier.is_empty())
}

impl World {
    /// A stack lets a resource go without deleting it.
    pub(super) fn release(&mut self, place: &Place, instance: Instance) {
        if instance.resource_type == STACK_TYPE {
            return self.attach(place, &instance.physical_id, None);
        }
        let key = thing(&instance);
        self.store.thing_changed(place, &key);
        self.region(place).things.entry(key).or_insert(instance);
    }

    /// Writes down that a resource is not what its stack believes.
    pub(super) fn note(&mut self, place: &Place, instance: Instance) {
        let key = thing(&instance);
        self.store.thing_changed(place, &key);
        self.region(place).things.insert(key, instance);
    }

    /// From now on a resource is what its stack says, or it is gone.
    pub(super) fn forget_thing(&mut self, place: &Place, instance: &Instance) {
        let key = thing(instance);
        if self.region(place).things.remove(&key).is_some() {
            self.store.thing_changed(place, &key);
        }
    }

    /// A stack that was taken in becomes a stack inside another one.
    pub(super) fn nest(&mut self, place: &Place, parent: &str, instance: &Instance) {
        if instance.resource_type == STACK_TYPE {
            self.attach(place, &instance.physical_id, Some(parent));
        }
    }

    fn attach(&mut self, place: &Place, child: &str, parent: Option<&str>) {
        let root = parent.map(|parent| {
            let above = self.stack(place, parent).and_then(|stack| stack.root.clone());
            above.unwrap_or_else(|| parent.to_owned())
        });
        let Some(mut stack) = self.take(place, child) else { return };
        stack.parent = parent.map(str::to_owned);
        stack.root = root;
        self.put(place, stack);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(resource_type: &str, physical_id: &str, pairs: &[(&str, &str)], expected: bool) {
        let instance = Instance {
            resource_type: resource_type.into(),
            physical_id: physical_id.into(),
            properties: json!({"TopicName": "news"}),
            ..Instance::default()
        };
        let identifier = pairs.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
        let published = registry::find(resource_type);
        assert_eq!(is(&instance, &identifier, published.as_deref()), expected, "{resource_type} {pairs:?}");
    }

    #[test]
    fn identifiers_name_resources() {
        check("AWS::SNS::Topic", "arn:news", &[("TopicArn", "arn:news")], true);
        check("AWS::SNS::Topic", "arn:news", &[("TopicArn", "arn:other")], false);
        check("AWS::SNS::Topic", "arn:news", &[], false);
        let stage = "AWS::ApiGateway::Stage";
        check(stage, "api|live", &[("RestApiId", "api"), ("StageName", "live")], true);
        check(stage, "api|live", &[("RestApiId", "live"), ("StageName", "api")], false);
    }

    #[test]
    fn what_is_missing_is_told_in_each_services_words() {
        let one = |key: &str, value: &str| ResourceIdentifier::from([(key.to_owned(), value.to_owned())]);
        assert_eq!(not_found("AWS::S3::Bucket", &one("BucketName", "b"), "r"), "Bucket not found");
        assert_eq!(
            not_found("AWS::SQS::Queue", &one("QueueUrl", "https://q"), "r"),
            "Resource of type 'AWS::SQS::Queue' with identifier 'https://q' was not found."
        );
        let both =
            ResourceIdentifier::from([("StageName".into(), "s".into()), ("RestApiId".into(), "a".into())]);
        assert_eq!(joined("AWS::ApiGateway::Stage", &both), "a|s");
    }

    #[test]
    fn what_only_cloudformation_knows_cannot_be_taken_in() {
        for (kind, expected) in [
            ("AWS::S3::Bucket", true),
            ("AWS::CloudFormation::Stack", true),
            ("AWS::CloudFormation::WaitConditionHandle", false),
            ("Custom::Thing", false),
            ("AWS::Serverless::Function", false),
        ] {
            assert_eq!(importable(kind), expected, "{kind}");
        }
    }
}
