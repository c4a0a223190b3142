//! What is set of a bucket by the stack that holds it: tags, policy, website and the like, as S3 writes it.

use super::super::language::plain_text;
use super::super::query::Input;
use super::super::refusal::Refusal;
use super::super::xml;
use super::Asked;
use super::held::Held;
use serde_json::{Value, json};

const BUCKET: &str = "AWS::S3::Bucket";
/// Settings that S3 has no document for unless somebody made one: query, code and text of the refusal.
const ABSENT: &[(&str, &str, &str)] = &[
    ("cors", "NoSuchCORSConfiguration", "The CORS configuration does not exist"),
    ("website", "NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration"),
    (
        "object-lock",
        "ObjectLockConfigurationNotFoundError",
        "Object Lock configuration does not exist for this bucket",
    ),
    ("tagging", "NoSuchTagSet", "The TagSet does not exist"),
    ("policy", "NoSuchBucketPolicy", "The bucket policy does not exist"),
];
const SETTINGS: &[&str] = &[
    "cors",
    "website",
    "object-lock",
    "tagging",
    "policy",
    "encryption",
    "publicAccessBlock",
    "ownershipControls",
];

/// The document of a setting, if one is asked for.
pub(super) fn setting(asked: &Asked<'_>, bucket: &str, query: &Input) -> Option<Result<String, Refusal>> {
    let name = SETTINGS.iter().find(|name| query.text(name).is_some())?;
    let held = asked.one(BUCKET, bucket);
    let found = match *name {
        "policy" => return Some(policy(asked, bucket).ok_or_else(|| absent(name))),
        "encryption" => Some(("ServerSideEncryptionConfiguration", encryption(held.as_ref()))),
        "publicAccessBlock" => Some(("PublicAccessBlockConfiguration", public_access(held.as_ref()))),
        "ownershipControls" => Some(("OwnershipControls", ownership(held.as_ref()))),
        other => held.and_then(|held| declared(&held, other)),
    };
    let Some((root, document)) = found else { return Some(Err(absent(name))) };
    let mut body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
    );
    write(&mut body, &document);
    body.push_str(&format!("</{root}>"));
    Some(Ok(body))
}

fn absent(setting: &str) -> Refusal {
    let known = ABSENT.iter().find(|(name, ..)| *name == setting);
    known.map_or_else(
        || Refusal::internal("a setting without a document"),
        |(_, code, text)| Refusal::new(404, code, *text),
    )
}

/// Settings that exist only where the template declares them.
fn declared(bucket: &Held<'_>, setting: &str) -> Option<(&'static str, Value)> {
    match setting {
        "cors" => {
            let rules = bucket.list("CorsConfiguration/CorsRules");
            let rows: Vec<Value> = rules.iter().map(cors_rule).collect();
            (!rows.is_empty()).then(|| ("CORSConfiguration", json!({"CORSRule": rows})))
        }
        "website" => {
            let given = bucket.given("WebsiteConfiguration");
            given.is_object().then(|| ("WebsiteConfiguration", website(bucket)))
        }
        "object-lock" => {
            let enabled = bucket.flag("ObjectLockEnabled") == Some(true)
                || bucket.text("ObjectLockConfiguration/ObjectLockEnabled").is_some();
            let rule = bucket.given("ObjectLockConfiguration/Rule");
            enabled
                .then(|| ("ObjectLockConfiguration", json!({"ObjectLockEnabled": "Enabled", "Rule": rule})))
        }
        _ => {
            let tags = bucket.all_tags();
            let rows = tags.into_iter().map(|(key, value)| json!({"Key": key, "Value": value}));
            Some(("Tagging", json!({"TagSet": {"Tag": rows.collect::<Vec<_>>()}})))
        }
    }
}

fn cors_rule(rule: &Value) -> Value {
    json!({
        "ID": rule.get("Id"),
        "AllowedHeader": rule.get("AllowedHeaders"),
        "AllowedMethod": rule.get("AllowedMethods"),
        "AllowedOrigin": rule.get("AllowedOrigins"),
        "ExposeHeader": rule.get("ExposedHeaders"),
        "MaxAgeSeconds": rule.get("MaxAge"),
    })
}

fn website(bucket: &Held<'_>) -> Value {
    let document = |name: &str, inside: &str| {
        bucket.text(&format!("WebsiteConfiguration/{name}")).map(|text| json!({inside: text}))
    };
    let rules = bucket.list("WebsiteConfiguration/RoutingRules");
    let rule = |rule: &Value| json!({"Condition": rule.get("RoutingRuleCondition"), "Redirect": rule.get("RedirectRule")});
    let rows: Vec<Value> = rules.iter().map(rule).collect();
    json!({
        "RedirectAllRequestsTo": bucket.given("WebsiteConfiguration/RedirectAllRequestsTo"),
        "IndexDocument": document("IndexDocument", "Suffix"),
        "ErrorDocument": document("ErrorDocument", "Key"),
        "RoutingRules": (!rows.is_empty()).then(|| json!({"RoutingRule": rows})),
    })
}

/// Every bucket is encrypted; with keys of S3 unless the template says which.
fn encryption(bucket: Option<&Held<'_>>) -> Value {
    let given = bucket.map(|bucket| bucket.list("BucketEncryption/ServerSideEncryptionConfiguration"));
    let rules = given.filter(|rules| !rules.is_empty());
    let rules =
        rules.unwrap_or_else(|| vec![json!({"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}})]);
    let row = |rule: &Value| {
        json!({
            "ApplyServerSideEncryptionByDefault": rule.get("ServerSideEncryptionByDefault"),
            "BucketKeyEnabled": rule.get("BucketKeyEnabled").cloned().unwrap_or(false.into()),
        })
    };
    json!({"Rule": rules.iter().map(row).collect::<Vec<_>>()})
}

/// Nothing is public unless the template says so.
fn public_access(bucket: Option<&Held<'_>>) -> Value {
    let whole = bucket.filter(|bucket| bucket.given("PublicAccessBlockConfiguration").is_object());
    let names = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];
    let value = |name: &str| match whole {
        Some(bucket) => bucket.flag(&format!("PublicAccessBlockConfiguration/{name}")).unwrap_or(false),
        None => true,
    };
    names.into_iter().map(|name| (name.to_owned(), Value::Bool(value(name)))).collect()
}

fn ownership(bucket: Option<&Held<'_>>) -> Value {
    let rules = bucket.map(|bucket| bucket.list("OwnershipControls/Rules")).filter(|rules| !rules.is_empty());
    json!({"Rule": rules.unwrap_or_else(|| vec![json!({"ObjectOwnership": "BucketOwnerEnforced"})])})
}

/// The policy that a stack gives a bucket: JSON, not XML.
fn policy(asked: &Asked<'_>, bucket: &str) -> Option<String> {
    let policies = asked.all("AWS::S3::BucketPolicy");
    let own = policies.iter().find(|policy| policy.text("Bucket").as_deref() == Some(bucket))?;
    Some(own.given("PolicyDocument").to_string())
}

/// S3 writes a list as so many elements of its name.
fn write(out: &mut String, value: &Value) {
    let Value::Object(fields) = value else {
        xml::escape(out, &plain_text(value).unwrap_or_default());
        return;
    };
    for (name, field) in fields {
        let items = match field {
            Value::Null => continue,
            Value::Array(items) => items.as_slice(),
            other => std::slice::from_ref(other),
        };
        for item in items {
            out.push_str(&format!("<{name}>"));
            write(out, item);
            out.push_str(&format!("</{name}>"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_repeated_elements() {
        let mut out = String::new();
        write(&mut out, &json!({"A": [{"B": ["x", "&"]}, {"C": 1, "D": null}], "E": true}));
        assert_eq!(out, "<A><B>x</B><B>&amp;</B></A><A><C>1</C></A><E>true</E>");
    }
}
