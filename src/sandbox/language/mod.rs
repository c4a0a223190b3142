//! The template language as CloudFormation understands it: text to tree, parameters, conditions, functions.
//!
//! Pure: what lies outside a template (exports, stored parameters) is asked of [`Surroundings`]. What resources do is
//! in `resources`; what changes between two templates is in `difference`.

mod desired;
mod identity;
mod parameters;
mod refusal;
mod surroundings;
mod template;

pub use desired::{Desired, Output, ResourceDeclaration};
pub use identity::Identity;
pub use parameters::{GivenParameter, ParameterDeclaration, ParameterValue, ParameterValues, resolve_parameters};
pub use refusal::Refusal;
pub use surroundings::{StoredParameter, Surroundings};
pub use template::{CapabilityNeed, Template};

/// Stands for a value that only the execution will know.
pub const KNOWN_AFTER_APPLY: &str = "{{changeSet:KNOWN_AFTER_APPLY}}";
