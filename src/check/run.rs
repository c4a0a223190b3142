//! Runs the checks: bodies once each, then stacks, then the whole; sorts what they find.

use crate::check::anatomy::{Anatomy, Mapped};
use crate::check::{CHECKS, Level};
use crate::model::environment::{Assembly, Environment};
use crate::model::finding::Finding;
use crate::model::stack::{Body, Stack};
use crate::parallel;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// A stack with its body taken apart.
pub struct Subject<'a> {
    /// Its environment.
    pub environment: &'a Environment,
    /// The stack.
    pub stack: &'a Stack,
    /// Its body.
    pub anatomy: &'a Anatomy<'a>,
}

impl Subject<'_> {
    /// How findings name the stack: `quiz/dev network`.
    pub fn name(&self) -> String {
        format!("{} {}", self.environment.name, self.stack.label)
    }
}

/// Everything that was assembled.
pub struct Whole<'a> {
    /// The environments.
    pub assembly: &'a Assembly,
}

type BodyKey<'a> = (&'a str, &'a str);

impl<'a> Whole<'a> {
    /// All stacks of all environments, with their environments.
    pub fn stacks(&self) -> impl Iterator<Item = (&'a Environment, &'a Stack)> + use<'a> {
        let environments = self.assembly.environments.values();
        environments
            .flat_map(|environment| environment.stacks.iter().map(move |stack| (&**environment, &**stack)))
    }
}

fn key(body: &Arc<Body>) -> BodyKey<'_> {
    (&body.template, &body.sha256)
}

/// Runs all checks over the assembled environments; findings come sorted by file and place, without repetition.
/// Environments that are there only because others use their outputs are not checked themselves.
pub fn check(assembly: &Assembly) -> Vec<Finding> {
    let mapped = mapped(assembly);
    let mut findings = check_stacks(assembly, &mapped);
    let whole = Whole { assembly };
    CHECKS.iter().for_each(|check| {
        if let Level::Assembly(run) = check.level {
            run(&whole, &mut findings);
        }
    });
    sorted(findings)
}

fn mapped(assembly: &Assembly) -> Mapped {
    let mut mapped = Mapped::default();
    for environment in assembly.environments.values() {
        let ids = environment.accounts.values().map(|account| account.id.as_str().to_owned());
        mapped.accounts.extend(ids);
        mapped.regions.extend(environment.regions.iter().cloned());
    }
    mapped
}

/// Checks every distinct body once, and each stack with its body taken apart. A finding that not all bodies of a
/// template have names the first stack that has it.
fn check_stacks(assembly: &Assembly, mapped: &Mapped) -> Vec<Finding> {
    let mut poured: HashMap<BodyKey<'_>, Vec<(&Environment, &Stack)>> = HashMap::new();
    let mut order = Vec::new();
    for environment in assembly.wanted() {
        for stack in &environment.stacks {
            let stacks = poured.entry(key(&stack.body)).or_default();
            if stacks.is_empty() {
                order.push(key(&stack.body));
            }
            stacks.push((environment, stack));
        }
    }
    let shared: Vec<&Vec<(&Environment, &Stack)>> = order.iter().filter_map(|key| poured.get(key)).collect();
    let checked = parallel::map(&shared, |stacks| {
        let (mut of_body, mut of_stacks) = (Vec::new(), Vec::new());
        if let Some((_, first)) = stacks.first() {
            let anatomy = Anatomy::new(&first.body, mapped);
            of_body = check_body(&anatomy);
            for (environment, stack) in *stacks {
                check_stack(&Subject { environment, stack, anatomy: &anatomy }, &mut of_stacks);
            }
        }
        (of_body, of_stacks)
    });
    let mut templates: BTreeMap<&str, (usize, Vec<Finding>)> = BTreeMap::new();
    let mut findings = Vec::new();
    for (stacks, (of_body, of_stacks)) in shared.into_iter().zip(checked) {
        let Some((environment, first)) = stacks.first() else { continue };
        let (bodies, found) = templates.entry(&first.body.template).or_default();
        *bodies += 1;
        let name = format!("{} {}", environment.name, first.label);
        found.extend(of_body.into_iter().map(|finding| finding.subject(&name)));
        findings.extend(of_stacks);
    }
    findings.extend(templates.into_values().flat_map(|(bodies, findings)| merged(bodies, findings)));
    findings
}

fn check_stack(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for check in CHECKS {
        if let Level::Stack(run) = check.level {
            run(subject, findings);
        }
    }
}

/// All findings of one body.
pub fn check_body(anatomy: &Anatomy<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for check in CHECKS {
        if let Level::Body(run) = check.level {
            run(anatomy, &mut findings);
        }
    }
    findings
}

fn merged(bodies: usize, findings: Vec<Finding>) -> Vec<Finding> {
    let mut order: Vec<(Finding, usize)> = Vec::new();
    let mut known: HashMap<(&'static str, String, String), usize> = HashMap::new();
    for finding in findings {
        let place = finding.place.as_ref().map_or_else(String::new, ToString::to_string);
        let at = *known.entry((finding.code, place, finding.message.clone())).or_insert(order.len());
        match order.get_mut(at) {
            Some((_, count)) => *count += 1,
            None => order.push((finding, 1)),
        }
    }
    let everywhere = |(finding, count): (Finding, usize)| match count >= bodies {
        true => Finding { subject: None, ..finding },
        false => finding,
    };
    order.into_iter().map(everywhere).collect()
}

fn sorted(mut findings: Vec<Finding>) -> Vec<Finding> {
    let place = |finding: &Finding| {
        finding.place.as_ref().map(|place| (place.source.path.clone(), place.start, place.end))
    };
    findings.sort_by_cached_key(|finding| {
        (place(finding), finding.code, finding.message.clone(), finding.subject.clone())
    });
    findings.dedup_by(|one, other| {
        one.code == other.code && one.message == other.message && one.place == other.place
    });
    findings
}
