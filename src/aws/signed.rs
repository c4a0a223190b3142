//! Signed requests to the services of which we need a call or two: S3 and Systems Manager, without their SDKs.

use crate::aws::fault::Fault;
use crate::aws::session::Session;
use aws_config::BehaviorVersion;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::timeout::TimeoutConfig;
use std::convert::Infallible;
use std::error::Error;
use std::time::{Duration, SystemTime};

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
    fn name(self) -> &'static str {
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

/// A request to be signed.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) service: Service,
    pub(super) method: &'static str,
    pub(super) url: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

/// What came back, whatever its status.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: String,
}

impl Session {
    /// Signs a request and sends it once.
    pub(super) async fn send(&self, region: &str, request: Request) -> Result<Reply, Fault> {
        let (Some(http), Some(sleep)) = (self.config.http_client(), self.config.sleep_impl()) else {
            return Err(Fault::lost("there is no HTTP client"));
        };
        let origin = origin(&request.url)?;
        let (credentials, region) = (self.credentials.clone(), region.to_owned());
        let operation = Operation::builder()
            .service_name(request.service.name())
            .operation_name(request.method)
            .behavior_version(BehaviorVersion::latest())
            .http_client(http)
            .sleep_impl(sleep)
            .endpoint_url(&origin)
            .no_auth()
            .no_retry()
            .timeout_config(timeouts())
            .serializer(move |request: Request| signed(&request, &credentials, &region))
            .deserializer::<Reply, Infallible>(|answer: &HttpResponse| {
                let body = answer.body().bytes().unwrap_or_default();
                let body = String::from_utf8_lossy(body).into_owned();
                Ok(Reply { status: answer.status().as_u16(), body })
            })
            .build();
        operation.invoke(request).await.map_err(|error| Fault::unanswered(&error))
    }
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_millis(3100))
        .operation_attempt_timeout(Duration::from_secs(60))
        .build()
}

/// Scheme and host of a URL.
fn origin(url: &str) -> Result<String, Fault> {
    let uri = url.parse::<http::Uri>().ok();
    let parts = uri.as_ref().and_then(|uri| Some((uri.scheme_str()?, uri.authority()?)));
    let refuse =
        || Fault::Refused { code: String::from("InvalidAddress"), message: format!("`{url}` is no address") };
    parts.map(|(scheme, authority)| format!("{scheme}://{authority}")).ok_or_else(refuse)
}

fn signed(
    request: &Request,
    credentials: &aws_credential_types::Credentials,
    region: &str,
) -> Result<HttpRequest, Box<dyn Error + Send + Sync>> {
    let mut settings = SigningSettings::default();
    if request.service == Service::Storage {
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    }
    let identity = credentials.clone().into();
    let parameters = SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(request.service.name())
        .time(SystemTime::now())
        .settings(settings)
        .build()?
        .into();
    let headers = request.headers.iter().map(|(name, value)| (*name, value.as_str()));
    let body = SignableBody::Bytes(request.body.as_bytes());
    let signable = SignableRequest::new(request.method, &request.url, headers, body)?;
    let (instructions, _) = sign(signable, &parameters)?.into_parts();
    let mut builder = http::Request::builder().method(request.method).uri(&request.url);
    for (name, value) in &request.headers {
        builder = builder.header(*name, value);
    }
    let mut request = builder.body(SdkBody::from(request.body.as_str()))?;
    instructions.apply_to_request_http1x(&mut request);
    Ok(HttpRequest::try_from(request)?)
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn broken_addresses_are_refused() {
        assert!(origin("127.0.0.1:80/x y").is_err());
        assert!(origin("nonsense").is_err());
        assert_eq!(origin("http://127.0.0.1:80/a/b?c").unwrap(), "http://127.0.0.1:80");
    }
}
