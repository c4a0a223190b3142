//! The table status × wish → steps. Every status of CloudFormation has its row; nothing is healed that is not shown.

use crate::model::status::{Phase, StackStatus};
use crate::plan::{Step, Wish};

/// The way from a status to a wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// There is no stack.
    Absent,
    /// The stack is settled and healthy: what it holds decides.
    Healthy,
    /// These steps, in this order.
    Steps(Vec<Step>),
    /// No way without a person.
    Refused {
        /// Why.
        reason: String,
        /// What to do.
        remedy: String,
    },
}

/// The way from a stack's status (none when there is no stack) to a wish.
pub fn way(status: Option<&StackStatus>, wish: Wish) -> Way {
    let Some(status) = status else { return Way::Absent };
    match wish {
        Wish::Deploy => to_deploy(status),
        Wish::Destroy => to_destroy(status),
    }
}

fn to_deploy(status: &StackStatus) -> Way {
    match status {
        // A stack in review has a name and nothing else: it is created by a change set like one that is not there.
        StackStatus::ReviewInProgress | StackStatus::DeleteComplete => Way::Absent,
        StackStatus::CreateComplete
        | StackStatus::UpdateComplete
        | StackStatus::UpdateRollbackComplete
        | StackStatus::ImportComplete
        | StackStatus::ImportRollbackComplete => Way::Healthy,
        StackStatus::CreateInProgress
        | StackStatus::UpdateInProgress
        | StackStatus::UpdateCompleteCleanupInProgress
        | StackStatus::UpdateRollbackInProgress
        | StackStatus::UpdateRollbackCompleteCleanupInProgress
        | StackStatus::ImportInProgress
        | StackStatus::ImportRollbackInProgress => steps(&[Step::Wait, Step::Update]),
        StackStatus::RollbackInProgress => steps(&[Step::Wait, Step::DeleteRemains, Step::Create]),
        StackStatus::DeleteInProgress => steps(&[Step::Wait, Step::Create]),
        // Nothing of a failed first creation can be updated; deleting is the only operation that is always allowed.
        StackStatus::CreateFailed
        | StackStatus::RollbackComplete
        | StackStatus::RollbackFailed
        | StackStatus::DeleteFailed => steps(&[Step::DeleteRemains, Step::Create]),
        StackStatus::UpdateFailed => steps(&[Step::RollBack, Step::Update]),
        StackStatus::UpdateRollbackFailed => steps(&[Step::ContinueRollback, Step::Update]),
        StackStatus::ImportRollbackFailed => needs_a_person(status),
        StackStatus::Unknown(_) => unknown(status, Step::Update),
    }
}

fn to_destroy(status: &StackStatus) -> Way {
    match status {
        StackStatus::ReviewInProgress | StackStatus::DeleteComplete => Way::Absent,
        StackStatus::CreateComplete
        | StackStatus::UpdateComplete
        | StackStatus::UpdateRollbackComplete
        | StackStatus::ImportComplete
        | StackStatus::ImportRollbackComplete => Way::Healthy,
        StackStatus::CreateFailed
        | StackStatus::RollbackComplete
        | StackStatus::RollbackFailed
        | StackStatus::UpdateFailed
        | StackStatus::UpdateRollbackFailed
        | StackStatus::ImportRollbackFailed
        | StackStatus::DeleteFailed => steps(&[Step::Delete]),
        StackStatus::CreateInProgress
        | StackStatus::RollbackInProgress
        | StackStatus::UpdateInProgress
        | StackStatus::UpdateCompleteCleanupInProgress
        | StackStatus::UpdateRollbackInProgress
        | StackStatus::UpdateRollbackCompleteCleanupInProgress
        | StackStatus::DeleteInProgress
        | StackStatus::ImportInProgress
        | StackStatus::ImportRollbackInProgress => steps(&[Step::Wait, Step::Delete]),
        StackStatus::Unknown(_) => unknown(status, Step::Delete),
    }
}

/// A status newer than this program is read by its ending.
fn unknown(status: &StackStatus, last: Step) -> Way {
    match status.phase() {
        Phase::Busy => Way::Steps(vec![Step::Wait, last]),
        Phase::Well | Phase::RolledBack => Way::Healthy,
        Phase::Absent => Way::Absent,
        Phase::Broken => needs_a_person(status),
    }
}

fn steps(steps: &[Step]) -> Way {
    Way::Steps(steps.to_vec())
}

fn needs_a_person(status: &StackStatus) -> Way {
    Way::Refused {
        reason: format!("the stack is in `{status}`, from which no known operation leads on"),
        remedy:
            "bring the stack to a settled state by hand, in the console or with the AWS CLI, and plan again"
                .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every status with the way to both wishes: `-` no stack, `=` what it holds decides, `!` refused.
    const TABLE: &[(&str, &str, &str)] = &[
        ("REVIEW_IN_PROGRESS", "-", "-"),
        ("CREATE_IN_PROGRESS", "Wait Update", "Wait Delete"),
        ("CREATE_COMPLETE", "=", "="),
        ("CREATE_FAILED", "DeleteRemains Create", "Delete"),
        ("ROLLBACK_IN_PROGRESS", "Wait DeleteRemains Create", "Wait Delete"),
        ("ROLLBACK_COMPLETE", "DeleteRemains Create", "Delete"),
        ("ROLLBACK_FAILED", "DeleteRemains Create", "Delete"),
        ("UPDATE_IN_PROGRESS", "Wait Update", "Wait Delete"),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "Wait Update", "Wait Delete"),
        ("UPDATE_COMPLETE", "=", "="),
        ("UPDATE_FAILED", "RollBack Update", "Delete"),
        ("UPDATE_ROLLBACK_IN_PROGRESS", "Wait Update", "Wait Delete"),
        ("UPDATE_ROLLBACK_FAILED", "ContinueRollback Update", "Delete"),
        ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "Wait Update", "Wait Delete"),
        ("UPDATE_ROLLBACK_COMPLETE", "=", "="),
        ("DELETE_IN_PROGRESS", "Wait Create", "Wait Delete"),
        ("DELETE_FAILED", "DeleteRemains Create", "Delete"),
        ("DELETE_COMPLETE", "-", "-"),
        ("IMPORT_IN_PROGRESS", "Wait Update", "Wait Delete"),
        ("IMPORT_COMPLETE", "=", "="),
        ("IMPORT_ROLLBACK_IN_PROGRESS", "Wait Update", "Wait Delete"),
        ("IMPORT_ROLLBACK_FAILED", "!", "Delete"),
        ("IMPORT_ROLLBACK_COMPLETE", "=", "="),
        ("REFACTOR_IN_PROGRESS", "Wait Update", "Wait Delete"),
        ("REFACTOR_COMPLETE", "=", "="),
        ("REFACTOR_FAILED", "!", "!"),
    ];

    fn told(way: Way) -> String {
        match way {
            Way::Absent => "-".to_owned(),
            Way::Healthy => "=".to_owned(),
            Way::Refused { .. } => "!".to_owned(),
            Way::Steps(steps) => steps.iter().map(|step| format!("{step:?}")).collect::<Vec<_>>().join(" "),
        }
    }

    #[test]
    fn every_status_has_a_way() {
        for (status, deploy, destroy) in TABLE {
            let parsed = StackStatus::parse(status);
            assert_eq!(parsed.as_str(), *status);
            assert_eq!(told(way(Some(&parsed), Wish::Deploy)), *deploy, "{status}");
            assert_eq!(told(way(Some(&parsed), Wish::Destroy)), *destroy, "{status}");
        }
        assert_eq!(way(None, Wish::Deploy), Way::Absent);
        assert_eq!(way(None, Wish::Destroy), Way::Absent);
    }

    #[test]
    fn a_busy_stack_is_waited_for_first_and_nothing_else_is() {
        for (status, ..) in TABLE {
            let parsed = StackStatus::parse(status);
            for wish in [Wish::Deploy, Wish::Destroy] {
                let waits = matches!(way(Some(&parsed), wish), Way::Steps(steps) if steps[0] == Step::Wait);
                assert_eq!(waits, parsed.phase() == Phase::Busy, "{status}");
            }
        }
    }
}
