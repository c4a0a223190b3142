//! What an evaluation may look at: the stack, its parameters and conditions, the resources that exist, the world.
//!
//! The functions themselves are in `evaluate` and beside it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Identity, ParameterValues, Refusal, Surroundings};
use crate::sandbox::resources::Instances;

/// What is known of a stack's resources.
pub trait Facts {
    /// What `Ref` says; none while it is not known.
    fn reference(&self, logical_id: &str) -> Option<Value>;
    /// What `Fn::GetAtt` says; none while it is not known.
    fn attribute(&self, logical_id: &str, name: &str) -> Result<Option<Value>, Refusal>;
}

impl Facts for Instances {
    fn reference(&self, logical_id: &str) -> Option<Value> {
        self.get(logical_id).map(crate::sandbox::resources::Instance::reference)
    }

    fn attribute(&self, logical_id: &str, name: &str) -> Result<Option<Value>, Refusal> {
        let Some(instance) = self.get(logical_id) else { return Ok(None) };
        match instance.attribute(name) {
            Some(value) => Ok(Some(value)),
            None => Err(match name.strip_prefix("Outputs.") {
                Some(output) => {
                    let stack = &instance.physical_id;
                    Refusal::new(format!("Output '{output}' not found in stack '{stack}'"))
                }
                None => match &instance.answered {
                    Some(answered) => unanswered_attribute(name, &answered.object),
                    None => unsupported_attribute(&instance.resource_type, name),
                },
            }),
        }
    }
}

/// The refusal of an attribute that the answer of a custom resource does not have.
fn unanswered_attribute(name: &str, object: &str) -> Refusal {
    Refusal::new(format!(
        "CustomResource attribute error: Vendor response doesn't contain {name} key in object {object}"
    ))
}

/// The refusal of an attribute that a type does not have.
pub fn unsupported_attribute(resource_type: &str, name: &str) -> Refusal {
    Refusal::new(format!("Resource type {resource_type} does not support attribute {{{name}}}."))
}

/// Everything an evaluation may look at.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// The stack.
    pub identity: &'a Identity,
    /// The settled parameters.
    pub parameters: &'a ParameterValues,
    /// The decided conditions.
    pub conditions: &'a BTreeMap<String, bool>,
    /// The template.
    pub tree: &'a Map<String, Value>,
    /// The resources.
    pub facts: &'a dyn Facts,
    /// The world.
    pub surroundings: &'a dyn Surroundings,
}

impl Scope<'_> {
    /// The value of a pseudo parameter; the outer option is whether there is one of this name, the inner whether it
    /// has a value (`AWS::NoValue` has none).
    pub fn pseudo(&self, name: &str) -> Option<Option<Value>> {
        let identity = self.identity;
        Some(Some(match name {
            "AWS::AccountId" => identity.account.as_str().into(),
            "AWS::NotificationARNs" => identity.notification_arns.clone().into(),
            "AWS::NoValue" => return Some(None),
            "AWS::Partition" => identity.partition.as_str().into(),
            "AWS::Region" => identity.region.as_str().into(),
            "AWS::StackId" => identity.stack_id.as_str().into(),
            "AWS::StackName" => identity.stack_name.as_str().into(),
            "AWS::URLSuffix" => url_suffix(&identity.partition).into(),
            _ => return None,
        }))
    }

    /// The value that `Ref` gives of a parameter.
    pub fn parameter(&self, name: &str) -> Option<Value> {
        self.parameters.get(name).map(super::ParameterValue::reference)
    }
}

/// The end of host names in a partition.
pub fn url_suffix(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "amazonaws.com.cn",
        "aws-eusc" => "amazonaws.eu",
        "aws-iso" => "c2s.ic.gov",
        "aws-iso-b" => "sc2s.sgov.gov",
        "aws-iso-e" => "cloud.adc-e.uk",
        "aws-iso-f" => "csp.hci.ic.gov",
        _ => "amazonaws.com",
    }
}

/// The names of all pseudo parameters.
pub const PSEUDO_PARAMETERS: [&str; 8] = [
    "AWS::AccountId",
    "AWS::NotificationARNs",
    "AWS::NoValue",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];
