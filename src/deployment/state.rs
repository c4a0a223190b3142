//! The fold: records events, refuses illegal ones, and answers what follows.

use crate::deployment::event::{Event, Outcome};
use crate::plan::{Plan, Step};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A deployment: a plan and what happened to it so far.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// The plan.
    pub plan: Arc<Plan>,
    /// The run's id; empty before it began.
    pub run: String,
    /// For each stack of the plan, how far it is.
    pub stacks: Vec<StackState>,
    /// When the run began, in milliseconds since 1970.
    pub started: Option<u64>,
    /// When it ended.
    pub ended: Option<u64>,
    /// Somebody asked to stop.
    pub interrupted: bool,
}

/// How far a stack is.
#[derive(Clone, Debug, Default)]
pub struct StackState {
    /// When work on it began.
    pub started: Option<u64>,
    /// When work on it ended.
    pub ended: Option<u64>,
    /// The step that runs.
    pub step: Option<Step>,
    /// The stack's ARN.
    pub id: Option<String>,
    /// The stack's last status.
    pub status: Option<String>,
    /// How many resources the current step will touch.
    pub total: usize,
    /// The last status of each resource that moved in the current step, by logical id.
    pub resources: BTreeMap<String, String>,
    /// How it ended.
    pub outcome: Option<Outcome>,
}

/// An event that cannot follow what happened before.
#[derive(Debug, thiserror::Error)]
#[error("an event cannot follow: {0}")]
pub struct Illegal(pub String);

impl Deployment {
    /// A deployment in which nothing has happened.
    pub fn new(plan: Arc<Plan>) -> Self {
        let stacks = plan.stacks.iter().map(|_| StackState::default()).collect();
        Self { plan, run: String::new(), stacks, started: None, ended: None, interrupted: false }
    }

    /// Records an event.
    pub fn record(&mut self, _event: &Event) -> Result<(), Illegal> {
        todo!()
    }
}

impl StackState {
    /// How many resources of the current step are settled.
    pub fn done(&self) -> usize {
        self.resources.values().filter(|status| !status.ends_with("_IN_PROGRESS")).count()
    }
}
