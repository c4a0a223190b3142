//! The compiled data: found by name, decoded when asked for.
//!
//! What the decoded values mean is in `shape`; the writing side is `scripts/registry.py`.

use std::sync::Arc;

use super::ResourceType;

/// Finds a resource type by its full name.
pub fn find(type_name: &str) -> Option<Arc<ResourceType>> {
    let _ = type_name;
    None
}

/// The names of all known resource types, in alphabetical order.
pub fn type_names() -> Vec<&'static str> {
    Vec::new()
}
