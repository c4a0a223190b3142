//! What resources do: generic from the published schemas, special where a type is special.
//!
//! Pure: from a type, its properties and a seed to identifiers and attributes. When it happens is the engine's business.

mod arn;
mod attribute;
mod draw;
mod durations;
mod effect;
#[cfg(test)]
mod examples;
mod identifier;
mod instance;
mod validation;

pub use durations::{Work, duration_seconds};
pub use effect::{Effect, effects};
pub use identifier::custom_name;
pub use instance::{Answered, Birth, Failure, Instance, Instances, adopt, create, update};
pub use validation::{broken, faults, unknown_types, validate};
