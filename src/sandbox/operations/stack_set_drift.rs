//! Drift of stack sets: DetectStackSetDrift, ListStackInstanceResourceDrifts, and what the describe operations tell.

use super::super::clock::timestamp;
use super::super::refusal::Refusal;
use super::super::stack_set::{ResultStatus, SetAction, SetOperation, SetStatus, StackSet, Target};
use super::super::world::Place;
use super::stack_instances::{absent, unknown};
use super::{Call, drift};
use serde_json::{Value, json};

pub(super) fn detect(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let set = call.set()?.clone();
    let targets =
        set.instances.iter().map(|one| Target::new(&one.account, &one.region, one.unit.clone())).collect();
    let operation = call.operation(&set, SetAction::DetectDrift, targets)?;
    call.keep(set, operation)
}

pub(super) fn resources(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let set = call.set()?;
    let account = call.input.required("StackInstanceAccount")?;
    let region = call.input.required("StackInstanceRegion")?;
    let id = call.input.required("OperationId")?;
    let instance = set.instance(account, region).ok_or_else(|| absent(account, region))?;
    if !set.operations.iter().any(|one| one.id == id && one.action == SetAction::DetectDrift) {
        return Err(unknown(id));
    }
    let place = Place { account: instance.account.clone(), region: instance.region.clone() };
    let stack = instance.stack_id.as_deref().and_then(|id| call.world.stack(&place, id));
    let filters = call.input.texts("StackInstanceResourceDriftStatuses").unwrap_or_default();
    let findings = stack.into_iter().flat_map(|stack| {
        stack.drift.findings.iter().map(move |(id, finding)| drift::shown(stack, id, finding))
    });
    let wanted = |one: &Value| {
        filters.is_empty() || filters.iter().any(|status| one["StackResourceDriftStatus"] == **status)
    };
    let all: Vec<Value> = findings.filter(wanted).map(summary).collect();
    let (all, next) = call.paged(all)?;
    Ok(json!({"Summaries": all, "NextToken": next}))
}

/// A finding without the whole properties.
fn summary(mut finding: Value) -> Value {
    if let Some(fields) = finding.as_object_mut() {
        fields.remove("ExpectedProperties");
        fields.remove("ActualProperties");
    }
    finding
}

/// What the newest finished look at a set found out.
pub(super) fn of_set(set: &StackSet) -> Value {
    let looked = |one: &&SetOperation| one.action == SetAction::DetectDrift && !one.open();
    match set.operations.iter().rev().find(looked) {
        Some(operation) => of_operation(operation),
        None => json!({
            "DriftStatus": "NOT_CHECKED",
            "TotalStackInstancesCount": set.instances.len(),
            "DriftedStackInstancesCount": 0,
            "InSyncStackInstancesCount": 0,
            "InProgressStackInstancesCount": 0,
            "FailedStackInstancesCount": 0,
        }),
    }
}

/// The status of a set by its newest finished look, and when that was.
pub(super) fn status_of_set(set: &StackSet) -> (Value, Value) {
    let mut details = of_set(set);
    (details["DriftStatus"].take(), details["LastDriftCheckTimestamp"].take())
}

/// What a look at a set has found out so far.
pub(super) fn of_operation(operation: &SetOperation) -> Value {
    let count = |wanted: &dyn Fn(&Target) -> bool| operation.targets.iter().filter(|one| wanted(one)).count();
    let done = |one: &Target| one.status == ResultStatus::Succeeded && !one.skipped;
    let drifted = count(&|one| done(one) && one.drifted);
    let in_sync = count(&|one| done(one) && !one.drifted);
    let failed = count(&|one| one.status == ResultStatus::Failed);
    let open = |one: &Target| matches!(one.status, ResultStatus::Pending | ResultStatus::Running);
    let detection = match operation.status {
        SetStatus::Queued | SetStatus::Running | SetStatus::Stopping => "IN_PROGRESS",
        SetStatus::Stopped => "STOPPED",
        SetStatus::Failed => "FAILED",
        SetStatus::Succeeded if failed > 0 => "PARTIAL_SUCCESS",
        SetStatus::Succeeded => "COMPLETED",
    };
    let status = match (drifted, in_sync) {
        (0, 0) => "NOT_CHECKED",
        (0, _) => "IN_SYNC",
        _ => "DRIFTED",
    };
    json!({
        "DriftStatus": status,
        "DriftDetectionStatus": detection,
        "LastDriftCheckTimestamp": operation.ended_at.map(timestamp),
        "TotalStackInstancesCount": operation.targets.len(),
        "DriftedStackInstancesCount": drifted,
        "InSyncStackInstancesCount": in_sync,
        "InProgressStackInstancesCount": count(&open),
        "FailedStackInstancesCount": failed,
    })
}
