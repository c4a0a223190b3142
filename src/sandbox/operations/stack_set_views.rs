//! What instances and operations of stack sets look like from outside.

use super::super::clock::timestamp;
use super::super::refusal::Refusal;
use super::super::stack_set::{
    Preferences, ResultStatus, SetAction, SetOperation, Share, StackInstance, StackSet, Target,
};
use super::stack_instances::{absent, unknown};
use super::{Call, stack_set_drift};
use serde_json::{Value, json};

pub(super) fn operation(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let set = call.set()?;
    let operation = operation_of(call, set)?;
    let mut shown = summary(operation);
    shown["StackSetId"] = set.id.clone().into();
    let self_managed = set.service.is_none();
    shown["AdministrationRoleARN"] = set.administration_role.clone().filter(|_| self_managed).into();
    shown["ExecutionRoleName"] = set.execution_role.clone().filter(|_| self_managed).into();
    if operation.action == SetAction::Delete {
        shown["RetainStacks"] = operation.retain.into();
    }
    if let Some(deployment) = operation.deployment.as_ref().filter(|_| !self_managed) {
        shown["DeploymentTargets"] = json!({
            "Accounts": deployment.accounts,
            "OrganizationalUnitIds": deployment.units,
            "AccountFilterType": deployment.filter,
        });
    }
    if operation.action == SetAction::DetectDrift {
        shown["StackSetDriftDetectionDetails"] = stack_set_drift::of_operation(operation);
    }
    Ok(json!({"StackSetOperation": shown}))
}

pub(super) fn operations(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let all = call.set()?.operations.iter().rev().map(summary).collect();
    let (all, next) = call.paged(all)?;
    Ok(json!({"Summaries": all, "NextToken": next}))
}

pub(super) fn results(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let operation = operation_of(call, call.set()?)?;
    let filters = filters(call)?;
    let wanted = |target: &&Target| {
        filters.iter().all(|(name, value)| match name.as_str() {
            "OPERATION_RESULT_STATUS" => value == target.status.text(),
            _ => true,
        })
    };
    let all = operation.targets.iter().filter(wanted).map(result).collect();
    let (all, next) = call.paged(all)?;
    Ok(json!({"Summaries": all, "NextToken": next}))
}

fn result(target: &Target) -> Value {
    let Target { account, region, .. } = target;
    // Where nothing was begun no gate was asked; elsewhere nobody has one.
    let function = format!("arn:aws:lambda:{region}:{account}:function:AWSCloudFormationStackSetAccountGate");
    let gate = || json!({"Status": "SKIPPED", "StatusReason": format!("Function not found: {function}")});
    json!({
        "Account": account,
        "Region": region,
        "Status": target.status.text(),
        "StatusReason": target.reason,
        "AccountGateResult": target.started_at.map(|_| gate()),
        "OrganizationalUnitId": target.unit,
    })
}

pub(super) fn instance(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let set = call.set()?;
    let account = call.input.required("StackInstanceAccount")?;
    let region = call.input.required("StackInstanceRegion")?;
    let found = set.instance(account, region).ok_or_else(|| absent(account, region))?;
    let mut shown = instance_of(set, found);
    let overrides = found.overrides.iter();
    shown["ParameterOverrides"] =
        overrides.map(|(name, value)| json!({"ParameterKey": name, "ParameterValue": value})).collect();
    Ok(json!({"StackInstance": shown}))
}

pub(super) fn instances(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let set = call.set()?;
    let (account, region) = (call.input.text("StackInstanceAccount"), call.input.text("StackInstanceRegion"));
    let filters = filters(call)?;
    let wanted = |one: &&StackInstance| {
        account.is_none_or(|account| account == one.account)
            && region.is_none_or(|region| region == one.region)
            && filters.iter().all(|(name, value)| match name.as_str() {
                "DETAILED_STATUS" => value == one.detail.text(),
                "LAST_OPERATION_ID" => *value == one.operation,
                "DRIFT_STATUS" => value == drift(one),
                _ => true,
            })
    };
    let all = set.instances.iter().filter(wanted).map(|one| instance_of(set, one)).collect();
    let (all, next) = call.paged(all)?;
    Ok(json!({"Summaries": all, "NextToken": next}))
}

pub(super) fn automatic_targets(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let service = call.set()?.service.clone().filter(|service| service.automatic).unwrap_or_default();
    let shown = |one: &super::super::stack_set::UnitTarget| json!({"OrganizationalUnitId": one.unit, "Regions": one.regions});
    let all = service.targets.iter().map(shown).collect();
    let (all, next) = call.paged(all)?;
    Ok(json!({"Summaries": all, "NextToken": next}))
}

/// Names and values of the filters of a request.
fn filters(call: &Call<'_>) -> Result<Vec<(String, String)>, Refusal> {
    let list = call.input.list("Filters").unwrap_or_default();
    let pair =
        |one: &super::Input| Ok((one.required("Name")?.to_owned(), one.required("Values")?.to_owned()));
    list.into_iter().map(pair).collect()
}

fn operation_of<'a>(call: &Call<'_>, set: &'a StackSet) -> Result<&'a SetOperation, Refusal> {
    let id = call.input.required("OperationId")?;
    set.operations.iter().find(|operation| operation.id == id).ok_or_else(|| unknown(id))
}

fn summary(operation: &SetOperation) -> Value {
    let failed = operation.targets.iter().filter(|target| target.status == ResultStatus::Failed).count();
    json!({
        "OperationId": operation.id,
        "Action": operation.action.text(),
        "Status": operation.status.text(),
        "CreationTimestamp": timestamp(operation.started_at),
        "EndTimestamp": operation.ended_at.map(timestamp),
        "StatusDetails": {"FailedStackInstancesCount": failed},
        "OperationPreferences": preferences(&operation.preferences),
    })
}

fn preferences(given: &Preferences) -> Value {
    let parts = |share: Option<Share>| match share {
        Some(Share::Count(count)) => (Some(count), None),
        Some(Share::Percentage(percentage)) => (None, Some(percentage)),
        None => (None, None),
    };
    let (tolerance, concurrent) = (parts(given.tolerance), parts(given.concurrent));
    json!({
        "RegionConcurrencyType": given.region_concurrency,
        "RegionOrder": given.region_order,
        "FailureToleranceCount": tolerance.0,
        "FailureTolerancePercentage": tolerance.1,
        "MaxConcurrentCount": concurrent.0,
        "MaxConcurrentPercentage": concurrent.1,
        "ConcurrencyMode": given.concurrency_mode,
    })
}

fn drift(one: &StackInstance) -> &'static str {
    match one.drift {
        None => "NOT_CHECKED",
        Some(drift) if drift.drifted => "DRIFTED",
        Some(_) => "IN_SYNC",
    }
}

fn instance_of(set: &StackSet, one: &StackInstance) -> Value {
    json!({
        "StackSetId": set.id,
        "Account": one.account,
        "Region": one.region,
        "StackId": one.stack_id,
        "Status": one.status.text(),
        "StatusReason": one.reason,
        "StackInstanceStatus": {"DetailedStatus": one.detail.text()},
        "OrganizationalUnitId": one.unit,
        "DriftStatus": drift(one),
        "LastDriftCheckTimestamp": one.drift.map(|drift| timestamp(drift.at)),
        "LastOperationId": one.operation,
    })
}
