//! A resource of a stack as its own service sees it: properties, what follows from them, tags, time.

use super::super::language::plain_text;
use super::super::resources::Instance;
use super::super::stack::Stack;
use super::super::world::Place;
use serde_json::{Map, Value, json};

/// A resource, where it lies, and the stack that holds it, if one does.
#[derive(Clone, Copy)]
pub(super) struct Held<'a> {
    pub(super) place: &'a Place,
    pub(super) seed: u64,
    pub(super) stack: Option<&'a Stack>,
    pub(super) instance: &'a Instance,
}

impl<'a> Held<'a> {
    /// The physical identifier.
    pub(super) fn id(&self) -> &'a str {
        &self.instance.physical_id
    }

    /// A property as it was given; null where it was not.
    pub(super) fn given(&self, name: &str) -> &'a Value {
        self.instance.properties.pointer(&format!("/{name}")).unwrap_or(&Value::Null)
    }

    /// A property as text.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        plain_text(self.given(name))
    }

    /// A property as text, or what the service takes in its place.
    pub(super) fn or(&self, name: &str, default: &str) -> String {
        self.text(name).unwrap_or_else(|| default.to_owned())
    }

    /// A number, however it was written.
    pub(super) fn number(&self, name: &str, default: i64) -> Value {
        self.whole(name).map_or(json!(default), |number| json!(number))
    }

    /// A number, if it was given.
    pub(super) fn whole(&self, name: &str) -> Option<i64> {
        self.text(name)?.parse().ok()
    }

    /// A truth value, however it was written.
    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.text(name).map(|text| text == "true")
    }

    /// A list, empty where it was not given.
    pub(super) fn list(&self, name: &str) -> Vec<Value> {
        self.given(name).as_array().cloned().unwrap_or_default()
    }

    /// What `Fn::GetAtt` says, as text.
    pub(super) fn attribute(&self, name: &str) -> String {
        self.instance.attribute(name).as_ref().and_then(plain_text).unwrap_or_default()
    }

    /// When the resource was made, in milliseconds.
    pub(super) fn at(&self) -> i64 {
        let own = |event: &&super::super::stack::Event| event.physical_id == self.instance.physical_id;
        self.stack.map_or(0, |stack| stack.events.iter().find(own).map_or(stack.created_at, |event| event.at))
    }

    /// When the resource was made, in seconds as JSON services write it.
    pub(super) fn seconds(&self) -> Value {
        json!(self.at() as f64 / 1000.0)
    }

    /// The tags that template and stack give it, by key.
    pub(super) fn tags(&self) -> Vec<(String, String)> {
        let mut found: Vec<(String, String)> = self
            .stack
            .and_then(|stack| stack.wish.as_ref())
            .map(|wish| wish.tags.clone())
            .unwrap_or_default();
        let mut own = Vec::new();
        match self.given("Tags") {
            Value::Array(items) => own.extend(
                items
                    .iter()
                    .filter_map(|tag| Some((plain_text(tag.get("Key")?)?, plain_text(tag.get("Value")?)?))),
            ),
            Value::Object(fields) => {
                own.extend(fields.iter().filter_map(|(key, value)| Some((key.clone(), plain_text(value)?))));
            }
            _ => {}
        }
        found.retain(|(key, _)| own.iter().all(|(own, _)| own != key));
        found.extend(own);
        found
    }

    /// All tags, with those by which CloudFormation marks what it makes.
    pub(super) fn all_tags(&self) -> Vec<(String, String)> {
        let mut found = self.tags();
        if let Some(stack) = self.stack {
            found.push(("aws:cloudformation:logical-id".to_owned(), self.instance.logical_id.clone()));
            found.push(("aws:cloudformation:stack-id".to_owned(), stack.id.clone()));
            found.push(("aws:cloudformation:stack-name".to_owned(), stack.name.clone()));
        }
        found.sort();
        found
    }

    /// An ARN of a service in the stack's place.
    pub(super) fn arn(&self, service: &str, resource: &str) -> String {
        let Place { account, region } = self.place;
        let partition = super::super::caller::partition(region);
        format!("arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}

/// Tags as a list of keys and values.
pub(super) fn pairs(tags: Vec<(String, String)>) -> Value {
    tags.into_iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}

/// Tags as a map.
pub(super) fn map(tags: Vec<(String, String)>) -> Value {
    Value::Object(tags.into_iter().map(|(key, value)| (key, value.into())).collect::<Map<_, _>>())
}

/// A structure with small first letters in its names, at any depth.
pub(super) fn small(value: &Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields.iter().map(|(name, field)| (super::super::query::member(name), small(field))).collect(),
        ),
        Value::Array(items) => items.iter().map(small).collect(),
        other => other.clone(),
    }
}
