//! Stack sets: one template for many accounts and regions. Nouns only: their stacks are ordinary ones, and how far an
//! operation has come is read off them.

use super::stack::Accepted;
use super::status::words;
use super::world::Place;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

words! {
    /// What an operation does with the stacks of a set.
    SetAction {
        Create = "CREATE",
        Update = "UPDATE",
        Delete = "DELETE",
    }
}

words! {
    /// How far an operation has come, on one target or as a whole.
    SetStatus {
        Running = "RUNNING",
        Succeeded = "SUCCEEDED",
        Failed = "FAILED",
    }
}

/// A stack set.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct StackSet {
    pub(super) name: String,
    /// The name and a unique end.
    pub(super) id: String,
    pub(super) arn: String,
    pub(super) description: Option<String>,
    pub(super) template: String,
    pub(super) parameters: Vec<(String, String)>,
    pub(super) capabilities: Vec<String>,
    pub(super) tags: Vec<(String, String)>,
    pub(super) administration_role: Option<String>,
    pub(super) execution_role: Option<String>,
    pub(super) instances: Vec<StackInstance>,
    /// The newest last.
    pub(super) operations: Vec<SetOperation>,
    /// Requests that may be sent again, by member and client token.
    #[serde(default)]
    pub(super) accepted: BTreeMap<String, Accepted>,
}

/// A place where a stack set has a stack.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StackInstance {
    pub(super) target: Target,
    /// The parameters that differ from the set's.
    pub(super) overrides: Vec<(String, String)>,
    /// The operation that touched it last.
    pub(super) operation: String,
}

/// What an operation does in one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Target {
    pub(super) account: String,
    pub(super) region: String,
    /// Absent when there was never a stack.
    pub(super) stack_id: Option<String>,
    /// Why nothing could be begun.
    pub(super) refused: Option<String>,
}

/// An operation on the stacks of a set.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct SetOperation {
    pub(super) id: String,
    pub(super) action: SetAction,
    pub(super) started_at: i64,
    pub(super) targets: Vec<Target>,
    /// Whether the stacks stay when their instances go.
    pub(super) retain: bool,
    /// In how many places of a region it may fail and still go well.
    pub(super) tolerance: usize,
}

impl Target {
    /// Its account and region.
    pub(super) fn place(&self) -> Place {
        Place { account: self.account.clone(), region: self.region.clone() }
    }
}

impl StackSet {
    /// The instance in a place.
    pub(super) fn instance(&self, account: &str, region: &str) -> Option<&StackInstance> {
        let there = |one: &&StackInstance| one.target.account == account && one.target.region == region;
        self.instances.iter().find(there)
    }
}
