//! A resource that exists: made, updated, and asked for its attributes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;

use crate::sandbox::language::Identity;

/// A resource that exists.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Instance {
    /// Its name in the template.
    pub logical_id: String,
    /// Its type.
    pub resource_type: String,
    /// Its physical identifier.
    pub physical_id: String,
    /// Its evaluated properties.
    pub properties: Value,
    /// What `Fn::GetAtt` says beyond the properties; dots in the names.
    pub attributes: Map<String, Value>,
}

/// The resources of a stack that exist, by logical id.
pub type Instances = BTreeMap<String, Instance>;

/// What is needed to make a resource.
#[derive(Debug, Clone, Copy)]
pub struct Birth<'a> {
    /// The stack.
    pub identity: &'a Identity,
    /// The name in the template.
    pub logical_id: &'a str,
    /// The type.
    pub resource_type: &'a str,
    /// The evaluated properties.
    pub properties: &'a Value,
    /// What makes this birth differ from all others: the same seed gives the same identifiers.
    pub seed: &'a str,
}

/// Why a resource cannot be made or changed: the `ResourceStatusReason`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{reason}")]
pub struct Failure {
    /// The reason, in AWS's words.
    pub reason: String,
}

impl Instance {
    /// What `Ref` says.
    pub fn reference(&self) -> Value {
        Value::String(self.physical_id.clone())
    }

    /// What `Fn::GetAtt` says, or nothing when the type has no such attribute.
    pub fn attribute(&self, name: &str) -> Option<Value> {
        self.attributes.get(name).or_else(|| self.properties.get(name)).cloned()
    }
}

/// Says what is wrong with the properties of a resource, before anything is made.
pub fn validate(resource_type: &str, properties: &Value) -> Result<(), Failure> {
    let _ = (resource_type, properties);
    Ok(())
}

/// Makes a resource.
pub fn create(birth: &Birth<'_>) -> Result<Instance, Failure> {
    Ok(Instance {
        logical_id: birth.logical_id.into(),
        resource_type: birth.resource_type.into(),
        physical_id: format!("{}-{}-{}", birth.identity.stack_name, birth.logical_id, birth.seed),
        properties: birth.properties.clone(),
        attributes: Map::new(),
    })
}

/// Changes a resource in place.
pub fn update(instance: &Instance, properties: &Value, identity: &Identity) -> Result<Instance, Failure> {
    let _ = identity;
    Ok(Instance { properties: properties.clone(), ..instance.clone() })
}
