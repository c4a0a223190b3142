//! Tags of roots, units, accounts and policies.

use super::super::refusal::Refusal;
use super::Call;
use serde_json::{Value, json};

/// What the tags of the request are on.
fn resource(call: &Call<'_>) -> Result<String, Refusal> {
    let id = call.text("ResourceId")?;
    let own = call.organization()?;
    let known = own.holds(id) || own.accounts.contains_key(id) || own.policies.contains_key(id);
    match known {
        true => Ok(id.to_owned()),
        false => {
            let text = "You specified a target that doesn't exist.";
            Err(Refusal::new(400, "TargetNotFoundException", text))
        }
    }
}

pub(super) fn add(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let (id, tags) = (resource(call)?, call.tags());
    call.change(|own| {
        let known = own.tags.entry(id).or_default();
        for (key, value) in tags {
            known.retain(|(name, _)| *name != key);
            known.push((key, value));
        }
        json!({})
    })
}

pub(super) fn remove(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let id = resource(call)?;
    let keys = call.input.get("TagKeys").and_then(Value::as_array).cloned().unwrap_or_default();
    call.change(|own| {
        own.tags.entry(id).or_default().retain(|(name, _)| !keys.iter().any(|key| key == name));
        json!({})
    })
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let id = resource(call)?;
    let tags = call.organization()?.tags.get(&id).into_iter().flatten();
    let all = tags.map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    call.page("Tags", all)
}
