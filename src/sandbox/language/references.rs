//! Who names whom: the references inside a node, and what follows for order.
//!
//! Pure walks over the tree; which names exist is decided by the caller.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::evaluate::function;
use super::scope::PSEUDO_PARAMETERS;
use super::text::{Piece, pieces};

/// One reference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reference {
    /// `Ref`, or a placeholder without a dot.
    Name(String),
    /// `Fn::GetAtt`: the resource and the attribute.
    Attribute(String, String),
    /// A placeholder with a dot: the resource and the attribute.
    Placeholder(String, String),
}

impl Reference {
    /// The name that is meant.
    pub fn target(&self) -> &str {
        match self {
            Self::Name(name) | Self::Attribute(name, _) | Self::Placeholder(name, _) => name,
        }
    }
}

/// Collects the references of a node. With decided conditions, only the chosen branch of each `Fn::If` counts.
pub fn collect(node: &Value, conditions: Option<&BTreeMap<String, bool>>, found: &mut Vec<Reference>) {
    match (function(node), node) {
        (Some(("Ref", Value::String(name))), _) => found.push(Reference::Name(name.clone())),
        (Some(("Fn::GetAtt", argument)), _) => attribute(argument, conditions, found),
        (Some(("Fn::Sub", argument)), _) => placeholders(argument, conditions, found),
        (Some(("Fn::If", Value::Array(parts))), _) => {
            let known = parts.first().and_then(Value::as_str);
            let decided = conditions.zip(known).and_then(|(all, name)| all.get(name));
            match (decided, parts.as_slice()) {
                (Some(true), [_, then, _]) => collect(then, conditions, found),
                (Some(false), [_, _, otherwise]) => collect(otherwise, conditions, found),
                _ => parts.iter().skip(1).for_each(|part| collect(part, conditions, found)),
            }
        }
        (_, Value::Array(items)) => items.iter().for_each(|item| collect(item, conditions, found)),
        (_, Value::Object(entries)) => entries.values().for_each(|value| collect(value, conditions, found)),
        _ => {}
    }
}

fn attribute(argument: &Value, conditions: Option<&BTreeMap<String, bool>>, found: &mut Vec<Reference>) {
    match argument {
        Value::String(both) => {
            if let Some((resource, name)) = both.split_once('.') {
                found.push(Reference::Attribute(resource.to_owned(), name.to_owned()));
            }
        }
        Value::Array(parts) => {
            if let Some(resource) = parts.first().and_then(Value::as_str) {
                let rest: Vec<&str> = parts.iter().skip(1).filter_map(Value::as_str).collect();
                found.push(Reference::Attribute(resource.to_owned(), rest.join(".")));
            }
            parts.iter().for_each(|part| collect(part, conditions, found));
        }
        _ => {}
    }
}

fn placeholders(argument: &Value, conditions: Option<&BTreeMap<String, bool>>, found: &mut Vec<Reference>) {
    let (template, given) = match argument {
        Value::String(template) => (template.as_str(), None),
        Value::Array(parts) => (
            parts.first().and_then(Value::as_str).unwrap_or_default(),
            parts.get(1).and_then(Value::as_object),
        ),
        _ => return,
    };
    for piece in pieces(template) {
        let Piece::Name(name) = piece else { continue };
        if given.is_some_and(|given| given.contains_key(name)) {
            continue;
        }
        found.push(match name.split_once('.') {
            Some((resource, attribute)) => Reference::Placeholder(resource.to_owned(), attribute.to_owned()),
            None => Reference::Name(name.to_owned()),
        });
    }
    given.into_iter().flat_map(|given| given.values()).for_each(|node| collect(node, conditions, found));
}

/// Says whether any reference leads further than to the given parameters and the pseudo parameters.
pub fn outside(found: &[Reference], parameters: &BTreeSet<&str>) -> bool {
    let known = |name: &str| parameters.contains(name) || PSEUDO_PARAMETERS.contains(&name);
    !found.iter().all(|reference| matches!(reference, Reference::Name(name) if known(name)))
}

/// What `DependsOn` names.
pub fn depends_on(body: &Value) -> Vec<&str> {
    match body.get("DependsOn") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The members of the first cycle, in the given order; nothing when there is none.
pub fn cycle(order: &[&str], needs: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    let mut left: BTreeMap<&str, BTreeSet<&str>> = order
        .iter()
        .map(|name| (*name, needs.get(*name).into_iter().flatten().map(String::as_str).collect()))
        .collect();
    strip(&mut left, |name, left| left[name].iter().all(|needed| !left.contains_key(needed)));
    strip(&mut left, |name, left| !left.values().any(|needed| needed.contains(name)));
    if left.is_empty() {
        return None;
    }
    Some(order.iter().filter(|name| left.contains_key(*name)).map(|name| (*name).to_owned()).collect())
}

/// Removes what the rule lets go, again and again.
fn strip<'a>(
    left: &mut BTreeMap<&'a str, BTreeSet<&'a str>>,
    rule: impl Fn(&str, &BTreeMap<&'a str, BTreeSet<&'a str>>) -> bool,
) {
    loop {
        let free: Vec<&str> = left.keys().copied().filter(|name| rule(name, left)).collect();
        if free.is_empty() {
            return;
        }
        free.iter().for_each(|name| {
            left.remove(name);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(node: Value, expected: &[&str]) {
        let mut found = Vec::new();
        collect(&node, Some(&BTreeMap::from([("Yes".to_owned(), true)])), &mut found);
        let names: Vec<&str> = found.iter().map(Reference::target).collect();
        assert_eq!(names, expected, "{node}");
    }

    #[test]
    fn references_are_found_everywhere() {
        check(json!({"A": [{"Ref": "X"}, {"Fn::GetAtt": ["Y", "Arn"]}]}), &["X", "Y"]);
        check(json!({"Fn::Sub": "${A} ${B.C} ${!D}"}), &["A", "B"]);
        check(json!({"Fn::Sub": ["${A} ${B}", {"A": {"Ref": "C"}}]}), &["B", "C"]);
        check(json!({"Fn::If": ["Yes", {"Ref": "A"}, {"Ref": "B"}]}), &["A"]);
        check(json!({"Fn::If": ["Unknown", {"Ref": "A"}, {"Ref": "B"}]}), &["A", "B"]);
        check(json!({"Fn::GetAtt": "A.B.C"}), &["A"]);
    }

    #[test]
    fn cycles_are_told_without_their_neighbours() {
        let needs = |pairs: &[(&str, &str)]| {
            let mut map: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            for (from, to) in pairs {
                map.entry((*from).into()).or_default().insert((*to).into());
            }
            map
        };
        assert_eq!(cycle(&["A", "B"], &needs(&[("A", "B")])), None);
        let found = cycle(&["A", "B", "C", "D"], &needs(&[("A", "B"), ("B", "C"), ("C", "B"), ("C", "D")]));
        assert_eq!(found, Some(vec!["B".into(), "C".into()]));
        assert_eq!(cycle(&["A"], &needs(&[("A", "A")])), Some(vec!["A".into()]));
    }
}
