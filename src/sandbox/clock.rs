//! The sandbox's time: virtual milliseconds since 1970, faster than real ones, or jumping to whatever is due next.
//!
//! Real time is read here and nowhere else. Progress is computed when somebody asks: events are dated when they were
//! due, so nothing has to run in the background.

use std::time::{Duration, Instant};

/// How fast simulated time passes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Speed {
    /// So many simulated seconds a second.
    Times(f64),
    /// Nothing is waited for: every request moves time to what is due next.
    Max,
}

/// At [`Speed::Max`] a request carries out one step, so that clients which ask at once see work in progress …
const PATIENT_MILLISECONDS: u128 = 100;
/// … and one for so many milliseconds when its client has waited, so that waiting is rewarded.
const STEP_MILLISECONDS: u128 = 2;

/// The last moment of the clock; somewhat later a year has five digits.
const LATEST: i64 = 250_000_000_000_000;

/// Longer than any client waits for an answer.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// The clock of a world.
#[derive(Debug)]
pub(super) struct Clock {
    speed: Speed,
    started: Instant,
    last_request: Instant,
    /// The virtual time at which the process started.
    base: i64,
    /// How far time was moved beyond its own pace.
    skipped: i64,
}

impl Clock {
    /// Starts a clock that shows at least `base`.
    pub(super) fn new(speed: Speed, base: i64) -> Self {
        let now = Instant::now();
        Self { speed, started: now, last_request: now, base, skipped: 0 }
    }

    /// The wall clock's milliseconds, for the beginning of a world.
    pub(super) fn wall_milliseconds() -> i64 {
        jiff::Timestamp::now().as_millisecond()
    }

    /// The virtual time.
    pub(super) fn now(&self) -> i64 {
        let factor = match self.speed {
            Speed::Times(factor) => factor.max(0.0),
            Speed::Max => 1.0,
        };
        let passed = self.started.elapsed().as_secs_f64() * 1000.0 * factor;
        (self.base + self.skipped).saturating_add(passed as i64).min(LATEST)
    }

    /// The time that passes evenly, without the leaps of [`Speed::Max`]: what rates and delays of calls go by.
    pub(super) fn pace(&self) -> i64 {
        self.now() - self.skipped
    }

    /// How long a simulated time takes in the real world.
    pub(super) fn real(&self, milliseconds: i64) -> Duration {
        let factor = match self.speed {
            Speed::Times(factor) => factor.max(0.001),
            Speed::Max => 1.0,
        };
        Duration::from_millis((milliseconds.max(0) as f64 / factor) as u64).min(LONGEST_WAIT)
    }

    /// How many steps may be carried out ahead of time for the request that just arrived.
    pub(super) fn steps(&mut self) -> usize {
        let passed = self.last_request.elapsed().as_millis();
        self.last_request = Instant::now();
        match self.speed {
            Speed::Times(_) => 0,
            Speed::Max if passed < PATIENT_MILLISECONDS => 1,
            Speed::Max => usize::try_from(passed / STEP_MILLISECONDS).unwrap_or(usize::MAX),
        }
    }

    /// Moves time forward, never back.
    pub(super) fn skip_to(&mut self, time: i64) {
        self.skipped += (time - self.now()).max(0);
    }
}

/// A time as AWS writes it.
pub(super) fn timestamp(milliseconds: i64) -> String {
    jiff::Timestamp::from_millisecond(milliseconds)
        .map_or_else(|_| String::new(), |time| format!("{time:.3}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_with_milliseconds() {
        assert_eq!(timestamp(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(timestamp(1_767_225_600_123), "2026-01-01T00:00:00.123Z");
    }

    #[test]
    fn time_skips_forward_only() {
        let mut clock = Clock::new(Speed::Max, 1_000_000);
        clock.skip_to(2_000_000);
        assert!(clock.now() >= 2_000_000);
        clock.skip_to(1_000_000);
        assert!(clock.now() >= 2_000_000);
        assert!(clock.steps() >= 1);
    }
}
