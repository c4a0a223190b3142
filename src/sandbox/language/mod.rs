//! The template language as CloudFormation understands it: text to tree, parameters, conditions, functions.
//!
//! Pure: what lies outside a template (exports, stored parameters) is asked of [`Surroundings`]. What resources do is
//! in `resources`; what changes between two templates is in `difference`.

mod conditions;
mod constraint;
mod desired;
mod dynamic;
mod evaluate;
mod extension;
mod foresight;
#[cfg(test)]
mod hostile;
mod identity;
mod names;
mod network;
mod parameters;
mod pattern;
mod references;
mod refusal;
mod repetition;
mod rules;
mod scalar;
mod scope;
mod shape;
mod source;
mod structure;
mod surroundings;
mod template;
mod text;
mod transform;

pub use desired::{Desired, Output, ResourceDeclaration, Unknown};
pub use dynamic::secret_fault;
pub use identity::Identity;
pub use parameters::{
    GivenParameter, ParameterDeclaration, ParameterValue, ParameterValues, resolve_parameters,
};
pub use references::{Reference, collect as collect_references};
pub use refusal::Refusal;
pub use scope::{Facts, url_suffix};
pub use surroundings::{StoredParameter, Surroundings};
pub use template::Template;
pub use text::{in_texts, plain as plain_text};

#[cfg(test)]
pub use surroundings::Nothing;

/// Stands for a value that only the execution will know.
pub const KNOWN_AFTER_APPLY: &str = "{{changeSet:KNOWN_AFTER_APPLY}}";
