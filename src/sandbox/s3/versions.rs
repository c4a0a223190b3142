//! The versions of a bucket's objects: what putting and deleting make of them.
//!
//! The newest version of a key is in `objects` unless it is a delete marker; everything before it is in `older`,
//! oldest first. A version without an id is the one that S3 calls `null`.

use super::super::identifiers;
use super::Upload;
use std::collections::BTreeMap;

/// A bucket and its objects.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Bucket {
    pub(in super::super) account: String,
    pub(in super::super) region: String,
    pub(in super::super) created_at: i64,
    /// The newest version of each key, unless that is a delete marker.
    pub(in super::super) objects: BTreeMap<String, Object>,
    /// Whether versions are kept: `Enabled`, `Suspended`, or never asked for.
    pub(in super::super) versioning: Option<String>,
    /// What was before the newest objects, the oldest first; delete markers too.
    pub(in super::super) older: BTreeMap<String, Vec<Object>>,
    /// Uploads in parts that are not put together yet, by their ids.
    pub(in super::super) uploads: BTreeMap<String, Upload>,
    /// How many such uploads were ever begun.
    pub(in super::super) begun: u64,
}

/// An object in a bucket.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Object {
    pub(in super::super) body: Vec<u8>,
    pub(in super::super) content_type: String,
    pub(in super::super) etag: String,
    pub(in super::super) at: i64,
    /// The id of the version, empty for the one that S3 calls `null`.
    pub(in super::super) version: String,
    /// Whether this says that the object is deleted.
    pub(in super::super) marker: bool,
    /// Other headers that belong to the object.
    pub(in super::super) headers: BTreeMap<String, String>,
}

/// What a deletion did.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Removal {
    /// The version that was made or removed, where there are versions.
    pub(super) version: Option<String>,
    /// Whether that version is a delete marker.
    pub(super) marker: bool,
}

impl Object {
    /// The version's id as S3 tells it.
    pub(super) fn version_id(&self) -> &str {
        if self.version.is_empty() { "null" } else { &self.version }
    }
}

impl Bucket {
    /// The versions of a key, the newest first.
    pub(super) fn versions(&self, key: &str) -> impl Iterator<Item = &Object> {
        self.objects.get(key).into_iter().chain(self.older.get(key).into_iter().flatten().rev())
    }

    /// The version of a key that has this id.
    pub(super) fn version(&self, key: &str, id: &str) -> Option<&Object> {
        self.versions(key).find(|object| object.version_id() == id)
    }

    /// Whether nothing at all is in the bucket.
    pub(in super::super) fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.older.is_empty()
    }

    /// Why the bucket cannot be deleted, in the words of S3.
    pub(in super::super) fn held_by(&self) -> Option<&'static str> {
        match self.versioning {
            _ if self.is_empty() => None,
            None => Some("The bucket you tried to delete is not empty"),
            Some(_) => Some(
                "The bucket you tried to delete is not empty. You must delete all versions in the bucket.",
            ),
        }
    }

    fn enabled(&self) -> bool {
        self.versioning.as_deref() == Some("Enabled")
    }

    /// An id that no version of the key has.
    fn fresh(&self, seed: u64, key: &str, at: i64) -> String {
        let mut number = self.versions(key).count();
        loop {
            let (number_text, at) = (number.to_string(), at.to_string());
            let id = identifiers::digest(seed, &["version", key, &at, &number_text])[..32].to_owned();
            if self.version(key, &id).is_none() {
                return id;
            }
            number += 1;
        }
    }

    /// Makes an object or a delete marker the newest version; the id that it gets, where there are versions.
    pub(super) fn put(&mut self, seed: u64, key: &str, mut object: Object) -> Option<String> {
        object.version = if self.enabled() { self.fresh(seed, key, object.at) } else { String::new() };
        if object.version.is_empty() {
            self.take(key, "null");
        }
        let older = self.older.entry(key.to_owned()).or_default();
        older.extend(self.objects.remove(key));
        let id = object.version_id().to_owned();
        match object.marker {
            true => older.push(object),
            false => {
                self.objects.insert(key.to_owned(), object);
            }
        }
        self.tidy(key);
        self.versioning.is_some().then_some(id)
    }

    /// Deletes a key: for good, or by a delete marker where there are versions.
    pub(super) fn delete(&mut self, seed: u64, key: &str, at: i64) -> Removal {
        if self.versioning.is_none() {
            self.objects.remove(key);
            return Removal::default();
        }
        let version = self.put(seed, key, Object { marker: true, at, ..Object::default() });
        Removal { version, marker: true }
    }

    /// Deletes one version for good; what was before it may come to light.
    pub(super) fn delete_version(&mut self, key: &str, id: &str) -> Removal {
        let marker = self.take(key, id).is_some_and(|object| object.marker);
        if !self.objects.contains_key(key) {
            let older = self.older.get_mut(key);
            let newest = older.and_then(|older| older.pop_if(|newest| !newest.marker));
            self.objects.extend(newest.map(|newest| (key.to_owned(), newest)));
        }
        self.tidy(key);
        Removal { version: Some(id.to_owned()), marker }
    }

    fn take(&mut self, key: &str, id: &str) -> Option<Object> {
        if self.objects.get(key).is_some_and(|object| object.version_id() == id) {
            return self.objects.remove(key);
        }
        let older = self.older.get_mut(key)?;
        let at = older.iter().position(|object| object.version_id() == id)?;
        Some(older.remove(at))
    }

    fn tidy(&mut self, key: &str) {
        if self.older.get(key).is_some_and(Vec::is_empty) {
            self.older.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bucket(versioning: Option<&str>) -> Bucket {
        Bucket { versioning: versioning.map(str::to_owned), ..Bucket::default() }
    }

    fn object(text: &str) -> Object {
        Object { body: text.into(), ..Object::default() }
    }

    #[test]
    fn a_bucket_without_versions_forgets() {
        let mut bucket = bucket(None);
        assert_eq!(bucket.put(7, "k", object("one")), None);
        bucket.put(7, "k", object("two"));
        assert_eq!(bucket.versions("k").count(), 1);
        assert_eq!(bucket.delete(7, "k", 0), Removal::default());
        assert!(bucket.is_empty());
    }

    #[test]
    fn suspended_versions_have_one_without_an_id() {
        let mut bucket = bucket(None);
        bucket.put(7, "k", object("before"));
        bucket.versioning = Some("Enabled".into());
        let kept = bucket.put(7, "k", object("kept")).unwrap();
        bucket.versioning = Some("Suspended".into());
        assert_eq!(bucket.put(7, "k", object("after")).as_deref(), Some("null"));
        let bodies: Vec<&[u8]> = bucket.versions("k").map(|version| version.body.as_slice()).collect();
        assert_eq!(bodies, [b"after".as_slice(), b"kept"]);
        assert_eq!(bucket.delete(7, "k", 0), Removal { version: Some("null".into()), marker: true });
        assert!(bucket.objects.is_empty());
        bucket.delete_version("k", "null");
        assert_eq!(bucket.objects["k"].version, kept);
    }

    proptest! {
        #[test]
        fn the_newest_is_an_object_or_a_marker(deeds in prop::collection::vec((0..5u8, 0..4usize), 0..30)) {
            let mut bucket = bucket(None);
            for (deed, which) in deeds {
                let id = bucket.versions("k").nth(which).map(|object| object.version_id().to_owned());
                match (deed, id) {
                    (0, _) => bucket.versioning = Some("Enabled".into()),
                    (1, _) if bucket.versioning.is_some() => bucket.versioning = Some("Suspended".into()),
                    (2, _) => drop(bucket.delete(7, "k", 0)),
                    (3, Some(id)) => drop(bucket.delete_version("k", &id)),
                    _ => drop(bucket.put(7, "k", object("x"))),
                }
                let older = bucket.older.get("k").cloned().unwrap_or_default();
                prop_assert!(!bucket.objects.contains_key("k") || !bucket.objects["k"].marker);
                prop_assert!(bucket.objects.contains_key("k") || older.last().is_none_or(|last| last.marker));
                let mut ids: Vec<&str> = bucket.versions("k").map(Object::version_id).collect();
                let count = ids.len();
                ids.sort();
                ids.dedup();
                prop_assert_eq!(ids.len(), count);
            }
        }
    }
}
