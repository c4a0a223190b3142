//! Where the services are: custom addresses from the caller and the environment, public hosts otherwise.
//!
//! CloudFormation and STS find their own through the SDK; here is what the others need, and the check of all.

use crate::cloudformation::{Answer, ServiceError};
use crate::model::account::Target;

/// A service that is asked without its SDK.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    /// S3.
    Storage,
    /// Systems Manager.
    Systems,
}

impl Service {
    /// The name that requests are signed for; also the first label of the host.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Storage => "s3",
            Self::Systems => "ssm",
        }
    }

    fn variable(self) -> &'static str {
        match self {
            Self::Storage => "AWS_ENDPOINT_URL_S3",
            Self::Systems => "AWS_ENDPOINT_URL_SSM",
        }
    }

    /// The custom address of the service, without a slash at its end: the caller's, the service's own variable, or
    /// the one for all services.
    pub(super) fn custom(
        self,
        chosen: Option<&str>,
        variable: impl Fn(&str) -> Option<String>,
        general: Option<&str>,
    ) -> Option<String> {
        let ignored = variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
        let is_ignored = ignored.is_some_and(|text| text.eq_ignore_ascii_case("true"));
        let own = || variable(self.variable()).filter(|text| !text.is_empty() && !is_ignored);
        let found = chosen.map(str::to_owned).or_else(own).or_else(|| general.map(str::to_owned))?;
        Some(found.trim_end_matches('/').to_owned())
    }

    /// The public host of the service.
    pub(super) fn host(self, partition: &str, region: &str) -> String {
        let suffix = match partition {
            "aws-cn" => "amazonaws.com.cn",
            "aws-eusc" => "amazonaws.eu",
            "aws-iso" => "c2s.ic.gov",
            "aws-iso-b" => "sc2s.sgov.gov",
            "aws-iso-e" => "cloud.adc-e.uk",
            "aws-iso-f" => "csp.hci.ic.gov",
            _ => "amazonaws.com",
        };
        format!("{}.{region}.{suffix}", self.name())
    }
}

/// Refuses what can be no server's address before the SDK stumbles over it.
pub(super) fn check_address(url: &str, what: &str, target: &Target) -> Answer<()> {
    let uri = url.parse::<http::Uri>().ok();
    let parts = uri.as_ref().and_then(|uri| uri.scheme_str().zip(uri.authority()));
    if parts.is_some_and(|(scheme, _)| matches!(scheme, "http" | "https")) {
        return Ok(());
    }
    Err(ServiceError::Unreachable {
        operation: "GetCallerIdentity",
        target: target.clone(),
        message: format!("{what} is `{url}`, which is no address of the form `http://host:port`"),
    })
}

/// Checks the variables that hold addresses: over an empty one the SDK would end the process.
pub(super) fn check_variables(target: &Target) -> Answer<()> {
    for service in ["", "_CLOUDFORMATION", "_STS", "_S3", "_SSM"] {
        let name = format!("AWS_ENDPOINT_URL{service}");
        if let Ok(url) = std::env::var(&name) {
            check_address(&url, &format!("the variable `{name}`"), target)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::account::AccountId;

    #[test]
    fn addresses() {
        let account = AccountId::parse("111111111111").unwrap();
        let target = Target { account, region: "eu-west-1".into() };
        let check = |url, expected| assert_eq!(check_address(url, "x", &target).is_ok(), expected, "{url}");
        check("http://127.0.0.1:4566", true);
        check("https://vpce.example.com/prefix/", true);
        check("", false);
        check("nonsense", false);
        check("localhost:4566", false);
        check("ftp://x", false);
        check("http://exa mple", false);
        check("http://", false);
    }

    #[test]
    fn the_nearest_custom_address_counts() {
        let check = |chosen, variables: &[(&str, &str)], general, expected: Option<&str>| {
            let variable = |name: &str| {
                variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
            };
            let found = Service::Storage.custom(chosen, variable, general);
            assert_eq!(found.as_deref(), expected, "{variables:?}");
        };
        let own = [("AWS_ENDPOINT_URL_S3", "http://own/")];
        check(None, &[], None, None);
        check(None, &[], Some("http://all"), Some("http://all"));
        check(None, &own, Some("http://all"), Some("http://own"));
        check(Some("http://chosen/"), &own, Some("http://all"), Some("http://chosen"));
        check(None, &[("AWS_ENDPOINT_URL_SSM", "http://other")], None, None);
        check(None, &[own[0], ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")], None, None);
    }

    #[test]
    fn hosts_follow_the_partition() {
        let check = |partition, region, expected| {
            assert_eq!(Service::Systems.host(partition, region), expected);
        };
        check("aws", "eu-west-1", "ssm.eu-west-1.amazonaws.com");
        check("aws-us-gov", "us-gov-west-1", "ssm.us-gov-west-1.amazonaws.com");
        check("aws-cn", "cn-north-1", "ssm.cn-north-1.amazonaws.com.cn");
    }
}
