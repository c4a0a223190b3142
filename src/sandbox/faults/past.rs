//! How stacks were a while ago, for reads that are answered late. Kept only while a fault asks for it.

use super::super::stack::Stack;
use super::super::world::{Place, World};
use std::collections::BTreeMap;

type Stacks = BTreeMap<String, Stack>;

/// What has changed within the time that somebody may ask for.
#[derive(Debug, Default)]
pub(in super::super) struct Past {
    /// How things were before everything in the log.
    before: BTreeMap<Place, Stacks>,
    log: Vec<(i64, Place, Stack)>,
    /// The furthest that anybody looks back, in milliseconds.
    reach: i64,
}

impl Past {
    /// Begins with how things are.
    pub(super) fn of(world: &World, reach: i64) -> Self {
        let now = |(place, region): (&Place, &super::super::world::Region)| {
            (place.clone(), BTreeMap::clone(&region.stacks))
        };
        Self { before: world.regions.iter().map(now).collect(), log: Vec::new(), reach }
    }

    /// Notes how a stack is from now on.
    pub(in super::super) fn note(&mut self, place: &Place, stack: &Stack, now: i64) {
        let old = self.log.iter().take_while(|(at, ..)| *at < now - self.reach).count();
        for (_, place, stack) in self.log.drain(..old) {
            self.before.entry(place).or_default().insert(stack.id.clone(), stack);
        }
        self.log.push((now, place.clone(), stack.clone()));
    }

    /// The stacks of a place as they were at a time.
    fn at(&self, place: &Place, time: i64) -> Stacks {
        let mut stacks = self.before.get(place).cloned().unwrap_or_default();
        for (_, _, stack) in self.log.iter().filter(|(at, other, _)| *at <= time && other == place) {
            stacks.insert(stack.id.clone(), stack.clone());
        }
        stacks
    }
}

/// Does something in a world that is, in one place, as it was so many milliseconds ago.
pub(in super::super) fn as_it_was<T>(
    world: &mut World,
    place: &Place,
    ago: i64,
    read: impl FnOnce(&mut World) -> T,
) -> T {
    let Some(past) = &world.past else { return read(world) };
    let stacks = past.at(place, world.clock.pace() - ago);
    let stacks = stacks.into_values().collect();
    let present = std::mem::replace(&mut world.region(place).stacks, stacks);
    let answer = read(world);
    world.region(place).stacks = present;
    answer
}
