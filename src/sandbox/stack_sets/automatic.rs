//! Automatic deployment: accounts that come under a unit of a service-managed set get its stacks, and accounts that
//! leave lose them.

use super::super::agenda::Due;
use super::super::identifiers;
use super::super::stack_set::{
    Preferences, ServiceManaged, SetAction, SetOperation, SetStatus, Share, StackInstance, StackSet, Target,
};
use super::super::world::{Place, World};
use std::collections::BTreeSet;

/// An account that has moved: the roots and units above it, before and after.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Whereabouts {
    pub(in super::super) account: String,
    pub(in super::super) before: Vec<String>,
    pub(in super::super) after: Vec<String>,
}

impl World {
    /// Has every set of an organization follow an account.
    pub(in super::super) fn follow_account(&mut self, management: &str, moved: &Whereabouts, now: i64) {
        if moved.account == management {
            return;
        }
        let sets: Vec<(Place, StackSet)> = self
            .regions
            .iter()
            .filter(|(place, _)| place.account == management)
            .flat_map(|(place, region)| region.stack_sets.values().map(move |set| (place, set)))
            .filter(|(_, set)| !set.deleted && set.service.as_ref().is_some_and(|service| service.automatic))
            .map(|(place, set)| (place.clone(), set.clone()))
            .collect();
        for (place, mut set) in sets {
            let leaving = departures(&set, moved);
            let arriving = arrivals(&set, moved);
            let any = !leaving.is_empty() || !arriving.is_empty();
            for (action, targets) in [(SetAction::Delete, leaving), (SetAction::Create, arriving)] {
                if !targets.is_empty() {
                    add(&mut set, self.seed, action, targets, now);
                }
            }
            if any {
                self.put_set(&place, set, now);
            }
        }
    }
}

impl World {
    fn set_of_arn(&self, arn: &str) -> Option<&StackSet> {
        let mut sets = self.regions.values().flat_map(|region| region.stack_sets.values());
        sets.find(|set| set.arn == arn && !set.deleted)
    }

    /// Whether automatic deployment of a set waits for a set that comes before it.
    pub(super) fn held_back(&self, set: &StackSet) -> bool {
        let mut before = set.service.iter().flat_map(|service| &service.depends_on);
        before.any(|arn| self.set_of_arn(arn).is_some_and(|set| !set.idle()))
    }

    /// Has the sets moved on that come after one which is done.
    pub(super) fn release_dependents(&mut self, arn: &str, now: i64) {
        let after = |set: &StackSet| {
            let listed = |service: &ServiceManaged| service.depends_on.iter().any(|one| one == arn);
            !set.idle() && set.service.as_ref().is_some_and(listed)
        };
        let waiting: Vec<(Place, String)> = self
            .regions
            .iter()
            .flat_map(|(place, region)| region.stack_sets.values().map(move |set| (place, set)))
            .filter(|(_, set)| after(set))
            .map(|(place, set)| (place.clone(), set.key()))
            .collect();
        for (place, key) in waiting {
            self.agenda.note(now, &place, Due::StackSet(key));
        }
    }

    /// Whether a set would come before itself.
    pub(in super::super) fn circular(&self, arn: &str, before: &[String]) -> bool {
        let mut open = before.to_vec();
        let mut seen = BTreeSet::new();
        while let Some(next) = open.pop() {
            if next == arn {
                return true;
            }
            let further = self.set_of_arn(&next).and_then(|set| set.service.as_ref());
            if seen.insert(next) {
                open.extend(further.into_iter().flat_map(|service| service.depends_on.iter().cloned()));
            }
        }
        false
    }
}

/// Where an account is to have stacks that it has not.
fn arrivals(set: &StackSet, moved: &Whereabouts) -> Vec<Target> {
    let mut found: Vec<Target> = Vec::new();
    for target in set.service.iter().flat_map(|service| &service.targets) {
        if !moved.after.contains(&target.unit) || moved.before.contains(&target.unit) {
            continue;
        }
        for region in &target.regions {
            let new = set.instance(&moved.account, region).is_none()
                && !found.iter().any(|known| known.region == *region);
            if new {
                found.push(Target::new(&moved.account, region, Some(target.unit.clone())));
            }
        }
    }
    found
}

/// Where an account has stacks that it got through a unit it has left.
fn departures(set: &StackSet, moved: &Whereabouts) -> Vec<Target> {
    let covered = |region: &String| {
        let mut targets = set.service.iter().flat_map(|service| &service.targets);
        targets.any(|target| moved.after.contains(&target.unit) && target.regions.contains(region))
    };
    set.instances
        .iter()
        .filter(|one| one.account == moved.account)
        .filter(|one| one.unit.as_ref().is_some_and(|unit| !moved.after.contains(unit)))
        .filter(|one| !covered(&one.region))
        .map(|one| Target::new(&one.account, &one.region, one.unit.clone()))
        .collect()
}

/// Adds an operation that nobody asked for: preferences of users do not hold for it, and it waits for others.
fn add(set: &mut StackSet, seed: u64, action: SetAction, targets: Vec<Target>, now: i64) {
    let count = set.operations.len().to_string();
    let id = identifiers::uuid(seed, &["set operation", &set.id, &count]);
    for target in targets.iter().filter(|_| action == SetAction::Create) {
        set.instances.push(StackInstance::new(target, &id));
    }
    let everything = Some(Share::Percentage(100));
    set.operations.push(SetOperation {
        id,
        action,
        // It begins when its set is moved on, unless others come first.
        status: SetStatus::Queued,
        started_at: now,
        ended_at: None,
        targets,
        retain: set.service.as_ref().and_then(|service| service.retain).unwrap_or(false),
        import: false,
        automatic: true,
        whole: false,
        preferences: Preferences { tolerance: everything, concurrent: everything, ..Preferences::default() },
        deployment: None,
    });
}
