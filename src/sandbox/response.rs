//! Answers in the forms of AWS's protocols: Query XML, JSON 1.1 and S3's REST XML.

use super::model::MODEL;
use super::refusal::Refusal;
use super::xml;
use http_body_util::Full;
use hyper::body::Bytes;
use serde_json::{Value, json};

/// An answer ready for the wire.
pub(super) type Response = hyper::Response<Full<Bytes>>;

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

/// The form of a Query operation's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// XML of this namespace.
    Xml(&'static str),
    /// JSON, as the Query services give to those who accept `application/json` or send `ContentType=JSON`.
    Json,
}

/// The answer of a Query operation.
pub(super) fn query(action: &str, form: Form, request_id: &str, result: &Value) -> Response {
    let has_result = MODEL.action(action).is_none_or(|action| action.result);
    let Form::Xml(namespace) = form else {
        let mut answer = json!({"ResponseMetadata": {"RequestId": request_id}});
        if has_result {
            answer[format!("{action}Result")] = plain_json(result);
        }
        let body = json!({format!("{action}Response"): answer}).to_string();
        return with_request_id(plain(200, "application/json", body), request_id);
    };
    let mut body = format!("<{action}Response xmlns=\"{namespace}\">");
    if has_result {
        body.push_str(&format!("<{action}Result>"));
        xml::content(&mut body, result);
        body.push_str(&format!("</{action}Result>"));
    }
    body.push_str(&format!(
        "<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{action}Response>"
    ));
    with_request_id(plain(200, "text/xml", body), request_id)
}

/// A result in JSON: without what is absent, points in time as seconds.
fn plain_json(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let present = fields.iter().filter(|(_, field)| !field.is_null());
            let seconds = |name: &str, field: &Value| -> Option<Value> {
                let text =
                    field.as_str().filter(|_| name.ends_with("Time") || name.ends_with("Timestamp"))?;
                let milliseconds = text.parse::<jiff::Timestamp>().ok()?.as_millisecond();
                Some(json!(milliseconds as f64 / 1000.0))
            };
            let shown = present.map(|(name, field)| {
                let shown = seconds(name, field).unwrap_or_else(|| plain_json(field));
                (name.clone(), shown)
            });
            Value::Object(shown.collect())
        }
        Value::Array(items) => items.iter().map(plain_json).collect(),
        other => other.clone(),
    }
}

/// The error of a Query operation.
pub(super) fn query_error(form: Form, request_id: &str, refusal: &Refusal) -> Response {
    let kind = if refusal.status >= 500 { "Receiver" } else { "Sender" };
    let Form::Xml(namespace) = form else {
        let error = json!({"Type": kind, "Code": refusal.code, "Message": refusal.message});
        let body = json!({"Error": error, "RequestId": request_id}).to_string();
        return with_request_id(plain(refusal.status, "application/json", body), request_id);
    };
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
