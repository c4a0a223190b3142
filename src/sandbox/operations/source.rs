//! Where a template comes from: the request's body, an object in a bucket, or the stack itself.

use super::super::query::percent_decode;
use super::super::refusal::Refusal;
use super::super::stack::Stack;
use super::Call;

/// The longest template in a request, in bytes.
const BODY_BYTES: usize = 51_200;
/// The longest template in a bucket, in bytes.
const OBJECT_BYTES: usize = 1_000_000;
const NEITHER: &str = "Either Template URL or Template Body must be specified.";

impl Call<'_> {
    /// The template of the request; `previous` is the stack whose own one may be used again.
    pub(super) fn template(&self, previous: Option<&Stack>) -> Result<String, Refusal> {
        let (body, url) = (self.input.text("TemplateBody"), self.input.text("TemplateURL"));
        match (body, url, self.input.flag("UsePreviousTemplate")?) {
            (Some(body), None, None | Some(false)) => sized(body),
            (None, Some(url), None | Some(false)) => self.fetched(url),
            (None, None, Some(true)) => {
                let wish = previous.and_then(|stack| stack.wish.as_ref());
                wish.map(|wish| wish.template.clone()).ok_or_else(|| Refusal::validation(NEITHER))
            }
            (None, None, _) => Err(Refusal::validation(NEITHER)),
            (Some(_), Some(_), _) => {
                Err(Refusal::validation("You cannot specify both TemplateURL and TemplateBody."))
            }
            _ => Err(Refusal::validation(
                "You cannot specify usePreviousTemplate as true together with a template body or URL.",
            )),
        }
    }

    pub(super) fn fetched(&self, url: &str) -> Result<String, Refusal> {
        let (bucket, key) = self.location(url)?;
        let denied = || {
            Refusal::validation(
                "S3 error: Access Denied\nFor more information check http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html",
            )
        };
        let found = self.world.buckets.get(&bucket).ok_or_else(denied)?;
        let object = found.objects.get(&key).ok_or_else(denied)?;
        if object.body.len() > OBJECT_BYTES {
            return Err(Refusal::validation(format!(
                "Template may not exceed {OBJECT_BYTES} bytes in size."
            )));
        }
        String::from_utf8(object.body.clone())
            .map_err(|_| Refusal::validation("Template format error: unsupported structure."))
    }

    /// Bucket and key of a URL: path style, virtual-host style, or this very server.
    fn location(&self, url: &str) -> Result<(String, String), Refusal> {
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
        let bucket = bucket_of_host(host, &self.host).ok_or_else(unsupported)?;
        match bucket {
            Some(bucket) => Ok((bucket, path)),
            None => {
                let (bucket, key) = path.split_once('/').ok_or_else(unsupported)?;
                Ok((bucket.to_owned(), key.to_owned()))
            }
        }
    }
}

/// The bucket that a host names: `Some(None)` for a host of S3 that names none, `None` for any other host.
pub(in super::super) fn bucket_of_host(host: &str, own: &str) -> Option<Option<String>> {
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

fn sized(body: &str) -> Result<String, Refusal> {
    if body.is_empty() {
        return Err(Refusal::constraint(
            Some(""),
            "templateBody",
            "Member must have length greater than or equal to 1",
        ));
    }
    if body.len() > BODY_BYTES {
        let text = format!("Member must have length less than or equal to {BODY_BYTES}");
        return Err(Refusal::constraint(Some(body), "templateBody", &text));
    }
    Ok(body.to_owned())
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
