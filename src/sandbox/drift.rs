//! Drift: how what a stack's resources are like differs from what the stack made them. Nouns only: detection is the
//! engine's business, and what they are like is asked of the outlook.

use super::status::words;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

words! {
    /// What was found out about a resource.
    DriftStatus {
        InSync = "IN_SYNC",
        Modified = "MODIFIED",
        Deleted = "DELETED",
    }
}

/// One look at the resources of a stack.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Detection {
    pub(super) started_at: i64,
    /// When it ends; absent when it has ended.
    pub(super) due: Option<i64>,
    /// The resources that are looked at; absent for all.
    pub(super) wanted: Option<Vec<String>>,
    /// How many had drifted.
    pub(super) drifted: usize,
}

/// What was found out about one resource.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Finding {
    pub(super) physical_id: String,
    pub(super) resource_type: String,
    pub(super) status: DriftStatus,
    pub(super) expected: Value,
    /// Absent when the resource is gone.
    pub(super) actual: Option<Value>,
    pub(super) at: i64,
}

/// All that was found out about a stack.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Drift {
    /// By identifier.
    pub(super) detections: BTreeMap<String, Detection>,
    /// By logical id.
    pub(super) findings: BTreeMap<String, Finding>,
    /// When the stack was last looked at as a whole or in part.
    pub(super) checked_at: Option<i64>,
}

impl Drift {
    /// How many resources have drifted.
    pub(super) fn drifted(&self) -> usize {
        self.findings.values().filter(|finding| finding.status != DriftStatus::InSync).count()
    }

    /// Forgets what was found out; detections can still be asked for.
    pub(super) fn forget(&mut self) {
        self.findings.clear();
        self.checked_at = None;
    }
}

/// Puts what somebody else has done to a resource into its properties: by name or JSON pointer; null removes.
pub(super) fn apply(properties: &mut Value, actual: &serde_json::Map<String, Value>) {
    for (path, value) in actual {
        let path = if path.starts_with('/') { path.clone() } else { format!("/{path}") };
        let Some((above, last)) = path.rsplit_once('/') else { continue };
        let last = last.replace("~1", "/").replace("~0", "~");
        match (properties.pointer_mut(above), value) {
            (Some(Value::Object(entries)), Value::Null) => {
                entries.shift_remove(&last);
            }
            (Some(Value::Object(entries)), value) => {
                entries.insert(last, value.clone());
            }
            (Some(Value::Array(items)), value) => match (last.parse::<usize>(), value) {
                (Ok(index), Value::Null) if index < items.len() => {
                    items.remove(index);
                }
                (Ok(index), value) if index < items.len() => items[index] = value.clone(),
                (_, Value::Null) => {}
                (_, value) => items.push(value.clone()),
            },
            _ => {}
        }
    }
}

/// How one property differs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PropertyDifference {
    pub(super) path: String,
    pub(super) expected: Value,
    pub(super) actual: Value,
    pub(super) kind: &'static str,
}

/// The differences of two sets of properties, each at the deepest place that has both.
pub(super) fn differences(expected: &Value, actual: &Value) -> Vec<PropertyDifference> {
    let mut found = Vec::new();
    collect("", expected, actual, &mut found);
    found
}

fn collect(path: &str, expected: &Value, actual: &Value, found: &mut Vec<PropertyDifference>) {
    let missing = Value::Null;
    let keys: Vec<(String, &Value, &Value)> = match (expected, actual) {
        (Value::Object(before), Value::Object(after)) => {
            let names = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
            names
                .map(|name| {
                    let step = name.replace('~', "~0").replace('/', "~1");
                    (step, before.get(name).unwrap_or(&missing), after.get(name).unwrap_or(&missing))
                })
                .collect()
        }
        (Value::Array(before), Value::Array(after)) => (0..before.len().max(after.len()))
            .map(|index| {
                let step = index.to_string();
                (step, before.get(index).unwrap_or(&missing), after.get(index).unwrap_or(&missing))
            })
            .collect(),
        _ if expected == actual => return,
        _ => {
            let kind = match (expected, actual) {
                (Value::Null, _) => "ADD",
                (_, Value::Null) => "REMOVE",
                _ => "NOT_EQUAL",
            };
            let (expected, actual) = (expected.clone(), actual.clone());
            found.push(PropertyDifference { path: path.to_owned(), expected, actual, kind });
            return;
        }
    };
    for (step, before, after) in keys {
        collect(&format!("{path}/{step}"), before, after, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(expected: Value, actual: Value, wanted: &[(&str, &str)]) {
        let found = differences(&expected, &actual);
        let found: Vec<_> = found.iter().map(|one| (one.path.as_str(), one.kind)).collect();
        assert_eq!(found, wanted);
    }

    #[test]
    fn properties_are_compared_to_their_depth() {
        check(json!({"A": 1}), json!({"A": 1}), &[]);
        check(json!({"A": {"B": [1, 2]}}), json!({"A": {"B": [1, 3]}}), &[("/A/B/1", "NOT_EQUAL")]);
        check(json!({"A": [1]}), json!({"A": [1, 2]}), &[("/A/1", "ADD")]);
        check(json!({"A": 1, "B/C": 2}), json!({"A": 1}), &[("/B~1C", "REMOVE")]);
        check(json!({"A": "x"}), json!({"A": {"B": 1}}), &[("/A", "NOT_EQUAL")]);
    }
}
