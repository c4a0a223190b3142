//! An environment: a blueprint poured into accounts and regions.

use crate::model::account::Account;
use crate::model::stack::{Stack, StackAddress};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The tag that marks stacks of formwork; its value is `<project>/<environment>`, such as `acme/quiz/dev`.
pub const MARK: &str = "formwork:environment";

/// The tag with the stack's key in the blueprint.
pub const MARK_STACK: &str = "formwork:stack";

/// Who may change an environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Protection {
    /// Anyone, after the usual question.
    #[default]
    Open,
    /// Whoever types the environment's name, or brings a saved plan.
    Confirm,
    /// Only a saved plan; no destroy.
    Sealed,
}

/// An environment with all its stacks rendered.
#[derive(Clone, Debug)]
pub struct Environment {
    /// Its path under `environments/` without the ending: `quiz/dev`.
    pub name: String,
    /// The project's name.
    pub project: String,
    /// The blueprint's name.
    pub blueprint: String,
    /// Its accounts by role.
    pub accounts: BTreeMap<String, Arc<Account>>,
    /// Its regions; the first is the primary.
    pub regions: Vec<String>,
    /// Who may change it.
    pub protection: Protection,
    /// The name of the artifact bucket by target, for templates above 51,200 bytes.
    pub artifact_buckets: BTreeMap<(String, String), String>,
    /// Its stacks, in the blueprint's order, then by account and region.
    pub stacks: Vec<Arc<Stack>>,
}

/// What the commands work on: the environments that were asked for and those whose outputs they use.
#[derive(Clone, Debug, Default)]
pub struct Assembly {
    /// The environments that were asked for, in the order they were asked for.
    pub wanted: Vec<String>,
    /// All environments that were assembled, by name.
    pub environments: BTreeMap<String, Arc<Environment>>,
}

impl Environment {
    /// The value of the tag [`MARK`] on its stacks.
    pub fn mark(&self) -> String {
        format!("{}/{}", self.project, self.name)
    }
}

impl Assembly {
    /// The environments that were asked for.
    pub fn wanted(&self) -> impl Iterator<Item = &Arc<Environment>> {
        self.wanted.iter().filter_map(|name| self.environments.get(name))
    }

    /// The stack of an address, in any assembled environment.
    pub fn stack(&self, address: &StackAddress) -> Option<&Arc<Stack>> {
        self.environments.get(&address.environment)?.stacks.iter().find(|stack| stack.address == *address)
    }
}
