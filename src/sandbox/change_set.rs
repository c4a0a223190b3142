//! A change set: a wish for a stack, what it would change, and whether it can be executed.

use super::difference::{Difference, Reality};
use super::engine::EarlyFinding;
use super::live::ResourceIdentifier;
use super::operation::OnFailure;
use super::packed::Packed;
use super::stack::Wish;
use super::status::{ChangeSetStatus, ExecutionStatus};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What kind of stack a change set is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum ChangeSetType {
    /// One that does not exist yet.
    Create,
    /// One that exists.
    Update,
    /// One that takes existing resources in.
    Import,
}

/// A resource that an import is to take in, as the request names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ResourceToImport {
    pub(super) logical_id: String,
    pub(super) resource_type: String,
    pub(super) identifier: ResourceIdentifier,
}

/// The change set of a stack inside the stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ChildSet {
    pub(super) stack_id: String,
    pub(super) change_set_id: String,
    /// Whether it is decided.
    pub(super) decided: bool,
    /// Whether it failed for another reason than having nothing to change.
    pub(super) failed: bool,
}

/// Whose part a change set is, in a hierarchy of stacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Lineage {
    /// The change set of the stack above.
    pub(super) parent: String,
    /// The change set of the topmost stack.
    pub(super) root: String,
}

/// One change set.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ChangeSet {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) kind: ChangeSetType,
    pub(super) status: ChangeSetStatus,
    pub(super) execution: ExecutionStatus,
    pub(super) reason: Option<String>,
    pub(super) created_at: i64,
    pub(super) description: Option<String>,
    pub(super) wish: Packed<Wish>,
    pub(super) difference: Packed<Difference>,
    pub(super) on_stack_failure: Option<String>,
    pub(super) include_nested_stacks: bool,
    pub(super) import_existing_resources: Option<bool>,
    pub(super) token: Option<String>,
    /// Whether it is not validated before the deployment.
    #[serde(default)]
    pub(super) unvalidated: bool,
    /// What that validation found.
    #[serde(default)]
    pub(super) findings: Vec<EarlyFinding>,
    /// When its status changes next.
    pub(super) due: Option<i64>,
    /// What an import is to take in.
    #[serde(default)]
    pub(super) to_import: Vec<ResourceToImport>,
    /// What exists and is taken in: physical identifiers by logical id; known once it is decided.
    #[serde(default)]
    pub(super) imports: BTreeMap<String, String>,
    /// Whether drift is to be undone (`REVERT_DRIFT`).
    #[serde(default)]
    pub(super) reverts_drift: bool,
    /// What the resources were found to be like then.
    #[serde(default)]
    pub(super) reality: Option<Reality>,
    /// The change sets of stacks inside the stack, by logical id.
    #[serde(default)]
    pub(super) children: BTreeMap<String, ChildSet>,
    /// Present when it is the change set of a stack inside a stack.
    #[serde(default)]
    pub(super) lineage: Option<Lineage>,
    /// `DeploymentConfig` as it was sent.
    #[serde(default)]
    pub(super) deployment: Option<DeploymentConfig>,
}

/// How an operation is to be carried out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DeploymentConfig {
    pub(super) mode: Option<String>,
    pub(super) disable_rollback: Option<bool>,
}

impl DeploymentConfig {
    /// Whether an operation is complete once configurations are applied.
    pub(super) fn express(&self) -> bool {
        self.mode.as_deref() == Some("EXPRESS")
    }

    /// What happens after a failure: in express mode nothing is rolled back unless that is asked for.
    pub(super) fn on_failure(&self, usual: OnFailure) -> OnFailure {
        match (self.disable_rollback, usual) {
            (Some(true), _) => OnFailure::Keep,
            (None, OnFailure::Rollback) if self.express() => OnFailure::Keep,
            _ => usual,
        }
    }
}

impl ChangeSet {
    /// Whether it is still being made.
    pub(super) fn pending(&self) -> bool {
        matches!(self.status, ChangeSetStatus::CreatePending | ChangeSetStatus::CreateInProgress)
    }

    /// Whether it has been executed, well or badly.
    pub(super) fn executed(&self) -> bool {
        match self.execution {
            ExecutionStatus::ExecuteInProgress
            | ExecutionStatus::ExecuteComplete
            | ExecutionStatus::ExecuteFailed => true,
            ExecutionStatus::Available | ExecutionStatus::Unavailable | ExecutionStatus::Obsolete => false,
        }
    }
}
