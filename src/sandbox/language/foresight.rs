//! What the service finds before it touches a resource: at the start of an execution, or with the request.
//!
//! Attributes are looked up in the published types; nothing that exists is asked.

use serde_json::Value;

use super::desired::Desired;
use super::evaluate::{evaluate, function};
use super::references::{Reference, collect};
use super::scope::{Scope, unsupported_attribute};
use super::text::plain;
use super::{KNOWN_AFTER_APPLY, Refusal, structure};
use crate::registry;

/// Checks with the request what parameters alone decide about the outputs: that values are texts, and that names can
/// be exported under.
pub fn texts(desired: &Desired, scope: &Scope<'_>) -> Result<(), Refusal> {
    for (key, body) in desired.output_declarations() {
        // What cannot be evaluated yet is told later, by who needs it.
        match body.get("Value").map(|node| evaluate(node, scope)) {
            Some(Ok(None | Some(Value::Array(_)))) => return Err(structure::not_text(".")),
            Some(Ok(Some(Value::Object(_)))) => return Err(structure::not_text(" and not a Map.")),
            _ => {}
        }
        let Some(Ok(name)) = body.pointer("/Export/Name").map(|node| evaluate(node, scope)) else { continue };
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'-');
        let name = name.as_ref().and_then(plain).unwrap_or_default();
        if name.is_empty() || !name.bytes().all(allowed) {
            return Err(structure::bad_export(key));
        }
    }
    Ok(())
}

/// Checks the attributes of the outputs, that imported exports exist, and that outputs of other stacks are asked for
/// where that is possible.
pub fn check(desired: &Desired, scope: &Scope<'_>) -> Result<(), Refusal> {
    things(scope)?;
    for (_, body) in desired.output_declarations() {
        stack_outputs(body, false)?;
    }
    for resource in desired.resources() {
        stack_outputs(resource.body, true)?;
    }
    for (key, body) in desired.output_declarations() {
        for member in ["Value", "Export"] {
            let Some(node) = body.get(member) else { continue };
            attributes(node, &format!("/Outputs/{key}/{member}"), desired)?;
        }
        imports(body, scope)?;
    }
    desired.resources().iter().try_for_each(|resource| imports(resource.body, scope))
}

/// Parameters that name things of the account: a name that none can have is one that does not exist. Whether one that
/// could exist does, is not known here.
fn things(scope: &Scope<'_>) -> Result<(), Refusal> {
    for (name, parameter) in scope.parameters {
        let kind =
            parameter.kind.trim_start_matches("AWS::SSM::Parameter::Value<").trim_start_matches("List<");
        let prefix = match kind.trim_end_matches('>') {
            "AWS::EC2::AvailabilityZone::Name" => scope.identity.region.as_str(),
            "AWS::EC2::Image::Id" => "ami-",
            "AWS::EC2::Instance::Id" => "i-",
            "AWS::EC2::SecurityGroup::Id" => "sg-",
            "AWS::EC2::Subnet::Id" => "subnet-",
            "AWS::EC2::Volume::Id" => "vol-",
            "AWS::EC2::VPC::Id" => "vpc-",
            _ => continue,
        };
        let reference = parameter.reference();
        let values = reference.as_array().map_or(std::slice::from_ref(&reference), Vec::as_slice);
        let strange = |value: &&str| !value.starts_with(prefix) && !value.contains("{{resolve:");
        if let Some(value) = values.iter().filter_map(Value::as_str).find(strange) {
            return Err(Refusal::new(format!(
                "Parameter validation failed: parameter value {value} for parameter name {name} does not exist"
            )));
        }
    }
    Ok(())
}

/// `Fn::GetStackOutput` is a property's value, or part of a `Fn::Join`, `Fn::If` or `Fn::Select` in it. Anywhere else
/// the service is documented to fail with an internal failure.
fn stack_outputs(node: &Value, allowed: bool) -> Result<(), Refusal> {
    let inside = match function(node) {
        Some(("Fn::GetStackOutput", _)) if !allowed => return Err(Refusal::new("Internal Failure")),
        Some(("Fn::Sub" | "Fn::Base64" | "Fn::ImportValue", _)) => false,
        _ => allowed,
    };
    match node {
        Value::Array(items) => items.iter().try_for_each(|item| stack_outputs(item, inside)),
        Value::Object(entries) => entries.values().try_for_each(|value| stack_outputs(value, inside)),
        _ => Ok(()),
    }
}

/// Checks the lookups in mappings that need nothing but parameters.
pub fn lookups(desired: &Desired, scope: &Scope<'_>) -> Result<(), Refusal> {
    for resource in desired.resources() {
        lookup(resource.body.get("Properties").unwrap_or(&Value::Null), scope)?;
    }
    desired.output_declarations().into_iter().try_for_each(|(_, body)| lookup(body, scope))
}

fn lookup(node: &Value, scope: &Scope<'_>) -> Result<(), Refusal> {
    if let Some(("Fn::If", Value::Array(parts))) = function(node) {
        let decided = parts.first().and_then(Value::as_str).and_then(|name| scope.conditions.get(name));
        match (decided, parts.as_slice()) {
            (Some(true), [_, then, _]) => return lookup(then, scope),
            (Some(false), [_, _, otherwise]) => return lookup(otherwise, scope),
            _ => {}
        }
    }
    if let Some(("Fn::FindInMap", argument)) = function(node) {
        let mut found = Vec::new();
        collect(argument, Some(scope.conditions), &mut found);
        let known = |reference: &Reference| {
            let name = reference.target();
            scope.parameters.contains_key(name) || scope.pseudo(name).is_some()
        };
        if found.iter().all(known) {
            evaluate(node, scope)?;
        }
        return Ok(());
    }
    match node {
        Value::Array(items) => items.iter().try_for_each(|item| lookup(item, scope)),
        Value::Object(entries) => entries.values().try_for_each(|value| lookup(value, scope)),
        _ => Ok(()),
    }
}

fn attributes(node: &Value, path: &str, desired: &Desired) -> Result<(), Refusal> {
    if let Some(("Fn::GetAtt", Value::Array(parts))) = function(node) {
        let texts: Vec<&str> = parts.iter().filter_map(Value::as_str).collect();
        if let [resource, rest @ ..] = texts.as_slice() {
            let kind = desired.resource(resource).map(|found| found.resource_type).unwrap_or_default();
            let name = rest.join(".");
            if texts.len() == parts.len() && !has_attribute(kind, &name) {
                let fault = unsupported_attribute(kind, &name);
                return Err(Refusal::new(format!(
                    "[Error] {path}/Fn::GetAtt: {}",
                    fault.message.trim_end_matches('.')
                )));
            }
        }
    }
    match node {
        Value::Array(items) => items
            .iter()
            .enumerate()
            .try_for_each(|(index, item)| attributes(item, &format!("{path}/{index}"), desired)),
        Value::Object(entries) => {
            entries.iter().try_for_each(|(key, value)| attributes(value, &format!("{path}/{key}"), desired))
        }
        _ => Ok(()),
    }
}

/// Says whether `Fn::GetAtt` may read the name; of types that are not published everything may be read.
pub fn has_attribute(resource_type: &str, name: &str) -> bool {
    registry::find(resource_type).is_none_or(|found| found.attribute(name).is_some())
}

fn imports(node: &Value, scope: &Scope<'_>) -> Result<(), Refusal> {
    if let Some(("Fn::If", Value::Array(parts))) = function(node) {
        let decided = parts.first().and_then(Value::as_str).and_then(|name| scope.conditions.get(name));
        match (decided, parts.as_slice()) {
            (Some(true), [_, then, _]) => return imports(then, scope),
            (Some(false), [_, _, otherwise]) => return imports(otherwise, scope),
            _ => {}
        }
    }
    if let Some(("Fn::ImportValue", argument)) = function(node)
        && let Some(Value::String(name)) = evaluate(argument, scope)?
        && !name.contains(KNOWN_AFTER_APPLY)
        && scope.surroundings.export(&name).is_none()
    {
        return Err(Refusal::new(format!("No export named {name} found")));
    }
    match node {
        Value::Array(items) => items.iter().try_for_each(|item| imports(item, scope)),
        Value::Object(entries) => entries.values().try_for_each(|value| imports(value, scope)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::surroundings::Nothing;
    use super::super::{Desired, Identity, ParameterValues, Template};

    fn foreseen(text: &str) -> Result<(), String> {
        let template = Template::read(text).map_err(|refusal| refusal.message)?;
        let wish = Desired::new(&template, ParameterValues::new(), Identity::default(), Vec::new(), &Nothing);
        wish.and_then(|wish| wish.foresee(&Nothing)).map_err(|refusal| refusal.message)
    }

    #[test]
    fn what_cannot_succeed_is_told_before_anything_is_done() {
        let topic = "Resources: {A: {Type: 'AWS::SNS::Topic'}}";
        for (text, expected) in [
            ("Outputs: {O: {Value: !GetAtt A.TopicName}}", Ok(())),
            (
                "Outputs: {O: {Value: !GetAtt A.Colour}}",
                Err(
                    "[Error] /Outputs/O/Value/Fn::GetAtt: Resource type AWS::SNS::Topic does not support attribute {Colour}",
                ),
            ),
            ("Outputs: {O: {Value: !ImportValue net}}", Err("No export named net found")),
            (
                "Conditions: {C: !Equals [a, b]}\nOutputs: {O: {Value: !If [C, !ImportValue net, none]}}",
                Ok(()),
            ),
            (
                "Mappings: {M: {K: {A: x}}}\nOutputs: {O: {Value: !FindInMap [M, K, B]}}",
                Err("Template error: Unable to get mapping for M::K::B"),
            ),
            (
                "Outputs: {O: {Value: {'Fn::GetAZs': ''}}}",
                Err(
                    "Template format error: The Value field of every Outputs member must evaluate to a String.",
                ),
            ),
            (
                "Conditions: {C: !Equals [a, b]}\nOutputs: {O: {Value: !If [C, a, !Ref 'AWS::NoValue']}}",
                Err(
                    "Template format error: The Value field of every Outputs member must evaluate to a String.",
                ),
            ),
            (
                "Outputs: {O: {Value: x, Export: {Name: a/b}}}",
                Err(
                    "Template format error: Output O is malformed. The Name field of every Export member must be \
                     specified and consist only of alphanumeric characters, colons, or hyphens.",
                ),
            ),
            (
                "Outputs: {O: {Value: {'Fn::GetStackOutput': {StackName: s, OutputName: o}}}}",
                Err("Internal Failure"),
            ),
        ] {
            assert_eq!(foreseen(&format!("{topic}\n{text}")), expected.map_err(str::to_owned), "{text}");
        }
    }

    #[test]
    fn unknown_types_are_refused() {
        let found = foreseen("Resources: {A: {Type: 'AWS::SNS::Topc'}}");
        assert_eq!(
            found,
            Err("Template format error: Unrecognized resource types: [AWS::SNS::Topc]".to_owned())
        );
    }
}
