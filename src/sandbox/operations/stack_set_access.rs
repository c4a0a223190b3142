//! Trusted access of stack sets to Organizations: ActivateOrganizationsAccess, DeactivateOrganizationsAccess,
//! DescribeOrganizationsAccess.

use super::super::refusal::Refusal;
use super::super::stack_set::StackSet;
use super::Call;
use serde_json::{Value, json};

pub(super) fn activate(call: &mut Call<'_>) -> Result<Value, Refusal> {
    manager(call)?;
    let (account, now) = (call.place.account.clone(), call.now);
    call.world.trust_stack_sets(&account, true, now);
    Ok(json!({}))
}

pub(super) fn deactivate(call: &mut Call<'_>) -> Result<Value, Refusal> {
    manager(call)?;
    let account = call.place.account.clone();
    let own = call.world.regions.iter().filter(|(place, _)| place.account == account);
    let in_use = |set: &StackSet| set.service.is_some() && !set.instances.is_empty();
    if own.flat_map(|(_, region)| region.stack_sets.values()).any(in_use) {
        let text =
            "Organizations access can not be deactivated while there are service managed stack instances";
        return Err(Refusal::new(400, "InvalidOperationException", text));
    }
    let now = call.now;
    call.world.trust_stack_sets(&account, false, now);
    Ok(json!({}))
}

pub(super) fn describe(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let account = call.set_place()?.account;
    let trusted = call.world.stack_sets_trusted(&account);
    Ok(json!({"Status": if trusted { "ENABLED" } else { "DISABLED" }}))
}

/// Only the management account says whom its organization trusts.
fn manager(call: &Call<'_>) -> Result<(), Refusal> {
    match call.world.organizations.contains_key(&call.place.account) {
        true => Ok(()),
        false => {
            let text =
                "Organizations access can only be managed by the management account of an organization";
            Err(Refusal::new(400, "InvalidOperationException", text))
        }
    }
}
