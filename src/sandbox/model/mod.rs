//! What AWS publishes of CloudFormation's requests: operations, the shapes of their input, the statuses of errors.
//!
//! The data is compiled by `scripts/model.py`; README.md tells its form.

mod validation;
mod wire;

pub(super) use validation::validate;

use super::query::Input;
use regex_lite::Regex;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

const DATA: &str = include_str!("requests.json");

/// The model, read when a request first needs it.
pub(super) static MODEL: LazyLock<Model> =
    LazyLock::new(|| serde_json::from_str(DATA).expect("the data is checked in, and a test reads it"));

/// All that is known of requests.
#[derive(Debug, Deserialize)]
pub(super) struct Model {
    /// The API version, as requests name it.
    pub(super) version: String,
    operations: BTreeMap<String, Action>,
    shapes: BTreeMap<String, Shape>,
    errors: BTreeMap<String, u16>,
}

/// What is known of an operation.
#[derive(Debug, Deserialize)]
pub(super) struct Action {
    input: Option<String>,
    /// The member of its input that makes a request repeatable.
    pub(super) token: Option<String>,
    /// Whether its answer has a result element.
    pub(super) result: bool,
}

/// One kind of value in a request.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Shape {
    /// Named members: name, shape, and whether it is required.
    Structure {
        members: Vec<(String, String, bool)>,
    },
    List {
        member: String,
        #[serde(flatten)]
        limits: Limits,
    },
    Map {
        key: String,
        value: String,
        #[serde(flatten)]
        limits: Limits,
    },
    String(Text),
    Integer(Limits),
    Long(Limits),
    Boolean,
    Timestamp,
}

/// Bounds of a length, a count or a value.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
struct Limits {
    min: Option<i64>,
    max: Option<i64>,
}

/// The constraints of a text.
#[derive(Debug, Deserialize)]
struct Text {
    #[serde(flatten)]
    limits: Limits,
    /// Whether its length is counted in bytes.
    #[serde(default)]
    bytes: bool,
    pattern: Option<Pattern>,
    #[serde(default, rename = "enum")]
    words: Vec<String>,
}

/// A regular expression that a whole value must match, and its own text.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Pattern {
    text: String,
    compiled: Regex,
}

impl TryFrom<String> for Pattern {
    type Error = regex_lite::Error;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let compiled = Regex::new(&format!("^(?:{text})$"))?;
        Ok(Self { text, compiled })
    }
}

impl Model {
    /// The operation of this name.
    pub(super) fn action(&self, name: &str) -> Option<&Action> {
        self.operations.get(name)
    }

    /// The HTTP status that belongs to an error code of the model.
    pub(super) fn status(&self, code: &str) -> Option<u16> {
        self.errors.get(code).copied()
    }

    /// The members of an operation's input.
    fn members(&self, action: &Action) -> &[(String, String, bool)] {
        match action.input.as_deref().and_then(|shape| self.shapes.get(shape)) {
            Some(Shape::Structure { members }) => members,
            _ => &[],
        }
    }

    /// The members of a request but some, written so that equal requests give equal texts.
    pub(super) fn canonical(&self, action: &str, input: &Input, but: &[&str]) -> String {
        let mut out = String::new();
        let members = self.action(action).map_or(&[][..], |action| self.members(action));
        for (name, ..) in members.iter().filter(|(name, ..)| !but.contains(&name.as_str())) {
            if let Some(value) = input.structure(name) {
                out.push_str(&format!("[{name}"));
                value.canonical(&mut out);
                out.push(']');
            }
        }
        out
    }

    /// Whether an operation has an input member of this name.
    pub(super) fn takes(&self, action: &str, member: &str) -> bool {
        let known = |action| self.members(action).iter().any(|(name, ..)| name == member);
        self.action(action).is_some_and(known)
    }
}

#[cfg(test)]
impl Model {
    /// The names of all operations.
    pub(super) fn names(&self) -> Vec<&str> {
        self.operations.keys().map(String::as_str).collect()
    }

    /// The paths below each member of an operation's input, with the first member of each list, and a word or a
    /// number that fits where the model says one.
    pub(super) fn paths(&self, action: &str) -> Vec<Vec<(String, String)>> {
        let members = self.action(action).map_or(&[][..], |action| self.members(action));
        let below = |(name, shape, _): &(String, String, bool)| {
            let mut out = Vec::new();
            self.walk(shape, name, &mut out);
            out
        };
        members.iter().map(below).collect()
    }

    fn walk(&self, shape: &str, path: &str, out: &mut Vec<(String, String)>) {
        let mut leaf = |sample: String| out.push((path.to_owned(), sample));
        match &self.shapes[shape] {
            Shape::Structure { members } => {
                for (name, shape, _) in members {
                    self.walk(shape, &format!("{path}.{name}"), out);
                }
            }
            Shape::List { member, .. } => self.walk(member, &format!("{path}.member.1"), out),
            Shape::Map { key, value, .. } => {
                self.walk(key, &format!("{path}.entry.1.key"), out);
                self.walk(value, &format!("{path}.entry.1.value"), out);
            }
            Shape::String(text) => leaf(text.words.first().cloned().unwrap_or_default()),
            Shape::Integer(limits) | Shape::Long(limits) => leaf(limits.min.unwrap_or(1).to_string()),
            Shape::Boolean => leaf("false".to_owned()),
            Shape::Timestamp => leaf("2026-01-01T00:00:00Z".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_and_every_shape_is_there() {
        assert_eq!(MODEL.version, "2010-05-15");
        assert_eq!(MODEL.operations.len(), 92);
        for (name, action) in &MODEL.operations {
            let input = action.input.as_ref().unwrap();
            assert!(MODEL.shapes.contains_key(input), "{name}");
        }
        for (name, shape) in &MODEL.shapes {
            let parts: Vec<&String> = match shape {
                Shape::Structure { members } => members.iter().map(|(_, shape, _)| shape).collect(),
                Shape::List { member, .. } => vec![member],
                Shape::Map { key, value, .. } => vec![key, value],
                _ => vec![],
            };
            assert!(parts.iter().all(|part| MODEL.shapes.contains_key(*part)), "{name}");
        }
    }

    #[test]
    fn statuses_are_those_of_the_model() {
        assert_eq!(MODEL.status("ChangeSetNotFound"), Some(404));
        assert_eq!(MODEL.status("AlreadyExistsException"), Some(400));
        assert_eq!(MODEL.status("OperationInProgressException"), Some(409));
        assert_eq!(MODEL.status("ConcurrentResourcesLimitExceeded"), Some(429));
        assert_eq!(MODEL.status("ValidationError"), None);
    }

    #[test]
    fn answers_without_a_result_are_known() {
        let without: Vec<&str> = MODEL
            .operations
            .iter()
            .filter(|(_, action)| !action.result)
            .map(|(name, _)| name.as_str())
            .collect();
        let expected = [
            "CancelUpdateStack",
            "DeleteGeneratedTemplate",
            "DeleteStack",
            "ExecuteStackRefactor",
            "RemoveAlias",
            "SetAlias",
            "SetStackPolicy",
            "SignalResource",
        ];
        assert_eq!(without, expected);
    }
}
