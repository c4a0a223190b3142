//! Uploads in parts: begun, sent piece by piece, put together or given up.
//!
//! What is not put together yet is kept in memory only: after the end of the process such an upload is begun anew.

use super::super::identifiers;
use super::super::refusal::Refusal;
use super::super::request::Request;
use super::super::response::{plain, set};
use super::super::world::{Bucket, Object, World};
use super::objects::{described, keep, range, source, tell_version};
use super::written::{all, document, element, read, text};
use super::{Answer, Subject, argument, body, found, found_mut, not_simulated};
use std::collections::BTreeMap;

/// The least that every part but the last holds, in bytes.
const LEAST_BYTES: usize = 5 * 1024 * 1024;
/// The highest number of a part.
const HIGHEST: u32 = 10_000;

/// An upload that is not put together yet.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Upload {
    key: String,
    /// The object without its content.
    about: Object,
    /// By their numbers.
    parts: BTreeMap<u32, Vec<u8>>,
}

fn refused(code: &'static str, text: &str) -> Refusal {
    Refusal::new(400, code, text)
}

fn unknown() -> Refusal {
    let text = "The specified upload does not exist. The upload ID may be invalid, or the upload may have been \
                aborted or completed.";
    Refusal::new(404, "NoSuchUpload", text)
}

fn id(subject: &Subject) -> &str {
    subject.query.text("uploadId").unwrap_or_default()
}

fn upload<'a>(bucket: &'a Bucket, subject: &Subject) -> Result<&'a Upload, Refusal> {
    bucket.uploads.get(id(subject)).filter(|upload| upload.key == subject.key).ok_or_else(unknown)
}

/// What every answer about an upload begins with.
fn head(subject: &Subject) -> String {
    element("Bucket", &subject.bucket) + &element("Key", &subject.key)
}

pub(super) fn create(world: &mut World, request: &Request, subject: &Subject) -> Answer {
    let (seed, now) = (world.seed, world.clock.now().to_string());
    let bucket = found_mut(world, &subject.bucket)?;
    bucket.begun += 1;
    let parts = ["upload", &subject.bucket, &subject.key, &now, &bucket.begun.to_string()];
    let id = identifiers::digest(seed, &parts);
    let upload = Upload { key: subject.key.clone(), about: described(request), parts: BTreeMap::new() };
    bucket.uploads.insert(id.clone(), upload);
    Ok(document("InitiateMultipartUploadResult", &(head(subject) + &element("UploadId", &id))))
}

pub(super) fn part(world: &mut World, request: &Request, subject: &Subject) -> Answer {
    let number = subject.query.text("partNumber").and_then(|text| text.parse::<u32>().ok());
    let number = number
        .filter(|number| (1..=HIGHEST).contains(number))
        .ok_or_else(|| argument("Part number must be an integer between 1 and 10000, inclusive"))?;
    let copies = request.header("x-amz-copy-source").is_some();
    let content = if copies { copied(world, request)? } else { body::content(request)? };
    let etag = body::etag(&content);
    let bucket = found_mut(world, &subject.bucket)?;
    upload(bucket, subject)?;
    bucket.uploads.entry(id(subject).to_owned()).or_default().parts.insert(number, content);
    let mut response = match copies {
        true => document("CopyPartResult", &element("ETag", &etag)),
        false => plain(200, "application/xml", ""),
    };
    set(&mut response, "etag", &etag);
    Ok(response)
}

fn copied(world: &World, request: &Request) -> Result<Vec<u8>, Refusal> {
    let whole = source(world, request)?.body;
    let Some(header) = request.header("x-amz-copy-source-range") else { return Ok(whole) };
    let wrong = || argument("The x-amz-copy-source-range value must be of the form bytes=first-last");
    let Some((Some(from), Some(to))) = range(header) else { return Err(wrong()) };
    whole.get(from..to.saturating_add(1)).map(<[u8]>::to_vec).ok_or_else(wrong)
}

pub(super) fn parts(world: &World, subject: &Subject) -> Answer {
    let upload = upload(found(world, &subject.bucket)?, subject)?;
    let mut content = head(subject) + &element("UploadId", id(subject));
    content.push_str("<IsTruncated>false</IsTruncated>");
    for (number, part) in &upload.parts {
        let row = element("PartNumber", &number.to_string())
            + &element("ETag", &body::etag(part))
            + &element("Size", &part.len().to_string());
        content.push_str(&format!("<Part>{row}</Part>"));
    }
    Ok(document("ListPartsResult", &content))
}

pub(super) fn complete(world: &mut World, request: &Request, subject: &Subject) -> Answer {
    let wanted: Vec<(u32, String)> = read(request, |root| {
        let one = |node| Some((text(node, "PartNumber")?.trim().parse().ok()?, text(node, "ETag")?));
        let wanted: Vec<_> = all(root, "Part").map(one).collect::<Option<_>>()?;
        (!wanted.is_empty()).then_some(wanted)
    })?;
    let upload = upload(found(world, &subject.bucket)?, subject)?;
    let (content, etag) = joined(upload, &wanted)?;
    let object = Object { body: content, etag: etag.clone(), at: world.clock.now(), ..upload.about.clone() };
    let version = keep(world, request, subject, object)?;
    found_mut(world, &subject.bucket)?.uploads.remove(id(subject));
    let mut response = document("CompleteMultipartUploadResult", &(head(subject) + &element("ETag", &etag)));
    tell_version(&mut response, version.as_deref());
    Ok(response)
}

/// The content that parts make, and its entity tag: the digest of their digests, and how many they are.
fn joined(upload: &Upload, wanted: &[(u32, String)]) -> Result<(Vec<u8>, String), Refusal> {
    if wanted.windows(2).any(|pair| pair[0].0 >= pair[1].0) {
        let text = "The list of parts was not in ascending order. The parts list must be specified in order by \
                    part number.";
        return Err(refused("InvalidPartOrder", text));
    }
    let (mut content, mut digests) = (Vec::new(), Vec::new());
    for (at, (number, etag)) in wanted.iter().enumerate() {
        let found = upload.parts.get(number);
        let part = found.filter(|part| body::etag(part).trim_matches('"') == etag.trim_matches('"'));
        let Some(part) = part else {
            let text = "One or more of the specified parts could not be found.  The part may not have been \
                        uploaded, or the specified entity tag may not match the part's entity tag.";
            return Err(refused("InvalidPart", text));
        };
        if part.len() < LEAST_BYTES && at + 1 < wanted.len() {
            let text = "Your proposed upload is smaller than the minimum allowed size";
            return Err(refused("EntityTooSmall", text));
        }
        content.extend_from_slice(part);
        digests.extend_from_slice(&body::md5(part));
    }
    let etag = format!("\"{}-{}\"", body::hexadecimal(&body::md5(&digests)), wanted.len());
    Ok((content, etag))
}

pub(super) fn abort(world: &mut World, subject: &Subject) -> Answer {
    let bucket = found_mut(world, &subject.bucket)?;
    upload(bucket, subject)?;
    bucket.uploads.remove(id(subject));
    Ok(plain(204, "application/xml", ""))
}

/// The uploads of a bucket that are not put together yet.
pub(super) fn all_of(bucket: &Bucket, subject: &Subject) -> Answer {
    if subject.query.text("delimiter").is_some_and(|delimiter| !delimiter.is_empty()) {
        return Err(not_simulated().into());
    }
    let prefix = subject.query.text("prefix").unwrap_or_default();
    let mut content = element("Bucket", &subject.bucket) + "<IsTruncated>false</IsTruncated>";
    for (id, upload) in bucket.uploads.iter().filter(|(_, upload)| upload.key.starts_with(prefix)) {
        let row = element("Key", &upload.key) + &element("UploadId", id);
        content.push_str(&format!("<Upload>{row}</Upload>"));
    }
    Ok(document("ListMultipartUploadsResult", &content))
}
