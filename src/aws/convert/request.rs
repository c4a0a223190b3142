//! Our requests in the SDK's types.

use crate::cloudformation::{ChangeSetKind, ChangeSetRequest, ParameterValue, TemplateSource};
use crate::model::stack::{Mode, OnFailure};
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::operation::create_change_set::builders::CreateChangeSetFluentBuilder;
use aws_sdk_cloudformation::types;

/// The request for a change set. Tags and topics are always there, so that an empty list clears them.
pub(in crate::aws) fn change_set(
    client: &Client,
    request: &ChangeSetRequest,
) -> CreateChangeSetFluentBuilder {
    let builder = client
        .create_change_set()
        .stack_name(&request.stack)
        .change_set_name(&request.name)
        .change_set_type(kind(request.kind))
        .set_parameters(Some(request.parameters.iter().map(parameter).collect()))
        .set_tags(Some(request.tags.iter().map(tag).collect()))
        .set_capabilities(capabilities(&request.capabilities))
        .set_role_arn(request.role.clone())
        .set_notification_arns(Some(request.notifications.clone()))
        .set_on_stack_failure(on_failure(request))
        .set_deployment_config(mode(request.mode))
        .client_token(&request.token);
    let builder = match request.description.is_empty() {
        true => builder,
        false => builder.description(request.description.chars().take(1024).collect::<String>()),
    };
    match &request.template {
        TemplateSource::Body(body) => builder.template_body(body),
        TemplateSource::Url(url) => builder.template_url(url),
        TemplateSource::Previous => builder.use_previous_template(true),
    }
}

fn kind(kind: ChangeSetKind) -> types::ChangeSetType {
    match kind {
        ChangeSetKind::Create => types::ChangeSetType::Create,
        ChangeSetKind::Update => types::ChangeSetType::Update,
    }
}

/// Only what the service cannot be told at execution: the deletion of a stack whose first creation fails.
pub(in crate::aws) fn on_failure(request: &ChangeSetRequest) -> Option<types::OnStackFailure> {
    match (request.on_failure, request.kind) {
        (OnFailure::Delete, ChangeSetKind::Create) => Some(types::OnStackFailure::Delete),
        (OnFailure::Delete, ChangeSetKind::Update) | (OnFailure::Rollback | OnFailure::Keep, _) => None,
    }
}

/// The standard mode is not spoken of: it is what every server does.
fn mode(mode: Mode) -> Option<types::DeploymentConfig> {
    match mode {
        Mode::Standard => None,
        Mode::Express => {
            Some(types::DeploymentConfig::builder().mode(types::DeploymentConfigMode::Express).build())
        }
    }
}

fn parameter((name, value): &(String, ParameterValue)) -> types::Parameter {
    let builder = types::Parameter::builder().parameter_key(name);
    match value {
        ParameterValue::Plain(text) => builder.parameter_value(text),
        ParameterValue::Hidden(secret) => builder.parameter_value(secret.expose()),
        ParameterValue::Previous => builder.use_previous_value(true),
    }
    .build()
}

fn tag((key, value): &(String, String)) -> types::Tag {
    types::Tag::builder().key(key).value(value).build()
}

fn capabilities(names: &[String]) -> Option<Vec<types::Capability>> {
    (!names.is_empty()).then(|| names.iter().map(|name| types::Capability::from(name.as_str())).collect())
}
