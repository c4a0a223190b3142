//! What cfn-guard reports: which rules a body breaks, where, and in which words.

use serde_json::Value;

/// A rule that a body breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The rule's name.
    pub rule: String,
    /// What is wrong, on one line.
    pub message: String,
    /// What to do, where the rule says so.
    pub help: Option<String>,
    /// Where in the body, such as `/Resources/Queue/Properties`: as far as the rule found something; may be empty.
    pub path: String,
}

/// Reads a report: a list with one file, whose `not_compliant` is a tree of rules, blocks and clauses.
pub fn read(report: &str) -> Result<Vec<Broken>, String> {
    let report: Value = serde_json::from_str(report).map_err(|error| error.to_string())?;
    let mut broken = Vec::new();
    for rule in report[0]["not_compliant"].as_array().into_iter().flatten() {
        let name = rule["Rule"]["name"].as_str().unwrap_or_default();
        let name = name.rsplit('/').next().unwrap_or(name);
        let before = broken.len();
        clauses(&rule["Rule"]["checks"], name, &mut broken);
        if broken.len() == before {
            broken.push(one(&rule["Rule"], name, ""));
        }
    }
    let said = |one: &Broken, all: &[Broken]| {
        is_own_words(&one.message)
            || !all
                .iter()
                .any(|all| is_own_words(&all.message) && (&all.rule, &all.path) == (&one.rule, &one.path))
    };
    let mut broken: Vec<Broken> = broken.iter().filter(|one| said(one, &broken)).cloned().collect();
    let mut seen = std::collections::HashSet::new();
    broken.retain(|one| seen.insert((one.rule.clone(), one.path.clone(), one.message.clone())));
    Ok(broken)
}

fn clauses(checks: &Value, rule: &str, broken: &mut Vec<Broken>) {
    for check in checks.as_array().into_iter().flatten() {
        let Some((kind, inner)) = check.as_object().and_then(|check| check.iter().next()) else { continue };
        match kind.as_str() {
            "Disjunctions" => alternatives(&inner["checks"], rule, broken),
            "Rule" => clauses(&inner["checks"], rule, broken),
            "Block" => broken.push(one(inner, rule, path_of(&inner["unresolved"]).unwrap_or_default())),
            _ => broken.extend(inner.as_object().into_iter().flatten().map(|(_, clause)| {
                let found = clause["check"].as_object().and_then(|check| check.values().next());
                one(clause, rule, found.and_then(path_of).unwrap_or_default())
            })),
        }
    }
}

/// None of several alternatives holds: one mistake for each resource, in the words of the last that has some.
fn alternatives(checks: &Value, rule: &str, broken: &mut Vec<Broken>) {
    let mut failed = Vec::new();
    clauses(checks, rule, &mut failed);
    let resource = |path: &str| path.split('/').take(3).collect::<Vec<_>>().join("/");
    let start = broken.len();
    for one in failed {
        let known = broken[start..].iter_mut().find(|known| resource(&known.path) == resource(&one.path));
        match known {
            Some(known) if is_own_words(&one.message) => {
                known.message = one.message;
                known.help = one.help;
            }
            Some(_) => {}
            None => broken.push(one),
        }
    }
}

/// Where a comparison stood: what it was made with, or how far it came.
fn path_of(found: &Value) -> Option<&str> {
    let candidates =
        [&found["value"]["traversed_to"], &found["traversed_to"], &found["value"], &found["from"]];
    candidates.into_iter().find_map(|value| value["path"].as_str())
}

const DOES_NOT_HOLD: &str = "does not hold: ";

fn is_own_words(message: &str) -> bool {
    !message.starts_with(DOES_NOT_HOLD)
}

fn one(clause: &Value, rule: &str, path: &str) -> Broken {
    let custom = clause["messages"]["custom_message"].as_str().filter(|text| !text.trim().is_empty());
    let (message, help) = match custom {
        Some(text) => in_two(text),
        None => {
            let context = clause["context"].as_str().map(one_line).unwrap_or_default();
            let line = context.split_once("line:").and_then(|(_, rest)| rest.split(',').next());
            let what = match line {
                Some(line) => format!("what line {line} of the rules looks at is not there"),
                None if context.is_empty() => format!("`{rule}`"),
                None => format!("`{context}`"),
            };
            (format!("{DOES_NOT_HOLD}{what}"), None)
        }
    };
    let path = path.split('[').next().unwrap_or_default();
    Broken { rule: rule.to_owned(), message, help, path: path.to_owned() }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Rules often say `Violation: …` and `Fix: …` in one message.
fn in_two(text: &str) -> (String, Option<String>) {
    let text = one_line(text.trim().trim_matches(';'));
    let (message, help) = match text.split_once("Fix:") {
        Some((message, help)) => (message, Some(help.trim().to_owned())),
        None => (text.as_str(), None),
    };
    let message = message.trim().strip_prefix("Violation:").unwrap_or(message).trim();
    (message.to_owned(), help.filter(|help| !help.is_empty()))
}
