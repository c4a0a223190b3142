//! Infrastructure as code for many AWS accounts, on CloudFormation.
//!
//! The modules stand in the order of the layers; `tests/architecture.rs` says who may name whom.

pub mod model;
pub mod registry;
pub mod sandbox;
