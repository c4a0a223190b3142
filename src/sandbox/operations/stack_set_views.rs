//! What instances and operations of stack sets look like from outside.

use super::super::clock::timestamp;
use super::super::refusal::Refusal;
use super::super::stack_set::{SetOperation, SetStatus, StackInstance, StackSet};
use super::{Call, page};
use serde_json::{Value, json};

pub(super) fn operation(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let set = call.set()?;
    let operation = operation_of(call, set)?;
    let mut shown = summary(call, operation);
    shown["StackSetId"] = set.id.clone().into();
    shown["AdministrationRoleARN"] = set.administration_role.clone().into();
    shown["ExecutionRoleName"] = set.execution_role.clone().into();
    shown["RetainStacks"] = operation.retain.into();
    Ok(json!({"StackSetOperation": shown}))
}

pub(super) fn operations(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let all = call.set()?.operations.iter().rev().map(|operation| summary(call, operation)).collect();
    let (all, next) = page::of(all, call.input.text("NextToken"), call.page_size()?)?;
    Ok(json!({"Summaries": all, "NextToken": next}))
}

pub(super) fn results(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let operation = operation_of(call, call.set()?)?;
    let shown = |target| {
        let target: &super::super::stack_set::Target = target;
        json!({
            "Account": target.account,
            "Region": target.region,
            "Status": call.result(operation, target).text(),
            "StatusReason": target.refused,
            "AccountGateResult": {"Status": "SKIPPED"},
        })
    };
    let all = operation.targets.iter().map(shown).collect();
    let (all, next) = page::of(all, call.input.text("NextToken"), call.page_size()?)?;
    Ok(json!({"Summaries": all, "NextToken": next}))
}

pub(super) fn instance(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let set = call.set()?;
    let account = call.input.required("StackInstanceAccount")?;
    let region = call.input.required("StackInstanceRegion")?;
    let there = |one: &StackInstance| one.target.account == account && one.target.region == region;
    let found = call.standing(set).into_iter().find(there).ok_or_else(|| {
        let text = format!("Stack instance for account {account} and region {region} not found");
        Refusal::new(404, "StackInstanceNotFoundException", text)
    })?;
    let mut shown = instance_of(call, set, &found);
    let overrides = found.overrides.iter();
    shown["ParameterOverrides"] =
        overrides.map(|(name, value)| json!({"ParameterKey": name, "ParameterValue": value})).collect();
    Ok(json!({"StackInstance": shown}))
}

pub(super) fn instances(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let set = call.set()?;
    let (account, region) = (call.input.text("StackInstanceAccount"), call.input.text("StackInstanceRegion"));
    let wanted = |one: &&StackInstance| {
        account.is_none_or(|account| account == one.target.account)
            && region.is_none_or(|region| region == one.target.region)
    };
    let all = call.standing(set);
    let all = all.iter().filter(wanted).map(|one| instance_of(call, set, one)).collect();
    let (all, next) = page::of(all, call.input.text("NextToken"), call.page_size()?)?;
    Ok(json!({"Summaries": all, "NextToken": next}))
}

fn operation_of<'a>(call: &Call<'_>, set: &'a StackSet) -> Result<&'a SetOperation, Refusal> {
    let id = call.input.required("OperationId")?;
    let missing = || Refusal::new(404, "OperationNotFoundException", format!("Operation {id} not found"));
    set.operations.iter().find(|operation| operation.id == id).ok_or_else(missing)
}

fn summary(call: &Call<'_>, operation: &SetOperation) -> Value {
    let status = call.outcome(operation);
    let results = operation.targets.iter().map(|target| call.result(operation, target));
    let failed = results.filter(|result| *result == SetStatus::Failed).count();
    let ends = operation.targets.iter().filter_map(|target| {
        let stack = call.world.stack(&target.place(), target.stack_id.as_deref()?)?;
        stack.events.last().map(|event| event.at)
    });
    let end = ends.max().unwrap_or(operation.started_at).max(operation.started_at);
    json!({
        "OperationId": operation.id,
        "Action": operation.action.text(),
        "Status": status.text(),
        "CreationTimestamp": timestamp(operation.started_at),
        "EndTimestamp": (status != SetStatus::Running).then(|| timestamp(end)),
        "StatusDetails": {"FailedStackInstancesCount": failed},
    })
}

fn instance_of(call: &Call<'_>, set: &StackSet, one: &StackInstance) -> Value {
    let last = set.operations.iter().find(|operation| operation.id == one.operation);
    let result = last.map(|operation| call.result(operation, &one.target));
    let current = result == Some(SetStatus::Succeeded);
    json!({
        "StackSetId": set.id,
        "Account": one.target.account,
        "Region": one.target.region,
        "StackId": one.target.stack_id,
        "Status": if current { "CURRENT" } else { "OUTDATED" },
        "StatusReason": one.target.refused,
        "StackInstanceStatus": {"DetailedStatus": result.map(SetStatus::text)},
        "DriftStatus": "NOT_CHECKED",
        "LastOperationId": one.operation,
    })
}
