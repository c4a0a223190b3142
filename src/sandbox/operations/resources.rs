//! DescribeStackResource, DescribeStackResources, ListStackResources.

use super::super::clock::timestamp;
use super::super::refusal::Refusal;
use super::super::stack::{Row, Stack};
use super::{Call, page};
use serde_json::{Map, Value, json};

pub(super) fn describe_one(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let name = call.stack_name()?;
    let id = call.input.required("LogicalResourceId")?;
    let stack = call.stack_in_quotes(&name)?;
    let row = stack
        .resources
        .get(id)
        .ok_or_else(|| Refusal::validation(format!("Resource {id} does not exist for stack {name}")))?;
    let mut detail = shown(stack, id, row, "LastUpdatedTimestamp", true);
    detail.insert("Metadata".to_owned(), row.metadata.clone().unwrap_or_else(|| "{}".to_owned()).into());
    Ok(json!({"StackResourceDetail": detail}))
}

pub(super) fn describe_all(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let physical = call.input.text("PhysicalResourceId");
    let stack = match (call.input.text("StackName"), physical) {
        (Some(_), Some(_)) => {
            return Err(Refusal::validation(
                "Stack name and physical resource id cannot be specified together.",
            ));
        }
        (Some(name), None) => call.stack_in_quotes(name)?,
        (None, Some(physical)) => call.owner(physical)?,
        (None, None) => {
            return Err(Refusal::validation(
                "At least one of StackName or PhysicalResourceId must be specified.",
            ));
        }
    };
    let wanted = call.input.text("LogicalResourceId");
    let rows = rows(stack).filter(|(id, _)| wanted.is_none_or(|wanted| wanted == *id)).take(100);
    let rows: Vec<Value> =
        rows.map(|(id, row)| Value::Object(shown(stack, id, row, "Timestamp", true))).collect();
    if let Some(id) = wanted.filter(|_| rows.is_empty()) {
        return Err(Refusal::validation(format!("Resource {id} does not exist for stack {}", stack.name)));
    }
    Ok(json!({"StackResources": rows}))
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let name = call.stack_name()?;
    let stack = call.stack_with_id(&name)?;
    let keyed = rows(stack).map(|(id, row)| (id.clone(), (id, row))).collect();
    let (rows, next) = page::sorted(keyed, call.input.text("NextToken"), page::ENTRIES)?;
    let rows: Vec<Value> = rows
        .into_iter()
        .map(|(id, row)| Value::Object(shown(stack, id, row, "LastUpdatedTimestamp", false)))
        .collect();
    Ok(json!({"StackResourceSummaries": rows, "NextToken": next}))
}

impl Call<'_> {
    fn owner(&self, physical: &str) -> Result<&Stack, Refusal> {
        let owns = |stack: &&Stack| {
            stack.lives() && stack.resources.values().any(|row| row.physical_id.as_deref() == Some(physical))
        };
        let region = self.world.regions.get(&self.place);
        let found = region.into_iter().flat_map(|region| region.stacks.values()).find(owns);
        found.ok_or_else(|| Refusal::validation(format!("Stack for {physical} does not exist")))
    }
}

fn rows(stack: &Stack) -> impl Iterator<Item = (&String, &Row)> {
    stack.resources.iter()
}

fn shown(stack: &Stack, id: &str, row: &Row, time: &str, of_stack: bool) -> Map<String, Value> {
    let shown = json!({
        "StackName": of_stack.then_some(&stack.name),
        "StackId": of_stack.then_some(&stack.id),
        "LogicalResourceId": id,
        "PhysicalResourceId": row.physical_id,
        "ResourceType": row.resource_type,
        time: timestamp(row.at),
        "ResourceStatus": row.status.text(),
        "ResourceStatusReason": row.reason,
        "DriftInformation": super::drift::of_resource(stack, id),
    });
    match shown {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
