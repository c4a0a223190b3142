//! What a stack refactor may do: which resources move where, and what else must stay as it is.
//!
//! Pure: stacks as they are and templates as they are to be in, moves or the reason of a refusal out. Texts that begin
//! with `Stack Refactor does not support` and that of the mapping are AWS's; it publishes none for the rest.

use super::language::{Desired, KNOWN_AFTER_APPLY, StoredParameter, Surroundings, Template, Unknown};
use super::resources::{Instance, Instances};
use super::stack_refactor::{Mapping, Move, Spot};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// One of the stacks.
pub(super) struct Part {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) before: Instances,
    /// Its template as it is; absent for a stack that is created.
    pub(super) old: Option<Template>,
    pub(super) new: Template,
    pub(super) desired: Desired,
}

/// The sections that a refactor leaves alone.
const KEPT: [&str; 4] = ["Parameters", "Mappings", "Conditions", "Rules"];
/// The sections that a stack may not have which a refactor creates.
const FORBIDDEN: [&str; 2] = ["Conditions", "Rules"];

/// Says what moves, or why nothing can.
pub(super) fn plan(
    parts: &[Part],
    mappings: &[Mapping],
    surroundings: &dyn Surroundings,
) -> Result<Vec<Move>, String> {
    for part in parts {
        sections(part).map_err(|text| format!("{}: {text}", part.id))?;
    }
    let moves = moves(parts, mappings, surroundings)?;
    for (index, part) in parts.iter().enumerate() {
        let moved = |id: &str| moves.iter().any(|one| one.to == (index, id.to_owned()));
        let named = part.desired.resources();
        let types = named.iter().filter(|one| moved(one.logical_id) || one.resource_type == METADATA);
        if let Some(text) = types.filter_map(|one| unsupported(one.resource_type)).next() {
            return Err(format!("{}: {text}", part.id));
        }
    }
    unchanged(parts, &arranged(parts, &moves), surroundings)?;
    Ok(moves)
}

/// The type in every template of the CDK that AWS refuses even where it stays.
const METADATA: &str = "AWS::CDK::Metadata";

/// AWS's words for types that cannot be moved.
fn unsupported(resource_type: &str) -> Option<String> {
    let published = crate::registry::find(resource_type);
    let own =
        resource_type.starts_with("AWS::CloudFormation::") && resource_type != "AWS::CloudFormation::Stack";
    let Some(published) = published.filter(|_| !own && resource_type != METADATA) else {
        return Some(format!("Stack Refactor does not support {resource_type}."));
    };
    let tags = published.tag_property.as_deref()?;
    published.create_only.iter().any(|path| path == tags).then(|| {
        format!(
            "Stack Refactor does not support {resource_type} because the resource type does not allow tag updates \
             after creation."
        )
    })
}

fn sections(part: &Part) -> Result<(), String> {
    let tree = part.new.tree();
    let Some(old) = &part.old else {
        let found: Vec<&str> = FORBIDDEN.into_iter().filter(|name| tree.contains_key(*name)).collect();
        return match found.is_empty() {
            true => Ok(()),
            false => Err(format!(
                "Following template sections are not allowed when creating a stack while refactoring: {}",
                found.join(", ")
            )),
        };
    };
    let changed: Vec<&str> =
        KEPT.into_iter().filter(|name| tree.get(*name) != old.tree().get(*name)).collect();
    match changed.is_empty() {
        true => Ok(()),
        false => Err(format!("Stack Refactor does not support changes to: {}", changed.join(", "))),
    }
}

/// Finds for every resource that is new where it comes from.
fn moves(parts: &[Part], mappings: &[Mapping], surroundings: &dyn Surroundings) -> Result<Vec<Move>, String> {
    let (mut gone, mut appeared) = differences(parts);
    let mut moves = Vec::new();
    for Mapping { from, to } in mappings {
        let existing = parts[from.0].before.get(&from.1);
        let (source, stack) = (&from.1, &parts[from.0].name);
        let existing =
            existing.ok_or_else(|| format!("Resource {source} does not exist for stack {stack}"))?;
        let taken = mappings.iter().any(|other| other.to == *from && other.from != *from);
        let stays = declared(&parts[from.0], source) == Some(existing.resource_type.as_str()) && !taken;
        let arrives = declared(&parts[to.0], &to.1) == Some(existing.resource_type.as_str());
        if from == to || stays || !arrives {
            return Err(format!(
                "The resource {source} defined in the resources mapping did no move from its original stack {stack}. \
                 Review your stack template desired state."
            ));
        }
        gone.remove(from);
        appeared.remove(to);
        moves.push(moved(existing, from, to, true));
    }
    for to in appeared {
        let fitting = candidates(parts, &gone, &to, surroundings);
        let [from] = fitting.as_slice() else {
            let (id, stack) = (&to.1, &parts[to.0].name);
            return Err(match fitting.is_empty() {
                true => {
                    format!("Stack Refactor does not support creating resources: [{id}] in stack {stack}")
                }
                false => format!(
                    "Several resources may have become [{id}] in stack {stack}. Provide a resource mapping for it."
                ),
            });
        };
        let from = from.clone();
        if let Some(existing) = parts[from.0].before.get(&from.1) {
            moves.push(moved(existing, &from, &to, false));
        }
        gone.remove(&from);
    }
    match gone.first() {
        None => Ok(moves),
        Some((index, id)) => Err(format!(
            "Stack Refactor does not support deleting resources: [{id}] in stack {}",
            parts[*index].name
        )),
    }
}

fn moved(existing: &Instance, from: &Spot, to: &Spot, manual: bool) -> Move {
    let (physical_id, resource_type) = (existing.physical_id.clone(), existing.resource_type.clone());
    Move { from: from.clone(), to: to.clone(), physical_id, resource_type, manual }
}

fn declared<'a>(part: &'a Part, id: &str) -> Option<&'a str> {
    part.desired.resource(id).map(|one| one.resource_type)
}

/// The places of resources that are no longer declared, and of those that are declared and do not exist.
fn differences(parts: &[Part]) -> (BTreeSet<Spot>, BTreeSet<Spot>) {
    let (mut gone, mut appeared) = (BTreeSet::new(), BTreeSet::new());
    for (index, part) in parts.iter().enumerate() {
        for (id, one) in &part.before {
            if declared(part, id) != Some(one.resource_type.as_str()) {
                gone.insert((index, id.clone()));
            }
        }
        for one in part.desired.resources() {
            let before = part.before.get(one.logical_id).map(|before| before.resource_type.as_str());
            if before != Some(one.resource_type) {
                appeared.insert((index, one.logical_id.to_owned()));
            }
        }
    }
    (gone, appeared)
}

/// What a new resource may have been: one of the same name, else all that it looks like.
fn candidates(
    parts: &[Part],
    gone: &BTreeSet<Spot>,
    to: &Spot,
    surroundings: &dyn Surroundings,
) -> Vec<Spot> {
    let part = &parts[to.0];
    let kind = declared(part, &to.1).unwrap_or_default();
    let of_type = gone.iter().filter(|(index, id)| {
        parts[*index].before.get(id).is_some_and(|existing| existing.resource_type == kind)
    });
    let of_type: Vec<Spot> = of_type.cloned().collect();
    let namesake: Vec<Spot> = of_type.iter().filter(|(_, id)| *id == to.1).cloned().collect();
    if namesake.len() == 1 {
        return namesake;
    }
    let (wanted, _) = part.desired.foreseen_properties(&to.1, &Unknown, surroundings);
    let looks = |(index, id): &Spot| {
        let Some(existing) = parts[*index].before.get(id) else { return false };
        let same = |(name, value): (&String, &Value)| {
            value.to_string().contains(KNOWN_AFTER_APPLY) || existing.properties.get(name) == Some(value)
        };
        wanted.iter().all(same)
    };
    of_type.into_iter().filter(looks).collect()
}

/// The resources of every stack once they have moved.
pub(super) fn arranged(parts: &[Part], moves: &[Move]) -> Vec<Instances> {
    let mut all: Vec<Instances> = parts.iter().map(|part| part.before.clone()).collect();
    let lifted: Vec<Option<Instance>> = moves.iter().map(|one| all[one.from.0].remove(&one.from.1)).collect();
    for (one, instance) in moves.iter().zip(lifted) {
        let Some(mut instance) = instance else { continue };
        instance.logical_id.clone_from(&one.to.1);
        all[one.to.0].insert(one.to.1.clone(), instance);
    }
    all
}

/// The world as it will be: with the exports that the stacks will have.
pub(super) struct Rearranged<'a> {
    pub(super) around: &'a dyn Surroundings,
    pub(super) exports: BTreeMap<String, String>,
}

impl<'a> Rearranged<'a> {
    /// Evaluates the exports; one may import another, so they are looked at as often as there are stacks.
    pub(super) fn new(parts: &[Part], arranged: &[Instances], around: &'a dyn Surroundings) -> Self {
        let mut seen = Self { around, exports: BTreeMap::new() };
        for _ in 0..parts.len() {
            for (part, instances) in parts.iter().zip(arranged) {
                let outputs = part.desired.outputs(instances, &seen).unwrap_or_default();
                let named = outputs.into_iter().filter_map(|output| Some((output.export?, output.value)));
                seen.exports.extend(named);
            }
        }
        seen
    }
}

impl Surroundings for Rearranged<'_> {
    fn stored_parameter(&self, name: &str, version: Option<u64>) -> Option<StoredParameter> {
        self.around.stored_parameter(name, version)
    }

    fn export(&self, name: &str) -> Option<String> {
        self.exports.get(name).cloned().or_else(|| self.around.export(name))
    }

    fn stack_output(
        &self,
        stack: &str,
        output: &str,
        region: Option<&str>,
        role: Option<&str>,
    ) -> Option<String> {
        self.around.stack_output(stack, output, region, role)
    }

    fn secret(&self, identifier: &str) -> Option<String> {
        self.around.secret(identifier)
    }
}

/// Refuses what would change more than places and names.
fn unchanged(parts: &[Part], arranged: &[Instances], around: &dyn Surroundings) -> Result<(), String> {
    let seen = Rearranged::new(parts, arranged, around);
    for (part, instances) in parts.iter().zip(arranged) {
        let told = |text: String| format!("{}: {text}", part.id);
        for (id, instance) in instances {
            let properties = part.desired.properties(id, instances, &seen);
            let properties = properties.map_err(|refusal| told(refusal.message))?;
            if properties != instance.properties {
                return Err(told(format!("Stack Refactor does not support modifying resources: [{id}]")));
            }
        }
        part.desired.outputs(instances, &seen).map_err(|refusal| told(refusal.message))?;
    }
    Ok(())
}
