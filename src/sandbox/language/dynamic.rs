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

/// Puts in the secrets of a value, where they are known.
pub fn reveal(value: Value, surroundings: &dyn Surroundings) -> Value {
    let unchanged = value.clone();
    walk(value, &|reference| Ok(secret(reference, surroundings))).unwrap_or(unchanged)
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
        return Err(Refusal::new(format!("Parameters: [{shown}] cannot be found.")));
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
    let rest = reference.strip_prefix("secretsmanager:")?;
    let (identifier, tail) = match rest.split_once(":SecretString") {
        Some((identifier, tail)) => (identifier, tail),
        None => (rest, ""),
    };
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
            ("{{resolve:ssm:none}}", Err("Parameters: [none] cannot be found.")),
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
