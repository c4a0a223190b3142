//! Stacks inside stacks: what a parent orders, and what it learns when its child has settled.

use super::engine::{self, ChildWork, NEVER};
use super::identifiers;
use super::language::{Desired, GivenParameter, Template, resolve_parameters};
use super::nested_change_sets::executed;
use super::operation::{JobState, OnFailure, Phase};
use super::operations::recovery::resume_rollback;
use super::operations::stacks::{Manner, begin, begin_deletion};
use super::resources::{Effect, Instance, effects};
use super::stack::{Report, Stack, Wish};
use super::status::{ExecutionStatus, OperationType, ResourceStatus, StackStatus};
use super::world::{Place, World};
use serde_json::Value;
use std::sync::Arc;

/// What a parent wants done with a child.
pub(super) struct Order {
    pub(super) logical_id: String,
    pub(super) instance: Instance,
    pub(super) work: ChildWork,
}

impl World {
    /// Carries out a parent's order.
    pub(super) fn child(&mut self, place: &Place, parent: &str, order: Order) {
        let outcome = match order.work {
            ChildWork::Create => self.create_child(place, parent, &order),
            ChildWork::Update => self.update_child(place, parent, &order),
            ChildWork::Delete => self.delete_child(place, &order),
        };
        match outcome {
            Ok(true) => self.hasten(place, parent, &order),
            Ok(false) => self.wake(place, parent, &order.logical_id, None),
            Err(reason) => self.wake(place, parent, &order.logical_id, Some(reason)),
        }
    }

    /// Express mode is that of a whole hierarchy.
    fn hasten(&mut self, place: &Place, parent: &str, order: &Order) {
        let Some(above) = self.stack(place, parent) else { return };
        let express = above.express;
        let jobs = above.operation.iter().flat_map(|operation| operation.jobs.iter());
        let made = jobs.filter(|job| job.logical_id == order.logical_id).find_map(|job| job.next.as_ref());
        let id = made.map_or(&order.instance.physical_id, |next| &next.physical_id).clone();
        if self.stack(place, &id).is_none_or(|child| child.express == express) {
            return;
        }
        let Some(mut child) = self.take(place, &id) else { return };
        child.express = express;
        self.put(place, child);
    }

    /// Reads what a child is to be from its resource in the parent.
    pub(super) fn child_wish(
        &self,
        place: &Place,
        above: Option<&Wish>,
        child: &Stack,
        instance: &Instance,
    ) -> Result<(Wish, Desired), String> {
        let nested = effects(instance).into_iter().find_map(|effect| match effect {
            Effect::NestedStack { template_url, parameters, tags, notification_arns, .. } => {
                Some((template_url, parameters, tags, notification_arns))
            }
            Effect::StoredParameter { .. }
            | Effect::Secret { .. }
            | Effect::Bucket { .. }
            | Effect::WaitCondition { .. } => None,
        });
        let (url, parameters, mut tags, notification_arns) =
            nested.ok_or("TemplateURL must be a supported URL.")?;
        let text = self.text_at(&url, "").map_err(|refusal| refusal.message)?;
        let outlook = self.outlook(place);
        let template = Template::read(&text).map_err(|refusal| refusal.message)?;
        let given: Vec<GivenParameter> = parameters
            .into_iter()
            .map(|(name, value)| GivenParameter { name, value: Some(value), use_previous: false })
            .collect();
        let values =
            resolve_parameters(&template, &given, None, &outlook).map_err(|refusal| refusal.message)?;
        for (key, value) in above.map(|wish| wish.tags.clone()).unwrap_or_default() {
            if !tags.iter().any(|(own, _)| *own == key) {
                tags.push((key, value));
            }
        }
        let wish = Wish {
            template: text,
            parameters: values,
            tags,
            capabilities: above.map(|wish| wish.capabilities.clone()).unwrap_or_default(),
            notification_arns,
            role_arn: above.and_then(|wish| wish.role_arn.clone()),
            rollback_configuration: None,
        };
        let desired = engine::read(child, &wish, &outlook)?;
        Ok((wish, desired))
    }

    fn create_child(&mut self, place: &Place, parent: &str, order: &Order) -> Result<bool, String> {
        let Some(above) = self.stack(place, parent).and_then(|above| above.wish.clone()) else {
            return Ok(true);
        };
        let planned = self.planned(place, parent, &order.logical_id);
        let reviewed = planned.as_ref().and_then(|planned| self.take(place, &planned.stack_id));
        let mut child = match reviewed {
            Some(child) => child,
            None => self.unborn_child(place, parent, &order.logical_id, StackStatus::CreateInProgress),
        };
        child.timeout_minutes = timeout(&order.instance);
        let read = self.child_wish(place, Some(&above), &child, &order.instance);
        if read.is_err() && child.status == StackStatus::ReviewInProgress {
            self.put(place, child.clone());
        }
        let (wish, desired) = read?;
        let id = child.id.clone();
        if let Some(planned) = planned {
            executed(&mut child, &planned.change_set_id);
        }
        start(&mut child, wish, desired, OperationType::CreateStack, self.moment);
        self.put(place, child);
        self.initiated(place, parent, order, &id);
        Ok(true)
    }

    /// A child that has nothing yet but its name and its place.
    pub(super) fn unborn_child(
        &mut self,
        place: &Place,
        parent: &str,
        logical_id: &str,
        status: StackStatus,
    ) -> Stack {
        let above = self.stack(place, parent);
        let root = above.and_then(|above| above.root.clone()).unwrap_or_else(|| parent.to_owned());
        let name = above.map(|above| above.name.clone()).unwrap_or_default();
        let end = &identifiers::digest(self.seed, &[parent, logical_id, &self.moment.to_string()])[..12];
        let name = format!("{name}-{logical_id}-{}", end.to_uppercase());
        let mut child = self.fresh(place, &name, status, self.moment);
        child.parent = Some(parent.to_owned());
        child.root = Some(root);
        child
    }

    /// The parent's resource gets its physical identifier.
    fn initiated(&mut self, place: &Place, parent: &str, order: &Order, child: &str) {
        let Some(mut stack) = self.take(place, parent) else { return };
        let jobs = stack.operation.iter_mut().flat_map(|operation| operation.jobs.iter_mut());
        for job in jobs.filter(|job| job.logical_id == order.logical_id) {
            if let Some(next) = &mut job.next {
                child.clone_into(&mut next.physical_id);
            }
        }
        stack.report(
            self.moment,
            &Report {
                logical_id: &order.logical_id,
                resource_type: &order.instance.resource_type,
                physical_id: Some(child),
                status: ResourceStatus::CreateInProgress,
                reason: Some("Resource creation Initiated"),
                properties: Some(order.instance.told()),
            },
        );
        self.put(place, stack);
    }

    fn update_child(&mut self, place: &Place, parent: &str, order: &Order) -> Result<bool, String> {
        let id = &order.instance.physical_id;
        let child = self.stack(place, id).ok_or_else(|| format!("Stack [{id}] does not exist"))?;
        if child.status == StackStatus::UpdateRollbackFailed {
            let above = self.stack(place, parent).and_then(|parent| parent.operation.as_ref());
            return match above.is_some_and(|above| above.kind == OperationType::ContinueRollback) {
                true => Ok(self.continue_child(place, parent, id)),
                false => Err(verdict(child).unwrap_or_default()),
            };
        }
        let above = self.stack(place, parent).and_then(|parent| parent.wish.as_ref());
        let (wish, desired) = self.child_wish(place, above, child, &order.instance)?;
        let planned = self.planned(place, parent, &order.logical_id);
        let difference = engine::difference_of(child, &wish, &self.outlook(place))?;
        if difference.is_empty() {
            return Ok(false);
        }
        let Some(mut child) = self.take(place, id) else { return Ok(true) };
        if let Some(planned) = planned {
            executed(&mut child, &planned.change_set_id);
        }
        start(&mut child, wish, desired, OperationType::UpdateStack, self.moment);
        self.put(place, child);
        Ok(true)
    }

    /// A child whose own way back failed goes on with it; what is skipped in it is named after it.
    fn continue_child(&mut self, place: &Place, parent: &str, id: &str) -> bool {
        let above = self.stack(place, parent).and_then(|parent| parent.operation.as_ref());
        let all = above.map(|operation| operation.retained.clone()).unwrap_or_default();
        let Some(mut child) = self.take(place, id) else { return false };
        let own = format!("{}.", child.name);
        let skipped = all.iter().filter_map(|one| one.strip_prefix(&own).map(str::to_owned)).collect();
        resume_rollback(&mut child, skipped, None, self.moment);
        // Children further down are told by their own names.
        if let Some(operation) = &mut child.operation {
            operation.retained.extend(all);
        }
        self.put(place, child);
        true
    }

    fn delete_child(&mut self, place: &Place, order: &Order) -> Result<bool, String> {
        let id = &order.instance.physical_id;
        let Some(mut child) = self.take(place, id) else { return Ok(false) };
        let gone = !child.lives();
        if !gone && child.status != StackStatus::DeleteInProgress {
            begin_deletion(&mut child, None, self.moment);
        }
        self.put(place, child);
        Ok(!gone)
    }

    /// Tells a parent that its child has settled.
    pub(super) fn child_settled(&mut self, place: &Place, parent: &str, child: &str) {
        let Some(stack) = self.stack(place, child) else { return };
        let operation = self.stack(place, parent).and_then(|parent| parent.operation.as_ref());
        let back = operation.is_some_and(|operation| operation.phase == Phase::Restore)
            && stack.status == StackStatus::UpdateRollbackComplete;
        let verdict = verdict(stack).filter(|_| !back);
        let waiting = operation.and_then(|operation| {
            let of_child = |next: &Instance| next.physical_id == child;
            operation.jobs.iter().find(|job| !job.settled() && job.next.as_ref().is_some_and(of_child))
        });
        let Some(logical_id) = waiting.map(|job| job.logical_id.clone()) else { return };
        self.wake(place, parent, &logical_id, verdict);
    }

    /// Lets a parent's job go on: with the child's outputs, or with the reason why it failed.
    fn wake(&mut self, place: &Place, parent: &str, logical_id: &str, verdict: Option<String>) {
        let Some(mut stack) = self.take(place, parent) else { return };
        let jobs = stack.operation.iter_mut().flat_map(|operation| operation.jobs.iter_mut());
        for job in jobs.filter(|job| job.logical_id == logical_id) {
            let JobState::Running { stage, due: NEVER } = job.state else { continue };
            job.state = JobState::Running { stage, due: self.moment + 1000 };
            job.verdict.clone_from(&verdict);
            let Some(next) = &mut job.next else { continue };
            let outputs = self.regions.get(place).and_then(|region| region.find(&next.physical_id));
            for output in outputs.iter().flat_map(|child| child.outputs.iter()) {
                next.attributes
                    .insert(format!("Outputs.{}", output.key), Value::String(output.value.clone()));
            }
        }
        self.put(place, stack);
    }
}

/// How many minutes a child may take to be created.
fn timeout(instance: &Instance) -> Option<i64> {
    effects(instance).into_iter().find_map(|effect| match effect {
        Effect::NestedStack { timeout_minutes, .. } => {
            timeout_minutes.and_then(|minutes| minutes.try_into().ok())
        }
        _ => None,
    })
}

fn start(child: &mut Stack, wish: Wish, desired: Desired, kind: OperationType, now: i64) {
    child.desired = Some(Arc::new(desired));
    let manner = Manner {
        on_failure: OnFailure::Rollback,
        retain_except_on_create: false,
        token: None,
        policy: None,
        change_set_id: child
            .change_sets
            .iter()
            .find(|set| set.execution == ExecutionStatus::ExecuteInProgress)
            .map(|set| set.id.clone()),
        lasting_policy: None,
    };
    begin(child, wish, kind, manner, now);
}

/// What a parent says of a child that did not reach what it was for.
fn verdict(child: &Stack) -> Option<String> {
    let id = &child.id;
    let told = |status: StackStatus| {
        let event = child.events.iter().rev().find(|event| event.status == status.text());
        event.and_then(|event| event.reason.clone()).unwrap_or_default()
    };
    match child.status {
        StackStatus::CreateComplete | StackStatus::UpdateComplete | StackStatus::DeleteComplete => None,
        StackStatus::RollbackComplete | StackStatus::RollbackFailed | StackStatus::CreateFailed => {
            let reason = told(StackStatus::RollbackInProgress);
            let reason = reason.trim_end_matches("Rollback requested by user.");
            Some(format!("Embedded stack {id} was not successfully created: {reason}"))
        }
        StackStatus::DeleteFailed => {
            let reason = told(StackStatus::DeleteFailed);
            Some(format!("Embedded stack {id} was not successfully deleted: {reason}"))
        }
        StackStatus::UpdateRollbackFailed => {
            let reason = told(StackStatus::UpdateRollbackFailed);
            Some(format!(
                "Embedded stack {id} was not successfully updated. Currently in UPDATE_ROLLBACK_FAILED with reason: \
                 {reason}"
            ))
        }
        _ => {
            let reason = told(StackStatus::UpdateRollbackInProgress);
            Some(format!(
                "Embedded stack {id} was not successfully updated. Currently in UPDATE_ROLLBACK_IN_PROGRESS with \
                 reason: {reason}"
            ))
        }
    }
}
