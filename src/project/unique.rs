//! No two stacks of an environment have one address.

use crate::model::finding::Finding;
use crate::model::stack::StackAddress;
use crate::project::codes;
use crate::project::expand::Instance;
use crate::project::resolved::Resolved;
use crate::project::schema::reader::Written;
use std::collections::HashMap;

/// Two stacks with one address are told once for each such pair.
pub fn unique(resolved: &Resolved, instances: &[Instance], findings: &mut Vec<Finding>) {
    let mut seen: HashMap<&StackAddress, &Instance> = HashMap::new();
    for instance in instances {
        let Some(first) = seen.insert(&instance.address, instance) else { continue };
        let place = |instance: &Instance| {
            let entry = &resolved.blueprint.stacks[instance.entry];
            entry.setting("name").map_or_else(|| entry.key.place.clone(), Written::place)
        };
        let message = format!("two stacks of `{}` are called `{}`", resolved.name, instance.address.stack);
        let mut finding = Finding::error(codes::SAME_STACK, message, place(instance));
        if place(first) != place(instance) {
            finding = finding.related(place(first), "the other one");
        }
        findings.push(finding.help("let `name` say what tells them apart"));
    }
}
