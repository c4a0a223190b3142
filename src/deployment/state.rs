//! The fold: records events, refuses illegal ones, and answers what follows.

use crate::deployment::event::{Event, Happening, Outcome};
use crate::deployment::timing::Worked;
use crate::graph::Graph;
use crate::plan::{Plan, Step, Verdict};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A deployment: a plan and what happened to it so far.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// The plan.
    pub plan: Arc<Plan>,
    /// The run's id; empty before it began.
    pub run: String,
    /// For each stack of the plan, how far it is.
    pub stacks: Vec<StackState>,
    /// When the run began, in milliseconds since 1970.
    pub started: Option<u64>,
    /// When it ended.
    pub ended: Option<u64>,
    /// Somebody asked to stop.
    pub interrupted: bool,
    /// For each stack, how long the way from it to the end is.
    remaining: Arc<[u64]>,
}

/// How far a stack is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StackState {
    /// When work on it began.
    pub started: Option<u64>,
    /// When work on it ended.
    pub ended: Option<u64>,
    /// The step that runs.
    pub step: Option<Step>,
    /// The stack's ARN.
    pub id: Option<String>,
    /// The stack's last status.
    pub status: Option<String>,
    /// How many resources the current step will touch.
    pub total: usize,
    /// The last status of each resource that moved in the current step, by logical id.
    pub resources: BTreeMap<String, String>,
    /// How long the service worked on it, by the service's clock.
    pub worked: Worked,
    /// How it ended.
    pub outcome: Option<Outcome>,
}

/// How many stacks ended in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Done.
    pub done: usize,
    /// Unchanged.
    pub unchanged: usize,
    /// Failed.
    pub failed: usize,
    /// Blocked by another.
    pub blocked: usize,
    /// Cancelled.
    pub cancelled: usize,
    /// Refused.
    pub refused: usize,
    /// Running.
    pub running: usize,
    /// Not started yet.
    pub waiting: usize,
}

/// An event that cannot follow what happened before.
#[derive(Debug, thiserror::Error)]
#[error("an event cannot follow: {0}")]
pub struct Illegal(pub String);

impl Deployment {
    /// A deployment in which nothing has happened.
    pub fn new(plan: Arc<Plan>) -> Self {
        let stacks = plan.stacks.iter().map(|_| StackState::default()).collect();
        let graph = Graph { needs: plan.stacks.iter().map(|planned| planned.needs.clone()).collect() };
        // What takes long is not known beforehand; the number of resources that move is the best there is.
        let remaining = graph.remaining(&|number| 1 + plan.stacks[number].changes.len() as u64).into();
        Self { plan, run: String::new(), stacks, started: None, ended: None, interrupted: false, remaining }
    }

    /// Records an event.
    pub fn record(&mut self, event: &Event) -> Result<(), Illegal> {
        self.allow(&event.what)?;
        match &event.what {
            Happening::RunStarted { run } => {
                self.run.clone_from(run);
                self.started = Some(event.time);
            }
            Happening::StackStarted { stack } => self.stacks[*stack].started = Some(event.time),
            Happening::StepStarted { stack, step } => self.stacks[*stack].begin(step),
            Happening::Requested { .. } | Happening::Slowed { .. } => {}
            Happening::Followed { stack, id, resources } => {
                self.stacks[*stack].id = Some(id.clone());
                self.stacks[*stack].total = *resources;
            }
            Happening::Resource { stack, logical_id, status, .. } => {
                self.stacks[*stack].resources.insert(logical_id.clone(), status.clone());
            }
            Happening::Status { stack, status, at, .. } => {
                self.stacks[*stack].status = Some(status.clone());
                self.stacks[*stack].worked.see(status, *at);
            }
            Happening::StackEnded { stack, outcome } => {
                self.stacks[*stack].outcome = Some(outcome.clone());
                self.stacks[*stack].ended = Some(event.time);
            }
            Happening::Interrupted => self.interrupted = true,
            Happening::RunEnded => self.ended = Some(event.time),
        }
        Ok(())
    }

    fn allow(&self, what: &Happening) -> Result<(), Illegal> {
        let illegal = |why: &str| Err(Illegal(format!("{what:?}: {why}")));
        let begins = matches!(what, Happening::RunStarted { .. });
        if begins != self.started.is_none() {
            return illegal(if begins { "the run began already" } else { "the run has not begun" });
        }
        if self.ended.is_some() {
            return illegal("the run is over");
        }
        if let Some(number) = what.stack() {
            return self.allow_of_stack(number, what).or_else(illegal);
        }
        match what {
            Happening::RunEnded if !self.is_over() => illegal("stacks are left without an outcome"),
            _ => Ok(()),
        }
    }

    fn allow_of_stack(&self, number: usize, what: &Happening) -> Result<(), &'static str> {
        let state = self.stacks.get(number).ok_or("there is no such stack")?;
        if state.outcome.is_some() {
            return Err("work on the stack is over");
        }
        match what {
            Happening::StackStarted { .. } if state.started.is_some() => Err("the stack was started already"),
            Happening::StackStarted { .. } if self.interrupted => Err("nothing more may start"),
            Happening::StackStarted { .. } if !self.needs_are_met(number) => {
                Err("it needs others that are not done")
            }
            Happening::StackStarted { .. } => Ok(()),
            Happening::StackEnded { outcome, .. } => match outcome {
                Outcome::Done | Outcome::Failed(_) if state.started.is_none() => Err("it was not started"),
                Outcome::Blocked { .. } if state.started.is_some() => Err("it was started already"),
                Outcome::Done
                | Outcome::Failed(_)
                | Outcome::Unchanged
                | Outcome::Blocked { .. }
                | Outcome::Cancelled
                | Outcome::Refused { .. } => Ok(()),
            },
            _ if state.started.is_none() => Err("the stack was not started"),
            _ => Ok(()),
        }
    }

    fn needs_are_met(&self, number: usize) -> bool {
        let met = |need: &usize| self.stacks[*need].outcome.as_ref().is_some_and(Outcome::is_good);
        self.plan.stacks[number].needs.iter().all(met)
    }

    /// The stacks that may start now, the longest remaining way first.
    pub fn ready(&self) -> Vec<usize> {
        if self.interrupted || self.started.is_none() {
            return Vec::new();
        }
        let free = |number: &usize| {
            let state = &self.stacks[*number];
            state.started.is_none() && state.outcome.is_none() && self.needs_are_met(*number)
        };
        let mut ready: Vec<usize> = (0..self.stacks.len()).filter(free).collect();
        ready.sort_by_key(|number| std::cmp::Reverse(self.remaining[*number]));
        ready
    }

    /// The stacks that run.
    pub fn running(&self) -> impl Iterator<Item = usize> {
        let states = self.stacks.iter().enumerate();
        states
            .filter(|(_, state)| state.started.is_some() && state.outcome.is_none())
            .map(|(number, _)| number)
    }

    /// The endings that follow from what happened without anybody doing anything: stacks that are as they should be,
    /// those that are refused, and those that wait for something that did not end well.
    pub fn endings(&self) -> Vec<Happening> {
        let waiting =
            |number: &usize| self.stacks[*number].started.is_none() && self.stacks[*number].outcome.is_none();
        let ending = |stack| Some(Happening::StackEnded { stack, outcome: self.ending(stack)? });
        (0..self.stacks.len()).filter(waiting).filter_map(ending).collect()
    }

    fn ending(&self, number: usize) -> Option<Outcome> {
        let planned = &self.plan.stacks[number];
        if let Verdict::Refused { reason, remedy } = &planned.verdict {
            return Some(Outcome::Refused { reason: reason.clone(), remedy: remedy.clone() });
        }
        if planned.is_settled() {
            return Some(Outcome::Unchanged);
        }
        if self.interrupted {
            return Some(Outcome::Cancelled);
        }
        planned.needs.iter().find_map(|need| match self.stacks[*need].outcome.as_ref()? {
            Outcome::Done | Outcome::Unchanged => None,
            Outcome::Failed(_) | Outcome::Refused { .. } => Some(Outcome::Blocked { by: *need }),
            Outcome::Blocked { by } => Some(Outcome::Blocked { by: *by }),
            Outcome::Cancelled => Some(Outcome::Cancelled),
        })
    }

    /// Whether every stack has an outcome.
    pub fn is_over(&self) -> bool {
        self.stacks.iter().all(|state| state.outcome.is_some())
    }

    /// How many stacks ended in which way.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for state in &self.stacks {
            let count = match &state.outcome {
                Some(Outcome::Done) => &mut counts.done,
                Some(Outcome::Unchanged) => &mut counts.unchanged,
                Some(Outcome::Failed(_)) => &mut counts.failed,
                Some(Outcome::Blocked { .. }) => &mut counts.blocked,
                Some(Outcome::Cancelled) => &mut counts.cancelled,
                Some(Outcome::Refused { .. }) => &mut counts.refused,
                None if state.started.is_some() => &mut counts.running,
                None => &mut counts.waiting,
            };
            *count += 1;
        }
        counts
    }
}

impl StackState {
    /// How many resources of the current step are settled.
    pub fn done(&self) -> usize {
        self.resources.values().filter(|status| !status.ends_with("_IN_PROGRESS")).count()
    }

    /// How long work on it took, in milliseconds: by the service's clock, or by ours where the service's is not known.
    pub fn took(&self) -> u64 {
        let ours = || self.ended.unwrap_or_default().saturating_sub(self.started.unwrap_or_default());
        self.worked.milliseconds().unwrap_or_else(ours)
    }

    /// The resources that were to be deleted after a successful update and could not be: they still exist, outside
    /// of the stack.
    pub fn left_overs(&self) -> Vec<&str> {
        match &self.outcome {
            Some(Outcome::Done) => {}
            Some(_) | None => return Vec::new(),
        }
        let failed = self.resources.iter().filter(|(_, status)| *status == "DELETE_FAILED");
        failed.map(|(logical_id, _)| logical_id.as_str()).collect()
    }

    /// Whether its operation goes on with nobody watching, because somebody left in the middle of it.
    pub fn goes_on(&self) -> bool {
        let busy = |status: &str| status.ends_with("_IN_PROGRESS") && status != "REVIEW_IN_PROGRESS";
        self.outcome == Some(Outcome::Cancelled)
            && self.step.is_some()
            && self.id.is_some()
            && self.status.as_deref().is_none_or(busy)
    }

    fn begin(&mut self, step: &Step) {
        // Policy and protection move no resources: what the step before them did stays to be seen.
        if !matches!(step, Step::SetPolicy | Step::Protect(_)) {
            self.resources.clear();
            self.total = 0;
        }
        self.worked.begin(step);
        self.step = Some(step.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deployment::event::Cause;
    use crate::deployment::limits::Limits;
    use crate::plan::fake::stack;
    use crate::plan::{PlannedStack, Wish};
    use proptest::prelude::*;

    /// A plan of stacks, each with its needs and a letter: `c` created, `u` unchanged, `r` refused.
    fn deployment(stacks: &[(&[usize], char)]) -> Deployment {
        let planned = stacks.iter().enumerate().map(|(number, (needs, letter))| {
            let mut planned = PlannedStack::new(&Arc::new(stack(&format!("s{number}"), "{}", &[])), None);
            planned.needs = needs.to_vec();
            planned.verdict = match letter {
                'c' => Verdict::Create,
                'u' => Verdict::Unchanged,
                _ => Verdict::Refused { reason: "no".into(), remedy: "yes".into() },
            };
            planned
        });
        let plan = Plan {
            wish: Wish::Deploy,
            environments: vec!["quiz/dev".into()],
            stacks: planned.collect(),
            orphans: Vec::new(),
        };
        Deployment::new(Arc::new(plan))
    }

    fn event(what: Happening) -> Event {
        Event { time: 1, what }
    }

    fn begun(stacks: &[(&[usize], char)]) -> Deployment {
        let mut deployment = deployment(stacks);
        deployment.record(&event(Happening::RunStarted { run: "r".into() })).unwrap();
        deployment
    }

    fn ended(stack: usize, outcome: Outcome) -> Happening {
        Happening::StackEnded { stack, outcome }
    }

    #[test]
    fn illegal_events_are_refused_and_change_nothing() {
        let refused = |deployment: &mut Deployment, what: Happening| {
            let before = deployment.stacks.clone();
            assert!(deployment.record(&event(what.clone())).is_err(), "{what:?}");
            assert_eq!(deployment.stacks, before);
        };
        let mut early = deployment(&[(&[], 'c')]);
        refused(&mut early, Happening::StackStarted { stack: 0 });
        refused(&mut early, Happening::RunEnded);
        let mut running = begun(&[(&[], 'c'), (&[0], 'c')]);
        refused(&mut running, Happening::RunStarted { run: "again".into() });
        refused(&mut running, Happening::StackStarted { stack: 1 });
        refused(&mut running, Happening::StackStarted { stack: 2 });
        refused(&mut running, Happening::StepStarted { stack: 0, step: Step::Create });
        refused(&mut running, ended(0, Outcome::Done));
        refused(&mut running, Happening::RunEnded);
        running.record(&event(Happening::StackStarted { stack: 0 })).unwrap();
        refused(&mut running, Happening::StackStarted { stack: 0 });
        refused(&mut running, ended(0, Outcome::Blocked { by: 1 }));
        running.record(&event(ended(0, Outcome::Done))).unwrap();
        refused(&mut running, Happening::Requested { stack: 0, operation: "x".into(), token: "t".into() });
        refused(&mut running, ended(0, Outcome::Done));
        running.record(&event(Happening::Interrupted)).unwrap();
        refused(&mut running, Happening::StackStarted { stack: 1 });
        running.record(&event(ended(1, Outcome::Cancelled))).unwrap();
        running.record(&event(Happening::RunEnded)).unwrap();
        refused(&mut running, Happening::Slowed { message: String::new() });
    }

    #[test]
    fn the_longest_remaining_way_starts_first() {
        let deployment = begun(&[(&[], 'c'), (&[], 'c'), (&[1], 'c'), (&[2], 'c')]);
        assert_eq!(deployment.ready(), [1, 0]);
        assert_eq!(Limits { stacks: 1, per_target: 5 }.admit(&deployment), [1]);
        assert_eq!(Limits { stacks: 0, per_target: 0 }.admit(&deployment), [1]);
    }

    #[test]
    fn a_blocked_stack_names_the_failure_behind_it() {
        let mut deployment = begun(&[(&[], 'r'), (&[0], 'c'), (&[1], 'c'), (&[0], 'u')]);
        let mut endings = Vec::new();
        loop {
            let more = deployment.endings();
            if more.is_empty() {
                break;
            }
            for what in more {
                deployment.record(&event(what.clone())).unwrap();
                endings.push(what);
            }
        }
        let refused = Outcome::Refused { reason: "no".into(), remedy: "yes".into() };
        let expected = [
            ended(0, refused),
            ended(3, Outcome::Unchanged),
            ended(1, Outcome::Blocked { by: 0 }),
            ended(2, Outcome::Blocked { by: 0 }),
        ];
        assert_eq!(endings, expected);
        assert!(deployment.is_over());
        let counts = Counts { unchanged: 1, blocked: 2, refused: 1, ..Counts::default() };
        assert_eq!(deployment.counts(), counts);
    }

    #[test]
    fn events_survive_being_written_down() {
        let cause = Cause { nested: vec!["Inner".into()], ..Cause::whole("boom") };
        let all = [
            Happening::RunStarted { run: "r".into() },
            Happening::StepStarted { stack: 0, step: Step::Protect(true) },
            Happening::StepStarted { stack: 0, step: Step::DeleteRemains },
            Happening::Interrupted,
            Happening::RunEnded,
            ended(1, Outcome::Failed(vec![cause])),
            ended(1, Outcome::Unchanged),
        ];
        for what in all {
            let event = event(what);
            let line = serde_json::to_string(&event).unwrap();
            assert_eq!(serde_json::from_str::<Event>(&line).unwrap(), event, "{line}");
        }
    }

    /// Random plans: each stack needs some of those before it.
    fn plans() -> impl Strategy<Value = Vec<(Vec<usize>, char)>> {
        let stack = (proptest::collection::vec(any::<prop::sample::Index>(), 0..4), "[ccccur]");
        proptest::collection::vec(stack, 1..25).prop_map(|stacks| {
            let one = |(number, (needs, letter)): (usize, (Vec<prop::sample::Index>, String))| {
                let mut needs: Vec<usize> =
                    needs.iter().filter(|_| number > 0).map(|index| index.index(number)).collect();
                needs.sort_unstable();
                needs.dedup();
                (needs, letter.chars().next().unwrap_or('c'))
            };
            stacks.into_iter().enumerate().map(one).collect()
        })
    }

    proptest! {
        #[test]
        fn nothing_starts_before_what_it_needs_and_every_run_ends(
            stacks in plans(),
            luck in proptest::collection::vec((any::<bool>(), any::<prop::sample::Index>()), 60),
            limits in (1usize..4, 1usize..4),
            interrupted_at in 0usize..80,
        ) {
            let borrowed: Vec<_> = stacks.iter().map(|(needs, letter)| (needs.as_slice(), *letter)).collect();
            let mut deployment = begun(&borrowed);
            let limits = Limits { stacks: limits.0, per_target: limits.1 };
            let mut luck = luck.into_iter().cycle();
            for turn in 0.. {
                prop_assert!(turn < 500, "the run does not end");
                if turn == interrupted_at {
                    deployment.record(&event(Happening::Interrupted)).unwrap();
                }
                while let Some(what) = deployment.endings().into_iter().next() {
                    deployment.record(&event(what)).unwrap();
                }
                for stack in limits.admit(&deployment) {
                    for need in &stacks[stack].0 {
                        let outcome = deployment.stacks[*need].outcome.as_ref();
                        prop_assert!(outcome.is_some_and(Outcome::is_good));
                    }
                    deployment.record(&event(Happening::StackStarted { stack })).unwrap();
                }
                let running: Vec<_> = deployment.running().collect();
                prop_assert!(running.len() <= limits.stacks.min(limits.per_target));
                if deployment.is_over() {
                    break;
                }
                prop_assert!(!running.is_empty(), "nothing runs and the run is not over");
                let (good, which) = luck.next().unwrap();
                let outcome = if good { Outcome::Done } else { Outcome::Failed(vec![Cause::whole("boom")]) };
                deployment.record(&event(ended(running[which.index(running.len())], outcome))).unwrap();
            }
            deployment.record(&event(Happening::RunEnded)).unwrap();
        }
    }
}
