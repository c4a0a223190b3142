//! The files of one account and region: one for each thing of which there may be many, and one for the rest.

use super::super::Error;
use super::super::identifiers;
use super::super::registered::Registered;
use super::super::resources::Instance;
use super::super::stack_refactor::StackRefactor;
use super::super::stack_set::StackSet;
use super::super::world::{Place, Region, Secret, StoredHistory, thing};
use super::files::{files, keep, name, read, safe};
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

/// Reads everything of a place.
pub(super) fn load(path: &Path) -> Result<Region, Error> {
    let mut region = Region::default();
    for file in files(path)? {
        match name(&file).split(['-', '.']).next() {
            Some("region") => {
                let RegionFile { births, types, refactors } = read(&file)?;
                region.births = births;
                (region.types, region.refactors) = (types.into_owned(), refactors.into_owned());
            }
            Some("stack") => region.stacks.put(read(&file)?),
            Some("set") => {
                let set: StackSet = read(&file)?;
                region.stack_sets.insert(set.key(), set);
            }
            Some("parameter") => {
                let ParameterFile { name, history } = read(&file)?;
                region.parameters.insert(name.into_owned(), history.into_owned());
            }
            Some("secret") => {
                let secret: Secret = read(&file)?;
                region.secrets.insert(secret.name.clone(), secret);
            }
            Some("thing") => {
                let instance: Instance = read(&file)?;
                region.things.insert(thing(&instance), instance);
            }
            _ => {}
        }
    }
    Ok(region)
}
