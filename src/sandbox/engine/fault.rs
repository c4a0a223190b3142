//! Where ordered faults meet the engine: work on a resource that fails, or that does not end.

use super::super::faults::{Moment, Subject};
use super::super::operation::{Operation, Phase};
use super::super::resources::Work;
use super::super::status::StackStatus;
use super::Step;
use super::deploy::seconds;

impl Step<'_> {
    /// The reason of an event, if this work is to fail.
    pub(super) fn struck(&mut self, moment: Moment, logical_id: &str, resource_type: &str) -> Option<String> {
        let stack = self.stack.name.clone();
        let failure = self.outlook.failure(&Subject { moment, stack: &stack, logical_id, resource_type })?;
        Some(self.provider_failure(&failure.message, &failure.code))
    }

    /// When this work is done.
    pub(super) fn due(&self, moment: Moment, logical_id: &str, resource_type: &str, work: Work) -> i64 {
        let stack = &self.stack.name;
        let delay = self.outlook.delay(&Subject { moment, stack, logical_id, resource_type });
        let usual = self.now + seconds(resource_type, work) * 1000;
        usual.saturating_add(delay.unwrap_or(0))
    }

    /// What a deletion in this phase is called.
    pub(super) fn moment_of_removal(&self, operation: &Operation) -> Moment {
        match operation.phase {
            Phase::Cleanup | Phase::RestoreCleanup => Moment::Cleanup,
            _ if self.stack.status == StackStatus::RollbackInProgress => Moment::Rollback,
            _ => Moment::Delete,
        }
    }
}
