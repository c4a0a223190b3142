//! The statuses of CloudFormation's stacks. Source: the service's API model, `StackStatus`.

use std::fmt;

/// A stack's status.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum StackStatus {
    /// `REVIEW_IN_PROGRESS`.
    ReviewInProgress,
    /// `CREATE_IN_PROGRESS`.
    CreateInProgress,
    /// `CREATE_COMPLETE`.
    CreateComplete,
    /// `CREATE_FAILED`.
    CreateFailed,
    /// `ROLLBACK_IN_PROGRESS`.
    RollbackInProgress,
    /// `ROLLBACK_COMPLETE`.
    RollbackComplete,
    /// `ROLLBACK_FAILED`.
    RollbackFailed,
    /// `UPDATE_IN_PROGRESS`.
    UpdateInProgress,
    /// `UPDATE_COMPLETE_CLEANUP_IN_PROGRESS`.
    UpdateCompleteCleanupInProgress,
    /// `UPDATE_COMPLETE`.
    UpdateComplete,
    /// `UPDATE_FAILED`.
    UpdateFailed,
    /// `UPDATE_ROLLBACK_IN_PROGRESS`.
    UpdateRollbackInProgress,
    /// `UPDATE_ROLLBACK_FAILED`.
    UpdateRollbackFailed,
    /// `UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS`.
    UpdateRollbackCompleteCleanupInProgress,
    /// `UPDATE_ROLLBACK_COMPLETE`.
    UpdateRollbackComplete,
    /// `DELETE_IN_PROGRESS`.
    DeleteInProgress,
    /// `DELETE_FAILED`.
    DeleteFailed,
    /// `DELETE_COMPLETE`.
    DeleteComplete,
    /// `IMPORT_IN_PROGRESS`.
    ImportInProgress,
    /// `IMPORT_COMPLETE`.
    ImportComplete,
    /// `IMPORT_ROLLBACK_IN_PROGRESS`.
    ImportRollbackInProgress,
    /// `IMPORT_ROLLBACK_FAILED`.
    ImportRollbackFailed,
    /// `IMPORT_ROLLBACK_COMPLETE`.
    ImportRollbackComplete,
    /// A status newer than this program, as the service wrote it.
    Unknown(String),
}

/// What a status means to whoever waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// An operation runs.
    Busy,
    /// Settled, and the last operation succeeded.
    Well,
    /// Settled and healthy, but the last operation failed and was taken back.
    RolledBack,
    /// Settled, and something is broken or half done.
    Broken,
    /// There is no stack: never was, is only reviewed, or is deleted.
    Absent,
}

impl StackStatus {
    /// Reads the service's word.
    pub fn parse(text: &str) -> Self {
        match text {
            "REVIEW_IN_PROGRESS" => Self::ReviewInProgress,
            "CREATE_IN_PROGRESS" => Self::CreateInProgress,
            "CREATE_COMPLETE" => Self::CreateComplete,
            "CREATE_FAILED" => Self::CreateFailed,
            "ROLLBACK_IN_PROGRESS" => Self::RollbackInProgress,
            "ROLLBACK_COMPLETE" => Self::RollbackComplete,
            "ROLLBACK_FAILED" => Self::RollbackFailed,
            "UPDATE_IN_PROGRESS" => Self::UpdateInProgress,
            "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS" => Self::UpdateCompleteCleanupInProgress,
            "UPDATE_COMPLETE" => Self::UpdateComplete,
            "UPDATE_FAILED" => Self::UpdateFailed,
            "UPDATE_ROLLBACK_IN_PROGRESS" => Self::UpdateRollbackInProgress,
            "UPDATE_ROLLBACK_FAILED" => Self::UpdateRollbackFailed,
            "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS" => Self::UpdateRollbackCompleteCleanupInProgress,
            "UPDATE_ROLLBACK_COMPLETE" => Self::UpdateRollbackComplete,
            "DELETE_IN_PROGRESS" => Self::DeleteInProgress,
            "DELETE_FAILED" => Self::DeleteFailed,
            "DELETE_COMPLETE" => Self::DeleteComplete,
            "IMPORT_IN_PROGRESS" => Self::ImportInProgress,
            "IMPORT_COMPLETE" => Self::ImportComplete,
            "IMPORT_ROLLBACK_IN_PROGRESS" => Self::ImportRollbackInProgress,
            "IMPORT_ROLLBACK_FAILED" => Self::ImportRollbackFailed,
            "IMPORT_ROLLBACK_COMPLETE" => Self::ImportRollbackComplete,
            other => Self::Unknown(other.to_owned()),
        }
    }

    /// The service's word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::ReviewInProgress => "REVIEW_IN_PROGRESS",
            Self::CreateInProgress => "CREATE_IN_PROGRESS",
            Self::CreateComplete => "CREATE_COMPLETE",
            Self::CreateFailed => "CREATE_FAILED",
            Self::RollbackInProgress => "ROLLBACK_IN_PROGRESS",
            Self::RollbackComplete => "ROLLBACK_COMPLETE",
            Self::RollbackFailed => "ROLLBACK_FAILED",
            Self::UpdateInProgress => "UPDATE_IN_PROGRESS",
            Self::UpdateCompleteCleanupInProgress => "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
            Self::UpdateComplete => "UPDATE_COMPLETE",
            Self::UpdateFailed => "UPDATE_FAILED",
            Self::UpdateRollbackInProgress => "UPDATE_ROLLBACK_IN_PROGRESS",
            Self::UpdateRollbackFailed => "UPDATE_ROLLBACK_FAILED",
            Self::UpdateRollbackCompleteCleanupInProgress => "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
            Self::UpdateRollbackComplete => "UPDATE_ROLLBACK_COMPLETE",
            Self::DeleteInProgress => "DELETE_IN_PROGRESS",
            Self::DeleteFailed => "DELETE_FAILED",
            Self::DeleteComplete => "DELETE_COMPLETE",
            Self::ImportInProgress => "IMPORT_IN_PROGRESS",
            Self::ImportComplete => "IMPORT_COMPLETE",
            Self::ImportRollbackInProgress => "IMPORT_ROLLBACK_IN_PROGRESS",
            Self::ImportRollbackFailed => "IMPORT_ROLLBACK_FAILED",
            Self::ImportRollbackComplete => "IMPORT_ROLLBACK_COMPLETE",
            Self::Unknown(text) => text,
        }
    }

    /// What it means to whoever waits. `REVIEW_IN_PROGRESS` is a stack that does not exist yet, despite its name;
    /// the `*_CLEANUP_IN_PROGRESS` ones are busy although the result is known.
    pub fn phase(&self) -> Phase {
        match self {
            Self::ReviewInProgress | Self::DeleteComplete => Phase::Absent,
            Self::CreateInProgress
            | Self::RollbackInProgress
            | Self::UpdateInProgress
            | Self::UpdateCompleteCleanupInProgress
            | Self::UpdateRollbackInProgress
            | Self::UpdateRollbackCompleteCleanupInProgress
            | Self::DeleteInProgress
            | Self::ImportInProgress
            | Self::ImportRollbackInProgress => Phase::Busy,
            Self::CreateComplete | Self::UpdateComplete | Self::ImportComplete => Phase::Well,
            Self::UpdateRollbackComplete | Self::ImportRollbackComplete => Phase::RolledBack,
            Self::CreateFailed
            | Self::RollbackComplete
            | Self::RollbackFailed
            | Self::UpdateFailed
            | Self::UpdateRollbackFailed
            | Self::DeleteFailed
            | Self::ImportRollbackFailed => Phase::Broken,
            Self::Unknown(text) if text.ends_with("_IN_PROGRESS") => Phase::Busy,
            Self::Unknown(text) if text.ends_with("_COMPLETE") && !text.contains("ROLLBACK") => Phase::Well,
            Self::Unknown(_) => Phase::Broken,
        }
    }
}

impl fmt::Display for StackStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
