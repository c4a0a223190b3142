//! The services an organization trusts, and the accounts that administer them in its place.

use super::super::refusal::Refusal;
use super::super::world::World;
use super::{Call, accounts, seconds};
use serde_json::{Value, json};

/// The names under which stack sets are trusted and delegated.
const STACK_SETS: &str = "member.org.stacksets.cloudformation.amazonaws.com";

/// A service of the request: AWS writes them as names under its own domain.
fn principal(call: &Call<'_>) -> Result<String, Refusal> {
    let name = call.text("ServicePrincipal")?;
    match name.ends_with(".amazonaws.com") {
        true => Ok(name.to_owned()),
        false => {
            let text = "You specified an unrecognized service principal.";
            Err(Refusal::new(400, "InvalidInputException", text))
        }
    }
}

pub(super) fn enable(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let (name, now) = (principal(call)?, call.now);
    call.change(|own| {
        own.services.entry(name).or_insert(now);
        json!({})
    })
}

pub(super) fn disable(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let name = principal(call)?;
    call.change(|own| {
        own.services.remove(&name);
        own.delegated.values_mut().for_each(|services| {
            services.remove(&name);
        });
        own.delegated.retain(|_, services| !services.is_empty());
        json!({})
    })
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let services = call.organization()?.services.iter();
    let all = services.map(|(name, at)| json!({"ServicePrincipal": name, "DateEnabled": seconds(*at)}));
    call.page("EnabledServicePrincipals", all.collect())
}

pub(super) fn register(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let (name, id, now) = (principal(call)?, call.text("AccountId")?.to_owned(), call.now);
    let own = call.organization()?;
    if !own.accounts.contains_key(&id) {
        return Err(accounts::missing());
    }
    if id == call.management {
        let text =
            "You cannot register master account/yourself as delegated administrator for your organization.";
        return Err(Refusal::new(400, "ConstraintViolationException", text));
    }
    if own.delegated.get(&id).is_some_and(|services| services.contains_key(&name)) {
        let text = "The provided account is already a delegated administrator for your organization.";
        return Err(Refusal::new(400, "AccountAlreadyRegisteredException", text));
    }
    call.change(|own| {
        own.delegated.entry(id).or_default().insert(name, now);
        json!({})
    })
}

pub(super) fn deregister(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let (name, id) = (principal(call)?, call.text("AccountId")?.to_owned());
    if !call.organization()?.accounts.contains_key(&id) {
        return Err(accounts::missing());
    }
    let known = call.change(|own| {
        let removed = own.delegated.get_mut(&id).and_then(|services| services.remove(&name));
        own.delegated.retain(|_, services| !services.is_empty());
        removed
    })?;
    match known {
        Some(_) => Ok(json!({})),
        None => Err(not_registered()),
    }
}

fn not_registered() -> Refusal {
    let text = "The provided account is not a registered delegated administrator for your organization.";
    Refusal::new(400, "AccountNotRegisteredException", text)
}

pub(super) fn administrators(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let wanted = call.option("ServicePrincipal");
    let own = call.organization()?;
    let shown = |(id, services): (&String, &std::collections::BTreeMap<String, i64>)| {
        let since = services
            .iter()
            .filter(|(name, _)| wanted.is_none_or(|wanted| wanted == name.as_str()))
            .map(|(_, at)| *at)
            .min()?;
        let mut shown = accounts::shown(own, id, own.accounts.get(id)?);
        shown["DelegationEnabledDate"] = seconds(since).into();
        Some(shown)
    };
    let all = own.delegated.iter().filter_map(shown).collect();
    call.page("DelegatedAdministrators", all)
}

pub(super) fn of_account(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let id = call.text("AccountId")?;
    let own = call.organization()?;
    if !own.accounts.contains_key(id) {
        return Err(accounts::missing());
    }
    let services = own.delegated.get(id).ok_or_else(not_registered)?;
    let shown = |(name, at): (&String, &i64)| json!({"ServicePrincipal": name, "DelegationEnabledDate": seconds(*at)});
    call.page("DelegatedServices", services.iter().map(shown).collect())
}

impl World {
    /// Whether stack sets of a management account may be told by its organization where they are.
    pub(in super::super) fn stack_sets_trusted(&self, management: &str) -> bool {
        self.organizations.get(management).is_some_and(|own| own.services.contains_key(STACK_SETS))
    }

    /// Says whether stack sets are trusted.
    pub(in super::super) fn trust_stack_sets(&mut self, management: &str, trusted: bool, now: i64) {
        let Some(own) = self.organizations.get_mut(management) else { return };
        match trusted {
            true => {
                own.services.entry(STACK_SETS.to_owned()).or_insert(now);
            }
            false => {
                own.services.remove(STACK_SETS);
            }
        }
        self.store.organization_changed(management);
    }

    /// The management account for which an account administers stack sets.
    pub(in super::super) fn delegating(&self, account: &str) -> Option<String> {
        let own = self.organization_of(account)?;
        own.delegated.get(account)?.contains_key(STACK_SETS).then(|| own.management.clone())
    }
}
