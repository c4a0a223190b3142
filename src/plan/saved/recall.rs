//! Holds a kept plan against what is there by now. Everything is read and decided again, as for a new plan, but
//! nothing is asked: where all that the plan rests on is the same, what the service answered then still holds, and its
//! change sets wait to be executed. Changes nothing.

use crate::cloudformation::{Answer, ChangeSet, ChangeSetState, CloudFormation, ServiceError};
use crate::model::account::Target;
use crate::model::environment::Assembly;
use crate::model::stack::StackAddress;
use crate::plan::decide::Draft;
use crate::plan::desk::{Decided, Desk};
use crate::plan::error::PlanError;
use crate::plan::planner::{Progress, Question, finish, nothing_to_change, put_together};
use crate::plan::saved::fingerprint::{Fingerprint, Moved, joined};
use crate::plan::saved::hidden::Hidden;
use crate::plan::saved::keep::is_used;
use crate::plan::saved::text::FORMWORK;
use crate::plan::saved::{Saved, SavedStack, SavedVerdict, without_secrets};
use crate::plan::survey::Survey;
use crate::plan::turn::told as step_told;
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
    let sets = change_sets(cloud, saved, &drafts).await?;
    let planned = drafts.into_iter().map(|draft| answered(saved, draft)).collect();
    let stacks = finish(&survey.order, planned);
    let mut moved = program(saved);
    moved.extend(gone(saved, &stacks));
    let of_stacks = stacks.iter().zip(&grounds);
    moved.extend(told(of_stacks.clone(), &|planned, ground| stack_moved(saved, planned, ground, &sets)));
    // Where what a plan rests on moved, that other things would be done than before goes without saying.
    if moved.is_empty() {
        moved.extend(told(of_stacks, &|planned, _| decision_moved(saved, planned)));
    }
    let used = |(_, set): &(String, Option<ChangeSet>)| set.as_ref().is_some_and(|set| is_used(&set.state));
    let used = !sets.is_empty() && sets.iter().all(used);
    Ok(match moved.is_empty() {
        true => Ok(put_together(assembly, question.wish, &survey, stacks)),
        false => Err(Stale { moved, used }),
    })
}

/// The kept change sets as they are, by ARN; none for those that are gone.
type Sets = Vec<(String, Option<ChangeSet>)>;

/// Looks at the kept change sets of stacks that are where they were; of the others enough is said by that.
async fn change_sets<C: CloudFormation>(cloud: &Arc<C>, saved: &Saved, drafts: &[Draft]) -> Answer<Sets> {
    let stays = |target: &Target, address: &StackAddress| {
        let now = drafts.iter().map(|draft| &draft.planned.stack).find(|stack| stack.address == *address);
        now.is_some_and(|stack| stack.target() == *target)
    };
    let mut calls = Vec::new();
    for (target, _, kept) in saved.change_sets().filter(|(target, address, _)| stays(target, address)) {
        let (cloud, id) = (cloud.clone(), kept.id.clone());
        calls.push(async move {
            match cloud.change_set(&target, &id).await {
                Ok(set) => Ok((id, Some(set))),
                Err(ServiceError::Absent { .. }) => Ok((id, None)),
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

/// What moved of stacks, with their names.
fn told<'a>(
    stacks: impl Iterator<Item = (&'a PlannedStack, &'a Ground)>,
    find: &dyn Fn(&PlannedStack, &Ground) -> Vec<Moved>,
) -> Vec<(Option<String>, Moved)> {
    let named = stacks.flat_map(|(planned, ground)| {
        let subject = format!("{} {}", planned.stack.address.environment, planned.stack.label);
        find(planned, ground).into_iter().map(move |moved| (Some(subject.clone()), moved))
    });
    named.collect()
}

fn stack_moved(saved: &Saved, planned: &PlannedStack, ground: &Ground, sets: &Sets) -> Vec<Moved> {
    let Some(old) = saved.stack(&planned.stack.address) else {
        return vec![Moved::new("stack", "not in the project", "in it")];
    };
    let mut moved = Fingerprint::of(&planned.stack, ground, &saved.run).moved_since(&old.rests_on);
    if let Some(kept) = &old.change_set {
        moved.extend(set_moved(kept, &planned.stack.name, sets));
    }
    // What was shown is what the change set does; where something else moved, masks may be others, and enough is said.
    if moved.is_empty() {
        moved.extend(changes_moved(old, planned, ground, sets));
    }
    moved
}

fn changes_moved(old: &SavedStack, planned: &PlannedStack, ground: &Ground, sets: &Sets) -> Option<Moved> {
    let kept = old.change_set.as_ref()?;
    let (_, set) = sets.iter().find(|(id, _)| *id == kept.id)?;
    let hidden = Hidden::of(&planned.stack, ground);
    let mut changes: Vec<_> =
        set.as_ref()?.changes.iter().map(|change| without_secrets(change, &hidden)).collect();
    let mut shown = old.changes.clone();
    // The service promises no order.
    changes.sort_by(|one, other| one.logical_id.cmp(&other.logical_id));
    shown.sort_by(|one, other| one.logical_id.cmp(&other.logical_id));
    (changes != shown).then(|| Moved::new("what the change set does", "as the plan says", "something else"))
}

fn set_moved(kept: &PlannedChangeSet, name: &str, sets: &Sets) -> Option<Moved> {
    let (_, now) = sets.iter().find(|(id, _)| *id == kept.id)?;
    let is = match now.as_ref().map(|set| &set.state) {
        // Nobody but who edits a plan's file gets here; the wrong stack is not touched even so.
        Some(ChangeSetState::Ready) if !belongs(now.as_ref(), kept, name) => "one of another stack",
        Some(ChangeSetState::Ready) => return None,
        Some(ChangeSetState::Pending) => "not ready",
        Some(ChangeSetState::NoChanges) => "without changes",
        Some(ChangeSetState::Failed(reason) | ChangeSetState::Gone(reason)) => reason,
        None => "deleted",
    };
    Some(Moved::new("change set", "ready", is))
}

/// Whether a change set is of the stack that it is kept for.
fn belongs(set: Option<&ChangeSet>, kept: &PlannedChangeSet, name: &str) -> bool {
    let named = kept.stack_id.split("stack/").nth(1).and_then(|rest| rest.split('/').next());
    named == Some(name) && set.is_some_and(|set| set.stack_id == kept.stack_id)
}

/// From the same, the same is decided; what else would be done is never done unseen.
fn decision_moved(saved: &Saved, planned: &PlannedStack) -> Vec<Moved> {
    let Some(old) = saved.stack(&planned.stack.address) else { return Vec::new() };
    if let Verdict::Refused { reason, .. } = &planned.verdict {
        return vec![Moved::new("what is to be done", &steps(&old.steps), &format!("refused: {reason}"))];
    }
    let mut moved = Vec::new();
    if SavedVerdict::of(&planned.verdict) != Some(old.verdict) || planned.steps != old.steps {
        moved.push(Moved::new("what is to be done", &steps(&old.steps), &steps(&planned.steps)));
    }
    if planned.provisional != old.provisional_on {
        let list =
            |stacks: &[StackAddress]| if stacks.is_empty() { "nothing".to_owned() } else { joined(stacks) };
        let (was, is) = (list(&old.provisional_on), list(&planned.provisional));
        moved.push(Moved::new("provisional on", &was, &is));
    }
    moved
}

fn steps(steps: &[Step]) -> String {
    match steps.is_empty() {
        true => "nothing".to_owned(),
        false => steps.iter().map(step_told).collect::<Vec<_>>().join(", then "),
    }
}
