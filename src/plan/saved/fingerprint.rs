//! What a stack's part of a plan rests on: what is wanted of it, and what was live of it. Two of them are compared
//! fact by fact; where they are equal, the same would be planned again.

use crate::model::live::LiveStack;
use crate::model::stack::{Mode, OnFailure, Stack, StackAddress};
use crate::plan::Ground;
use crate::plan::inputs::Given;
use crate::plan::saved::hidden::{Hidden, digest};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;

/// What a stack's part of a plan rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fingerprint {
    /// What is wanted.
    pub wanted: Wanted,
    /// What was live; none when there was no stack, or one in review only.
    pub live: Option<Found>,
}

/// What the files want of a stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// The account's id.
    pub account_id: String,
    /// The stack's name in CloudFormation.
    pub name: String,
    /// The template's path from the project's root.
    pub template: String,
    /// Lower-case hexadecimal SHA-256 of the rendered body.
    pub sha256: String,
    /// The parameters that it is given; for others the template's default holds.
    pub parameters: BTreeMap<String, Worth>,
    /// The tags.
    pub tags: BTreeMap<String, String>,
    /// What it may do.
    pub capabilities: Vec<String>,
    /// The service role.
    pub role: Option<String>,
    /// The stack policy, as JSON.
    pub policy: Option<String>,
    /// The topics that hear of its events.
    pub notifications: Vec<String>,
    /// How long its creation may take, in minutes.
    pub timeout_minutes: Option<u32>,
    /// What happens when it fails.
    pub on_failure: OnFailure,
    /// When it is done.
    pub mode: Mode,
    /// Termination protection.
    pub protect: bool,
    /// The stacks it waits for.
    pub waits_for: Vec<StackAddress>,
}

/// What was found of a live stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Found {
    /// Its ARN.
    pub id: String,
    /// Its status.
    pub status: String,
    /// When it was last changed: updated, or else created; as RFC 3339 in UTC.
    pub changed: String,
    /// Termination protection.
    pub protected: bool,
    /// SHA-256 of the template that is deployed; none where it decides nothing, because the stack has to be mended first.
    pub sha256: Option<String>,
    /// SHA-256 of the stack policy that is set; none where the files declare none.
    pub policy_sha256: Option<String>,
    /// Its parameters.
    pub parameters: BTreeMap<String, Worth>,
}

/// What a parameter is worth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Worth {
    /// This text.
    Known(String),
    /// A text that nobody may read: its slow, salted hash.
    Hidden(String),
    /// What is known after these stacks are deployed.
    After(Vec<StackAddress>),
    /// Nothing, because what it is to be given is not there.
    Absent(String),
}

/// Something that is not as it was when the plan was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// What: `status`, `parameter Size`, `tag owner`, `template` …
    pub what: String,
    /// What it was; none when it was not there.
    pub was: Option<String>,
    /// What it is; none when it is there no more.
    pub is: Option<String>,
}

impl Moved {
    /// Something that was one thing and is another.
    pub fn new(what: &str, was: &str, is: &str) -> Self {
        Self { what: what.to_owned(), was: Some(was.to_owned()), is: Some(is.to_owned()) }
    }
}

impl fmt::Display for Moved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nothing = "(none)".to_owned();
        let (was, is) = (self.was.as_ref().unwrap_or(&nothing), self.is.as_ref().unwrap_or(&nothing));
        write!(f, "{} was {was}, is {is}", self.what)
    }
}

/// A fact with its name, for comparing and for telling.
struct Piece {
    name: String,
    exact: String,
    told: String,
}

impl Fingerprint {
    /// The fingerprint of a stack; hidden values are hashed for a run.
    pub fn of(stack: &Stack, ground: &Ground, run: &str) -> Self {
        let hidden = Hidden::of(stack, ground);
        let address = &stack.address;
        let mut parameters: BTreeMap<String, Worth> = BTreeMap::new();
        for (name, given) in &ground.given {
            let worth = match given {
                Given::Known(text) if hidden.hides(name, text) => {
                    Worth::Hidden(digest(run, address, name, text))
                }
                Given::Known(text) => Worth::Known(text.clone()),
                Given::After(stacks) => Worth::After(stacks.clone()),
            };
            parameters.insert(name.clone(), worth);
        }
        let absent = ground.absent.iter().map(|(name, why)| (name.clone(), Worth::Absent(why.clone())));
        parameters.extend(absent);
        let wanted = Wanted {
            account_id: stack.account.id.to_string(),
            name: stack.name.clone(),
            template: stack.body.template.clone(),
            sha256: stack.body.sha256.clone(),
            parameters,
            tags: stack.tags.iter().cloned().collect(),
            capabilities: stack.capabilities.clone(),
            role: stack.role.clone(),
            policy: stack.policy.clone(),
            notifications: stack.notifications.clone(),
            timeout_minutes: stack.timeout_minutes,
            on_failure: stack.on_failure,
            mode: stack.mode,
            protect: stack.protect,
            waits_for: stack.needs.clone(),
        };
        let live = ground.live.as_ref().map(|live| found(live, ground, address, &hidden, run));
        Self { wanted, live }
    }

    /// What is not as it was in another one.
    pub fn moved_since(&self, old: &Self) -> Vec<Moved> {
        let mut moved = compared(wanted_pieces(&old.wanted), wanted_pieces(&self.wanted));
        match (&old.live, &self.live) {
            (None, None) => {}
            (Some(before), Some(after)) => moved.extend(compared(found_pieces(before), found_pieces(after))),
            (before, after) => moved.push(Moved {
                what: "stack".to_owned(),
                was: Some(before.as_ref().map_or("not deployed", |live| &live.status).to_owned()),
                is: Some(after.as_ref().map_or("not deployed", |live| &live.status).to_owned()),
            }),
        }
        moved
    }
}

/// What is not the same in two lists of facts, in the order of the first.
fn compared(before: Vec<Piece>, mut after: Vec<Piece>) -> Vec<Moved> {
    let mut moved = Vec::new();
    for old in before {
        let now = after.iter().position(|now| now.name == old.name).map(|at| after.remove(at));
        if now.as_ref().is_some_and(|now| now.exact == old.exact) {
            continue;
        }
        let is = now.map(|now| if now.told == old.told { "another one".to_owned() } else { now.told });
        moved.push(Moved { what: old.name, was: Some(old.told), is });
    }
    moved.extend(after.into_iter().map(|new| Moved { what: new.name, was: None, is: Some(new.told) }));
    moved
}

fn found(live: &LiveStack, ground: &Ground, address: &StackAddress, hidden: &Hidden, run: &str) -> Found {
    let worth = |name: &str, value: &str| match hidden.hides(name, value) {
        true => Worth::Hidden(digest(run, address, name, value)),
        false => Worth::Known(value.to_owned()),
    };
    let parameters = live.parameters.iter();
    Found {
        id: live.id.clone(),
        status: live.status.as_str().to_owned(),
        changed: live.updated.clone().unwrap_or_else(|| live.created.clone()),
        protected: live.protected,
        sha256: ground.deployed.template.as_deref().map(sha256),
        policy_sha256: ground.deployed.policy.as_deref().map(sha256),
        parameters: parameters.map(|one| (one.name.clone(), worth(&one.name, &one.value))).collect(),
    }
}

/// Lower-case hexadecimal SHA-256 of a text.
pub(crate) fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// All that is wanted. It is taken apart by name, so that a new field cannot be forgotten.
fn wanted_pieces(wanted: &Wanted) -> Vec<Piece> {
    let Wanted {
        account_id,
        name,
        template,
        sha256,
        parameters,
        tags,
        capabilities,
        role,
        policy,
        notifications,
        timeout_minutes,
        on_failure,
        mode,
        protect,
        waits_for,
    } = wanted;
    let mut out = Pieces::default();
    out.text("account", account_id);
    out.text("name", name);
    out.hash(&format!("rendered {template}"), sha256);
    parameters.iter().for_each(|(name, worth)| out.worth(&format!("parameter {name}"), worth));
    tags.iter().for_each(|(name, value)| out.quoted(&format!("tag {name}"), value));
    out.list("capabilities", capabilities);
    role.iter().for_each(|role| out.text("service role", role));
    policy.iter().for_each(|policy| out.quoted("stack policy", policy));
    out.list("notifications", notifications);
    timeout_minutes.iter().for_each(|minutes| out.text("timeout", &format!("{minutes} minutes")));
    let on_failure = match on_failure {
        OnFailure::Rollback => "rollback",
        OnFailure::Keep => "keep",
        OnFailure::Delete => "delete",
    };
    out.text("on_failure", on_failure);
    out.text("mode", if *mode == Mode::Express { "express" } else { "standard" });
    out.text("protect", if *protect { "true" } else { "false" });
    out.list("waits for", waits_for);
    out.0
}

/// All that was found, likewise.
fn found_pieces(live: &Found) -> Vec<Piece> {
    let Found { id, status, changed, protected, sha256, policy_sha256, parameters } = live;
    let mut out = Pieces::default();
    out.text("stack", id);
    out.text("status", status);
    out.text("last change", changed);
    out.text("termination protection", if *protected { "on" } else { "off" });
    sha256.iter().for_each(|hash| out.hash("deployed template", hash));
    policy_sha256.iter().for_each(|hash| out.hash("deployed stack policy", hash));
    parameters.iter().for_each(|(name, worth)| out.worth(&format!("deployed parameter {name}"), worth));
    out.0
}

#[derive(Default)]
struct Pieces(Vec<Piece>);

impl Pieces {
    fn add(&mut self, name: &str, exact: &str, told: String) {
        self.0.push(Piece { name: name.to_owned(), exact: exact.to_owned(), told });
    }

    fn text(&mut self, name: &str, text: &str) {
        self.add(name, text, text.to_owned());
    }

    fn quoted(&mut self, name: &str, text: &str) {
        self.add(name, text, format!("{text:?}"));
    }

    fn hash(&mut self, name: &str, hash: &str) {
        let short: String = hash.chars().take(12).collect();
        self.add(name, hash, format!("SHA-256 {short}…"));
    }

    fn list<T: fmt::Debug + fmt::Display>(&mut self, name: &str, items: &[T]) {
        if !items.is_empty() {
            self.add(name, &format!("{items:?}"), joined(items));
        }
    }

    fn worth(&mut self, name: &str, worth: &Worth) {
        match worth {
            Worth::Known(text) => self.add(name, &format!("known {text}"), format!("{text:?}")),
            Worth::Hidden(hash) => self.add(name, &format!("hidden {hash}"), "a hidden value".to_owned()),
            Worth::After(stacks) => {
                self.add(name, &format!("after {stacks:?}"), format!("known after {}", joined(stacks)));
            }
            Worth::Absent(why) => self.add(name, &format!("absent {why}"), format!("missing: {why}")),
        }
    }
}

/// Several in one line.
pub(crate) fn joined<T: fmt::Display>(items: &[T]) -> String {
    items.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
}
