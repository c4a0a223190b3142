//! A template that was read: its long-form tree, and what can be told of it without parameters.

use serde_json::{Map, Value};

use super::{ParameterDeclaration, Refusal};

/// A template as it was written, in long form.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Template {
    tree: Map<String, Value>,
}

/// What must be acknowledged before a template is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapabilityNeed {
    /// `CAPABILITY_IAM`, `CAPABILITY_NAMED_IAM`, `CAPABILITY_AUTO_EXPAND`.
    pub capabilities: Vec<String>,
    /// `The following resource(s) require capabilities: [AWS::IAM::Role]`.
    pub reason: String,
}

impl Template {
    /// Reads a template and checks its structure.
    pub fn read(text: &str) -> Result<Self, Refusal> {
        let _ = text;
        Ok(Self::default())
    }

    /// The long-form tree.
    pub fn tree(&self) -> &Map<String, Value> {
        &self.tree
    }

    /// The description.
    pub fn description(&self) -> Option<&str> {
        self.tree.get("Description").and_then(Value::as_str)
    }

    /// The metadata section.
    pub fn metadata(&self) -> Option<&Value> {
        self.tree.get("Metadata")
    }

    /// The transforms the template declares, in order.
    pub fn transforms(&self) -> Vec<String> {
        Vec::new()
    }

    /// The declared parameters, in order.
    pub fn parameters(&self) -> Vec<ParameterDeclaration> {
        Vec::new()
    }

    /// The distinct resource types, in order of the template.
    pub fn resource_types(&self) -> Vec<String> {
        Vec::new()
    }

    /// The capabilities that must be acknowledged, or nothing.
    pub fn capabilities(&self) -> Option<CapabilityNeed> {
        None
    }
}
