//! Takes away what planning made and nobody will use: change sets, and the stacks in review that came with them.

use crate::cloudformation::{Answer, CloudFormation, ServiceError};
use crate::model::account::Target;
use crate::model::stack::StackAddress;
use crate::model::status::StackStatus;
use crate::plan::{Plan, PlannedChangeSet, PlannedStack, together, token};
use std::sync::Arc;

/// Deletes everything that a plan made. May be repeated; tells what could not be deleted.
pub async fn discard<C: CloudFormation>(cloud: &Arc<C>, plan: &Plan) -> Vec<ServiceError> {
    discard_of(cloud, plan.stacks.iter()).await
}

/// Deletes what was made for some stacks.
pub(crate) async fn discard_of<C: CloudFormation>(
    cloud: &Arc<C>,
    stacks: impl Iterator<Item = &PlannedStack>,
) -> Vec<ServiceError> {
    let calls = stacks.filter_map(|planned| {
        let made = planned.change_set.clone()?;
        let (cloud, stack) = (cloud.clone(), planned.stack.clone());
        Some(async move { remove(&cloud, &stack.target(), &stack.address, &made).await })
    });
    together::all(calls.collect()).await.into_iter().filter_map(Result::err).collect()
}

/// Deletes a change set and, if it made one and nobody else uses it, the stack in review.
pub(crate) async fn remove<C: CloudFormation>(
    cloud: &Arc<C>,
    target: &Target,
    address: &StackAddress,
    made: &PlannedChangeSet,
) -> Answer<()> {
    absent_is_fine(cloud.delete_change_set(target, &made.id).await)?;
    if !made.made_review || !only_reviewed(cloud, target, made).await? {
        return Ok(());
    }
    // The change set's own name makes the token another one for each stack in review that a run makes.
    let token = token::token(&token::short(&made.id), address, "discard");
    absent_is_fine(cloud.delete_stack(target, &made.stack_id, None, &token).await)
}

async fn only_reviewed<C: CloudFormation>(
    cloud: &Arc<C>,
    target: &Target,
    made: &PlannedChangeSet,
) -> Answer<bool> {
    match cloud.stack(target, &made.stack_id).await {
        Ok(live) if live.status == StackStatus::ReviewInProgress => {}
        Ok(_) | Err(ServiceError::Absent { .. }) => return Ok(false),
        Err(error) => return Err(error),
    }
    match cloud.change_sets(target, &made.stack_id).await {
        // The one just deleted may still be listed for a moment.
        Ok(others) => Ok(others.iter().all(|id| *id == made.id)),
        Err(ServiceError::Absent { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

fn absent_is_fine(answer: Answer<()>) -> Answer<()> {
    match answer {
        Err(ServiceError::Absent { .. }) => Ok(()),
        other => other,
    }
}
