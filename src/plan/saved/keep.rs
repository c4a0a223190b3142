//! What kept plans leave in the accounts: change sets, and stacks in review that came with them. A new plan of a stack
//! takes the place of an older one; a plan that nobody wants any more is taken away.

use crate::cloudformation::{Answer, ChangeSetState, CloudFormation, ServiceError};
use crate::model::account::{AccountId, Target};
use crate::model::stack::StackAddress;
use crate::plan::discard::remove;
use crate::plan::saved::{Saved, SavedStack};
use crate::plan::{Plan, PlannedChangeSet, PlannedStack, Step, together, token};
use std::sync::Arc;

/// A change set that an older plan kept, with where it is and the stack that it is of.
pub type Older = (Target, StackAddress, PlannedChangeSet);

impl Saved {
    /// The stack of an address.
    pub fn stack(&self, address: &StackAddress) -> Option<&SavedStack> {
        self.stacks.iter().find(|stack| stack.address == *address)
    }

    /// The change sets that it keeps, with where they are.
    pub fn change_sets(&self) -> impl Iterator<Item = (Target, &StackAddress, &PlannedChangeSet)> {
        self.stacks.iter().filter_map(|stack| {
            let account = AccountId::parse(&stack.rests_on.wanted.account_id)?;
            let target = Target { account, region: stack.address.region.clone() };
            Some((target, &stack.address, stack.change_set.as_ref()?))
        })
    }
}

/// Finds the change sets of older kept plans of the plan's stacks, also where the plan has none itself. A stack in review
/// that only they hold belongs to the plan from now on, and goes with it, or else with them.
pub async fn older<C: CloudFormation>(cloud: &Arc<C>, plan: &mut Plan) -> Answer<Vec<Older>> {
    let calls = plan.stacks.iter().map(|planned| {
        let (cloud, target, made) = (cloud.clone(), planned.stack.target(), planned.change_set.clone());
        let stack = stack_of(planned);
        async move {
            match cloud.change_sets(&target, &stack).await {
                Ok(ids) => {
                    Ok(ids.into_iter().filter(|id| made.as_ref().is_none_or(|made| made.id != *id)).collect())
                }
                Err(ServiceError::Absent { .. }) => Ok(Vec::new()),
                Err(error) => Err(error),
            }
        }
    });
    let found = together::all(calls.collect()).await.into_iter().collect::<Answer<Vec<_>>>()?;
    let mut older = Vec::new();
    for (planned, others) in plan.stacks.iter_mut().zip(found) {
        let ours = !others.is_empty() && others.iter().all(|id: &String| token::is_kept(id));
        let (target, address, stack_id) =
            (planned.stack.target(), planned.stack.address.clone(), stack_of(planned));
        let made_review = match &mut planned.change_set {
            Some(made) => {
                made.made_review |= planned.steps.contains(&Step::Create) && ours;
                false
            }
            None => ours,
        };
        older.extend(others.into_iter().filter(|id| token::is_kept(id)).map(|id| {
            let kept = PlannedChangeSet { id, stack_id: stack_id.clone(), made_review };
            (target.clone(), address.clone(), kept)
        }));
    }
    Ok(older)
}

/// The stack's ARN; its name where it is not there, or only in review.
fn stack_of(planned: &PlannedStack) -> String {
    let made = planned.change_set.as_ref().map(|made| &made.stack_id);
    made.or(planned.live.as_ref().map(|live| &live.id)).unwrap_or(&planned.stack.name).clone()
}

/// Takes away what older plans kept. Gives what could not be taken.
pub async fn replace<C: CloudFormation>(cloud: &Arc<C>, older: Vec<Older>) -> Vec<ServiceError> {
    let calls = older.into_iter().map(|(target, address, kept)| {
        let cloud = cloud.clone();
        async move { remove(&cloud, &target, &address, &kept).await }
    });
    errors(together::all(calls.collect()).await)
}

/// Takes away what a kept plan left in the accounts, as far as nobody executed it. Gives what could not be taken.
pub async fn take_away<C: CloudFormation>(cloud: &Arc<C>, saved: &Saved) -> Vec<ServiceError> {
    let calls = saved.change_sets().map(|(target, address, kept)| {
        let (cloud, address, kept) = (cloud.clone(), address.clone(), kept.clone());
        async move {
            match cloud.change_set(&target, &kept.id).await {
                // What was executed is the stack's history, and nobody's to delete.
                Ok(set) if is_used(&set.state) => Ok(()),
                Ok(_) | Err(ServiceError::Absent { .. }) => remove(&cloud, &target, &address, &kept).await,
                Err(error) => Err(error),
            }
        }
    });
    errors(together::all(calls.collect()).await)
}

/// Whether a change set was executed.
pub(crate) fn is_used(state: &ChangeSetState) -> bool {
    matches!(state, ChangeSetState::Gone(what) if what.starts_with("EXECUTE_"))
}

fn errors(answers: Vec<Answer<()>>) -> Vec<ServiceError> {
    let gone = |error: &ServiceError| match error {
        ServiceError::Absent { .. } => true,
        // It was executed a moment ago, and is the stack's history now.
        ServiceError::Refused { code, .. } => code.starts_with("InvalidChangeSetStatus"),
        ServiceError::Credentials { .. }
        | ServiceError::WrongAccount { .. }
        | ServiceError::Unreachable { .. } => false,
    };
    answers.into_iter().filter_map(Result::err).filter(|error| !gone(error)).collect()
}
