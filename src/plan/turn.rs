//! Plans one stack again when its turn has come in a deployment: with what its producers give now, and with what is
//! live now. What nobody could review is not done.

use crate::cloudformation::{Answer, CloudFormation, ServiceError};
use crate::model::environment::Assembly;
use crate::model::finding::Finding;
use crate::model::live::LiveStack;
use crate::model::stack::{Stack, StackAddress};
use crate::model::status::Phase;
use crate::plan::ask::{Asked, Circumstances, ask, bucket};
use crate::plan::danger::unseen;
use crate::plan::decide::{Sight, decide};
use crate::plan::discard::remove;
use crate::plan::inputs::{Facts, Inputs, Producer, resolve};
use crate::plan::order::producers;
use crate::plan::planner::nothing_to_change;
use crate::plan::waiting::{Interrupt, Interval};
use crate::plan::{PlannedStack, Step, Verdict, read};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::watch;

/// The variables of the process, as they are handed to whoever runs beside others.
pub type Variables = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// The stage of a run in which change sets are made anew; part of their names and client tokens.
pub const CHANGE_SET_STAGE: &str = "turn";

/// What a stack is planned again with.
#[derive(Clone)]
pub struct Turn {
    /// The stack as it was planned.
    pub reviewed: PlannedStack,
    /// The environments, in which producers and buckets are found.
    pub assembly: Arc<Assembly>,
    /// The stacks of this run that are done, as they are now.
    pub done: BTreeMap<StackAddress, LiveStack>,
    /// The variables of the process.
    pub env: Variables,
    /// The run's id.
    pub run: String,
    /// How often to look whether a change set is settled.
    pub interval: Interval,
    /// Whether somebody asked to stop.
    pub interrupt: watch::Receiver<Interrupt>,
}

/// Plans a stack again. The verdict says what is left to do; it is a refusal where the review does not cover it.
pub async fn again<C: CloudFormation>(cloud: &Arc<C>, turn: &Turn) -> Answer<PlannedStack> {
    let stack = &turn.reviewed.stack;
    let target = stack.target();
    let live = present(cloud.stack(&target, &stack.name).await)?;
    let outside = outside(cloud, turn).await?;
    let ssm = read::ssm(cloud, std::slice::from_ref(stack)).await?;
    let inputs = inputs(turn, &outside, ssm.get(&target));
    if let Some(finding) = inputs.findings.first() {
        return Ok(missing(turn, finding));
    }
    let deployed = match &live {
        Some(live) => read::deployed_of(cloud, stack, live).await?,
        None => read::Deployed::default(),
    };
    // Deleting is covered by the review or refused below.
    let sight = Sight { stack, live: live.as_ref(), deployed: &deployed, inputs: &inputs, allowed: true };
    let mut draft = decide(&sight);
    draft.planned.needs = turn.reviewed.needs.clone();
    if still_fits(&turn.reviewed, &draft.planned) {
        return Ok(PlannedStack { provisional: Vec::new(), ..turn.reviewed.clone() });
    }
    if let Some(question) = draft.ask.take() {
        let planned = asked_again(cloud, turn, draft.planned, question).await?;
        return Ok(covered(cloud, turn, planned).await);
    }
    Ok(covered(cloud, turn, draft.planned).await)
}

fn inputs(
    turn: &Turn,
    outside: &BTreeMap<StackAddress, LiveStack>,
    ssm: Option<&BTreeMap<String, Option<String>>>,
) -> Inputs {
    let none = BTreeMap::new();
    let facts = Facts {
        producer: &|address| match turn.done.get(address).or_else(|| outside.get(address)) {
            Some(live) => Producer::Settled(live.clone()),
            None => Producer::Missing,
        },
        ssm: ssm.unwrap_or(&none),
        env: &*turn.env,
    };
    resolve(&turn.reviewed.stack, &facts)
}

/// Whether the change set of the plan is still the right one: it was made from inputs that turned out to be the same.
fn still_fits(reviewed: &PlannedStack, now: &PlannedStack) -> bool {
    let fits = |stack: &Stack| {
        // A hidden value is not kept in the plan, so one that comes from a fact cannot be held against it.
        let hidden =
            |name: &str| now.parameters.iter().any(|parameter| parameter.name == name && parameter.hidden);
        stack.parameters.iter().all(|parameter| {
            let mut facts = 0;
            parameter.input.each_fact(&mut |_| facts += 1);
            facts == 0 || !hidden(&parameter.name)
        })
    };
    reviewed.change_set.is_some()
        && reviewed.parameters == now.parameters
        && reviewed.live == now.live
        && fits(&reviewed.stack)
}

async fn asked_again<C: CloudFormation>(
    cloud: &Arc<C>,
    turn: &Turn,
    mut planned: PlannedStack,
    question: crate::plan::decide::Question,
) -> Answer<PlannedStack> {
    let stack = planned.stack.clone();
    let mut question = question;
    if let Some(old) = &turn.reviewed.change_set {
        cloud.delete_change_set(&stack.target(), &old.id).await?;
        // The stack in review is this run's own, and goes on being so.
        question.in_review = question.in_review && !old.made_review;
    }
    let circumstances = Circumstances {
        run: turn.run.clone(),
        stage: CHANGE_SET_STAGE,
        interval: turn.interval,
        interrupt: turn.interrupt.clone(),
    };
    let bucket = bucket(turn.assembly.environments.get(&stack.address.environment), &stack);
    match ask(cloud, &stack, bucket.as_deref(), question, &circumstances).await? {
        Asked::Ready(change_set, changes) => {
            planned.change_set = Some(change_set);
            planned.changes = changes;
        }
        Asked::Nothing => nothing_to_change(&mut planned),
        Asked::Refused { reason, remedy } => planned.verdict = Verdict::Refused { reason, remedy },
        Asked::Interrupted => {
            planned.verdict = Verdict::Refused {
                reason: "somebody asked to stop while it was planned again".to_owned(),
                remedy: "plan again".to_owned(),
            }
        }
    }
    Ok(planned)
}

/// Refuses what is more dangerous than what was reviewed.
async fn covered<C: CloudFormation>(cloud: &Arc<C>, turn: &Turn, planned: PlannedStack) -> PlannedStack {
    if matches!(planned.verdict, Verdict::Refused { .. }) {
        return planned;
    }
    let Some(reason) = uncovered(&turn.reviewed, &planned) else { return planned };
    if let Some(made) = &planned.change_set {
        // What cannot be deleted now is deleted when the run ends.
        let _left = remove(cloud, &planned.stack.target(), &planned.stack.address, made).await;
    }
    let remedy = "plan again: the new plan shows what would really happen".to_owned();
    PlannedStack {
        verdict: Verdict::Refused { reason, remedy },
        steps: Vec::new(),
        change_set: None,
        ..planned
    }
}

fn uncovered(reviewed: &PlannedStack, real: &PlannedStack) -> Option<String> {
    let mends = |step: &&Step| {
        matches!(step, Step::DeleteRemains | Step::ContinueRollback | Step::RollBack | Step::Protect(false))
    };
    if let Some(step) = real.steps.iter().filter(mends).find(|step| !reviewed.steps.contains(step)) {
        let status = real.live.as_ref().map_or("gone".to_owned(), |live| format!("in `{}`", live.status));
        return Some(format!(
            "the stack is {status} now, which takes a step that was not reviewed: {}",
            told(step)
        ));
    }
    let dangers = unseen(reviewed, real);
    let danger = dangers.first()?;
    let more = match dangers.len() {
        1 => String::new(),
        count => format!(", and {} more", count - 1),
    };
    Some(format!(
        "the real changes are more dangerous than the reviewed ones: `{}` {}{more}",
        danger.logical_id, danger.what
    ))
}

/// A step in words.
pub(crate) fn told(step: &Step) -> &'static str {
    match step {
        Step::Wait => "wait",
        Step::DeleteRemains => "delete what is left of it",
        Step::ContinueRollback => "continue the rollback",
        Step::RollBack => "roll it back",
        Step::Create => "create it",
        Step::Update => "update it",
        Step::SetPolicy => "set its policy",
        Step::Protect(true) => "protect it",
        Step::Protect(false) => "take its protection off",
        Step::Delete => "delete it",
    }
}

fn missing(turn: &Turn, finding: &Finding) -> PlannedStack {
    let verdict = Verdict::Refused {
        reason: finding.message.clone(),
        remedy: finding.help.clone().unwrap_or_else(|| "plan again".to_owned()),
    };
    PlannedStack { verdict, ..turn.reviewed.clone() }
}

/// Producers that are no part of this run are read where they are.
async fn outside<C: CloudFormation>(
    cloud: &Arc<C>,
    turn: &Turn,
) -> Answer<BTreeMap<StackAddress, LiveStack>> {
    let mut found = BTreeMap::new();
    for address in producers(&turn.reviewed.stack) {
        if turn.done.contains_key(address) {
            continue;
        }
        let Some(stack) = turn.assembly.stack(address) else { continue };
        if let Some(live) = present(cloud.stack(&stack.target(), &stack.name).await)?
            && live.status.phase() != Phase::Absent
        {
            found.insert(address.clone(), live);
        }
    }
    Ok(found)
}

fn present(answer: Answer<LiveStack>) -> Answer<Option<LiveStack>> {
    match answer {
        Ok(live) => Ok(Some(live)),
        Err(ServiceError::Absent { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
