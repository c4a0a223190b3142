//! The state on disk: one file for each thing of which there may be many, one for a region's small things, each
//! written whole and put in place by a rename. What was acknowledged is on disk before the answer leaves.
//!
//! The folder belongs to one process at a time: a lock that the operating system gives back when the process ends,
//! however it ends.

mod buckets;
mod files;
mod place;

use super::Error;
use super::clock::{Clock, Speed};
use super::organizations::Organization;
use super::world::{Place, Region, World};
use files::{folders, keep, name, safe};
pub(super) use files::{read, write, write_json};
use place::Part;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The form of the files; another one is refused.
const FORMAT: u32 = 2;

/// Where the state lives, and what of it must be written.
#[derive(Debug, Default)]
pub(super) struct Store {
    root: Option<PathBuf>,
    /// Held open: closing it gives the lock back.
    _lock: Option<fs::File>,
    parts: BTreeSet<(Place, Part)>,
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

    fn changed(&mut self, place: &Place, part: Part) {
        if self.root.is_some() {
            self.parts.insert((place.clone(), part));
        }
    }

    /// What of a region has no method of its own.
    pub(super) fn region_changed(&mut self, place: &Place) {
        self.changed(place, Part::Region);
    }

    pub(super) fn stack_changed(&mut self, place: &Place, id: &str) {
        self.changed(place, Part::Stack(id.to_owned()));
    }

    pub(super) fn set_changed(&mut self, place: &Place, key: &str) {
        self.changed(place, Part::StackSet(key.to_owned()));
    }

    pub(super) fn parameter_changed(&mut self, place: &Place, name: &str) {
        self.changed(place, Part::Parameter(name.to_owned()));
    }

    pub(super) fn secret_changed(&mut self, place: &Place, name: &str) {
        self.changed(place, Part::Secret(name.to_owned()));
    }

    pub(super) fn thing_changed(&mut self, place: &Place, key: &str) {
        self.changed(place, Part::Thing(key.to_owned()));
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
        let quiet = self.parts.is_empty() && self.organizations.is_empty() && self.buckets.is_empty();
        if quiet && self.objects.is_empty() && !self.time {
            return Ok(());
        }
        for (place, part) in &self.parts {
            if let Some(region) = world.regions.get(place) {
                place::save(&place::folder(&root, place), region, part)?;
            }
        }
        for management in &self.organizations {
            let path = root.join("organizations").join(safe(management) + ".json");
            keep(&path, world.organizations.get(management))?;
        }
        for name in &self.buckets {
            buckets::save(&root, name, world.buckets.get(name))?;
        }
        for (bucket, key) in &self.objects {
            buckets::save_object(&root, bucket, key, world.buckets.get(bucket))?;
        }
        let file = WorldFile { format: FORMAT, seed: world.seed, time: world.clock.now() };
        write_json(&root.join("world.json"), &file)?;
        // Only now: what could not be written this time is written the next.
        *self = Self { root: self.root.take(), _lock: self._lock.take(), ..Self::default() };
        Ok(())
    }

    /// Reads everything that is kept.
    pub(super) fn load(&self, world: &mut World) -> Result<(), Error> {
        let Some(root) = &self.root else { return Ok(()) };
        for account in folders(&root.join("accounts"))? {
            for path in folders(&account)? {
                let place = Place { account: name(&account), region: name(&path) };
                world.regions.insert(place, Region::default());
            }
        }
        let files = world.regions.keys().map(|place| files::files(&place::folder(root, place)));
        let files: Vec<Vec<PathBuf>> = files.collect::<Result<_, _>>()?;
        let all: Vec<&Path> = files.iter().flatten().map(PathBuf::as_path).collect();
        let mut read_parts = parallel(&all, place::read_part)?.into_iter();
        for (region, files) in world.regions.values_mut().zip(&files) {
            read_parts.by_ref().take(files.len()).for_each(|part| part.put(region));
        }
        for path in files::files(&root.join("organizations"))? {
            let organization: Organization = read(&path)?;
            world.organizations.insert(organization.management.clone(), organization);
        }
        for path in folders(&root.join("buckets"))? {
            let (name, bucket) = buckets::load(&path)?;
            world.buckets.insert(name, bucket);
        }
        Ok(())
    }
}

/// Reads files on all cores; what is read comes in their order.
fn parallel<T: Send>(
    files: &[&Path],
    read: impl Fn(&Path) -> Result<T, Error> + Sync,
) -> Result<Vec<T>, Error> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let size = files.len().div_ceil(cores).max(1);
    let read = &read;
    let parts: Vec<Result<Vec<T>, Error>> = std::thread::scope(|scope| {
        let work = |chunk: &'_ [&Path]| chunk.iter().map(|path| read(path)).collect();
        let others: Vec<_> =
            files.chunks(size).skip(1).map(|chunk| scope.spawn(move || work(chunk))).collect();
        let own = work(files.chunks(size).next().unwrap_or_default());
        let joined =
            others.into_iter().map(|one| one.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        std::iter::once(own).chain(joined).collect()
    });
    Ok(parts.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

/// The clock of a new world or of one that goes on.
pub(super) fn clock(speed: Speed, beginning: Option<(u64, i64)>) -> Clock {
    let wall = Clock::wall_milliseconds();
    Clock::new(speed, beginning.map_or(wall, |(_, time)| time.max(wall)))
}
