//! When a failed attempt is repeated, and after which wait. Pure: time and chance are handed in.

use crate::aws::fault::Fault;
use std::time::Duration;

/// How long throttling is borne: it slows down and does not fail.
const THROTTLED: Duration = Duration::from_secs(3600);
/// How long a service that answers with 5xx is borne.
const UNAVAILABLE: Duration = Duration::from_secs(60);
/// How long silence is borne: a wrong address should be told soon.
const LOST: Duration = Duration::from_secs(7);
/// Slow attempts may use up their time at once; this many are made all the same.
const LEAST_ATTEMPTS: u32 = 3;

/// The attempts of one call.
#[derive(Debug, Default)]
pub(super) struct Patience {
    attempts: u32,
}

impl Patience {
    /// Another attempt failed, so long after the call began. Gives the wait before the next one; none to give up.
    /// `chance` lies between 0 and 1: the waits are spread over their whole range (full jitter).
    pub(super) fn after(&mut self, fault: &Fault, elapsed: Duration, chance: f64) -> Option<Duration> {
        self.attempts += 1;
        let (limit, first, cap) = match fault {
            Fault::Throttled { .. } => (THROTTLED, 1.0, 20.0),
            Fault::Unavailable { .. } => (UNAVAILABLE, 0.5, 20.0),
            Fault::Lost { .. } => (LOST, 0.4, 2.0),
            Fault::Credentials { .. } | Fault::Refused { .. } | Fault::Final(_) => return None,
        };
        if elapsed >= limit && self.attempts >= LEAST_ATTEMPTS {
            return None;
        }
        let doublings = i32::try_from((self.attempts - 1).min(10)).unwrap_or(10);
        let range: f64 = (first * 2f64.powi(doublings)).min(cap);
        Some(Duration::from_secs_f64((range * chance.clamp(0.0, 1.0)).max(0.05)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(fault: &Fault, chance: f64) -> (usize, Duration, Duration) {
        let mut patience = Patience::default();
        let (mut count, mut elapsed, mut longest) = (0, Duration::ZERO, Duration::ZERO);
        while let Some(wait) = patience.after(fault, elapsed, chance) {
            count += 1;
            elapsed += wait;
            longest = longest.max(wait);
        }
        (count, elapsed, longest)
    }

    #[test]
    fn silence_is_told_within_ten_seconds() {
        for chance in [0.01, 0.5, 1.0] {
            let (count, elapsed, longest) = waits(&Fault::lost("refused"), chance);
            assert!(count >= 3 && elapsed < Duration::from_secs(10), "{chance}: {count} in {elapsed:?}");
            assert!(longest <= Duration::from_secs(2));
        }
    }

    #[test]
    fn throttling_is_borne_long_with_waits_of_at_most_twenty_seconds() {
        let fault = Fault::Throttled { code: "Throttling".into(), message: "Rate exceeded".into() };
        let (count, elapsed, longest) = waits(&fault, 1.0);
        assert!(count > 100 && elapsed >= THROTTLED, "{count} in {elapsed:?}");
        assert_eq!(longest, Duration::from_secs(20));
    }

    #[test]
    fn slow_failures_are_tried_three_times() {
        let mut patience = Patience::default();
        let fault = Fault::lost("timed out");
        assert!(patience.after(&fault, Duration::from_secs(30), 0.5).is_some());
        assert!(patience.after(&fault, Duration::from_secs(60), 0.5).is_some());
        assert!(patience.after(&fault, Duration::from_secs(90), 0.5).is_none());
    }

    #[test]
    fn refusals_and_lapsed_credentials_are_never_repeated() {
        let refused = Fault::Refused { code: "ValidationError".into(), message: String::new() };
        let lapsed = Fault::Credentials { message: "ExpiredToken".into() };
        for fault in [refused, lapsed] {
            assert_eq!(Patience::default().after(&fault, Duration::ZERO, 0.5), None);
        }
    }
}
