//! What the tests of resources share: one resource to be born, and forms that found texts have to have.

use super::Birth;
use crate::sandbox::language::Identity;
use serde_json::Value;

/// What comes of the birth of the resource `Thing` in the stack `Shop`.
pub(super) fn of_thing<T>(resource_type: &str, properties: &Value, work: impl FnOnce(&Birth<'_>) -> T) -> T {
    let identity = Identity {
        account: "123456789012".into(),
        region: "eu-west-1".into(),
        partition: "aws".into(),
        stack_name: "Shop".into(),
        ..Identity::default()
    };
    work(&Birth { identity: &identity, logical_id: "Thing", resource_type, properties, seed: "s" })
}

/// Whether a text is as expected; `*` stands for at least one character.
pub(super) fn fits(found: &str, expected: &str) -> bool {
    match expected.split_once('*') {
        Some((start, end)) => {
            found.starts_with(start) && found.ends_with(end) && found.len() > expected.len()
        }
        None => found == expected,
    }
}
