//! What a stack is to be: a template with its parameters settled, transforms carried out and conditions decided.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{Identity, ParameterValues, Refusal, Surroundings, Template};
use crate::sandbox::resources::Instances;

/// A stack as it is wished for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Desired {
    identity: Identity,
    tree: Map<String, Value>,
    parameters: ParameterValues,
    conditions: BTreeMap<String, bool>,
    tags: Vec<(String, String)>,
    dependencies: BTreeMap<String, BTreeSet<String>>,
}

/// One resource of the wished stack, its properties not yet evaluated.
#[derive(Debug, Clone, Copy)]
pub struct ResourceDeclaration<'a> {
    /// Its name in the template.
    pub logical_id: &'a str,
    /// Its type.
    pub resource_type: &'a str,
    /// The whole declaration.
    pub body: &'a Value,
}

/// One evaluated output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Its key.
    pub key: String,
    /// Its value.
    pub value: String,
    /// Its description.
    pub description: Option<String>,
    /// The name it is exported under.
    pub export: Option<String>,
}

impl Desired {
    /// Carries out transforms, decides conditions, and checks what can be checked before anything exists.
    pub fn new(
        template: &Template,
        parameters: ParameterValues,
        identity: Identity,
        tags: Vec<(String, String)>,
        surroundings: &dyn Surroundings,
    ) -> Result<Self, Refusal> {
        let _ = surroundings;
        Ok(Self { identity, tree: template.tree().clone(), parameters, tags, ..Self::default() })
    }

    /// The processed tree: what `GetTemplate` shows at the stage `Processed`.
    pub fn processed(&self) -> &Map<String, Value> {
        &self.tree
    }

    /// Whose template it is.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The settled parameters.
    pub fn parameters(&self) -> &ParameterValues {
        &self.parameters
    }

    /// The stack's tags.
    pub fn tags(&self) -> &[(String, String)] {
        &self.tags
    }

    /// The resources whose conditions hold, in order of the template.
    pub fn resources(&self) -> Vec<ResourceDeclaration<'_>> {
        Vec::new()
    }

    /// The resources this one waits for.
    pub fn dependencies(&self, logical_id: &str) -> BTreeSet<String> {
        self.dependencies.get(logical_id).cloned().unwrap_or_default()
    }

    /// A policy attribute of a resource (`DeletionPolicy`, `UpdateReplacePolicy`), evaluated.
    pub fn policy(&self, logical_id: &str, attribute: &str) -> Option<String> {
        let _ = (logical_id, attribute);
        None
    }

    /// The properties of a resource, with everything that exists put in; what does not exist is [`KNOWN_AFTER_APPLY`](super::KNOWN_AFTER_APPLY).
    pub fn properties(
        &self,
        logical_id: &str,
        instances: &Instances,
        surroundings: &dyn Surroundings,
    ) -> Result<Value, Refusal> {
        let _ = (logical_id, instances, surroundings);
        Ok(Value::Object(Map::new()))
    }

    /// The outputs whose conditions hold.
    pub fn outputs(&self, instances: &Instances, surroundings: &dyn Surroundings) -> Result<Vec<Output>, Refusal> {
        let _ = (instances, surroundings);
        Ok(Vec::new())
    }

    /// The names of exports that this template imports, as far as they can be evaluated.
    pub fn imports(&self, surroundings: &dyn Surroundings) -> BTreeSet<String> {
        let _ = surroundings;
        BTreeSet::new()
    }
}
