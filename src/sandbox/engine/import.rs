//! Taking existing resources in: nothing is done to them but their tags, and letting them go again when it fails.

use super::super::faults::Moment;
use super::super::live::not_found;
use super::super::operation::{Job, JobState, Operation, Task};
use super::super::resources::{self, Birth, Work};
use super::super::status::{ResourceStatus, StackStatus};
use super::deploy::unborn;
use super::{Consequence, Step};
use crate::registry;
use serde_json::Value;
use std::collections::BTreeSet;

const STARTED: &str = "Resource import started.";
const COMPLETED: &str = "Resource import completed.";
const TAGS: &str = "Apply stack-level tags to imported resource if applicable.";

/// The first stage of an import; those before it belong to creations and changes.
pub(super) const FIRST: u8 = 10;

impl Step<'_> {
    pub(super) fn start_import(&mut self, operation: &mut Operation, index: usize, properties: Value) {
        let job = &mut operation.jobs[index];
        let resource_type = job.resource_type.clone();
        job.next = Some(unborn(job, properties.clone()));
        self.report_job(operation, index, ResourceStatus::ImportInProgress, Some(STARTED));
        match resources::validate(&resource_type, &properties) {
            Ok(()) => operation.jobs[index].state = JobState::Running { stage: FIRST, due: self.now + 1000 },
            Err(failure) => self.fail(operation, index, &failure.reason),
        }
    }

    pub(super) fn continue_import(&mut self, operation: &mut Operation, index: usize, stage: u8) {
        match stage {
            FIRST => self.take_in(operation, index),
            11 => {
                let next = operation.jobs[index].next.clone().unwrap_or_default();
                let due = self.due(Moment::Update, &next, Work::Update);
                operation.jobs[index].state = JobState::Running { stage: 12, due };
                self.report_job(operation, index, ResourceStatus::UpdateInProgress, Some(TAGS));
            }
            _ => {
                operation.jobs[index].state = JobState::Done;
                self.report_job(operation, index, ResourceStatus::UpdateComplete, None);
            }
        }
    }

    /// The resource is looked up once more, and is the stack's if it still is there.
    fn take_in(&mut self, operation: &mut Operation, index: usize) {
        let job = &operation.jobs[index];
        let (id, resource_type) = (job.logical_id.clone(), job.resource_type.clone());
        let properties = job.next.as_ref().map_or(Value::Null, |next| next.properties.clone());
        let physical_id = operation.imports.get(&id).cloned().unwrap_or_default();
        if let Some(reason) = self.struck(Moment::Create, &id, &resource_type) {
            return self.fail(operation, index, &reason);
        }
        if let Err(reason) = self.unheld(&resource_type, &physical_id) {
            return self.fail(operation, index, &reason);
        }
        let identity = self.stack.identity(self.stack.wish.as_ref().unwrap_or(&Default::default()));
        let seed = self.stack.identifier(&id);
        let birth = Birth {
            identity: &identity,
            logical_id: &id,
            resource_type: &resource_type,
            properties: &properties,
            seed: &seed,
        };
        let mut instance = resources::adopt(&birth, &physical_id);
        instance.masked.clone_from(&operation.jobs[index].masked);
        for (name, value) in self.outlook.known_attributes(&instance) {
            instance.attributes.insert(name, value);
        }
        operation.jobs[index].next = Some(instance.clone());
        operation.jobs[index].state = JobState::Running { stage: 11, due: self.now + 1000 };
        self.stack.instances.insert(id, instance.clone());
        self.consequences.push(Consequence::Adopted(instance));
        self.report_job(operation, index, ResourceStatus::ImportInProgress, None);
        self.report_job(operation, index, ResourceStatus::ImportComplete, Some(COMPLETED));
    }

    /// Says whether something exists and no stack holds it.
    fn unheld(&mut self, resource_type: &str, physical_id: &str) -> Result<(), String> {
        let keys =
            registry::find(resource_type).map(|known| known.primary_identifier.clone()).unwrap_or_default();
        let parts: Vec<&str> = match keys.len() {
            1 => vec![physical_id],
            _ => physical_id.split('|').collect(),
        };
        let identifier = keys.into_iter().zip(parts.into_iter().map(str::to_owned)).collect();
        match self.outlook.existing(self.stack, resource_type, &identifier) {
            None => {
                let request = self.stack.identifier("provider request");
                Err(not_found(resource_type, &identifier, &request))
            }
            Some(existing) => match existing.owner {
                Some(owner) => Err(format!("{physical_id} already exists in stack {owner}")),
                None => Ok(()),
            },
        }
    }

    /// What a failed import had begun to take in is let go.
    pub(super) fn open_import_restore(&mut self, operation: &mut Operation) {
        let begun: Vec<(String, String)> = self
            .stack
            .resources
            .iter()
            .filter(|(id, _)| operation.imports.contains_key(*id) && !operation.before.contains_key(*id))
            .map(|(id, row)| (id.clone(), row.resource_type.clone()))
            .collect();
        for (id, kind) in begun {
            operation.jobs.push(Job::new(&id, &kind, BTreeSet::new(), Task::Restore));
        }
    }

    pub(super) fn start_import_restore(&mut self, operation: &mut Operation, index: usize) {
        let id = operation.jobs[index].logical_id.clone();
        operation.jobs[index].next = self.stack.instances.get(&id).cloned();
        operation.jobs[index].state = JobState::Running { stage: 0, due: self.now + 1000 };
        self.report_job(operation, index, ResourceStatus::ImportRollbackInProgress, None);
    }

    pub(super) fn finish_import_restore(&mut self, operation: &mut Operation, index: usize) {
        let job = &operation.jobs[index];
        let (id, resource_type) = (job.logical_id.clone(), job.resource_type.clone());
        if let Some(reason) = self.struck(Moment::Rollback, &id, &resource_type) {
            operation.jobs[index].state = JobState::Failed;
            return self.report_job(operation, index, ResourceStatus::ImportRollbackFailed, Some(&reason));
        }
        operation.jobs[index].state = JobState::Done;
        self.report_job(operation, index, ResourceStatus::ImportRollbackComplete, None);
        if let Some(instance) = self.stack.instances.remove(&id) {
            self.consequences.push(Consequence::Released(instance));
        }
        self.stack.resources.remove(&id);
        self.stack.traits.remove(&id);
    }

    /// Ends a rolled-back import; there is nothing to clean up.
    pub(super) fn close_import_restore(&mut self, operation: &Operation) -> bool {
        let failed = super::ending::named(operation, JobState::Failed);
        if !failed.is_empty() {
            let reason = format!("The following resource(s) failed to import: [{}]. ", failed.join(", "));
            self.stack.turn(self.now, StackStatus::ImportRollbackFailed, Some(&reason));
            return false;
        }
        // A stack that the import was to make is as dead as one whose creation was rolled back.
        let fresh = self.stack.stable.is_none();
        let status = if fresh { StackStatus::RollbackComplete } else { StackStatus::ImportRollbackComplete };
        self.stack.wish = Option::clone(&self.stack.stable).or(self.stack.wish.take());
        self.stack.desired = None;
        self.stack.turn(self.now, status, None);
        false
    }
}
