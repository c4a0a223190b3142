//! The files of one account and region: one for each thing of which there may be many, and one for the rest.

use super::super::Error;
use super::super::identifiers;
use super::super::registered::Registered;
use super::super::resources::Instance;
use super::super::stack::Stack;
use super::super::stack_refactor::StackRefactor;
use super::super::stack_set::StackSet;
use super::super::world::{Place, Region, Secret, StoredHistory, thing};
use super::files::{keep, name, read, safe};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What has a file of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// All that is small.
    Region,
    /// By id.
    Stack(String),
    /// By key.
    StackSet(String),
    /// By name.
    Parameter(String),
    /// By name.
    Secret(String),
    /// By key.
    Thing(String),
}

/// What the file of a region says.
#[derive(Debug, Default, Serialize, Deserialize)]
struct RegionFile<'a> {
    births: u64,
    types: Cow<'a, BTreeMap<String, Registered>>,
    refactors: Cow<'a, BTreeMap<String, StackRefactor>>,
}

/// What the file of a stored parameter says.
#[derive(Debug, Serialize, Deserialize)]
struct ParameterFile<'a> {
    name: Cow<'a, str>,
    history: Cow<'a, StoredHistory>,
}

/// The folder of a place.
pub(super) fn folder(root: &Path, place: &Place) -> PathBuf {
    root.join("accounts").join(safe(&place.account)).join(safe(&place.region))
}

/// Writes a part down as it is now, or removes its file when it is gone.
pub(super) fn save(folder: &Path, region: &Region, part: &Part) -> Result<(), Error> {
    let of_key =
        |kind: &str, key: &str| folder.join(format!("{kind}-{}.json", identifiers::digest(0, &[key])));
    match part {
        Part::Region => {
            let (types, refactors) = (Cow::Borrowed(&region.types), Cow::Borrowed(&region.refactors));
            let file = RegionFile { births: region.births, types, refactors };
            keep(&folder.join("region.json"), Some(&file))
        }
        Part::Stack(id) => {
            let end = id.rsplit('/').next().unwrap_or(id);
            keep(&folder.join(format!("stack-{end}.json")), region.stacks.get(id))
        }
        Part::StackSet(key) => match region.stack_sets.get(key) {
            // Its name may be another's once it is deleted; its id stays.
            Some(set) => keep(&of_key("set", &set.id), Some(set)),
            None => Ok(()),
        },
        Part::Parameter(name) => {
            let history = region.parameters.get(name).map(Cow::Borrowed);
            let file = history.map(|history| ParameterFile { name: name.into(), history });
            keep(&of_key("parameter", name), file.as_ref())
        }
        Part::Secret(name) => keep(&of_key("secret", name), region.secrets.get(name)),
        Part::Thing(key) => keep(&of_key("thing", key), region.things.get(key)),
    }
}

/// What a file says.
pub(super) enum Said {
    /// Births, types and refactors.
    Region(u64, BTreeMap<String, Registered>, BTreeMap<String, StackRefactor>),
    Stack(Box<Stack>),
    StackSet(Box<StackSet>),
    Parameter(String, StoredHistory),
    Secret(Secret),
    Thing(Box<Instance>),
    /// A file that is none of ours.
    Nothing,
}

/// Reads a file of a place.
pub(super) fn read_part(file: &Path) -> Result<Said, Error> {
    Ok(match name(file).split(['-', '.']).next() {
        Some("region") => {
            let RegionFile { births, types, refactors } = read(file)?;
            Said::Region(births, types.into_owned(), refactors.into_owned())
        }
        Some("stack") => Said::Stack(read(file)?),
        Some("set") => Said::StackSet(read(file)?),
        Some("parameter") => {
            let ParameterFile { name, history } = read(file)?;
            Said::Parameter(name.into_owned(), history.into_owned())
        }
        Some("secret") => Said::Secret(read(file)?),
        Some("thing") => Said::Thing(read(file)?),
        _ => Said::Nothing,
    })
}

impl Said {
    /// Puts it where it belongs.
    pub(super) fn put(self, region: &mut Region) {
        match self {
            Self::Region(births, types, refactors) => {
                (region.births, region.types, region.refactors) = (births, types, refactors);
            }
            Self::Stack(stack) => region.stacks.put(*stack),
            Self::StackSet(set) => drop(region.stack_sets.insert(set.key(), *set)),
            Self::Parameter(name, history) => drop(region.parameters.insert(name, history)),
            Self::Secret(secret) => drop(region.secrets.insert(secret.name.clone(), secret)),
            Self::Thing(instance) => drop(region.things.insert(thing(&instance), *instance)),
            Self::Nothing => {}
        }
    }
}
