//! Templates: rendering, the parsed tree, what it declares, and how two of them differ. Pure; the only user of
//! minijinja and of the YAML parser.

pub mod codes;
pub mod compare;
mod convert;
mod diagnosis;
pub mod document;
mod emit;
mod engine;
pub mod expression;
mod fault;
mod functions;
mod holes;
mod indented;
mod jinja;
mod library;
mod lines;
mod markers;
pub mod meaning;
mod moved;
mod nodes;
pub mod outline;
mod paths;
pub mod render;
mod scope;
mod session;
mod splice;
