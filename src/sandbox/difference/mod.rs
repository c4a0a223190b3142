//! The difference of two templates: what a change set announces and what the engine does, from one model.
//!
//! Pure. The language of templates is in `language`, the meaning of types in `resources` and the registry.

#[cfg(test)]
mod agreement;
mod change;
mod compare;
mod context;
mod deed;
mod detail;
mod drifted;
mod foreseen;
mod parts;
mod property;
mod reality;

pub use change::{
    Action, Attribute, AttributeChange, ChangeSource, Difference, Evaluation, LiveDrift, PropertyDetail,
    Recreation, Replacement, ResourceChange, RowDrift,
};
pub use compare::{Aim, Current, compare};
pub use deed::{Deed, decide};
pub use reality::{Found, Ignored, Reality, State, found};
