//! Rates of calls: token buckets for each account, region and operation, and the rates that AWS publishes.

use super::super::world::Place;
use std::collections::BTreeMap;

/// Bucket by fault, place and operation.
type Key = (usize, Place, String);

/// The buckets of all throttling faults.
#[derive(Debug, Default)]
pub(super) struct Rates {
    buckets: BTreeMap<Key, Bucket>,
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    at: i64,
}

impl Rates {
    /// Whether a call at a time, in milliseconds, keeps to the rate.
    pub(super) fn admits(&mut self, key: Key, rate: f64, burst: f64, now: i64) -> bool {
        let bucket = self.buckets.entry(key).or_insert(Bucket { tokens: burst, at: now });
        let passed = (now - bucket.at).max(0) as f64 / 1000.0;
        bucket.tokens = (bucket.tokens + passed * rate).min(burst);
        bucket.at = now;
        if bucket.tokens < 1.0 {
            return false;
        }
        bucket.tokens -= 1.0;
        true
    }
}

/// The published rate of an operation of CloudFormation, in calls a second.
pub(super) fn published(operation: &str, region: &str) -> f64 {
    if region == "ap-southeast-6" {
        return 2.0;
    }
    match operation {
        "DescribeStackResource" => 20.0,
        "DescribeStacks"
        | "DescribeStackEvents"
        | "DescribeStackResources"
        | "GetTemplate"
        | "ListExports"
        | "ListStackResources"
        | "ListStacks" => 10.0,
        "DetectStackResourceDrift" => 3.0,
        "RegisterType" => 0.5,
        _ => 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_gives_its_burst_and_then_its_rate() {
        let mut rates = Rates::default();
        let key = |region: &str| {
            (0, Place { account: "1".into(), region: region.into() }, "DescribeStacks".to_owned())
        };
        let admitted = |rates: &mut Rates, region: &str, now| {
            (0..10).filter(|_| rates.admits(key(region), 2.0, 4.0, now)).count()
        };
        assert_eq!(admitted(&mut rates, "a", 0), 4);
        assert_eq!(admitted(&mut rates, "b", 0), 4);
        assert_eq!(admitted(&mut rates, "a", 500), 1);
        assert_eq!(admitted(&mut rates, "a", 60_000), 4);
    }
}
