//! Addresses of objects: which bucket and key a URL or a host leads to, and the text that lies there.

use super::query::percent_decode;
use super::refusal::Refusal;
use super::world::World;

/// The longest template in a bucket, in bytes.
const OBJECT_BYTES: usize = 1_000_000;
/// What CloudFormation says of an object that it cannot read, for whatever reason.
const DENIED: &str = "S3 error: Access Denied\nFor more information check \
     http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html";

impl World {
    /// The text of the object at a URL; `own` is the address of this server.
    pub(super) fn text_at(&self, url: &str, own: &str) -> Result<String, Refusal> {
        let (bucket, key) = location(url, own)?;
        let object = self.buckets.get(&bucket).and_then(|bucket| bucket.objects.get(&key));
        let object = object.ok_or_else(|| Refusal::validation(DENIED))?;
        if object.body.len() > OBJECT_BYTES {
            return Err(Refusal::validation(format!(
                "Template may not exceed {OBJECT_BYTES} bytes in size."
            )));
        }
        String::from_utf8(object.body.clone())
            .map_err(|_| Refusal::validation("Template format error: unsupported structure."))
    }
}

/// Bucket and key of a URL: path style, virtual-host style, or this very server.
fn location(url: &str, own: &str) -> Result<(String, String), Refusal> {
    let unsupported = || Refusal::validation("TemplateURL must be a supported URL.");
    if let Some(rest) = url.strip_prefix("s3://") {
        let bucket = rest.split('/').next().unwrap_or_default();
        let text = format!("S3 error: Domain name specified in {bucket} is not a valid S3 domain");
        return Err(Refusal::validation(text));
    }
    let rest =
        url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).ok_or_else(unsupported)?;
    let (host, path) = rest.split_once('/').ok_or_else(unsupported)?;
    let path = percent_decode(path.split(['?', '#']).next().unwrap_or_default(), false);
    match bucket_of_host(host, own).ok_or_else(unsupported)? {
        Some(bucket) => Ok((bucket, path)),
        None => {
            let (bucket, key) = path.split_once('/').ok_or_else(unsupported)?;
            Ok((bucket.to_owned(), key.to_owned()))
        }
    }
}

/// The bucket that a host names: `Some(None)` for a host of S3 that names none, `None` for any other host.
pub(super) fn bucket_of_host(host: &str, own: &str) -> Option<Option<String>> {
    if !own.is_empty() && host == own {
        return Some(None);
    }
    let name = host.split(':').next().unwrap_or(host);
    if name == "localhost" || name == "127.0.0.1" {
        return Some(None);
    }
    if let Some(bucket) = name.strip_suffix(".localhost") {
        return Some(Some(bucket.trim_end_matches(".s3").to_owned()));
    }
    let stem = name.strip_suffix(".amazonaws.com").or_else(|| name.strip_suffix(".amazonaws.com.cn"))?;
    let service = |label: &str| label == "s3" || label.starts_with("s3-");
    let labels: Vec<&str> = stem.split('.').collect();
    let at = labels.iter().rposition(|label| service(label))?;
    (labels.len() - at <= 3).then(|| (at > 0).then(|| labels[..at].join(".")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(host: &str, expected: Option<Option<&str>>) {
        assert_eq!(
            bucket_of_host(host, "127.0.0.1:9"),
            expected.map(|bucket| bucket.map(str::to_owned)),
            "{host}"
        );
    }

    #[test]
    fn hosts_of_s3_are_known() {
        check("s3.amazonaws.com", Some(None));
        check("s3.eu-west-1.amazonaws.com", Some(None));
        check("s3-eu-west-1.amazonaws.com", Some(None));
        check("bucket.s3.amazonaws.com", Some(Some("bucket")));
        check("a.b.s3.eu-west-1.amazonaws.com", Some(Some("a.b")));
        check("bucket.s3.cn-north-1.amazonaws.com.cn", Some(Some("bucket")));
        check("127.0.0.1:9", Some(None));
        check("bucket.s3.localhost:80", Some(Some("bucket")));
        check("example.com", None);
        check("ec2.amazonaws.com", None);
    }
}
