//! The files of buckets: one of the bucket; those of its objects are written by [`disk`].

use super::super::Error;
use super::super::identifiers;
use super::super::s3::{Bucket, disk};
use super::files::{files, name, read, write_json};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// What the file of a bucket says.
#[derive(Debug, Default, Serialize, Deserialize)]
struct BucketFile {
    name: String,
    account: String,
    region: String,
    created_at: i64,
    #[serde(default)]
    versioning: Option<String>,
}

fn folder(root: &Path, bucket: &str) -> PathBuf {
    root.join("buckets").join(identifiers::digest(0, &[bucket]))
}

/// Writes a bucket down, without its objects, or removes it with them.
pub(super) fn save(root: &Path, name: &str, bucket: Option<&Bucket>) -> Result<(), Error> {
    let path = folder(root, name);
    match bucket {
        Some(Bucket { account, region, created_at, versioning, .. }) => {
            let (name, account, region) = (name.to_owned(), account.clone(), region.clone());
            let (created_at, versioning) = (*created_at, versioning.clone());
            let file = BucketFile { name, account, region, created_at, versioning };
            write_json(&path.join("bucket.json"), &file)
        }
        None if path.exists() => fs::remove_dir_all(&path).map_err(|source| Error::State { path, source }),
        None => Ok(()),
    }
}

/// Writes everything of a key down, or removes it.
pub(super) fn save_object(root: &Path, bucket: &str, key: &str, held: Option<&Bucket>) -> Result<(), Error> {
    disk::save(&folder(root, bucket).join(identifiers::digest(0, &[key])), key, held)
}

/// Reads a bucket with its objects; tells its name.
pub(super) fn load(path: &Path) -> Result<(String, Bucket), Error> {
    let file: BucketFile = read(&path.join("bucket.json"))?;
    let BucketFile { name: bucket_name, account, region, created_at, versioning } = file;
    let mut bucket = Bucket { account, region, created_at, versioning, ..Bucket::default() };
    for file in files(path)?.iter().filter(|file| name(file).ends_with(".object.json")) {
        disk::load(file, &mut bucket)?;
    }
    Ok((bucket_name, bucket))
}
