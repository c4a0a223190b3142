//! An operation that runs on a stack: its phase, its jobs, and what it needs to know to go on or back.

use super::awaited::Awaited;
use super::difference::Reality;
use super::resources::Instance;
use super::resources::Instances;
use super::stack::Traits;
use super::status::OperationType;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How far an operation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Phase {
    /// Resources are created and updated.
    Deploy,
    /// Replaced and removed resources are deleted after a successful update.
    Cleanup,
    /// A failed creation is undone, or a stack deleted.
    Delete,
    /// A failed update is undone.
    Restore,
    /// What the failed update made is deleted.
    RestoreCleanup,
}

/// How far a phase is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Stage {
    /// Its jobs are not drawn up yet.
    Opening,
    /// Its jobs run.
    Working,
    /// Its jobs are settled, and the stack is about to say so.
    Closing,
}

/// What happens when a creation or update fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum OnFailure {
    /// Everything stays as it is.
    Keep,
    /// It is undone.
    Rollback,
    /// The stack is deleted.
    Delete,
}

/// One operation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Operation {
    pub(super) id: String,
    pub(super) kind: OperationType,
    /// The client's token.
    pub(super) token: Option<String>,
    pub(super) phase: Phase,
    /// When the phase begins or ends, if no job says so.
    pub(super) due: i64,
    /// How far the phase is.
    pub(super) stage: Stage,
    pub(super) started_at: i64,
    pub(super) jobs: Vec<Job>,
    pub(super) on_failure: OnFailure,
    pub(super) retain_except_on_create: bool,
    /// Resources that a deletion leaves alone.
    pub(super) retained: BTreeSet<String>,
    /// Whether a deletion leaves alone what it cannot delete.
    pub(super) forced: bool,
    /// What existed before.
    pub(super) before: Instances,
    /// What is to be deleted once the result is certain.
    pub(super) garbage: Vec<Garbage>,
    /// A policy that holds during this update only.
    pub(super) policy: Option<String>,
    /// The policy that holds once it has succeeded.
    pub(super) lasting_policy: Option<String>,
    /// The change set that is executed.
    pub(super) change_set_id: Option<String>,
    /// Why the whole operation failed, beyond its resources.
    pub(super) failure: Option<String>,
    /// What was said of the resources before.
    pub(super) before_traits: BTreeMap<String, Traits>,
    /// Resources that change in more than their properties.
    pub(super) touched: BTreeSet<String>,
    /// Whether it does nothing but take existing resources in.
    #[serde(default)]
    pub(super) importing: bool,
    /// The existing resources that it takes in: physical identifiers by logical id.
    #[serde(default)]
    pub(super) imports: BTreeMap<String, String>,
    /// What the resources were found to be like, when drift is to be undone.
    #[serde(default)]
    pub(super) reality: Option<Reality>,
}

/// A physical resource that the stack no longer needs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Garbage {
    pub(super) instance: Instance,
    /// Whether a policy lets it live.
    pub(super) retained: bool,
}

/// What is to be done for one resource.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Task {
    /// Make it, change it or leave it, as its properties say.
    Deploy,
    /// Delete it.
    Delete(Box<Garbage>),
    /// Bring back what was.
    Restore,
}

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum JobState {
    /// It waits for others.
    Waiting,
    /// The service works; the stage is the number of events so far.
    Running {
        /// How many stages are behind it.
        stage: u8,
        /// When the next one ends.
        due: i64,
    },
    /// It is done.
    Done,
    /// It failed.
    Failed,
    /// It was stopped, or never started because of a failure elsewhere.
    Cancelled,
}

/// One resource's work.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Job {
    pub(super) logical_id: String,
    pub(super) resource_type: String,
    pub(super) waits_for: BTreeSet<String>,
    pub(super) task: Task,
    pub(super) state: JobState,
    /// The resource as it will be once the work is done.
    pub(super) next: Option<Instance>,
    /// Its properties as events show them, where hidden parameters are in them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) masked: Option<Value>,
    /// Whether it takes the place of another.
    pub(super) replaces: bool,
    /// Why somebody else, who did the work, could not.
    pub(super) verdict: Option<String>,
    /// How often it has failed and was tried again.
    #[serde(default)]
    pub(super) attempts: u8,
    /// What it waits for, if others have a say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) awaited: Option<Awaited>,
}

impl Operation {
    /// An operation that begins a second from now.
    pub(super) fn new(id: String, kind: OperationType, phase: Phase, now: i64) -> Self {
        Self {
            id,
            kind,
            token: None,
            phase,
            stage: Stage::Opening,
            due: now + 1000,
            started_at: now,
            jobs: Vec::new(),
            on_failure: OnFailure::Rollback,
            retain_except_on_create: false,
            retained: BTreeSet::new(),
            forced: false,
            before: Instances::new(),
            before_traits: BTreeMap::new(),
            garbage: Vec::new(),
            policy: None,
            lasting_policy: None,
            change_set_id: None,
            failure: None,
            touched: BTreeSet::new(),
            importing: false,
            imports: BTreeMap::new(),
            reality: None,
        }
    }

    /// Goes over to another phase, which begins a second from now.
    pub(super) fn enter(&mut self, phase: Phase, now: i64) {
        self.phase = phase;
        self.stage = Stage::Opening;
        self.due = now + 1000;
        self.jobs.clear();
    }

    /// When something happens next.
    pub(super) fn next_due(&self) -> Option<i64> {
        let running = |job: &Job| match job.state {
            JobState::Running { due, .. } => Some(due),
            _ => None,
        };
        match self.stage {
            Stage::Opening | Stage::Closing => Some(self.due),
            Stage::Working => self.jobs.iter().filter_map(running).min(),
        }
    }
}

impl Job {
    /// A job that has not started.
    pub(super) fn new(
        logical_id: &str,
        resource_type: &str,
        waits_for: BTreeSet<String>,
        task: Task,
    ) -> Self {
        Self {
            logical_id: logical_id.to_owned(),
            resource_type: resource_type.to_owned(),
            waits_for,
            task,
            state: JobState::Waiting,
            next: None,
            masked: None,
            replaces: false,
            verdict: None,
            attempts: 0,
            awaited: None,
        }
    }

    /// Whether nothing more happens to it.
    pub(super) fn settled(&self) -> bool {
        matches!(self.state, JobState::Done | JobState::Failed | JobState::Cancelled)
    }
}
