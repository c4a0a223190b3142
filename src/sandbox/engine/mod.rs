//! Moves stacks through their operations: a stack and a time in, events and consequences out.
//!
//! Pure: everything outside the stack is asked of the outlook, and what must happen outside is returned as
//! consequences. When a step is due is said by [`next_due`]; the world keeps the agenda.

mod adoption;
mod answer;
mod deploy;
mod detection;
mod early;
mod ending;
mod fault;
mod hidden;
mod import;
mod removal;
mod restore;
mod review;

pub(super) use answer::signalled;
pub(super) use detection::{checkable, finding};
pub(super) use early::EarlyFinding;
pub(super) use ending::description;
pub(super) use review::{NO_CHANGES, NO_UPDATES, approve, changes_of, difference_of, refuse, same_settings};

use super::change_set::ChangeSet;
use super::language::Desired;
use super::operation::{JobState, OnFailure, Operation, Phase, Stage};
use super::outlook::Outlook;
use super::resources::Instance;
use super::stack::{Report, Stack, Wish};
use super::status::{ResourceStatus, StackStatus};
use std::sync::Arc;

/// What happens outside the stack because of a step.
#[derive(Debug, Clone)]
pub(super) enum Consequence {
    /// A resource exists, or exists with other properties.
    Appeared(Instance),
    /// A resource is gone.
    Vanished(Instance),
    /// A resource lives on without the stack.
    Released(Instance),
    /// A resource is in fact like this, whatever its stack says.
    Differs(Instance),
    /// The change set of this id asks for change sets of the stacks inside its stack.
    Drafts(String),
    /// A change set of a stack inside a stack is decided.
    Decided(String),
    /// A change set is gone, and with it those of the stacks inside its stack.
    Discarded(Box<ChangeSet>),
    /// A resource that existed is the stack's from now on.
    Adopted(Instance),
    /// A resource asks for a stack of its own to be created, changed or deleted.
    Child {
        /// The name of the resource in the parent's template.
        logical_id: String,
        /// The resource as it will be.
        instance: Instance,
        /// What is done with the child.
        work: ChildWork,
    },
}

/// What a parent does with a child stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChildWork {
    /// It is created.
    Create,
    /// It is updated.
    Update,
    /// It is deleted.
    Delete,
}

/// Far beyond every due time: such a job is woken by somebody else.
pub(super) const NEVER: i64 = i64::MAX;

/// One step of a stack: what is due at one moment.
pub(super) struct Step<'a> {
    pub(super) stack: &'a mut Stack,
    pub(super) outlook: &'a Outlook<'a>,
    pub(super) now: i64,
    pub(super) consequences: Vec<Consequence>,
}

/// When something happens next to a stack, if no request comes.
pub(super) fn next_due(stack: &Stack) -> Option<i64> {
    let operation = stack.operation.as_ref().and_then(Operation::next_due);
    let deadline = stack.operation.as_ref().and_then(|operation| deadline(stack, operation));
    let change_sets = stack.change_sets.iter().filter_map(|change_set| change_set.due);
    let detections = stack.drift.detections.values().filter_map(|detection| detection.due);
    change_sets.chain(operation).chain(deadline).chain(detections).filter(|due| *due != NEVER).min()
}

/// When a creation that works is given up.
fn deadline(stack: &Stack, operation: &Operation) -> Option<i64> {
    let creating = operation.kind == super::status::OperationType::CreateStack
        && operation.phase == Phase::Deploy
        && operation.stage == Stage::Working;
    let minutes = stack.timeout_minutes.filter(|_| creating)?;
    Some(operation.started_at.saturating_add(minutes.saturating_mul(60_000)))
}

/// Reads a wish: transforms carried out, conditions decided.
pub(super) fn read(stack: &Stack, wish: &Wish, outlook: &Outlook<'_>) -> Result<Desired, String> {
    let template = super::language::Template::read(&wish.template).map_err(|refusal| refusal.message)?;
    let identity = stack.identity(wish);
    Desired::new(&template, wish.parameters.clone(), identity, wish.tags.clone(), outlook)
        .map_err(|refusal| refusal.message)
}

impl Step<'_> {
    /// Carries out everything that is due.
    pub(super) fn run(&mut self) {
        self.review();
        self.detect();
        let Some(mut operation) = self.stack.operation.take() else { return };
        let going = self.proceed(&mut operation);
        if going {
            self.stack.operation = Some(operation);
        } else {
            self.stack.desired = None;
        }
    }

    /// Moves an operation on; false when it has ended.
    fn proceed(&mut self, operation: &mut Operation) -> bool {
        if operation.stage == Stage::Opening && operation.due <= self.now {
            self.open(operation);
            operation.stage = Stage::Working;
        }
        if operation.stage == Stage::Working {
            self.work(operation);
            self.give_up_in_time(operation);
        }
        if operation.stage == Stage::Closing && operation.due <= self.now {
            return self.close(operation);
        }
        true
    }

    /// A creation may take so long and no longer.
    fn give_up_in_time(&mut self, operation: &mut Operation) {
        let late = deadline(self.stack, operation).is_some_and(|deadline| deadline <= self.now);
        if late && operation.stage == Stage::Working {
            stop(self.stack, operation, self.now);
            operation.failure = Some("Stack creation time exceeded the specified timeout".to_owned());
            operation.stage = Stage::Closing;
            operation.due = self.now + 1000;
        }
    }

    fn open(&mut self, operation: &mut Operation) {
        match operation.phase {
            Phase::Deploy => self.open_deploy(operation),
            Phase::Cleanup | Phase::RestoreCleanup => self.open_cleanup(operation),
            Phase::Delete => self.open_delete(operation),
            Phase::Restore => self.open_restore(operation),
        }
    }

    fn work(&mut self, operation: &mut Operation) {
        for index in 0..operation.jobs.len() {
            match operation.jobs[index].state {
                JobState::Running { stage, due } if due <= self.now => {
                    self.continue_job(operation, index, stage)
                }
                _ => {}
            }
        }
        // Finishing one job may free the next, and one that has nothing to do finishes as it starts.
        while let Some(index) = ready(operation).or_else(|| stuck(operation)) {
            self.start_job(operation, index);
        }
        if operation.jobs.iter().all(super::operation::Job::settled) {
            operation.stage = Stage::Closing;
            operation.due = self.now + 1000 + self.monitoring(operation);
        }
    }

    /// How many milliseconds a deployment that went well is watched before it counts as done.
    ///
    /// With alarms every deployment is, without them only updates, which keep what they replaced for so long.
    fn monitoring(&self, operation: &Operation) -> i64 {
        let well =
            operation.failure.is_none() && operation.jobs.iter().all(|job| job.state == JobState::Done);
        let configuration = self.stack.wish.as_ref().and_then(|wish| wish.rollback_configuration.as_ref());
        let Some(configuration) = configuration.filter(|_| well && operation.phase == Phase::Deploy) else {
            return 0;
        };
        let alarms = configuration.triggers.as_ref().is_some_and(|triggers| !triggers.is_empty());
        let watched = alarms || operation.kind == super::status::OperationType::UpdateStack;
        let minutes = configuration.monitoring_minutes.filter(|_| watched).unwrap_or(0);
        minutes.clamp(0, 180) * 60_000
    }

    fn start_job(&mut self, operation: &mut Operation, index: usize) {
        match operation.phase {
            Phase::Deploy => self.start_deploy(operation, index),
            Phase::Cleanup | Phase::RestoreCleanup | Phase::Delete => self.start_removal(operation, index),
            Phase::Restore => self.start_restore(operation, index),
        }
    }

    fn continue_job(&mut self, operation: &mut Operation, index: usize, stage: u8) {
        match operation.phase {
            Phase::Deploy => self.continue_deploy(operation, index, stage),
            Phase::Cleanup | Phase::RestoreCleanup | Phase::Delete => self.finish_removal(operation, index),
            Phase::Restore => self.finish_restore(operation, index),
        }
    }

    /// The wish as it was read; reading it anew after a restart.
    fn desired(&mut self) -> Result<Arc<Desired>, String> {
        if let Some(desired) = &self.stack.desired {
            return Ok(desired.clone());
        }
        let wish = self.stack.wish.clone().unwrap_or_default();
        let desired = Arc::new(read(self.stack, &wish, self.outlook)?);
        self.stack.desired = Some(desired.clone());
        Ok(desired)
    }

    /// Notes a failure: everything is stopped, or only what depends on it.
    fn failed(&mut self, operation: &mut Operation, index: usize) {
        operation.jobs[index].state = JobState::Failed;
        if operation.on_failure != OnFailure::Keep {
            stop(self.stack, operation, self.now);
            return;
        }
        cancel_dependants(operation);
    }
}

/// Cancels whatever waits for something that will never be done.
fn cancel_dependants(operation: &mut Operation) {
    while let Some(next) = operation.jobs.iter().position(|job| {
        job.state == JobState::Waiting
            && operation.jobs.iter().any(|other| {
                matches!(other.state, JobState::Failed | JobState::Cancelled)
                    && job.waits_for.contains(&other.logical_id)
            })
    }) {
        operation.jobs[next].state = JobState::Cancelled;
    }
}

/// The first job that waits for nothing any more.
fn ready(operation: &Operation) -> Option<usize> {
    let pending: std::collections::BTreeSet<&str> = operation
        .jobs
        .iter()
        .filter(|job| job.state != JobState::Done)
        .map(|job| job.logical_id.as_str())
        .collect();
    operation.jobs.iter().position(|job| {
        job.state == JobState::Waiting
            && job.waits_for.iter().all(|id| *id == job.logical_id || !pending.contains(id.as_str()))
    })
}

/// A job to begin with when all wait for one another: what is left of several templates may form a circle.
fn stuck(operation: &Operation) -> Option<usize> {
    let running = operation.jobs.iter().any(|job| matches!(job.state, JobState::Running { .. }));
    let waiting = || operation.jobs.iter().position(|job| job.state == JobState::Waiting);
    if running { None } else { waiting() }
}

/// Gives an update up because its user says so: what runs is stopped, what was done is undone.
pub(super) fn abort(stack: &mut Stack, operation: &mut Operation, now: i64) {
    operation.on_failure = OnFailure::Rollback;
    stop(stack, operation, now);
    stack.turn(now, StackStatus::UpdateRollbackInProgress, Some("User Initiated"));
    operation.enter(Phase::Restore, now);
}

/// Stops what runs and waits, because everything is to be undone.
fn stop(stack: &mut Stack, operation: &mut Operation, now: i64) {
    for job in &mut operation.jobs {
        if job.settled() {
            continue;
        }
        let begun = matches!(job.state, JobState::Running { .. });
        job.state = JobState::Cancelled;
        let Some(next) = job.next.as_ref().filter(|_| begun) else { continue };
        let (status, reason) = match operation.before.contains_key(&job.logical_id) {
            false => (ResourceStatus::CreateFailed, "Resource creation cancelled"),
            true => (ResourceStatus::UpdateFailed, "Resource update cancelled"),
        };
        stack.report(
            now,
            &Report {
                logical_id: &job.logical_id,
                resource_type: &job.resource_type,
                physical_id: Some(next.physical_id.as_str()).filter(|id| !id.is_empty()),
                status,
                reason: Some(reason),
                properties: Some(next.told()),
            },
        );
        // What was begun exists, and goes with the rest.
        if !next.physical_id.is_empty() && !stack.instances.contains_key(&job.logical_id) {
            stack.instances.insert(job.logical_id.clone(), next.clone());
        }
    }
}
