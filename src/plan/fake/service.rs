//! The service in memory, asked through the trait.

use super::world::*;
use crate::cloudformation::*;
use crate::model::account::Target;
use crate::model::document::Node;
use crate::model::live::*;
use crate::model::status::StackStatus;
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::Instant;

#[derive(Default)]
pub struct Fake {
    pub world: Mutex<World>,
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
        let mut world = self.world();
        if world.unseen > 0 {
            world.unseen -= 1;
            return Err(absent(id, target));
        }
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
