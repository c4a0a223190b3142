//! DescribeStacks and ListStacks: what stacks look like from outside.

use super::super::clock::timestamp;
use super::super::language::ParameterValues;
use super::super::refusal::Refusal;
use super::super::stack::{RollbackConfiguration, Stack};
use super::super::status::StackStatus;
use super::{Call, page};
use serde_json::{Value, json};

pub(super) fn describe(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let token = call.input.text("NextToken");
    if let Some(name) = call.input.text("StackName") {
        let stack = call.stack_with_id(name)?;
        return Ok(json!({"Stacks": [described(stack)]}));
    }
    let region = call.world.regions.get(&call.place);
    let total = region.map_or(0, |region| region.stacks.living());
    let living = region.into_iter().flat_map(|region| region.stacks.newest_first());
    let (stacks, next) = page::newest_of(living, total, token, page::ENTRIES)?;
    let stacks: Vec<Value> = stacks.into_iter().map(described).collect();
    Ok(json!({"Stacks": stacks, "NextToken": next}))
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let filter = call.input.texts("StackStatusFilter").unwrap_or_default();
    let wanted =
        |stack: &&Stack| filter.is_empty() || filter.iter().any(|status| status == stack.status.text());
    let (stacks, next) =
        page::newest_first(newest_first(call, wanted), call.input.text("NextToken"), page::ENTRIES)?;
    let stacks: Vec<Value> = stacks.into_iter().map(summary).collect();
    Ok(json!({"StackSummaries": stacks, "NextToken": next}))
}

fn newest_first<'a>(call: &'a Call<'_>, wanted: impl Fn(&&Stack) -> bool) -> Vec<&'a Stack> {
    let region = call.world.regions.get(&call.place);
    let mut stacks: Vec<&Stack> =
        region.into_iter().flat_map(|region| region.stacks.values()).filter(wanted).collect();
    stacks.sort_by(|a, b| b.created_at.cmp(&a.created_at).then_with(|| a.id.cmp(&b.id)));
    stacks
}

fn summary(stack: &Stack) -> Value {
    json!({
        "StackId": stack.id,
        "StackName": stack.name,
        "TemplateDescription": stack.description,
        "CreationTime": timestamp(stack.created_at),
        "LastUpdatedTime": stack.updated_at.map(timestamp),
        "DeletionTime": stack.deleted_at.map(timestamp),
        "StackStatus": stack.status.text(),
        "StackStatusReason": stack.reason,
        "ParentId": stack.parent,
        "RootId": stack.root,
        "DriftInformation": super::drift::of_stack(stack),
        "LastOperations": operations(stack),
    })
}

fn operations(stack: &Stack) -> Vec<Value> {
    let entry = |(kind, id): &(super::super::status::OperationType, String)| json!({"OperationType": kind.text(), "OperationId": id});
    stack.last_operations.iter().map(entry).collect()
}

/// The parameters as AWS shows them: hidden values as stars, the store's values beside the names.
pub(super) fn parameters(values: &ParameterValues) -> Value {
    if values.is_empty() {
        return Value::Null;
    }
    let shown = values.iter().map(|(name, value)| {
        let text = if value.no_echo { "****" } else { &value.value };
        let resolved = value.resolved.as_deref().map(|found| if value.no_echo { "****" } else { found });
        json!({"ParameterKey": name, "ParameterValue": text, "ResolvedValue": resolved})
    });
    Value::Array(shown.collect())
}

pub(super) fn tags(tags: &[(String, String)]) -> Vec<Value> {
    tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}

pub(super) fn rollback_configuration(configuration: Option<&RollbackConfiguration>) -> Value {
    let Some(RollbackConfiguration { triggers, monitoring_minutes }) = configuration else {
        return json!({});
    };
    let trigger = |(arn, kind): &(String, String)| json!({"Arn": arn, "Type": kind});
    let triggers = triggers.as_ref().map(|triggers| triggers.iter().map(trigger).collect::<Vec<_>>());
    json!({"RollbackTriggers": triggers, "MonitoringTimeInMinutes": monitoring_minutes})
}

/// A list that is left out when it is empty.
pub(super) fn present(list: Vec<Value>) -> Value {
    if list.is_empty() { Value::Null } else { Value::Array(list) }
}

fn described(stack: &Stack) -> Value {
    let wish = stack.wish.as_ref();
    let deleted = stack.deleted_at.is_some();
    let outputs = stack.outputs.iter().map(|output| {
        json!({
            "OutputKey": output.key,
            "OutputValue": output.value,
            "Description": output.description,
            "ExportName": output.export,
        })
    });
    let outputs = if stack.status.busy() && stack.updated_at.is_none() {
        Value::Null
    } else {
        present(outputs.collect())
    };
    let capabilities: Vec<Value> =
        wish.map(|wish| wish.capabilities.iter().map(|one| one.clone().into()).collect()).unwrap_or_default();
    json!({
        "StackId": stack.id,
        "StackName": stack.name,
        "AliasName": stack.alias,
        "DeploymentConfig": stack.express.then(|| json!({"Mode": "EXPRESS"})),
        "ChangeSetId": stack.change_set_id,
        "Description": stack.description,
        "Parameters": wish.map_or(Value::Null, |wish| parameters(&wish.parameters)),
        "CreationTime": timestamp(stack.created_at),
        "DeletionTime": stack.deleted_at.map(timestamp),
        "LastUpdatedTime": stack.updated_at.map(timestamp),
        "RollbackConfiguration": rollback_configuration(wish.and_then(|wish| wish.rollback_configuration.as_ref())),
        "StackStatus": stack.status.text(),
        "StackStatusReason": stack.reason,
        "DisableRollback": stack.disable_rollback,
        "NotificationARNs": wish.map(|wish| wish.notification_arns.clone()).unwrap_or_default(),
        "TimeoutInMinutes": stack.timeout_minutes,
        "Capabilities": present(capabilities),
        "Outputs": outputs,
        "RoleARN": wish.and_then(|wish| wish.role_arn.clone()),
        "Tags": wish.map(|wish| tags(&wish.tags)).unwrap_or_default(),
        "EnableTerminationProtection":
            if deleted && stack.status == StackStatus::DeleteComplete { Value::Null } else { stack.termination_protection.into() },
        "ParentId": stack.parent,
        "RootId": stack.root,
        "DriftInformation": super::drift::of_stack(stack),
    })
}
