//! A stack and what it consists of: settings, resources, events, change sets. Nouns only; the engine moves them.

use super::awaited::Signal;
use super::change_set::ChangeSet;
use super::clock::timestamp;
use super::drift::Drift;
use super::identifiers;
use super::language::{Desired, Identity, Output, ParameterValues, in_texts};
use super::operation::Operation;
use super::packed::Packed;
use super::resources::Instances;
use super::status::{OperationType, ResourceStatus, StackStatus};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The type of stack-level events, and of nested stacks.
pub(super) const STACK_TYPE: &str = "AWS::CloudFormation::Stack";

/// What a stack was asked to be: everything that an update replaces and a rollback brings back.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Wish {
    /// The template as it was sent.
    pub(super) template: String,
    pub(super) parameters: ParameterValues,
    pub(super) tags: Vec<(String, String)>,
    pub(super) capabilities: Vec<String>,
    pub(super) notification_arns: Vec<String>,
    pub(super) role_arn: Option<String>,
    pub(super) rollback_configuration: Option<RollbackConfiguration>,
}

/// The alarms that roll an operation back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RollbackConfiguration {
    /// ARN and type of each trigger; absent when none were named.
    pub(super) triggers: Option<Vec<(String, String)>>,
    pub(super) monitoring_minutes: Option<i64>,
}

/// One stack, living or deleted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Stack {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) account: String,
    pub(super) region: String,
    pub(super) seed: u64,
    pub(super) status: StackStatus,
    pub(super) reason: Option<String>,
    pub(super) created_at: i64,
    pub(super) updated_at: Option<i64>,
    pub(super) deleted_at: Option<i64>,
    /// What it is asked to be; absent while under review.
    pub(super) wish: Option<Wish>,
    /// What it last was, to go back to.
    pub(super) stable: Packed<Option<Wish>>,
    pub(super) description: Option<String>,
    pub(super) outputs: Vec<StackOutput>,
    pub(super) imports: BTreeSet<String>,
    pub(super) timeout_minutes: Option<i64>,
    pub(super) disable_rollback: bool,
    pub(super) termination_protection: bool,
    pub(super) policy: Option<String>,
    pub(super) change_set_id: Option<String>,
    pub(super) parent: Option<String>,
    pub(super) root: Option<String>,
    /// Rows of resources by logical id, as the describe operations show them.
    pub(super) resources: BTreeMap<String, Row>,
    /// The resources that exist.
    pub(super) instances: Packed<Instances>,
    /// In order of time.
    pub(super) events: Packed<Vec<Event>>,
    pub(super) change_sets: Vec<ChangeSet>,
    pub(super) operation: Option<Operation>,
    /// The newest first.
    pub(super) last_operations: Vec<(OperationType, String)>,
    /// Requests that may be sent again, by member and client token: `ClientRequestToken=run-1`.
    #[serde(default)]
    pub(super) accepted: BTreeMap<String, Accepted>,
    /// How many identifiers were made.
    pub(super) counter: u64,
    /// Token and identifier of the operation that runs or ran last: what its events carry.
    pub(super) stamp: (Option<String>, Option<String>),
    /// What the template says of each deployed resource beside its properties.
    pub(super) traits: Packed<BTreeMap<String, Traits>>,
    /// A failed operation that was not rolled back, or whose rollback failed.
    pub(super) paused: Option<Operation>,
    /// What was found out about its resources.
    #[serde(default)]
    pub(super) drift: Drift,
    /// Its second name.
    #[serde(default)]
    pub(super) alias: Option<String>,
    /// Whether the operation that runs or ran last is complete once configurations are applied.
    #[serde(default)]
    pub(super) express: bool,
    /// Signals by the logical id of the handle or resource they went to.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) signals: BTreeMap<String, Vec<Signal>>,
    /// The wish as it was read, kept while an operation runs.
    #[serde(skip)]
    pub(super) desired: Option<Arc<Desired>>,
}

/// A request that was carried out and may be sent again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Accepted {
    pub(super) action: String,
    /// Hexadecimal digits that stand for its parameters.
    pub(super) fingerprint: String,
    pub(super) answer: serde_json::Value,
}

/// What the template says of a deployed resource beside its properties.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Traits {
    pub(super) depends_on: BTreeSet<String>,
    pub(super) deletion_policy: Option<String>,
    pub(super) replace_policy: Option<String>,
}

/// An output of a stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StackOutput {
    pub(super) key: String,
    pub(super) value: String,
    pub(super) description: Option<String>,
    pub(super) export: Option<String>,
}

impl From<Output> for StackOutput {
    fn from(output: Output) -> Self {
        let Output { key, value, description, export } = output;
        Self { key, value, description, export }
    }
}

/// What the describe operations show of a resource.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Row {
    pub(super) resource_type: String,
    pub(super) physical_id: Option<String>,
    pub(super) status: ResourceStatus,
    pub(super) reason: Option<String>,
    pub(super) at: i64,
    pub(super) metadata: Option<String>,
}

/// Something that happened to a stack or to one of its resources.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) at: i64,
    pub(super) logical_id: String,
    pub(super) physical_id: String,
    pub(super) resource_type: String,
    pub(super) status: String,
    pub(super) reason: Option<String>,
    pub(super) properties: Option<String>,
    pub(super) token: Option<String>,
    pub(super) operation_id: Option<String>,
}

/// A change of a resource's row that is told by an event.
pub(super) struct Report<'a> {
    pub(super) logical_id: &'a str,
    pub(super) resource_type: &'a str,
    pub(super) physical_id: Option<&'a str>,
    pub(super) status: ResourceStatus,
    pub(super) reason: Option<&'a str>,
    pub(super) properties: Option<&'a serde_json::Value>,
}

impl Stack {
    /// A stack that has nothing yet but a name.
    pub(super) fn new(identity: &Identity, seed: u64, status: StackStatus, now: i64) -> Self {
        Self {
            id: identity.stack_id.clone(),
            name: identity.stack_name.clone(),
            account: identity.account.clone(),
            region: identity.region.clone(),
            seed,
            status,
            reason: None,
            created_at: now,
            updated_at: None,
            deleted_at: None,
            wish: None,
            stable: None.into(),
            description: None,
            outputs: Vec::new(),
            imports: BTreeSet::new(),
            timeout_minutes: None,
            disable_rollback: false,
            termination_protection: false,
            policy: None,
            change_set_id: None,
            parent: None,
            root: None,
            resources: BTreeMap::new(),
            instances: Packed::default(),
            events: Packed::default(),
            change_sets: Vec::new(),
            operation: None,
            last_operations: Vec::new(),
            accepted: BTreeMap::new(),
            counter: 0,
            stamp: (None, None),
            traits: Packed::default(),
            paused: None,
            drift: Drift::default(),
            alias: None,
            express: false,
            signals: BTreeMap::new(),
            desired: None,
        }
    }

    /// A new identifier of this stack.
    pub(super) fn identifier(&mut self, purpose: &str) -> String {
        self.counter += 1;
        identifiers::uuid(self.seed, &[&self.id, purpose, &self.counter.to_string()])
    }

    /// What the pseudo parameters say.
    pub(super) fn identity(&self, wish: &Wish) -> Identity {
        Identity {
            account: self.account.clone(),
            region: self.region.clone(),
            partition: super::caller::partition(&self.region).to_owned(),
            stack_name: self.name.clone(),
            stack_id: self.id.clone(),
            notification_arns: wish.notification_arns.clone(),
        }
    }

    /// Sets the stack's status and tells it by an event.
    pub(super) fn turn(&mut self, now: i64, status: StackStatus, reason: Option<&str>) {
        self.status = status;
        self.reason = reason.map(str::to_owned);
        let id = self.identifier("event");
        let (name, stack_id) = (self.name.clone(), self.id.clone());
        self.push(
            now,
            Event {
                id,
                at: now,
                logical_id: name,
                physical_id: stack_id,
                resource_type: STACK_TYPE.to_owned(),
                status: status.text().to_owned(),
                reason: reason.map(str::to_owned),
                properties: None,
                token: None,
                operation_id: None,
            },
        );
    }

    /// Sets a resource's row and tells it by an event.
    pub(super) fn report(&mut self, now: i64, report: &Report<'_>) {
        let metadata = self.resources.get(report.logical_id).and_then(|row| row.metadata.clone());
        let row = Row {
            resource_type: report.resource_type.to_owned(),
            physical_id: report.physical_id.map(str::to_owned),
            status: report.status,
            reason: report.reason.map(str::to_owned),
            at: now,
            metadata,
        };
        self.resources.insert(report.logical_id.to_owned(), row);
        self.announce(now, report);
    }

    /// Tells something of a resource by an event only: what is cleaned up is no longer the stack's resource.
    pub(super) fn announce(&mut self, now: i64, report: &Report<'_>) {
        self.push(
            now,
            Event {
                id: String::new(),
                at: now,
                logical_id: report.logical_id.to_owned(),
                physical_id: report.physical_id.unwrap_or_default().to_owned(),
                resource_type: report.resource_type.to_owned(),
                status: report.status.text().to_owned(),
                reason: report.reason.map(str::to_owned),
                properties: report.properties.map(|properties| in_texts(properties).to_string()),
                token: None,
                operation_id: None,
            },
        );
    }

    fn push(&mut self, now: i64, mut event: Event) {
        // Clients order events by time: no two of a stack may share a millisecond.
        event.at = self.events.last().map_or(now, |last| now.max(last.at + 1));
        if event.id.is_empty() {
            event.id = match event.properties {
                Some(_) => format!("{}-{}-{}", event.logical_id, event.status, timestamp(event.at)),
                None => format!("{}-{}", event.logical_id, self.identifier("event")),
            };
        }
        (event.token, event.operation_id) = self.stamp.clone();
        self.events.push(event);
    }

    /// Packs what is seldom looked at, unless an operation works on it.
    pub(super) fn rest(&mut self) {
        if self.operation.is_some() {
            return;
        }
        self.stable.rest();
        self.instances.rest();
        self.events.rest();
        self.traits.rest();
        for change_set in &mut self.change_sets {
            change_set.wish.rest();
            change_set.difference.rest();
        }
    }

    /// Whether it may have a resource of a type: what is packed need not be opened to know that it has not.
    pub(super) fn has(&self, resource_type: &str) -> bool {
        !self.instances.rests() || self.resources.values().any(|row| row.resource_type == resource_type)
    }

    /// Whether anything can be asked of it by name.
    pub(super) fn lives(&self) -> bool {
        self.status != StackStatus::DeleteComplete
    }
}
