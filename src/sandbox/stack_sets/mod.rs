//! Moves the operations of stack sets: begins work in their places when it is its turn, reads off the stacks how it
//! went, and says how the operation ended.
//!
//! Requests only note what is wanted. Everything else happens here, when a set is due or a stack it waits for settles.

mod automatic;
mod pace;
mod work;

pub(super) use automatic::Whereabouts;
pub(super) use pace::ordered;

use super::agenda::Due;
use super::stack_set::{
    DetailedStatus, InstanceDrift, InstanceStatus, ResultStatus, SetAction, SetOperation, SetStatus,
    StackSet, Target,
};
use super::world::{Place, World};

/// How long an operation is prepared before the first stack is begun: an assumption.
const PREPARATION_MILLISECONDS: i64 = 1000;

/// Why a place was left out; the first text is AWS's, the second an assumption.
const TOLERANCE_EXCEEDED: &str = "Cancelled since failure tolerance has exceeded";
const STOPPED: &str = "Cancelled since the operation was stopped";

impl World {
    /// Keeps a changed stack set, and has its operations looked at soon.
    pub(super) fn put_set(&mut self, place: &Place, set: StackSet, now: i64) {
        let name = set.key();
        if !set.idle() {
            self.agenda.note(now + PREPARATION_MILLISECONDS, place, Due::StackSet(name.clone()));
        }
        self.store.set_changed(place, &name);
        self.region(place).stack_sets.insert(name, set);
    }

    /// Moves the set on that waits for a stack, if one does.
    pub(super) fn awaited_settled(&mut self, stack_id: &str, now: i64) {
        if let Some((place, name)) = self.awaited.remove(stack_id) {
            self.advance_set(&place, &name, now);
        }
    }

    /// Does all that can be done now for the operations of a set.
    pub(super) fn advance_set(&mut self, place: &Place, name: &str, now: i64) {
        let Some(mut set) = self.region(place).stack_sets.remove(name) else { return };
        self.moment = now;
        loop {
            for index in 0..set.operations.len() {
                // Taken out, so that set and operation can be changed side by side.
                let mut operation = set.operations[index].clone();
                if matches!(operation.status, SetStatus::Running | SetStatus::Stopping) {
                    self.advance_operation(&mut set, &mut operation, now);
                    set.operations[index] = operation;
                }
            }
            let held_back = self.held_back(&set);
            if !begin_queued(&mut set, held_back) {
                break;
            }
        }
        for operation in set.operations.iter().filter(|operation| operation.open()) {
            for target in operation.targets.iter().filter(|target| target.status == ResultStatus::Running) {
                if let Some(id) = &target.stack_id {
                    self.awaited.insert(id.clone(), (place.clone(), name.to_owned()));
                }
            }
        }
        self.store.set_changed(place, name);
        let done = Some(set.arn.clone()).filter(|_| set.idle());
        self.region(place).stack_sets.insert(name.to_owned(), set);
        if let Some(arn) = done {
            self.release_dependents(&arn, now);
        }
    }

    fn advance_operation(&mut self, set: &mut StackSet, operation: &mut SetOperation, now: i64) {
        for index in 0..operation.targets.len() {
            if operation.targets[index].status == ResultStatus::Running {
                work::settle(self, operation, index);
                note(set, operation, index, now);
            }
        }
        loop {
            let next = pace::next(operation);
            for index in &next.cancel {
                let stopped = operation.status == SetStatus::Stopping;
                let reason = if stopped { STOPPED } else { TOLERANCE_EXCEEDED };
                operation.targets[*index].status = ResultStatus::Cancelled;
                operation.targets[*index].reason = Some(reason.to_owned());
                note(set, operation, *index, now);
            }
            for index in &next.start {
                work::start(self, set, operation, *index, now);
                note(set, operation, *index, now);
            }
            if next.start.is_empty() && next.cancel.is_empty() {
                break;
            }
        }
        if let Some(status) = pace::outcome(operation) {
            operation.status = status;
            operation.ended_at = Some(now);
        }
    }

    /// Has every set looked at that was at work when the state was written down.
    pub(super) fn resume_sets(&mut self) {
        let now = self.clock.now();
        let open: Vec<(Place, String)> = self
            .regions
            .iter()
            .flat_map(|(place, region)| region.stack_sets.iter().map(move |(name, set)| (place, name, set)))
            .filter(|(_, _, set)| !set.idle())
            .map(|(place, name, _)| (place.clone(), name.clone()))
            .collect();
        for (place, name) in open {
            self.agenda.note(now, &place, Due::StackSet(name));
        }
    }
}

/// Begins an operation that has waited for its turn, in the order in which they were asked for; what is automatic is
/// held back while another set comes first.
fn begin_queued(set: &mut StackSet, held_back: bool) -> bool {
    for index in 0..set.operations.len() {
        if set.operations[index].status != SetStatus::Queued {
            continue;
        }
        let (earlier, later) = set.operations.split_at_mut(index);
        let Some(queued) = later.first_mut() else { return false };
        let held = held_back && queued.automatic;
        if held || earlier.iter().any(|other| other.open() && other.conflicts(queued)) {
            return false;
        }
        queued.status = SetStatus::Running;
        return true;
    }
    false
}

/// Writes down at an instance how the operation on it stands.
fn note(set: &mut StackSet, operation: &SetOperation, index: usize, now: i64) {
    let target = &operation.targets[index];
    let gone = operation.action == SetAction::Delete && target.status == ResultStatus::Succeeded;
    if gone {
        set.instances.retain(|one| !target.is_of(one));
        return;
    }
    let Some(instance) = set.instances.iter_mut().find(|one| target.is_of(one)) else { return };
    instance.operation.clone_from(&operation.id);
    if target.stack_id.is_some() {
        instance.stack_id.clone_from(&target.stack_id);
    }
    if operation.action == SetAction::DetectDrift {
        if target.status == ResultStatus::Succeeded {
            instance.drift = Some(InstanceDrift { drifted: target.drifted, at: now });
        }
        return;
    }
    instance.reason.clone_from(&target.reason);
    instance.detail = detail(operation, target);
    instance.status = match (target.status, operation.action) {
        (ResultStatus::Succeeded, _) if !target.skipped => InstanceStatus::Current,
        (ResultStatus::Failed, SetAction::Delete) => InstanceStatus::Inoperable,
        (_, SetAction::Delete) => instance.status,
        _ => InstanceStatus::Outdated,
    };
}

fn detail(operation: &SetOperation, target: &Target) -> DetailedStatus {
    match target.status {
        ResultStatus::Pending => DetailedStatus::Pending,
        ResultStatus::Running => DetailedStatus::Running,
        ResultStatus::Succeeded if target.skipped => DetailedStatus::Skipped,
        ResultStatus::Succeeded => DetailedStatus::Succeeded,
        ResultStatus::Failed if operation.action == SetAction::Delete => DetailedStatus::Inoperable,
        ResultStatus::Failed if operation.import => DetailedStatus::FailedImport,
        ResultStatus::Failed => DetailedStatus::Failed,
        ResultStatus::Cancelled => DetailedStatus::Cancelled,
    }
}
