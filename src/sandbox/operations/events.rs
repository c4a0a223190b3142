//! DescribeStackEvents and DescribeEvents: what happened, the newest first.

use super::super::change_set::ChangeSet;
use super::super::clock::timestamp;
use super::super::engine::EarlyFinding;
use super::super::identifiers;
use super::super::refusal::Refusal;
use super::super::stack::{Event, Stack};
use super::{Call, page};
use serde_json::{Value, json};

pub(super) fn describe(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let name = call.input.required("StackName")?;
    let stack = call.stack_in_brackets(name)?;
    let events: Vec<&Event> = stack.events.iter().rev().collect();
    let (events, next) = page::newest_first(events, call.input.text("NextToken"), page::ENTRIES)?;
    let events: Vec<Value> = events.into_iter().map(|event| shown(stack, event)).collect();
    Ok(json!({"StackEvents": events, "NextToken": next}))
}

fn shown(stack: &Stack, event: &Event) -> Value {
    json!({
        "StackId": stack.id,
        "EventId": event.id,
        "StackName": stack.name,
        "LogicalResourceId": event.logical_id,
        "PhysicalResourceId": event.physical_id,
        "ResourceType": event.resource_type,
        "Timestamp": timestamp(event.at),
        "ResourceStatus": event.status,
        "ResourceStatusReason": event.reason,
        "ResourceProperties": event.properties,
        "ClientRequestToken": event.token,
    })
}

pub(super) fn of_operation(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let operation = call.input.text("OperationId");
    let failed_only = match call.input.structure("Filters") {
        Some(filters) => filters.flag("FailedEvents")?.unwrap_or(false),
        None => false,
    };
    if let Some(name) = call.input.text("ChangeSetName") {
        let (stack, change_set) = call.change_set(call.input.text("StackName"), name)?;
        let events: Vec<Value> =
            change_set.findings.iter().map(|finding| validation(stack, change_set, finding)).collect();
        let (events, next) = page::of(events, call.input.text("NextToken"), page::ENTRIES)?;
        return Ok(json!({"OperationEvents": events, "NextToken": next}));
    }
    let stack = match (call.input.text("StackName"), operation) {
        (Some(name), _) => Some(call.stack_in_brackets(name)?),
        (None, Some(operation)) => call.world.regions.get(&call.place).and_then(|region| {
            let last = |stack: &&Stack| stack.last_operations.iter().any(|(_, id)| id == operation);
            let of = |event: &Event| event.operation_id.as_deref() == Some(operation);
            let ever = |stack: &&Stack| stack.events.peek().iter().any(of);
            region.stacks.values().find(last).or_else(|| region.stacks.values().find(ever))
        }),
        (None, None) => {
            let text = "At least one of StackName, ChangeSetName or OperationId must be specified.";
            return Err(Refusal::validation(text));
        }
    };
    let wanted = |event: &&Event| {
        operation.is_none_or(|operation| event.operation_id.as_deref() == Some(operation))
            && (!failed_only || event.status.ends_with("_FAILED"))
    };
    let events: Vec<Value> = stack
        .into_iter()
        .flat_map(|stack| stack.events.iter().rev().filter(wanted).map(move |event| timeline(stack, event)))
        .collect();
    let (events, next) = page::newest_first(events, call.input.text("NextToken"), page::ENTRIES)?;
    Ok(json!({"OperationEvents": events, "NextToken": next}))
}

fn validation(stack: &Stack, change_set: &ChangeSet, finding: &EarlyFinding) -> Value {
    let id =
        identifiers::uuid(stack.seed, &[&change_set.id, &finding.validation, &finding.path, &finding.reason]);
    let physical = stack.resources.get(&finding.logical_id).and_then(|row| row.physical_id.clone());
    json!({
        "EventId": id,
        "StackId": stack.id,
        "OperationId": identifiers::uuid(stack.seed, &[&change_set.id, "operation"]),
        "OperationType": "CREATE_CHANGESET",
        "OperationStatus": "FAILED",
        "EventType": "VALIDATION_ERROR",
        "LogicalResourceId": finding.logical_id,
        "PhysicalResourceId": physical.unwrap_or_default(),
        "ResourceType": finding.resource_type,
        "Timestamp": timestamp(change_set.created_at),
        "ValidationFailureMode": "FAIL",
        "ValidationName": finding.validation,
        "ValidationStatus": "FAILED",
        "ValidationStatusReason": finding.reason,
        "ValidationPath": finding.path,
    })
}

fn timeline(stack: &Stack, event: &Event) -> Value {
    let whole = event.physical_id == stack.id;
    let kind = stack.last_operations.iter().find(|(_, id)| Some(id) == event.operation_id.as_ref());
    let status = match event.status.as_str() {
        status if status.ends_with("_FAILED") => "FAILED",
        status if status.ends_with("_COMPLETE") || status.ends_with("_SKIPPED") => "SUCCEEDED",
        _ => "IN_PROGRESS",
    };
    let failed = status == "FAILED" && !whole;
    json!({
        "EventId": event.id,
        "StackId": stack.id,
        "OperationId": event.operation_id,
        "OperationType": kind.map(|(kind, _)| kind.text()),
        "OperationStatus": whole.then_some(status),
        "EventType": if failed { "PROVISIONING_ERROR" } else if whole { "STACK_EVENT" } else { "PROGRESS_EVENT" },
        "LogicalResourceId": event.logical_id,
        "PhysicalResourceId": event.physical_id,
        "ResourceType": event.resource_type,
        "Timestamp": timestamp(event.at),
        "ResourceStatus": event.status,
        "ResourceStatusReason": event.reason,
        "ResourceProperties": event.properties,
        "ClientRequestToken": event.token,
    })
}
