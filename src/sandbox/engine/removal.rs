//! The phases that delete: a stack as a whole, what an update left over, what a failed one had made.

use super::super::faults::RequestType;
use super::super::operation::{Garbage, Job, JobState, Operation, Phase, Task};
use super::super::resources::{Effect, Instance, Work, broken, effects};
use super::super::stack::Report;
use super::super::status::{OperationType, ResourceStatus, StackStatus};
use super::answer::Heard;
use super::{ChildWork, Consequence, NEVER, Step};
use std::collections::BTreeSet;

/// How often the deletion of something that is no longer needed is tried.
const CLEANUP_ATTEMPTS: u8 = 3;

impl Step<'_> {
    pub(super) fn open_delete(&mut self, operation: &mut Operation) {
        let rollback = self.stack.status == StackStatus::RollbackInProgress
            || operation.kind == OperationType::CreateStack;
        let ids: Vec<String> = self.stack.instances.keys().cloned().collect();
        for id in ids {
            let taken_in = rollback && operation.imports.contains_key(&id);
            let retained =
                taken_in || operation.retained.contains(&id) || self.retained(&id, rollback, operation);
            self.draw_up(operation, &id, retained);
        }
        // What failed before it existed has nothing to delete, and says so at once.
        let failed: Vec<(String, String)> = self
            .stack
            .resources
            .iter()
            .filter(|(id, row)| {
                row.status == ResourceStatus::CreateFailed && !self.stack.instances.contains_key(*id)
            })
            .map(|(id, row)| (id.clone(), row.resource_type.clone()))
            .collect();
        for (id, resource_type) in failed {
            let physical_id = self.stack.resources.get(&id).and_then(|row| row.physical_id.clone());
            self.stack.report(
                self.now,
                &Report {
                    logical_id: &id,
                    resource_type: &resource_type,
                    physical_id: physical_id.as_deref(),
                    status: ResourceStatus::DeleteComplete,
                    reason: None,
                    properties: None,
                },
            );
        }
    }

    /// Whether a policy lets a resource live when its stack goes.
    fn retained(&self, id: &str, rollback: bool, operation: &Operation) -> bool {
        match self.stack.traits.get(id).and_then(|traits| traits.deletion_policy.as_deref()) {
            Some("Retain") => !(rollback && operation.retain_except_on_create),
            Some("RetainExceptOnCreate") => !rollback,
            _ => false,
        }
    }

    pub(super) fn open_cleanup(&mut self, operation: &mut Operation) {
        let successful = operation.phase == Phase::Cleanup;
        let wanted: BTreeSet<String> = match successful {
            true => self.desired().map_or_else(
                |_| self.stack.instances.keys().cloned().collect(),
                |desired| desired.resources().iter().map(|one| one.logical_id.to_owned()).collect(),
            ),
            false => operation.before.keys().cloned().collect(),
        };
        let ids: Vec<String> =
            self.stack.instances.keys().filter(|id| !wanted.contains(*id)).cloned().collect();
        for id in ids {
            let taken_in = !successful && operation.imports.contains_key(&id);
            let retained = taken_in || self.retained(&id, !successful, operation);
            self.draw_up(operation, &id, retained);
        }
        for garbage in std::mem::take(&mut operation.garbage) {
            let (id, kind) = (garbage.instance.logical_id.clone(), garbage.instance.resource_type.clone());
            operation.jobs.push(Job::new(&id, &kind, BTreeSet::new(), Task::Delete(Box::new(garbage))));
        }
        let gone: Vec<String> = self
            .stack
            .resources
            .keys()
            .filter(|id| !self.stack.instances.contains_key(*id))
            .cloned()
            .collect();
        for id in gone {
            self.stack.resources.remove(&id);
        }
    }

    fn draw_up(&mut self, operation: &mut Operation, id: &str, retained: bool) {
        let Some(instance) = self.stack.instances.get(id).cloned() else { return };
        let dependants = self.stack.traits.iter().filter(|(_, traits)| traits.depends_on.contains(id));
        let waits_for = dependants.map(|(other, _)| other.clone()).collect();
        let kind = instance.resource_type.clone();
        operation.jobs.push(Job::new(
            id,
            &kind,
            waits_for,
            Task::Delete(Box::new(Garbage { instance, retained })),
        ));
    }

    pub(super) fn start_removal(&mut self, operation: &mut Operation, index: usize) {
        let Task::Delete(garbage) = operation.jobs[index].task.clone() else {
            operation.jobs[index].state = JobState::Done;
            return;
        };
        let Garbage { instance, retained } = *garbage;
        if retained {
            self.tell(operation, &instance, ResourceStatus::DeleteSkipped, None);
            self.forget(operation, &instance);
            self.consequences.push(Consequence::Released(instance));
            operation.jobs[index].state = JobState::Done;
            return;
        }
        self.tell(operation, &instance, ResourceStatus::DeleteInProgress, None);
        let nested = effects(&instance).iter().any(|effect| matches!(effect, Effect::NestedStack { .. }));
        let due = match nested {
            true => NEVER,
            false => {
                let moment = self.moment_of_removal(operation);
                self.due(moment, &instance, Work::Delete)
            }
        };
        operation.jobs[index].state = JobState::Running { stage: 0, due };
        operation.jobs[index].next = Some(instance.clone());
        self.await_others(&mut operation.jobs[index], RequestType::Delete);
        if nested {
            let logical_id = instance.logical_id.clone();
            self.consequences.push(Consequence::Child { logical_id, instance, work: ChildWork::Delete });
        }
    }

    pub(super) fn finish_removal(&mut self, operation: &mut Operation, index: usize) {
        if let Some(reason) = operation.jobs[index].verdict.take() {
            return self.fail_removal(operation, index, &reason);
        }
        let Task::Delete(garbage) = operation.jobs[index].task.clone() else { return };
        let Garbage { instance, .. } = *garbage;
        if let Some(failure) = broken(&instance.resource_type, &instance.properties) {
            return self.fail_removal(operation, index, &failure.reason);
        }
        if let Heard::Failed(reason) = self.hear(operation, index) {
            return self.fail_removal(operation, index, &reason);
        }
        let moment = self.moment_of_removal(operation);
        if let Some(reason) = self.struck(moment, &instance.logical_id, &instance.resource_type) {
            return self.fail_removal(operation, index, &reason);
        }
        if let Some(text) = self.outlook.held_back(&instance) {
            let request = self.stack.identifier("request of S3").replace('-', "").to_uppercase();
            let request: String = request.chars().take(16).collect();
            let text = format!("{text} (Service: S3, Status Code: 409, Request ID: {request})");
            let reason = self.provider_failure(&text, "GeneralServiceException");
            return self.fail_removal(operation, index, &reason);
        }
        operation.jobs[index].state = JobState::Done;
        self.tell(operation, &instance, ResourceStatus::DeleteComplete, None);
        self.forget(operation, &instance);
        self.consequences.push(Consequence::Vanished(instance));
    }

    /// A deletion that did not succeed.
    fn fail_removal(&mut self, operation: &mut Operation, index: usize, reason: &str) {
        let Task::Delete(garbage) = operation.jobs[index].task.clone() else { return };
        let Garbage { instance, .. } = *garbage;
        self.tell(operation, &instance, ResourceStatus::DeleteFailed, Some(reason));
        if operation.forced {
            self.tell(operation, &instance, ResourceStatus::DeleteSkipped, None);
            self.forget(operation, &instance);
            self.consequences.push(Consequence::Released(instance));
            operation.jobs[index].state = JobState::Done;
            return;
        }
        if matches!(operation.phase, Phase::Cleanup | Phase::RestoreCleanup) {
            return self.give_up_cleanup(operation, index, &instance);
        }
        operation.jobs[index].state = JobState::Failed;
        // What the failed one still needs cannot go either.
        super::cancel_dependants(operation);
    }

    /// What an update no longer needs is tried again; in the end it is left behind, and the stack forgets it.
    fn give_up_cleanup(&mut self, operation: &mut Operation, index: usize, instance: &Instance) {
        operation.jobs[index].attempts += 1;
        if operation.jobs[index].attempts < CLEANUP_ATTEMPTS {
            operation.jobs[index].state = JobState::Waiting;
            return;
        }
        self.forget(operation, instance);
        self.consequences.push(Consequence::Released(instance.clone()));
        operation.jobs[index].state = JobState::Failed;
        super::cancel_dependants(operation);
    }

    /// Whether the physical resource is still the one of the stack's row.
    fn current(&self, instance: &Instance) -> bool {
        let current = self.stack.instances.get(&instance.logical_id);
        current.is_some_and(|current| current.physical_id == instance.physical_id)
    }

    fn tell(
        &mut self,
        operation: &Operation,
        instance: &Instance,
        status: ResourceStatus,
        reason: Option<&str>,
    ) {
        // What is cleaned up after an update is no longer described: its events tell no properties.
        let deleting = operation.phase == Phase::Delete;
        let report = Report {
            logical_id: &instance.logical_id,
            resource_type: &instance.resource_type,
            physical_id: Some(&instance.physical_id),
            status,
            reason,
            properties: deleting.then_some(instance.told()),
        };
        match deleting || self.current(instance) {
            true => self.stack.report(self.now, &report),
            false => self.stack.announce(self.now, &report),
        }
    }

    fn forget(&mut self, operation: &Operation, instance: &Instance) {
        if !self.current(instance) {
            return;
        }
        self.stack.instances.remove(&instance.logical_id);
        if operation.phase != Phase::Delete {
            self.stack.resources.remove(&instance.logical_id);
            self.stack.traits.remove(&instance.logical_id);
        }
    }
}
