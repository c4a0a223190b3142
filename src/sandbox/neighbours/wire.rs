//! The protocols that neighbours speak: Query and EC2 (forms in, XML out), JSON, and REST with JSON.

use super::super::query::{Input, percent_decode};
use super::super::refusal::Refusal;
use super::super::request::Request;
use super::super::response::{self, Response, plain, set};
use super::super::xml;
use serde_json::{Map, Value};

/// The protocol of a request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Forms in, XML with `member` lists out.
    Query,
    /// Forms in, XML with `item` lists out.
    Ec2,
    /// The operation in a header, JSON in and out.
    Json,
    /// The operation is method and path, JSON out.
    Rest,
}

impl Form {
    /// What a request looks like.
    pub(super) fn of(request: &Request, service: &str) -> Self {
        let form = request.header("content-type").is_some_and(|kind| kind.contains("x-www-form-urlencoded"));
        if request.header("x-amz-target").is_some() {
            Self::Json
        } else if service == "ec2" {
            Self::Ec2
        } else if form || request.query.contains("Action=") {
            Self::Query
        } else {
            Self::Rest
        }
    }
}

/// Method, path and name of REST operations: a part in braces is a member of the input.
type Path = (&'static str, &'static str, &'static str);

const LAMBDA: &[Path] = &[
    ("GET", "2015-03-31/functions", "ListFunctions"),
    ("GET", "2015-03-31/functions/{FunctionName}", "GetFunction"),
    ("GET", "2015-03-31/functions/{FunctionName}/configuration", "GetFunctionConfiguration"),
    ("GET", "2015-03-31/functions/{FunctionName}/aliases/{Name}", "GetAlias"),
    ("GET", "2015-03-31/functions/{FunctionName}/versions", "ListVersionsByFunction"),
    ("GET", "2015-03-31/functions/{FunctionName}/policy", "GetPolicy"),
    ("GET", "2021-10-31/functions/{FunctionName}/url", "GetFunctionUrlConfig"),
    ("GET", "2020-04-22/code-signing-configs/{CodeSigningConfigArn}", "GetCodeSigningConfig"),
    ("GET", "2015-03-31/event-source-mappings", "ListEventSourceMappings"),
];

const GATEWAY: &[Path] = &[
    ("GET", "restapis", "GetRestApis"),
    ("GET", "restapis/{restApiId}", "GetRestApi"),
    ("GET", "restapis/{restApiId}/resources", "GetResources"),
    ("GET", "restapis/{restApiId}/resources/{resourceId}/methods/{httpMethod}", "GetMethod"),
    ("GET", "restapis/{restApiId}/stages", "GetStages"),
    ("GET", "restapis/{restApiId}/stages/{stageName}", "GetStage"),
    ("GET", "restapis/{restApiId}/deployments", "GetDeployments"),
    ("GET", "restapis/{restApiId}/models", "GetModels"),
    ("GET", "restapis/{restApiId}/requestvalidators", "GetRequestValidators"),
];

const GROUPS: &[Path] = &[("POST", "get-group", "GetGroup")];

/// The operation and what is asked.
pub(super) fn read(request: &Request, service: &str, form: Form) -> Result<(String, Value), Refusal> {
    match form {
        Form::Query | Form::Ec2 => {
            let input = Input::parse(&request.form());
            Ok((input.text("Action").unwrap_or_default().to_owned(), input.tree()))
        }
        Form::Json => {
            let target = request.header("x-amz-target").unwrap_or_default();
            let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
            Ok((operation, body(request)?))
        }
        Form::Rest => {
            let paths = match service {
                "lambda" => LAMBDA,
                "apigateway" => GATEWAY,
                _ => GROUPS,
            };
            let found = paths.iter().find_map(|(method, pattern, name)| {
                let fields =
                    (request.method.as_str() == *method).then(|| matched(pattern, &request.path))??;
                Some(((*name).to_owned(), fields))
            });
            let (name, mut fields) = found.ok_or_else(|| {
                super::not_simulated(&format!("{} {}", request.method.as_str(), request.path))
            })?;
            if let Value::Object(query) = Input::parse(&request.query).tree() {
                fields.extend(query);
            }
            if let Value::Object(given) = body(request)? {
                fields.extend(given);
            }
            Ok((name, Value::Object(fields)))
        }
    }
}

fn body(request: &Request) -> Result<Value, Refusal> {
    if request.body.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    let text = "The request body is not well-formed JSON.";
    serde_json::from_slice(&request.body).map_err(|_| Refusal::new(400, "SerializationException", text))
}

/// The members that a path names, if it follows the pattern.
fn matched(pattern: &str, path: &str) -> Option<Map<String, Value>> {
    let (wanted, given): (Vec<&str>, Vec<&str>) =
        (pattern.split('/').collect(), path.trim_matches('/').split('/').collect());
    if wanted.len() != given.len() {
        return None;
    }
    let mut fields = Map::new();
    for (wanted, given) in wanted.into_iter().zip(given) {
        match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) => {
                fields.insert(name.to_owned(), percent_decode(given, false).into());
            }
            None if wanted == given => {}
            None => return None,
        }
    }
    Some(fields)
}

/// An answer on the wire.
pub(super) fn written(form: Form, service: &str, operation: &str, id: &str, result: &Value) -> Response {
    let mut response = match form {
        Form::Query => {
            let mut body = format!("<{operation}Response><{operation}Result>");
            content(&mut body, result, "member");
            body.push_str(&format!(
                "</{operation}Result><ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata></{operation}Response>"
            ));
            plain(200, "text/xml", body)
        }
        Form::Ec2 => {
            let namespace = "http://ec2.amazonaws.com/doc/2016-11-15/";
            let mut body = format!("<{operation}Response xmlns=\"{namespace}\"><requestId>{id}</requestId>");
            content(&mut body, result, "item");
            body.push_str(&format!("</{operation}Response>"));
            plain(200, "text/xml", body)
        }
        Form::Json => plain(200, "application/x-amz-json-1.1", result.to_string()),
        Form::Rest if service == "apigateway" => plain(200, "application/hal+json", result.to_string()),
        Form::Rest => plain(200, "application/json", result.to_string()),
    };
    set(&mut response, "x-amzn-requestid", id);
    response
}

/// A refusal on the wire.
pub(super) fn refused(form: Form, service: &str, id: &str, refusal: &Refusal) -> Response {
    match form {
        Form::Query => response::query_error(
            response::Form::Xml("http://webservices.amazon.com/AWSFault/2005-15-09"),
            id,
            refusal,
        ),
        Form::Rest if service == "lambda" => {
            let kind = if refusal.status < 500 { "User" } else { "Service" };
            let body =
                serde_json::json!({"Type": kind, "Message": refusal.message, "message": refusal.message});
            let mut answer = plain(refusal.status, "application/json", body.to_string());
            set(&mut answer, "x-amzn-errortype", refusal.code);
            set(&mut answer, "x-amzn-requestid", id);
            answer
        }
        Form::Json | Form::Rest => response::json_error(id, refusal),
        Form::Ec2 => {
            let mut body = format!("<Response><Errors><Error><Code>{}</Code><Message>", refusal.code);
            xml::escape(&mut body, &refusal.message);
            body.push_str(&format!("</Message></Error></Errors><RequestID>{id}</RequestID></Response>"));
            plain(refusal.status, "text/xml", body)
        }
    }
}

/// What stands between the tags of an element: a list holds elements called `item`, and `entry` lists are maps.
fn content(out: &mut String, value: &Value, item: &str) {
    let element = |out: &mut String, name: &str, value: &Value| {
        out.push_str(&format!("<{name}>"));
        content(out, value, item);
        out.push_str(&format!("</{name}>"));
    };
    match value {
        Value::Array(items) => items.iter().for_each(|value| element(out, item, value)),
        Value::Object(fields) => {
            for (name, field) in fields.iter().filter(|(_, field)| !field.is_null()) {
                match field {
                    Value::Array(entries) if name == "entry" => {
                        entries.iter().for_each(|entry| element(out, name, entry));
                    }
                    _ => element(out, name, field),
                }
            }
        }
        scalar => xml::content(out, scalar),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_name_members() {
        let found = matched("restapis/{restApiId}/stages/{stageName}", "/restapis/a1/stages/my%20stage");
        assert_eq!(found.map(Value::Object), Some(json!({"restApiId": "a1", "stageName": "my stage"})));
        for path in ["/restapis/a1/stages", "/restapis/a1/models/x", "/", "//", "/restapis/a1/stages/x/y"] {
            assert_eq!(matched("restapis/{restApiId}/stages/{stageName}", path), None, "{path}");
        }
    }

    #[test]
    fn maps_and_lists_are_written() {
        let mut out = String::new();
        content(
            &mut out,
            &json!({"A": {"entry": [{"key": "k", "value": 1}]}, "L": ["x", "<"], "N": null}),
            "item",
        );
        assert_eq!(
            out,
            "<A><entry><key>k</key><value>1</value></entry></A><L><item>x</item><item>&lt;</item></L>"
        );
    }
}
