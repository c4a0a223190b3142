//! The phase that creates and updates: every resource in its turn, each looked at when what it needs is there.

use super::super::difference::{Deed, State, decide};
use super::super::faults::{Moment, RequestType};
use super::super::language::secret_fault;
use super::super::operation::{Garbage, Job, JobState, Operation, Task};
use super::super::policy;
use super::super::resources::{self, Birth, Effect, Instance, Work};
use super::super::stack::{Report, STACK_TYPE, Traits};
use super::super::status::{OperationType, ResourceStatus};
use super::super::wait_handle::{HANDLE, reachable};
use super::answer::Heard;
use super::{ChildWork, Consequence, NEVER, Step};
use serde_json::Value;
use std::collections::BTreeSet;

/// What AWS says when a resource is to take the place of another.
const REPLACEMENT: &str =
    "Requested update requires the creation of a new physical resource; hence creating one.";
/// What AWS says when the service has taken a creation on.
pub(super) const INITIATED: &str = "Resource creation Initiated";

impl Step<'_> {
    pub(super) fn open_deploy(&mut self, operation: &mut Operation) {
        let desired = match self.desired() {
            Ok(desired) => desired,
            Err(message) => return operation.failure = Some(message),
        };
        if let Err(refusal) = desired.foresee(self.outlook) {
            operation.failure = Some(refusal.message);
            return;
        }
        if operation.kind == OperationType::UpdateStack {
            operation.touched = super::review::touched(self.stack, &desired, self.outlook);
        }
        let declared = desired.resources();
        for declaration in &declared {
            let id = declaration.logical_id;
            let mut waits_for = desired.dependencies(id);
            waits_for.retain(|other| declared.iter().any(|declaration| declaration.logical_id == other));
            let traits = Traits {
                depends_on: waits_for.clone(),
                deletion_policy: desired.policy(id, "DeletionPolicy"),
                replace_policy: desired.policy(id, "UpdateReplacePolicy"),
            };
            self.stack.traits.insert(id.to_owned(), traits);
            operation.jobs.push(Job::new(id, declaration.resource_type, waits_for, Task::Deploy));
        }
        self.stack.imports = desired.imports(self.outlook);
        self.guard_removals(operation);
    }

    /// A stack policy may forbid that resources are removed.
    fn guard_removals(&mut self, operation: &mut Operation) {
        let Some(text) = operation.policy.clone().or_else(|| self.stack.policy.clone()) else { return };
        let declared = |one: &&Instance| operation.jobs.iter().any(|job| job.logical_id == one.logical_id);
        let removed: Vec<Instance> =
            self.stack.instances.values().filter(|one| !declared(one)).cloned().collect();
        for instance in removed {
            let (id, kind) = (instance.logical_id.clone(), instance.resource_type.clone());
            let Some(denial) = policy::denial(&text, policy::Action::Delete, &id, &kind) else { continue };
            let mut job = Job::new(&id, &kind, BTreeSet::new(), Task::Deploy);
            job.next = Some(instance);
            operation.jobs.push(job);
            self.fail(operation, operation.jobs.len() - 1, &denial);
        }
    }

    pub(super) fn start_deploy(&mut self, operation: &mut Operation, index: usize) {
        let id = operation.jobs[index].logical_id.clone();
        let desired = match self.desired() {
            Ok(desired) => desired,
            Err(message) => return self.refuse(operation, index, &message),
        };
        let existing = self.stack.instances.get(&id).cloned();
        let properties = match desired.properties(&id, &*self.stack.instances, self.outlook) {
            Ok(properties) => properties,
            Err(refusal) => {
                operation.jobs[index].next = existing;
                return self.refuse(operation, index, &refusal.message);
            }
        };
        if let Some(fault) = secret_fault(&properties, self.outlook) {
            operation.jobs[index].next = existing;
            return self.refuse(operation, index, &fault);
        }
        operation.jobs[index].masked = self.masked(&desired, &id, &properties);
        let metadata = desired.metadata(&id, &*self.stack.instances, self.outlook);
        let gone = operation.reality.as_ref().and_then(|reality| reality.resources.get(&id));
        if existing.is_some() && gone.is_some_and(|found| found.state == State::Deleted) {
            // Others have deleted it: it is made anew, and nothing is left to be cleaned up.
            self.stack.instances.remove(&id);
            operation.before.remove(&id);
        }
        match self.stack.instances.get(&id).cloned() {
            None if operation.imports.contains_key(&id) => self.start_import(operation, index, properties),
            None => self.start_creation(operation, index, properties),
            Some(existing) => self.start_change(operation, index, &existing, properties),
        }
        if let Some(row) = self.stack.resources.get_mut(&id) {
            row.metadata = metadata;
        }
    }

    fn start_creation(&mut self, operation: &mut Operation, index: usize, properties: Value) {
        let job = &mut operation.jobs[index];
        job.next = Some(unborn(job, properties.clone()));
        let resource_type = job.resource_type.clone();
        self.report_job(operation, index, ResourceStatus::CreateInProgress, None);
        match resources::validate(&resource_type, &properties) {
            Ok(()) => operation.jobs[index].state = JobState::Running { stage: 0, due: self.now + 1000 },
            Err(failure) => self.fail(operation, index, &failure.reason),
        }
    }

    fn start_change(
        &mut self,
        operation: &mut Operation,
        index: usize,
        existing: &Instance,
        properties: Value,
    ) {
        if operation.importing {
            // An import changes nothing but what it takes in.
            operation.jobs[index].state = JobState::Done;
            return;
        }
        let resource_type = operation.jobs[index].resource_type.clone();
        let retyped = existing.resource_type != resource_type;
        let found =
            operation.reality.as_ref().and_then(|reality| reality.resources.get(&existing.logical_id));
        let found = found.map_or(&existing.properties, |found| &found.properties).clone();
        let actual = Instance { properties: found, ..existing.clone() };
        let deed = match decide(&actual, &resource_type, &properties) {
            Ok(_) if retyped => Deed::Replace,
            // Only the child itself can tell whether anything in it changes.
            Ok(Deed::Nothing) if resource_type == STACK_TYPE => Deed::Modify,
            Ok(Deed::Nothing) if operation.touched.contains(&existing.logical_id) => Deed::Modify,
            Ok(deed) => deed,
            Err(failure) => {
                operation.jobs[index].next =
                    Some(wanted(&operation.jobs[index], properties, existing.clone()));
                return self.refuse(operation, index, &failure.reason);
            }
        };
        if deed == Deed::Nothing {
            operation.jobs[index].state = JobState::Done;
            if existing.properties != properties {
                // It is already as it is to be; the stack only did not know.
                let known = resources::update(existing, &properties);
                let known = Instance { masked: operation.jobs[index].masked.clone(), ..known };
                self.consequences.push(Consequence::Appeared(known.clone()));
                self.stack.instances.insert(known.logical_id.clone(), known);
            }
            return;
        }
        let job = &mut operation.jobs[index];
        job.replaces = deed == Deed::Replace;
        job.next = Some(wanted(job, properties.clone(), existing.clone()));
        let action = if job.replaces { policy::Action::Replace } else { policy::Action::Modify };
        let text = operation.policy.as_ref().or(self.stack.policy.as_ref());
        if let Some(denial) =
            text.and_then(|text| policy::denial(text, action, &existing.logical_id, &resource_type))
        {
            return self.refuse(operation, index, &denial);
        }
        let reason = (deed == Deed::Replace).then_some(REPLACEMENT);
        self.report_job(operation, index, ResourceStatus::UpdateInProgress, reason);
        if let Err(failure) = resources::validate(&resource_type, &properties) {
            return self.fail(operation, index, &failure.reason);
        }
        let stage = u8::from(deed == Deed::Modify);
        let due = match stage {
            0 => self.now + 1000,
            _ => self.due(Moment::Update, existing, Work::Update),
        };
        operation.jobs[index].state = JobState::Running { stage, due };
        if deed == Deed::Modify && !self.work_on_child(operation, index, ChildWork::Update) {
            self.await_others(&mut operation.jobs[index], RequestType::Update);
        }
    }

    pub(super) fn continue_deploy(&mut self, operation: &mut Operation, index: usize, stage: u8) {
        match stage {
            super::import::FIRST.. => self.continue_import(operation, index, stage),
            0 => self.initiate(operation, index),
            _ => self.finish_deploy(operation, index),
        }
    }

    /// The service takes a creation on: from now on there is a physical identifier.
    fn initiate(&mut self, operation: &mut Operation, index: usize) {
        let job = &operation.jobs[index];
        let (id, resource_type) = (job.logical_id.clone(), job.resource_type.clone());
        let moment = if job.replaces { Moment::Update } else { Moment::Create };
        if let Some(reason) = self.struck(moment, &id, &resource_type) {
            return self.fail(operation, index, &reason);
        }
        let properties = job.next.as_ref().map_or(Value::Null, |next| next.properties.clone());
        let seed = self.stack.identifier(&id);
        let identity = self.stack.identity(self.stack.wish.as_ref().unwrap_or(&Default::default()));
        let birth = Birth {
            identity: &identity,
            logical_id: &id,
            resource_type: &resource_type,
            properties: &properties,
            seed: &seed,
        };
        let mut instance = resources::create(&birth);
        instance.masked.clone_from(&operation.jobs[index].masked);
        if instance.resource_type == HANDLE {
            instance.physical_id = reachable(&instance.physical_id, &self.outlook.world.address);
        }
        if let Some(text) = self.outlook.conflict(&instance) {
            let reason = self.provider_failure(&text, "AlreadyExists");
            return self.fail(operation, index, &reason);
        }
        let status = match operation.jobs[index].replaces {
            true => ResourceStatus::UpdateInProgress,
            false => ResourceStatus::CreateInProgress,
        };
        let due = self.due(moment, &instance, Work::Create);
        operation.jobs[index].next = Some(instance);
        operation.jobs[index].state = JobState::Running { stage: 1, due };
        if self.work_on_child(operation, index, ChildWork::Create) {
            return;
        }
        self.await_others(&mut operation.jobs[index], RequestType::Create);
        // A custom resource gives itself its identifier: it is told when it has answered.
        if !operation.jobs[index].next.as_ref().is_some_and(Instance::is_custom) {
            self.report_job(operation, index, status, Some(INITIATED));
        }
        if let Some(failure) = resources::broken(&resource_type, &properties) {
            self.fail(operation, index, &failure.reason);
            self.adopt(operation, index);
        }
    }

    /// A resource that failed after it had begun to exist must be deleted with the rest.
    fn adopt(&mut self, operation: &Operation, index: usize) {
        let Some(next) = operation.jobs[index].next.clone() else { return };
        self.stack.instances.entry(next.logical_id.clone()).or_insert(next);
    }

    /// Hands a nested stack to the world; the job sleeps until the child has settled.
    fn work_on_child(&mut self, operation: &mut Operation, index: usize, work: ChildWork) -> bool {
        let job = &mut operation.jobs[index];
        let Some(instance) = job.next.clone() else { return false };
        let nested =
            resources::effects(&instance).iter().any(|effect| matches!(effect, Effect::NestedStack { .. }));
        if nested {
            job.state = JobState::Running { stage: 1, due: NEVER };
            self.consequences.push(Consequence::Child { logical_id: job.logical_id.clone(), instance, work });
        }
        nested
    }

    fn finish_deploy(&mut self, operation: &mut Operation, index: usize) {
        if let Some(reason) = operation.jobs[index].verdict.take() {
            return self.fail(operation, index, &reason);
        }
        match self.hear(operation, index) {
            Heard::Enough => self.tell_answer(operation, index),
            Heard::Wait => return,
            Heard::Failed(reason) => {
                self.fail(operation, index, &reason);
                return self.adopt(operation, index);
            }
        }
        let id = operation.jobs[index].logical_id.clone();
        let existing = self.stack.instances.get(&id).cloned();
        let replaces = operation.jobs[index].replaces;
        if existing.is_some()
            && !replaces
            && let Some(reason) = self.struck(Moment::Update, &id, &operation.jobs[index].resource_type)
        {
            return self.fail(operation, index, &reason);
        }
        let Some(next) = operation.jobs[index].next.clone() else {
            operation.jobs[index].state = JobState::Done;
            return;
        };
        let next = match &existing {
            Some(old) if !replaces => merged(resources::update(old, &next.properties), &next),
            _ => next,
        };
        operation.jobs[index].next = Some(next.clone());
        operation.jobs[index].state = JobState::Done;
        let status = match existing {
            None => ResourceStatus::CreateComplete,
            Some(_) => ResourceStatus::UpdateComplete,
        };
        if let Some(old) = existing.filter(|_| replaces) {
            let kept = self.stack.traits.get(&id).and_then(|traits| traits.replace_policy.as_deref());
            let retained = kept == Some("Retain");
            operation.garbage.push(Garbage { instance: old, retained });
        }
        self.consequences.push(Consequence::Appeared(next.clone()));
        self.stack.instances.insert(id, next);
        self.report_job(operation, index, status, None);
    }

    /// A job that cannot even begin.
    fn refuse(&mut self, operation: &mut Operation, index: usize, reason: &str) {
        let status = match self.is_new(operation, index) {
            true => ResourceStatus::CreateInProgress,
            false => ResourceStatus::UpdateInProgress,
        };
        self.report_job(operation, index, status, None);
        self.fail(operation, index, reason);
    }

    /// Tells that a job failed, and draws the consequences for the others.
    pub(super) fn fail(&mut self, operation: &mut Operation, index: usize, reason: &str) {
        let status = match self.is_new(operation, index) {
            true if operation.imports.contains_key(&operation.jobs[index].logical_id) => {
                ResourceStatus::ImportFailed
            }
            true => ResourceStatus::CreateFailed,
            false => ResourceStatus::UpdateFailed,
        };
        self.report_job(operation, index, status, Some(reason));
        self.failed(operation, index);
    }

    /// Whether the resource of a job did not exist before the operation.
    pub(super) fn is_new(&self, operation: &Operation, index: usize) -> bool {
        !operation.before.contains_key(&operation.jobs[index].logical_id)
    }

    pub(super) fn report_job(
        &mut self,
        operation: &Operation,
        index: usize,
        status: ResourceStatus,
        reason: Option<&str>,
    ) {
        let job = &operation.jobs[index];
        let physical_id = job.next.as_ref().map(|next| next.physical_id.as_str());
        self.stack.report(
            self.now,
            &Report {
                logical_id: &job.logical_id,
                resource_type: &job.resource_type,
                physical_id: physical_id.filter(|id| !id.is_empty()),
                status,
                reason,
                properties: job.next.as_ref().map(Instance::told),
            },
        );
    }

    pub(super) fn provider_failure(&mut self, text: &str, code: &str) -> String {
        let token = self.stack.identifier("provider request");
        format!(
            "Resource handler returned message: \"{text}\" (RequestToken: {token}, HandlerErrorCode: {code})"
        )
    }
}

/// A resource that is about to be made.
pub(super) fn unborn(job: &Job, properties: Value) -> Instance {
    let (logical_id, resource_type) = (job.logical_id.clone(), job.resource_type.clone());
    wanted(job, properties, Instance { logical_id, resource_type, ..Instance::default() })
}

/// A resource with the properties that a job is to give it.
fn wanted(job: &Job, properties: Value, existing: Instance) -> Instance {
    Instance { properties, masked: job.masked.clone(), ..existing }
}

/// A child stack's outputs are known to the world, not to the resource's type.
fn merged(mut updated: Instance, told: &Instance) -> Instance {
    updated.masked.clone_from(&told.masked);
    if told.answered.is_some() {
        updated.attributes.clone_from(&told.attributes);
        updated.answered.clone_from(&told.answered);
    }
    for (name, value) in told.attributes.iter().filter(|(name, _)| name.starts_with("Outputs.")) {
        updated.attributes.insert(name.clone(), value.clone());
    }
    updated
}

pub(super) fn seconds(instance: &Instance, work: Work) -> i64 {
    let seconds = resources::duration_seconds(&instance.resource_type, &instance.properties, work);
    i64::try_from(seconds).unwrap_or(i64::MAX / 10_000).max(1)
}
