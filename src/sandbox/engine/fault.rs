//! Where ordered faults meet the engine: work on a resource that fails, or that does not end.

use super::super::faults::{Moment, Subject};
use super::super::operation::{Operation, Phase};
use super::super::resources::{Instance, Work};
use super::super::status::StackStatus;
use super::Step;
use super::deploy::seconds;

/// Seconds until the configuration of a resource is applied in express mode: an assumption.
const CONFIGURED: i64 = 5;

impl Step<'_> {
    /// The reason of an event, if this work is to fail.
    pub(super) fn struck(&mut self, moment: Moment, logical_id: &str, resource_type: &str) -> Option<String> {
        let stack = self.stack.name.clone();
        let failure = self.outlook.failure(&Subject { moment, stack: &stack, logical_id, resource_type })?;
        Some(self.provider_failure(&failure.message, &failure.code))
    }

    /// When this work on a resource is done.
    pub(super) fn due(&self, moment: Moment, instance: &Instance, work: Work) -> i64 {
        let stack = &self.stack.name;
        let Instance { logical_id, resource_type, .. } = instance;
        let delay = self.outlook.delay(&Subject { moment, stack, logical_id, resource_type });
        let full = seconds(instance, work);
        // Custom resources are awaited in any mode.
        let custom =
            !resource_type.starts_with("AWS::") || resource_type == "AWS::CloudFormation::CustomResource";
        let usual = if self.stack.express && !custom { full.min(CONFIGURED) } else { full };
        let usual = self.now + usual * 1000;
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
