//! What the engine does to one existing resource, once its new properties are known.

use serde_json::Value;

use crate::sandbox::resources::{Failure, Instance};

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// It is as it should be.
    Nothing,
    /// It is changed in place.
    Modify,
    /// A new one takes its place; the old one goes in the cleanup.
    Replace,
}

/// Decides by the same comparison of properties that the announcement used.
pub fn decide(instance: &Instance, resource_type: &str, properties: &Value) -> Result<Deed, Failure> {
    let _ = resource_type;
    Ok(if &instance.properties == properties { Deed::Nothing } else { Deed::Modify })
}
