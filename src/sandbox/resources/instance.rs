//! A resource that exists: made, updated, and asked for its attributes.
//!
//! Identifiers come from `identifier`, attributes from `attribute`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;

use super::{attribute, identifier};
use crate::registry::{self, Shape};
use crate::sandbox::language::{Identity, plain_text};

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
    /// The same as events show them, where they hold values of hidden parameters (`NoEcho`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub masked: Option<Value>,
    /// What `Fn::GetAtt` says beyond the properties; dots in the names.
    pub attributes: Map<String, Value>,
    /// Who answered for a custom resource; its attributes are all that the answer says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered: Option<Answered>,
}

/// The answer of a custom resource, beside its data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// Where the answer was put, as AWS names it.
    pub object: String,
    /// Whether its data is shown to nobody.
    pub no_echo: bool,
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
    /// The properties as events show them: nothing of hidden parameters.
    pub fn told(&self) -> &Value {
        self.masked.as_ref().unwrap_or(&self.properties)
    }

    /// Whether it is made by somebody whom CloudFormation asks.
    pub fn is_custom(&self) -> bool {
        self.resource_type.starts_with("Custom::")
            || self.resource_type == "AWS::CloudFormation::CustomResource"
    }

    /// What `Ref` says.
    pub fn reference(&self) -> Value {
        Value::String(self.physical_id.clone())
    }

    /// What `Fn::GetAtt` says, or nothing when the type has no such attribute.
    pub fn attribute(&self, name: &str) -> Option<Value> {
        if self.answered.is_some() {
            return self.attributes.get(name).cloned();
        }
        let published = registry::find(&self.resource_type);
        let known = published.as_ref().map(|known| known.attribute(name));
        if known == Some(None) && !self.attributes.contains_key(name) {
            return None;
        }
        let path = format!("/{}", name.replace('.', "/"));
        let unset = match known.flatten() {
            Some(Shape::List(_)) => Some(Value::Array(Vec::new())),
            Some(Shape::String | Shape::Word(_) | Shape::Integer | Shape::Number | Shape::Boolean) => {
                Some("".into())
            }
            _ => None,
        };
        let found = self.properties.pointer(&path).or_else(|| self.attributes.get(name)).or(unset.as_ref());
        // Nobody says what a custom resource without a rule would answer: something stands in for it.
        let stand_in = || self.is_custom().then(|| format!("{}-{name}", self.logical_id).into());
        let Some(value) = found else { return stand_in() };
        Some(match value {
            Value::Number(_) | Value::Bool(_) => plain_text(value)?.into(),
            other => other.clone(),
        })
    }
}

/// Makes a resource.
pub fn create(birth: &Birth<'_>) -> Instance {
    let physical_id = identifier::physical_id(birth);
    let attributes = attribute::attributes(birth, &physical_id);
    Instance {
        logical_id: birth.logical_id.into(),
        resource_type: birth.resource_type.into(),
        physical_id,
        properties: birth.properties.clone(),
        masked: None,
        attributes,
        answered: None,
    }
}

/// A resource that exists already, as a stack that takes it in sees it.
pub fn adopt(birth: &Birth<'_>, physical_id: &str) -> Instance {
    Instance {
        logical_id: birth.logical_id.into(),
        resource_type: birth.resource_type.into(),
        physical_id: physical_id.into(),
        properties: birth.properties.clone(),
        masked: None,
        attributes: attribute::attributes(birth, physical_id),
        answered: None,
    }
}

/// Changes a resource in place.
pub fn update(instance: &Instance, properties: &Value) -> Instance {
    let mut changed = Instance { properties: properties.clone(), ..instance.clone() };
    if instance.resource_type == "AWS::EC2::LaunchTemplate" && instance.properties != *properties {
        let counted = instance.attributes.get("LatestVersionNumber").and_then(plain_text);
        let next = counted.and_then(|number| number.parse::<u64>().ok()).unwrap_or(1) + 1;
        changed.attributes.insert("LatestVersionNumber".into(), next.to_string().into());
    }
    changed
}
