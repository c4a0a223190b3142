//! What two stacks that stand for each other have different.

use crate::compare::What;
use crate::compare::normal::Names;
use crate::model::environment::{MARK, MARK_STACK};
use crate::model::fact::{Fact, Input};
use crate::model::secret_name::sounds_secret;
use crate::model::stack::{Mode, OnFailure, Stack, StackAddress};
use crate::template::compare;
use crate::template::outline::outline;
use std::collections::{BTreeMap, BTreeSet};

/// A difference before anybody asked whether it is declared.
pub struct Found {
    /// The label of the stack.
    pub stack: String,
    /// What kind of thing differs.
    pub what: What,
    /// Which.
    pub path: String,
    /// What the left one has.
    pub left: Option<String>,
    /// What the right one has.
    pub right: Option<String>,
}

type Side<'a> = (&'a Stack, &'a Names);

const HIDDEN: &str = "****";

/// All differences of two stacks.
pub fn differences(left: Side<'_>, right: Side<'_>) -> Vec<Found> {
    let mut found = bodies(left, right);
    let hidden = hidden_parameters(left.0, right.0);
    found.extend(maps(What::Parameter, left, right, &parameters).into_iter().map(|one| {
        match hidden.contains(&one.path) {
            true => masked(one),
            false => one,
        }
    }));
    found.extend(maps(What::Tag, left, right, &tags));
    found.extend(maps(What::Setting, left, right, &settings));
    found
}

fn masked(found: Found) -> Found {
    let hide = |value: Option<String>| value.map(|_| HIDDEN.to_owned());
    Found { left: hide(found.left), right: hide(found.right), ..found }
}

fn bodies((left, left_names): Side<'_>, (right, right_names): Side<'_>) -> Vec<Found> {
    if left.body.sha256 == right.body.sha256 {
        return Vec::new();
    }
    let raw = compare::differences(&left.body.document.root, &right.body.document.root);
    let side = |names: &Names, value: &Option<String>| value.as_ref().map(|value| names.replace(value));
    let mut kept: Vec<compare::Difference> = raw
        .into_iter()
        .filter(|one| side(left_names, &one.before) != side(right_names, &one.after))
        .collect();
    // What stands under a key that is itself a name of the environment is missing on either side.
    let key = |names: &Names, path: &str, value: &Option<String>| {
        value.as_ref().map(|value| (names.replace(path), names.replace(value)))
    };
    let only = |one: &compare::Difference| match (&one.before, &one.after) {
        (Some(_), None) => key(left_names, &one.path, &one.before).map(|key| (true, key)),
        (None, Some(_)) => key(right_names, &one.path, &one.after).map(|key| (false, key)),
        _ => None,
    };
    let single: BTreeSet<_> = kept.iter().filter_map(only).collect();
    kept.retain(|one| only(one).is_none_or(|(left, key)| !single.contains(&(!left, key))));
    kept.into_iter().map(|one| body_difference(left, one)).collect()
}

fn body_difference(stack: &Stack, one: compare::Difference) -> Found {
    let name = one.path.rsplit('/').find(|part| part.parse::<usize>().is_err()).unwrap_or("");
    let hidden = sounds_secret(name) && one.path.starts_with("/Resources/");
    let found = Found {
        stack: stack.label.clone(),
        what: What::Body,
        path: one.path,
        left: one.before,
        right: one.after,
    };
    if hidden { masked(found) } else { found }
}

fn hidden_parameters(left: &Stack, right: &Stack) -> BTreeSet<String> {
    let mut hidden = BTreeSet::new();
    for stack in [left, right] {
        let outline = outline(&stack.body.document);
        let secret =
            outline.parameters.iter().filter(|parameter| parameter.no_echo || sounds_secret(parameter.name));
        hidden.extend(secret.map(|parameter| parameter.name.to_owned()));
    }
    hidden
}

/// Compares two lists of names and values.
fn maps(
    what: What,
    (left, left_names): Side<'_>,
    (right, right_names): Side<'_>,
    values: &dyn Fn(&Stack) -> Vec<(String, String)>,
) -> Vec<Found> {
    let (before, after): (Vec<_>, Vec<_>) = (values(left), values(right));
    let known: BTreeMap<&str, &str> =
        after.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let mut found = Vec::new();
    let mut add = |path: &str, left_value: Option<&str>, right_value: Option<&str>| {
        let normal = |names: &Names, value: Option<&str>| value.map(|value| names.replace(value));
        if normal(left_names, left_value) != normal(right_names, right_value) {
            let (stack, path) = (left.label.clone(), path.to_owned());
            let (left, right) = (left_value.map(str::to_owned), right_value.map(str::to_owned));
            found.push(Found { stack, what, path, left, right });
        }
    };
    for (key, value) in &before {
        add(key, Some(value), known.get(key.as_str()).copied());
    }
    for (key, value) in after.iter().filter(|(key, _)| !before.iter().any(|(known, _)| known == key)) {
        add(key, None, Some(value));
    }
    found
}

fn parameters(stack: &Stack) -> Vec<(String, String)> {
    let told = |input: &Input| told(input, &stack.address);
    stack.parameters.iter().map(|parameter| (parameter.name.clone(), told(&parameter.input))).collect()
}

fn tags(stack: &Stack) -> Vec<(String, String)> {
    stack.tags.iter().filter(|(key, _)| key != MARK && key != MARK_STACK).cloned().collect()
}

/// Settings that are at their defaults on both sides are equal; those that are not given are left out.
fn settings(stack: &Stack) -> Vec<(String, String)> {
    let on_failure = match stack.on_failure {
        OnFailure::Rollback => "rollback",
        OnFailure::Keep => "keep",
        OnFailure::Delete => "delete",
    };
    let mode = match stack.mode {
        Mode::Standard => "standard",
        Mode::Express => "express",
    };
    let mut after: Vec<String> = stack.needs.iter().map(|need| relative(need, &stack.address)).collect();
    after.sort();
    after.dedup();
    let all = [
        ("template", Some(stack.body.template.clone())),
        ("name", Some(stack.name.clone())),
        ("protect", Some(stack.protect.to_string())),
        ("capabilities", list(&stack.capabilities)),
        ("role", stack.role.clone()),
        ("policy", stack.policy.clone()),
        ("notifications", list(&stack.notifications)),
        ("timeout", stack.timeout_minutes.map(|minutes| minutes.to_string())),
        ("on_failure", Some(on_failure.to_owned())),
        ("mode", Some(mode.to_owned())),
        ("after", list(&after)),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

fn list(items: &[String]) -> Option<String> {
    (!items.is_empty()).then(|| items.join(", "))
}

/// An input as the blueprint would write it.
fn told(input: &Input, here: &StackAddress) -> String {
    match input {
        Input::Text(text) => text.clone(),
        Input::List(items) => items.iter().map(|item| told(item, here)).collect::<Vec<_>>().join(","),
        Input::Fact(Fact::Output { producer, key }) => format!("!Output {}.{key}", relative(producer, here)),
        Input::Fact(Fact::Outputs { producers, key }) => {
            let name = producers.first().map_or(String::new(), |first| {
                let first = StackAddress {
                    account: here.account.clone(),
                    region: here.region.clone(),
                    ..first.clone()
                };
                relative(&first, here)
            });
            format!("!Outputs {name}.{key}")
        }
        Input::Fact(Fact::Ssm { name }) => format!("!Ssm {name}"),
        Input::Fact(Fact::Env { name }) => format!("!Env {name}"),
    }
}

/// A stack's address as seen from another: only what differs is said.
fn relative(address: &StackAddress, here: &StackAddress) -> String {
    let mut name = match address.environment == here.environment {
        true => address.stack.clone(),
        false => format!("{}:{}", address.environment, address.stack),
    };
    if address.account != here.account {
        name.push_str(&format!("@{}", address.account));
    }
    if address.region != here.region {
        name.push_str(&format!("/{}", address.region));
    }
    name
}
