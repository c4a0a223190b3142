//! Holds a kept plan against what is there by now. Everything is read and decided again, as for a new plan, but
//! nothing is asked: where all that the plan rests on is the same, what the service answered then still holds, and its
//! change sets wait to be executed. Changes nothing.

use crate::cloudformation::{Answer, ChangeSetState, CloudFormation, ServiceError};
use crate::model::account::Target;
use crate::model::environment::Assembly;
use crate::model::stack::StackAddress;
use crate::plan::decide::Draft;
use crate::plan::desk::{Decided, Desk};
use crate::plan::error::PlanError;
use crate::plan::planner::{Progress, Question, finish, nothing_to_change, put_together};
use crate::plan::saved::fingerprint::{Fingerprint, Moved};
use crate::plan::saved::keep::is_used;
use crate::plan::saved::text::FORMWORK;
use crate::plan::saved::{Saved, SavedStack, SavedVerdict};
use crate::plan::survey::Survey;
use crate::plan::turn::told;
use crate::plan::{Ground, Plan, PlannedChangeSet, PlannedStack, Step, Verdict, together};
use std::sync::Arc;

/// Why a kept plan can no longer be carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    /// What moved, in the order of the plan; each with the environment and label of the stack that it is about, if it
    /// is about one.
    pub moved: Vec<(Option<String>, Moved)>,
    /// Every change set that was kept has been executed: the plan was carried out before.
    pub used: bool,
}

/// Holds a kept plan against what is there by now: gives the plan when nothing moved.
pub async fn recall<C: CloudFormation>(
    cloud: &Arc<C>,
    assembly: &Assembly,
    saved: &Saved,
    question: &Question<'_>,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Result<Plan, Stale>, PlanError> {
    let survey = Survey::make(cloud, assembly, question, progress).await?;
    let Decided { drafts, grounds, .. } = Desk { assembly, question, survey: &survey }.decide_all();
    let states = change_sets(cloud, saved, &drafts).await?;
    let planned = drafts.into_iter().map(|draft| answered(saved, draft)).collect();
    let stacks = finish(&survey.order, planned);
    let mut moved = program(saved);
    moved.extend(gone(saved, &stacks));
    for (planned, ground) in stacks.iter().zip(&grounds) {
        let subject = Some(format!("{} {}", planned.stack.address.environment, planned.stack.label));
        let found = stack_moved(saved, planned, ground, &states);
        moved.extend(found.into_iter().map(|one| (subject.clone(), one)));
    }
    let used = !states.is_empty() && states.iter().all(|(_, state)| is_used(state));
    Ok(match moved.is_empty() {
        true => Ok(put_together(assembly, question.wish, &survey, stacks)),
        false => Err(Stale { moved, used }),
    })
}

/// How the kept change sets are, by ARN.
type States = Vec<(String, ChangeSetState)>;

/// Looks at the kept change sets of stacks that are where they were; of the others enough is said by that.
async fn change_sets<C: CloudFormation>(cloud: &Arc<C>, saved: &Saved, drafts: &[Draft]) -> Answer<States> {
    let stays = |target: &Target, address: &StackAddress| {
        let now = drafts.iter().map(|draft| &draft.planned.stack).find(|stack| stack.address == *address);
        now.is_some_and(|stack| stack.target() == *target)
    };
    let mut calls = Vec::new();
    for (target, _, kept) in saved.change_sets().filter(|(target, address, _)| stays(target, address)) {
        let (cloud, id) = (cloud.clone(), kept.id.clone());
        calls.push(async move {
            match cloud.change_set(&target, &id).await {
                Ok(set) => Ok((id, set.state)),
                Err(ServiceError::Absent { .. }) => Ok((id, ChangeSetState::Gone("deleted".to_owned()))),
                Err(error) => Err(error),
            }
        });
    }
    together::all(calls).await.into_iter().collect()
}

/// A draft with the answer that the service gave when the plan was made.
fn answered(saved: &Saved, draft: Draft) -> PlannedStack {
    let asks = draft.ask.is_some();
    let mut planned = draft.planned;
    let Some(old) = saved.stack(&planned.stack.address) else { return planned };
    match &old.change_set {
        Some(kept) => {
            planned.change_set = Some(kept.clone());
            planned.changes.clone_from(&old.changes);
        }
        None if asks => nothing_to_change(&mut planned),
        None => {}
    }
    planned
}

/// The program itself renders and decides: another one may do so otherwise.
fn program(saved: &Saved) -> Vec<(Option<String>, Moved)> {
    match saved.formwork == FORMWORK {
        true => Vec::new(),
        false => vec![(None, Moved::new("formwork", &saved.formwork, FORMWORK))],
    }
}

/// Stacks that are in the kept plan and no longer in the project, or not chosen any more.
fn gone(saved: &Saved, stacks: &[PlannedStack]) -> Vec<(Option<String>, Moved)> {
    let there = |old: &&SavedStack| stacks.iter().any(|planned| planned.stack.address == old.address);
    let gone = saved.stacks.iter().filter(|old| !there(old));
    let told = gone.map(|old| {
        let subject = format!("{} {}", old.address.environment, old.label);
        (Some(subject), Moved::new("stack", "in the project", "not in it"))
    });
    told.collect()
}

fn stack_moved(saved: &Saved, planned: &PlannedStack, ground: &Ground, states: &States) -> Vec<Moved> {
    let Some(old) = saved.stack(&planned.stack.address) else {
        return vec![Moved::new("stack", "not in the project", "in it")];
    };
    let mut moved = Fingerprint::of(&planned.stack, ground, &saved.run).moved_since(&old.rests_on);
    if let Some(kept) = &old.change_set {
        moved.extend(set_moved(kept, states));
    }
    // Where what it rests on moved, that what would be done is another thing too goes without saying.
    if moved.is_empty() {
        moved.extend(decision_moved(old, planned));
    }
    moved
}

fn set_moved(kept: &PlannedChangeSet, states: &States) -> Option<Moved> {
    let (_, state) = states.iter().find(|(id, _)| *id == kept.id)?;
    let is = match state {
        ChangeSetState::Ready => return None,
        ChangeSetState::Pending => "not ready",
        ChangeSetState::NoChanges => "without changes",
        ChangeSetState::Failed(reason) | ChangeSetState::Gone(reason) => reason,
    };
    Some(Moved::new("change set", "ready", is))
}

/// From the same, the same is decided; what else would be done is never done unseen.
fn decision_moved(old: &SavedStack, planned: &PlannedStack) -> Option<Moved> {
    let word = |verdict: Option<SavedVerdict>| match verdict {
        Some(SavedVerdict::Create) => "create",
        Some(SavedVerdict::Update) => "update",
        Some(SavedVerdict::Unchanged) => "nothing",
        None => "refused",
    };
    let now = SavedVerdict::of(&planned.verdict);
    let was = word(Some(old.verdict));
    match &planned.verdict {
        Verdict::Refused { reason, .. } => {
            Some(Moved::new("what is to be done", was, &format!("refused: {reason}")))
        }
        _ if now != Some(old.verdict) => Some(Moved::new("what is to be done", was, word(now))),
        _ if planned.steps != old.steps || planned.provisional != old.provisional_on => {
            Some(Moved::new("what is to be done", &steps(&old.steps), &steps(&planned.steps)))
        }
        _ => None,
    }
}

fn steps(steps: &[Step]) -> String {
    steps.iter().map(told).collect::<Vec<_>>().join(", then ")
}
