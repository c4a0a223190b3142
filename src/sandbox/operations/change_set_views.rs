//! DescribeChangeSet and ListChangeSets: what a change set looks like from outside.

use super::super::change_set::ChangeSet;
use super::super::clock::timestamp;
use super::super::difference::{
    Action, Attribute, AttributeChange, ChangeSource, Evaluation, Ignored, LiveDrift, PropertyDetail,
    Recreation, Replacement, ResourceChange, State,
};
use super::super::refusal::Refusal;
use super::super::stack::Stack;
use super::super::status::ChangeSetStatus;
use super::describe::{parameters, present, rollback_configuration, tags};
use super::{Call, page};
use serde_json::{Map, Value, json};

pub(super) fn describe(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let name = call.input.required("ChangeSetName")?;
    let values = call.input.flag("IncludePropertyValues")?.unwrap_or(false);
    let (stack, change_set) = call.change_set(call.input.text("StackName"), name)?;
    let rows: Vec<&ResourceChange> = change_set
        .difference
        .changes
        .iter()
        .filter(|row| if values { row.in_values } else { row.in_plain })
        .collect();
    let at = change_set.reality.as_ref().map(|reality| reality.at);
    let changes: Vec<Value> = rows
        .into_iter()
        .map(|row| json!({"Type": "Resource", "ResourceChange": change(row, values, at)}))
        .collect();
    let (changes, next) = page::by_size(changes, call.input.text("NextToken"))?;
    let wish = &change_set.wish;
    Ok(json!({
        "ChangeSetName": change_set.name,
        "ChangeSetId": change_set.id,
        "StackId": stack.id,
        "StackName": stack.name,
        "Description": change_set.description,
        "Parameters": parameters(&wish.parameters),
        "CreationTime": timestamp(change_set.created_at),
        "ExecutionStatus": change_set.execution.text(),
        "Status": change_set.status.text(),
        "StatusReason": reason(change_set, values),
        "NotificationARNs": wish.notification_arns,
        "RollbackConfiguration": rollback_configuration(wish.rollback_configuration.as_ref()),
        "Capabilities": wish.capabilities,
        "Tags": present(tags(&wish.tags)),
        "Changes": changes,
        "NextToken": next,
        "IncludeNestedStacks": change_set.include_nested_stacks,
        "OnStackFailure": change_set.on_stack_failure,
        "ImportExistingResources": change_set.import_existing_resources,
        "ParentChangeSetId": change_set.lineage.as_ref().map(|lineage| &lineage.parent),
        "RootChangeSetId": change_set.lineage.as_ref().map(|lineage| &lineage.root),
        "DeploymentMode": change_set.reverts_drift.then_some("REVERT_DRIFT"),
        "StackDriftStatus": change_set.reality.as_ref().map(|found| if found.drifted() { "DRIFTED" } else { "IN_SYNC" }),
        "DeploymentConfig": change_set.deployment.as_ref().map(|deployment| {
            json!({"Mode": deployment.mode, "DisableRollback": deployment.disable_rollback})
        }),
    }))
}

/// Why it is as it is; values that could not be told are a warning, not a failure.
fn reason(change_set: &ChangeSet, values: bool) -> Option<String> {
    let warnings = &change_set.difference.warnings;
    if !values || warnings.is_empty() || change_set.status != ChangeSetStatus::CreateComplete {
        return change_set.reason.clone();
    }
    let causes: Vec<String> = warnings
        .iter()
        .map(|(id, cause)| format!("ChangeSet creation failed for resource [{id}] because: {cause}"))
        .collect();
    Some(format!(
        "[WARN] --include-property-values option can return incomplete ChangeSet data because: {}",
        causes.join(", ")
    ))
}

fn change(row: &ResourceChange, values: bool, at: Option<i64>) -> Value {
    let context = |context: &Option<Value>| context.as_ref().filter(|_| values).map(Value::to_string);
    let details: Vec<Value> = row
        .details
        .iter()
        .filter(|detail| if values { detail.in_values } else { detail.in_plain })
        .map(|one| detail(one, values, at))
        .collect();
    let scope: Vec<&str> = row.scope.iter().map(|part| attribute(*part)).collect();
    json!({
        "PolicyAction": row.policy_action,
        "Action": match row.action {
            Action::Add => "Add",
            Action::Modify => "Modify",
            Action::Remove => "Remove",
            Action::Import => "Import",
            Action::SyncWithActual => "SyncWithActual",
        },
        "LogicalResourceId": row.logical_id,
        "PhysicalResourceId": row.physical_id,
        "ResourceType": row.resource_type,
        "Replacement": (row.action == Action::Modify).then_some(match row.replacement {
            Replacement::False => "False",
            Replacement::Conditional => "Conditional",
            Replacement::True => "True",
        }),
        "Scope": scope,
        "Details": details,
        "ChangeSetId": row.change_set_id,
        "BeforeContext": context(&row.before_context),
        "AfterContext": context(&row.after_context),
        "PreviousDeploymentContext": row.drift.as_ref().and_then(|drift| context(&drift.deployed)),
        "ResourceDriftStatus": row.drift.as_ref().map(|drift| state(drift.state)),
        "ResourceDriftIgnoredAttributes":
            row.drift.as_ref().map_or(Value::Null, |drift| present(drift.ignored.iter().map(ignored).collect())),
    })
}

fn state(state: State) -> &'static str {
    match state {
        State::InSync => "IN_SYNC",
        State::Modified => "MODIFIED",
        State::Deleted => "DELETED",
        State::Unsupported => "UNSUPPORTED",
    }
}

fn ignored((path, reason): &(String, Ignored)) -> Value {
    let reason = match reason {
        Ignored::ManagedByAws => "MANAGED_BY_AWS",
        Ignored::WriteOnly => "WRITE_ONLY_PROPERTY",
        Ignored::Sensitive => "SENSITIVE_PROPERTY",
    };
    json!({"Path": path, "Reason": reason})
}

/// Where a value comes from and how it has drifted; only in drift-aware change sets.
fn tell_drift(target: &mut Map<String, Value>, live: &LiveDrift, at: Option<i64>) {
    let from = if live.from_actual { "ACTUAL_STATE" } else { "PREVIOUS_DEPLOYMENT_STATE" };
    target.insert("BeforeValueFrom".to_owned(), from.into());
    target.insert("AfterValueFrom".to_owned(), "TEMPLATE".into());
    if let Some((deployed, found)) = &live.drift {
        let drift = json!({
            "PreviousValue": deployed,
            "ActualValue": found,
            "DriftDetectionTimestamp": at.map(timestamp),
        });
        target.insert("Drift".to_owned(), drift);
    }
}

fn detail(detail: &PropertyDetail, values: bool, at: Option<i64>) -> Value {
    let mut target = Map::new();
    target.insert("Attribute".to_owned(), attribute(detail.attribute).into());
    if let Some(name) = &detail.name {
        target.insert("Name".to_owned(), name.clone().into());
    }
    let recreation = match detail.recreation {
        Recreation::Never => "Never",
        Recreation::Conditionally => "Conditionally",
        Recreation::Always => "Always",
    };
    target.insert("RequiresRecreation".to_owned(), recreation.into());
    if values {
        target.insert("Path".to_owned(), detail.path.clone().into());
        target.insert("BeforeValue".to_owned(), detail.before.clone().into());
        target.insert("AfterValue".to_owned(), detail.after.clone().into());
        let change = match detail.change {
            AttributeChange::Add => "Add",
            AttributeChange::Remove => "Remove",
            AttributeChange::Modify => "Modify",
            AttributeChange::SyncWithActual => "SyncWithActual",
        };
        target.insert("AttributeChangeType".to_owned(), change.into());
        if let Some(live) = &detail.live {
            tell_drift(&mut target, live, at);
        }
    }
    json!({
        "Target": target,
        "Evaluation": match detail.evaluation {
            Evaluation::Static => "Static",
            Evaluation::Dynamic => "Dynamic",
        },
        "ChangeSource": match detail.source {
            ChangeSource::ResourceReference => "ResourceReference",
            ChangeSource::ParameterReference => "ParameterReference",
            ChangeSource::ResourceAttribute => "ResourceAttribute",
            ChangeSource::DirectModification => "DirectModification",
            ChangeSource::Automatic => "Automatic",
            ChangeSource::NoModification => "NoModification",
        },
        "CausingEntity": detail.causing_entity,
    })
}

fn attribute(attribute: Attribute) -> &'static str {
    match attribute {
        Attribute::Properties => "Properties",
        Attribute::Metadata => "Metadata",
        Attribute::CreationPolicy => "CreationPolicy",
        Attribute::UpdatePolicy => "UpdatePolicy",
        Attribute::DeletionPolicy => "DeletionPolicy",
        Attribute::UpdateReplacePolicy => "UpdateReplacePolicy",
        Attribute::Tags => "Tags",
    }
}

pub(super) fn hooks(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let name = call.input.required("ChangeSetName")?;
    let (stack, change_set) = call.change_set(call.input.text("StackName"), name)?;
    Ok(json!({
        "ChangeSetId": change_set.id,
        "ChangeSetName": change_set.name,
        "Hooks": [],
        "Status": "PLANNED",
        "StackId": stack.id,
        "StackName": stack.name,
    }))
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let name = call.stack_name()?;
    let stack = call.stack_in_brackets(&name)?;
    let sets: Vec<&ChangeSet> = stack.change_sets.iter().filter(|one| !one.executed()).collect();
    let (sets, next) = page::of(sets, call.input.text("NextToken"), call.page_size()?)?;
    let summaries: Vec<Value> = sets.into_iter().map(|one| summary(stack, one)).collect();
    Ok(json!({"Summaries": summaries, "NextToken": next}))
}

fn summary(stack: &Stack, change_set: &ChangeSet) -> Value {
    json!({
        "StackId": stack.id,
        "StackName": stack.name,
        "ChangeSetId": change_set.id,
        "ChangeSetName": change_set.name,
        "ExecutionStatus": change_set.execution.text(),
        "Status": change_set.status.text(),
        "StatusReason": change_set.reason,
        "CreationTime": timestamp(change_set.created_at),
        "Description": change_set.description,
        "IncludeNestedStacks": change_set.include_nested_stacks,
        "ImportExistingResources": change_set.import_existing_resources,
        "ParentChangeSetId": change_set.lineage.as_ref().map(|lineage| &lineage.parent),
        "RootChangeSetId": change_set.lineage.as_ref().map(|lineage| &lineage.root),
    })
}
