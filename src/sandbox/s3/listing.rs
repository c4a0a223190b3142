//! What is in a bucket, page by page: objects, or all their versions.
//!
//! With a delimiter, keys that go on beyond it are told as one prefix.

use super::super::clock::timestamp;
use super::super::query::Input;
use super::super::refusal::Refusal;
use super::super::world::{Bucket, Object};
use super::written::{document, element};
use super::{Answer, Subject, argument};

/// The most rows of a page.
const PAGE: usize = 1000;

/// Which part of a bucket is asked for.
struct Asked<'a> {
    prefix: &'a str,
    delimiter: Option<&'a str>,
    size: usize,
}

impl<'a> Asked<'a> {
    fn of(query: &'a Input) -> Result<Self, Refusal> {
        let size = query
            .integer("max-keys")
            .map_err(|_| argument("Provided max-keys not an integer or within integer range"))?;
        Ok(Self {
            prefix: query.text("prefix").unwrap_or_default(),
            delimiter: query.text("delimiter").filter(|delimiter| !delimiter.is_empty()),
            size: size.map_or(PAGE, |size| usize::try_from(size).unwrap_or(PAGE).min(PAGE)),
        })
    }

    /// The prefix that stands for a key.
    fn beneath(&self, key: &str) -> Option<String> {
        let (first, _) = key.get(self.prefix.len()..)?.split_once(self.delimiter?)?;
        Some(format!("{}{first}{}", self.prefix, self.delimiter?))
    }

    /// What every answer tells again.
    fn echo(&self, name: &str, more: bool) -> String {
        let mut out = element("Name", name) + &element("Prefix", self.prefix);
        out.push_str(&self.delimiter.map(|text| element("Delimiter", text)).unwrap_or_default());
        out.push_str(&format!("<MaxKeys>{}</MaxKeys><IsTruncated>{more}</IsTruncated>", self.size));
        out
    }
}

fn common(prefix: &str) -> String {
    format!("<CommonPrefixes>{}</CommonPrefixes>", element("Prefix", prefix))
}

/// What is told of an object or a version beside its key.
fn facts(object: &Object) -> String {
    format!(
        "<LastModified>{}</LastModified>{}<Size>{}</Size><StorageClass>STANDARD</StorageClass>",
        timestamp(object.at),
        element("ETag", &object.etag),
        object.body.len(),
    )
}

/// The objects of a bucket, in the form of the first or the second version of the operation.
pub(super) fn objects(bucket: &Bucket, subject: &Subject) -> Answer {
    let query = &subject.query;
    let asked = Asked::of(query)?;
    let second = query.text("list-type") == Some("2");
    let after = ["continuation-token", "start-after", "marker"].iter().find_map(|name| query.text(name));
    let after = after.unwrap_or_default();
    // A row is an object, or a prefix that stands for several; a prefix once told stays told on the next page.
    let mut rows: Vec<(String, Option<&Object>)> = Vec::new();
    let mut more = false;
    for (key, object) in bucket.objects.iter().filter(|(key, _)| key.starts_with(asked.prefix)) {
        let row = asked.beneath(key).map_or_else(|| (key.clone(), Some(object)), |prefix| (prefix, None));
        if row.0.as_str() <= after || rows.last().is_some_and(|last| last.0 == row.0) {
            continue;
        }
        if rows.len() == asked.size {
            more = asked.size > 0;
            break;
        }
        rows.push(row);
    }
    let mut content = asked.echo(&subject.bucket, more);
    if second {
        content.push_str(&format!("<KeyCount>{}</KeyCount>", rows.len()));
    } else {
        content.push_str(&element("Marker", after));
    }
    for (key, object) in &rows {
        match object {
            Some(object) => {
                content.push_str(&format!("<Contents>{}{}</Contents>", element("Key", key), facts(object)));
            }
            None => content.push_str(&common(key)),
        }
    }
    if let Some((key, _)) = rows.last().filter(|_| more) {
        let next = if second { "NextContinuationToken" } else { "NextMarker" };
        content.push_str(&element(next, key));
    }
    Ok(document("ListBucketResult", &content))
}

/// A row of the list of versions: a version and whether it is the newest, or a prefix.
struct Row<'a> {
    key: String,
    version: Option<(&'a Object, bool)>,
}

/// All versions and delete markers, the newest of each key first.
pub(super) fn versions(bucket: &Bucket, subject: &Subject) -> Answer {
    let query = &subject.query;
    let asked = Asked::of(query)?;
    let key_marker = query.text("key-marker").unwrap_or_default();
    let version_marker = query.text("version-id-marker").filter(|marker| !marker.is_empty());
    if version_marker.is_some() && key_marker.is_empty() {
        return Err(argument("A version-id marker cannot be specified without a key marker.").into());
    }
    let mut rows = rows(bucket, &asked);
    let told = match version_marker {
        None => rows.iter().take_while(|row| row.key.as_str() <= key_marker).count(),
        // All before the version that was the last on the page before, and that one.
        Some(marker) => {
            let is = |row: &Row<'_>| {
                let same = row.version.is_some_and(|(object, _)| object.version_id() == marker);
                row.key == key_marker && same
            };
            rows.iter().position(is).map_or_else(
                || rows.iter().take_while(|row| row.key.as_str() <= key_marker).count(),
                |at| at + 1,
            )
        }
    };
    rows.drain(..told);
    let more = rows.len() > asked.size && asked.size > 0;
    rows.truncate(asked.size);
    let mut content = asked.echo(&subject.bucket, more) + &element("KeyMarker", key_marker);
    content.push_str(&element("VersionIdMarker", version_marker.unwrap_or_default()));
    if let Some(last) = rows.last().filter(|_| more) {
        content.push_str(&element("NextKeyMarker", &last.key));
        let version = last.version.map(|(object, _)| element("NextVersionIdMarker", object.version_id()));
        content.push_str(&version.unwrap_or_default());
    }
    rows.iter().for_each(|row| content.push_str(&written(row)));
    Ok(document("ListVersionsResult", &content))
}

fn rows<'a>(bucket: &'a Bucket, asked: &Asked<'_>) -> Vec<Row<'a>> {
    let mut keys: Vec<&String> = bucket.objects.keys().chain(bucket.older.keys()).collect();
    keys.sort();
    keys.dedup();
    let mut rows: Vec<Row<'_>> = Vec::new();
    for key in keys.into_iter().filter(|key| key.starts_with(asked.prefix)) {
        if let Some(prefix) = asked.beneath(key) {
            if rows.last().is_none_or(|last| last.key != prefix) {
                rows.push(Row { key: prefix, version: None });
            }
            continue;
        }
        let versions = bucket.versions(key).enumerate();
        rows.extend(versions.map(|(at, object)| Row { key: key.clone(), version: Some((object, at == 0)) }));
    }
    rows
}

fn written(row: &Row<'_>) -> String {
    let Some((object, latest)) = row.version else { return common(&row.key) };
    let head = element("Key", &row.key) + &element("VersionId", object.version_id());
    let head = head + &element("IsLatest", &latest.to_string());
    match object.marker {
        true => {
            let time = element("LastModified", &timestamp(object.at));
            format!("<DeleteMarker>{head}{time}</DeleteMarker>")
        }
        false => format!("<Version>{head}{}</Version>", facts(object)),
    }
}
