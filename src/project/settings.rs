//! `--set key=value`: the layer of the command line, read as YAML.

use crate::model::finding::Finding;
use crate::model::value::Value;
use crate::project::codes;
use crate::project::library::without_place;
use crate::project::poured::Given;

/// Reads the pairs of the command line; the key is a dotted path below `values`.
pub fn read(settings: &[(String, String)], findings: &mut Vec<Finding>) -> Given {
    let mut given = Vec::new();
    for (key, text) in settings {
        let path = key.strip_prefix("values.").unwrap_or(key).to_owned();
        if path.split('.').any(str::is_empty) {
            let finding = without_place(codes::SETTING, format!("`--set {key}={text}` names no value"));
            findings.push(Finding {
                help: Some("write `--set name=value` or `--set map.key=value`".to_owned()),
                ..finding
            });
            continue;
        }
        match value(text) {
            Ok(value) => given.push((path, value)),
            Err(why) => {
                let message = format!("`--set {key}={text}` cannot be read: {why}");
                let help = "the value is read as YAML; quote what has special characters".to_owned();
                findings.push(Finding { help: Some(help), ..without_place(codes::SETTING, message) });
            }
        }
    }
    given
}

fn value(text: &str) -> Result<Value, String> {
    let parsed: serde_yaml::Value = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
    let trimmed = text.trim();
    match parsed {
        // An empty value is an empty text: nobody would write it to mean nothing.
        serde_yaml::Value::Null if trimmed.is_empty() => Ok(Value::Text(String::new())),
        // The digits as they were written: `1.10` stays `1.10`.
        serde_yaml::Value::Number(_) => Ok(Value::Number(trimmed.to_owned())),
        other => converted(other),
    }
}

fn converted(value: serde_yaml::Value) -> Result<Value, String> {
    Ok(match value {
        serde_yaml::Value::Null => Value::Null,
        serde_yaml::Value::Bool(flag) => Value::Boolean(flag),
        serde_yaml::Value::Number(number) => Value::Number(number.to_string()),
        serde_yaml::Value::String(text) if text.contains("<%") => {
            return Err("expressions are worked out in files only".to_owned());
        }
        serde_yaml::Value::String(text) => Value::Text(text),
        serde_yaml::Value::Sequence(items) => {
            Value::List(items.into_iter().map(converted).collect::<Result<_, _>>()?)
        }
        serde_yaml::Value::Mapping(entries) => {
            let entry = |(key, value): (serde_yaml::Value, serde_yaml::Value)| {
                let key = converted(key)?.as_text().ok_or("a key is not a text")?;
                Ok::<_, String>((key, converted(value)?))
            };
            Value::Map(entries.into_iter().map(entry).collect::<Result<_, _>>()?)
        }
        serde_yaml::Value::Tagged(tagged) => return Err(format!("it has the tag `{}`", tagged.tag)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_yaml() {
        let check = |text: &str, expected: Result<Value, &str>| match (value(text), expected) {
            (Ok(read), expected) => assert_eq!(Ok(read), expected, "{text}"),
            (Err(told), Err(expected)) => assert!(told.contains(expected), "{text}: {told}"),
            (Err(told), Ok(_)) => panic!("{text}: {told}"),
        };
        let number = |text: &str| Value::Number(text.to_owned());
        let word = |text: &str| Value::Text(text.to_owned());
        check("1.10", Ok(number("1.10")));
        check("5", Ok(number("5")));
        check("true", Ok(Value::Boolean(true)));
        check("", Ok(word("")));
        check("a b", Ok(word("a b")));
        check("012345678901", Ok(word("012345678901")));
        check("\"5\"", Ok(word("5")));
        check("[1, a]", Ok(Value::List(vec![number("1"), word("a")])));
        check("{min: 1}", Ok(Value::Map(vec![("min".to_owned(), number("1"))])));
        check("[1", Err(""));
        check("!Ref a", Err("it has the tag"));
        check("a-<%= region %>", Err("expressions are worked out in files only"));
    }

    #[test]
    fn keys_are_paths() {
        let mut findings = Vec::new();
        let pair = |key: &str| (key.to_owned(), "x".to_owned());
        let given = read(&[pair("values.a.b"), pair("a"), pair(""), pair("a..b")], &mut findings);
        assert_eq!(given.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(), ["a.b", "a"]);
        assert_eq!(findings.len(), 2);
        assert_eq!(findings[0].message, "`--set =x` names no value");
    }
}
