//! Dynamic references: `{{resolve:ssm:…}}` and its relatives inside property values.
//!
//! Plain parameters are put in at once; secret ones stay as written, as the service shows them, and are revealed only
//! where somebody reads an attribute.

use serde_json::Value;

use super::{Refusal, Surroundings};

const OPENING: &str = "{{resolve:";

/// Puts in the plain parameters of a value.
pub fn resolve(value: Value, surroundings: &dyn Surroundings) -> Result<Value, Refusal> {
    walk(value, &|reference| stored(reference, surroundings))
}

/// Refuses written references to plain parameters that are not there; those that a function makes are met later.
pub fn check_written(node: &Value, surroundings: &dyn Surroundings) -> Result<(), Refusal> {
    match node {
        Value::String(text) if text.contains(OPENING) && !text.contains("${") => {
            replace(text, &|reference| stored(reference, surroundings)).map(|_| ())
        }
        Value::Array(items) => items.iter().try_for_each(|item| check_written(item, surroundings)),
        Value::Object(entries) => entries.values().try_for_each(|value| check_written(value, surroundings)),
        _ => Ok(()),
    }
}

/// Puts in the secrets of a value, where they are known.
pub fn reveal(value: Value, surroundings: &dyn Surroundings) -> Value {
    let unchanged = value.clone();
    walk(value, &|reference| Ok(secret(reference, surroundings))).unwrap_or(unchanged)
}

/// Says whether a text refers to a plain parameter without its version.
pub fn has_versionless_parameter(text: &str) -> bool {
    references(text).any(|reference| {
        reference
            .strip_prefix("ssm:")
            .is_some_and(|rest| !rest.rsplit_once(':').is_some_and(|(_, end)| is_version(end)))
    })
}

fn is_version(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// What stands between `{{resolve:` and `}}`.
fn references(text: &str) -> impl Iterator<Item = &str> {
    text.split(OPENING).skip(1).filter_map(|rest| rest.split_once("}}").map(|(reference, _)| reference))
}

/// Why a secret cannot be put into a value, in the service's words. Secrets that are not stored are not judged.
pub fn secret_fault(value: &Value, surroundings: &dyn Surroundings) -> Option<String> {
    match value {
        Value::String(text) => references(text).find_map(|reference| {
            let (identifier, tail) = secret_parts(reference)?;
            let key = tail.trim_start_matches(':').split(':').next().filter(|key| !key.is_empty())?;
            let text = surroundings.secret(identifier)?;
            match serde_json::from_str::<Value>(&text) {
                Err(_) => Some("Could not parse SecretString JSON".to_owned()),
                Ok(parsed) if parsed.get(key).is_none() => {
                    Some("Could not find a value associated with JSONKey in SecretString".to_owned())
                }
                Ok(_) => None,
            }
        }),
        Value::Array(items) => items.iter().find_map(|item| secret_fault(item, surroundings)),
        Value::Object(entries) => entries.values().find_map(|value| secret_fault(value, surroundings)),
        _ => None,
    }
}

/// The identifier of `secretsmanager:id:SecretString…`, and what follows.
fn secret_parts(reference: &str) -> Option<(&str, &str)> {
    let rest = reference.strip_prefix("secretsmanager:")?;
    Some(rest.split_once(":SecretString").unwrap_or((rest, "")))
}

/// The properties that may hold a secure parameter, by type; nothing else may.
const SECURE: [(&str, &str); 11] = [
    ("AWS::DirectoryService::MicrosoftAD", "Password"),
    ("AWS::DirectoryService::SimpleAD", "Password"),
    ("AWS::ElastiCache::ReplicationGroup", "AuthToken"),
    ("AWS::IAM::User", "LoginProfile/Password"),
    ("AWS::KinesisFirehose::DeliveryStream", "RedshiftDestinationConfiguration/Password"),
    ("AWS::OpsWorks::App", "AppSource/Password"),
    ("AWS::OpsWorks::Stack", "CustomCookbooksSource/Password"),
    ("AWS::OpsWorks::Stack", "RdsDbInstances"),
    ("AWS::RDS::DBCluster", "MasterUserPassword"),
    ("AWS::RDS::DBInstance", "MasterUserPassword"),
    ("AWS::Redshift::Cluster", "MasterUserPassword"),
];

/// The places of a resource that hold a secure parameter and must not: `Type/Properties/Path`, up to the first list.
pub fn misplaced_secure(resource_type: &str, properties: &Value) -> Vec<String> {
    let mut found = Vec::new();
    secure_places(properties, String::new(), &mut found);
    found.retain(|path| !SECURE.contains(&(resource_type, path.as_str())));
    found.into_iter().map(|path| format!("{resource_type}/Properties/{path}")).collect()
}

fn secure_places(value: &Value, path: String, found: &mut Vec<String>) {
    match value {
        Value::String(text) if references(text).any(|reference| reference.starts_with("ssm-secure:")) => {
            found.push(path);
        }
        Value::Array(items) => items.iter().for_each(|item| {
            let mut inside = Vec::new();
            secure_places(item, String::new(), &mut inside);
            found.extend(inside.iter().map(|_| path.clone()));
        }),
        Value::Object(entries) => {
            for (key, value) in entries {
                let function = key == "Ref" || key.starts_with("Fn::");
                let separator = if path.is_empty() || function { "" } else { "/" };
                let step = if function { "" } else { key };
                secure_places(value, format!("{path}{separator}{step}"), found);
            }
        }
        _ => {}
    }
}

type Lookup<'a> = dyn Fn(&str) -> Result<Option<String>, Refusal> + 'a;

fn walk(value: Value, lookup: &Lookup<'_>) -> Result<Value, Refusal> {
    Ok(match value {
        Value::String(text) if text.contains(OPENING) => replace(&text, lookup)?.into(),
        Value::Array(items) => {
            items.into_iter().map(|item| walk(item, lookup)).collect::<Result<Vec<_>, _>>()?.into()
        }
        Value::Object(entries) => Value::Object(
            entries
                .into_iter()
                .map(|(key, value)| Ok((key, walk(value, lookup)?)))
                .collect::<Result<_, Refusal>>()?,
        ),
        other => other,
    })
}

fn replace(text: &str, lookup: &Lookup<'_>) -> Result<String, Refusal> {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(OPENING) {
        let Some(length) = rest[start..].find("}}") else { break };
        let end = start + length + 2;
        let reference = &rest[start + OPENING.len()..end - 2];
        result.push_str(&rest[..start]);
        result.push_str(&lookup(reference)?.unwrap_or_else(|| rest[start..end].to_owned()));
        rest = &rest[end..];
    }
    result.push_str(rest);
    Ok(result)
}

/// The value of `ssm:name[:version]`; nothing for other services.
fn stored(reference: &str, surroundings: &dyn Surroundings) -> Result<Option<String>, Refusal> {
    let Some(rest) = reference.strip_prefix("ssm:") else { return Ok(None) };
    let incorrect = || {
        Refusal::new(format!(
            "Incorrect format is used in the following SSM reference: [{{{{resolve:{reference}}}}}]"
        ))
    };
    let (name, version) = match rest.rsplit_once(':') {
        Some((name, version)) => (name, Some(version.parse::<u64>().map_err(|_| incorrect())?)),
        None => (rest, None),
    };
    if name.is_empty() {
        return Err(incorrect());
    }
    let Some(found) = surroundings.stored_parameter(name, version) else {
        let shown = version.map_or_else(|| name.to_owned(), |version| format!("{name}:{version}"));
        return Err(Refusal::new(format!("Parameters: [ssm:{shown}] cannot be found.")));
    };
    if found.kind == "SecureString" {
        return Err(Refusal::new(format!("Non-secure ssm prefix was used for secure parameter {name}")));
    }
    Ok(Some(found.value))
}

/// The value of `secretsmanager:id[:SecretString[:key[:stage[:version]]]]` or `ssm-secure:name[:version]`.
fn secret(reference: &str, surroundings: &dyn Surroundings) -> Option<String> {
    if let Some(name) = reference.strip_prefix("ssm-secure:") {
        let (name, version) = match name.rsplit_once(':') {
            Some((name, version)) => (name, version.parse().ok()),
            None => (name, None),
        };
        return surroundings.stored_parameter(name, version).map(|found| found.value);
    }
    let (identifier, tail) = secret_parts(reference)?;
    let text = surroundings.secret(identifier)?;
    match tail.trim_start_matches(':').split(':').next() {
        Some(key) if !key.is_empty() => {
            let parsed: Value = serde_json::from_str(&text).ok()?;
            parsed.get(key).and_then(super::text::plain)
        }
        _ => Some(text),
    }
}

#[cfg(test)]
mod tests {
    use super::super::StoredParameter;
    use super::*;
    use serde_json::json;

    struct World;
    impl Surroundings for World {
        fn stored_parameter(&self, name: &str, version: Option<u64>) -> Option<StoredParameter> {
            let kind = if name == "hidden" { "SecureString" } else { "String" }.to_owned();
            let value = format!("{name}@{}", version.unwrap_or(9));
            (name != "none").then_some(StoredParameter { kind, value, version: version.unwrap_or(9) })
        }
        fn secret(&self, identifier: &str) -> Option<String> {
            (identifier == "arn:aws:x:secret:s").then(|| "{\"user\": \"u\"}".to_owned())
        }
    }

    #[test]
    fn plain_parameters_are_put_in() {
        for (text, expected) in [
            ("{{resolve:ssm:/a/b:3}}", Ok("/a/b@3")),
            ("x-{{resolve:ssm:a}}-{{resolve:ssm:b:1}}", Ok("x-a@9-b@1")),
            ("{{resolve:secretsmanager:s}}", Ok("{{resolve:secretsmanager:s}}")),
            ("{{resolve:ssm:none}}", Err("Parameters: [ssm:none] cannot be found.")),
            ("{{resolve:ssm:hidden}}", Err("Non-secure ssm prefix was used for secure parameter hidden")),
            (
                "{{resolve:ssm:a:latest}}",
                Err("Incorrect format is used in the following SSM reference: [{{resolve:ssm:a:latest}}]"),
            ),
            ("{{resolve:ssm:a", Ok("{{resolve:ssm:a")),
        ] {
            let found = resolve(json!({"A": [text]}), &World);
            let found =
                found.map(|value| value["A"][0].as_str().map(str::to_owned)).map_err(|fault| fault.message);
            assert_eq!(found, expected.map(|text| Some(text.to_owned())).map_err(str::to_owned), "{text}");
        }
    }

    #[test]
    fn secrets_that_cannot_be_put_in_are_told() {
        for (reference, expected) in [
            ("arn:aws:x:secret:s:SecretString:user", None),
            ("arn:aws:x:secret:s:SecretString", None),
            ("elsewhere:SecretString:user", None),
            (
                "arn:aws:x:secret:s:SecretString:none",
                Some("Could not find a value associated with JSONKey in SecretString"),
            ),
        ] {
            let value = json!({"A": [format!("{{{{resolve:secretsmanager:{reference}}}}}")]});
            assert_eq!(secret_fault(&value, &World).as_deref(), expected, "{reference}");
        }
    }

    #[test]
    fn secure_parameters_have_their_places() {
        let secure = "{{resolve:ssm-secure:p:1}}";
        let places = |kind: &str, properties: Value| misplaced_secure(kind, &properties).join(",");
        assert_eq!(places("AWS::RDS::DBInstance", json!({"MasterUserPassword": {"Fn::Sub": secure}})), "");
        assert_eq!(
            places(
                "AWS::SNS::Topic",
                json!({"DisplayName": secure, "Tags": [{"Value": secure}, {"Value": "x"}]})
            ),
            "AWS::SNS::Topic/Properties/DisplayName,AWS::SNS::Topic/Properties/Tags"
        );
        assert_eq!(
            places("AWS::Lambda::Function", json!({"Environment": {"Variables": {"A": secure}}})),
            "AWS::Lambda::Function/Properties/Environment/Variables/A"
        );
    }

    #[test]
    fn secrets_are_revealed() {
        for (text, expected) in [
            ("{{resolve:secretsmanager:arn:aws:x:secret:s:SecretString:::}}", "{\"user\": \"u\"}"),
            ("{{resolve:secretsmanager:arn:aws:x:secret:s:SecretString:user}}", "u"),
            ("{{resolve:secretsmanager:other}}", "{{resolve:secretsmanager:other}}"),
            ("{{resolve:ssm-secure:hidden:2}}", "hidden@2"),
        ] {
            assert_eq!(reveal(json!(text), &World), json!(expected), "{text}");
        }
    }
}
