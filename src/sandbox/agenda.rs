//! The agenda: what is due when, in the order of time, and of what was noted first.

use super::world::Place;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// What something waits for in a place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    /// The next step of the stack of this id.
    Stack(String),
    /// The stack refactor of this id.
    Refactor(String),
    /// The operations of the stack set of this name.
    StackSet(String),
    /// The accounts that the organization of the place's account is creating.
    Organization,
}

/// Everything that is due.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    entries: BinaryHeap<Reverse<(i64, u64, Place, Due)>>,
    noted: u64,
}

impl Agenda {
    /// Notes that something is due; an entry that is no longer needed does no harm.
    pub(super) fn note(&mut self, at: i64, place: &Place, what: Due) {
        self.noted += 1;
        self.entries.push(Reverse((at, self.noted, place.clone(), what)));
    }

    /// When the next thing is due.
    pub(super) fn next(&self) -> Option<i64> {
        self.entries.peek().map(|Reverse((due, ..))| *due)
    }

    /// Takes off the next thing that is due at a moment or was before it.
    pub(super) fn take(&mut self, moment: i64) -> Option<(i64, Place, Due)> {
        self.next().filter(|due| *due <= moment)?;
        self.entries.pop().map(|Reverse((due, _, place, what))| (due, place, what))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_first_comes_first_and_nothing_before_its_time() {
        let place = Place { account: "000000000000".into(), region: "us-east-1".into() };
        let mut agenda = Agenda::default();
        agenda.note(2, &place, Due::Organization);
        agenda.note(1, &place, Due::Stack("b".into()));
        agenda.note(1, &place, Due::Stack("a".into()));
        assert_eq!(agenda.next(), Some(1));
        let mut taken = || agenda.take(1).map(|(_, _, what)| what);
        assert_eq!(taken(), Some(Due::Stack("b".into())));
        assert_eq!(taken(), Some(Due::Stack("a".into())));
        assert_eq!(taken(), None);
    }
}
