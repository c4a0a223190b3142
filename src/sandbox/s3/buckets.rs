//! Buckets: made, found, read and deleted; whether they keep versions.

use super::super::clock::timestamp;
use super::super::neighbours;
use super::super::refusal::Refusal;
use super::super::request::Request;
use super::super::resources::Instance;
use super::super::response::{Response, plain, set};
use super::super::world::{Bucket, Place, World};
use super::written::{document, element, read as read_document, text};
use super::{Answer, Subject, found, found_mut, listing, uploads};

pub(super) fn all(world: &World, request: &Request) -> Response {
    let mut rows = String::new();
    for (name, bucket) in world.buckets.iter().filter(|(_, bucket)| bucket.account == request.caller.account)
    {
        let row = element("Name", name) + &element("CreationDate", &timestamp(bucket.created_at));
        rows.push_str(&format!("<Bucket>{row}</Bucket>"));
    }
    document("ListAllMyBucketsResult", &format!("<Buckets>{rows}</Buckets>"))
}

pub(super) fn create(world: &mut World, request: &Request, subject: &Subject) -> Answer {
    let name = subject.bucket.as_str();
    if let Some(existing) = world.buckets.get(name) {
        let own = existing.account == request.caller.account;
        if own && existing.region == "us-east-1" && request.caller.region == "us-east-1" {
            return Ok(plain(200, "application/xml", ""));
        }
        return Err(taken(own).into());
    }
    if !valid(name) {
        return Err(Refusal::new(400, "InvalidBucketName", "The specified bucket is not valid.").into());
    }
    let mut place = request.caller.place();
    if !request.body.is_empty() {
        let region = read_document(request, |root| Some(text(root, "LocationConstraint")))?;
        // A client that speaks to one region cannot make buckets in another, but from the first one.
        match region.filter(|region| !region.is_empty() && *region != place.region) {
            Some(region) if place.region == "us-east-1" => place.region = region,
            Some(region) => {
                let text = format!(
                    "The {region} location constraint is incompatible for the region specific endpoint this \
                     request was sent to."
                );
                return Err(Refusal::new(400, "IllegalLocationConstraintException", text).into());
            }
            None => {}
        }
    }
    let now = world.clock.now();
    world.put_bucket(&place, name, now);
    let mut response = plain(200, "application/xml", "");
    set(&mut response, "location", &format!("/{name}"));
    Ok(response)
}

fn taken(own: bool) -> Refusal {
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
    Refusal::new(409, code, text)
}

/// Whether a bucket may be called so.
fn valid(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    (3..=63).contains(&name.len())
        && name.chars().all(|c| plain(c) || matches!(c, '-' | '.'))
        && name.starts_with(plain)
        && name.ends_with(plain)
        && !name.contains("..")
        && name.parse::<std::net::Ipv4Addr>().is_err()
}

pub(super) fn head(world: &World, subject: &Subject) -> Answer {
    let bucket = found(world, &subject.bucket)?;
    let mut response = plain(200, "application/xml", "");
    set(&mut response, "x-amz-bucket-region", &bucket.region);
    Ok(response)
}

pub(super) fn location(world: &World, subject: &Subject) -> Answer {
    let bucket = found(world, &subject.bucket)?;
    let region = if bucket.region == "us-east-1" { "" } else { &bucket.region };
    Ok(document("LocationConstraint", region))
}

pub(super) fn read(world: &World, subject: &Subject) -> Answer {
    let bucket = found(world, &subject.bucket)?;
    let query = &subject.query;
    if query.text("versioning").is_some() {
        let status = bucket.versioning.as_deref().map(|status| element("Status", status));
        return Ok(document("VersioningConfiguration", &status.unwrap_or_default()));
    }
    if query.text("versions").is_some() {
        return listing::versions(bucket, subject);
    }
    if query.text("uploads").is_some() {
        return uploads::all_of(bucket, subject);
    }
    let place = Place { account: bucket.account.clone(), region: bucket.region.clone() };
    if let Some(setting) = neighbours::setting(world, &place, &subject.bucket, query) {
        let json = query.text("policy").is_some();
        return Ok(plain(200, if json { "application/json" } else { "application/xml" }, setting?));
    }
    listing::objects(bucket, subject)
}

pub(super) fn set_versioning(world: &mut World, request: &Request, subject: &Subject) -> Answer {
    let known = |status: &String| matches!(status.as_str(), "Enabled" | "Suspended");
    let status = read_document(request, |root| text(root, "Status").filter(known))?;
    found_mut(world, &subject.bucket)?.versioning = Some(status);
    world.store.bucket_changed(&subject.bucket);
    Ok(plain(200, "application/xml", ""))
}

pub(super) fn delete(world: &mut World, subject: &Subject) -> Answer {
    if let Some(text) = found(world, &subject.bucket)?.held_by() {
        return Err(Refusal::new(409, "BucketNotEmpty", text).into());
    }
    world.buckets.remove(&subject.bucket);
    world.store.bucket_changed(&subject.bucket);
    Ok(plain(204, "application/xml", ""))
}

impl World {
    /// Makes a bucket, if there is none of the name.
    pub(in super::super) fn put_bucket(&mut self, place: &Place, name: &str, now: i64) {
        let Place { account, region } = place.clone();
        let bucket = Bucket { account, region, created_at: now, ..Bucket::default() };
        self.buckets.entry(name.to_owned()).or_insert(bucket);
        self.store.bucket_changed(name);
    }
}

impl Bucket {
    /// Keeps versions as a stack's resource says; what once kept versions never stops to have them.
    pub(in super::super) fn configure(&mut self, instance: &Instance) {
        let properties = &instance.properties;
        let status = properties.pointer("/VersioningConfiguration/Status").and_then(|status| status.as_str());
        let locked = properties
            .get("ObjectLockEnabled")
            .is_some_and(|flag| flag.as_bool() == Some(true) || flag.as_str() == Some("true"));
        match (status.or(locked.then_some("Enabled")), &self.versioning) {
            (None, None) => {}
            (Some(status), _) => self.versioning = Some(status.to_owned()),
            (None, Some(_)) => self.versioning = Some("Suspended".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_rules_of_s3() {
        for good in ["abc", "a.b-c", "1-2", "my-bucket.example"] {
            assert!(valid(good), "{good}");
        }
        for bad in ["ab", "Abc", "a_b", "-abc", "abc.", "a..b", "10.0.0.1", "", &"a".repeat(64)] {
            assert!(!valid(bad), "{bad}");
        }
    }
}
