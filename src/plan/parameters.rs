//! The parameters of a planned stack: what they are today, what they would be, what is sent, and which of them only
//! the service can compare. Pure.

use crate::cloudformation::ParameterValue;
use crate::model::live::LiveStack;
use crate::model::secret::Secret;
use crate::plan::inputs::{Given, Inputs};
use crate::plan::{PlannedParameter, PlannedValue};
use crate::template::outline::{Outline, ParameterDeclaration};

/// What stands for a value that may not be shown; the service writes the same.
pub const HIDDEN: &str = "****";

/// The parameters as a plan shows them, in the order of the template. Hidden values never get into a plan.
pub(crate) fn planned(
    outline: &Outline<'_>,
    live: Option<&LiveStack>,
    inputs: &Inputs,
) -> Vec<PlannedParameter> {
    outline.parameters.iter().map(|declared| one(declared, live, inputs)).collect()
}

fn one(declared: &ParameterDeclaration<'_>, live: Option<&LiveStack>, inputs: &Inputs) -> PlannedParameter {
    let before = live
        .and_then(|live| live.parameters.iter().find(|parameter| parameter.name == declared.name))
        .map(|parameter| parameter.value.clone());
    let shown = |text: &str| match declared.no_echo {
        true => HIDDEN.to_owned(),
        false => text.to_owned(),
    };
    let after = match inputs.given.get(declared.name) {
        Some(Given::Known(text)) => PlannedValue::Known(shown(text)),
        Some(Given::After(stacks)) => PlannedValue::After(stacks.clone()),
        None => PlannedValue::Default(shown(declared.default.and_then(|node| node.text()).unwrap_or(""))),
    };
    let before = before.map(|text| shown(&text));
    PlannedParameter { name: declared.name.to_owned(), before, after, hidden: declared.no_echo }
}

/// The parameters of a request; none while something is not known. What the template does not declare is not sent.
pub(crate) fn sent(outline: &Outline<'_>, inputs: &Inputs) -> Option<Vec<(String, ParameterValue)>> {
    let mut sent = Vec::new();
    for declared in &outline.parameters {
        let value = match inputs.given.get(declared.name) {
            Some(Given::Known(text)) if declared.no_echo => ParameterValue::Hidden(Secret::new(text.clone())),
            Some(Given::Known(text)) => ParameterValue::Plain(text.clone()),
            Some(Given::After(_)) => return None,
            // Not sent at all, the template's default applies.
            None => continue,
        };
        sent.push((declared.name.to_owned(), value));
    }
    Some(sent)
}

/// Whether a parameter is seen to change, or goes, or is new.
pub(crate) fn differ(planned: &[PlannedParameter], live: &LiveStack) -> bool {
    let gone = live.parameters.iter().any(|old| planned.iter().all(|new| new.name != old.name));
    gone || planned.iter().any(changes)
}

fn changes(parameter: &PlannedParameter) -> bool {
    match &parameter.after {
        PlannedValue::Known(text) | PlannedValue::Default(text) => parameter.before.as_ref() != Some(text),
        PlannedValue::After(_) => true,
    }
}

/// Whether only the service can tell if a stack changes: it alone knows the hidden values that are deployed, and what
/// stands behind names of Systems Manager and macros today.
pub(crate) fn only_the_service_knows(outline: &Outline<'_>, body: &str) -> bool {
    let opaque = |declared: &ParameterDeclaration<'_>| {
        declared.no_echo || declared.kind.starts_with("AWS::SSM::Parameter::Value")
    };
    let included = ["{{resolve:ssm", "Fn::Transform", "!Transform"].iter().any(|mark| body.contains(mark));
    included || !outline.transforms.is_empty() || outline.parameters.iter().any(opaque)
}
