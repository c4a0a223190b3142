//! Parameters of Systems Manager.

use crate::aws::Cloud;
use crate::aws::address::Service;
use crate::aws::fault::Fault;
use crate::aws::signed::{Reply, Request};
use crate::cloudformation::{Answer, ServiceError};
use crate::model::account::Target;
use serde_json::{Value, json};

const OPERATION: &str = "GetParameter";

impl Cloud {
    pub(super) async fn parameter(&self, target: &Target, name: &str) -> Answer<String> {
        let answer = self
            .with_session(target, OPERATION, |session| {
                let base = self.address(Service::Systems, &session, &target.region);
                let request = Request {
                    service: Service::Systems,
                    method: "POST",
                    url: format!("{base}/"),
                    headers: vec![
                        ("content-type", String::from("application/x-amz-json-1.1")),
                        ("x-amz-target", format!("AmazonSSM.{OPERATION}")),
                    ],
                    body: json!({ "Name": name }).to_string(),
                };
                async move { read(&session.send(&target.region, request).await?) }
            })
            .await;
        match answer {
            Err(ServiceError::Refused { code, .. }) if code == "ParameterNotFound" => {
                Err(ServiceError::Absent { what: format!("parameter `{name}`"), target: target.clone() })
            }
            other => other,
        }
    }
}

fn read(reply: &Reply) -> Result<String, Fault> {
    let body: Value = serde_json::from_str(&reply.body).unwrap_or_default();
    if reply.status != 200 {
        let code = body["__type"].as_str().unwrap_or_default();
        let code = code.rsplit('#').next().unwrap_or_default();
        let message = body["message"].as_str().or(body["Message"].as_str()).unwrap_or_default();
        return Err(Fault::of_answer(reply.status, code, message));
    }
    let parameter = &body["Parameter"];
    if parameter["Type"] == "SecureString" {
        // Undecrypted it is of no use, and decrypted it would be shown in plans.
        return Err(Fault::Refused {
            code: String::from("SecureString"),
            message: String::from("it is a SecureString, whose value may not be read into a plan"),
        });
    }
    let value = parameter["Value"].as_str().map(str::to_owned);
    value.ok_or_else(|| Fault::of_answer(reply.status, "", "the answer holds no value"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers() {
        let check = |status, body: &str, expected: &str| {
            let answer = read(&Reply { status, body: body.into() });
            let told = match answer {
                Ok(value) => value,
                Err(fault) => format!("{fault:?}"),
            };
            assert!(told.starts_with(expected), "{told}");
        };
        check(200, r#"{"Parameter":{"Type":"String","Value":"x"}}"#, "x");
        check(200, r#"{"Parameter":{"Type":"SecureString","Value":"x"}}"#, "Refused");
        check(200, "not json", "Refused");
        check(
            400,
            r#"{"__type":"com.amazonaws.ssm#ParameterNotFound"}"#,
            r#"Refused { code: "ParameterNotFound""#,
        );
        check(400, r#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#, "Throttled");
        check(400, r#"{"__type":"ExpiredTokenException","message":"x"}"#, "Credentials");
        check(500, "", "Unavailable");
    }
}
