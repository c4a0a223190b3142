//! References to stacks: `stack.Key`, `environment:stack.Key`, or a mapping that also says account and region.

use crate::model::document::Kind;
use crate::model::finding::Finding;
use crate::model::place::Place;
use crate::project::codes;
use crate::project::evaluate::Evaluator;
use crate::project::expand::{Expanded, Instance};
use crate::project::schema::reader::{Written, listed, suggestion};

/// Which output of which stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Another environment, as it was written.
    pub environment: Option<String>,
    /// The stack.
    pub stack: String,
    /// The output.
    pub key: String,
    /// The account role, where it is said.
    pub account: Option<String>,
    /// The region, where it is said.
    pub region: Option<String>,
    /// Where it is written.
    pub place: Place,
}

const KEYS: [&str; 5] = ["stack", "key", "account", "region", "environment"];

/// Reads a reference.
pub fn parse(written: &Written, evaluator: &Evaluator<'_>) -> Result<Reference, Vec<Finding>> {
    let place = written.place();
    let malformed = |text: &str| {
        let message = format!("`{text}` is not a reference to an output");
        let help = "write `!Output stack.Key`, `!Output environment:stack.Key` or `!Output {stack: …, key: …, region: …}`";
        vec![Finding::error(codes::REFERENCE, message, place.clone()).help(help)]
    };
    match &written.node.kind {
        Kind::Scalar { .. } => {
            let text = evaluator.text(written)?;
            let (environment, rest) = split_environment(&text);
            let (stack, key) = rest.rsplit_once('.').ok_or_else(|| malformed(&text))?;
            if stack.is_empty() || key.is_empty() || !key.chars().all(|letter| letter.is_ascii_alphanumeric())
            {
                return Err(malformed(&text));
            }
            let (stack, key) = (stack.to_owned(), key.to_owned());
            Ok(Reference { environment, stack, key, account: None, region: None, place })
        }
        Kind::Mapping(_) => mapping(written, evaluator, place.clone()),
        Kind::Sequence(_) | Kind::Alias => Err(malformed("this")),
    }
}

fn mapping(written: &Written, evaluator: &Evaluator<'_>, place: Place) -> Result<Reference, Vec<Finding>> {
    let mut findings = Vec::new();
    for (key, _) in written.node.entries() {
        if let Some(name) = key.text().filter(|name| !KEYS.contains(name)) {
            let message = format!("a reference has no key `{name}`");
            let finding = Finding::error(codes::UNKNOWN_KEY, message, written.document.place(key));
            findings.push(finding.help(suggestion(name, KEYS)));
        }
    }
    let mut text = |name: &str| {
        let node = written.node.get(name)?;
        evaluator.text(&written.sibling(node)).map_err(|told| findings.extend(told)).ok()
    };
    let (stack, key, account, region) = (text("stack"), text("key"), text("account"), text("region"));
    let named = text("environment");
    let (Some(stack), Some(key), true) = (stack, key, findings.is_empty()) else {
        if findings.is_empty() {
            let message = "a reference needs `stack` and `key`";
            findings.push(Finding::error(codes::MISSING_KEY, message, place));
        }
        return Err(findings);
    };
    let (environment, stack) = split_environment(&stack);
    let (environment, stack) = (named.or(environment), stack.to_owned());
    Ok(Reference { environment, stack, key, account, region, place })
}

fn split_environment(text: &str) -> (Option<String>, &str) {
    match text.split_once(':') {
        Some((environment, rest)) => (Some(environment.to_owned()), rest),
        None => (None, text),
    }
}

/// The stacks of an environment that a reference means: those of this address, or all of this key.
pub fn candidates<'a>(expanded: &'a Expanded, reference: &Reference) -> Result<Vec<&'a Instance>, Finding> {
    let mut found: Vec<&Instance> = expanded.called(&reference.stack).collect();
    if found.is_empty() {
        return Err(no_stack(expanded, reference));
    }
    let all = found.clone();
    let fits = |given: &Option<String>, is: &str| given.as_deref().is_none_or(|given| given == is);
    found.retain(|instance| {
        fits(&reference.account, &instance.address.account)
            && fits(&reference.region, &instance.address.region)
    });
    match found.is_empty() {
        true => Err(not_there(reference, &all)),
        false => Ok(found),
    }
}

/// The one stack that is meant: of the same account and region, or the only one.
pub fn choose<'a>(
    found: &[&'a Instance],
    account: &str,
    region: &str,
    reference: &Reference,
) -> Result<&'a Instance, Finding> {
    let account = reference.account.as_deref().unwrap_or(account);
    let region = reference.region.as_deref().unwrap_or(region);
    let here: Vec<&&Instance> = found
        .iter()
        .filter(|instance| instance.address.account == account && instance.address.region == region)
        .collect();
    match (here.as_slice(), found) {
        ([one], _) => Ok(one),
        (_, [one]) => Ok(one),
        ([], many) => Err(ambiguous(reference, many)),
        (many, _) => Err(ambiguous(reference, &many.iter().map(|one| **one).collect::<Vec<_>>())),
    }
}

fn no_stack(expanded: &Expanded, reference: &Reference) -> Finding {
    let blueprint = &expanded.resolved.blueprint;
    let environment = &expanded.resolved.name;
    if let Some(entry) = blueprint.stack(&reference.stack) {
        let message = format!("the stack `{}` is not part of `{environment}`", reference.stack);
        let why = match (entry.setting("condition"), entry.setting("for_each")) {
            (Some(written), _) => Some((written, "this condition is false there")),
            (None, Some(written)) => Some((written, "this has no items there")),
            (None, None) => None,
        };
        let finding = Finding::error(codes::NO_STACK, message, reference.place.clone());
        return match why {
            Some((written, label)) => finding.related(written.place(), label),
            None => finding,
        };
    }
    let mut names: Vec<&str> = blueprint.stacks.iter().map(|entry| entry.key.name.as_str()).collect();
    names.extend(expanded.instances.iter().map(|instance| instance.address.stack.as_str()));
    names.sort_unstable();
    names.dedup();
    let message = format!("there is no stack `{}` in `{environment}`", reference.stack);
    Finding::error(codes::NO_STACK, message, reference.place.clone())
        .help(suggestion(&reference.stack, names))
}

fn not_there(reference: &Reference, all: &[&Instance]) -> Finding {
    let asked: Vec<&str> = reference.account.iter().chain(&reference.region).map(String::as_str).collect();
    let message = format!("the stack `{}` does not go to {}", reference.stack, listed(asked));
    Finding::error(codes::NO_STACK, message, reference.place.clone())
        .help(format!("it goes to {}", places(all)))
}

fn ambiguous(reference: &Reference, many: &[&Instance]) -> Finding {
    let message = format!("`{}` could mean {} stacks", reference.stack, many.len());
    let help = format!(
        "say which with `!Output {{stack: …, key: {}, account: …, region: …}}`, or take all with `!Outputs`: there is {}",
        reference.key,
        places(many)
    );
    Finding::error(codes::AMBIGUOUS, message, reference.place.clone()).help(help)
}

fn places(instances: &[&Instance]) -> String {
    let places: Vec<String> = instances
        .iter()
        .map(|one| format!("{}@{}/{}", one.address.stack, one.address.account, one.address.region))
        .collect();
    listed(places.iter().map(String::as_str))
}
