//! Everything that is shown. A view is an observer of a deployment, or a function from a result to text; only
//! [`screen`] writes.

pub mod board;
pub mod comparison;
pub mod drawing;
pub mod duration;
pub mod explanation;
pub mod findings;
pub mod graph;
pub mod json;
pub mod lines;
pub mod live;
pub mod palette;
pub mod plan;
pub mod progress;
pub mod screen;
pub mod stacks;
pub mod summary;
pub mod words;
