//! One HTTP request, read whole and told apart: which service is meant, and by whom.

use super::caller::Caller;
use super::neighbours;
use super::operations;
use super::query::Input;
use super::refusal::Refusal;
use super::response::Form;
use http::HeaderMap;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};

/// The largest body taken; an object for S3 is the largest thing anybody sends.
const BODY_BYTES: usize = 64 * 1024 * 1024;

/// The services that are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    /// CloudFormation, AWS Query.
    CloudFormation,
    /// STS, AWS Query.
    Sts,
    /// Systems Manager parameters, JSON 1.1.
    Ssm,
    /// Secrets Manager, JSON 1.1.
    SecretsManager,
    /// Organizations, JSON 1.1.
    Organizations,
    /// S3, REST and XML.
    S3,
    /// A service that answers what stacks have made.
    Neighbour,
    /// Anything else.
    Unknown,
}

/// A request as read from the wire.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: http::Method,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    pub(super) caller: Caller,
}

impl Request {
    /// Reads a request to its end.
    pub(super) async fn read(request: hyper::Request<Incoming>) -> Result<Self, Refusal> {
        let (parts, body) = request.into_parts();
        let oversize =
            || Refusal::new(413, "RequestEntityTooLarge", "Request size exceeded the allowed limit");
        // What a client announces need not be sent first.
        if body.size_hint().lower() > BODY_BYTES as u64 {
            return Err(oversize());
        }
        let body = Limited::new(body, BODY_BYTES).collect().await.map_err(|error| match error
            .is::<LengthLimitError>()
        {
            true => oversize(),
            false => Refusal::new(400, "IncompleteBody", "The request body could not be read to its end"),
        })?;
        let query = parts.uri.query().unwrap_or_default().to_owned();
        Ok(Self {
            caller: Caller::read(&parts.headers, &query),
            method: parts.method,
            path: parts.uri.path().to_owned(),
            query,
            headers: parts.headers,
            body: body.to_bytes().to_vec(),
        })
    }

    /// A header's text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The service that is meant: by the signature, else by what the request looks like.
    pub(super) fn service(&self) -> Service {
        let target = self.header("x-amz-target").unwrap_or_default();
        match (self.caller.service.as_deref(), target.split('.').next().unwrap_or_default()) {
            (Some("cloudformation"), _) => Service::CloudFormation,
            (Some("sts"), _) => Service::Sts,
            (Some("ssm"), _) | (None, "AmazonSSM") => Service::Ssm,
            (Some("secretsmanager"), _) | (None, "secretsmanager") => Service::SecretsManager,
            (Some("organizations"), _) | (None, "AWSOrganizationsV20161128") => Service::Organizations,
            (Some("s3" | "s3express"), _) => Service::S3,
            (Some(other), _) if neighbours::is_known(other) => Service::Neighbour,
            (Some(_), _) => Service::Unknown,
            (None, _) => self.unsigned(),
        }
    }

    fn unsigned(&self) -> Service {
        let form = self.form();
        let field = |name: &str| form.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        let query = field("Action").is_some() || field("Version").is_some();
        match field("Version") {
            Some("2011-06-15") => Service::Sts,
            _ if query || (self.path == "/" && self.method == http::Method::POST) => Service::CloudFormation,
            _ => Service::S3,
        }
    }

    /// The parameters of a Query request, from the address and from the body.
    pub(super) fn form(&self) -> String {
        match (self.query.is_empty(), self.body.is_empty()) {
            (_, true) => self.query.clone(),
            (true, false) => String::from_utf8_lossy(&self.body).into_owned(),
            (false, false) => format!("{}&{}", self.query, String::from_utf8_lossy(&self.body)),
        }
    }

    /// The form in which a Query request wants its answer.
    pub(super) fn query_form(&self, input: &Input) -> Form {
        let json = self.header("accept").is_some_and(|kinds| kinds.contains("application/json"))
            || input.text("ContentType").is_some_and(|kind| kind.eq_ignore_ascii_case("json"));
        if json { Form::Json } else { Form::Xml(operations::NAMESPACE) }
    }
}
