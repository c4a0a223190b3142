//! A service in memory for the tests of plan and deployment: it knows as much of CloudFormation as they need, runs on
//! tokio's clock, and writes down every call. The sandbox, which knows more, is a stranger and tested elsewhere.

mod service;
mod stacks;
mod world;

pub use service::Fake;
pub use stacks::{assembly, output, stack, topic};
