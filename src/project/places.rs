//! Where in files of environments the values stand that went into something: what makes a difference a declared one.

use crate::model::document::Node;
use crate::model::place::Place;
use crate::model::stack::StackAddress;
use crate::project::expand::Expanded;
use crate::project::layers::Layered;
use crate::project::poured::Poured;
use crate::project::schema::blueprint::StackEntry;
use crate::template::expression;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The stack of the blueprint that a name means: its key, or the name of one of its instances.
pub fn entry<'a>(expanded: &'a Expanded, stack: &str) -> Option<&'a StackEntry> {
    let blueprint = &expanded.resolved.blueprint;
    let instance = expanded.called(stack).next();
    instance.map(|instance| &blueprint.stacks[instance.entry]).or_else(|| blueprint.stack(stack))
}

/// The values that nodes of a stack use; what an item gives is what `for_each` goes through.
pub fn used(entry: &StackEntry, nodes: &[&Node]) -> Vec<String> {
    let mut paths: Vec<String> = nodes.iter().flat_map(|node| expression::used_values(node)).collect();
    if let Some(written) = entry.setting("for_each")
        && nodes.iter().any(|node| mentions_item(node))
    {
        paths.extend(expression::used_values(&written.node));
    }
    paths.sort();
    paths.dedup();
    paths
}

fn mentions_item(node: &Node) -> bool {
    node.text().is_some_and(|text| text.contains("<%") && (text.contains("item") || text.contains("key")))
        || node.items().iter().any(mentions_item)
        || node.entries().iter().any(|(key, value)| mentions_item(key) || mentions_item(value))
}

/// The stack of the blueprint that a name means, as `entry`; one that the environment does not have is asked of others
/// that do.
fn entry_of_any<'a>(
    expanded: &'a Expanded,
    others: &BTreeMap<String, Arc<Expanded>>,
    stack: &str,
) -> Option<&'a StackEntry> {
    let blueprint = &expanded.resolved.blueprint;
    entry(expanded, stack).or_else(|| {
        let same = others.values().filter(|other| other.resolved.blueprint.name == blueprint.name);
        let key = same.filter_map(|other| entry(other, stack)).map(|entry| &entry.key.name).next()?;
        blueprint.stack(key)
    })
}

/// The places in files of environments whose values went into something of a stack, which may be there in another of the
/// environments only.
pub fn places(
    all: &BTreeMap<String, Arc<Expanded>>,
    bodies: &BTreeMap<String, Vec<String>>,
    address: &StackAddress,
    subject: &str,
) -> Vec<Place> {
    let Some(expanded) = all.get(&address.environment) else { return Vec::new() };
    let fits = |poured: &&Arc<Poured>| poured.role == address.account && poured.region == address.region;
    let Some(poured) = expanded.poured.iter().find(fits).or(expanded.poured.first()) else {
        return Vec::new();
    };
    let mut places = Vec::new();
    if let Some(entry) = entry_of_any(expanded, all, &address.stack) {
        for path in subject_paths(entry, bodies, subject) {
            let Some(given) = poured.layers.at(&path) else { continue };
            given.each_leaf(&mut |leaf: &Layered| {
                places.extend(
                    leaf.origin()
                        .filter(|origin| origin.layer.declares)
                        .and_then(|origin| origin.place.clone()),
                );
            });
        }
        if subject == "stack" && entry.setting("regions").is_some() {
            places.extend(own_region_places(expanded));
        }
    }
    if let Some(key) = subject.strip_prefix("tags/") {
        let own = poured.tags.iter().filter(|tag| tag.key.name == key).map(|tag| tag.key.place.clone());
        places.extend(own.filter(|place| place.source.path.starts_with("environments/")));
    }
    places.sort_by_key(|place| (place.source.path.clone(), place.start));
    places.dedup();
    places
}

fn own_region_places(expanded: &Expanded) -> Vec<Place> {
    let given = expanded.resolved.region_places.iter();
    given.filter(|place| place.source.path.starts_with("environments/")).cloned().collect()
}

fn subject_paths(entry: &StackEntry, bodies: &BTreeMap<String, Vec<String>>, subject: &str) -> Vec<String> {
    let setting = |key: &str| entry.setting(key).map(|written| &written.node);
    match subject.split_once('/') {
        None if subject == "stack" => {
            let nodes: Vec<&Node> =
                ["condition", "for_each", "account", "regions"].into_iter().filter_map(setting).collect();
            used(entry, &nodes)
        }
        None if subject == "body" => {
            let mut paths = match &entry.template {
                Some(template) => bodies.get(&template.name).cloned().unwrap_or_default(),
                None => Vec::new(),
            };
            paths.extend(setting("for_each").into_iter().flat_map(expression::used_values));
            paths
        }
        None => used(entry, &setting(subject).into_iter().collect::<Vec<_>>()),
        Some((kind, name)) => {
            let entries = if kind == "parameters" { &entry.parameters } else { &entry.tags };
            let nodes = entries.iter().filter(|given| given.key.name == name).map(|given| &given.value.node);
            used(entry, &nodes.collect::<Vec<_>>())
        }
    }
}
