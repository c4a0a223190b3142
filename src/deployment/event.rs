//! What can happen in a deployment. A run is the list of these; the views and the journal read nothing else.

use crate::plan::Step;
use serde::{Deserialize, Serialize};

/// Something that happened, with the time the loop gave it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Milliseconds since 1970 in UTC.
    pub time: u64,
    /// What.
    #[serde(flatten)]
    pub what: Happening,
}

/// What can happen. `stack` is the stack's number in the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Happening {
    /// The run began.
    RunStarted {
        /// Its id.
        run: String,
    },
    /// All that a stack waits for is done; work on it began.
    StackStarted {
        /// The stack.
        stack: usize,
    },
    /// A step of a stack began.
    StepStarted {
        /// The stack.
        stack: usize,
        /// The step.
        step: Step,
    },
    /// A request that changes something is about to be sent.
    Requested {
        /// The stack.
        stack: usize,
        /// The operation, such as `ExecuteChangeSet`.
        operation: String,
        /// The client token it carries.
        token: String,
    },
    /// The stack's ARN became known; how many resources will move in this step.
    Followed {
        /// The stack.
        stack: usize,
        /// The ARN.
        id: String,
        /// How many resources the step will touch, as far as is known.
        resources: usize,
    },
    /// A resource moved.
    Resource {
        /// The stack.
        stack: usize,
        /// Its logical id.
        logical_id: String,
        /// Its type.
        resource_type: String,
        /// Its status, as the service writes it.
        status: String,
        /// Why.
        reason: Option<String>,
    },
    /// The stack itself moved to a status.
    Status {
        /// The stack.
        stack: usize,
        /// The status, as the service writes it.
        status: String,
        /// Why.
        reason: Option<String>,
        /// When, in milliseconds since 1970 by the service's clock; none where only the status was seen and not its event.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<u64>,
    },
    /// AWS asked to slow down, or a poll failed and will be repeated: worth telling, changes nothing.
    Slowed {
        /// What happened.
        message: String,
    },
    /// Work on a stack is over.
    StackEnded {
        /// The stack.
        stack: usize,
        /// How.
        outcome: Outcome,
    },
    /// Somebody asked to stop: nothing more is started.
    Interrupted,
    /// The run is over.
    RunEnded,
}

/// How work on a stack ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It is as it should be.
    Done,
    /// Nothing was to be done.
    Unchanged,
    /// It failed; the causes, oldest first.
    Failed(Vec<Cause>),
    /// Something it needs did not end well: the number of that stack.
    Blocked {
        /// The stack whose failure is behind it.
        by: usize,
    },
    /// It was not started, or it was taken back, because somebody asked to stop.
    Cancelled,
    /// It was not done, on purpose: guard, protection, a plan that no longer fits.
    Refused {
        /// Why.
        reason: String,
        /// What to do.
        remedy: String,
    },
}

/// Why something failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// The resource's logical id; none when the stack or a request as a whole failed.
    pub logical_id: Option<String>,
    /// The resource's type.
    pub resource_type: Option<String>,
    /// What AWS said.
    pub reason: String,
    /// Through which nested stacks, outermost first, by logical id.
    pub nested: Vec<String>,
}

impl Happening {
    /// The number of the stack it speaks of.
    pub fn stack(&self) -> Option<usize> {
        match self {
            Self::StackStarted { stack }
            | Self::StepStarted { stack, .. }
            | Self::Requested { stack, .. }
            | Self::Followed { stack, .. }
            | Self::Resource { stack, .. }
            | Self::Status { stack, .. }
            | Self::StackEnded { stack, .. } => Some(*stack),
            Self::RunStarted { .. } | Self::Slowed { .. } | Self::Interrupted | Self::RunEnded => None,
        }
    }
}

impl Outcome {
    /// Whether those that wait for the stack may start.
    pub fn is_good(&self) -> bool {
        match self {
            Self::Done | Self::Unchanged => true,
            Self::Failed(_) | Self::Blocked { .. } | Self::Cancelled | Self::Refused { .. } => false,
        }
    }
}

impl Cause {
    /// A failure of a stack or a request as a whole.
    pub fn whole(reason: impl Into<String>) -> Self {
        Self { logical_id: None, resource_type: None, reason: reason.into(), nested: Vec::new() }
    }
}
