//! What kept plans leave in the accounts: change sets, and stacks in review that came with them. A new plan of a stack
//! takes the place of an older one; a plan that nobody wants any more is taken away.

use crate::cloudformation::{Answer, ChangeSetState, CloudFormation, ServiceError};
use crate::model::account::{AccountId, Target};
use crate::model::stack::StackAddress;
use crate::plan::discard::remove;
use crate::plan::saved::{Saved, SavedStack};
use crate::plan::{Plan, PlannedChangeSet, Step, together, token};
use std::sync::Arc;

/// A change set that an older plan kept, with where it is.
pub type Older = (Target, String);

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

/// Finds the change sets of older kept plans, whose place the plan's own take. A stack in review that only they hold
/// belongs to the plan from now on, and goes with it.
pub async fn older<C: CloudFormation>(cloud: &Arc<C>, plan: &mut Plan) -> Answer<Vec<Older>> {
    let calls = plan.stacks.iter().map(|planned| {
        let (cloud, target, made) = (cloud.clone(), planned.stack.target(), planned.change_set.clone());
        async move {
            match made {
                Some(made) => cloud.change_sets(&target, &made.stack_id).await.map(|ids| others(ids, &made)),
                None => Ok(Vec::new()),
            }
        }
    });
    let found = together::all(calls.collect()).await.into_iter().collect::<Answer<Vec<_>>>()?;
    let mut older = Vec::new();
    for (planned, others) in plan.stacks.iter_mut().zip(found) {
        let Some(made) = &mut planned.change_set else { continue };
        let ours = others.iter().all(|id| token::is_kept(id));
        made.made_review |= planned.steps.contains(&Step::Create) && !others.is_empty() && ours;
        let target = planned.stack.target();
        older.extend(others.into_iter().filter(|id| token::is_kept(id)).map(|id| (target.clone(), id)));
    }
    Ok(older)
}

fn others(ids: Vec<String>, made: &PlannedChangeSet) -> Vec<String> {
    ids.into_iter().filter(|id| *id != made.id).collect()
}

/// Deletes the change sets of older plans. Gives what could not be deleted.
pub async fn replace<C: CloudFormation>(cloud: &Arc<C>, older: Vec<Older>) -> Vec<ServiceError> {
    let calls = older.into_iter().map(|(target, id)| {
        let cloud = cloud.clone();
        async move { cloud.delete_change_set(&target, &id).await }
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
