//! The accounts of an organization: created, moved, closed, gone.

use super::super::agenda::Due;
use super::super::refusal::Refusal;
use super::super::stack_sets::Whereabouts;
use super::super::world::{Place, World};
use super::state::{Creation, Member, Organization};
use super::{Call, seconds};
use serde_json::{Value, json};

/// How long the creation of an account takes: an assumption.
const CREATION_MILLISECONDS: i64 = 20_000;

/// An account as the service shows it.
pub(super) fn shown(own: &Organization, id: &str, account: &Member) -> Value {
    let status = if account.suspended { "SUSPENDED" } else { "ACTIVE" };
    json!({
        "Id": id,
        "Arn": own.arn("account", id),
        "Name": account.name,
        "Email": account.email,
        "Status": status,
        "State": status,
        "JoinedMethod": if account.invited { "INVITED" } else { "CREATED" },
        "JoinedTimestamp": seconds(account.joined_at),
    })
}

/// The refusal of an account that is not in the organization.
pub(super) fn missing() -> Refusal {
    Refusal::new(400, "AccountNotFoundException", "You specified an account that doesn't exist.")
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let own = call.organization()?;
    let all = own.accounts.iter().map(|(id, account)| shown(own, id, account)).collect();
    call.page("Accounts", all)
}

pub(super) fn describe(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let id = call.text("AccountId")?;
    let own = call.organization()?;
    let account = own.accounts.get(id).ok_or_else(missing)?;
    Ok(json!({"Account": shown(own, id, account)}))
}

pub(super) fn create(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let (name, email) = (call.text("AccountName")?.to_owned(), call.text("Email")?.to_owned());
    let everywhere = call.world.organizations.values().flat_map(|one| one.accounts.values());
    let taken = everywhere.into_iter().any(|account| account.email == email);
    let (now, tags) = (call.now, call.tags());
    let failure = taken.then(|| "EMAIL_ALREADY_EXISTS".to_owned());
    let due = if taken { now } else { now + CREATION_MILLISECONDS };
    let place = Place { account: call.management.clone(), region: "us-east-1".to_owned() };
    call.world.agenda.note(due, &place, Due::Organization);
    call.change(|own| {
        let id = format!("car-{}", own.draw("creation", 32));
        let creation = Creation { id, name, email, requested_at: now, due, account: None, failure, tags };
        let answer = json!({"CreateAccountStatus": progress(&creation)});
        own.requests.push(creation);
        answer
    })
}

fn state(creation: &Creation) -> &'static str {
    match (&creation.failure, &creation.account) {
        (Some(_), _) => "FAILED",
        (None, Some(_)) => "SUCCEEDED",
        (None, None) => "IN_PROGRESS",
    }
}

fn progress(creation: &Creation) -> Value {
    let state = state(creation);
    let mut shown = json!({
        "Id": creation.id,
        "AccountName": creation.name,
        "State": state,
        "RequestedTimestamp": seconds(creation.requested_at),
    });
    if state != "IN_PROGRESS" {
        shown["CompletedTimestamp"] = seconds(creation.due).into();
    }
    if let Some(account) = &creation.account {
        shown["AccountId"] = account.clone().into();
    }
    if let Some(failure) = &creation.failure {
        shown["FailureReason"] = failure.clone().into();
    }
    shown
}

/// Makes the accounts whose time has come.
pub(super) fn finish(world: &mut World, management: &str, now: i64) {
    let Some(own) = world.organizations.get_mut(management) else { return };
    let mut made = Vec::new();
    for index in 0..own.requests.len() {
        let Creation { name, email, due, tags, .. } = own.requests[index].clone();
        if state(&own.requests[index]) != "IN_PROGRESS" || due > now {
            continue;
        }
        let id = number(own);
        let parent = own.root.clone();
        let member = Member { name, email, parent, suspended: false, invited: false, joined_at: due };
        own.accounts.insert(id.clone(), member);
        own.welcome(&id);
        own.tags.insert(id.clone(), tags);
        own.requests[index].account = Some(id.clone());
        made.push(Whereabouts { before: Vec::new(), after: own.above(&id), account: id });
    }
    if made.is_empty() {
        return;
    }
    world.store.organization_changed(management);
    for moved in made {
        world.follow_account(management, &moved, now);
    }
}

/// The number of a new account.
fn number(own: &mut Organization) -> String {
    loop {
        let digits = own.draw("account", 15);
        let number = u64::from_str_radix(&digits, 16).unwrap_or(own.births) % 1_000_000_000_000;
        let number = format!("{number:012}");
        if !own.accounts.contains_key(&number) {
            return number;
        }
    }
}

pub(super) fn creation(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let id = call.text("CreateAccountRequestId")?;
    let found = call.organization()?.requests.iter().find(|creation| creation.id == id);
    let found = found.ok_or_else(|| {
        let text =
            "We can't find an create account request with the CreateAccountRequestId that you specified.";
        Refusal::new(400, "CreateAccountStatusNotFoundException", text)
    })?;
    Ok(json!({"CreateAccountStatus": progress(found)}))
}

pub(super) fn creations(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let states = call.input.get("States").and_then(Value::as_array).cloned().unwrap_or_default();
    let wanted = |one: &&Creation| states.is_empty() || states.iter().any(|name| name == state(one));
    let all = call.organization()?.requests.iter().filter(wanted).map(progress).collect();
    call.page("CreateAccountStatuses", all)
}

pub(super) fn relocate(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let id = call.text("AccountId")?.to_owned();
    let (from, to) = (call.text("SourceParentId")?.to_owned(), call.text("DestinationParentId")?.to_owned());
    let own = call.organization()?;
    let account = own.accounts.get(&id).ok_or_else(missing)?;
    if !own.holds(&from) || account.parent != from {
        let text = "We can't find a source root or OU with the ParentId that you specified.";
        return Err(Refusal::new(400, "SourceParentNotFoundException", text));
    }
    if !own.holds(&to) {
        let text =
            "We can't find the destination container (a root or OU) with the ParentId that you specified.";
        return Err(Refusal::new(400, "DestinationParentNotFoundException", text));
    }
    if from == to {
        let text = "That account is already present in the specified destination.";
        return Err(Refusal::new(400, "DuplicateAccountException", text));
    }
    let before = own.above(&id);
    call.change(|own| {
        own.accounts.entry(id.clone()).and_modify(|account| account.parent = to).key().clone()
    })?;
    let after = call.organization()?.above(&id);
    follow(call, Whereabouts { account: id, before, after })
}

/// Tells the stack sets that an account has moved.
pub(super) fn follow(call: &mut Call<'_>, moved: Whereabouts) -> Result<Value, Refusal> {
    call.world.follow_account(&call.management, &moved, call.now);
    Ok(json!({}))
}

pub(super) fn close(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let id = call.text("AccountId")?.to_owned();
    let account = call.organization()?.accounts.get(&id).ok_or_else(missing)?;
    if account.suspended {
        let text = "You attempted to close an account that is already closed.";
        return Err(Refusal::new(400, "AccountAlreadyClosedException", text));
    }
    if id == call.management {
        let text = "You attempted to close the management account.";
        return Err(Refusal::new(400, "ConstraintViolationException", text));
    }
    call.change(|own| {
        own.accounts.entry(id).and_modify(|account| account.suspended = true);
        json!({})
    })
}

pub(super) fn remove(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let id = call.text("AccountId")?.to_owned();
    call.organization()?.accounts.get(&id).ok_or_else(missing)?;
    gone(call, &id)
}

pub(super) fn leave(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let id = call.account.to_owned();
    gone(call, &id)
}

fn gone(call: &mut Call<'_>, id: &str) -> Result<Value, Refusal> {
    if id == call.management {
        let text = "You can't remove the management account from an organization.";
        return Err(Refusal::new(400, "MasterCannotLeaveOrganizationException", text));
    }
    if call.organization()?.delegated.contains_key(id) {
        let text = "You can't remove an account that is a delegated administrator.";
        return Err(Refusal::new(400, "ConstraintViolationException", text));
    }
    let before = call.organization()?.above(id);
    call.change(|own| {
        own.accounts.remove(id);
        own.attached.remove(id);
        own.tags.remove(id);
    })?;
    follow(call, Whereabouts { account: id.to_owned(), before, after: Vec::new() })
}
