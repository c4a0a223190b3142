//! What a change set shows of a resource before and after: its properties, hidden parameters hidden.
//!
//! `Before` is what was deployed; of a removed resource it is what the old template says without the others.

use serde_json::{Map, Value};

use crate::sandbox::language::{Desired, Facts, Surroundings, in_texts};

/// A wish, and the same with hidden values masked.
pub struct Shown<'a> {
    desired: &'a Desired,
    masked: Option<Desired>,
}

impl<'a> Shown<'a> {
    /// Prepares a wish for showing.
    pub fn new(desired: &'a Desired) -> Self {
        Self { desired, masked: desired.masked() }
    }

    /// Says whether anything is hidden.
    pub fn hides(&self) -> bool {
        self.masked.is_some()
    }

    /// The properties of a resource as they are shown.
    pub fn properties(
        &self,
        logical_id: &str,
        facts: &dyn Facts,
        surroundings: &dyn Surroundings,
    ) -> Map<String, Value> {
        let desired = self.masked.as_ref().unwrap_or(self.desired);
        desired.foreseen_properties(logical_id, facts, surroundings).0
    }

    /// The context of a resource: its properties, and its metadata and policies where there are some.
    pub fn context(&self, logical_id: &str, properties: &Map<String, Value>) -> Value {
        let mut context = Map::new();
        context.insert("Properties".into(), in_texts(&Value::Object(properties.clone())));
        let body = self.desired.resource(logical_id).map(|found| found.body);
        for member in ["Metadata", "CreationPolicy", "UpdatePolicy", "DeletionPolicy", "UpdateReplacePolicy"]
        {
            if let Some(value) = body.and_then(|body| body.get(member)) {
                context.insert(member.into(), in_texts(value));
            }
        }
        Value::Object(context)
    }
}
