//! What a change set finds when it is made: existing resources that it takes in, and resources that have drifted.

use super::super::change_set::{ChangeSet, ChangeSetType};
use super::super::difference::{Found, Reality, State, found};
use super::super::language::Desired;
use super::super::live::{ResourceIdentifier, importable, joined, not_found};
use super::{Step, checkable};
use crate::registry;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What AWS says of resources that exist but would not be kept.
const UNKEPT: &str = "CloudFormation is attempting to import some resources because they already exist in your account. The \
    resources must have the DeletionPolicy attribute set to 'Retain' or 'RetainExceptOnCreate' in the template for \
    successful import. The affected resources are ";

impl Step<'_> {
    /// The existing resources that a change set takes in, or why it cannot.
    pub(super) fn imports(
        &mut self,
        change_set: &ChangeSet,
        after: &Desired,
    ) -> Result<BTreeMap<String, String>, String> {
        let wanted: Vec<(String, String, ResourceIdentifier)> = if change_set.kind == ChangeSetType::Import {
            let entry = |one: &super::super::change_set::ResourceToImport| {
                (one.logical_id.clone(), one.resource_type.clone(), one.identifier.clone())
            };
            change_set.to_import.iter().map(entry).collect()
        } else if change_set.import_existing_resources == Some(true) {
            self.named(after)
        } else {
            Vec::new()
        };
        let mut imports = BTreeMap::new();
        for (logical_id, resource_type, identifier) in wanted {
            let Some(existing) = self.outlook.existing(self.stack, &resource_type, &identifier) else {
                let request = self.stack.identifier("provider request");
                return Err(not_found(&resource_type, &identifier, &request));
            };
            if let Some(owner) = existing.owner {
                let value = joined(&resource_type, &identifier);
                return Err(format!("{value} already exists in stack {owner}"));
            }
            imports.insert(logical_id, existing.physical_id);
        }
        Ok(imports)
    }

    /// The new resources whose names the template itself says, and that exist already.
    fn named(&self, after: &Desired) -> Vec<(String, String, ResourceIdentifier)> {
        let fresh =
            after.resources().into_iter().filter(|one| !self.stack.instances.contains_key(one.logical_id));
        let known = fresh.filter_map(|declaration| {
            let identifier = written_identifier(declaration.resource_type, declaration.body)?;
            self.outlook.existing(self.stack, declaration.resource_type, &identifier)?;
            Some((declaration.logical_id.to_owned(), declaration.resource_type.to_owned(), identifier))
        });
        known.collect()
    }

    /// Refuses to take in, unasked, what would be deleted with the stack.
    pub(super) fn kept(&self, after: &Desired, imports: &BTreeMap<String, String>) -> Result<(), String> {
        let kept = |id: &str| {
            let policy = after.policy(id, "DeletionPolicy");
            matches!(policy.as_deref(), Some("Retain" | "RetainExceptOnCreate"))
        };
        let declared = after.resources().into_iter().filter(|one| imports.contains_key(one.logical_id));
        let unkept: Vec<String> = declared
            .filter(|one| !kept(one.logical_id))
            .filter_map(|one| {
                let identifier = written_identifier(one.resource_type, one.body)?;
                let pairs: Vec<String> =
                    identifier.iter().map(|(key, value)| format!("{key}={value}")).collect();
                Some(format!("{} ({{{}}})", one.logical_id, pairs.join(", ")))
            })
            .collect();
        if unkept.is_empty() { Ok(()) } else { Err(format!("{UNKEPT}{}", unkept.join(", "))) }
    }

    /// What the stack's resources are like now.
    pub(super) fn reality(&self, after: &Desired) -> Reality {
        let resources = self.stack.instances.iter().map(|(name, instance)| {
            let judged = if checkable(&instance.resource_type) {
                let published = registry::find(&instance.resource_type);
                let actual = self.outlook.actual(&self.stack.name, instance);
                let secret = secret_properties(after, name);
                found(&instance.properties, actual.as_ref(), published.as_deref(), &secret)
            } else {
                let properties = instance.properties.clone();
                Found { state: State::Unsupported, properties, ignored: Vec::new() }
            };
            (name.clone(), judged)
        });
        Reality { at: self.now, resources: resources.collect() }
    }
}

/// The identifier of a resource, when the template itself says all of it.
fn written_identifier(resource_type: &str, body: &Value) -> Option<ResourceIdentifier> {
    let published = registry::find(resource_type).filter(|_| importable(resource_type))?;
    let part = |path: &String| {
        let written = body.get("Properties")?.get(path)?.as_str()?;
        (!published.is_read_only(path)).then(|| (path.clone(), written.to_owned()))
    };
    published.primary_identifier.iter().map(part).collect()
}

/// The properties whose values come from where secrets are kept.
fn secret_properties(after: &Desired, logical_id: &str) -> BTreeSet<String> {
    let properties = after.resource(logical_id).and_then(|found| found.body.get("Properties")?.as_object());
    let secret = |value: &Value| {
        let text = value.to_string();
        text.contains("{{resolve:secretsmanager:") || text.contains("{{resolve:ssm-secure:")
    };
    let found = properties.into_iter().flatten().filter(|(_, value)| secret(value));
    found.map(|(name, _)| name.clone()).collect()
}
