//! Answers in the forms of AWS's protocols: Query XML, JSON 1.1 and S3's REST XML.

use super::refusal::Refusal;
use super::xml;
use http_body_util::Full;
use hyper::body::Bytes;
use serde_json::Value;

/// An answer ready for the wire.
pub(super) type Response = hyper::Response<Full<Bytes>>;

/// The operations whose answer has no result element.
const WITHOUT_RESULT: &[&str] =
    &["CancelUpdateStack", "DeleteStack", "ExecuteStackRefactor", "SetStackPolicy", "SignalResource"];

/// An answer with any body.
pub(super) fn plain(status: u16, content_type: &str, body: impl Into<Bytes>) -> Response {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() =
        http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    set(&mut response, "content-type", content_type);
    response
}

/// Sets a header; a text that no header can carry is left out.
pub(super) fn set(response: &mut Response, name: &'static str, value: &str) {
    if let Ok(value) = http::HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// The answer of a Query operation.
pub(super) fn query(action: &str, namespace: &str, request_id: &str, result: &Value) -> Response {
    let mut body = format!("<{action}Response xmlns=\"{namespace}\">");
    if !WITHOUT_RESULT.contains(&action) {
        body.push_str(&format!("<{action}Result>"));
        xml::content(&mut body, result);
        body.push_str(&format!("</{action}Result>"));
    }
    body.push_str(&format!(
        "<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{action}Response>"
    ));
    with_request_id(plain(200, "text/xml", body), request_id)
}

/// The error of a Query operation.
pub(super) fn query_error(namespace: &str, request_id: &str, refusal: &Refusal) -> Response {
    let kind = if refusal.status >= 500 { "Receiver" } else { "Sender" };
    let mut body = format!("<ErrorResponse xmlns=\"{namespace}\"><Error><Type>{kind}</Type><Code>");
    xml::escape(&mut body, refusal.code);
    body.push_str("</Code><Message>");
    xml::escape(&mut body, &refusal.message);
    body.push_str(&format!("</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"));
    with_request_id(plain(refusal.status, "text/xml", body), request_id)
}

/// The answer of a JSON 1.1 operation.
pub(super) fn json(request_id: &str, result: &Value) -> Response {
    with_request_id(plain(200, "application/x-amz-json-1.1", result.to_string()), request_id)
}

/// The error of a JSON 1.1 operation.
pub(super) fn json_error(request_id: &str, refusal: &Refusal) -> Response {
    let mut body = serde_json::json!({"__type": refusal.code});
    // Some errors have no text in AWS, and then no member for it.
    if !refusal.message.is_empty() {
        body["message"] = refusal.message.clone().into();
        body["Message"] = refusal.message.clone().into();
    }
    let mut response = plain(refusal.status, "application/x-amz-json-1.1", body.to_string());
    set(&mut response, "x-amzn-errortype", refusal.code);
    with_request_id(response, request_id)
}

/// The error of an S3 operation.
pub(super) fn s3_error(request_id: &str, refusal: &Refusal) -> Response {
    let mut body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>".to_owned();
    xml::escape(&mut body, refusal.code);
    body.push_str("</Code><Message>");
    xml::escape(&mut body, &refusal.message);
    body.push_str(&format!("</Message><RequestId>{request_id}</RequestId></Error>"));
    with_request_id(plain(refusal.status, "application/xml", body), request_id)
}

fn with_request_id(mut response: Response, request_id: &str) -> Response {
    set(&mut response, "x-amzn-requestid", request_id);
    set(&mut response, "x-amz-request-id", request_id);
    response
}
