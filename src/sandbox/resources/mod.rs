//! What resources do: generic from the published schemas, special where a type is special.
//!
//! Pure: from a type, its properties and a seed to identifiers and attributes. When it happens is the engine's business.

mod durations;
mod effect;
mod instance;

pub use durations::{Work, duration_seconds};
pub use effect::{Effect, effects};
pub use instance::{Birth, Failure, Instance, Instances, create, update, validate};
