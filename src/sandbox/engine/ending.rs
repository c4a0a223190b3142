//! The end of each phase: what the stack is now, and which phase follows.

use super::super::operation::{JobState, OnFailure, Operation, Phase};
use super::super::resources::{Instance, Instances};
use super::super::stack::{Stack, StackOutput, Wish};
use super::super::status::{OperationType, StackStatus};
use super::Step;

impl Step<'_> {
    /// Ends a phase; false when the operation has ended with it.
    pub(super) fn close(&mut self, operation: &mut Operation) -> bool {
        match operation.phase {
            Phase::Deploy => self.close_deploy(operation),
            Phase::Cleanup => self.settle(operation, StackStatus::UpdateComplete),
            Phase::RestoreCleanup => self.settle(operation, StackStatus::UpdateRollbackComplete),
            Phase::Restore => self.close_restore(operation),
            Phase::Delete => self.close_delete(operation),
        }
    }

    fn close_deploy(&mut self, operation: &mut Operation) -> bool {
        let failure = match (&operation.failure, failures(operation)) {
            (Some(message), _) => Some(format!("{message}. ")),
            (None, Some(message)) => Some(message),
            (None, None) => self.conclude().err().map(|message| format!("{message}. ")),
        };
        let creating = operation.kind == OperationType::CreateStack;
        match failure {
            None if creating => self.settle(operation, StackStatus::CreateComplete),
            None if operation.importing => self.settle(operation, StackStatus::ImportComplete),
            None => {
                self.stack.turn(self.now, StackStatus::UpdateCompleteCleanupInProgress, None);
                operation.enter(Phase::Cleanup, self.now);
                true
            }
            Some(reason) if creating => self.give_up_creation(operation, &reason),
            Some(reason) => self.give_up_update(operation, &reason),
        }
    }

    fn give_up_creation(&mut self, operation: &mut Operation, reason: &str) -> bool {
        self.finish_change_set(operation, false);
        let (status, reason) = match operation.on_failure {
            OnFailure::Keep => {
                self.stack.paused = Some(operation.clone());
                self.stack.turn(self.now, StackStatus::CreateFailed, Some(reason));
                return false;
            }
            OnFailure::Rollback => {
                (StackStatus::RollbackInProgress, format!("{reason}Rollback requested by user."))
            }
            OnFailure::Delete => {
                (StackStatus::DeleteInProgress, format!("{reason}Delete requested by user."))
            }
        };
        self.stack.deleted_at = Some(self.now);
        self.stack.change_set_id = None;
        self.stack.turn(self.now, status, Some(&reason));
        operation.enter(Phase::Delete, self.now);
        true
    }

    fn give_up_update(&mut self, operation: &mut Operation, reason: &str) -> bool {
        self.finish_change_set(operation, false);
        if operation.importing {
            self.stack.turn(self.now, StackStatus::ImportRollbackInProgress, Some(reason));
            operation.enter(Phase::Restore, self.now);
            return true;
        }
        if operation.on_failure == OnFailure::Keep {
            self.stack.paused = Some(operation.clone());
            self.stack.turn(self.now, StackStatus::UpdateFailed, Some(reason));
            return false;
        }
        let id = self.stack.identifier("rollback");
        self.stack.last_operations.insert(0, (OperationType::Rollback, id.clone()));
        self.stack.stamp.1 = Some(id);
        self.stack.turn(self.now, StackStatus::UpdateRollbackInProgress, Some(reason));
        operation.enter(Phase::Restore, self.now);
        true
    }

    fn close_restore(&mut self, operation: &mut Operation) -> bool {
        if operation.importing {
            return self.close_import_restore(operation);
        }
        let failed = named(operation, JobState::Failed);
        if !failed.is_empty() {
            let reason = format!("The following resource(s) failed to update: [{}]. ", failed.join(", "));
            self.stack.paused = Some(operation.clone());
            self.stack.turn(self.now, StackStatus::UpdateRollbackFailed, Some(&reason));
            return false;
        }
        let mut traits = std::mem::take(&mut operation.before_traits);
        traits.retain(|id, _| operation.before.contains_key(id));
        self.stack.traits.extend(traits);
        // A stack that was never whole has nothing to go back to but what it has.
        self.stack.wish = Option::clone(&self.stack.stable).or(self.stack.wish.take());
        self.stack.desired = None;
        if let Some(wish) = self.stack.wish.clone() {
            self.stack.description = description(&wish);
        }
        if let Ok(desired) = self.desired() {
            self.stack.imports = desired.imports(self.outlook);
        }
        self.stack.turn(self.now, StackStatus::UpdateRollbackCompleteCleanupInProgress, None);
        operation.enter(Phase::RestoreCleanup, self.now);
        true
    }

    fn close_delete(&mut self, operation: &mut Operation) -> bool {
        let failed: Vec<&str> = named(operation, JobState::Failed);
        let rollback = self.stack.status == StackStatus::RollbackInProgress;
        if !failed.is_empty() {
            let reason = format!("The following resource(s) failed to delete: [{}]. ", failed.join(", "));
            let status = if rollback { StackStatus::RollbackFailed } else { StackStatus::DeleteFailed };
            self.stack.turn(self.now, status, Some(&reason));
            return false;
        }
        self.stack.imports.clear();
        if rollback {
            self.stack.outputs.clear();
            self.stack.turn(self.now, StackStatus::RollbackComplete, None);
            return false;
        }
        // The outputs are still told of a deleted stack, but nobody can import them.
        self.stack.deleted_at.get_or_insert(operation.started_at);
        self.stack.turn(self.now, StackStatus::DeleteComplete, None);
        false
    }

    /// The operation has reached what it was for, or has come back from it.
    fn settle(&mut self, operation: &mut Operation, status: StackStatus) -> bool {
        let good = matches!(
            status,
            StackStatus::CreateComplete | StackStatus::UpdateComplete | StackStatus::ImportComplete
        );
        if good {
            self.stack.stable = self.stack.wish.clone().into();
            self.stack.policy = operation.lasting_policy.take().or(self.stack.policy.take());
            if let Some(id) = self.stack.change_set_id.clone() {
                mark(self.stack, &id, true);
            }
        }
        self.stack.paused = None;
        let left = matches!(operation.phase, Phase::Cleanup | Phase::RestoreCleanup)
            && operation.jobs.iter().any(|job| job.state == JobState::Failed);
        let reason = left.then_some(match operation.phase {
            Phase::Cleanup => "Update successful. One or more resources could not be deleted.",
            _ => "Rollback successful. One or more resources could not be deleted.",
        });
        self.stack.turn(self.now, status, reason);
        false
    }

    fn finish_change_set(&mut self, operation: &Operation, success: bool) {
        if let Some(id) = &operation.change_set_id {
            mark(self.stack, id, success);
        }
    }

    /// Evaluates the outputs and holds the exports against those of other stacks.
    fn conclude(&mut self) -> Result<(), String> {
        let desired = self.desired()?;
        let outputs = match masked(&self.stack.instances) {
            Some(masked) => desired.outputs(&masked, self.outlook),
            None => desired.outputs(&*self.stack.instances, self.outlook),
        };
        let outputs = outputs.map_err(|refusal| refusal.message)?;
        let outputs: Vec<StackOutput> = outputs.into_iter().map(StackOutput::from).collect();
        for old in &self.stack.outputs {
            let Some(name) = &old.export else { continue };
            let kept = outputs.iter().find(|output| output.export.as_ref() == Some(name));
            let user = self.outlook.importers(name).into_iter().next();
            match (kept, user) {
                (Some(new), Some(user)) if new.value != old.value => {
                    return Err(format!("Export {name} cannot be updated as it is in use by {user}"));
                }
                (None, Some(user)) => {
                    return Err(format!("Export {name} cannot be deleted as it is in use by {user}"));
                }
                _ => {}
            }
        }
        for name in outputs.iter().filter_map(|output| output.export.as_ref()) {
            if let Some(owner) = self.outlook.exporter(name) {
                return Err(format!("Export with name {name} is already exported by stack {owner}"));
            }
        }
        self.stack.outputs = outputs;
        Ok(())
    }
}

/// The resources with the data of custom resources that nobody may see shown as asterisks; nothing when there are none.
fn masked(instances: &Instances) -> Option<Instances> {
    let secret = |one: &Instance| one.answered.as_ref().is_some_and(|answered| answered.no_echo);
    if !instances.values().any(secret) {
        return None;
    }
    let mut masked = instances.clone();
    for one in masked.values_mut().filter(|one| secret(one)) {
        one.attributes.values_mut().for_each(|value| *value = "*****".into());
    }
    Some(masked)
}

/// Notes how the execution of a change set ended.
fn mark(stack: &mut Stack, id: &str, success: bool) {
    use super::super::status::ExecutionStatus;
    let Some(change_set) = stack.change_sets.iter_mut().find(|change_set| change_set.id == id) else {
        return;
    };
    if change_set.execution == ExecutionStatus::ExecuteInProgress {
        change_set.execution =
            if success { ExecutionStatus::ExecuteComplete } else { ExecutionStatus::ExecuteFailed };
    }
}

/// The description in a wish's template.
pub(in super::super) fn description(wish: &Wish) -> Option<String> {
    let template = super::super::language::Template::read(&wish.template).ok()?;
    template.description().map(str::to_owned)
}

/// The jobs in a state, by logical id.
pub(super) fn named(operation: &Operation, state: JobState) -> Vec<&str> {
    operation.jobs.iter().filter(|job| job.state == state).map(|job| job.logical_id.as_str()).collect()
}

/// What a stack says when resources failed: those that were to be created, then those that were to be updated.
fn failures(operation: &Operation) -> Option<String> {
    let mut failed: Vec<&str> = named(operation, JobState::Failed);
    let cancelled =
        operation.jobs.iter().filter(|job| job.state == JobState::Cancelled && job.next.is_some());
    failed.extend(cancelled.map(|job| job.logical_id.as_str()));
    let (updated, created): (Vec<&str>, Vec<&str>) =
        failed.iter().partition(|id| operation.before.contains_key(**id));
    let part = |verb: &str, ids: &[&str]| match ids.is_empty() {
        true => String::new(),
        false => format!("The following resource(s) failed to {verb}: [{}]. ", ids.join(", ")),
    };
    let (imported, created): (Vec<&str>, Vec<&str>) =
        created.into_iter().partition(|id| operation.imports.contains_key(*id));
    let text = part("import", &imported) + &part("create", &created) + &part("update", &updated);
    (!text.is_empty()).then_some(text)
}
