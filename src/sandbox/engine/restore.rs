//! The phase that undoes a failed update: what was changed gets its former properties or its former self back.

use super::super::difference::State;
use super::super::faults::{Moment, RequestType};
use super::super::operation::{Garbage, Job, JobState, Operation, Task};
use super::super::resources::{Instance, Work};
use super::super::stack::{Report, STACK_TYPE};
use super::super::status::{OperationType, ResourceStatus};
use super::answer::Heard;
use super::{ChildWork, Consequence, NEVER, Step};
use std::collections::BTreeSet;

impl Step<'_> {
    pub(super) fn open_restore(&mut self, operation: &mut Operation) {
        if operation.importing {
            return self.open_import_restore(operation);
        }
        // What the update replaced was to be deleted; it lives on, and what took its place goes.
        // When a rollback is continued, what it has undone already must still go.
        if operation.kind != OperationType::ContinueRollback {
            operation.garbage.clear();
        }
        let ids: Vec<String> = operation.before.keys().cloned().collect();
        for id in ids {
            let Some(before) = operation.before.get(&id).cloned() else { continue };
            let current = self.stack.instances.get(&id);
            let changed = current != Some(&before);
            let stuck =
                self.stack.resources.get(&id).is_some_and(|row| row.status == ResourceStatus::UpdateFailed);
            if changed || stuck || self.undone(operation, &id) {
                let kind = before.resource_type.clone();
                operation.jobs.push(Job::new(&id, &kind, BTreeSet::new(), Task::Restore));
            }
        }
    }

    /// Whether drift of a resource was undone, so that it is to be as it was found again.
    fn undone(&self, operation: &Operation, id: &str) -> bool {
        let found = operation.reality.as_ref().and_then(|reality| reality.resources.get(id));
        let touched = self.stack.resources.get(id).is_some_and(|row| row.at >= operation.started_at);
        touched && found.is_some_and(|found| found.state == State::Modified)
    }

    pub(super) fn start_restore(&mut self, operation: &mut Operation, index: usize) {
        if operation.importing {
            return self.start_import_restore(operation, index);
        }
        let id = operation.jobs[index].logical_id.clone();
        let Some(before) = operation.before.get(&id).cloned() else {
            operation.jobs[index].state = JobState::Done;
            return;
        };
        let current = self.stack.instances.get(&id).cloned();
        if let Some(current) = current.filter(|current| current.physical_id != before.physical_id) {
            operation.garbage.push(Garbage { instance: current, retained: false });
        }
        operation.jobs[index].next = Some(before.clone());
        if before.resource_type == STACK_TYPE && self.stack.instances.contains_key(&id) {
            operation.jobs[index].state = JobState::Running { stage: 0, due: NEVER };
            self.restored(&before, ResourceStatus::UpdateInProgress, None);
            let (logical_id, instance) = (id, before);
            self.consequences.push(Consequence::Child { logical_id, instance, work: ChildWork::Update });
            return;
        }
        let skipped = operation.retained.contains(&id);
        let due = if skipped { self.now } else { self.due(Moment::Rollback, &before, Work::Update) };
        operation.jobs[index].state = JobState::Running { stage: 0, due };
        if skipped {
            return self.finish_restore(operation, index);
        }
        self.await_others(&mut operation.jobs[index], RequestType::Update);
        self.restored(&before, ResourceStatus::UpdateInProgress, None);
    }

    pub(super) fn finish_restore(&mut self, operation: &mut Operation, index: usize) {
        if operation.importing {
            return self.finish_import_restore(operation, index);
        }
        operation.jobs[index].state = JobState::Done;
        let heard = self.hear(operation, index);
        let Some(id) = operation.jobs[index].next.as_ref().map(|next| next.logical_id.clone()) else {
            return;
        };
        let Some(before) = operation.before.get(&id).cloned() else { return };
        if let Some(reason) = operation.jobs[index].verdict.take() {
            return self.fail_restore(operation, index, &before, &reason);
        }
        if let Heard::Failed(reason) = heard {
            return self.fail_restore(operation, index, &before, &reason);
        }
        let skipped = operation.retained.contains(&before.logical_id);
        if !skipped
            && let Some(reason) = self.struck(Moment::Rollback, &before.logical_id, &before.resource_type)
        {
            return self.fail_restore(operation, index, &before, &reason);
        }
        let found = operation.reality.as_ref().and_then(|reality| reality.resources.get(&before.logical_id));
        // When drift was to be undone, the way back leads to what was found, not to what was deployed.
        self.consequences.push(match found.filter(|found| found.state == State::Modified) {
            Some(found) => {
                Consequence::Differs(Instance { properties: found.properties.clone(), ..before.clone() })
            }
            None => Consequence::Appeared(before.clone()),
        });
        self.stack.instances.insert(before.logical_id.clone(), before.clone());
        self.restored(&before, ResourceStatus::UpdateComplete, None);
    }

    /// The resource stays as the failed update left it.
    fn fail_restore(&mut self, operation: &mut Operation, index: usize, before: &Instance, reason: &str) {
        operation.jobs[index].state = JobState::Failed;
        if let Some(current) = self.stack.instances.get(&before.logical_id) {
            operation.garbage.retain(|garbage| garbage.instance.physical_id != current.physical_id);
        }
        self.restored(before, ResourceStatus::UpdateFailed, Some(reason));
    }

    fn restored(&mut self, before: &Instance, status: ResourceStatus, reason: Option<&str>) {
        self.stack.report(
            self.now,
            &Report {
                logical_id: &before.logical_id,
                resource_type: &before.resource_type,
                physical_id: Some(&before.physical_id),
                status,
                reason,
                properties: Some(before.told()),
            },
        );
    }
}
