//! Objects: put, copied, read whole or in part, deleted one by one or many at once.

use super::super::clock::timestamp;
use super::super::query::percent_decode;
use super::super::refusal::Refusal;
use super::super::request::Request;
use super::super::response::{Response, plain, set};
use super::super::world::{Object, World};
use super::conditions::{self, Verdict};
use super::versions::Removal;
use super::written::{all, document, element, read, text};
use super::{Answer, Fault, Subject, argument, body, found, found_mut, no_key, not_allowed};
use http::{HeaderName, HeaderValue};
use std::collections::BTreeMap;

/// What a client says of an object and gets back with it, beside its own `x-amz-meta-` words.
const KEPT: &[&str] =
    &["cache-control", "content-disposition", "content-encoding", "content-language", "expires"];
/// The most objects that one request deletes.
const MOST_DELETED: usize = 1000;

pub(super) fn put(world: &mut World, request: &Request, subject: &Subject) -> Answer {
    if request.header("x-amz-copy-source").is_some() {
        return copy(world, request, subject);
    }
    let body = body::content(request)?;
    let etag = body::etag(&body);
    let object = Object { body, etag: etag.clone(), at: world.clock.now(), ..described(request) };
    let version = keep(world, request, subject, object)?;
    let mut response = plain(200, "application/xml", "");
    set(&mut response, "etag", &etag);
    tell_version(&mut response, version.as_deref());
    Ok(response)
}

/// Puts an object into its bucket, if the request's conditions hold; its version, where there are versions.
pub(super) fn keep(
    world: &mut World,
    request: &Request,
    subject: &Subject,
    object: Object,
) -> Result<Option<String>, Refusal> {
    let seed = world.seed;
    let bucket = found_mut(world, &subject.bucket)?;
    conditions::write(request, bucket.objects.get(&subject.key))?;
    let version = bucket.put(seed, &subject.key, object);
    world.store.object_changed(&subject.bucket, &subject.key);
    Ok(version)
}

/// An object without content, as a request describes it.
pub(super) fn described(request: &Request) -> Object {
    let content_type = request.header("content-type").unwrap_or("binary/octet-stream").to_owned();
    let mut headers = BTreeMap::new();
    for (name, value) in &request.headers {
        let name = name.as_str();
        let Ok(value) = value.to_str() else { continue };
        let value = match name {
            // How the body travelled is nothing of the object's own.
            "content-encoding" => without_chunks(value),
            _ => value.to_owned(),
        };
        if (KEPT.contains(&name) || name.starts_with("x-amz-meta-")) && !value.is_empty() {
            headers.insert(name.to_owned(), value);
        }
    }
    Object { content_type, headers, ..Object::default() }
}

fn without_chunks(encoding: &str) -> String {
    let parts: Vec<&str> = encoding
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty() && *part != "aws-chunked")
        .collect();
    parts.join(",")
}

fn copy(world: &mut World, request: &Request, subject: &Subject) -> Answer {
    let source = source(world, request)?;
    let replace =
        request.header("x-amz-metadata-directive").is_some_and(|word| word.eq_ignore_ascii_case("REPLACE"));
    let about = if replace { described(request) } else { source.clone() };
    let etag = body::etag(&source.body);
    let at = world.clock.now();
    let object = Object { body: source.body, etag: etag.clone(), at, ..about };
    let version = keep(world, request, subject, object)?;
    let content = element("LastModified", &timestamp(at)) + &element("ETag", &etag);
    let mut response = document("CopyObjectResult", &content);
    tell_version(&mut response, version.as_deref());
    Ok(response)
}

/// The object that a request copies from.
pub(super) fn source(world: &World, request: &Request) -> Result<Object, Refusal> {
    let header = request.header("x-amz-copy-source").unwrap_or_default();
    let (path, version) = match header.split_once("?versionId=") {
        Some((path, version)) => (path, Some(version)),
        None => (header, None),
    };
    let path = percent_decode(path, false);
    let invalid = || argument("Copy Source must mention the source bucket and key: sourcebucket/sourcekey");
    let (bucket, key) = path.trim_start_matches('/').split_once('/').ok_or_else(invalid)?;
    let bucket = found(world, bucket)?;
    let object = match version {
        Some(id) => bucket.version(key, id).filter(|object| !object.marker).ok_or_else(no_version)?,
        None => bucket.objects.get(key).ok_or_else(no_key)?,
    };
    Ok(object.clone())
}

pub(super) fn get(world: &World, request: &Request, subject: &Subject) -> Answer {
    let bucket = found(world, &subject.bucket)?;
    let asked = subject.query.text("versionId");
    let object = match asked {
        Some(id) => version(bucket.version(&subject.key, id), id)?,
        None => bucket.versions(&subject.key).next().ok_or_else(no_key)?,
    };
    let told = bucket.versioning.is_some().then(|| object.version_id());
    if object.marker {
        let refusal = if asked.is_some() { not_allowed() } else { no_key() };
        let version = ("x-amz-version-id", object.version_id().to_owned());
        return Err(Fault { refusal, headers: vec![("x-amz-delete-marker", "true".into()), version] });
    }
    let mut response = match conditions::read(request, object) {
        Verdict::Failed => return Err(conditions::failed().into()),
        Verdict::NotModified => plain(304, &object.content_type, ""),
        Verdict::Read => part_or_whole(request, object)?,
    };
    describe(&mut response, object);
    tell_version(&mut response, told);
    Ok(response)
}

fn part_or_whole(request: &Request, object: &Object) -> Result<Response, Refusal> {
    let size = object.body.len();
    let Some(range) = request.header("range").and_then(range) else {
        return Ok(plain(200, &object.content_type, object.body.clone()));
    };
    let (from, to) = match range {
        (Some(from), to) => (from, to.map_or(size, |to| to.saturating_add(1)).min(size)),
        (None, last) => (size.saturating_sub(last.unwrap_or(0)), size),
    };
    let part = object.body.get(from..to).filter(|part| !part.is_empty());
    let Some(part) = part else {
        return Err(Refusal::new(416, "InvalidRange", "The requested range is not satisfiable"));
    };
    let mut response = plain(206, &object.content_type, part.to_vec());
    set(&mut response, "content-range", &format!("bytes {from}-{}/{size}", to - 1));
    Ok(response)
}

/// First and last byte of a range; without the first, the second is how many bytes from the end. What is no range of
/// one piece counts as none.
pub(super) fn range(header: &str) -> Option<(Option<usize>, Option<usize>)> {
    let (from, to) = header.trim().strip_prefix("bytes=")?.split_once('-')?;
    let number = |text: &str| match text.trim() {
        "" => Some(None),
        digits => digits.parse().ok().map(Some),
    };
    let (from, to) = (number(from)?, number(to)?);
    let empty = from.is_none() && to.is_none();
    let backwards = from.is_some_and(|from| to.is_some_and(|to| to < from));
    (!empty && !backwards).then_some((from, to))
}

fn describe(response: &mut Response, object: &Object) {
    set(response, "etag", &object.etag);
    set(response, "accept-ranges", "bytes");
    if let Ok(time) = jiff::Timestamp::from_millisecond(object.at) {
        set(response, "last-modified", &time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string());
    }
    for (name, value) in &object.headers {
        let header = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value));
        if let (Ok(name), Ok(value)) = header {
            response.headers_mut().insert(name, value);
        }
    }
}

pub(super) fn tell_version(response: &mut Response, version: Option<&str>) {
    if let Some(version) = version {
        set(response, "x-amz-version-id", version);
    }
}

fn no_version() -> Refusal {
    Refusal::new(404, "NoSuchVersion", "The specified version does not exist.")
}

/// A version that was asked for by its id.
fn version<'a>(found: Option<&'a Object>, id: &str) -> Result<&'a Object, Refusal> {
    found.ok_or_else(|| match well_formed(id) {
        true => no_version(),
        false => argument("Invalid version id specified"),
    })
}

/// Whether a text could be a version's id.
fn well_formed(id: &str) -> bool {
    id == "null" || id.len() == 32
}

pub(super) fn delete(world: &mut World, request: &Request, subject: &Subject) -> Answer {
    let bucket = found(world, &subject.bucket)?;
    let current = bucket.objects.get(&subject.key);
    if request.header("if-match").is_some() {
        conditions::write(request, current)?;
    }
    let removal = remove(world, &subject.bucket, &subject.key, subject.query.text("versionId"))?;
    let mut response = plain(204, "application/xml", "");
    tell_version(&mut response, removal.version.as_deref());
    if removal.marker {
        set(&mut response, "x-amz-delete-marker", "true");
    }
    Ok(response)
}

fn remove(world: &mut World, bucket: &str, key: &str, version: Option<&str>) -> Result<Removal, Refusal> {
    let (seed, now) = (world.seed, world.clock.now());
    let found = found_mut(world, bucket)?;
    let removal = match version {
        Some(id) if !well_formed(id) => return Err(argument("Invalid version id specified")),
        Some(id) => found.delete_version(key, id),
        None => found.delete(seed, key, now),
    };
    world.store.object_changed(bucket, key);
    Ok(removal)
}

pub(super) fn delete_many(world: &mut World, request: &Request, subject: &Subject) -> Answer {
    let (quiet, wanted) = read(request, |root| {
        let one = |node| Some((text(node, "Key")?, text(node, "VersionId")));
        let wanted: Vec<_> = all(root, "Object").map(one).collect::<Option<_>>()?;
        let fits = !wanted.is_empty() && wanted.len() <= MOST_DELETED;
        fits.then(|| (text(root, "Quiet").as_deref() == Some("true"), wanted))
    })?;
    let mut rows = String::new();
    for (key, version) in wanted {
        let id = version.as_deref().filter(|id| !id.is_empty());
        let mut row = element("Key", &key);
        row.push_str(&id.map(|id| element("VersionId", id)).unwrap_or_default());
        match remove(world, &subject.bucket, &key, id) {
            Ok(_) if quiet => {}
            Ok(removal) => {
                if removal.marker {
                    let marker = removal.version.as_deref().unwrap_or_default();
                    row.push_str("<DeleteMarker>true</DeleteMarker>");
                    row.push_str(&element("DeleteMarkerVersionId", marker));
                }
                rows.push_str(&format!("<Deleted>{row}</Deleted>"));
            }
            Err(refusal) => {
                row.push_str(&element("Code", refusal.code));
                row.push_str(&element("Message", &refusal.message));
                rows.push_str(&format!("<Error>{row}</Error>"));
            }
        }
    }
    Ok(document("DeleteResult", &rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_one_piece_are_read() {
        assert_eq!(range("bytes=0-4"), Some((Some(0), Some(4))));
        assert_eq!(range("bytes=5-"), Some((Some(5), None)));
        assert_eq!(range("bytes=-3"), Some((None, Some(3))));
        for other in ["bytes=-", "bytes=4-1", "bytes=a-b", "items=0-1", "bytes=0-1,3-4", ""] {
            assert_eq!(range(other), None, "{other}");
        }
    }

    #[test]
    fn how_a_body_travelled_is_not_kept() {
        assert_eq!(without_chunks("aws-chunked"), "");
        assert_eq!(without_chunks("aws-chunked, gzip"), "gzip");
    }
}
