//! Makes a plan: signs in everywhere, reads what is live, decides about every stack, and asks the service where only
//! the service can answer. Changes nothing but the change sets and stacks in review that [`discard`] takes away.

use crate::cloudformation::{Answer, CloudFormation, ServiceError};
use crate::model::environment::Assembly;
use crate::model::live::LiveStack;
use crate::model::stack::{Stack, StackAddress};
use crate::model::status::Phase;
use crate::plan::ask::{Asked, Circumstances, ask, bucket};
use crate::plan::decide::{Draft, Sight, decide};
use crate::plan::destroy::{self, Content};
use crate::plan::discard::discard_of;
use crate::plan::error::PlanError;
use crate::plan::inputs::{Facts, Producer, resolve};
use crate::plan::order::{Order, order, targets};
use crate::plan::read::{self, Deployed, Live, Ssm};
use crate::plan::waiting::{Interrupt, Interval};
use crate::plan::{Orphan, Plan, PlannedStack, Step, Verdict, Wish, together};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::sync::watch;

#[cfg(doc)]
use crate::plan::discard::discard;

/// What is asked of the planner.
pub struct Question<'a> {
    /// What is to be done.
    pub wish: Wish,
    /// Which stacks of the wanted environments it is about.
    pub filter: &'a (dyn Fn(&Stack) -> bool + Sync),
    /// Which stacks may be deleted although they are protected.
    pub allow: &'a (dyn Fn(&Stack) -> bool + Sync),
    /// The variables of the process.
    pub env: &'a (dyn Fn(&str) -> Option<String> + Sync),
    /// The run's id, from which names and client tokens are made.
    pub run: &'a str,
    /// How often to look whether a change set is settled.
    pub interval: Interval,
    /// Whether somebody asked to stop.
    pub interrupt: watch::Receiver<Interrupt>,
}

/// How far a plan is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It signs in.
    SigningIn {
        /// To how many accounts and regions.
        targets: usize,
    },
    /// It reads what is live.
    Reading {
        /// How many stacks are looked at.
        stacks: usize,
    },
    /// It asks the service about those that may change.
    Asking {
        /// How many are answered.
        done: usize,
        /// How many are asked about.
        of: usize,
    },
}

/// Makes a plan.
pub async fn plan<C: CloudFormation>(
    cloud: &Arc<C>,
    assembly: &Assembly,
    question: &Question<'_>,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Plan, PlanError> {
    let order = order(assembly, question)?;
    let targets = targets(assembly, &order, question.wish);
    progress(Progress::SigningIn { targets: targets.len() });
    read::sign_in(cloud, &targets).await?;
    progress(Progress::Reading { stacks: order.stacks.len() });
    let live = read::live(cloud, &targets).await?;
    stop_if_asked(question)?;
    let stacks = match question.wish {
        Wish::Deploy => deployment(cloud, assembly, question, (&order, &live), progress).await?,
        Wish::Destroy => destruction(cloud, question, &order, &live).await?,
    };
    let environments = assembly.wanted.clone();
    Ok(Plan { wish: question.wish, environments, stacks, orphans: orphans(assembly, &live) })
}

fn stop_if_asked(question: &Question<'_>) -> Result<(), PlanError> {
    match *question.interrupt.borrow() {
        Interrupt::None => Ok(()),
        Interrupt::Finish | Interrupt::Leave => Err(PlanError::Interrupted),
    }
}

async fn deployment<C: CloudFormation>(
    cloud: &Arc<C>,
    assembly: &Assembly,
    question: &Question<'_>,
    (order, live): (&Order, &Live),
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Vec<PlannedStack>, PlanError> {
    let deployed = read::deployed(cloud, &order.stacks, live).await?;
    let ssm = read::ssm(cloud, &order.stacks).await?;
    stop_if_asked(question)?;
    let drafts = Desk { assembly, question, order, live, deployed: &deployed, ssm: &ssm }.decide_all()?;
    let drafts = ask_all(cloud, assembly, question, drafts, progress).await?;
    Ok(finish(order, drafts))
}

/// All that the decisions are made from.
struct Desk<'a> {
    assembly: &'a Assembly,
    question: &'a Question<'a>,
    order: &'a Order,
    live: &'a Live,
    deployed: &'a [Deployed],
    ssm: &'a Ssm,
}

impl Desk<'_> {
    fn decide_all(&self) -> Result<Vec<Draft>, PlanError> {
        let mut drafts: Vec<Draft> = Vec::new();
        let mut findings = Vec::new();
        for (number, stack) in self.order.stacks.iter().enumerate() {
            let none = BTreeMap::new();
            let facts = Facts {
                producer: &|address| self.producer(&drafts, address),
                ssm: self.ssm.get(&stack.target()).unwrap_or(&none),
                env: self.question.env,
            };
            let inputs = resolve(stack, &facts);
            findings.extend(inputs.findings.iter().cloned());
            let draft = decide(&Sight {
                stack,
                live: self.live.stack(stack),
                deployed: &self.deployed[number],
                inputs: &inputs,
                allowed: (self.question.allow)(stack),
            });
            drafts.push(draft);
        }
        match findings.is_empty() {
            true => Ok(drafts),
            false => Err(PlanError::Inputs(findings)),
        }
    }

    /// How things stand with a stack; those before it in the order are decided about already.
    fn producer(&self, drafts: &[Draft], address: &StackAddress) -> Producer {
        let live =
            self.live.address(self.assembly, address).filter(|live| live.status.phase() != Phase::Absent);
        let planned =
            self.order.number(address).and_then(|number| drafts.get(number)).map(|draft| &draft.planned);
        match (planned, live) {
            (None, None) => Producer::Missing,
            (None, Some(live)) => Producer::Settled(live.clone()),
            (Some(planned), live) => standing(planned, live),
        }
    }
}

fn standing(planned: &PlannedStack, live: Option<&LiveStack>) -> Producer {
    // What only sets a policy or protection leaves the outputs alone.
    let touched = planned.steps.iter().any(|step| !matches!(step, Step::SetPolicy | Step::Protect(_)));
    match (live, &planned.verdict) {
        (None, _) | (Some(_), Verdict::Create) => Producer::Coming,
        (Some(live), _) if touched || !planned.provisional.is_empty() => Producer::Changing(live.clone()),
        (Some(live), _) => Producer::Settled(live.clone()),
    }
}

/// Asks about all stacks at once. When something goes wrong half-way, or somebody asks to stop, everything that was
/// made goes again.
async fn ask_all<C: CloudFormation>(
    cloud: &Arc<C>,
    assembly: &Assembly,
    question: &Question<'_>,
    mut drafts: Vec<Draft>,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Vec<PlannedStack>, PlanError> {
    let circumstances = Circumstances {
        run: question.run.to_owned(),
        stage: "plan",
        interval: question.interval,
        interrupt: question.interrupt.clone(),
    };
    let mut numbers = Vec::new();
    let mut calls = Vec::new();
    for (number, draft) in drafts.iter_mut().enumerate() {
        let Some(asked) = draft.ask.take() else { continue };
        let (cloud, stack, circumstances) =
            (cloud.clone(), draft.planned.stack.clone(), circumstances.clone());
        let bucket = bucket(assembly.environments.get(&stack.address.environment), &stack);
        numbers.push(number);
        calls.push(async move { ask(&cloud, &stack, bucket.as_deref(), asked, &circumstances).await });
    }
    let of = calls.len();
    if of > 0 {
        progress(Progress::Asking { done: 0, of });
    }
    let answers = together::all_with(calls, &mut |done| progress(Progress::Asking { done, of })).await;
    let mut stacks: Vec<PlannedStack> = drafts.into_iter().map(|draft| draft.planned).collect();
    let mut trouble = None;
    for (number, answer) in numbers.into_iter().zip(answers) {
        if let Err(error) = take(&mut stacks[number], answer) {
            trouble.get_or_insert(error);
        }
    }
    match trouble {
        None => Ok(stacks),
        Some(error) => {
            discard_of(cloud, stacks.iter()).await;
            Err(error)
        }
    }
}

/// Writes an answer into a planned stack.
fn take(planned: &mut PlannedStack, answer: Answer<Asked>) -> Result<(), PlanError> {
    match answer? {
        Asked::Ready(change_set, changes) => {
            planned.change_set = Some(change_set);
            planned.changes = changes;
        }
        Asked::Nothing => nothing_to_change(planned),
        Asked::Refused { reason, remedy } => planned.verdict = Verdict::Refused { reason, remedy },
        Asked::Interrupted => return Err(PlanError::Interrupted),
    }
    Ok(())
}

/// The service found nothing to change; policy and protection are not its business.
pub(crate) fn nothing_to_change(planned: &mut PlannedStack) {
    planned.changes.clear();
    planned.steps.retain(|step| matches!(step, Step::SetPolicy | Step::Protect(_)));
    planned
        .attributes
        .retain(|change| matches!(change.name.as_str(), "stack policy" | "termination protection"));
    planned.verdict = if planned.steps.is_empty() { Verdict::Unchanged } else { Verdict::Update };
}

/// Numbers the needs, and forgets producers that turned out to stay as they are.
fn finish(order: &Order, mut stacks: Vec<PlannedStack>) -> Vec<PlannedStack> {
    let mut moving: BTreeSet<StackAddress> = BTreeSet::new();
    for (number, planned) in stacks.iter_mut().enumerate() {
        planned.needs = order.needs[number].clone();
        planned.provisional.retain(|producer| moving.contains(producer));
        let touched = planned.steps.iter().any(|step| !matches!(step, Step::SetPolicy | Step::Protect(_)));
        if touched || !planned.provisional.is_empty() {
            moving.insert(planned.stack.address.clone());
        }
    }
    stacks
}

async fn destruction<C: CloudFormation>(
    cloud: &Arc<C>,
    question: &Question<'_>,
    order: &Order,
    live: &Live,
) -> Result<Vec<PlannedStack>, PlanError> {
    let calls = order.stacks.iter().map(|stack| {
        let (cloud, stack) = (cloud.clone(), stack.clone());
        let live = live.stack(&stack).filter(|live| live.status.phase() != Phase::Absent).cloned();
        async move {
            match live {
                Some(live) => content(&cloud, &stack, &live).await,
                None => Ok(Content::default()),
            }
        }
    });
    let contents = together::all(calls.collect()).await.into_iter().collect::<Answer<Vec<_>>>()?;
    stop_if_asked(question)?;
    let stacks = order.stacks.iter().zip(&contents).enumerate().map(|(number, (stack, content))| {
        let mut planned = destroy::decide(stack, live.stack(stack), content, (question.allow)(stack));
        planned.needs = order.needs[number].clone();
        planned
    });
    Ok(stacks.collect())
}

async fn content<C: CloudFormation>(cloud: &Arc<C>, stack: &Stack, live: &LiveStack) -> Answer<Content> {
    let target = stack.target();
    let resources = match cloud.resources(&target, &live.id).await {
        Ok(resources) => resources,
        Err(ServiceError::Absent { .. }) => Vec::new(),
        Err(error) => return Err(error),
    };
    // Broken stacks may have no template to show; they are deleted all the same.
    let template = match cloud.template(&target, &live.id).await {
        Ok(template) => Some(template),
        Err(ServiceError::Absent { .. } | ServiceError::Refused { .. }) => None,
        Err(error) => return Err(error),
    };
    Ok(Content { resources, template })
}

/// Live stacks that carry the mark of a wanted environment which declares no stack of that name there.
fn orphans(assembly: &Assembly, live: &Live) -> Vec<Orphan> {
    let mut orphans = Vec::new();
    for environment in assembly.wanted() {
        let mark = environment.mark();
        let declared: BTreeSet<_> =
            environment.stacks.iter().map(|stack| (stack.target(), stack.name.as_str())).collect();
        for (target, stack) in live.all() {
            let marked = stack
                .tags
                .iter()
                .any(|(key, value)| key == crate::model::environment::MARK && *value == mark);
            let there = stack.status.phase() != Phase::Absent;
            if marked && there && !declared.contains(&(target.clone(), stack.name.as_str())) {
                orphans.push(Orphan {
                    environment: environment.name.clone(),
                    target: target.to_string(),
                    name: stack.name.clone(),
                    id: stack.id.clone(),
                });
            }
        }
    }
    orphans
}
