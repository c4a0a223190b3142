//! KMS: keys and their aliases. Nothing is encrypted.

use super::super::refusal::Refusal;
use super::Asked;
use super::held::Held;
use serde_json::{Value, json};

const KEY: &str = "AWS::KMS::Key";
const ALIAS: &str = "AWS::KMS::Alias";

/// Answers a question.
pub(super) fn answer(asked: &Asked<'_>) -> Result<Value, Refusal> {
    match asked.operation.as_str() {
        "ListKeys" => {
            let row = |key: &Held<'_>| json!({"KeyId": key.id(), "KeyArn": key.attribute("Arn")});
            let keys: Vec<Value> = asked.all(KEY).iter().map(row).collect();
            Ok(json!({"Keys": keys, "Truncated": false}))
        }
        "ListAliases" => {
            let wanted = asked.text("KeyId").map(short);
            let aliases = asked.all(ALIAS);
            let rows = aliases
                .iter()
                .filter(|alias| wanted.is_none() || target(alias).as_deref() == wanted)
                .map(|alias| {
                    json!({
                        "AliasName": alias.id(),
                        "AliasArn": alias.arn("kms", alias.id()),
                        "TargetKeyId": target(alias),
                        "CreationDate": alias.seconds(),
                        "LastUpdatedDate": alias.seconds(),
                    })
                });
            Ok(json!({"Aliases": rows.collect::<Vec<_>>(), "Truncated": false}))
        }
        "DescribeKey" => Ok(json!({"KeyMetadata": described(&key(asked)?)})),
        "GetKeyPolicy" => {
            let policy = key(asked)?.given("KeyPolicy").to_string();
            Ok(json!({"Policy": policy, "PolicyName": "default"}))
        }
        "GetKeyRotationStatus" => {
            let key = key(asked)?;
            Ok(
                json!({"KeyId": key.id(), "KeyRotationEnabled": key.flag("EnableKeyRotation").unwrap_or(false)}),
            )
        }
        "ListResourceTags" => {
            let row = |(key, value): (String, String)| json!({"TagKey": key, "TagValue": value});
            let tags: Vec<Value> = key(asked)?.tags().into_iter().map(row).collect();
            Ok(json!({"Tags": tags, "Truncated": false}))
        }
        _ => Err(asked.not_simulated()),
    }
}

/// The id in a key's ARN, or the id itself.
fn short(key: &str) -> &str {
    key.rsplit(":key/").next().unwrap_or(key)
}

fn target(alias: &Held<'_>) -> Option<String> {
    alias.text("TargetKeyId").map(|key| short(&key).to_owned())
}

/// A key by id, ARN or alias.
fn key<'a>(asked: &Asked<'a>) -> Result<Held<'a>, Refusal> {
    let given = asked.name("KeyId");
    let alias = given.rsplit_once(":alias/").map_or(given.to_owned(), |(_, name)| format!("alias/{name}"));
    let wanted = match alias.starts_with("alias/") {
        true => asked.one(ALIAS, &alias).and_then(|alias| target(&alias)).unwrap_or(alias),
        false => short(given).to_owned(),
    };
    let text = match wanted.starts_with("alias/") {
        true => {
            format!("Alias arn:aws:kms:{}:{}:{wanted} is not found.", asked.place.region, asked.place.account)
        }
        false => format!(
            "Key 'arn:aws:kms:{}:{}:key/{wanted}' does not exist",
            asked.place.region, asked.place.account
        ),
    };
    asked.one(KEY, &wanted).ok_or_else(|| Refusal::new(400, "NotFoundException", text))
}

fn described(key: &Held<'_>) -> Value {
    let enabled = key.flag("Enabled").unwrap_or(true);
    let spec = key.or("KeySpec", "SYMMETRIC_DEFAULT");
    let mut shown = json!({
        "AWSAccountId": key.place.account,
        "KeyId": key.id(),
        "Arn": key.attribute("Arn"),
        "CreationDate": key.seconds(),
        "Enabled": enabled,
        "Description": key.or("Description", ""),
        "KeyUsage": key.or("KeyUsage", "ENCRYPT_DECRYPT"),
        "KeyState": if enabled { "Enabled" } else { "Disabled" },
        "Origin": key.or("Origin", "AWS_KMS"),
        "KeyManager": "CUSTOMER",
        "CustomerMasterKeySpec": spec,
        "KeySpec": spec,
        "MultiRegion": key.flag("MultiRegion").unwrap_or(false),
    });
    if spec == "SYMMETRIC_DEFAULT" {
        shown["EncryptionAlgorithms"] = json!(["SYMMETRIC_DEFAULT"]);
    }
    shown
}
