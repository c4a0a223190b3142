//! SetAlias and RemoveAlias: a second name for a stack. The texts of the refusals are unconfirmed.

use super::super::refusal::Refusal;
use super::Call;
use super::stacks::named;
use serde_json::Value;

pub(super) fn set(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let name = call.stack_name()?;
    let alias = call.input.required("AliasName")?.to_owned();
    named(&alias)?;
    let stack = call.stack_with_id(&name)?;
    let (id, present) = (stack.id.clone(), stack.alias.clone());
    if !stack.lives() {
        return Err(Refusal::validation(format!("Stack with id {name} does not exist")));
    }
    if let Some(owner) = call.world.stack(&call.place, &alias) {
        if owner.id == id && present.as_ref() == Some(&alias) {
            return Ok(Value::Null);
        }
        let text = format!("Alias [{alias}] cannot be set: a stack of this name or alias already exists");
        return Err(Refusal::new(400, "AlreadyExistsException", text));
    }
    if let Some(present) = present {
        let text =
            format!("Stack [{name}] already has the alias [{present}]. Remove it before setting another");
        return Err(Refusal::new(400, "LimitExceededException", text));
    }
    call.change(&id, |stack| stack.alias = Some(alias))?;
    Ok(Value::Null)
}

pub(super) fn remove(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let alias = call.input.required("AliasName")?.to_owned();
    let owner = call.world.stack(&call.place, &alias).filter(|stack| stack.alias.as_ref() == Some(&alias));
    let id = match owner {
        Some(stack) => stack.id.clone(),
        None => return Err(Refusal::validation(format!("Alias [{alias}] does not exist"))),
    };
    call.change(&id, |stack| stack.alias = None)?;
    Ok(Value::Null)
}
