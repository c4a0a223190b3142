//! A change set: a wish for a stack, what it would change, and whether it can be executed.

use super::difference::Difference;
use super::packed::Packed;
use super::stack::Wish;
use super::status::{ChangeSetStatus, ExecutionStatus};
use serde::{Deserialize, Serialize};

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
    /// When its status changes next.
    pub(super) due: Option<i64>,
}

impl ChangeSet {
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
