//! What can be known of the wished resources before anything is done, and the order to look at them.
//!
//! Used by the comparison; what is known while it is done are the instances themselves.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Replacement;
use super::detail::Judged;
use crate::sandbox::language::{Desired, Facts, Refusal, ResourceDeclaration};
use crate::sandbox::resources::Instances;

/// The wished resources, each after those it waits for.
pub fn in_order(desired: &Desired) -> Vec<ResourceDeclaration<'_>> {
    let mut waiting = desired.resources();
    let mut done: BTreeSet<&str> = BTreeSet::new();
    let mut order = Vec::with_capacity(waiting.len());
    let names: BTreeSet<&str> = waiting.iter().map(|declaration| declaration.logical_id).collect();
    while !waiting.is_empty() {
        let ready = |declaration: &ResourceDeclaration<'_>| {
            let needed = desired.dependencies(declaration.logical_id);
            needed.iter().all(|name| done.contains(name.as_str()) || !names.contains(name.as_str()))
        };
        let parted: (Vec<_>, Vec<_>) = waiting.iter().copied().partition(ready);
        let (now, later) = if parted.0.is_empty() { (parted.1, parted.0) } else { parted };
        done.extend(now.iter().map(|declaration| declaration.logical_id));
        order.extend(now);
        waiting = later;
    }
    order
}

/// What will be known of resources when the change starts: those that exist and stay.
pub struct Foreseen<'a> {
    /// What exists.
    pub instances: Option<&'a Instances>,
    /// What is known to change.
    pub judged: &'a Judged,
    /// What exists and is taken in: physical identifiers by logical id.
    pub imports: Option<&'a BTreeMap<String, String>>,
}

impl Facts for Foreseen<'_> {
    fn reference(&self, logical_id: &str) -> Option<Value> {
        let imported = self.imports.and_then(|imports| imports.get(logical_id));
        match imported {
            Some(physical_id) => Some(Value::String(physical_id.clone())),
            None => self.stays(logical_id)?.reference(logical_id),
        }
    }

    fn attribute(&self, logical_id: &str, name: &str) -> Result<Option<Value>, Refusal> {
        self.stays(logical_id).map_or(Ok(None), |instances| instances.attribute(logical_id, name))
    }
}

impl Foreseen<'_> {
    fn stays(&self, logical_id: &str) -> Option<&Instances> {
        let replaced = self.judged.changing.get(logical_id) == Some(&Replacement::True);
        self.instances.filter(|_| !replaced)
    }
}
