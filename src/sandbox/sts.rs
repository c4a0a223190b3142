//! STS: who is calling, and credentials of a role in another account.
//!
//! Every role can be assumed: the sandbox has no policies. The credentials carry account, role and session themselves.

use super::caller::session_token;
use super::clock::timestamp;
use super::identifiers;
use super::query::Input;
use super::refusal::Refusal;
use super::request::Request;
use super::response::{self, Form, Response};
use super::world::World;
use serde_json::{Value, json};

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";
const HOUR_SECONDS: i64 = 3600;

/// Carries out a request and answers it.
pub(super) fn answer(world: &mut World, request: &Request) -> Response {
    let id = world.request_id();
    let input = Input::parse(&request.form());
    let action = input.text("Action").unwrap_or_default().to_owned();
    let result = match action.as_str() {
        "GetCallerIdentity" => Ok(identity(request)),
        "AssumeRole" | "AssumeRoleWithWebIdentity" => assume(world, &input),
        "GetSessionToken" => Ok(session(world, request)),
        "" => Err(Refusal::new(400, "MissingAction", "No Action parameter was specified")),
        other => {
            let text = format!("Could not find operation {other} for version 2011-06-15");
            Err(Refusal::new(400, "InvalidAction", text))
        }
    };
    match result {
        Ok(result) => response::query(&action, Form::Xml(NAMESPACE), &id, &result),
        Err(refusal) => response::query_error(Form::Xml(NAMESPACE), &id, &refusal),
    }
}

fn identity(request: &Request) -> Value {
    let caller = &request.caller;
    let user = match &caller.session {
        Some((role, session)) => format!("{}:{session}", principal("AROA", role)),
        None => principal("AIDA", &caller.account),
    };
    json!({"Arn": caller.arn(), "UserId": user, "Account": caller.account})
}

/// The identifier of a role or user: letters and digits that follow from its name.
fn principal(prefix: &str, name: &str) -> String {
    format!("{prefix}{}", identifiers::digest(0, &[prefix, name])[..17].to_uppercase())
}

fn assume(world: &mut World, input: &Input) -> Result<Value, Refusal> {
    let arn = input.required("RoleArn")?;
    let session = input.required("RoleSessionName")?;
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let account = parts.get(4).copied().unwrap_or_default();
    let role = parts.get(5).and_then(|path| path.strip_prefix("role/"));
    let twelve = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let (Some(role), true, true) = (role, twelve, parts.first() == Some(&"arn")) else {
        return Err(Refusal::validation(format!("{arn} is invalid")));
    };
    session_name(session)?;
    let seconds = input.integer("DurationSeconds")?.unwrap_or(HOUR_SECONDS);
    if !(900..=43_200).contains(&seconds) {
        let text = "Member must have value between 900 and 43200";
        return Err(Refusal::constraint(Some(&seconds.to_string()), "durationSeconds", text));
    }
    let name = role.rsplit('/').next().unwrap_or(role);
    let partition = parts.get(1).copied().unwrap_or("aws");
    let credentials = credentials(world, account, name, session, seconds);
    Ok(json!({
        "Credentials": credentials,
        "AssumedRoleUser": {
            "AssumedRoleId": format!("{}:{session}", principal("AROA", name)),
            "Arn": format!("arn:{partition}:sts::{account}:assumed-role/{name}/{session}"),
        },
    }))
}

fn session_name(name: &str) -> Result<(), Refusal> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "_+=,.@-".contains(letter);
    if (2..=64).contains(&name.len()) && name.chars().all(fits) {
        return Ok(());
    }
    let text = "Member must satisfy regular expression pattern: [\\w+=,.@-]*";
    Err(Refusal::constraint(Some(name), "roleSessionName", text))
}

fn credentials(world: &World, account: &str, role: &str, session: &str, seconds: i64) -> Value {
    let digest = identifiers::digest(world.seed, &[account, role, session]);
    // Clients compare the end with their own clock, which is the real one.
    let end = super::clock::Clock::wall_milliseconds() + seconds * 1000;
    json!({
        "AccessKeyId": format!("ASIA{account}{}", digest[..4].to_uppercase()),
        "SecretAccessKey": digest[4..44],
        "SessionToken": session_token(role, session),
        "Expiration": timestamp(end),
    })
}

fn session(world: &World, request: &Request) -> Value {
    json!({"Credentials": credentials(world, &request.caller.account, "session", "session", 12 * HOUR_SECONDS)})
}
