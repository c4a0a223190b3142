//! S3: buckets, objects and their versions, uploads in parts. Path style and virtual-host style.
//!
//! This file tells which operation is meant; each subject has a file of its own.

mod body;
mod buckets;
mod conditions;
pub(super) mod disk;
mod listing;
mod objects;
mod uploads;
mod versions;
mod written;

use super::address::bucket_of_host;
use super::query::{Input, percent_decode};
use super::refusal::Refusal;
use super::request::Request;
use super::response::{self, Response, plain, set};
use super::world::World;
use http::Method;
use uploads::Upload;
pub(super) use versions::{Bucket, Object};

/// What a request names.
struct Subject {
    bucket: String,
    key: String,
    query: Input,
}

/// A refusal, and what its answer's head tells beside it.
struct Fault {
    refusal: Refusal,
    headers: Vec<(&'static str, String)>,
}

type Answer = Result<Response, Fault>;

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, headers: Vec::new() }
    }
}

/// Carries out a request and answers it.
pub(super) fn answer(world: &mut World, request: &Request) -> Response {
    let id = world.request_id();
    let subject = subject(request);
    let result = match (subject.bucket.is_empty(), subject.key.is_empty()) {
        (true, _) if request.method == Method::GET => Ok(buckets::all(world, request)),
        (true, _) => Err(not_allowed().into()),
        (_, true) => of_bucket(world, request, &subject),
        _ => of_object(world, request, &subject),
    };
    let mut answer = match result {
        Ok(response) => response,
        Err(fault) => {
            let mut response = response::s3_error(&id, &fault.refusal);
            fault.headers.iter().for_each(|(name, value)| set(&mut response, name, value));
            response
        }
    };
    if request.method == Method::HEAD && answer.status().as_u16() >= 300 {
        // An answer to HEAD has no body, not even an error.
        *answer.body_mut() = http_body_util::Full::default();
    }
    set(&mut answer, "x-amz-request-id", &id);
    answer
}

fn of_bucket(world: &mut World, request: &Request, subject: &Subject) -> Answer {
    let asked = |name: &str| subject.query.text(name).is_some();
    // `x-id` names the operation again; everything else in the query is a setting.
    let setting = !request.query.is_empty() && !asked("x-id");
    match request.method {
        Method::PUT if !setting => return buckets::create(world, request, subject),
        Method::GET if asked("location") => return buckets::location(world, subject),
        _ => reachable(world, request, subject)?,
    };
    match request.method {
        Method::PUT if asked("versioning") => buckets::set_versioning(world, request, subject),
        // Other settings (`?encryption` …) are taken note of in good faith.
        Method::PUT => Ok(plain(200, "application/xml", "")),
        Method::HEAD => buckets::head(world, subject),
        Method::GET => buckets::read(world, subject),
        Method::DELETE if setting => Ok(plain(204, "application/xml", "")),
        Method::DELETE => buckets::delete(world, subject),
        Method::POST if asked("delete") => objects::delete_many(world, request, subject),
        _ => Err(not_allowed().into()),
    }
}

fn of_object(world: &mut World, request: &Request, subject: &Subject) -> Answer {
    const NOT_SIMULATED: &[&str] =
        &["acl", "tagging", "retention", "legal-hold", "torrent", "restore", "select", "attributes"];
    reachable(world, request, subject)?;
    let asked = |name: &str| subject.query.text(name).is_some();
    if NOT_SIMULATED.iter().any(|name| asked(name)) {
        return Err(not_simulated().into());
    }
    match request.method {
        Method::PUT if asked("uploadId") => uploads::part(world, request, subject),
        Method::PUT => objects::put(world, request, subject),
        Method::GET if asked("uploadId") => uploads::parts(world, subject),
        Method::GET | Method::HEAD => objects::get(world, request, subject),
        Method::POST if asked("uploads") => uploads::create(world, request, subject),
        Method::POST if asked("uploadId") => uploads::complete(world, request, subject),
        Method::DELETE if asked("uploadId") => uploads::abort(world, subject),
        Method::DELETE => objects::delete(world, request, subject),
        _ => Err(not_allowed().into()),
    }
}

fn subject(request: &Request) -> Subject {
    let host = request.header("host").unwrap_or_default();
    let path = percent_decode(request.path.strip_prefix('/').unwrap_or(&request.path), false);
    let query = Input::parse(&request.query);
    match bucket_of_host(host, "").flatten() {
        Some(bucket) => Subject { bucket, key: path, query },
        None => {
            let (bucket, key) = path.split_once('/').unwrap_or((&path, ""));
            Subject { bucket: bucket.to_owned(), key: key.to_owned(), query }
        }
    }
}

/// Whether the bucket exists where the request was signed for.
fn reachable(world: &World, request: &Request, subject: &Subject) -> Result<(), Fault> {
    let bucket = found(world, &subject.bucket)?;
    if request.caller.service.is_none() || request.caller.region == bucket.region {
        return Ok(());
    }
    let text = "The bucket you are attempting to access must be addressed using the specified endpoint. \
                Please send all future requests to this endpoint.";
    let headers = vec![("x-amz-bucket-region", bucket.region.clone())];
    Err(Fault { refusal: Refusal::new(301, "PermanentRedirect", text), headers })
}

fn found<'a>(world: &'a World, name: &str) -> Result<&'a Bucket, Refusal> {
    world.buckets.get(name).ok_or_else(no_bucket)
}

fn found_mut<'a>(world: &'a mut World, name: &str) -> Result<&'a mut Bucket, Refusal> {
    world.buckets.get_mut(name).ok_or_else(no_bucket)
}

fn no_bucket() -> Refusal {
    Refusal::new(404, "NoSuchBucket", "The specified bucket does not exist")
}

fn no_key() -> Refusal {
    Refusal::new(404, "NoSuchKey", "The specified key does not exist.")
}

fn not_allowed() -> Refusal {
    Refusal::new(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")
}

fn not_simulated() -> Refusal {
    Refusal::new(501, "NotImplemented", "A header or operation you provided is not simulated.")
}

fn argument(text: &str) -> Refusal {
    Refusal::new(400, "InvalidArgument", text)
}
