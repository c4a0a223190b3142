//! Infrastructure as code for many AWS accounts, on CloudFormation.
//!
//! The modules stand in the order of the layers; `tests/architecture.rs` says who may name whom.

pub mod failure;
pub mod model;
pub mod parallel;
pub mod template;
pub mod registry;
pub mod graph;
pub mod check;
pub mod policy;
pub mod compare;
pub mod cloudformation;
pub mod plan;
pub mod deployment;
pub mod project;
pub mod aws;
pub mod view;
pub mod commands;
pub mod sandbox;
