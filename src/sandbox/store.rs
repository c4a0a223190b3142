//! The state on disk: one file a stack, one a region's small things, one a bucket's object, each written whole and
//! put in place by a rename. What was acknowledged is on disk before the answer leaves.
//!
//! The folder belongs to one process at a time: a lock that the operating system gives back when the process ends,
//! however it ends.

use super::Error;
use super::clock::{Clock, Speed};
use super::identifiers;
use super::organizations::Organization;
use super::registered::Registered;
use super::resources::Instance;
use super::s3::disk;
use super::stack::Stack;
use super::stack_refactor::StackRefactor;
use super::stack_set::StackSet;
use super::world::{Bucket, Place, Region, Secret, StoredHistory, World};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The form of the files; another one is refused.
const FORMAT: u32 = 1;

/// Where the state lives, and what of it must be written.
#[derive(Debug, Default)]
pub(super) struct Store {
    root: Option<PathBuf>,
    /// Held open: closing it gives the lock back.
    _lock: Option<fs::File>,
    stacks: BTreeSet<(Place, String)>,
    regions: BTreeSet<Place>,
    sets: BTreeSet<(Place, String)>,
    organizations: BTreeSet<String>,
    buckets: BTreeSet<String>,
    objects: BTreeSet<(String, String)>,
    time: bool,
}

/// What the file of the whole world says.
#[derive(Debug, Serialize, Deserialize)]
struct WorldFile {
    format: u32,
    seed: u64,
    time: i64,
}

/// What the file of a region says.
#[derive(Debug, Default, Serialize, Deserialize)]
struct RegionFile {
    births: u64,
    parameters: BTreeMap<String, StoredHistory>,
    secrets: BTreeMap<String, Secret>,
    #[serde(default)]
    types: BTreeMap<String, Registered>,
    #[serde(default)]
    refactors: BTreeMap<String, StackRefactor>,
    #[serde(default)]
    things: BTreeMap<String, Instance>,
}

/// What the file of a bucket or object says.
#[derive(Debug, Default, Serialize, Deserialize)]
struct BucketFile {
    name: String,
    account: String,
    region: String,
    created_at: i64,
    #[serde(default)]
    versioning: Option<String>,
}

impl Store {
    /// A store that forgets.
    pub(super) fn memory() -> Self {
        Self::default()
    }

    /// Opens a folder for this process alone.
    pub(super) fn open(root: &Path) -> Result<Self, Error> {
        let failed = |source| Error::State { path: root.to_owned(), source };
        fs::create_dir_all(root).map_err(failed)?;
        let lock = fs::File::options().create(true).append(true).open(root.join("lock")).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(Error::Locked { path: root.to_owned() }),
            Err(fs::TryLockError::Error(source)) => return Err(failed(source)),
        }
        Ok(Self { root: Some(root.to_owned()), _lock: Some(lock), ..Self::default() })
    }

    /// The seed and time of the world that is kept here, if there is one.
    pub(super) fn beginning(&self) -> Result<Option<(u64, i64)>, Error> {
        let Some(root) = &self.root else { return Ok(None) };
        let path = root.join("world.json");
        if !path.exists() {
            return Ok(None);
        }
        let file: WorldFile = read(&path)?;
        if file.format != FORMAT {
            return Err(Error::Format { path, found: file.format, known: FORMAT });
        }
        Ok(Some((file.seed, file.time)))
    }

    pub(super) fn stack_changed(&mut self, place: &Place, id: &str) {
        if self.root.is_some() {
            self.stacks.insert((place.clone(), id.to_owned()));
        }
    }

    pub(super) fn region_changed(&mut self, place: &Place) {
        if self.root.is_some() {
            self.regions.insert(place.clone());
        }
    }

    pub(super) fn set_changed(&mut self, place: &Place, name: &str) {
        if self.root.is_some() {
            self.sets.insert((place.clone(), name.to_owned()));
        }
    }

    pub(super) fn organization_changed(&mut self, management: &str) {
        if self.root.is_some() {
            self.organizations.insert(management.to_owned());
        }
    }

    pub(super) fn bucket_changed(&mut self, name: &str) {
        if self.root.is_some() {
            self.buckets.insert(name.to_owned());
        }
    }

    pub(super) fn object_changed(&mut self, bucket: &str, key: &str) {
        if self.root.is_some() {
            self.objects.insert((bucket.to_owned(), key.to_owned()));
        }
    }

    pub(super) fn time_moved(&mut self) {
        self.time = true;
    }

    /// Writes everything that changed.
    pub(super) fn save(&mut self, world: &World) -> Result<(), Error> {
        let Some(root) = self.root.clone() else { return Ok(()) };
        let quiet = self.stacks.is_empty() && self.regions.is_empty() && self.buckets.is_empty();
        let quiet = quiet && self.sets.is_empty() && self.organizations.is_empty();
        if quiet && self.objects.is_empty() && !self.time {
            return Ok(());
        }
        for (place, id) in &self.stacks {
            let path = folder(&root, place).join(format!("stack-{}.json", last(id)));
            if let Some(stack) = world.stack(place, id) {
                write_json(&path, stack)?;
            }
        }
        for place in &self.regions {
            let Some(region) = world.regions.get(place) else { continue };
            let (parameters, secrets) = (region.parameters.clone(), region.secrets.clone());
            let (refactors, types) = (region.refactors.clone(), region.types.clone());
            let (births, things) = (region.births, region.things.clone());
            let file = RegionFile { births, parameters, secrets, types, refactors, things };
            write_json(&folder(&root, place).join("region.json"), &file)?;
        }
        self.save_sets(&root, world)?;
        self.save_buckets(&root, world)?;
        let file = WorldFile { format: FORMAT, seed: world.seed, time: world.clock.now() };
        write_json(&root.join("world.json"), &file)?;
        // Only now: what could not be written this time is written the next.
        *self = Self { root: self.root.take(), _lock: self._lock.take(), ..Self::default() };
        Ok(())
    }

    fn save_sets(&self, root: &Path, world: &World) -> Result<(), Error> {
        for (place, name) in &self.sets {
            let set = world.regions.get(place).and_then(|region| region.stack_sets.get(name));
            if let Some(set) = set {
                write_json(&folder(root, place).join(format!("stack-set-{}.json", end(&set.id))), set)?;
            }
        }
        for management in &self.organizations {
            let path = root.join("organizations").join(safe(management) + ".json");
            match world.organizations.get(management) {
                Some(organization) => write_json(&path, organization)?,
                None if path.exists() => {
                    fs::remove_file(&path).map_err(|source| Error::State { path, source })?;
                }
                None => {}
            }
        }
        Ok(())
    }

    fn save_buckets(&self, root: &Path, world: &World) -> Result<(), Error> {
        for name in &self.buckets {
            let path = bucket_folder(root, name);
            match world.buckets.get(name) {
                Some(Bucket { account, region, created_at, versioning, .. }) => {
                    let (name, account, region) = (name.clone(), account.clone(), region.clone());
                    let (created_at, versioning) = (*created_at, versioning.clone());
                    let file = BucketFile { name, account, region, created_at, versioning };
                    write_json(&path.join("bucket.json"), &file)?;
                }
                None if path.exists() => {
                    fs::remove_dir_all(&path).map_err(|source| Error::State { path, source })?;
                }
                None => {}
            }
        }
        for (bucket, key) in &self.objects {
            let stem = bucket_folder(root, bucket).join(identifiers::digest(0, &[key]));
            disk::save(&stem, key, world.buckets.get(bucket))?;
        }
        Ok(())
    }

    /// Reads everything that is kept.
    pub(super) fn load(&self, world: &mut World) -> Result<(), Error> {
        let Some(root) = &self.root else { return Ok(()) };
        for account in folders(&root.join("accounts"))? {
            for region in folders(&account)? {
                let place = Place { account: name(&account), region: name(&region) };
                let loaded = load_region(&region)?;
                world.regions.insert(place, loaded);
            }
        }
        for path in files(&root.join("organizations"))? {
            if name(&path).ends_with(".json") {
                let organization: Organization = read(&path)?;
                world.organizations.insert(organization.management.clone(), organization);
            }
        }
        for path in folders(&root.join("buckets"))? {
            let (name, bucket) = load_bucket(&path)?;
            world.buckets.insert(name, bucket);
        }
        Ok(())
    }
}

/// The clock of a new world or of one that goes on.
pub(super) fn clock(speed: Speed, beginning: Option<(u64, i64)>) -> Clock {
    let wall = Clock::wall_milliseconds();
    Clock::new(speed, beginning.map_or(wall, |(_, time)| time.max(wall)))
}

fn load_region(path: &Path) -> Result<Region, Error> {
    let mut region = Region::default();
    for file in files(path)? {
        match name(&file).as_str() {
            "region.json" => {
                let RegionFile { births, parameters, secrets, types, refactors, things } = read(&file)?;
                region.refactors = refactors;
                region.types = types;
                region.things = things;
                region.births = births;
                region.parameters = parameters;
                region.secrets = secrets;
            }
            set if set.starts_with("stack-set-") && set.ends_with(".json") => {
                let set: StackSet = read(&file)?;
                region.stack_sets.insert(set.key(), set);
            }
            stack if stack.starts_with("stack-") && stack.ends_with(".json") => {
                let stack: Stack = read(&file)?;
                region.names_of(&stack);
                region.stacks.insert(stack.id.clone(), stack);
            }
            _ => {}
        }
    }
    Ok(region)
}

fn load_bucket(path: &Path) -> Result<(String, Bucket), Error> {
    let file: BucketFile = read(&path.join("bucket.json"))?;
    let BucketFile { name: bucket_name, account, region, created_at, versioning } = file;
    let mut bucket = Bucket { account, region, created_at, versioning, ..Bucket::default() };
    for file in files(path)? {
        if name(&file).ends_with(".object.json") {
            disk::load(&file, &mut bucket)?;
        }
    }
    Ok((bucket_name, bucket))
}

fn folder(root: &Path, place: &Place) -> PathBuf {
    root.join("accounts").join(safe(&place.account)).join(safe(&place.region))
}

fn bucket_folder(root: &Path, bucket: &str) -> PathBuf {
    root.join("buckets").join(identifiers::digest(0, &[bucket]))
}

/// A name from a request as a folder's name: nothing in it leads elsewhere.
fn safe(text: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    text.chars().map(plain).take(64).collect()
}

fn last(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}

/// What makes a stack set's id unique.
fn end(id: &str) -> &str {
    id.rsplit(':').next().unwrap_or(id)
}

fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn entries(path: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed = |source| Error::State { path: path.to_owned(), source };
    if !path.exists() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(path).map_err(failed)?;
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>().map_err(failed)?;
    paths.sort();
    Ok(paths)
}

fn folders(path: &Path) -> Result<Vec<PathBuf>, Error> {
    Ok(entries(path)?.into_iter().filter(|path| path.is_dir()).collect())
}

fn files(path: &Path) -> Result<Vec<PathBuf>, Error> {
    Ok(entries(path)?.into_iter().filter(|path| path.is_file()).collect())
}

pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let bytes = fs::read(path).map_err(|source| Error::State { path: path.to_owned(), source })?;
    serde_json::from_slice(&bytes).map_err(|source| Error::Damaged { path: path.to_owned(), source })
}

pub(super) fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), Error> {
    let bytes =
        serde_json::to_vec(value).map_err(|source| Error::Damaged { path: path.to_owned(), source })?;
    write(path, &bytes)
}

/// Writes a file beside its place and puts it there: whoever reads sees the old or the new one, never a half.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let attempt = || -> std::io::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let draft = path.with_extension("draft");
        fs::write(&draft, bytes)?;
        fs::rename(&draft, path)
    };
    attempt().map_err(|source| Error::State { path: path.to_owned(), source })
}
