//! SQS: queues, their addresses, attributes and tags. Nothing is ever in a queue.

use super::super::refusal::Refusal;
use super::Asked;
use super::held::{Held, map};
use serde_json::{Map, Value, json};

const QUEUE: &str = "AWS::SQS::Queue";
const MISSING: &str = "The specified queue does not exist.";
/// What a queue that is not told otherwise does; the property's name is the attribute's but for these.
const DEFAULTS: &[(&str, &str, &str)] = &[
    ("DelaySeconds", "DelaySeconds", "0"),
    ("MaximumMessageSize", "MaximumMessageSize", "1048576"),
    ("MessageRetentionPeriod", "MessageRetentionPeriod", "345600"),
    ("ReceiveMessageWaitTimeSeconds", "ReceiveMessageWaitTimeSeconds", "0"),
    ("VisibilityTimeout", "VisibilityTimeout", "30"),
    ("ApproximateNumberOfMessages", "", "0"),
    ("ApproximateNumberOfMessagesDelayed", "", "0"),
    ("ApproximateNumberOfMessagesNotVisible", "", "0"),
];

/// Answers a question.
pub(super) fn answer(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let missing = || Refusal::new(400, "QueueDoesNotExist", MISSING);
    let queues = asked.all(QUEUE);
    let by_name = |queue: &&Held<'_>| queue.attribute("QueueName") == asked.name("QueueName");
    // An address may be written for any host: what counts is its path.
    let path = |address: &str| address.splitn(4, '/').nth(3).unwrap_or(address).to_owned();
    let wanted = path(asked.name("QueueUrl"));
    let queue = || queues.iter().find(|queue| path(queue.id()) == wanted).ok_or_else(missing);
    match asked.operation.as_str() {
        "ListQueues" => {
            let prefix = asked.name("QueueNamePrefix");
            let named = queues.iter().filter(|queue| queue.attribute("QueueName").starts_with(prefix));
            Ok(json!({"QueueUrls": named.map(Held::id).collect::<Vec<_>>()}))
        }
        "GetQueueUrl" => Ok(json!({"QueueUrl": queues.iter().find(by_name).ok_or_else(missing)?.id()})),
        "GetQueueAttributes" => {
            let names = asked.texts("AttributeNames").unwrap_or_default();
            let mut all = attributes(queue()?);
            all.retain(|name, _| names.contains(&"All") || names.contains(&name.as_str()));
            Ok(if all.is_empty() { json!({}) } else { json!({"Attributes": all}) })
        }
        "ListQueueTags" => {
            let tags = queue()?.tags();
            Ok(if tags.is_empty() { json!({}) } else { json!({"Tags": map(tags)}) })
        }
        _ => Err(asked.not_simulated()),
    }
}

fn attributes(queue: &Held<'_>) -> Map<String, Value> {
    let mut found = Map::new();
    for (name, property, default) in DEFAULTS {
        found.insert((*name).to_owned(), queue.or(property, default).into());
    }
    let seconds = (queue.at() / 1000).to_string();
    found.insert("QueueArn".into(), queue.attribute("Arn").into());
    found.insert("CreatedTimestamp".into(), seconds.clone().into());
    found.insert("LastModifiedTimestamp".into(), seconds.into());
    match queue.text("KmsMasterKeyId") {
        Some(key) => {
            found.insert("KmsMasterKeyId".into(), key.into());
            let reuse = queue.or("KmsDataKeyReusePeriodSeconds", "300");
            found.insert("KmsDataKeyReusePeriodSeconds".into(), reuse.into());
            found.insert("SqsManagedSseEnabled".into(), "false".into());
        }
        None => {
            found.insert("SqsManagedSseEnabled".into(), queue.or("SqsManagedSseEnabled", "true").into());
        }
    }
    if queue.flag("FifoQueue") == Some(true) {
        found.insert("FifoQueue".into(), "true".into());
        for (name, default) in [
            ("ContentBasedDeduplication", "false"),
            ("DeduplicationScope", "queue"),
            ("FifoThroughputLimit", "perQueue"),
        ] {
            found.insert(name.to_owned(), queue.or(name, default).into());
        }
    }
    for name in ["RedrivePolicy", "RedriveAllowPolicy"] {
        if queue.given(name).is_object() {
            found.insert(name.to_owned(), queue.given(name).to_string().into());
        }
    }
    found
}
