//! Values that a blueprint declares and nothing uses.

use crate::model::document::Node;
use crate::model::finding::Finding;
use crate::project::assemble::Workshop;
use crate::project::codes;
use crate::project::resolved::Resolved;
use crate::project::schema::blueprint::Blueprint;
use crate::template::expression;
use std::collections::{BTreeMap, BTreeSet};

/// For each template the values that its body uses, and warnings of values that nothing uses.
pub fn find(workshop: &mut Workshop) -> (BTreeMap<String, Vec<String>>, Vec<Finding>) {
    let expanded: Vec<_> = workshop.expanded.values().flatten().cloned().collect();
    let mut bodies = BTreeMap::new();
    let mut used: BTreeMap<String, Option<BTreeSet<String>>> = BTreeMap::new();
    for one in &expanded {
        let blueprint = &one.resolved.blueprint;
        let all = used.entry(blueprint.name.clone()).or_insert_with(|| Some(BTreeSet::new()));
        let mut paths =
            nodes(&one.resolved).into_iter().flat_map(expression::used_values).collect::<Vec<_>>();
        for template in blueprint.stacks.iter().filter_map(|entry| entry.template.as_ref()) {
            let source = workshop.library.folder.read(&template.name).ok();
            let found = source.and_then(|source| workshop.rendering.used_values(&source));
            match found {
                Some(found) => {
                    paths.extend(found.iter().cloned());
                    bodies.insert(template.name.clone(), found);
                }
                None => *all = None,
            }
        }
        if let Some(all) = all {
            all.extend(paths.iter().map(|path| path.split('.').next().unwrap_or_default().to_owned()));
        }
    }
    let mut told = BTreeSet::new();
    let mut findings = Vec::new();
    for one in &expanded {
        let blueprint = &one.resolved.blueprint;
        if let Some(Some(used)) = used.get(&blueprint.name)
            && told.insert(blueprint.name.clone())
        {
            findings.extend(unused(blueprint, used));
        }
    }
    (bodies, findings)
}

fn unused<'a>(blueprint: &'a Blueprint, used: &'a BTreeSet<String>) -> impl Iterator<Item = Finding> + 'a {
    // The empty path is a use of all values at once.
    let unknown = used.contains("");
    let entries = blueprint.values.iter().filter(move |entry| !unknown && !used.contains(&entry.name.name));
    entries.map(|entry| {
        let message = format!("nothing uses the value `{}`", entry.name.name);
        Finding::warning(codes::UNUSED, message, entry.name.place.clone())
            .help("use it as `<%= values.… %>`, or take it out here and in the environments")
    })
}

/// All nodes that may use values, but for templates.
fn nodes(resolved: &Resolved) -> Vec<&Node> {
    let project = &resolved.project;
    let mut nodes: Vec<&Node> =
        project.stack_name.iter().chain(&project.bucket).map(|written| &written.node).collect();
    nodes.extend(project.tags.iter().map(|entry| &entry.value.node));
    for file in &resolved.chain {
        let overlays = file.by_account.iter().chain(&file.by_region).map(|(_, overlay)| overlay);
        for overlay in overlays.chain([&file.overlay]) {
            nodes.extend(overlay.tags.iter().map(|entry| &entry.value.node));
        }
    }
    for entry in &resolved.blueprint.stacks {
        let entries = entry.parameters.iter().chain(&entry.tags).chain(&entry.settings);
        nodes.extend(entries.map(|entry| &entry.value.node));
        for assertion in &entry.assertions {
            nodes.push(&assertion.that.node);
            nodes.extend(assertion.message.as_ref().map(|message| &message.node));
        }
    }
    nodes
}
