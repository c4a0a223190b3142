//! DetectStackDrift, DetectStackResourceDrift, DescribeStackDriftDetectionStatus, DescribeStackResourceDrifts.

use super::super::clock::timestamp;
use super::super::drift::{Detection, DriftStatus, Finding, differences};
use super::super::engine;
use super::super::language::plain_text;
use super::super::refusal::Refusal;
use super::super::stack::Stack;
use super::super::status::StackStatus;
use super::{Call, page};
use serde_json::{Value, json};

/// How long a detection takes: an assumption.
const MILLISECONDS: i64 = 5000;

pub(super) fn detect(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let name = call.stack_name()?;
    let wanted = call.input.texts("LogicalResourceIds");
    let stack = call.stack_in_brackets(&name)?;
    settled(stack)?;
    if let Some(id) = wanted.iter().flatten().find(|id| !stack.resources.contains_key(*id)) {
        return Err(Refusal::validation(format!("Resource {id} does not exist for stack {name}")));
    }
    let (id, now) = (stack.id.clone(), call.now);
    call.change(&id, |stack| {
        let detection = stack.identifier("drift");
        let due = Some(now + MILLISECONDS);
        let entry = Detection { started_at: now, due, wanted, drifted: 0 };
        stack.drift.detections.insert(detection.clone(), entry);
        json!({"StackDriftDetectionId": detection})
    })
}

/// Drift can be detected of stacks that rest.
fn settled(stack: &Stack) -> Result<(), Refusal> {
    let good = matches!(
        stack.status,
        StackStatus::CreateComplete
            | StackStatus::UpdateComplete
            | StackStatus::UpdateRollbackComplete
            | StackStatus::UpdateRollbackFailed
            | StackStatus::ImportComplete
            | StackStatus::ImportRollbackComplete
    );
    if good {
        return Ok(());
    }
    let (id, status) = (&stack.id, stack.status.text());
    Err(Refusal::validation(format!(
        "Drift detection cannot be performed on stack [{id}] while it is in [{status}] state"
    )))
}

pub(super) fn detect_one(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let name = call.stack_name()?;
    let logical_id = call.input.required("LogicalResourceId")?.to_owned();
    let stack = call.stack_in_brackets(&name)?;
    settled(stack)?;
    let instance = stack.instances.get(&logical_id).ok_or_else(|| {
        Refusal::validation(format!("Resource {logical_id} does not exist for stack {name}"))
    })?;
    if !engine::checkable(&instance.resource_type) {
        let kind = &instance.resource_type;
        let text = format!("Drift detection is not supported for resource {logical_id} of type {kind}");
        return Err(Refusal::validation(text));
    }
    let finding = engine::finding(&stack.name, instance, &call.world.outlook(&call.place), call.now);
    let (id, now) = (stack.id.clone(), call.now);
    call.change(&id, |stack| {
        let shown = shown(stack, &logical_id, &finding);
        stack.drift.findings.insert(logical_id, finding);
        stack.drift.checked_at = Some(now);
        json!({"StackResourceDrift": shown})
    })
}

pub(super) fn status(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let id = call.input.required("StackDriftDetectionId")?;
    let region = call.world.regions.get(&call.place);
    let mut stacks = region.into_iter().flat_map(|region| region.stacks.values());
    let found = stacks.find_map(|stack| Some((stack, stack.drift.detections.get(id)?)));
    let (stack, detection) =
        found.ok_or_else(|| Refusal::validation(format!("Stack drift detection [{id}] does not exist")))?;
    let done = detection.due.is_none();
    Ok(json!({
        "StackId": stack.id,
        "StackDriftDetectionId": id,
        "DetectionStatus": if done { "DETECTION_COMPLETE" } else { "DETECTION_IN_PROGRESS" },
        "StackDriftStatus": done.then_some(if detection.drifted > 0 { "DRIFTED" } else { "IN_SYNC" }),
        "DriftedStackResourceCount": done.then_some(detection.drifted),
        "Timestamp": timestamp(detection.started_at),
    }))
}

pub(super) fn resources(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let name = call.stack_name()?;
    let stack = call.stack_in_brackets(&name)?;
    let filters = call.input.texts("StackResourceDriftStatusFilters").unwrap_or_default();
    let wanted =
        |finding: &Finding| filters.is_empty() || filters.iter().any(|one| one == finding.status.text());
    let findings: Vec<Value> = stack
        .drift
        .findings
        .iter()
        .filter(|(_, finding)| wanted(finding))
        .map(|(id, finding)| shown(stack, id, finding))
        .collect();
    let (findings, next) = page::of(findings, call.input.text("NextToken"), call.page_size()?)?;
    Ok(json!({"StackResourceDrifts": findings, "NextToken": next}))
}

/// A finding as the describe operations show it.
pub(super) fn shown(stack: &Stack, logical_id: &str, finding: &Finding) -> Value {
    let written = |value: &Value| match value {
        Value::Object(_) | Value::Array(_) | Value::Null => value.to_string(),
        other => plain_text(other).unwrap_or_default(),
    };
    let differences = finding.actual.iter().flat_map(|actual| differences(&finding.expected, actual));
    let differences: Vec<Value> = differences
        .map(|one| {
            let (expected, actual) = (written(&one.expected), written(&one.actual));
            json!({
                "PropertyPath": one.path,
                "ExpectedValue": expected,
                "ActualValue": actual,
                "DifferenceType": one.kind,
            })
        })
        .collect();
    let there = finding.status != DriftStatus::Deleted;
    json!({
        "StackId": stack.id,
        "LogicalResourceId": logical_id,
        "PhysicalResourceId": finding.physical_id,
        "ResourceType": finding.resource_type,
        "ExpectedProperties": there.then(|| finding.expected.to_string()),
        "ActualProperties": finding.actual.as_ref().map(ToString::to_string),
        "PropertyDifferences": there.then_some(differences),
        "StackResourceDriftStatus": finding.status.text(),
        "Timestamp": timestamp(finding.at),
    })
}

/// What the describe operations say of a stack's drift.
pub(super) fn of_stack(stack: &Stack) -> Value {
    let Some(at) = stack.drift.checked_at else { return json!({"StackDriftStatus": "NOT_CHECKED"}) };
    let status = if stack.drift.drifted() > 0 { "DRIFTED" } else { "IN_SYNC" };
    json!({"StackDriftStatus": status, "LastCheckTimestamp": timestamp(at)})
}

/// What the describe operations say of a resource's drift.
pub(super) fn of_resource(stack: &Stack, logical_id: &str) -> Value {
    let Some(finding) = stack.drift.findings.get(logical_id) else {
        return json!({"StackResourceDriftStatus": "NOT_CHECKED"});
    };
    json!({"StackResourceDriftStatus": finding.status.text(), "LastCheckTimestamp": timestamp(finding.at)})
}
