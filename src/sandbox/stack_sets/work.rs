//! What an operation on a stack set does in one place, and how it went there.

use super::super::operations;
use super::super::refusal::Refusal;
use super::super::stack::Stack;
use super::super::stack_set::{ResultStatus, SetAction, SetOperation, StackInstance, StackSet, Target};
use super::super::status::StackStatus;
use super::super::world::World;
use super::super::{identifiers, language};
use serde_json::Value;

/// The answer that is no failure.
const NO_UPDATES: &str = "No updates are to be performed.";
/// The longest part of a set's name that fits into the names of its stacks.
const NAME_LENGTH: usize = 82;

/// Begins the work in a place; what needs no time has ended with it.
pub(super) fn start(world: &mut World, set: &StackSet, operation: &mut SetOperation, index: usize, now: i64) {
    let mut target = operation.targets[index].clone();
    target.started_at = Some(now);
    let known = set.instances.iter().find(|one| target.is_of(one));
    if !operation.import {
        target.stack_id = known.and_then(|instance| instance.stack_id.clone());
    }
    let suspended = set.service.is_some() && world.is_suspended(&target.account);
    let outcome = if suspended && operation.action != SetAction::Delete {
        target.skipped = true;
        Ok(Some("ACCOUNT_SUSPENDED".to_owned()))
    } else if operation.import {
        taken_in(world, set, &target).map(|()| None)
    } else {
        begin(world, set, operation, &mut target, known)
    };
    (target.status, target.reason) = match outcome {
        Ok(reason) if target.status == ResultStatus::Running => (ResultStatus::Running, reason),
        Ok(reason) => (ResultStatus::Succeeded, reason),
        Err(reason) => (ResultStatus::Failed, Some(reason)),
    };
    operation.targets[index] = target;
}

/// Begins an operation on a stack; the target is set running when that takes time.
fn begin(
    world: &mut World,
    set: &StackSet,
    operation: &SetOperation,
    target: &mut Target,
    known: Option<&StackInstance>,
) -> Result<Option<String>, String> {
    let living = living(world, target).is_some();
    let id = target.stack_id.clone().filter(|_| living).unwrap_or_default();
    match operation.action {
        SetAction::Create | SetAction::Update => {
            let overrides = known.map(|instance| instance.overrides.as_slice()).unwrap_or_default();
            return deploy(world, set, overrides, target, living);
        }
        SetAction::Delete if operation.retain || !living => return Ok(None),
        SetAction::Delete => {
            let pairs = [("StackName".to_owned(), id)];
            elsewhere(world, target, "DeleteStack", &pairs, None).map_err(|refusal| refusal.message)?;
        }
        SetAction::DetectDrift if !living => {
            return Err("Drift detection cannot be performed: there is no stack".to_owned());
        }
        SetAction::DetectDrift => {
            let pairs = [("StackName".to_owned(), id)];
            let answer = elsewhere(world, target, "DetectStackDrift", &pairs, None)
                .map_err(|refusal| refusal.message)?;
            target.detection = answer["StackDriftDetectionId"].as_str().map(str::to_owned);
        }
    }
    target.status = ResultStatus::Running;
    Ok(None)
}

/// Creates or updates the stack of a place.
fn deploy(
    world: &mut World,
    set: &StackSet,
    overrides: &[(String, String)],
    target: &mut Target,
    living: bool,
) -> Result<Option<String>, String> {
    let mut pairs = Vec::new();
    let own = |name: &String| overrides.iter().find(|(known, _)| known == name);
    let kept = set.parameters.iter().filter(|(name, _)| own(name).is_none());
    for (index, (name, value)) in kept.chain(overrides).enumerate() {
        pairs.push((format!("Parameters.member.{}.ParameterKey", index + 1), name.clone()));
        pairs.push((format!("Parameters.member.{}.ParameterValue", index + 1), value.clone()));
    }
    for (index, (key, value)) in set.tags.iter().enumerate() {
        pairs.push((format!("Tags.member.{}.Key", index + 1), key.clone()));
        pairs.push((format!("Tags.member.{}.Value", index + 1), value.clone()));
    }
    let capabilities = set.capabilities.iter().enumerate();
    pairs
        .extend(capabilities.map(|(index, one)| (format!("Capabilities.member.{}", index + 1), one.clone())));
    let known = target.stack_id.clone().filter(|_| living);
    pairs.push(("StackName".to_owned(), known.unwrap_or_else(|| stack_name(world, set, target))));
    if !living {
        pairs.push(("OnFailure".to_owned(), "DELETE".to_owned()));
    }
    let action = if living { "UpdateStack" } else { "CreateStack" };
    match elsewhere(world, target, action, &pairs, Some(set.template.clone())) {
        Ok(answer) => {
            target.stack_id = answer["StackId"].as_str().map(str::to_owned);
            target.status = ResultStatus::Running;
            Ok(None)
        }
        Err(refusal) if refusal.message == NO_UPDATES => Ok(Some(NO_UPDATES.to_owned())),
        Err(refusal) => Err(refusal.message),
    }
}

fn stack_name(world: &World, set: &StackSet, target: &Target) -> String {
    let stem: String = set.name.chars().take(NAME_LENGTH).collect();
    // A stack that was left behind keeps its name: each operation gives new ones.
    let operations = set.operations.len().to_string();
    let parts = [set.id.as_str(), &target.account, &target.region, &operations];
    format!("StackSet-{stem}-{}", identifiers::uuid(world.seed, &parts))
}

/// Whether a stack that exists can be taken into a set: it must be at rest, and made of the set's template.
fn taken_in(world: &World, set: &StackSet, target: &Target) -> Result<(), String> {
    let id = target.stack_id.as_deref().unwrap_or_default();
    let stack = living(world, target).ok_or_else(|| format!("Stack [{id}] does not exist"))?;
    let status = stack.status.text();
    if !matches!(stack.status, StackStatus::CreateComplete | StackStatus::UpdateComplete) {
        return Err(format!("Stack [{id}] is in {status} state and can not be imported"));
    }
    let read = |text: &str| language::Template::read(text).ok();
    let own = stack.wish.as_ref().and_then(|wish| read(&wish.template));
    if own.is_none() || own != read(&set.template) {
        return Err(format!("The template of stack [{id}] is not the template of the stack set"));
    }
    Ok(())
}

/// Carries out an ordinary operation in a place.
fn elsewhere(
    world: &mut World,
    target: &Target,
    action: &str,
    pairs: &[(String, String)],
    template: Option<String>,
) -> Result<Value, Refusal> {
    operations::on_behalf(world, &target.place(), action, pairs, template)
}

/// The stack of a place, while it is there.
fn living<'a>(world: &'a World, target: &Target) -> Option<&'a Stack> {
    world.stack(&target.place(), target.stack_id.as_deref()?).filter(|stack| stack.lives())
}

/// Reads off the stack of a place whether the work there has ended.
pub(super) fn settle(world: &World, operation: &mut SetOperation, index: usize) {
    let action = operation.action;
    let target = &mut operation.targets[index];
    let stack = target.stack_id.as_deref().and_then(|id| world.stack(&target.place(), id));
    let outcome = match (action, stack) {
        (SetAction::Delete, None) => Ok(()),
        (_, None) => Err("Failed to get stack status".to_owned()),
        (SetAction::DetectDrift, Some(stack)) => {
            let detection = target.detection.as_ref().and_then(|id| stack.drift.detections.get(id));
            match detection {
                Some(detection) if detection.due.is_some() => return,
                Some(detection) => {
                    target.drifted = detection.drifted > 0;
                    Ok(())
                }
                None => Err("Failed to get stack status".to_owned()),
            }
        }
        (_, Some(stack)) if stack.status.busy() => return,
        (SetAction::Delete, Some(stack)) if !stack.lives() => Ok(()),
        (SetAction::Create | SetAction::Update, Some(stack))
            if matches!(stack.status, StackStatus::CreateComplete | StackStatus::UpdateComplete) =>
        {
            Ok(())
        }
        (_, Some(stack)) => Err(failure(stack, target.started_at.unwrap_or_default())),
    };
    (target.status, target.reason) = match outcome {
        Ok(()) => (ResultStatus::Succeeded, None),
        Err(reason) => (ResultStatus::Failed, Some(reason)),
    };
}

/// The first failure of a stack since a moment, in the form in which stack sets tell it.
fn failure(stack: &Stack, since: i64) -> String {
    let told = stack.events.iter().find_map(|event| {
        let reason = event.reason.as_deref()?;
        let own = event.physical_id == stack.id || reason.ends_with(" cancelled");
        let failed = event.at >= since && event.status.ends_with("_FAILED") && !own;
        failed.then(|| {
            let (id, kind) = (&event.logical_id, &event.resource_type);
            format!("ResourceLogicalId:{id}, ResourceType:{kind}, ResourceStatusReason:{reason}.")
        })
    });
    told.or_else(|| stack.reason.clone()).unwrap_or_else(|| stack.status.text().to_owned())
}
