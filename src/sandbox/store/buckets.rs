//! The files of buckets: one of the bucket, and two of each object.

use super::super::Error;
use super::super::identifiers;
use super::super::world::{Bucket, Object};
use super::files::{files, name, read, remove, write, write_json};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What the file of a bucket says.
#[derive(Debug, Default, Serialize, Deserialize)]
struct BucketFile {
    name: String,
    account: String,
    region: String,
    created_at: i64,
}

/// What the file beside an object's body says.
#[derive(Debug, Default, Serialize, Deserialize)]
struct ObjectFile {
    key: String,
    content_type: String,
    etag: String,
    at: i64,
}

fn folder(root: &Path, bucket: &str) -> PathBuf {
    root.join("buckets").join(identifiers::digest(0, &[bucket]))
}

/// Writes a bucket down, without its objects, or removes it with them.
pub(super) fn save(root: &Path, name: &str, bucket: Option<&Bucket>) -> Result<(), Error> {
    let path = folder(root, name);
    match bucket {
        Some(Bucket { account, region, created_at, .. }) => {
            let (name, account, region) = (name.to_owned(), account.clone(), region.clone());
            let file = BucketFile { name, account, region, created_at: *created_at };
            write_json(&path.join("bucket.json"), &file)
        }
        None if path.exists() => fs::remove_dir_all(&path).map_err(|source| Error::State { path, source }),
        None => Ok(()),
    }
}

/// Writes an object down, or removes it.
pub(super) fn save_object(
    root: &Path,
    bucket: &str,
    key: &str,
    object: Option<&Object>,
) -> Result<(), Error> {
    let stem = folder(root, bucket).join(identifiers::digest(0, &[key]));
    let (body, about) = (stem.with_extension("body"), stem.with_extension("object.json"));
    let Some(object) = object else {
        return remove(&about).and_then(|()| remove(&body));
    };
    write(&body, &object.body)?;
    let (content_type, etag, at) = (object.content_type.clone(), object.etag.clone(), object.at);
    write_json(&about, &ObjectFile { key: key.to_owned(), content_type, etag, at })
}

/// Reads a bucket with its objects; tells its name.
pub(super) fn load(path: &Path) -> Result<(String, Bucket), Error> {
    let BucketFile { name: bucket_name, account, region, created_at } = read(&path.join("bucket.json"))?;
    let mut bucket = Bucket { account, region, created_at, objects: BTreeMap::new() };
    for file in files(path)? {
        let Some(stem) = name(&file).strip_suffix(".object.json").map(str::to_owned) else { continue };
        let ObjectFile { key, content_type, etag, at } = read(&file)?;
        let body = path.join(stem + ".body");
        let body = fs::read(&body).map_err(|source| Error::State { path: body, source })?;
        bucket.objects.insert(key, Object { body, content_type, etag, at });
    }
    Ok((bucket_name, bucket))
}
