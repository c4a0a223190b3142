//! A service in memory for the tests of plan and deployment: it knows as much of CloudFormation as they need, runs on
//! tokio's clock, and writes down every call. The sandbox, which knows more, is a stranger and tested elsewhere.

use crate::cloudformation::*;
use crate::model::account::{Account, AccountId, Target};
use crate::model::change::{Action, ResourceChange};
use crate::model::document::{Document, Node};
use crate::model::environment::{Assembly, Environment, MARK, Protection};
use crate::model::fact::{Fact, Input};
use crate::model::live::*;
use crate::model::place::{Place, Source};
use crate::model::stack::*;
use crate::model::status::StackStatus;
use crate::template::document::load;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

/// The region of all stacks that [`stack`] makes.
pub const REGION: &str = "eu-west-1";

/// How long every operation takes.
pub const OPERATION: Duration = Duration::from_secs(10);

#[derive(Default)]
pub struct Fake {
    pub world: Mutex<World>,
}

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
    request: ChangeSetRequest,
    stack_id: String,
    changes: Vec<ResourceChange>,
    ready: Instant,
    gone: bool,
    nothing: bool,
}

impl World {
    fn number(&mut self) -> usize {
        self.next += 1;
        self.next
    }

    fn advance(&mut self) {
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

    fn status(&mut self, at: usize, status: StackStatus, token: &str) {
        let name = self.stacks[at].live.name.clone();
        self.stacks[at].live.status = status.clone();
        self.event(at, (&name, "AWS::CloudFormation::Stack"), (status.as_str(), None), token);
    }

    fn event(
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

    fn find(&self, target: &Target, stack: &str) -> Option<usize> {
        let named = |found: &FakeStack| {
            let there = found.live.name == stack && found.live.status != StackStatus::DeleteComplete;
            found.target == *target && (there || found.live.id == stack)
        };
        self.stacks.iter().position(named)
    }

    fn begin(&mut self, at: usize, status: StackStatus, set: Option<FakeSet>, token: &str) {
        if self.stale_reads > 0 {
            self.stacks[at].stale = Some((self.stacks[at].live.clone(), self.stale_reads));
        }
        self.status(at, status, token);
        self.stacks[at].end = Some(End { at: Instant::now() + OPERATION, set, token: token.to_owned() });
    }

    fn seen(&mut self, at: usize) -> LiveStack {
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
            template: TemplateSource::Body(stack.body.text.clone()),
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

    fn changes(&self, at: usize, request: &ChangeSetRequest) -> Vec<ResourceChange> {
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

fn text(value: &ParameterValue) -> String {
    match value {
        ParameterValue::Plain(text) => text.clone(),
        ParameterValue::Hidden(secret) => secret.expose().to_owned(),
        ParameterValue::Previous => String::new(),
    }
}

fn entries<'a>(document: &'a Document, section: &str) -> impl Iterator<Item = (&'a str, &'a Node)> {
    let section = document.root.get(section).map(Node::entries).unwrap_or(&[]);
    section.iter().filter_map(|(key, node)| Some((key.text()?, node)))
}

pub fn parse(text: &str) -> Document {
    let text = if text.is_empty() { "{}" } else { text };
    load(&Arc::new(Source { path: "template.yaml".into(), text: text.into() }))
        .expect("a test's template is right")
}

fn absent(what: &str, target: &Target) -> ServiceError {
    ServiceError::Absent { what: format!("stack `{what}`"), target: target.clone() }
}

fn refused(target: &Target, operation: &'static str, message: &str) -> ServiceError {
    let (code, message) = ("ValidationError".to_owned(), message.to_owned());
    ServiceError::Refused { operation, target: target.clone(), code, message }
}

impl Fake {
    pub fn world(&self) -> std::sync::MutexGuard<'_, World> {
        let mut world = self.world.lock().expect("no test panics with the lock");
        world.advance();
        world
    }

    pub fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.world().calls)
    }

    /// The names and statuses of what is there.
    pub fn there(&self) -> Vec<String> {
        let world = self.world();
        let there = world.stacks.iter().filter(|stack| stack.live.status != StackStatus::DeleteComplete);
        there.map(|stack| format!("{} {}", stack.live.name, stack.live.status)).collect()
    }

    pub fn open_sets(&self) -> usize {
        self.world().sets.values().filter(|set| !set.gone).count()
    }

    fn act(
        &self,
        target: &Target,
        operation: &str,
        stack: &str,
    ) -> Answer<(std::sync::MutexGuard<'_, World>, usize)> {
        let mut world = self.world();
        let at = world.find(target, stack).ok_or_else(|| absent(stack, target))?;
        let name = world.stacks[at].live.name.clone();
        world.calls.push(format!("{operation} {name}"));
        Ok((world, at))
    }

    fn read(&self, target: &Target) -> Answer<std::sync::MutexGuard<'_, World>> {
        let mut world = self.world();
        if world.failing_reads > 0 {
            world.failing_reads -= 1;
            let message = "connection reset".to_owned();
            return Err(ServiceError::Unreachable {
                operation: "DescribeStacks",
                target: target.clone(),
                message,
            });
        }
        Ok(world)
    }
}

impl CloudFormation for Fake {
    async fn sign_in(&self, target: &Target) -> Answer<Identity> {
        let account = target.account.to_string();
        match self.world().strangers.contains(&account) {
            true => Err(ServiceError::WrongAccount {
                target: target.clone(),
                actual: "999999999999".into(),
                arn: "arn:x".into(),
            }),
            false => Ok(Identity { arn: format!("arn:aws:iam::{account}:root"), account }),
        }
    }

    async fn stacks(&self, target: &Target) -> Answer<Vec<LiveStack>> {
        let mut world = self.read(target)?;
        let there: Vec<usize> = (0..world.stacks.len())
            .filter(|at| {
                world.stacks[*at].target == *target
                    && world.stacks[*at].live.status != StackStatus::DeleteComplete
            })
            .collect();
        Ok(there.into_iter().map(|at| world.seen(at)).collect())
    }

    async fn stack(&self, target: &Target, stack: &str) -> Answer<LiveStack> {
        let mut world = self.read(target)?;
        let at = world.find(target, stack).ok_or_else(|| absent(stack, target))?;
        Ok(world.seen(at))
    }

    async fn template(&self, target: &Target, stack: &str) -> Answer<String> {
        let world = self.world();
        let at = world.find(target, stack).ok_or_else(|| absent(stack, target))?;
        Ok(world.stacks[at].template.clone())
    }

    async fn resources(&self, target: &Target, stack: &str) -> Answer<Vec<LiveResource>> {
        let world = self.world();
        let at = world.find(target, stack).ok_or_else(|| absent(stack, target))?;
        let document = parse(&world.stacks[at].template);
        let resource = |(id, node): (&str, &Node)| LiveResource {
            logical_id: id.to_owned(),
            physical_id: format!("physical-{id}"),
            resource_type: node.get("Type").and_then(Node::text).unwrap_or("").to_owned(),
            status: "CREATE_COMPLETE".into(),
            reason: None,
        };
        Ok(entries(&document, "Resources").map(resource).collect())
    }

    async fn events(&self, target: &Target, stack: &str, after: Option<&str>) -> Answer<Vec<StackEvent>> {
        let world = self.world();
        let at = world.find(target, stack).ok_or_else(|| absent(stack, target))?;
        let events = &world.stacks[at].events;
        let from = after.and_then(|id| events.iter().position(|event| event.id == id)).map_or(0, |at| at + 1);
        Ok(events[from..].to_vec())
    }

    async fn last_event(&self, target: &Target, stack: &str) -> Answer<Option<String>> {
        Ok(self.events(target, stack, None).await?.last().map(|event| event.id.clone()))
    }

    async fn policy(&self, target: &Target, stack: &str) -> Answer<Option<String>> {
        let world = self.world();
        let at = world.find(target, stack).ok_or_else(|| absent(stack, target))?;
        Ok(world.stacks[at].policy.clone())
    }

    async fn create_change_set(&self, target: &Target, request: &ChangeSetRequest) -> Answer<String> {
        let mut world = self.world();
        let at = match (world.find(target, &request.stack), request.kind) {
            (Some(at), ChangeSetKind::Create)
                if world.stacks[at].live.status != StackStatus::ReviewInProgress =>
            {
                return Err(refused(target, "CreateChangeSet", "already exists"));
            }
            (Some(at), _) => at,
            (None, ChangeSetKind::Create) => world.add(target, &request.stack, StackStatus::ReviewInProgress),
            (None, ChangeSetKind::Update) => return Err(absent(&request.stack, target)),
        };
        world.calls.push(format!("CreateChangeSet {}", request.stack));
        let id = format!("arn:changeSet/{}/{}", request.name, world.number());
        let changes = world.changes(at, request);
        let TemplateSource::Body(body) = &request.template else {
            return Err(refused(target, "CreateChangeSet", "no body"));
        };
        let live = &world.stacks[at].live;
        let same_parameters = request.parameters.iter().all(|(name, value)| {
            live.parameters
                .iter()
                .any(|old| old.name == *name && (old.value == text(value) || old.value == "****"))
        });
        let same_body =
            crate::template::compare::differences(&parse(&world.stacks[at].template).root, &parse(body).root)
                .is_empty();
        let nothing = changes.is_empty() && same_parameters && same_body && live.tags == request.tags;
        let (stack_id, ready) = (live.id.clone(), Instant::now() + Duration::from_secs(2));
        world.sets.insert(
            id.clone(),
            FakeSet { request: request.clone(), stack_id, changes, ready, gone: false, nothing },
        );
        Ok(id)
    }

    async fn change_set(&self, target: &Target, id: &str) -> Answer<ChangeSet> {
        let world = self.world();
        let set = world.sets.get(id).ok_or_else(|| absent(id, target))?;
        let state = match (set.gone, set.ready > Instant::now(), set.nothing) {
            (true, ..) => ChangeSetState::Gone("EXECUTE_COMPLETE".into()),
            (_, true, _) => ChangeSetState::Pending,
            (.., true) => ChangeSetState::NoChanges,
            _ => ChangeSetState::Ready,
        };
        Ok(ChangeSet {
            id: id.to_owned(),
            stack_id: set.stack_id.clone(),
            state,
            changes: set.changes.clone(),
        })
    }

    async fn delete_change_set(&self, target: &Target, id: &str) -> Answer<()> {
        let mut world = self.world();
        let set = world.sets.remove(id).ok_or_else(|| absent(id, target))?;
        world.calls.push(format!("DeleteChangeSet {}", set.request.stack));
        Ok(())
    }

    async fn change_sets(&self, _target: &Target, stack: &str) -> Answer<Vec<String>> {
        let world = self.world();
        let of = |set: &FakeSet| set.stack_id == stack || set.request.stack == stack;
        Ok(world.sets.iter().filter(|(_, set)| of(set) && !set.gone).map(|(id, _)| id.clone()).collect())
    }

    async fn execute_change_set(&self, target: &Target, id: &str, _keep: bool, token: &str) -> Answer<()> {
        let set = self.world().sets.get(id).cloned().ok_or_else(|| absent(id, target))?;
        let (mut world, at) = self.act(target, "ExecuteChangeSet", &set.stack_id)?;
        world.sets.retain(|other, found| found.stack_id != set.stack_id || other == id);
        world.sets.get_mut(id).expect("it was there").gone = true;
        let status = match set.request.kind {
            ChangeSetKind::Create => StackStatus::CreateInProgress,
            ChangeSetKind::Update => StackStatus::UpdateInProgress,
        };
        world.begin(at, status, Some(set), token);
        Ok(())
    }

    async fn delete_stack(
        &self,
        target: &Target,
        stack: &str,
        _role: Option<&str>,
        token: &str,
    ) -> Answer<()> {
        let (mut world, at) = self.act(target, "DeleteStack", stack)?;
        match (world.stacks[at].live.protected, world.stacks[at].live.status.clone()) {
            (true, _) => return Err(refused(target, "DeleteStack", "TerminationProtection is enabled")),
            (_, StackStatus::ReviewInProgress) => world.status(at, StackStatus::DeleteComplete, token),
            _ => world.begin(at, StackStatus::DeleteInProgress, None, token),
        }
        Ok(())
    }

    async fn continue_rollback(
        &self,
        target: &Target,
        stack: &str,
        _skip: &[String],
        token: &str,
    ) -> Answer<()> {
        let (mut world, at) = self.act(target, "ContinueUpdateRollback", stack)?;
        world.begin(at, StackStatus::UpdateRollbackInProgress, None, token);
        Ok(())
    }

    async fn roll_back(&self, target: &Target, stack: &str, token: &str) -> Answer<()> {
        let (mut world, at) = self.act(target, "RollbackStack", stack)?;
        world.begin(at, StackStatus::UpdateRollbackInProgress, None, token);
        Ok(())
    }

    async fn cancel_update(&self, target: &Target, stack: &str, token: &str) -> Answer<()> {
        let (mut world, at) = self.act(target, "CancelUpdateStack", stack)?;
        world.begin(at, StackStatus::UpdateRollbackInProgress, None, token);
        Ok(())
    }

    async fn protect(&self, target: &Target, stack: &str, on: bool) -> Answer<()> {
        let (mut world, at) = self.act(target, "UpdateTerminationProtection", stack)?;
        world.stacks[at].live.protected = on;
        Ok(())
    }

    async fn set_policy(&self, target: &Target, stack: &str, policy: &str) -> Answer<()> {
        let (mut world, at) = self.act(target, "SetStackPolicy", stack)?;
        world.stacks[at].policy = Some(policy.to_owned());
        Ok(())
    }

    async fn upload(&self, _target: &Target, bucket: &str, key: &str, _body: &str) -> Answer<String> {
        Ok(format!("https://{bucket}/{key}"))
    }

    async fn ssm_parameter(&self, target: &Target, name: &str) -> Answer<String> {
        self.world().ssm.get(name).cloned().ok_or_else(|| absent(name, target))
    }
}

/// An address in the environment `quiz/dev`.
pub fn address(stack: &str) -> StackAddress {
    StackAddress {
        environment: "quiz/dev".into(),
        stack: stack.into(),
        account: "workload".into(),
        region: REGION.into(),
    }
}

/// `!Output stack.Out`.
pub fn output(stack: &str) -> Input {
    Input::Fact(Fact::Output { producer: address(stack), key: "Out".into() })
}

/// A stack of the environment `quiz/dev` with a template and parameters; it needs those whose outputs it takes.
pub fn stack(name: &str, template: &str, parameters: &[(&str, Input)]) -> Stack {
    let source = Arc::new(Source { path: "blueprint.yaml".into(), text: "stacks:".into() });
    let place = Place::new(&source, 0, 6);
    let parameters: Vec<Parameter> = parameters
        .iter()
        .map(|(name, input)| Parameter {
            name: (*name).to_owned(),
            input: input.clone(),
            place: place.clone(),
        })
        .collect();
    let mut needs = BTreeSet::new();
    for parameter in &parameters {
        parameter.input.each_fact(&mut |fact| needs.extend(fact.producers().iter().cloned()));
    }
    Stack {
        address: address(name),
        label: name.into(),
        name: format!("acme-{name}"),
        account: account(),
        region: REGION.into(),
        body: Arc::new(Body {
            text: template.into(),
            sha256: String::new(),
            document: parse(template),
            template: format!("templates/{name}.yaml"),
        }),
        parameters,
        tags: vec![(MARK.into(), "acme/quiz/dev".into())],
        capabilities: Vec::new(),
        role: None,
        policy: None,
        notifications: Vec::new(),
        timeout_minutes: None,
        on_failure: OnFailure::Rollback,
        mode: Mode::Standard,
        protect: false,
        needs: needs.into_iter().collect(),
        place,
    }
}

fn account() -> Arc<Account> {
    Arc::new(Account {
        role: "workload".into(),
        id: AccountId::parse("012345678901").expect("twelve digits"),
        name: None,
        assume: None,
        profile: None,
        external_id: None,
    })
}

/// An assembly of one environment.
pub fn assembly(stacks: Vec<Stack>) -> Assembly {
    let environment = Environment {
        name: "quiz/dev".into(),
        project: "acme".into(),
        blueprint: "quiz".into(),
        accounts: BTreeMap::from([("workload".into(), account())]),
        regions: vec![REGION.into()],
        protection: Protection::Open,
        artifact_buckets: BTreeMap::new(),
        stacks: stacks.into_iter().map(Arc::new).collect(),
    };
    let environments = BTreeMap::from([("quiz/dev".to_owned(), Arc::new(environment))]);
    Assembly { wanted: vec!["quiz/dev".into()], environments }
}

/// A template with a topic; takes `In`, gives `Out`, both the same.
pub fn topic(default: &str) -> String {
    format!(
        "Parameters: {{In: {{Type: String, Default: {default}}}}}\n\
         Resources: {{Topic: {{Type: 'AWS::SNS::Topic', Properties: {{TopicName: !Ref In}}}}}}\n\
         Outputs: {{Out: {{Value: !Ref In}}}}\n"
    )
}
