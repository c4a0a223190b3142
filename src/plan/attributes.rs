//! What would change of a stack itself: tags, role, topics, outputs, protection, policy. Pure.

use crate::model::live::LiveStack;
use crate::model::stack::Stack;
use crate::plan::AttributeChange;
use crate::template::compare::Difference;
use std::collections::BTreeMap;

/// The changes of attributes that go into a change set.
pub(crate) fn carried(stack: &Stack, live: &LiveStack) -> Vec<AttributeChange> {
    let mut changes = tags(stack, live);
    // A stack keeps its role when none is sent: leaving it out of the files changes nothing.
    if stack.role.is_some() && stack.role != live.role {
        changes.push(change("service role", live.role.clone(), stack.role.clone()));
    }
    let topics = |topics: &[String]| {
        let mut topics = topics.to_vec();
        topics.sort();
        (!topics.is_empty()).then(|| topics.join(", "))
    };
    let (before, after) = (topics(&live.notifications), topics(&stack.notifications));
    if before != after {
        changes.push(change("notifications", before, after));
    }
    changes
}

fn tags(stack: &Stack, live: &LiveStack) -> Vec<AttributeChange> {
    let before: BTreeMap<_, _> = live
        .tags
        .iter()
        .filter(|(key, _)| !key.starts_with("aws:"))
        .map(|(key, value)| (key, value))
        .collect();
    let after: BTreeMap<_, _> = stack.tags.iter().map(|(key, value)| (key, value)).collect();
    let mut changes = Vec::new();
    for (key, value) in &after {
        if before.get(key) != Some(value) {
            let before = before.get(key).map(|value| value.to_string());
            changes.push(change(&format!("tag {key}"), before, Some(value.to_string())));
        }
    }
    for (key, value) in before {
        if !after.contains_key(key) {
            changes.push(change(&format!("tag {key}"), Some(value.clone()), None));
        }
    }
    changes
}

/// Outputs that the template declares otherwise than the deployed one.
pub(crate) fn outputs(differences: &[Difference]) -> Vec<AttributeChange> {
    let outputs = differences.iter().filter_map(|difference| {
        let path = difference.path.strip_prefix("/Outputs/")?;
        let (name, rest) = path.split_once('/').unwrap_or((path, ""));
        let name = match rest {
            "" | "Value" => format!("output {name}"),
            rest => format!("output {name} ({rest})"),
        };
        Some(change(&name, difference.before.clone(), difference.after.clone()))
    });
    outputs.collect()
}

/// The change of termination protection, if there is one.
pub(crate) fn protection(stack: &Stack, live: Option<&LiveStack>) -> Option<AttributeChange> {
    let on = |on: bool| Some(if on { "on" } else { "off" }.to_owned());
    let before = live.is_some_and(|live| live.protected);
    (before != stack.protect).then(|| change("termination protection", on(before), on(stack.protect)))
}

/// The change of the stack policy, if there is one. A policy cannot be taken away, so without a declared one nothing
/// is asked and nothing changes.
pub(crate) fn policy(stack: &Stack, deployed: Option<&str>) -> Option<AttributeChange> {
    let wanted = stack.policy.as_deref()?;
    let parsed = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
    let same =
        deployed.is_some_and(|old| old == wanted || (parsed(old).is_some() && parsed(old) == parsed(wanted)));
    (!same).then(|| change("stack policy", deployed.map(str::to_owned), Some(wanted.to_owned())))
}

fn change(name: &str, before: Option<String>, after: Option<String>) -> AttributeChange {
    AttributeChange { name: name.to_owned(), before, after }
}
