//! Who calls, and from where: account, region and service, read from the signature of a request.
//!
//! A twelve-digit access key id names its account; credentials given out by `AssumeRole` carry account and role
//! themselves, so that nothing need be remembered; every other key belongs to the default account. Signatures are not
//! checked: nothing here is worth protecting, and rehearsals run with made-up keys.

use super::world::Place;
use http::HeaderMap;

/// The account of callers whose key names none.
pub(super) const DEFAULT_ACCOUNT: &str = "000000000000";
/// The region of requests that name none.
const DEFAULT_REGION: &str = "us-east-1";

/// The sender of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Caller {
    /// Twelve digits.
    pub(super) account: String,
    /// The region of the signature.
    pub(super) region: String,
    /// The service of the signature, if the request is signed.
    pub(super) service: Option<String>,
    /// The access key id, if the request is signed.
    pub(super) key: Option<String>,
    /// Role and session name of assumed credentials.
    pub(super) session: Option<(String, String)>,
}

impl Caller {
    /// Reads the signature's scope; `query` is the query string, where presigned requests carry it.
    pub(super) fn read(headers: &HeaderMap, query: &str) -> Self {
        let authorization =
            headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let input = super::query::Input::parse(query);
        let scope = authorization
            .split_once("Credential=")
            .map(|(_, rest)| rest.split([',', ' ']).next().unwrap_or_default().to_owned())
            .or_else(|| input.text("X-Amz-Credential").map(str::to_owned));
        let parts: Vec<&str> = scope.as_deref().unwrap_or_default().split('/').collect();
        let token = headers.get("x-amz-security-token").and_then(|value| value.to_str().ok());
        let session = token.or_else(|| input.text("X-Amz-Security-Token")).and_then(session_of);
        let key = parts.first().filter(|key| !key.is_empty()).map(|key| (*key).to_owned());
        let region = parts.get(2).filter(|region| !region.is_empty()).map_or(DEFAULT_REGION, |region| region);
        Self {
            account: key.as_deref().and_then(account_of).unwrap_or(DEFAULT_ACCOUNT).to_owned(),
            region: region.to_owned(),
            service: parts.get(3).filter(|service| !service.is_empty()).map(|service| (*service).to_owned()),
            key,
            session,
        }
    }

    /// Where the caller's requests go.
    pub(super) fn place(&self) -> Place {
        Place { account: self.account.clone(), region: self.region.clone() }
    }

    /// The ARN of the caller as `GetCallerIdentity` tells it.
    pub(super) fn arn(&self) -> String {
        let (partition, account) = (partition(&self.region), &self.account);
        match &self.session {
            Some((role, session)) => format!("arn:{partition}:sts::{account}:assumed-role/{role}/{session}"),
            None => format!("arn:{partition}:iam::{account}:user/rehearsal"),
        }
    }
}

/// The account that an access key id names.
pub(super) fn account_of(key: &str) -> Option<&str> {
    let digits = key.strip_prefix("ASIA").and_then(|rest| rest.get(..12)).unwrap_or(key);
    (digits.len() == 12 && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}

/// The token of assumed credentials: role and session name, readable by [`Caller::read`].
pub(super) fn session_token(role: &str, session: &str) -> String {
    let hex: String = format!("{role}\n{session}").bytes().map(|byte| format!("{byte:02x}")).collect();
    format!("FormworkSession{hex}")
}

fn session_of(token: &str) -> Option<(String, String)> {
    let hex = token.strip_prefix("FormworkSession")?;
    let digit = |index: usize| hex.get(index..index + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    let bytes: Option<Vec<u8>> = (0..hex.len()).step_by(2).map(digit).collect();
    let text = String::from_utf8(bytes?).ok()?;
    text.split_once('\n').map(|(role, session)| (role.to_owned(), session.to_owned()))
}

/// The partition a region lies in.
pub(super) fn partition(region: &str) -> &'static str {
    match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        region if region.starts_with("eusc-") => "aws-eusc",
        region if region.starts_with("us-iso-") => "aws-iso",
        region if region.starts_with("us-isob-") => "aws-iso-b",
        region if region.starts_with("eu-isoe-") => "aws-iso-e",
        region if region.starts_with("us-isof-") => "aws-iso-f",
        _ => "aws",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(authorization: &str, expected: (&str, &str, Option<&str>)) {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", authorization.parse().unwrap());
        let caller = Caller::read(&headers, "");
        assert_eq!((caller.account.as_str(), caller.region.as_str(), caller.service.as_deref()), expected);
    }

    #[test]
    fn the_signature_names_account_region_and_service() {
        let signed = |key: &str| {
            format!(
                "AWS4-HMAC-SHA256 Credential={key}/20260101/eu-west-1/sts/aws4_request, SignedHeaders=host"
            )
        };
        check(&signed("012345678901"), ("012345678901", "eu-west-1", Some("sts")));
        check(&signed("ASIA012345678901WXYZ"), ("012345678901", "eu-west-1", Some("sts")));
        check(&signed("AKIAIOSFODNN7EXAMPLE"), (DEFAULT_ACCOUNT, "eu-west-1", Some("sts")));
        check("Basic x", (DEFAULT_ACCOUNT, "us-east-1", None));
        check("AWS4-HMAC-SHA256 Credential=", (DEFAULT_ACCOUNT, "us-east-1", None));
    }

    #[test]
    fn a_session_is_carried_by_its_token() {
        let mut headers = HeaderMap::new();
        headers.insert("x-amz-security-token", session_token("deploy", "run-1").parse().unwrap());
        assert_eq!(Caller::read(&headers, "").session, Some(("deploy".into(), "run-1".into())));
        assert_eq!(session_of("FormworkSessionzz"), None);
        assert_eq!(session_of("other"), None);
    }
}
