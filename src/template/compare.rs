//! How two parsed templates differ in meaning: long and short forms, styles and comments do not count.

use crate::model::document::{Kind, Node};
use crate::model::value::Value;
use crate::template::emit;
use crate::template::meaning::{meaning, scalar_meaning, split_attribute};
use std::collections::{HashMap, HashSet};

/// One difference of two trees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// JSON pointer to the place, such as `/Resources/Queue/Properties/DelaySeconds`.
    pub path: String,
    /// What stands on the left, in short flow style; none when it is missing there.
    pub before: Option<String>,
    /// What stands on the right.
    pub after: Option<String>,
}

/// All differences, in the order of the left tree, then what only the right one has.
pub fn differences(before: &Node, after: &Node) -> Vec<Difference> {
    let mut found = Vec::new();
    collect(&mut String::new(), &long(meaning(before)), &long(meaning(after)), &mut found);
    found
}

/// A value in short flow style, on one line.
pub fn flow(value: &Value) -> String {
    let mut text = String::new();
    emit::flow(value, &mut text);
    text
}

fn collect(path: &mut String, before: &Value, after: &Value, found: &mut Vec<Difference>) {
    match (before, after) {
        (Value::Map(left), Value::Map(right)) if !is_function(left) && !is_function(right) => {
            collect_mapping(path, left, right, found);
        }
        (Value::List(left), Value::List(right)) => collect_list(path, left, right, found),
        _ if same(before, after) => {}
        _ => found.push(Difference {
            path: path.clone(),
            before: Some(flow(before)),
            after: Some(flow(after)),
        }),
    }
}

fn collect_mapping(
    path: &mut String,
    left: &[(String, Value)],
    right: &[(String, Value)],
    found: &mut Vec<Difference>,
) {
    let index: HashMap<&str, &Value> = right.iter().map(|(key, value)| (key.as_str(), value)).collect();
    for (key, value) in left {
        below(path, key, |path| match index.get(key.as_str()) {
            Some(other) => collect(path, value, other, found),
            None => found.push(Difference { path: path.clone(), before: Some(flow(value)), after: None }),
        });
    }
    let known: HashSet<&str> = left.iter().map(|(key, _)| key.as_str()).collect();
    for (key, value) in right.iter().filter(|(key, _)| !known.contains(key.as_str())) {
        below(path, key, |path| {
            found.push(Difference { path: path.clone(), before: None, after: Some(flow(value)) })
        });
    }
}

fn collect_list(path: &mut String, left: &[Value], right: &[Value], found: &mut Vec<Difference>) {
    for at in 0..left.len().max(right.len()) {
        below(path, &at.to_string(), |path| match (left.get(at), right.get(at)) {
            (Some(before), Some(after)) => collect(path, before, after, found),
            (before, after) => {
                found.push(Difference {
                    path: path.clone(),
                    before: before.map(flow),
                    after: after.map(flow),
                });
            }
        });
    }
}

fn below(path: &mut String, key: &str, visit: impl FnOnce(&mut String)) {
    let length = path.len();
    path.push('/');
    path.push_str(&key.replace('~', "~0").replace('/', "~1"));
    visit(path);
    path.truncate(length);
}

/// One function call is one value: where it differs, the whole of it is shown.
fn is_function(entries: &[(String, Value)]) -> bool {
    matches!(entries, [(name, _)] if name == "Ref" || name == "Condition" || name.starts_with("Fn::"))
}

/// Whether two values are the same to CloudFormation, which takes scalars as text: `80` is `"80"`.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::List(items), Value::List(others)) => {
            items.len() == others.len() && items.iter().zip(others).all(|(one, other)| same(one, other))
        }
        (Value::Map(entries), Value::Map(others)) => {
            entries.len() == others.len()
                && entries.iter().all(|(key, value)| right.get(key).is_some_and(|other| same(value, other)))
        }
        (Value::Null, _) | (_, Value::Null) => left == right,
        _ => left.as_text().is_some() && left.as_text() == right.as_text(),
    }
}

/// The value with `Fn::GetAtt: A.B` as a list everywhere.
fn long(value: Value) -> Value {
    match value {
        Value::List(items) => Value::List(items.into_iter().map(long).collect()),
        Value::Map(entries) => Value::Map(entries.into_iter().map(long_entry).collect()),
        Value::Null | Value::Boolean(_) | Value::Number(_) | Value::Text(_) => value,
    }
}

fn long_entry((key, value): (String, Value)) -> (String, Value) {
    let value = match (key.as_str(), value) {
        ("Fn::GetAtt", Value::Text(text)) => split_attribute(&text),
        ("Fn::GetAtt", Value::List(items)) => joined_attribute(items),
        (_, value) => value,
    };
    (key, long(value))
}

/// `[A, B, C]` is what `A.B.C` is: the logical id and the rest.
fn joined_attribute(items: Vec<Value>) -> Value {
    let texts: Option<Vec<&str>> = items
        .iter()
        .map(|item| match item {
            Value::Text(text) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    match texts.as_deref() {
        Some([logical_id, attribute @ ..]) if attribute.len() > 1 => {
            Value::List(vec![Value::Text((*logical_id).to_owned()), Value::Text(attribute.join("."))])
        }
        _ => Value::List(items),
    }
}

/// Whether two trees mean the same to CloudFormation, form for form.
pub(super) fn same_tree(left: &Node, right: &Node) -> bool {
    left.tag == right.tag
        && match (&left.kind, &right.kind) {
            (Kind::Scalar { text, plain }, Kind::Scalar { text: other, plain: other_plain }) => {
                text == other
                    && (plain == other_plain
                        || scalar_meaning(text, *plain) == scalar_meaning(other, *other_plain))
            }
            (Kind::Sequence(items), Kind::Sequence(others)) => {
                items.len() == others.len()
                    && items.iter().zip(others).all(|(one, other)| same_tree(one, other))
            }
            (Kind::Mapping(entries), Kind::Mapping(others)) => {
                entries.len() == others.len()
                    && entries
                        .iter()
                        .zip(others)
                        .all(|(one, other)| same_tree(&one.0, &other.0) && same_tree(&one.1, &other.1))
            }
            (Kind::Alias, Kind::Alias) => true,
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::place::Source;
    use crate::template::document::load;
    use std::sync::Arc;

    fn node(text: &str) -> Node {
        load(&Arc::new(Source { path: "a.yaml".to_owned(), text: text.to_owned() })).unwrap().root
    }

    fn check(before: &str, after: &str, expected: &[(&str, Option<&str>, Option<&str>)]) {
        let found = differences(&node(before), &node(after));
        let found: Vec<_> = found
            .iter()
            .map(|one| (one.path.as_str(), one.before.as_deref(), one.after.as_deref()))
            .collect();
        assert_eq!(found, expected, "{before} | {after}");
    }

    #[test]
    fn styles_and_forms_do_not_count() {
        for (before, after) in [
            ("a: !Ref X", "a: {Ref: X}"),
            ("a: !GetAtt X.Y.Z", "a: {'Fn::GetAtt': [X, Y.Z]}"),
            ("a: !GetAtt [X, Y]", "{\"a\": {\"Fn::GetAtt\": \"X.Y\"}}"),
            ("a: !GetAtt [X, Y, Z]", "a: !GetAtt X.Y.Z"),
            ("a: !Sub 'x'", "a: {'Fn::Sub': x}"),
            ("a: !If [c, !Ref a, 1]", "a: {'Fn::If': [c, {Ref: a}, '1']}"),
            ("a: !Condition c", "a: {Condition: c}"),
            ("a: 80", "a: \"80\""),
            ("a: yes", "a: 'true'"),
            ("a: 1\nb: 2 # x", "{b: 2, a: 1}"),
        ] {
            check(before, after, &[]);
            check(after, before, &[]);
        }
    }

    #[test]
    fn differences_have_paths_and_both_sides() {
        check("a: 1", "a: 2", &[("/a", Some("1"), Some("2"))]);
        check("a: {b/c: x}", "a: {}", &[("/a/b~1c", Some("x"), None)]);
        check("a: [1]", "a: [1, {x: z}]", &[("/a/1", None, Some("{x: z}"))]);
        check("a: [p, q]", "a: [q, p]", &[("/a/0", Some("p"), Some("q")), ("/a/1", Some("q"), Some("p"))]);
        check("a: !Ref P", "a: !Ref Q", &[("/a", Some("{Ref: P}"), Some("{Ref: Q}"))]);
        check("a: {x: 1}", "a: [x]", &[("/a", Some("{x: 1}"), Some("[x]"))]);
        check("a: 1.10", "a: '1.10'", &[("/a", Some("1.1"), Some("\"1.10\""))]);
        check("a: ", "a: ''", &[("/a", Some("null"), Some("\"\""))]);
    }
}
