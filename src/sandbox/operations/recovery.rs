//! The ways out of failed operations: rollback, continued rollback, cancelled updates.

use super::super::awaited::Signal;
use super::super::operation::{JobState, Operation, Phase};
use super::super::refusal::Refusal;
use super::super::stack::{STACK_TYPE, Stack};
use super::super::status::{OperationType, StackStatus};
use super::Call;
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(super) fn rollback(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let name = call.stack_name()?;
    let token = call.input.text("ClientRequestToken").map(str::to_owned);
    let retain = call.input.flag("RetainExceptOnCreate")?.unwrap_or(false);
    let stack = call.stack_in_brackets(&name)?;
    if !stack.status.paused() {
        let (id, status) = (&stack.id, stack.status.text());
        return Err(Refusal::validation(format!(
            "Stack [{id}] is in {status} state and can not be rolled back."
        )));
    }
    let (id, now, mode) = (stack.id.clone(), call.now, call.mode()?);
    call.change(&id, |stack| {
        stack.express = mode.express();
        let fresh = stack.status == StackStatus::CreateFailed || stack.stable.is_none();
        let (phase, status) = match fresh {
            true => (Phase::Delete, StackStatus::RollbackInProgress),
            false => (Phase::Restore, StackStatus::UpdateRollbackInProgress),
        };
        let operation_id = resume_as(stack, OperationType::Rollback, phase, token, now);
        if let Some(operation) = &mut stack.operation {
            operation.retain_except_on_create = retain;
        }
        stack.turn(now, status, Some("User Initiated"));
        json!({"StackId": stack.id, "OperationId": operation_id})
    })
}

/// Takes up a paused operation again, as the way back.
fn resume_as(
    stack: &mut Stack,
    kind: OperationType,
    phase: Phase,
    token: Option<String>,
    now: i64,
) -> String {
    let id = stack.identifier("operation");
    let mut operation = match stack.paused.take() {
        Some(paused) => Operation { id: id.clone(), kind, ..paused },
        None => Operation::new(id.clone(), kind, phase, now),
    };
    operation.enter(phase, now);
    operation.token.clone_from(&token);
    operation.failure = None;
    stack.stamp = (token, Some(id.clone()));
    stack.last_operations.insert(0, (kind, id.clone()));
    stack.operation = Some(operation);
    id
}

pub(super) fn resume(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let name = call.stack_name()?;
    let token = call.input.text("ClientRequestToken").map(str::to_owned);
    let skipped = call.input.texts("ResourcesToSkip").unwrap_or_default();
    let forced = call.input.flag("ForceRollback")?.unwrap_or(false);
    if forced && !skipped.is_empty() {
        return Err(Refusal::validation("ForceRollback and ResourcesToSkip cannot be specified together."));
    }
    let stack = call.stack_in_brackets(&name)?;
    if stack.parent.is_some() {
        let text = format!("Stack:{} is a nested stack: continue the rollback of its root.", stack.id);
        return Err(Refusal::validation(text));
    }
    if stack.status != StackStatus::UpdateRollbackFailed {
        let (id, status) = (&stack.id, stack.status.text());
        return Err(Refusal::validation(format!(
            "Stack:{id} is in {status} state and can not continue rollback."
        )));
    }
    let skipped: BTreeSet<String> = match forced {
        true => call.failed_rollbacks(stack, 0),
        false => call.skippable(stack, &skipped)?,
    };
    let (id, now) = (stack.id.clone(), call.now);
    call.change(&id, |stack| {
        resume_rollback(stack, skipped, token, now);
        Value::Null
    })
}

/// Goes on with a rollback that failed; what is skipped counts as undone.
pub(in super::super) fn resume_rollback(
    stack: &mut Stack,
    skipped: BTreeSet<String>,
    token: Option<String>,
    now: i64,
) {
    resume_as(stack, OperationType::ContinueRollback, Phase::Restore, token, now);
    if let Some(operation) = &mut stack.operation {
        operation.retained = skipped;
    }
    stack.turn(now, StackStatus::UpdateRollbackInProgress, Some("User Initiated"));
}

/// Whether the rollback of a resource failed.
fn rollback_failed(stack: &Stack, id: &str) -> bool {
    let job = stack.paused.iter().flat_map(|paused| &paused.jobs).find(|job| job.logical_id == id);
    job.is_some_and(|job| job.state == JobState::Failed)
}

impl Call<'_> {
    /// Everything in a stack and its children whose rollback failed, but for the children themselves.
    fn failed_rollbacks(&self, stack: &Stack, depth: usize) -> BTreeSet<String> {
        let prefix = if depth == 0 { String::new() } else { format!("{}.", stack.name) };
        let mut found = BTreeSet::new();
        for (id, row) in stack.resources.iter().filter(|(id, _)| rollback_failed(stack, id)) {
            let child = row.physical_id.as_deref().and_then(|id| self.world.stack(&self.place, id));
            match child.filter(|_| row.resource_type == STACK_TYPE && depth < DEPTH) {
                Some(child) => found.extend(self.failed_rollbacks(child, depth + 1)),
                None => {
                    found.insert(format!("{prefix}{id}"));
                }
            }
        }
        found
    }

    /// Refuses to skip what is not there or did not fail; the words are not AWS's, which publishes none.
    fn skippable(&self, stack: &Stack, names: &[String]) -> Result<BTreeSet<String>, Refusal> {
        let failed = |name: &str| match name.split_once('.') {
            None => rollback_failed(stack, name),
            Some((child, id)) => {
                let child = self.world.stack(&self.place, child);
                child.is_some_and(|child| child.parent.is_some() && rollback_failed(child, id))
            }
        };
        let wrong: Vec<&str> = names.iter().map(String::as_str).filter(|name| !failed(name)).collect();
        if wrong.is_empty() {
            return Ok(names.iter().cloned().collect());
        }
        Err(Refusal::validation(format!(
            "The following resource(s) cannot be skipped because their rollback did not fail: [{}]",
            wrong.join(", ")
        )))
    }
}

/// Deeper than stacks are nested.
const DEPTH: usize = 20;

pub(super) fn cancel(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let name = call.stack_name()?;
    let stack = call.stack_in_brackets(&name)?;
    if stack.status != StackStatus::UpdateInProgress {
        return Err(Refusal::validation("CancelUpdateStack cannot be called from current stack status"));
    }
    let (id, now) = (stack.id.clone(), call.now);
    call.change(&id, |stack| {
        if let Some(mut operation) = stack.operation.take() {
            super::super::engine::abort(stack, &mut operation, now);
            stack.operation = Some(operation);
        }
        Value::Null
    })
}

pub(super) fn signal(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let name = call.stack_name()?;
    let id = call.input.required("LogicalResourceId")?.to_owned();
    let unique_id = call.input.required("UniqueId")?.to_owned();
    let success = call.input.required("Status")? == "SUCCESS";
    let stack = call.stack_in_brackets(&name)?;
    if !stack.status.busy() {
        let (id, status) = (&stack.id, stack.status.text());
        return Err(Refusal::validation(format!("Stack {id} is in {status} state and cannot be signaled")));
    }
    if !stack.resources.contains_key(&id) {
        return Err(Refusal::validation(format!("Resource {id} does not exist for stack {name}")));
    }
    let known = stack.signals.get(&id).into_iter().flatten().any(|signal| signal.unique_id == unique_id);
    if known && success {
        return Err(Refusal::validation(format!(
            "Signal with ID {unique_id} for resource {id} already exists. Signals may only be updated with a FAILURE \
             status."
        )));
    }
    let (stack_id, now) = (stack.id.clone(), call.now);
    let signal = Signal { unique_id, success, reason: String::new(), data: String::new() };
    call.change(&stack_id, |stack| {
        super::super::engine::signalled(stack, &id, signal, now);
        Value::Null
    })
}
