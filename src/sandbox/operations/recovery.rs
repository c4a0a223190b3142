//! The ways out of failed operations: rollback, continued rollback, cancelled updates.

use super::super::operation::{Operation, Phase};
use super::super::refusal::Refusal;
use super::super::status::{OperationType, StackStatus};
use super::Call;
use serde_json::{Value, json};

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
        stack.express = mode.express;
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
    stack: &mut super::super::stack::Stack,
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
    let stack = call.stack_in_brackets(&name)?;
    if stack.status != StackStatus::UpdateRollbackFailed {
        let (id, status) = (&stack.id, stack.status.text());
        return Err(Refusal::validation(format!(
            "Stack:{id} is in {status} state and can not continue rollback."
        )));
    }
    let (id, now) = (stack.id.clone(), call.now);
    call.change(&id, |stack| {
        resume_as(stack, OperationType::ContinueRollback, Phase::Restore, token, now);
        if let Some(operation) = &mut stack.operation {
            operation.retained = skipped.into_iter().collect();
        }
        stack.turn(now, StackStatus::UpdateRollbackInProgress, Some("User Initiated"));
        Value::Null
    })
}

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
    call.stack_in_brackets(&name)?;
    Ok(Value::Null)
}
