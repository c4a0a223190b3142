//! S3: buckets and objects, as far as templates lie in them. Path style and virtual-host style.

use super::address::bucket_of_host;
use super::clock::timestamp;
use super::identifiers;
use super::neighbours;
use super::query::{Input, percent_decode};
use super::refusal::Refusal;
use super::request::Request;
use super::response::{self, Response, plain, set};
use super::world::{Bucket, Object, Place, World};
use super::xml;
use http::Method;

/// What a request names.
struct Subject {
    bucket: String,
    key: String,
}

/// Carries out a request and answers it.
pub(super) fn answer(world: &mut World, request: &Request) -> Response {
    let id = world.request_id();
    let subject = subject(request);
    let query = Input::parse(&request.query);
    let result = match (&request.method, subject.bucket.is_empty(), subject.key.is_empty()) {
        (&Method::GET, true, _) => Ok(buckets(world, request)),
        (_, true, _) => Err(Refusal::new(
            405,
            "MethodNotAllowed",
            "The specified method is not allowed against this resource.",
        )),
        (&Method::PUT, _, true) => put_bucket(world, request, &subject.bucket, &query),
        (&Method::HEAD, _, true) => bucket(world, &subject.bucket),
        (&Method::GET, _, true) => read_bucket(world, &subject.bucket, &query),
        (&Method::DELETE, _, true) => delete_bucket(world, &subject.bucket),
        (&Method::PUT, ..) => put(world, request, &subject),
        (&Method::GET | &Method::HEAD, ..) => get(world, &subject),
        (&Method::DELETE, ..) => delete(world, &subject),
        _ => Err(Refusal::new(501, "NotImplemented", "A header or operation you provided is not simulated.")),
    };
    let mut answer = match result {
        Ok(response) => response,
        Err(refusal) => response::s3_error(&id, &refusal),
    };
    if request.method == Method::HEAD && answer.status().as_u16() >= 400 {
        // An answer to HEAD has no body, not even an error.
        answer = plain(answer.status().as_u16(), "application/xml", "");
    }
    set(&mut answer, "x-amz-request-id", &id);
    answer
}

fn subject(request: &Request) -> Subject {
    let host = request.header("host").unwrap_or_default();
    let path = percent_decode(request.path.trim_start_matches('/'), false);
    match bucket_of_host(host, "").flatten() {
        Some(bucket) => Subject { bucket, key: path },
        None => {
            let (bucket, key) = path.split_once('/').unwrap_or((&path, ""));
            Subject { bucket: bucket.to_owned(), key: key.to_owned() }
        }
    }
}

fn no_bucket() -> Refusal {
    Refusal::new(404, "NoSuchBucket", "The specified bucket does not exist")
}

fn buckets(world: &World, request: &Request) -> Response {
    let mut body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListAllMyBucketsResult><Buckets>".to_owned();
    for (name, bucket) in world.buckets.iter().filter(|(_, bucket)| bucket.account == request.caller.account)
    {
        body.push_str("<Bucket><Name>");
        xml::escape(&mut body, name);
        body.push_str(&format!(
            "</Name><CreationDate>{}</CreationDate></Bucket>",
            timestamp(bucket.created_at)
        ));
    }
    body.push_str("</Buckets></ListAllMyBucketsResult>");
    plain(200, "application/xml", body)
}

fn put_bucket(world: &mut World, request: &Request, name: &str, query: &Input) -> Result<Response, Refusal> {
    // Settings of a bucket (`?versioning`, `?encryption` …) are taken note of in good faith.
    let setting = !request.query.is_empty() && query.text("x-id").is_none();
    if setting {
        return world.buckets.get(name).map(|_| plain(200, "application/xml", "")).ok_or_else(no_bucket);
    }
    if let Some(existing) = world.buckets.get(name) {
        let own = existing.account == request.caller.account;
        if own && existing.region == "us-east-1" {
            return Ok(plain(200, "application/xml", ""));
        }
        let (code, text) = match own {
            true => (
                "BucketAlreadyOwnedByYou",
                "Your previous request to create the named bucket succeeded and you already own it.",
            ),
            false => (
                "BucketAlreadyExists",
                "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.",
            ),
        };
        return Err(Refusal::new(409, code, text));
    }
    let now = world.clock.now();
    world.put_bucket(&request.caller.place(), name, now);
    let mut response = plain(200, "application/xml", "");
    set(&mut response, "location", &format!("/{name}"));
    Ok(response)
}

fn bucket(world: &World, name: &str) -> Result<Response, Refusal> {
    let bucket = world.buckets.get(name).ok_or_else(no_bucket)?;
    let mut response = plain(200, "application/xml", "");
    set(&mut response, "x-amz-bucket-region", &bucket.region);
    Ok(response)
}

fn read_bucket(world: &World, name: &str, query: &Input) -> Result<Response, Refusal> {
    let bucket = world.buckets.get(name).ok_or_else(no_bucket)?;
    let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    if query.text("location").is_some() {
        let region = if bucket.region == "us-east-1" { "" } else { &bucket.region };
        let body = format!(
            "{head}<LocationConstraint xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{region}</LocationConstraint>"
        );
        return Ok(plain(200, "application/xml", body));
    }
    let place = Place { account: bucket.account.clone(), region: bucket.region.clone() };
    if let Some(document) = neighbours::setting(world, &place, name, query) {
        return Ok(plain(
            200,
            if query.text("policy").is_some() { "application/json" } else { "application/xml" },
            document?,
        ));
    }
    list(bucket, name, query)
}

/// The objects of a bucket, page by page; with a delimiter those beneath one another are told as one prefix.
fn list(bucket: &Bucket, name: &str, query: &Input) -> Result<Response, Refusal> {
    let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    let prefix = query.text("prefix").unwrap_or_default();
    let delimiter = query.text("delimiter").filter(|delimiter| !delimiter.is_empty());
    let beneath = |key: &str| {
        let rest = key.get(prefix.len()..)?;
        let (first, _) = rest.split_once(delimiter?)?;
        Some(format!("{prefix}{first}{}", delimiter?))
    };
    let after = query.text("continuation-token").or_else(|| query.text("start-after")).unwrap_or_default();
    let size = query
        .integer("max-keys")
        .map_err(|_| Refusal::new(400, "InvalidArgument", "Provided max-keys not an integer"))?
        .map_or(1000, |size| usize::try_from(size).unwrap_or(1000).min(1000));
    // A row is an object, or a prefix that stands for several; a prefix once told stays told on the next page.
    let mut rows: Vec<(String, Option<&Object>)> = Vec::new();
    let mut more = false;
    for (key, object) in bucket.objects.iter().filter(|(key, _)| key.starts_with(prefix)) {
        let row = beneath(key).map_or_else(|| (key.clone(), Some(object)), |prefix| (prefix, None));
        if row.0.as_str() <= after || rows.last().is_some_and(|last| last.0 == row.0) {
            continue;
        }
        if rows.len() == size {
            more = true;
            break;
        }
        rows.push(row);
    }
    let mut body =
        format!("{head}<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>");
    xml::escape(&mut body, name);
    body.push_str(&format!(
        "</Name><KeyCount>{}</KeyCount><MaxKeys>{size}</MaxKeys><IsTruncated>{more}</IsTruncated>",
        rows.len()
    ));
    for (key, object) in &rows {
        let Some(object) = object else {
            body.push_str("<CommonPrefixes><Prefix>");
            xml::escape(&mut body, key);
            body.push_str("</Prefix></CommonPrefixes>");
            continue;
        };
        body.push_str("<Contents><Key>");
        xml::escape(&mut body, key);
        body.push_str(&format!(
            "</Key><LastModified>{}</LastModified><ETag>{}</ETag><Size>{}</Size><StorageClass>STANDARD</StorageClass></Contents>",
            timestamp(object.at),
            object.etag,
            object.body.len(),
        ));
    }
    if let Some((key, _)) = rows.last().filter(|_| more) {
        body.push_str("<NextContinuationToken>");
        xml::escape(&mut body, key);
        body.push_str("</NextContinuationToken>");
    }
    body.push_str("</ListBucketResult>");
    Ok(plain(200, "application/xml", body))
}

fn delete_bucket(world: &mut World, name: &str) -> Result<Response, Refusal> {
    let bucket = world.buckets.get(name).ok_or_else(no_bucket)?;
    if !bucket.objects.is_empty() {
        return Err(Refusal::new(409, "BucketNotEmpty", "The bucket you tried to delete is not empty"));
    }
    world.buckets.remove(name);
    world.store.bucket_changed(name);
    Ok(plain(204, "application/xml", ""))
}

fn put(world: &mut World, request: &Request, subject: &Subject) -> Result<Response, Refusal> {
    let body = content(request)?;
    let now = world.clock.now();
    let etag = format!("\"{}\"", &identifiers::digest(0, &[&String::from_utf8_lossy(&body)])[..32]);
    let bucket = world.buckets.get_mut(&subject.bucket).ok_or_else(no_bucket)?;
    let existing = bucket.objects.get(&subject.key);
    let refused = match (request.header("if-none-match"), request.header("if-match"), existing) {
        (Some("*"), _, Some(_)) => true,
        (_, Some(wanted), existing) => existing.is_none_or(|object| object.etag != wanted),
        _ => false,
    };
    if refused {
        let text = "At least one of the pre-conditions you specified did not hold";
        return Err(Refusal::new(412, "PreconditionFailed", text));
    }
    let content_type = request.header("content-type").unwrap_or("binary/octet-stream").to_owned();
    bucket.objects.insert(subject.key.clone(), Object { body, content_type, etag: etag.clone(), at: now });
    world.store.object_changed(&subject.bucket, &subject.key);
    let mut response = plain(200, "application/xml", "");
    set(&mut response, "etag", &etag);
    Ok(response)
}

fn get(world: &World, subject: &Subject) -> Result<Response, Refusal> {
    let bucket = world.buckets.get(&subject.bucket).ok_or_else(no_bucket)?;
    let object = bucket
        .objects
        .get(&subject.key)
        .ok_or_else(|| Refusal::new(404, "NoSuchKey", "The specified key does not exist."))?;
    let mut response = plain(200, &object.content_type, object.body.clone());
    set(&mut response, "etag", &object.etag);
    if let Ok(time) = jiff::Timestamp::from_millisecond(object.at) {
        set(&mut response, "last-modified", &time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string());
    }
    Ok(response)
}

fn delete(world: &mut World, subject: &Subject) -> Result<Response, Refusal> {
    let bucket = world.buckets.get_mut(&subject.bucket).ok_or_else(no_bucket)?;
    bucket.objects.remove(&subject.key);
    world.store.object_changed(&subject.bucket, &subject.key);
    Ok(plain(204, "application/xml", ""))
}

/// The object's bytes: uploads with a trailing checksum come in chunks of their own form.
fn content(request: &Request) -> Result<Vec<u8>, Refusal> {
    let chunked = request.header("x-amz-content-sha256").is_some_and(|sum| sum.starts_with("STREAMING-"))
        || request.header("content-encoding").is_some_and(|encoding| encoding.contains("aws-chunked"));
    if !chunked {
        return Ok(request.body.clone());
    }
    unchunked(&request.body)
        .ok_or_else(|| Refusal::new(400, "IncompleteBody", "The request body terminated unexpectedly"))
}

fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|pair| pair == b"\r\n")?;
        let line = std::str::from_utf8(&rest[..end]).ok()?;
        let size = usize::from_str_radix(line.split(';').next()?.trim(), 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        let chunk = rest.get(end + 2..)?.get(..size)?;
        body.extend_from_slice(chunk);
        rest = rest.get(end + 2 + size + 2..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_put_together() {
        let whole = b"3;chunk-signature=x\r\nabc\r\n2\r\nde\r\n0\r\nx-amz-checksum:1\r\n\r\n";
        assert_eq!(unchunked(whole).as_deref(), Some(b"abcde".as_slice()));
        for broken in [b"".as_slice(), b"zz\r\n", b"5\r\nab\r\n", b"ffffffffffffffff\r\nab\r\n0\r\n"] {
            assert_eq!(unchunked(broken), None, "{broken:?}");
        }
    }
}
