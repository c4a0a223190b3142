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
mod foreseen;
mod property;

pub use change::{
    Action, Attribute, AttributeChange, ChangeSource, Difference, Evaluation, PropertyDetail, Recreation,
    Replacement, ResourceChange,
};
pub use compare::{Current, compare};
pub use deed::{Deed, decide};
