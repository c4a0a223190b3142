//! Kinesis: streams with one shard for each that was asked for.

use super::super::refusal::Refusal;
use super::Asked;
use super::held::{Held, pairs};
use serde_json::{Value, json};

const STREAM: &str = "AWS::Kinesis::Stream";
/// The hash keys of all shards together end here: 2^128 - 1.
const LAST_KEY: u128 = u128::MAX;

/// Answers a question.
pub(super) fn answer(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let name =
        asked.text("StreamName").or_else(|| asked.name("StreamARN").rsplit('/').next()).unwrap_or_default();
    let stream = || {
        let Asked { place, .. } = asked;
        let text = format!("Stream {name} under account {} not found.", place.account);
        asked.one(STREAM, name).ok_or_else(|| Refusal::new(400, "ResourceNotFoundException", text))
    };
    match asked.operation.as_str() {
        "ListStreams" => {
            let mut names: Vec<&str> = asked.all(STREAM).iter().map(Held::id).collect();
            names.sort_unstable();
            Ok(json!({"StreamNames": names, "HasMoreStreams": false}))
        }
        "DescribeStream" => {
            let stream = stream()?;
            let mut shown = summary(&stream);
            shown["Shards"] = shards(&stream);
            shown["HasMoreShards"] = false.into();
            Ok(json!({"StreamDescription": shown}))
        }
        "DescribeStreamSummary" => {
            let stream = stream()?;
            let mut shown = summary(&stream);
            shown["OpenShardCount"] = count(&stream).into();
            Ok(json!({"StreamDescriptionSummary": shown}))
        }
        "ListShards" => Ok(json!({"Shards": shards(&stream()?)})),
        "ListTagsForStream" => Ok(json!({"Tags": pairs(stream()?.tags()), "HasMoreTags": false})),
        _ => Err(asked.not_simulated()),
    }
}

fn count(stream: &Held<'_>) -> i64 {
    let on_demand = stream.text("StreamModeDetails/StreamMode").as_deref() == Some("ON_DEMAND");
    stream.whole("ShardCount").unwrap_or(if on_demand { 4 } else { 1 }).clamp(1, 10_000)
}

fn summary(stream: &Held<'_>) -> Value {
    let key = stream.text("StreamEncryption/KeyId");
    let mut shown = json!({
        "StreamName": stream.id(),
        "StreamARN": stream.attribute("Arn"),
        "StreamStatus": "ACTIVE",
        "StreamModeDetails": {"StreamMode": stream.or("StreamModeDetails/StreamMode", "PROVISIONED")},
        "RetentionPeriodHours": stream.number("RetentionPeriodHours", 24),
        "StreamCreationTimestamp": stream.seconds(),
        "EnhancedMonitoring": [{"ShardLevelMetrics": []}],
        "EncryptionType": if key.is_some() { "KMS" } else { "NONE" },
    });
    if let Some(key) = key {
        shown["KeyId"] = key.into();
    }
    shown
}

fn shards(stream: &Held<'_>) -> Value {
    let count = u128::from(count(stream).unsigned_abs());
    let share = LAST_KEY / count;
    (0..count)
        .map(|number| {
            let last = if number + 1 == count { LAST_KEY } else { share * (number + 1) - 1 };
            let digits = super::super::identifiers::digest(stream.seed, &[stream.id(), &number.to_string()]);
            let sequence = u128::from_str_radix(&digits[..30], 16).unwrap_or_default();
            json!({
                "ShardId": format!("shardId-{number:012}"),
                "HashKeyRange": {"StartingHashKey": (share * number).to_string(), "EndingHashKey": last.to_string()},
                "SequenceNumberRange": {"StartingSequenceNumber": format!("4966{sequence:040}")},
            })
        })
        .collect()
}
