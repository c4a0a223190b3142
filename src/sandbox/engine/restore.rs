//! The phase that undoes a failed update: what was changed gets its former properties or its former self back.

use super::super::operation::{Garbage, Job, JobState, Operation, Task};
use super::super::resources::Work;
use super::super::stack::{Report, STACK_TYPE};
use super::super::status::ResourceStatus;
use super::deploy::seconds;
use super::{ChildWork, Consequence, NEVER, Step};
use std::collections::BTreeSet;

impl Step<'_> {
    pub(super) fn open_restore(&mut self, operation: &mut Operation) {
        // What the update replaced was to be deleted; it lives on, and what took its place goes.
        operation.garbage.clear();
        let ids: Vec<String> = operation.before.keys().cloned().collect();
        for id in ids {
            let Some(before) = operation.before.get(&id).cloned() else { continue };
            let current = self.stack.instances.get(&id);
            let changed = current != Some(&before);
            let stuck =
                self.stack.resources.get(&id).is_some_and(|row| row.status == ResourceStatus::UpdateFailed);
            if changed || stuck {
                let kind = before.resource_type.clone();
                operation.jobs.push(Job::new(&id, &kind, BTreeSet::new(), Task::Restore));
            }
        }
    }

    pub(super) fn start_restore(&mut self, operation: &mut Operation, index: usize) {
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
            self.restored(&before, ResourceStatus::UpdateInProgress);
            let (logical_id, instance) = (id, before);
            self.consequences.push(Consequence::Child { logical_id, instance, work: ChildWork::Update });
            return;
        }
        let skipped = operation.retained.contains(&id);
        let due =
            if skipped { self.now } else { self.now + seconds(&before.resource_type, Work::Update) * 1000 };
        operation.jobs[index].state = JobState::Running { stage: 0, due };
        if skipped {
            return self.finish_restore(operation, index);
        }
        self.restored(&before, ResourceStatus::UpdateInProgress);
    }

    pub(super) fn finish_restore(&mut self, operation: &mut Operation, index: usize) {
        operation.jobs[index].state = JobState::Done;
        let Some(before) = operation.jobs[index].next.clone() else { return };
        self.consequences.push(Consequence::Appeared(before.clone()));
        self.stack.instances.insert(before.logical_id.clone(), before.clone());
        self.restored(&before, ResourceStatus::UpdateComplete);
    }

    fn restored(&mut self, before: &super::Instance, status: ResourceStatus) {
        self.stack.report(
            self.now,
            &Report {
                logical_id: &before.logical_id,
                resource_type: &before.resource_type,
                physical_id: Some(&before.physical_id),
                status,
                reason: None,
                properties: Some(&before.properties),
            },
        );
    }
}
