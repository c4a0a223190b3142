//! A CloudFormation-compatible service on a loopback port, for rehearsing deployments without AWS.
//!
//! Names nothing else of formwork but the registry's data: it is written from AWS's documents, not from our client.
//! All that crosses to the rest of formwork is an address. It provisions nothing: resources are simulated.

mod address;
mod agenda;
mod awaited;
mod caller;
mod change_set;
mod clock;
mod difference;
mod drift;
mod engine;
mod faults;
#[cfg(test)]
mod hostile;
mod identifiers;
mod json;
mod language;
mod live;
mod model;
mod neighbours;
mod nested;
mod nested_change_sets;
mod operation;
mod operations;
mod organizations;
mod outlook;
mod packed;
mod policy;
mod query;
mod refactor_run;
mod refactoring;
mod refusal;
mod region;
mod registered;
mod request;
mod resources;
mod response;
mod s3;
mod secrets;
mod server;
mod ssm;
mod stack;
mod stack_refactor;
mod stack_set;
mod stack_sets;
mod stacks;
mod status;
mod store;
mod sts;
mod wait_handle;
mod world;
mod xml;

pub use clock::Speed;
pub use server::{Running, start};

use std::net::SocketAddr;
use std::path::PathBuf;
use thiserror::Error;

/// How a sandbox is to behave.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it listens; port 0 takes any that is free.
    pub listen: SocketAddr,
    /// The folder that keeps its state; without one it forgets.
    pub state: Option<PathBuf>,
    /// How fast simulated time passes.
    pub speed: Speed,
    /// Logical ids of resources that fail when they are created or updated.
    pub fail: Vec<String>,
    /// A file that lists what is to go wrong.
    pub scenario: Option<PathBuf>,
    /// What identifiers follow from: the same seed and requests give the same ones.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            state: None,
            speed: Speed::Max,
            fail: Vec::new(),
            scenario: None,
            seed: 0,
        }
    }
}

/// Why a sandbox cannot run.
#[derive(Debug, Error)]
pub enum Error {
    /// The address cannot be listened on.
    #[error("listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The cause.
        source: std::io::Error,
    },
    /// The scenario cannot be read or understood.
    #[error("use the scenario `{}{}`: {message}", path.display(), line.map(|line| format!(":{line}")).unwrap_or_default())]
    Scenario {
        /// The file.
        path: PathBuf,
        /// The line, if it is known.
        line: Option<usize>,
        /// What is wrong.
        message: String,
    },
    /// The state cannot be read or written.
    #[error("use the sandbox state `{}`", path.display())]
    State {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// Another process has the folder.
    #[error("open the sandbox state `{}`: another sandbox uses it", path.display())]
    Locked {
        /// The folder.
        path: PathBuf,
    },
    /// A file is not what it should be.
    #[error("understand the sandbox state `{}`", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: serde_json::Error,
    },
    /// The folder was written by another version.
    #[error("understand the sandbox state `{}`: it has the form {found}, this version knows {known}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// The form that was found.
        found: u32,
        /// The form that is known.
        known: u32,
    },
}
