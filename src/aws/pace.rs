//! How fast each operation may be asked: one token bucket for each account, region and operation.
//!
//! The rates are those AWS publishes for an account and region; they are shared with everyone else who uses the account,
//! so a bucket starts below them, halves its rate when AWS throttles, and recovers slowly. The buckets are pure; the time
//! is handed in.

use crate::aws::settings::Rates;
use crate::model::account::Target;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// The part of a published rate that a bucket starts with.
const SHARE: f64 = 0.8;
/// The lowest rate that throttling leads to, in calls a second.
const FLOOR: f64 = 0.1;
/// Throttled answers within this time of each other count once: they were all on their way already.
const SAME_WAVE: Duration = Duration::from_secs(1);
/// The time that a bucket takes to come back from nothing to its full rate.
const RECOVERY_SECONDS: f64 = 60.0;

/// The published rate of an operation, in calls a second; none where nothing is published.
fn published(operation: &str, region: &str) -> Option<f64> {
    if matches!(operation, "AssumeRole" | "GetCallerIdentity") {
        return None;
    }
    if region == "ap-southeast-6" {
        return Some(2.0);
    }
    match operation {
        "DescribeStacks"
        | "DescribeStackEvents"
        | "GetTemplate"
        | "ListExports"
        | "ListStackResources"
        | "ListStacks" => Some(10.0),
        "GetParameter" => Some(40.0),
        "HeadBucket" | "HeadObject" | "PutObject" => None,
        _ => Some(2.0),
    }
}

/// A token bucket. Whoever takes from an empty one is told how long to wait, in the order of asking.
#[derive(Debug)]
struct Bucket {
    ceiling: f64,
    rate: f64,
    tokens: f64,
    at: Instant,
    throttled: Option<Instant>,
}

impl Bucket {
    fn new(published: f64, now: Instant) -> Self {
        let rate = published * SHARE;
        Self { ceiling: rate, rate, tokens: rate.max(1.0), at: now, throttled: None }
    }

    /// Takes a token; gives how long to wait before using it.
    fn take(&mut self, now: Instant) -> Duration {
        self.advance(now);
        self.tokens -= 1.0;
        if self.tokens >= 0.0 {
            return Duration::ZERO;
        }
        Duration::from_secs_f64(-self.tokens / self.rate)
    }

    /// AWS throttled: halves the rate. Says whether it did, or whether this belongs to a wave it has heard of.
    fn slow(&mut self, now: Instant) -> bool {
        self.advance(now);
        if self.throttled.is_some_and(|before| now.duration_since(before) < SAME_WAVE) {
            return false;
        }
        self.throttled = Some(now);
        self.rate = (self.rate / 2.0).max(FLOOR);
        self.tokens = self.tokens.min(0.0);
        true
    }

    fn advance(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.at = now;
        self.tokens = (self.tokens + passed * self.rate).min(self.rate.max(1.0));
        self.rate = (self.rate + passed * self.ceiling / RECOVERY_SECONDS).min(self.ceiling);
    }
}

type Key = (Target, &'static str);

/// The buckets of all accounts and regions.
pub(super) struct Pace {
    rates: Rates,
    buckets: Mutex<HashMap<Key, Bucket>>,
}

impl Pace {
    pub(super) fn new(rates: Rates) -> Self {
        Self { rates, buckets: Mutex::default() }
    }

    /// Waits until the operation may be asked.
    pub(super) async fn turn(&self, target: &Target, operation: &'static str) {
        let wait = self.with(target, operation, |bucket, now| bucket.take(now)).unwrap_or_default();
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }

    /// AWS throttled the operation. Gives the new rate where that is news.
    pub(super) fn slow(&self, target: &Target, operation: &'static str) -> Option<f64> {
        self.with(target, operation, |bucket, now| bucket.slow(now).then_some(bucket.rate)).flatten()
    }

    fn with<T>(
        &self,
        target: &Target,
        operation: &'static str,
        use_bucket: impl FnOnce(&mut Bucket, Instant) -> T,
    ) -> Option<T> {
        if self.rates == Rates::Unlimited {
            return None;
        }
        let published = published(operation, &target.region)?;
        let now = Instant::now();
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket =
            buckets.entry((target.clone(), operation)).or_insert_with(|| Bucket::new(published, now));
        Some(use_bucket(bucket, now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::account::AccountId;

    fn target(account: &str) -> Target {
        Target { account: AccountId::parse(account).unwrap(), region: "eu-west-1".into() }
    }

    #[test]
    fn a_bucket_gives_its_burst_and_then_its_rate() {
        let start = Instant::now();
        let mut bucket = Bucket::new(10.0, start);
        for _ in 0..8 {
            assert_eq!(bucket.take(start), Duration::ZERO);
        }
        assert_eq!(bucket.take(start), Duration::from_millis(125));
        assert_eq!(bucket.take(start), Duration::from_millis(250));
        let later = start + Duration::from_secs(60);
        assert_eq!(bucket.take(later), Duration::ZERO);
    }

    #[test]
    fn throttling_halves_once_a_wave_and_recovers_slowly() {
        let start = Instant::now();
        let mut bucket = Bucket::new(10.0, start);
        assert!(bucket.slow(start));
        assert!(!bucket.slow(start + Duration::from_millis(300)));
        assert!(bucket.rate < 4.1, "{}", bucket.rate);
        assert!(bucket.slow(start + Duration::from_secs(2)));
        assert!(bucket.rate < 2.2, "{}", bucket.rate);
        bucket.take(start + Duration::from_secs(10));
        assert!(bucket.rate < 4.0, "{}", bucket.rate);
        bucket.take(start + Duration::from_secs(120));
        assert!((bucket.rate - 8.0).abs() < f64::EPSILON);
    }

    #[test]
    fn the_rate_never_falls_below_the_floor() {
        let mut bucket = Bucket::new(2.0, Instant::now());
        for second in 0..50 {
            bucket.slow(bucket.at + Duration::from_secs(1 + second % 2));
        }
        assert!(bucket.rate >= FLOOR);
    }

    #[tokio::test(start_paused = true)]
    async fn buckets_of_accounts_and_operations_are_apart() {
        let pace = Pace::new(Rates::Published);
        let start = Instant::now();
        for account in ["111111111111", "222222222222"] {
            for operation in ["CreateChangeSet", "DescribeChangeSet"] {
                pace.turn(&target(account), operation).await;
            }
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
        for _ in 0..16 {
            pace.turn(&target("111111111111"), "CreateChangeSet").await;
        }
        let passed = start.elapsed().as_secs_f64();
        assert!((9.0..10.5).contains(&passed), "{passed}");
    }

    #[tokio::test(start_paused = true)]
    async fn without_limits_nobody_waits() {
        let pace = Pace::new(Rates::Unlimited);
        let start = Instant::now();
        for _ in 0..1000 {
            pace.turn(&target("111111111111"), "CreateChangeSet").await;
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
        assert_eq!(pace.slow(&target("111111111111"), "CreateChangeSet"), None);
    }

    #[test]
    fn rates_are_the_published_ones() {
        let check = |operation, region, expected| assert_eq!(published(operation, region), expected);
        check("DescribeStacks", "eu-west-1", Some(10.0));
        check("DescribeChangeSet", "eu-west-1", Some(2.0));
        check("DescribeStacks", "ap-southeast-6", Some(2.0));
        check("GetCallerIdentity", "ap-southeast-6", None);
        check("PutObject", "eu-west-1", None);
    }
}
