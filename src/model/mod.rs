//! The nouns of the field: no behaviour to speak of, nothing from outside.

pub mod account;
pub mod change;
pub mod document;
pub mod environment;
pub mod finding;
pub mod fact;
pub mod live;
pub mod nearest;
pub mod pattern;
pub mod place;
pub mod secret;
pub mod secret_name;
pub mod stack;
pub mod status;
pub mod value;
