//! What lies in an account and region, and the nouns of it.

use super::registered::Registered;
use super::resources::Instance;
use super::stack::Stack;
use super::stack_refactor::StackRefactor;
use super::stack_set::StackSet;
use super::stacks::Stacks;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An account and a region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) account: String,
    pub(super) region: String,
}

/// What lies in one account and region.
#[derive(Debug, Default)]
pub(super) struct Region {
    pub(super) stacks: Stacks,
    pub(super) parameters: BTreeMap<String, StoredHistory>,
    pub(super) secrets: BTreeMap<String, Secret>,
    /// By name.
    pub(super) stack_sets: BTreeMap<String, StackSet>,
    /// Private extensions by kind and name.
    pub(super) types: BTreeMap<String, Registered>,
    /// By id.
    pub(super) refactors: BTreeMap<String, StackRefactor>,
    /// Resources as they are where no stack says it: left behind by their stacks, or unlike what their stacks believe.
    /// By [`thing`].
    pub(super) things: BTreeMap<String, Instance>,
    /// How many stacks there have been: what makes their ids differ.
    pub(super) births: u64,
}

/// The versions of a stored parameter, the newest last.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct StoredHistory {
    pub(super) kind: String,
    pub(super) versions: Vec<StoredVersion>,
}

/// One version of a stored parameter.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StoredVersion {
    pub(super) version: u64,
    pub(super) value: String,
    pub(super) at: i64,
}

/// A secret.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Secret {
    pub(super) arn: String,
    pub(super) name: String,
    pub(super) value: String,
    pub(super) version: String,
    pub(super) at: i64,
}

/// The key of a thing: a type and a physical identifier.
pub(super) fn thing(instance: &Instance) -> String {
    format!("{} {}", instance.resource_type, instance.physical_id)
}

impl Region {
    /// The stack of this name or id; deleted ones by id only.
    pub(super) fn find(&self, name_or_id: &str) -> Option<&Stack> {
        self.stacks.find(name_or_id)
    }

    /// A stored parameter of this name or ARN, in a version or the newest.
    pub(super) fn parameter(
        &self,
        name_or_arn: &str,
        version: Option<u64>,
    ) -> Option<(&str, &StoredHistory, &StoredVersion)> {
        let name = name_or_arn.split_once(":parameter").map_or(name_or_arn, |(_, name)| name);
        let (name, history) = self.parameters.get_key_value(name)?;
        let stored = match version {
            Some(version) => history.versions.iter().find(|stored| stored.version == version)?,
            None => history.versions.last()?,
        };
        Some((name, history, stored))
    }

    /// The secret of this name or ARN, with or without the ARN's random end.
    pub(super) fn secret(&self, identifier: &str) -> Option<&Secret> {
        let by_arn = |secret: &&Secret| {
            secret.arn == identifier
                || secret.arn.rsplit_once('-').is_some_and(|(partial, _)| partial == identifier)
        };
        self.secrets.get(identifier).or_else(|| self.secrets.values().find(by_arn))
    }
}
