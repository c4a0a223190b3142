//! Stack refactors: resources that change their stack or their name and nothing else. Nouns only: what is allowed is
//! said by `refactoring`, and the world carries it out.

use super::status::words;
use serde::{Deserialize, Serialize};

words! {
    /// How far a stack refactor is prepared.
    RefactorStatus {
        InProgress = "CREATE_IN_PROGRESS",
        Complete = "CREATE_COMPLETE",
        Failed = "CREATE_FAILED",
    }
}

words! {
    /// How far it is carried out.
    RefactorExecution {
        Unavailable = "UNAVAILABLE",
        Available = "AVAILABLE",
        Obsolete = "OBSOLETE",
        ExecuteInProgress = "EXECUTE_IN_PROGRESS",
        ExecuteComplete = "EXECUTE_COMPLETE",
        ExecuteFailed = "EXECUTE_FAILED",
    }
}

/// A stack refactor.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StackRefactor {
    pub(super) id: String,
    pub(super) description: Option<String>,
    pub(super) definitions: Vec<Definition>,
    pub(super) mappings: Vec<Mapping>,
    pub(super) status: RefactorStatus,
    pub(super) status_reason: Option<String>,
    pub(super) execution: RefactorExecution,
    pub(super) execution_reason: Option<String>,
    /// What is moved; known once it is prepared.
    pub(super) moves: Vec<Move>,
    /// When something happens next, if anything does.
    pub(super) due: Option<i64>,
    /// How many seconds it takes until then: every one is a step that can be seen.
    pub(super) seconds: u8,
    /// Whether the resources have moved and the stacks have yet to say that they are done.
    pub(super) settling: bool,
}

/// What one of the stacks is to be afterwards.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Definition {
    pub(super) name: String,
    pub(super) stack_id: String,
    /// Whether the refactor creates it.
    pub(super) new: bool,
    pub(super) template: String,
    /// The last operation of the stack when the refactor was created: another one makes it obsolete.
    pub(super) seen: Option<String>,
}

/// A resource's place: the number of the definition, and the logical id.
pub(super) type Spot = (usize, String);

/// What the caller says of a move.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Mapping {
    pub(super) from: Spot,
    pub(super) to: Spot,
}

/// A resource that moves.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Move {
    pub(super) from: Spot,
    pub(super) to: Spot,
    pub(super) physical_id: String,
    pub(super) resource_type: String,
    /// Whether the caller said so; else it was found out.
    pub(super) manual: bool,
}
