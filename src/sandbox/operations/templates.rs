//! GetTemplate, GetTemplateSummary, ValidateTemplate.

use super::super::engine;
use super::super::language::{ParameterDeclaration, Template};
use super::super::live::importable;
use super::super::refusal::Refusal;
use super::super::stack::{Stack, Wish};
use super::super::status::StackStatus;
use super::Call;
use super::describe::present;
use serde_json::{Value, json};

pub(super) fn get(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let (stack, wish) = match (call.input.text("StackName"), call.input.text("ChangeSetName")) {
        (None, None) => {
            return Err(Refusal::validation("StackName is required if ChangeSetName is not specified."));
        }
        (None, Some(name)) if !name.starts_with("arn:") => {
            return Err(Refusal::validation("StackName is a required parameter."));
        }
        (stack, Some(change_set)) => {
            let (stack, change_set) = call.change_set(stack, change_set)?;
            (stack, Some(&*change_set.wish))
        }
        (Some(name), None) => {
            let stack = call.stack_with_id(name)?;
            (stack, stack.wish.as_ref())
        }
    };
    let original = call.input.text("TemplateStage") == Some("Original");
    let Some(wish) = wish else {
        return Ok(json!({"TemplateBody": "", "StagesAvailable": []}));
    };
    let body = if original { wish.template.clone() } else { call.processed(stack, wish) };
    Ok(json!({"TemplateBody": body, "StagesAvailable": ["Original", "Processed"]}))
}

impl Call<'_> {
    /// The template after its transforms; without any it is the text that was sent.
    pub(super) fn processed(&self, stack: &Stack, wish: &Wish) -> String {
        let transformed =
            Template::read(&wish.template).is_ok_and(|template| !template.transforms().is_empty());
        if !transformed {
            return wish.template.clone();
        }
        let outlook = self.world.outlook(&self.place);
        let processed = engine::read(stack, wish, &outlook).map(|desired| desired.processed().clone());
        processed.map_or_else(|_| wish.template.clone(), |tree| Value::Object(tree).to_string())
    }
}

pub(super) fn summary(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let text = match call.input.text("StackName") {
        Some(name) => {
            let stack = call.stack_with_id(name)?;
            if stack.status == StackStatus::ReviewInProgress {
                return Err(Refusal::validation(
                    "GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks.",
                ));
            }
            stack.wish.as_ref().map(|wish| wish.template.clone()).unwrap_or_default()
        }
        None => call.template(None)?,
    };
    let template = Template::read(&text)?;
    let need = template.capabilities();
    let parameters = template.parameters().into_iter().map(|parameter| declared(&parameter, true)).collect();
    Ok(json!({
        "Parameters": Value::Array(parameters),
        "Description": template.description(),
        "Capabilities": need.as_ref().map(|need| &need.capabilities),
        "CapabilitiesReason": need.as_ref().map(|need| &need.reason),
        "ResourceTypes": template.resource_types(),
        "Version": template.tree().get("AWSTemplateFormatVersion").cloned().unwrap_or_else(|| "2010-09-09".into()),
        "Metadata": template.metadata().map(Value::to_string),
        "DeclaredTransforms": present(template.transforms().into_iter().map(Value::String).collect()),
        "ResourceIdentifierSummaries": identifiers(&template),
    }))
}

fn identifiers(template: &Template) -> Vec<Value> {
    let resources = template.tree().get("Resources").and_then(Value::as_object);
    let known = template.resource_types().into_iter().filter_map(|kind| {
        let shape = crate::registry::find(&kind).filter(|_| importable(&kind))?;
        let of_kind =
            |(id, body): (&String, &Value)| (body.get("Type")?.as_str()? == kind).then(|| id.clone());
        let ids: Vec<String> = resources.into_iter().flatten().filter_map(of_kind).collect();
        // Each entry is one way to identify a resource; keys that must be given together stand in one entry.
        let names: Vec<String> = shape.primary_identifier.iter().map(|path| path.replace('/', ".")).collect();
        let names = [names.join(",")];
        Some(json!({"ResourceType": kind, "LogicalResourceIds": ids, "ResourceIdentifiers": names}))
    });
    known.collect()
}

pub(super) fn validate(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let text = call.template(None)?;
    let template = Template::read(&text)?;
    let need = template.capabilities();
    let parameters = template.parameters().into_iter().map(|parameter| declared(&parameter, false)).collect();
    Ok(json!({
        "Parameters": Value::Array(parameters),
        "Description": template.description(),
        "Capabilities": need.as_ref().map(|need| &need.capabilities),
        "CapabilitiesReason": need.as_ref().map(|need| &need.reason),
        "DeclaredTransforms": present(template.transforms().into_iter().map(Value::String).collect()),
    }))
}

fn declared(parameter: &ParameterDeclaration, whole: bool) -> Value {
    let mut shown = json!({
        "ParameterKey": parameter.name,
        "DefaultValue": parameter.default,
        "NoEcho": parameter.no_echo,
        "Description": parameter.description,
    });
    if whole {
        let allowed = (!parameter.allowed_values.is_empty()).then_some(&parameter.allowed_values);
        shown["ParameterType"] = parameter.kind.clone().into();
        shown["ParameterConstraints"] = json!({"AllowedValues": allowed});
    }
    shown
}

pub(super) fn cost(call: &mut Call<'_>) -> Result<Value, Refusal> {
    Template::read(&call.template(None)?)?;
    Ok(json!({"Url": "https://calculator.aws/#/estimate"}))
}
