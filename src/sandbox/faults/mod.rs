//! The bad day on demand: what is made to go wrong.
//!
//! Faults are data: a scenario lists them. Work on resources asks [`Faults::failure`] and [`Faults::delay`]; calls pass
//! [`judge`], which the server asks before it carries anything out.

mod answer;
mod call;
mod endpoint;
mod fault;
mod past;
mod rates;
mod scenario;
mod written;

pub(super) use answer::{Question, RequestType};
pub(super) use call::{Fate, judge};
pub(super) use endpoint::{answer, is_meant, order};
pub(super) use fault::Subject;
pub(super) use past::{Past, as_it_was};
pub(super) use scenario::Scenario;
pub(super) use written::{Drifted, Moment};

use super::awaited::Reply;
use super::world::Place;
use answer::Answer;
use fault::{Deed, Fault};
use rates::Rates;

/// The faults that are in force.
#[derive(Debug, Default)]
pub(super) struct Faults {
    list: Vec<Fault>,
    answers: Vec<Answer>,
    rates: Rates,
    seed: u64,
    /// When they were ordered, by the clock's pace.
    since: i64,
}

/// How a provider fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ProviderFailure {
    /// Its words.
    pub(super) message: String,
    /// Its error code.
    pub(super) code: String,
}

impl Faults {
    /// The faults of a scenario, and resources that fail whenever they are created or updated.
    pub(super) fn new(failing: &[String], scenario: Scenario, seed: u64, now: i64) -> Self {
        let mut list: Vec<Fault> = failing.iter().map(|name| Fault::of_name(name)).collect();
        list.extend(scenario.faults);
        let (answers, seed) = (scenario.answers, scenario.seed.unwrap_or(seed));
        Self { list, answers, rates: Rates::default(), seed, since: now }
    }

    /// How work on a resource fails, if it is to fail.
    pub(super) fn failure(&self, place: &Place, subject: &Subject<'_>, now: i64) -> Option<ProviderFailure> {
        self.struck(place, subject, now, |deed| match deed {
            Deed::Fail { message, code } => {
                Some(ProviderFailure { message: message.clone(), code: code.clone() })
            }
            _ => None,
        })
    }

    /// How many milliseconds longer work on a resource takes, if it is stuck; the largest number if it never ends.
    pub(super) fn delay(&self, place: &Place, subject: &Subject<'_>, now: i64) -> Option<i64> {
        self.struck(place, subject, now, |deed| match deed {
            Deed::Stuck(time) => Some(time.unwrap_or(i64::MAX)),
            _ => None,
        })
    }

    /// What somebody answers, if a rule says so.
    pub(super) fn answer(&self, place: &Place, question: &Question<'_>) -> Option<Reply> {
        self.answers.iter().find_map(|answer| answer.to(place, question))
    }

    /// How a resource has drifted, if it has.
    pub(super) fn drift(&self, place: &Place, subject: &Subject<'_>) -> Option<&Drifted> {
        self.list.iter().find_map(|fault| match &fault.deed {
            Deed::Drift(drifted) if fault.befalls(place, subject) => {
                fault.strike();
                Some(drifted)
            }
            _ => None,
        })
    }

    fn struck<T>(
        &self,
        place: &Place,
        subject: &Subject<'_>,
        now: i64,
        of: impl Fn(&Deed) -> Option<T>,
    ) -> Option<T> {
        self.list.iter().enumerate().find_map(|(index, fault)| {
            let found = of(&fault.deed).filter(|_| fault.is_about(place, subject))?;
            if !fault.is_due(now - self.since, self.seed ^ index as u64) {
                return None;
            }
            fault.strike();
            Some(found)
        })
    }

    /// The furthest that a read may be behind, in milliseconds; none if all reads are fresh.
    pub(super) fn reach(&self) -> Option<i64> {
        let reach = |fault: &Fault| match fault.deed {
            Deed::Stale(time) => Some(time),
            _ => None,
        };
        self.list.iter().filter_map(reach).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(account: &str) -> Place {
        Place { account: account.into(), region: "eu-west-1".into() }
    }

    fn faults(text: &str) -> Faults {
        Faults::new(&[], Scenario::parse(text).unwrap(), 7, 0)
    }

    fn subject(moment: Moment, logical_id: &str) -> Subject<'_> {
        Subject { moment, stack: "shop-web", logical_id, resource_type: "AWS::SNS::Topic" }
    }

    /// On which of ten occasions a resource `A` of the account fails while it is created.
    fn occasions(faults: &Faults, account: &str) -> Vec<usize> {
        let fails =
            |_: &usize| faults.failure(&place(account), &subject(Moment::Create, "A"), 5000).is_some();
        (1..=10).filter(fails).collect()
    }

    #[test]
    fn a_fault_strikes_whom_and_when_it_says() {
        let check = |fault: &str, expected: &[usize]| {
            let faults = faults(&format!("faults: [{{fail: no, {fault}}}]"));
            assert_eq!(occasions(&faults, "111111111111"), expected, "{fault}");
        };
        let always: Vec<usize> = (1..=10).collect();
        check("resource: A", &always);
        check("resource: B", &[]);
        check("type: 'AWS::SNS::*', stack: 'shop-*'", &always);
        check("stack: 'other-*'", &[]);
        check("on: [delete, rollback]", &[]);
        check("region: eu-*, account: '111111111111'", &always);
        check("account: '222222222222'", &[]);
        check("times: once", &[1]);
        check("times: 3", &[1, 2, 3]);
        check("every: 4", &[4, 8]);
        check("after: 8", &[9, 10]);
        check("after: 4, every: 3, times: once", &[7]);
        check("since: 4.5", &always);
        check("since: 6", &[]);
    }

    #[test]
    fn chance_follows_from_the_seed() {
        let drawn = |seed: u64| {
            occasions(&faults(&format!("{{seed: {seed}, faults: [{{fail: no, chance: 0.5}}]}}")), "1")
        };
        assert_eq!(drawn(1), drawn(1));
        assert_ne!(drawn(1), drawn(2));
        assert!((1..10).contains(&drawn(1).len()));
    }

    #[test]
    fn names_of_the_command_line_are_names() {
        let faults = Faults::new(&["A*".to_owned()], Scenario::default(), 0, 0);
        assert!(faults.failure(&place("1"), &subject(Moment::Create, "A"), 0).is_none());
        let failure = faults.failure(&place("1"), &subject(Moment::Update, "A*"), 0).unwrap();
        assert_eq!(failure.message, "Simulated failure of A*");
    }
}
