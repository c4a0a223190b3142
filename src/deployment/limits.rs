//! How many stacks run at the same time: in all, and in each account and region.

use crate::deployment::state::Deployment;
use crate::model::account::Target;
use std::collections::BTreeMap;

/// How many stacks may run at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// In all.
    pub stacks: usize,
    /// In one account and region.
    pub per_target: usize,
}

impl Limits {
    /// Those of the ready stacks that may start now, the longest remaining way first. A place is taken by what runs
    /// only, never by what waits. A limit of nothing counts as one, so that every run ends.
    pub fn admit(&self, deployment: &Deployment) -> Vec<usize> {
        let target = |number: usize| deployment.plan.stacks[number].stack.target();
        let mut running: BTreeMap<Target, usize> = BTreeMap::new();
        let mut all = 0;
        for number in deployment.running() {
            *running.entry(target(number)).or_default() += 1;
            all += 1;
        }
        let mut admitted = Vec::new();
        for number in deployment.ready() {
            let there = running.entry(target(number)).or_default();
            if all < self.stacks.max(1) && *there < self.per_target.max(1) {
                *there += 1;
                all += 1;
                admitted.push(number);
            }
        }
        admitted
    }
}
