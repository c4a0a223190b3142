//! Templates in S3, for those that do not fit into a request.
//!
//! The bucket belongs to the target's account, which every request says (`x-amz-expected-bucket-owner`), so that a
//! namesake in other hands is refused. Keys carry the hash of the body; what is there is not sent again.

use crate::aws::Cloud;
use crate::aws::address::Service;
use crate::aws::fault::Fault;
use crate::aws::session::Session;
use crate::aws::signed::{Reply, Request};
use crate::cloudformation::Answer;
use crate::model::account::Target;
use aws_smithy_types::base64;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::sync::Arc;

const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// The buckets that are known to be there. Its lock is held while one is made, so that it is made once.
#[derive(Default)]
pub(super) struct Buckets(tokio::sync::Mutex<HashSet<(Target, String)>>);

impl Cloud {
    /// The address of a service without its SDK, without a slash at its end.
    pub(super) fn address(&self, service: Service, session: &Session, region: &str) -> String {
        let chosen = self.settings.endpoint_url.as_deref();
        let variable = |name: &str| std::env::var(name).ok();
        let custom = service.custom(chosen, variable, session.config.endpoint_url());
        custom.unwrap_or_else(|| format!("https://{}", service.host(session.partition(), region)))
    }

    pub(super) async fn put_template(
        &self,
        target: &Target,
        bucket: &str,
        key: &str,
        body: &str,
    ) -> Answer<String> {
        self.ensure_bucket(target, bucket).await?;
        let key = escaped(key);
        let path = format!("/{bucket}/{key}");
        if self.storage(target, "HeadObject", &path, "").await? == Found::No {
            self.storage(target, "PutObject", &path, body).await?;
        }
        let session = self.sessions.of(target).await?;
        let base = self.address(Service::Storage, &session, &target.region);
        Ok(format!("{base}{path}"))
    }

    async fn ensure_bucket(&self, target: &Target, bucket: &str) -> Answer<()> {
        let mut known = self.buckets.0.lock().await;
        let this = (target.clone(), bucket.to_owned());
        if known.contains(&this) {
            return Ok(());
        }
        let path = format!("/{bucket}");
        if self.storage(target, "HeadBucket", &path, "").await? == Found::No {
            self.storage(target, "CreateBucket", &path, &location(&target.region)).await?;
            self.storage(target, "PutBucketEncryption", &format!("{path}?encryption"), &encryption()).await?;
            let blocked = format!("{path}?publicAccessBlock");
            self.storage(target, "PutPublicAccessBlock", &blocked, &access_block()).await?;
        }
        known.insert(this);
        Ok(())
    }

    async fn storage(
        &self,
        target: &Target,
        operation: &'static str,
        path: &str,
        body: &str,
    ) -> Answer<Found> {
        self.with_session(target, operation, |session: Arc<Session>| {
            let base = self.address(Service::Storage, &session, &target.region);
            let request = request(target, operation, format!("{base}{path}"), body);
            async move { judge(operation, &session.send(&target.region, request).await?) }
        })
        .await
    }
}

/// Whether what was asked for, or asked to be made, is there now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Yes,
    No,
}

fn request(target: &Target, operation: &str, url: String, body: &str) -> Request {
    let method = if operation.starts_with("Head") { "HEAD" } else { "PUT" };
    let mut headers = Vec::new();
    if operation != "CreateBucket" {
        headers.push(("x-amz-expected-bucket-owner", target.account.to_string()));
    }
    if operation == "PutObject" {
        headers.push(("content-type", String::from("text/plain; charset=utf-8")));
    }
    if matches!(operation, "PutBucketEncryption" | "PutPublicAccessBlock") {
        // These two are refused without a checksum.
        headers.push(("x-amz-checksum-sha256", base64::encode(Sha256::digest(body.as_bytes()))));
    }
    Request { service: Service::Storage, method, url, headers, body: body.to_owned() }
}

fn judge(operation: &str, reply: &Reply) -> Result<Found, Fault> {
    let code = element(&reply.body, "Code").unwrap_or_default();
    let message = element(&reply.body, "Message").unwrap_or_default();
    match (operation, reply.status) {
        (_, 200..=299) => Ok(Found::Yes),
        ("HeadBucket" | "HeadObject", 404) => Ok(Found::No),
        // Who may not list a bucket is told "forbidden" for a missing object; writing it will tell the truth.
        ("HeadObject", 403) => Ok(Found::No),
        ("CreateBucket", 409) if code == "BucketAlreadyOwnedByYou" => Ok(Found::Yes),
        // New buckets are encrypted and closed by default; servers that are not AWS's may know no such setting.
        ("PutBucketEncryption" | "PutPublicAccessBlock", 405 | 501) => Ok(Found::Yes),
        ("HeadBucket", 403) => {
            Err(refused(reply, "the bucket belongs to another account, or may not be read"))
        }
        ("HeadBucket", 301 | 307) => Err(refused(reply, "the bucket is in another region")),
        (_, 409) if code == "OperationAborted" => Err(Fault::Unavailable { message }),
        _ => Err(Fault::of_answer(reply.status, &code, &message)),
    }
}

fn refused(reply: &Reply, message: &str) -> Fault {
    let code = format!("HTTP {}", reply.status);
    Fault::Refused { code, message: message.to_owned() }
}

/// The text of the first element of a name.
fn element(body: &str, name: &str) -> Option<String> {
    let (_, rest) = body.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    Some(text.to_owned())
}

fn location(region: &str) -> String {
    if region == "us-east-1" {
        return String::new();
    }
    format!(
        "<CreateBucketConfiguration xmlns=\"{NAMESPACE}\"><LocationConstraint>{region}</LocationConstraint>\
         </CreateBucketConfiguration>"
    )
}

fn encryption() -> String {
    format!(
        "<ServerSideEncryptionConfiguration xmlns=\"{NAMESPACE}\"><Rule><ApplyServerSideEncryptionByDefault>\
         <SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>\
         </ServerSideEncryptionConfiguration>"
    )
}

fn access_block() -> String {
    let settings: String =
        ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"]
            .iter()
            .map(|name| format!("<{name}>true</{name}>"))
            .collect();
    format!(
        "<PublicAccessBlockConfiguration xmlns=\"{NAMESPACE}\">{settings}</PublicAccessBlockConfiguration>"
    )
}

/// A key as it stands in a URL and in the signature: everything but the unreserved characters escaped.
fn escaped(key: &str) -> String {
    let mut text = String::with_capacity(key.len());
    for byte in key.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                text.push(char::from(byte));
            }
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers() {
        let check = |operation, status, body: &str, expected: &str| {
            let told = format!("{:?}", judge(operation, &Reply { status, body: body.into() }));
            assert!(told.starts_with(expected), "{operation} {status}: {told}");
        };
        check("HeadBucket", 200, "", "Ok(Yes)");
        check("HeadBucket", 404, "", "Ok(No)");
        check("HeadBucket", 403, "", "Err(Refused { code: \"HTTP 403");
        check("HeadBucket", 301, "", "Err(Refused { code: \"HTTP 301");
        check("HeadObject", 403, "", "Ok(No)");
        check("PutObject", 503, "<Error><Code>SlowDown</Code></Error>", "Err(Throttled");
        check("PutObject", 403, "<Error><Code>ExpiredToken</Code></Error>", "Err(Credentials");
        check("CreateBucket", 409, "<Error><Code>BucketAlreadyOwnedByYou</Code></Error>", "Ok(Yes)");
        check("CreateBucket", 409, "<Error><Code>BucketAlreadyExists</Code></Error>", "Err(Refused");
        check("PutBucketEncryption", 501, "<Error><Code>NotImplemented</Code></Error>", "Ok(Yes)");
    }

    #[test]
    fn keys_are_escaped() {
        assert_eq!(escaped("formwork/a b+ä.yaml"), "formwork/a%20b%2B%C3%A4.yaml");
    }
}
