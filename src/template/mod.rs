//! Templates: rendering, the parsed tree, what it declares, and how two of them differ. Pure; the only user of
//! minijinja and of the YAML parser.

pub mod compare;
pub mod document;
pub mod expression;
pub mod meaning;
pub mod outline;
pub mod render;
pub mod codes;
mod fault;
mod emit;
