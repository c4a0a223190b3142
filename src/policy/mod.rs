//! A project's own rules: what its files `policies/*.guard` demand of every rendered body.
//!
//! `guard` asks the library for its verdict, `circle` keeps from it what it would not survive, `verdict` reads what it
//! says, `spot` finds the way back to the template.

mod circle;
mod guard;
mod spot;
mod verdict;

use crate::model::environment::{Assembly, Environment};
use crate::model::finding::Finding;
use crate::model::place::{Place, Source};
use crate::model::stack::{Body, Stack};
use crate::parallel;
use crate::policy::verdict::Broken;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// A rule that does not hold.
pub const BROKEN: &str = "FW0501";
/// A file of rules that cannot be used.
pub const UNUSABLE: &str = "FW0502";

/// Code, title and page of each code.
pub fn pages() -> &'static [(&'static str, &'static str, &'static str)] {
    &[
        (BROKEN, "a rule of the project that does not hold", include_str!("pages/FW0501.md")),
        (UNUSABLE, "a file of rules that cannot be used", include_str!("pages/FW0502.md")),
    ]
}

/// Holds every body of the wanted environments against the files of rules. A body that many stacks share is looked at
/// once; nothing is done without rules. Sorted by file and place, without repetition.
pub fn check(policies: &[Arc<Source>], assembly: &Assembly) -> Vec<Finding> {
    let read = parallel::map(policies, guard::parse);
    let mut findings = Vec::new();
    let mut usable = Vec::new();
    for (policy, read) in policies.iter().zip(read) {
        match read {
            Ok(true) => usable.push(policy),
            Ok(false) => {}
            Err(finding) => findings.push(finding),
        }
    }
    if !usable.is_empty() {
        findings.extend(hold(&usable, &bodies(assembly)));
    }
    sorted(findings)
}

/// A distinct body, and the first stack that has it.
type First<'a> = (&'a Arc<Body>, &'a Environment, &'a Stack);

fn bodies(assembly: &Assembly) -> Vec<First<'_>> {
    let mut seen = std::collections::HashSet::new();
    let mut bodies = Vec::new();
    for environment in assembly.wanted() {
        for stack in &environment.stacks {
            if seen.insert((stack.body.template.as_str(), stack.body.sha256.as_str())) {
                bodies.push((&stack.body, &**environment, &**stack));
            }
        }
    }
    bodies
}

/// What the files of rules say of the bodies. What holds for all bodies of a template names no stack.
fn hold(policies: &[&Arc<Source>], bodies: &[First<'_>]) -> Vec<Finding> {
    let texts = parallel::map(bodies, |(body, ..)| guard::data(&body.document.root));
    let pairs: Vec<(usize, &Arc<Source>)> =
        (0..bodies.len()).flat_map(|at| policies.iter().map(move |policy| (at, *policy))).collect();
    let verdicts = parallel::map(&pairs, |(at, policy)| guard::verdict(policy, &texts[*at]));
    let mut templates: BTreeMap<&str, usize> = BTreeMap::new();
    bodies.iter().for_each(|(body, ..)| *templates.entry(body.template.as_str()).or_default() += 1);
    let mut counted: HashMap<(&str, String), usize> = HashMap::new();
    let mut findings = Vec::new();
    for ((at, policy), verdict) in pairs.into_iter().zip(verdicts) {
        let (body, environment, stack) = bodies[at];
        let subject = format!("{} {}", environment.name, stack.label);
        match verdict {
            Ok(broken) => {
                let allowed = |broken: &Broken| !spot::is_suppressed(body, broken);
                for finding in broken.iter().filter(|one| allowed(one)).map(|one| told(policy, body, one)) {
                    *counted.entry((&body.template, identity(&finding))).or_default() += 1;
                    findings.push((body.template.as_str(), finding.subject(&subject)));
                }
            }
            Err(why) => findings.push((body.template.as_str(), inapplicable(policy, &why).subject(&subject))),
        }
    }
    let everywhere = |(template, finding): (&str, Finding)| {
        let of_all = templates.get(template) <= counted.get(&(template, identity(&finding)));
        if of_all { Finding { subject: None, ..finding } } else { finding }
    };
    findings.into_iter().map(everywhere).collect()
}

fn identity(finding: &Finding) -> String {
    let place = finding.place.as_ref().map_or_else(String::new, ToString::to_string);
    format!("{place} {}", finding.message)
}

fn told(policy: &Arc<Source>, body: &Body, broken: &Broken) -> Finding {
    let place = spot::place(&body.document, &broken.path);
    Finding::error(BROKEN, format!("`{}`: {}", broken.rule, broken.message), place)
        .related(spot::rule(policy, &broken.rule), "demanded here")
        .maybe_help(broken.help.clone())
}

fn inapplicable(policy: &Arc<Source>, why: &str) -> Finding {
    let message = format!("the rules cannot be applied: {why}");
    Finding::error(UNUSABLE, message, Place::new(policy, 0, 0))
}

fn sorted(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by_cached_key(|finding| {
        let place = finding.place.as_ref().map(|place| (place.source.path.clone(), place.start, place.end));
        (place, finding.code, finding.message.clone(), finding.subject.clone())
    });
    findings.dedup_by(|one, other| {
        one.code == other.code && one.message == other.message && one.place == other.place
    });
    findings
}

#[cfg(test)]
mod tests;
