//! Termination protection and stack policies.

use super::super::refusal::Refusal;
use super::Call;
use serde_json::{Value, json};

pub(super) fn termination_protection(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let name = call.stack_name()?;
    let enable = call.input.flag("EnableTerminationProtection")?;
    let enable = enable.ok_or_else(|| Refusal::missing("enableTerminationProtection"))?;
    let stack = call.stack_with_id(&name)?;
    if stack.parent.is_some() {
        let text = format!("Termination protection of nested stack [{name}] is set on its root.");
        return Err(Refusal::validation(text));
    }
    let id = stack.id.clone();
    call.change(&id.clone(), |stack| stack.termination_protection = enable)?;
    Ok(json!({"StackId": id}))
}

pub(super) fn set_policy(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let name = call.stack_name()?;
    let text = call.policy_text("StackPolicyBody", "StackPolicyURL")?;
    let id = call.stack_with_id(&name)?.id.clone();
    call.change(&id, |stack| {
        if text.is_some() {
            stack.policy = text;
        }
        Value::Null
    })
}

pub(super) fn policy(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let name = call.stack_name()?;
    let stack = call.stack_with_id(&name)?;
    Ok(json!({"StackPolicyBody": stack.policy}))
}
