//! How long things took, by the clock of the service: its events are dated, on AWS with the time they happened, on the
//! sandbox with the time they would have. How fast we look changes nothing in it.

use crate::deployment::event::Outcome;
use crate::deployment::state::Deployment;
use crate::graph::Graph;
use crate::plan::Step;

/// How long the service worked on a stack: the sum of its operations that were ours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Worked {
    /// Operations before the current one.
    before: u64,
    /// The current operation is one of somebody else.
    foreign: bool,
    /// When the current one began.
    first: Option<u64>,
    /// When it was heard of last.
    last: u64,
    /// Whether an operation was seen that never came to rest.
    open: bool,
}

impl Worked {
    /// Another step begins.
    pub fn begin(&mut self, step: &Step) {
        self.before += self.current();
        self.first = None;
        self.foreign = *step == Step::Wait;
    }

    /// The stack moved to a status.
    pub fn see(&mut self, status: &str, at: Option<u64>) {
        if let Some(at) = at.filter(|_| !self.foreign) {
            self.first.get_or_insert(at);
            self.last = at;
            self.open = status.ends_with("_IN_PROGRESS");
        }
    }

    /// How long, in milliseconds; none when no operation was seen, or one not to its end.
    pub fn milliseconds(&self) -> Option<u64> {
        let seen = self.first.is_some() || self.before > 0;
        (seen && !self.open).then(|| self.before + self.current())
    }

    fn current(&self) -> u64 {
        self.first.map_or(0, |first| self.last.saturating_sub(first))
    }
}

/// The longest way through a run: stacks of which each waited for the one before. However many stacks may be in work at
/// once, the run cannot take less.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// The numbers of the stacks on it, and how long each took, in milliseconds. Those that took less than a second are left out.
    pub stacks: Vec<(usize, u64)>,
    /// How long they took together.
    pub milliseconds: u64,
}

impl Way {
    /// The longest way of a run that ended well, where anything was done.
    pub fn longest(deployment: &Deployment) -> Option<Self> {
        let states = &deployment.stacks;
        let good = |outcome: Option<&Outcome>| outcome.is_some_and(Outcome::is_good);
        if !states.iter().all(|state| good(state.outcome.as_ref())) {
            return None;
        }
        let took = |number: usize| match &states[number].outcome {
            Some(Outcome::Done) => states[number].took(),
            Some(_) | None => 0,
        };
        let needs = deployment.plan.stacks.iter().map(|planned| planned.needs.clone());
        let longest = Graph { needs: needs.collect() }.longest(&took);
        let stacks: Vec<(usize, u64)> = longest
            .into_iter()
            .map(|number| (number, took(number)))
            .filter(|(_, took)| *took >= 1000)
            .collect();
        let milliseconds = stacks.iter().map(|(_, took)| took).sum();
        (!stacks.is_empty()).then_some(Self { stacks, milliseconds })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deployment::event::{Event, Happening};
    use crate::plan::fake::stack;
    use crate::plan::{Plan, PlannedStack, Verdict, Wish};
    use std::sync::Arc;

    /// A status and when it was.
    type Sight<'a> = (&'a str, Option<u64>);

    fn check(steps: &[(Step, &[Sight<'_>])], expected: Option<u64>) {
        let mut worked = Worked::default();
        for (step, statuses) in steps {
            worked.begin(step);
            statuses.iter().for_each(|(status, at)| worked.see(status, *at));
        }
        assert_eq!(worked.milliseconds(), expected, "{steps:?}");
    }

    #[test]
    fn the_services_clock_counts() {
        let create: &[Sight<'_>] = &[("CREATE_IN_PROGRESS", Some(100)), ("CREATE_COMPLETE", Some(750))];
        check(&[], None);
        check(&[(Step::Create, create)], Some(650));
        // A status that is read after its event, or before it, has no time of its own.
        let late: &[_] = &[
            ("CREATE_IN_PROGRESS", Some(100)),
            ("CREATE_COMPLETE", Some(750)),
            ("CREATE_IN_PROGRESS", None),
        ];
        check(&[(Step::Create, late)], Some(650));
        check(&[(Step::Create, &[("CREATE_IN_PROGRESS", Some(100)), ("CREATE_COMPLETE", None)])], None);
        check(&[(Step::Protect(true), &[])], None);
    }

    #[test]
    fn our_operations_are_added_up_and_others_left_out() {
        let remains: &[_] = &[("DELETE_IN_PROGRESS", Some(1000)), ("DELETE_COMPLETE", Some(1200))];
        let create: &[_] = &[("CREATE_IN_PROGRESS", Some(9000)), ("CREATE_COMPLETE", Some(9300))];
        check(
            &[(Step::DeleteRemains, remains), (Step::Create, create), (Step::Protect(true), &[])],
            Some(500),
        );
        check(&[(Step::Wait, remains), (Step::Create, create)], Some(300));
    }

    /// Creates stacks, each with its needs and the seconds it took; zero for one that is unchanged.
    fn deployment(stacks: &[(&[usize], u64)]) -> Deployment {
        let planned = stacks.iter().enumerate().map(|(number, (needs, took))| {
            let mut planned = PlannedStack::new(&Arc::new(stack(&format!("s{number}"), "{}", &[])), None);
            planned.needs = needs.to_vec();
            planned.verdict = if *took > 0 { Verdict::Create } else { Verdict::Unchanged };
            planned
        });
        let environments = vec!["quiz/dev".into()];
        let plan = Plan { wish: Wish::Deploy, environments, stacks: planned.collect(), orphans: Vec::new() };
        Deployment::new(Arc::new(plan))
    }

    fn record(deployment: &mut Deployment, what: Happening) {
        deployment.record(&Event { time: 5, what }).unwrap();
    }

    fn run(stacks: &[(&[usize], u64)]) -> Deployment {
        let mut run = deployment(stacks);
        record(&mut run, Happening::RunStarted { run: "r".into() });
        for (stack, (_, took)) in stacks.iter().enumerate() {
            if *took > 0 {
                record(&mut run, Happening::StackStarted { stack });
                record(&mut run, Happening::StepStarted { stack, step: Step::Create });
                for (status, at) in [("CREATE_IN_PROGRESS", 1000), ("CREATE_COMPLETE", 1000 + 1000 * took)] {
                    let at = Some(at);
                    record(&mut run, Happening::Status { stack, status: status.into(), reason: None, at });
                }
            }
            let outcome = if *took > 0 { Outcome::Done } else { Outcome::Unchanged };
            record(&mut run, Happening::StackEnded { stack, outcome });
        }
        run
    }

    #[test]
    fn the_longest_way_is_that_of_the_services_clock() {
        let way = Way::longest(&run(&[(&[], 30), (&[], 80), (&[0], 70), (&[1], 10), (&[2, 3], 5)]));
        assert_eq!(
            way,
            Some(Way { stacks: vec![(0, 30_000), (2, 70_000), (4, 5_000)], milliseconds: 105_000 })
        );
        let partly = Way::longest(&run(&[(&[], 0), (&[0], 80), (&[1], 0)]));
        assert_eq!(partly, Some(Way { stacks: vec![(1, 80_000)], milliseconds: 80_000 }));
    }

    #[test]
    fn a_run_without_work_or_with_a_failure_has_none() {
        assert_eq!(Way::longest(&run(&[(&[], 0)])), None);
        let mut failed = deployment(&[(&[], 30)]);
        record(&mut failed, Happening::RunStarted { run: "r".into() });
        record(&mut failed, Happening::StackStarted { stack: 0 });
        record(&mut failed, Happening::StackEnded { stack: 0, outcome: Outcome::Failed(Vec::new()) });
        assert_eq!(Way::longest(&failed), None);
    }
}
