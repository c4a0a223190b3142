//! CloudWatch Logs: groups and streams. Nothing is ever written to them.

use super::super::refusal::Refusal;
use super::held::Held;
use super::{Asked, shown};
use serde_json::{Value, json};

const GROUP: &str = "AWS::Logs::LogGroup";
const STREAM: &str = "AWS::Logs::LogStream";

/// Answers a question.
pub(super) fn answer(asked: &Asked<'_>) -> Result<Value, Refusal> {
    match asked.operation.as_str() {
        "DescribeLogGroups" => {
            let prefix = asked.name("logGroupNamePrefix");
            let groups = asked.all(GROUP).into_iter().filter(|group| group.id().starts_with(prefix));
            Ok(json!({"logGroups": groups.map(|group| described(&group)).collect::<Vec<_>>()}))
        }
        "DescribeLogStreams" => {
            let group = group(asked)?;
            let prefix = asked.name("logStreamNamePrefix");
            let streams = asked.all(STREAM).into_iter().filter(|stream| {
                stream.text("LogGroupName").as_deref() == Some(&group) && stream.id().starts_with(prefix)
            });
            let row = |stream: Held<'_>| {
                json!({
                    "logStreamName": stream.id(),
                    "creationTime": stream.at(),
                    "arn": stream.arn("logs", &format!("log-group:{group}:log-stream:{}", stream.id())),
                    "storedBytes": 0,
                })
            };
            Ok(json!({"logStreams": streams.map(row).collect::<Vec<_>>()}))
        }
        "FilterLogEvents" | "GetLogEvents" => {
            group(asked)?;
            Ok(json!({"events": []}))
        }
        _ => Err(asked.not_simulated()),
    }
}

/// The name of the group that is asked about, if it exists.
fn group(asked: &Asked<'_>) -> Result<String, Refusal> {
    let given = asked.text("logGroupName").or_else(|| asked.text("logGroupIdentifier")).unwrap_or_default();
    let name = given.split_once(":log-group:").map_or(given, |(_, name)| name.trim_end_matches(":*"));
    let text = "The specified log group does not exist.";
    let found = asked.one(GROUP, name).map(|group| group.id().to_owned());
    found.ok_or_else(|| Refusal::new(400, "ResourceNotFoundException", text))
}

fn described(group: &Held<'_>) -> Value {
    let arn = group.arn("logs", &format!("log-group:{}", group.id()));
    shown(json!({
        "logGroupName": group.id(),
        "creationTime": group.at(),
        "retentionInDays": group.whole("RetentionInDays"),
        "metricFilterCount": 0,
        "arn": format!("{arn}:*"),
        "logGroupArn": arn,
        "logGroupClass": group.or("LogGroupClass", "STANDARD"),
        "storedBytes": 0,
        "kmsKeyId": group.text("KmsKeyId"),
    }))
}
