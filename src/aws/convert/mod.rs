//! The SDK's types in our words and ours in the SDK's. Statuses go by their text, so that new ones do no harm.

pub(super) mod change_set;
pub(super) mod phrase;
pub(super) mod request;

use crate::model::live::{LiveOutput, LiveParameter, LiveResource, LiveStack, StackEvent};
use crate::model::status::StackStatus;
use aws_sdk_cloudformation::types;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

/// A stack as `DescribeStacks` shows it.
pub(super) fn stack(stack: &types::Stack) -> LiveStack {
    LiveStack {
        id: text(stack.stack_id()),
        name: text(stack.stack_name()),
        status: StackStatus::parse(stack.stack_status().map_or("", types::StackStatus::as_str)),
        reason: some(stack.stack_status_reason()),
        parameters: stack.parameters().iter().map(parameter).collect(),
        outputs: stack.outputs().iter().map(output).collect(),
        tags: stack.tags().iter().map(tag).collect(),
        capabilities: stack.capabilities().iter().map(|one| one.as_str().to_owned()).collect(),
        role: some(stack.role_arn()),
        notifications: stack.notification_arns().to_vec(),
        protected: stack.enable_termination_protection().unwrap_or(false),
        parent: some(stack.parent_id()),
        created: time(stack.creation_time()).unwrap_or_default(),
        updated: time(stack.last_updated_time()),
    }
}

fn parameter(parameter: &types::Parameter) -> LiveParameter {
    LiveParameter {
        name: text(parameter.parameter_key()),
        value: text(parameter.parameter_value()),
        resolved: parameter.resolved_value().map(str::to_owned),
    }
}

fn output(output: &types::Output) -> LiveOutput {
    LiveOutput {
        key: text(output.output_key()),
        value: text(output.output_value()),
        description: some(output.description()),
        export: some(output.export_name()),
    }
}

fn tag(tag: &types::Tag) -> (String, String) {
    (text(tag.key()), text(tag.value()))
}

/// A resource as `ListStackResources` shows it.
pub(super) fn resource(resource: &types::StackResourceSummary) -> LiveResource {
    LiveResource {
        logical_id: text(resource.logical_resource_id()),
        physical_id: text(resource.physical_resource_id()),
        resource_type: text(resource.resource_type()),
        status: text(resource.resource_status().map(types::ResourceStatus::as_str)),
        reason: some(resource.resource_status_reason()),
    }
}

/// An event of a stack.
pub(super) fn event(event: &types::StackEvent) -> StackEvent {
    StackEvent {
        id: text(event.event_id()),
        stack_id: text(event.stack_id()),
        logical_id: text(event.logical_resource_id()),
        physical_id: text(event.physical_resource_id()),
        resource_type: text(event.resource_type()),
        status: text(event.resource_status().map(types::ResourceStatus::as_str)),
        reason: some(event.resource_status_reason()),
        time: time(event.timestamp()).unwrap_or_default(),
        token: some(event.client_request_token()),
    }
}

fn text(value: Option<&str>) -> String {
    value.unwrap_or_default().to_owned()
}

/// A text, where it says something.
fn some(value: Option<&str>) -> Option<String> {
    value.filter(|text| !text.is_empty()).map(str::to_owned)
}

fn time(value: Option<&DateTime>) -> Option<String> {
    value?.fmt(Format::DateTime).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_keeps_statuses_that_are_newer_than_this_program() {
        let said = types::Stack::builder()
            .stack_id("arn:aws:cloudformation:eu-west-1:111111111111:stack/a/1")
            .stack_name("a")
            .stack_status(types::StackStatus::from("DREAM_IN_PROGRESS"))
            .stack_status_reason("")
            .creation_time(DateTime::from_secs(0))
            .build();
        let stack = stack(&said);
        assert_eq!(stack.status, StackStatus::Unknown("DREAM_IN_PROGRESS".into()));
        assert_eq!(stack.created, "1970-01-01T00:00:00Z");
        assert_eq!((stack.reason, stack.updated, stack.protected), (None, None, false));
    }
}
