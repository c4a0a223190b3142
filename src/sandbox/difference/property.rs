//! Two values of properties held against each other: which places differ, and what a change there needs.
//!
//! Numbers and truth values are the text they are written as, as the service sees them.

use serde_json::{Map, Value};

use super::{AttributeChange, Recreation};
use crate::registry::ResourceType;
use crate::sandbox::language::{in_texts, plain_text};

/// A place that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// `/TopicName`, `/Tags/0/Value`.
    pub path: String,
    /// What happens there.
    pub change: AttributeChange,
    /// The value before, as text.
    pub before: Option<String>,
    /// The value after, as text.
    pub after: Option<String>,
}

/// Says whether two values are the same to the service.
pub fn same(before: &Value, after: &Value) -> bool {
    in_texts(before) == in_texts(after)
}

/// The places that differ between two values, innermost ones.
pub fn places(path: &str, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Place>) {
    match (before, after) {
        (Some(before), Some(after)) if same(before, after) => {}
        (Some(Value::Object(before)), Some(Value::Object(after))) => inside(path, before, after, found),
        (Some(Value::Array(before)), Some(Value::Array(after))) => {
            for index in 0..before.len().max(after.len()) {
                places(&format!("{path}/{index}"), before.get(index), after.get(index), found);
            }
        }
        (before, after) => found.push(Place {
            path: path.to_owned(),
            change: match (before, after) {
                (None, _) => AttributeChange::Add,
                (_, None) => AttributeChange::Remove,
                _ => AttributeChange::Modify,
            },
            before: before.map(text),
            after: after.map(text),
        }),
    }
}

fn inside(path: &str, before: &Map<String, Value>, after: &Map<String, Value>, found: &mut Vec<Place>) {
    for (key, value) in before {
        places(&format!("{path}/{key}"), Some(value), after.get(key), found);
    }
    for (key, value) in after.iter().filter(|(key, _)| !before.contains_key(*key)) {
        places(&format!("{path}/{key}"), None, Some(value), found);
    }
}

/// A value as text: scalars plain, others as JSON.
fn text(value: &Value) -> String {
    plain_text(value).unwrap_or_else(|| in_texts(value).to_string())
}

/// What a change at a place needs; a type that is not published never needs a new resource.
pub fn recreation(published: Option<&ResourceType>, path: &str) -> Recreation {
    let Some(published) = published else { return Recreation::Never };
    let steps: Vec<&str> = path
        .trim_start_matches('/')
        .split('/')
        .map(|step| if step.bytes().all(|byte| byte.is_ascii_digit()) { "*" } else { step })
        .collect();
    let path = steps.join("/");
    if published.is_create_only(&path) {
        Recreation::Always
    } else if published.is_conditional_create_only(&path) {
        Recreation::Conditionally
    } else {
        Recreation::Never
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry;
    use serde_json::json;

    fn check(before: Value, after: Value, expected: &[(&str, AttributeChange)]) {
        let mut found = Vec::new();
        places("", Some(&before), Some(&after), &mut found);
        let found: Vec<(&str, AttributeChange)> =
            found.iter().map(|place| (place.path.as_str(), place.change)).collect();
        assert_eq!(found, expected, "{before} {after}");
    }

    #[test]
    fn places_are_found() {
        check(json!({"A": 1, "B": "x"}), json!({"A": "1", "B": "y"}), &[("/B", AttributeChange::Modify)]);
        check(
            json!({"A": [1, 2]}),
            json!({"A": [1, 3, 4]}),
            &[("/A/1", AttributeChange::Modify), ("/A/2", AttributeChange::Add)],
        );
        check(json!({"A": {"B": true}}), json!({"A": {}}), &[("/A/B", AttributeChange::Remove)]);
        check(json!({"A": "x"}), json!({"A": ["x"]}), &[("/A", AttributeChange::Modify)]);
    }

    #[test]
    fn recreation_follows_from_the_schema() {
        for (kind, path, expected) in [
            ("AWS::SNS::Topic", "/TopicName", Recreation::Always),
            ("AWS::SNS::Topic", "/DisplayName", Recreation::Never),
            ("AWS::SNS::Topic", "/Tags/0/Value", Recreation::Never),
            ("Custom::Thing", "/Name", Recreation::Never),
        ] {
            assert_eq!(recreation(registry::find(kind).as_deref(), path), expected, "{kind}{path}");
        }
    }
}
