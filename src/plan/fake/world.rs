//! The stacks and change sets of the service in memory, and how time moves them.

use crate::cloudformation::*;
use crate::model::account::Target;
use crate::model::change::{Action, ResourceChange};
use crate::model::document::{Document, Node};
use crate::model::fact::Input;
use crate::model::live::*;
use crate::model::place::Source;
use crate::model::stack::*;
use crate::model::status::StackStatus;
use crate::template::document::load;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How long every operation takes.
pub const OPERATION: Duration = Duration::from_secs(10);

#[derive(Default)]
pub struct World {
    pub stacks: Vec<FakeStack>,
    pub sets: BTreeMap<String, FakeSet>,
    /// Every call that changes something: operation and stack name.
    pub calls: Vec<String>,
    /// Logical ids whose creation or update fails.
    pub fail: BTreeSet<String>,
    /// Accounts whose credentials are of another account.
    pub strangers: BTreeSet<String>,
    /// How many of the next reads fail.
    pub failing_reads: usize,
    /// How many reads after a request still show the stack as it was.
    pub stale_reads: usize,
    /// How many looks at change sets find nothing yet.
    pub unseen: usize,
    pub ssm: BTreeMap<String, String>,
    next: usize,
}

#[derive(Clone)]
pub struct FakeStack {
    pub live: LiveStack,
    pub target: Target,
    pub template: String,
    pub policy: Option<String>,
    pub events: Vec<StackEvent>,
    stale: Option<(LiveStack, usize)>,
    end: Option<End>,
}

#[derive(Clone)]
struct End {
    at: Instant,
    set: Option<FakeSet>,
    token: String,
}

#[derive(Clone)]
pub struct FakeSet {
    pub request: ChangeSetRequest,
    pub stack_id: String,
    pub changes: Vec<ResourceChange>,
    pub ready: Instant,
    pub gone: bool,
    pub nothing: bool,
}

impl World {
    pub fn number(&mut self) -> usize {
        self.next += 1;
        self.next
    }

    pub fn advance(&mut self) {
        let now = Instant::now();
        for at in 0..self.stacks.len() {
            let due = self.stacks[at].end.as_ref().is_some_and(|end| end.at <= now);
            if due && let Some(end) = self.stacks[at].end.take() {
                self.finish(at, end);
            }
        }
    }

    fn finish(&mut self, at: usize, end: End) {
        let Some(set) = end.set else {
            let status = match self.stacks[at].live.status {
                StackStatus::DeleteInProgress => StackStatus::DeleteComplete,
                StackStatus::UpdateInProgress => StackStatus::UpdateComplete,
                StackStatus::RollbackInProgress => StackStatus::RollbackComplete,
                _ => StackStatus::UpdateRollbackComplete,
            };
            self.status(at, status, &end.token);
            return;
        };
        let creates = self.stacks[at].live.status == StackStatus::CreateInProgress;
        let word = if creates { "CREATE" } else { "UPDATE" };
        let bad = set.changes.iter().find(|change| self.fail.contains(&change.logical_id)).cloned();
        for change in &set.changes {
            let failed = bad.as_ref().is_some_and(|bad| bad.logical_id == change.logical_id);
            let (status, reason) = match (failed, &bad) {
                (true, _) => (format!("{word}_FAILED"), Some("it was told to fail".to_owned())),
                (false, Some(_)) => {
                    (format!("{word}_FAILED"), Some("Resource creation cancelled".to_owned()))
                }
                (false, None) => (format!("{word}_COMPLETE"), None),
            };
            self.event(at, (&change.logical_id, &change.resource_type), (&status, reason), &end.token);
        }
        match (bad.is_some(), creates) {
            (true, true) => self.status(at, StackStatus::RollbackComplete, &end.token),
            (true, false) => self.status(at, StackStatus::UpdateRollbackComplete, &end.token),
            (false, _) => {
                self.settle(at, set.request);
                let done = if creates { StackStatus::CreateComplete } else { StackStatus::UpdateComplete };
                self.status(at, done, &end.token);
            }
        }
    }

    fn settle(&mut self, at: usize, request: ChangeSetRequest) {
        let stack = &mut self.stacks[at];
        if let TemplateSource::Body(text) = &request.template {
            stack.template.clone_from(text);
        }
        let document = parse(&stack.template);
        let sent: BTreeMap<String, String> =
            request.parameters.iter().map(|(name, value)| (name.clone(), text(value))).collect();
        stack.live.parameters = entries(&document, "Parameters")
            .map(|(name, node)| {
                let default = node.get("Default").and_then(Node::text).unwrap_or("").to_owned();
                let value = sent.get(name).cloned().unwrap_or(default);
                let hidden = node.get("NoEcho").is_some();
                LiveParameter {
                    name: name.to_owned(),
                    value: if hidden { "****".into() } else { value },
                    resolved: None,
                }
            })
            .collect();
        stack.live.outputs = entries(&document, "Outputs")
            .map(|(key, node)| {
                let value = node.get("Value").expect("an output has a value");
                let text = value.text().unwrap_or("").to_owned();
                let value = match value.tag.as_deref() {
                    Some("Ref") => sent.get(&text).cloned().unwrap_or(text),
                    _ => text,
                };
                LiveOutput { key: key.to_owned(), value, description: None, export: None }
            })
            .collect();
        stack.live.tags = request.tags;
        stack.live.updated = Some(format!("{:?}", Instant::now()));
    }

    pub fn status(&mut self, at: usize, status: StackStatus, token: &str) {
        let name = self.stacks[at].live.name.clone();
        self.stacks[at].live.status = status.clone();
        self.event(at, (&name, "AWS::CloudFormation::Stack"), (status.as_str(), None), token);
    }

    pub fn event(
        &mut self,
        at: usize,
        (logical_id, kind): (&str, &str),
        status: (&str, Option<String>),
        token: &str,
    ) {
        let number = self.number();
        let stack = &mut self.stacks[at];
        let of_the_stack = kind == "AWS::CloudFormation::Stack";
        stack.events.push(StackEvent {
            id: format!("event-{number:06}"),
            stack_id: stack.live.id.clone(),
            logical_id: logical_id.to_owned(),
            physical_id: if of_the_stack { stack.live.id.clone() } else { String::new() },
            resource_type: kind.to_owned(),
            status: status.0.to_owned(),
            reason: status.1,
            time: format!("{number:06}"),
            token: Some(token.to_owned()).filter(|token| !token.is_empty()),
        });
    }

    pub fn find(&self, target: &Target, stack: &str) -> Option<usize> {
        let named = |found: &FakeStack| {
            let there = found.live.name == stack && found.live.status != StackStatus::DeleteComplete;
            found.target == *target && (there || found.live.id == stack)
        };
        self.stacks.iter().position(named)
    }

    pub fn begin(&mut self, at: usize, status: StackStatus, set: Option<FakeSet>, token: &str) {
        if self.stale_reads > 0 {
            self.stacks[at].stale = Some((self.stacks[at].live.clone(), self.stale_reads));
        }
        self.status(at, status, token);
        self.stacks[at].end = Some(End { at: Instant::now() + OPERATION, set, token: token.to_owned() });
    }

    pub fn seen(&mut self, at: usize) -> LiveStack {
        let stack = &mut self.stacks[at];
        match &mut stack.stale {
            Some((live, left)) if *left > 0 => {
                *left -= 1;
                live.clone()
            }
            _ => stack.live.clone(),
        }
    }

    /// Puts a stack there as it would be after a deployment.
    pub fn put(&mut self, stack: &Stack, status: StackStatus) {
        let at = self.add(&stack.target(), &stack.name, status);
        let request = ChangeSetRequest {
            stack: stack.name.clone(),
            name: String::new(),
            kind: ChangeSetKind::Create,
            template: TemplateSource::Body(stack.body.text().to_owned()),
            parameters: stack
                .parameters
                .iter()
                .filter_map(|parameter| match &parameter.input {
                    Input::Text(text) => Some((parameter.name.clone(), ParameterValue::Plain(text.clone()))),
                    _ => None,
                })
                .collect(),
            tags: stack.tags.clone(),
            capabilities: Vec::new(),
            role: None,
            notifications: Vec::new(),
            on_failure: OnFailure::Rollback,
            mode: Mode::Standard,
            token: String::new(),
            description: String::new(),
        };
        self.settle(at, request);
    }

    pub fn add(&mut self, target: &Target, name: &str, status: StackStatus) -> usize {
        let number = self.number();
        let live = LiveStack {
            id: format!("arn:stack/{name}/{number}"),
            name: name.to_owned(),
            status,
            reason: None,
            parameters: Vec::new(),
            outputs: Vec::new(),
            tags: Vec::new(),
            capabilities: Vec::new(),
            role: None,
            notifications: Vec::new(),
            protected: false,
            parent: None,
            created: String::new(),
            updated: None,
        };
        let (template, target) = (String::new(), target.clone());
        let (policy, events) = (None, Vec::new());
        self.stacks.push(FakeStack { live, target, template, policy, events, stale: None, end: None });
        self.stacks.len() - 1
    }

    pub fn changes(&self, at: usize, request: &ChangeSetRequest) -> Vec<ResourceChange> {
        let TemplateSource::Body(body) = &request.template else { return Vec::new() };
        let (old, new) = (parse(&self.stacks[at].template), parse(body));
        let moved = request.parameters.iter().any(|(name, value)| {
            let live = self.stacks[at].live.parameters.iter().find(|old| old.name == *name);
            live.is_some_and(|live| live.value != text(value) && live.value != "****")
        });
        let change = |id: &str, node: &Node, action| ResourceChange {
            logical_id: id.to_owned(),
            resource_type: node.get("Type").and_then(Node::text).unwrap_or("").to_owned(),
            physical_id: None,
            action,
            properties: Vec::new(),
        };
        let mut changes = Vec::new();
        for (id, node) in entries(&new, "Resources") {
            match old.root.get("Resources").and_then(|resources| resources.get(id)) {
                None => changes.push(change(id, node, Action::Add)),
                Some(before) => {
                    let refers = moved && format!("{node:?}").contains("Ref");
                    let key = |node: &Node| {
                        node.get("Properties")
                            .and_then(|node| node.get("Key"))
                            .map(|node| format!("{:?}", node.kind))
                    };
                    let replaced = key(before) != key(node) || (refers && key(node).is_some());
                    match (replaced, refers || flat(before) != flat(node)) {
                        (true, _) => changes.push(change(id, node, Action::Replace)),
                        (false, true) => changes.push(change(id, node, Action::Modify)),
                        (false, false) => {}
                    }
                }
            }
        }
        for (id, node) in entries(&old, "Resources") {
            if new.root.get("Resources").and_then(|resources| resources.get(id)).is_none() {
                changes.push(change(id, node, Action::Remove));
            }
        }
        changes
    }
}

fn flat(node: &Node) -> String {
    crate::template::compare::differences(
        node,
        &Node { kind: crate::model::document::Kind::Alias, ..node.clone() },
    )
    .iter()
    .map(|difference| format!("{:?}", difference.before))
    .collect()
}

pub fn text(value: &ParameterValue) -> String {
    match value {
        ParameterValue::Plain(text) => text.clone(),
        ParameterValue::Hidden(secret) => secret.expose().to_owned(),
        ParameterValue::Previous => String::new(),
    }
}

pub fn entries<'a>(document: &'a Document, section: &str) -> impl Iterator<Item = (&'a str, &'a Node)> {
    let section = document.root.get(section).map(Node::entries).unwrap_or(&[]);
    section.iter().filter_map(|(key, node)| Some((key.text()?, node)))
}

pub fn parse(text: &str) -> Document {
    let text = if text.is_empty() { "{}" } else { text };
    load(&Arc::new(Source { path: "template.yaml".into(), text: text.into() }))
        .expect("a test's template is right")
}
