//! Invitations: how accounts with numbers of their own come into an organization.

use super::super::refusal::Refusal;
use super::super::stack_sets::Whereabouts;
use super::state::{Handshake, Member, Organization};
use super::{Call, accounts, seconds};
use serde_json::{Value, json};

/// How long an invitation holds, in milliseconds: fifteen days.
const LIFETIME: i64 = 15 * 24 * 3_600_000;

fn shown(own: &Organization, id: &str, handshake: &Handshake) -> Value {
    let Handshake { account, state, requested_at } = handshake;
    json!({
        "Id": id,
        "Arn": format!("arn:aws:organizations::{}:handshake/{}/invite/{id}", own.management, own.id),
        "Parties": [
            {"Id": own.id.trim_start_matches("o-"), "Type": "ORGANIZATION"},
            {"Id": account, "Type": "ACCOUNT"},
        ],
        "State": state,
        "RequestedTimestamp": seconds(*requested_at),
        "ExpirationTimestamp": seconds(requested_at + LIFETIME),
        "Action": "INVITE",
        "Resources": [
            {"Type": "ORGANIZATION", "Value": own.id},
            {"Type": "ACCOUNT", "Value": account},
        ],
    })
}

pub(super) fn invite(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let target = call.input.get("Target");
    let field = |name: &str| target.and_then(|target| target.get(name)).and_then(Value::as_str);
    let invalid = || Refusal::new(400, "InvalidInputException", "You specified an invalid value.");
    let account = field("Id").filter(|_| field("Type") == Some("ACCOUNT")).ok_or_else(invalid)?.to_owned();
    if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(invalid());
    }
    if call.organization()?.accounts.contains_key(&account) {
        let text = "The account is already a member of the organization.";
        return Err(Refusal::new(400, "HandshakeConstraintViolationException", text));
    }
    let open = |one: &Handshake| one.account == account && one.state == "OPEN";
    if call.organization()?.handshakes.values().any(open) {
        let text = "A handshake with the same action and target already exists.";
        return Err(Refusal::new(400, "DuplicateHandshakeException", text));
    }
    let now = call.now;
    call.change(|own| {
        let id = format!("h-{}", own.draw("handshake", 32));
        let handshake = Handshake { account, state: "OPEN".to_owned(), requested_at: now };
        let answer = json!({"Handshake": shown(own, &id, &handshake)});
        own.handshakes.insert(id, handshake);
        answer
    })
}

/// Whose organization a handshake of the request is; only who takes part in it sees it.
fn found(call: &Call<'_>) -> Result<(String, String), Refusal> {
    let id = call.text("HandshakeId")?;
    let sees = |own: &&Organization| {
        let handshake = own.handshakes.get(id);
        handshake.is_some_and(|one| one.account == call.account || own.management == call.account)
    };
    let own = call.world.organizations.values().find(sees).ok_or_else(|| {
        let text = "We can't find a handshake with the HandshakeId that you specified.";
        Refusal::new(400, "HandshakeNotFoundException", text)
    })?;
    Ok((own.management.clone(), id.to_owned()))
}

pub(super) fn describe(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let (management, id) = found(call)?;
    call.management = management;
    let own = call.organization()?;
    let shown = own.handshakes.get(&id).map(|handshake| shown(own, &id, handshake));
    Ok(json!({"Handshake": shown}))
}

/// Gives an open handshake another state.
fn turn(call: &mut Call<'_>, state: &str) -> Result<Value, Refusal> {
    let (management, id) = found(call)?;
    call.management = management;
    let open = call.organization()?.handshakes.get(&id).is_some_and(|one| one.state == "OPEN");
    if !open {
        let text = "You can't perform the operation on the handshake in its current state.";
        return Err(Refusal::new(400, "InvalidHandshakeTransitionException", text));
    }
    let state = state.to_owned();
    call.change(|own| {
        own.handshakes.entry(id).and_modify(|one| one.state = state);
    })?;
    describe(call)
}

pub(super) fn accept(call: &mut Call<'_>) -> Result<Value, Refusal> {
    if !call.management.is_empty() {
        let text = "The AWS account is already a member of an organization.";
        return Err(Refusal::new(400, "HandshakeConstraintViolationException", text));
    }
    let answer = turn(call, "ACCEPTED")?;
    let (account, now) = (call.account.to_owned(), call.now);
    call.change(|own| {
        let (name, email) = (format!("account {account}"), format!("{account}@example.com"));
        let parent = own.root.clone();
        let member = Member { name, email, parent, suspended: false, invited: true, joined_at: now };
        own.accounts.insert(account.clone(), member);
        own.welcome(&account);
    })?;
    let after = call.organization()?.above(call.account);
    let account = call.account.to_owned();
    accounts::follow(call, Whereabouts { account, before: Vec::new(), after })?;
    Ok(answer)
}

pub(super) fn decline(call: &mut Call<'_>) -> Result<Value, Refusal> {
    turn(call, "DECLINED")
}

pub(super) fn cancel(call: &mut Call<'_>) -> Result<Value, Refusal> {
    turn(call, "CANCELED")
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let own = call.organization()?;
    let all = own.handshakes.iter().map(|(id, handshake)| shown(own, id, handshake)).collect();
    call.page("Handshakes", all)
}

pub(super) fn list_own(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let of = |own: &Organization| -> Vec<Value> {
        let mine = own.handshakes.iter().filter(|(_, one)| one.account == call.account);
        mine.map(|(id, handshake)| shown(own, id, handshake)).collect()
    };
    let all = call.world.organizations.values().flat_map(of).collect();
    call.page("Handshakes", all)
}
