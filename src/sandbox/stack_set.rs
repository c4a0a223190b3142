//! Stack sets: one template for many accounts and regions, the places where they have stacks, and the operations on
//! those. Nouns only: `stack_sets` moves them.

use super::stack::Accepted;
use super::status::words;
use super::world::Place;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

words! {
    /// What an operation does with the stacks of a set.
    SetAction {
        Create = "CREATE",
        Update = "UPDATE",
        Delete = "DELETE",
        DetectDrift = "DETECT_DRIFT",
    }
}

words! {
    /// How far an operation has come.
    SetStatus {
        Queued = "QUEUED",
        Running = "RUNNING",
        Stopping = "STOPPING",
        Stopped = "STOPPED",
        Succeeded = "SUCCEEDED",
        Failed = "FAILED",
    }
}

words! {
    /// How far an operation has come in one place.
    ResultStatus {
        Pending = "PENDING",
        Running = "RUNNING",
        Succeeded = "SUCCEEDED",
        Failed = "FAILED",
        Cancelled = "CANCELLED",
    }
}

words! {
    /// Whether the stack of a place is as the set is.
    InstanceStatus {
        Current = "CURRENT",
        Outdated = "OUTDATED",
        Inoperable = "INOPERABLE",
    }
}

words! {
    /// How the newest operation went in a place.
    DetailedStatus {
        Pending = "PENDING",
        Running = "RUNNING",
        Succeeded = "SUCCEEDED",
        Failed = "FAILED",
        Cancelled = "CANCELLED",
        Inoperable = "INOPERABLE",
        Skipped = "SKIPPED_SUSPENDED_ACCOUNT",
        FailedImport = "FAILED_IMPORT",
    }
}

/// A stack set.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct StackSet {
    pub(super) name: String,
    /// The name and a unique end.
    pub(super) id: String,
    pub(super) arn: String,
    pub(super) description: Option<String>,
    pub(super) template: String,
    pub(super) parameters: Vec<(String, String)>,
    pub(super) capabilities: Vec<String>,
    pub(super) tags: Vec<(String, String)>,
    pub(super) administration_role: Option<String>,
    pub(super) execution_role: Option<String>,
    /// A deleted set is listed and nothing else.
    pub(super) deleted: bool,
    /// The client token of its creation.
    pub(super) token: Option<String>,
    /// Present when Organizations says where its stacks are.
    pub(super) service: Option<ServiceManaged>,
    /// Whether operations wait for one another instead of being refused.
    pub(super) managed_execution: bool,
    pub(super) instances: Vec<StackInstance>,
    /// The newest last.
    pub(super) operations: Vec<SetOperation>,
    /// Requests that may be sent again, by member and client token.
    #[serde(default)]
    pub(super) accepted: BTreeMap<String, Accepted>,
}

/// What a set is told by Organizations.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ServiceManaged {
    /// Whether accounts that join a unit get stacks, and those that leave it lose them.
    pub(super) automatic: bool,
    /// Whether an account that leaves keeps its stacks; absent while nothing was said.
    pub(super) retain: Option<bool>,
    /// The ARNs of the sets that are deployed before this one.
    pub(super) depends_on: Vec<String>,
    pub(super) targets: Vec<UnitTarget>,
}

/// A root or organizational unit, and the regions in which its accounts have stacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct UnitTarget {
    pub(super) unit: String,
    pub(super) regions: Vec<String>,
}

/// A place where a stack set has a stack, or is to have one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StackInstance {
    pub(super) account: String,
    pub(super) region: String,
    /// The root or unit through which it came to be.
    pub(super) unit: Option<String>,
    /// Absent when there was never a stack.
    pub(super) stack_id: Option<String>,
    /// The parameters that differ from the set's.
    pub(super) overrides: Vec<(String, String)>,
    /// The operation that touched it last.
    pub(super) operation: String,
    pub(super) status: InstanceStatus,
    pub(super) detail: DetailedStatus,
    pub(super) reason: Option<String>,
    pub(super) drift: Option<InstanceDrift>,
}

/// What the newest look at an instance's stack found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct InstanceDrift {
    pub(super) drifted: bool,
    pub(super) at: i64,
}

/// What an operation does in one place, and how far it has come there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Target {
    pub(super) account: String,
    pub(super) region: String,
    pub(super) unit: Option<String>,
    /// The stack that is worked on; from the beginning when it is to be taken in.
    pub(super) stack_id: Option<String>,
    pub(super) status: ResultStatus,
    pub(super) reason: Option<String>,
    pub(super) started_at: Option<i64>,
    /// The detection of drift that is waited for.
    pub(super) detection: Option<String>,
    pub(super) drifted: bool,
    /// Whether there was nothing to do because the account is suspended.
    pub(super) skipped: bool,
}

/// A number, or so many of a hundred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Share {
    Count(usize),
    Percentage(usize),
}

impl Share {
    /// How many of `all` that is, rounded down.
    pub(super) fn of(self, all: usize) -> usize {
        match self {
            Self::Count(count) => count,
            Self::Percentage(percentage) => all.saturating_mul(percentage) / 100,
        }
    }
}

/// How an operation goes through its places; what was not said is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Preferences {
    pub(super) region_order: Vec<String>,
    pub(super) region_concurrency: Option<String>,
    pub(super) tolerance: Option<Share>,
    pub(super) concurrent: Option<Share>,
    pub(super) concurrency_mode: Option<String>,
}

/// The places of a request as Organizations knows them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DeploymentTargets {
    pub(super) accounts: Vec<String>,
    pub(super) units: Vec<String>,
    pub(super) filter: Option<String>,
}

/// An operation on the stacks of a set.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct SetOperation {
    pub(super) id: String,
    pub(super) action: SetAction,
    pub(super) status: SetStatus,
    pub(super) started_at: i64,
    pub(super) ended_at: Option<i64>,
    /// In the order in which they are begun.
    pub(super) targets: Vec<Target>,
    /// Whether the stacks stay when their instances go.
    pub(super) retain: bool,
    /// Whether stacks that exist are taken into the set.
    pub(super) import: bool,
    /// Whether nobody asked for it: an account has moved.
    pub(super) automatic: bool,
    /// Whether it changes the set itself, and so waits for everything else.
    pub(super) whole: bool,
    pub(super) preferences: Preferences,
    pub(super) deployment: Option<DeploymentTargets>,
}

impl Target {
    /// A place where nothing was done yet.
    pub(super) fn new(account: &str, region: &str, unit: Option<String>) -> Self {
        Self {
            account: account.to_owned(),
            region: region.to_owned(),
            unit,
            stack_id: None,
            status: ResultStatus::Pending,
            reason: None,
            started_at: None,
            detection: None,
            drifted: false,
            skipped: false,
        }
    }

    /// Its account and region.
    pub(super) fn place(&self) -> Place {
        Place { account: self.account.clone(), region: self.region.clone() }
    }

    /// Whether it lies where an instance does.
    pub(super) fn is_of(&self, instance: &StackInstance) -> bool {
        self.account == instance.account && self.region == instance.region
    }
}

impl StackInstance {
    /// An instance of which there is nothing yet.
    pub(super) fn new(target: &Target, operation: &str) -> Self {
        Self {
            account: target.account.clone(),
            region: target.region.clone(),
            unit: target.unit.clone(),
            stack_id: target.stack_id.clone(),
            overrides: Vec::new(),
            operation: operation.to_owned(),
            status: InstanceStatus::Outdated,
            detail: DetailedStatus::Pending,
            reason: None,
            drift: None,
        }
    }
}

impl SetOperation {
    /// Whether something of it is still to be done.
    pub(super) fn open(&self) -> bool {
        matches!(self.status, SetStatus::Queued | SetStatus::Running | SetStatus::Stopping)
    }

    /// Whether two operations may not run at the same time.
    pub(super) fn conflicts(&self, other: &Self) -> bool {
        let shared = |one: &Target| {
            other.targets.iter().any(|two| one.account == two.account && one.region == two.region)
        };
        self.whole || other.whole || self.targets.iter().any(shared)
    }
}

impl StackSet {
    /// What it is kept by: the name, or the id once it is deleted and the name is free again.
    pub(super) fn key(&self) -> String {
        if self.deleted { self.id.clone() } else { self.name.clone() }
    }

    /// The instance in a place.
    pub(super) fn instance(&self, account: &str, region: &str) -> Option<&StackInstance> {
        self.instances.iter().find(|one| one.account == account && one.region == region)
    }

    /// Whether nothing is done to its stacks or waits to be.
    pub(super) fn idle(&self) -> bool {
        !self.operations.iter().any(SetOperation::open)
    }
}
