//! Objects on disk: for each key one file that lists its versions, and for each version one with its bytes.
//!
//! The list is put in place after the bytes that it names, and what it no longer names is removed after that: whoever
//! reads sees the old state or the new one.

use super::super::Error;
use super::super::store::{read, write, write_json};
use super::super::world::{Bucket, Object};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What the file of a key says: its newest version, and those before it, the oldest first.
#[derive(Debug, Default, Serialize, Deserialize)]
struct KeyFile {
    key: String,
    #[serde(flatten)]
    newest: VersionFile,
    #[serde(default)]
    older: Vec<VersionFile>,
}

/// What is known of a version beside its bytes.
#[derive(Debug, Default, Serialize, Deserialize)]
struct VersionFile {
    content_type: String,
    etag: String,
    at: i64,
    #[serde(default)]
    version: String,
    #[serde(default)]
    marker: bool,
    #[serde(default)]
    headers: BTreeMap<String, String>,
}

impl VersionFile {
    fn of(object: &Object) -> Self {
        let Object { content_type, etag, at, version, marker, headers, .. } = object;
        let (content_type, etag) = (content_type.clone(), etag.clone());
        let (version, headers) = (version.clone(), headers.clone());
        Self { content_type, etag, at: *at, version, marker: *marker, headers }
    }

    fn with(self, body: Vec<u8>) -> Object {
        let Self { content_type, etag, at, version, marker, headers } = self;
        Object { body, content_type, etag, at, version, marker, headers }
    }
}

impl KeyFile {
    /// The files with the bytes of the versions.
    fn bodies(&self, stem: &Path) -> BTreeSet<PathBuf> {
        let all = self.older.iter().chain([&self.newest]);
        all.filter(|version| !version.marker).map(|version| body(stem, &version.version)).collect()
    }
}

/// Where the bytes of a version are; ids of versions are the sandbox's own and hold nothing but digits and letters.
fn body(stem: &Path, version: &str) -> PathBuf {
    match version {
        "" => stem.with_extension("body"),
        id => stem.with_extension(format!("{id}.body")),
    }
}

/// Writes everything of a key; `stem` is the path of its files without what tells them apart.
pub(in super::super) fn save(stem: &Path, key: &str, bucket: Option<&Bucket>) -> Result<(), Error> {
    let about = stem.with_extension("object.json");
    let before: Option<KeyFile> = if about.exists() { Some(read(&about)?) } else { None };
    let mut kept = BTreeSet::new();
    let mut versions = bucket.into_iter().flat_map(|bucket| bucket.versions(key));
    match versions.next() {
        None if before.is_some() => remove(&about)?,
        None => {}
        Some(newest) => {
            let mut older: Vec<&Object> = versions.collect();
            older.reverse();
            for object in older.iter().chain([&newest]).filter(|object| !object.marker) {
                let path = body(stem, &object.version);
                // What has an id never changes.
                if object.version.is_empty() || !path.exists() {
                    write(&path, &object.body)?;
                }
            }
            let older = older.into_iter().map(VersionFile::of).collect();
            let file = KeyFile { key: key.to_owned(), newest: VersionFile::of(newest), older };
            write_json(&about, &file)?;
            kept = file.bodies(stem);
        }
    }
    let gone = before.map(|before| before.bodies(stem)).unwrap_or_default();
    gone.difference(&kept).try_for_each(|path| remove(path))
}

fn remove(path: &Path) -> Result<(), Error> {
    match path.exists() {
        true => fs::remove_file(path).map_err(|source| Error::State { path: path.to_owned(), source }),
        false => Ok(()),
    }
}

/// Reads everything of a key into its bucket.
pub(in super::super) fn load(about: &Path, bucket: &mut Bucket) -> Result<(), Error> {
    let KeyFile { key, newest, older } = read(about)?;
    let stem = about.with_extension("").with_extension("");
    let object = |file: VersionFile| -> Result<Object, Error> {
        let path = body(&stem, &file.version);
        let bytes = match file.marker {
            true => Vec::new(),
            false => fs::read(&path).map_err(|source| Error::State { path, source })?,
        };
        Ok(file.with(bytes))
    };
    let mut older: Vec<Object> = older.into_iter().map(object).collect::<Result<_, _>>()?;
    let newest = object(newest)?;
    if newest.marker {
        older.push(newest);
    } else {
        bucket.objects.insert(key.clone(), newest);
    }
    if !older.is_empty() {
        bucket.older.insert(key, older);
    }
    Ok(())
}
