//! One fault: what happens, to whom, and when. Made of what is written; whatever makes no sense together is refused.

use super::super::identifiers;
use super::super::world::Place;
use super::written::{Drifted, Listed, Moment, Number, Side, Written};
use globset::{Glob, GlobMatcher};
use std::cell::Cell;

/// What happens.
#[derive(Debug, Clone)]
pub(super) enum Deed {
    /// Work on a resource fails.
    Fail {
        /// The provider's words; without any, they say that it is simulated.
        message: String,
        /// The provider's error code.
        code: String,
    },
    /// Work on a resource takes so many milliseconds longer, or never ends.
    Stuck(Option<i64>),
    /// Calls beyond a rate are refused.
    Throttle {
        /// Calls a second; none for the published rate of the operation.
        rate: Option<f64>,
        /// Calls at once.
        burst: Option<f64>,
    },
    /// A call is answered with this HTTP status.
    Error(u16),
    /// A call is lost on its way.
    Drop(Side),
    /// An answer takes so many milliseconds.
    Slow(i64),
    /// A read shows how things were so many milliseconds ago.
    Stale(i64),
    /// Credentials have lapsed.
    Expire,
    /// The caller may not.
    Deny,
    /// There may be so many stacks in an account and region.
    Quota(usize),
    /// A resource is not as its stack made it.
    Drift(Drifted),
}

/// A fault, and how often it was met and struck.
#[derive(Debug, Clone)]
pub(in super::super) struct Fault {
    pub(super) written: Written,
    pub(super) deed: Deed,
    on: Vec<Moment>,
    resource: Option<GlobMatcher>,
    resource_type: Option<GlobMatcher>,
    stack: Option<GlobMatcher>,
    region: Option<GlobMatcher>,
    operations: Vec<GlobMatcher>,
    times: Option<u64>,
    seen: Cell<u64>,
    struck: Cell<u64>,
}

/// A piece of work on a resource.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Subject<'a> {
    /// What is done.
    pub(in super::super) moment: Moment,
    /// The name of its stack.
    pub(in super::super) stack: &'a str,
    /// Its name in the template.
    pub(in super::super) logical_id: &'a str,
    /// Its type.
    pub(in super::super) resource_type: &'a str,
}

/// A call of a service.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) service: &'static str,
    pub(super) operation: String,
    pub(super) stack: Option<String>,
    pub(super) place: Place,
}

/// The services a fault may name.
const SERVICES: [&str; 6] = ["cloudformation", "sts", "ssm", "secretsmanager", "organizations", "s3"];

impl Fault {
    /// Makes sense of what is written.
    pub(super) fn new(written: Written) -> Result<Self, String> {
        let deed = deed(&written)?;
        fitting(&written, &deed)?;
        if let Some(service) = written.service.as_deref().filter(|service| !SERVICES.contains(service)) {
            return Err(format!("`service: {service}` is none of {}", SERVICES.join(", ")));
        }
        let operations: Vec<String> = written.operation.clone().map(|Listed(all)| all).unwrap_or_default();
        Ok(Self {
            on: written.on.clone().map_or(vec![Moment::Create, Moment::Update], |Listed(all)| all),
            resource: glob("resource", written.resource.as_deref())?,
            resource_type: glob("type", written.resource_type.as_deref())?,
            stack: glob("stack", written.stack.as_deref())?,
            region: glob("region", written.region.as_deref())?,
            operations: operations
                .iter()
                .filter_map(|one| glob("operation", Some(one)).transpose())
                .collect::<Result<_, _>>()?,
            times: times(written.times.as_ref())?,
            deed,
            written,
            seen: Cell::new(0),
            struck: Cell::new(0),
        })
    }

    /// The fault of `--fail`: a resource fails whenever it is created or updated.
    pub(super) fn of_name(logical_id: &str) -> Self {
        let name = globset::escape(logical_id);
        let resource = Glob::new(&name).ok().map(|glob| glob.compile_matcher());
        Self {
            written: Written {
                fail: Some(format!("Simulated failure of {logical_id}")),
                resource: Some(name),
                ..Written::default()
            },
            deed: Deed::Fail { message: format!("Simulated failure of {logical_id}"), code: CODE.to_owned() },
            on: vec![Moment::Create, Moment::Update],
            resource,
            resource_type: None,
            stack: None,
            region: None,
            operations: Vec::new(),
            times: None,
            seen: Cell::new(0),
            struck: Cell::new(0),
        }
    }

    /// How often it has struck.
    pub(super) fn struck(&self) -> u64 {
        self.struck.get()
    }

    /// Whether it is about this piece of work.
    pub(super) fn is_about(&self, place: &Place, subject: &Subject<'_>) -> bool {
        self.on.contains(&subject.moment) && self.befalls(place, subject)
    }

    /// Whether it is about this resource, whatever is done with it.
    pub(super) fn befalls(&self, place: &Place, subject: &Subject<'_>) -> bool {
        fits(self.resource.as_ref(), subject.logical_id)
            && fits(self.resource_type.as_ref(), subject.resource_type)
            && fits(self.stack.as_ref(), subject.stack)
            && self.lies_in(place)
    }

    /// Whether it is about this call.
    pub(super) fn concerns(&self, asked: &Asked) -> bool {
        let name = asked.stack.as_deref();
        self.written.service.as_deref().unwrap_or(SERVICES[0]) == asked.service
            && (self.operations.is_empty()
                || self.operations.iter().any(|one| one.is_match(&asked.operation)))
            && self.stack.as_ref().is_none_or(|glob| name.is_some_and(|name| glob.is_match(name)))
            && self.lies_in(&asked.place)
    }

    fn lies_in(&self, place: &Place) -> bool {
        self.written.account.as_ref().is_none_or(|account| *account == place.account)
            && fits(self.region.as_ref(), &place.region)
    }

    /// Counts one more occasion, and says whether the fault is due at it: `passed` milliseconds after it was ordered.
    pub(super) fn is_due(&self, passed: i64, seed: u64) -> bool {
        let written = &self.written;
        let seen = self.seen.get() + 1;
        self.seen.set(seen);
        let turn = seen.saturating_sub(written.after.unwrap_or(0));
        let patient = written.since.is_none_or(|seconds| passed >= milliseconds(seconds));
        let counted = turn > 0 && turn.is_multiple_of(written.every.unwrap_or(1));
        let lucky = written.chance.is_none_or(|chance| drawn(seed, seen) < chance);
        let left = self.times.is_none_or(|times| self.struck.get() < times);
        patient && counted && lucky && left
    }

    /// Notes that it struck.
    pub(super) fn strike(&self) {
        self.struck.set(self.struck.get() + 1);
    }
}

/// What a provider calls an error it knows no better name for.
const CODE: &str = "GeneralServiceException";

/// A number between 0 and 1 that follows from the seed and the count.
fn drawn(seed: u64, count: u64) -> f64 {
    let digits = identifiers::digest(seed, &["chance", &count.to_string()]);
    f64::from(u32::from_str_radix(&digits[..8], 16).unwrap_or(0)) / f64::from(u32::MAX)
}

/// Seconds as they are written, in milliseconds.
fn milliseconds(seconds: f64) -> i64 {
    (seconds * 1000.0) as i64
}

pub(super) fn fits(glob: Option<&GlobMatcher>, text: &str) -> bool {
    glob.is_none_or(|glob| glob.is_match(text))
}

pub(super) fn glob(field: &str, pattern: Option<&str>) -> Result<Option<GlobMatcher>, String> {
    let Some(pattern) = pattern else { return Ok(None) };
    let glob = Glob::new(pattern).map_err(|error| format!("`{field}: {pattern}` is no pattern: {error}"))?;
    Ok(Some(glob.compile_matcher()))
}

pub(super) fn times(written: Option<&Number>) -> Result<Option<u64>, String> {
    match written {
        None => Ok(None),
        Some(Number::Word(word)) if word == "always" => Ok(None),
        Some(Number::Word(word)) if word == "once" => Ok(Some(1)),
        Some(Number::Of(number)) if *number >= 1.0 && number.fract() == 0.0 => Ok(Some(*number as u64)),
        _ => Err("`times` is `once`, `always`, or a whole number above zero".to_owned()),
    }
}

fn deed(written: &Written) -> Result<Deed, String> {
    let said = [
        written.fail.clone().map(|message| Ok(failure(written, message))),
        written.stuck.as_ref().map(stuck),
        written.throttle.as_ref().map(|rate| throttle(rate, written.burst)),
        written.error.map(error),
        written.drop.map(|side| Ok(Deed::Drop(side))),
        written.slow.map(|seconds| duration("slow", seconds).map(Deed::Slow)),
        written.stale.map(|seconds| duration("stale", seconds).map(Deed::Stale)),
        written.expire.then_some(Ok(Deed::Expire)),
        written.deny.then_some(Ok(Deed::Deny)),
        written.quota.map(|stacks| Ok(Deed::Quota(stacks))),
        written.drift.clone().map(drifted),
    ];
    let mut deeds = said.into_iter().flatten();
    match (deeds.next(), deeds.next()) {
        (Some(deed), None) => deed,
        _ => {
            Err("a fault says exactly one of `fail`, `stuck`, `throttle`, `error`, `drop`, `slow`, `stale`, \
                  `expire`, `deny`, `quota`, `drift`"
                .to_owned())
        }
    }
}

fn failure(written: &Written, message: String) -> Deed {
    Deed::Fail { message, code: written.code.clone().unwrap_or_else(|| CODE.to_owned()) }
}

fn stuck(written: &Number) -> Result<Deed, String> {
    match written {
        Number::Word(word) if word == "forever" => Ok(Deed::Stuck(None)),
        Number::Of(seconds) => duration("stuck", *seconds).map(|time| Deed::Stuck(Some(time))),
        Number::Word(_) => Err("`stuck` is `forever` or a number of seconds".to_owned()),
    }
}

fn throttle(written: &Number, burst: Option<f64>) -> Result<Deed, String> {
    if burst.is_some_and(|burst| !burst.is_finite() || burst < 1.0) {
        return Err("`burst` is a number of calls, at least 1".to_owned());
    }
    match written {
        Number::Word(word) if word == "published" => Ok(Deed::Throttle { rate: None, burst }),
        Number::Of(rate) if rate.is_finite() && *rate > 0.0 => {
            Ok(Deed::Throttle { rate: Some(*rate), burst })
        }
        _ => Err("`throttle` is `published` or a number of calls a second, above zero".to_owned()),
    }
}

fn error(status: u16) -> Result<Deed, String> {
    match status {
        500..=599 => Ok(Deed::Error(status)),
        _ => Err(format!("`error: {status}` is no HTTP status from 500 to 599")),
    }
}

pub(super) fn duration(field: &str, seconds: f64) -> Result<i64, String> {
    match seconds.is_finite() && (0.0..=1e9).contains(&seconds) {
        true => Ok(milliseconds(seconds)),
        false => Err(format!("`{field}: {seconds}` is no number of seconds")),
    }
}

fn drifted(written: Drifted) -> Result<Deed, String> {
    match &written {
        Drifted::Word(word) if word != "deleted" => {
            Err("`drift` is `deleted` or a map of properties and their actual values".to_owned())
        }
        Drifted::To(properties) if properties.is_empty() => {
            Err("`drift` names at least one property".to_owned())
        }
        _ => Ok(Deed::Drift(written)),
    }
}

/// Refuses fields that would say nothing in a fault of this kind.
fn fitting(written: &Written, deed: &Deed) -> Result<(), String> {
    let drift = matches!(deed, Deed::Drift(_));
    let work = matches!(deed, Deed::Fail { .. } | Deed::Stuck(_));
    let resources = work || drift;
    let counts = written.times.is_some() || written.every.is_some() || written.after.is_some();
    if drift && (counts || written.since.is_some() || written.chance.is_some()) {
        return Err("a resource has drifted or not: a drift is not counted".to_owned());
    }
    let stray = [
        ("resource", written.resource.is_some(), resources),
        ("type", written.resource_type.is_some(), resources),
        ("on", written.on.is_some(), work),
        ("code", written.code.is_some(), matches!(deed, Deed::Fail { .. })),
        ("service", written.service.is_some(), !resources && !matches!(deed, Deed::Quota(_))),
        ("operation", written.operation.is_some(), !resources && !matches!(deed, Deed::Quota(_))),
        ("burst", written.burst.is_some(), matches!(deed, Deed::Throttle { .. })),
    ];
    if let Some((field, ..)) = stray.into_iter().find(|(_, given, allowed)| *given && !allowed) {
        return Err(format!("`{field}` means nothing in a fault of this kind"));
    }
    if written.every == Some(0) {
        return Err("`every` is a whole number above zero".to_owned());
    }
    if written.chance.is_some_and(|chance| !(0.0..=1.0).contains(&chance)) {
        return Err("`chance` lies between 0 and 1".to_owned());
    }
    if written.since.is_some_and(|seconds| duration("since", seconds).is_err()) {
        return Err("`since` is a number of seconds".to_owned());
    }
    Ok(())
}
