//! Signed requests to the services of which we need a call or two: S3 and Systems Manager, without their SDKs.

use crate::aws::address::Service;
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
    fn broken_addresses_are_refused() {
        assert!(origin("127.0.0.1:80/x y").is_err());
        assert!(origin("nonsense").is_err());
        assert_eq!(origin("http://127.0.0.1:80/a/b?c").unwrap(), "http://127.0.0.1:80");
    }
}
