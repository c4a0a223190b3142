//! What AWS publishes of resource types: required, create-only and read-only properties, identifiers, shapes.
//!
//! The data is compiled by `scripts/registry.py` from the published schemas into one small file that is part of the
//! program; nothing is decoded before it is asked for. What a type means to somebody is not known here.

mod data;
mod shape;

pub use data::{find, type_names};
pub use shape::{Fields, ResourceType, Shape};
