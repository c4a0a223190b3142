//! Conditions: each decided once, in the order they need each other.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::Refusal;
use super::evaluate::{Evaluation, function};
use super::scope::Scope;
use super::text::plain;

/// How many conditions may need each other in a row.
const MAX_CHAIN: usize = 300;

/// The names of all conditions, each after those it needs.
pub fn order(tree: &Map<String, Value>) -> Result<Vec<String>, Refusal> {
    let mut settled = Vec::new();
    let mut seen = BTreeSet::new();
    let Some(Value::Object(declared)) = tree.get("Conditions") else { return Ok(settled) };
    for name in declared.keys() {
        settle(name, declared, &mut seen, &mut settled, &mut Vec::new())?;
    }
    Ok(settled)
}

fn settle(
    name: &str,
    declared: &Map<String, Value>,
    seen: &mut BTreeSet<String>,
    settled: &mut Vec<String>,
    path: &mut Vec<String>,
) -> Result<(), Refusal> {
    if path.iter().any(|earlier| earlier == name) {
        let last = path.last().map_or(name, String::as_str);
        return Err(Refusal::new(format!(
            "Template error: Found circular condition dependency between {name} and {last}"
        )));
    }
    if !seen.insert(name.to_owned()) {
        return Ok(());
    }
    let Some(node) = declared.get(name) else {
        return Err(Refusal::new(format!(
            "Template format error: Unresolved condition dependency {name} in the Conditions block of the template"
        )));
    };
    if path.len() >= MAX_CHAIN {
        return Err(Refusal::new("Template format error: unsupported structure."));
    }
    path.push(name.to_owned());
    for needed in needs(node) {
        settle(&needed, declared, seen, settled, path)?;
    }
    path.pop();
    settled.push(name.to_owned());
    Ok(())
}

/// Decides all conditions of the scope's template; the scope's own conditions are not looked at.
pub fn decide_all(scope: &Scope<'_>) -> Result<BTreeMap<String, bool>, Refusal> {
    let mut decided = BTreeMap::new();
    for name in order(scope.tree)? {
        let Some(node) = scope.tree.get("Conditions").and_then(|conditions| conditions.get(&name)) else {
            continue;
        };
        let known = Scope { conditions: &decided, ..*scope };
        let Some(Value::Bool(value)) = super::evaluate::evaluate(node, &known)? else {
            return Err(Refusal::new(
                "Template format error: Conditions can only be boolean operations on parameters and other conditions",
            ));
        };
        decided.insert(name, value);
    }
    Ok(decided)
}

/// The conditions that a condition names.
pub fn needs(node: &Value) -> Vec<String> {
    match (function(node), node) {
        (Some(("Condition", Value::String(name))), _) => vec![name.clone()],
        (Some(("Fn::If", Value::Array(parts))), _) => {
            let name = parts.first().and_then(Value::as_str).map(str::to_owned);
            name.into_iter().chain(parts.iter().skip(1).flat_map(needs)).collect()
        }
        (_, Value::Array(items)) => items.iter().flat_map(needs).collect(),
        (_, Value::Object(entries)) => entries.values().flat_map(needs).collect(),
        _ => Vec::new(),
    }
}

/// Carries out one of the functions that give a boolean.
pub fn decide(evaluation: &Evaluation<'_>, node: &Value) -> Result<bool, Refusal> {
    let Some((name, argument)) = function(node) else { return Err(boolean_fault("Fn::Not")) };
    let parts = argument.as_array().map_or(&[][..], Vec::as_slice);
    match (name, parts) {
        ("Fn::Equals", [left, right]) => equal(evaluation, left, right),
        ("Fn::Equals", _) => Err(equals_fault()),
        ("Fn::Not", [only]) => truth(evaluation, only, name).map(|value| !value),
        ("Fn::And" | "Fn::Or", parts) if (2..=10).contains(&parts.len()) => {
            let values: Vec<bool> =
                parts.iter().map(|part| truth(evaluation, part, name)).collect::<Result<_, _>>()?;
            Ok(if name == "Fn::And" {
                values.iter().all(|value| *value)
            } else {
                values.iter().any(|value| *value)
            })
        }
        _ => Err(boolean_fault(name)),
    }
}

fn truth(evaluation: &Evaluation<'_>, node: &Value, name: &str) -> Result<bool, Refusal> {
    match evaluation.value(node)? {
        Value::Bool(value) => Ok(value),
        _ => Err(boolean_fault(name)),
    }
}

fn equal(evaluation: &Evaluation<'_>, left: &Value, right: &Value) -> Result<bool, Refusal> {
    let (left, right) = (evaluation.value(left)?, evaluation.value(right)?);
    match (plain(&left), plain(&right)) {
        (Some(left), Some(right)) => Ok(left == right),
        _ if left.is_array() && right.is_array() => Ok(left == right),
        _ => Err(equals_fault()),
    }
}

/// The refusal of a malformed `Fn::Equals`.
pub fn equals_fault() -> Refusal {
    Refusal::new("Template error: every Fn::Equals object requires a list of 2 string parameters.")
}

/// The refusal of a malformed boolean function.
pub fn boolean_fault(name: &str) -> Refusal {
    Refusal::new(match name {
        "Fn::Not" => "Template error: every Fn::Not object requires one boolean parameter.".to_owned(),
        _ => format!(
            "Template error: every {name} object requires a list of at least 2 and at most 10 boolean parameters."
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::surroundings::Nothing;
    use super::super::{Desired, Identity, ParameterValues, Template};

    fn decided(conditions: &str) -> Result<String, String> {
        let text = format!("Conditions: {conditions}\nResources: {{A: {{Type: 'AWS::SNS::Topic'}}}}");
        let template = Template::read(&text).map_err(|refusal| refusal.message)?;
        let wish = Desired::new(&template, ParameterValues::new(), Identity::default(), Vec::new(), &Nothing);
        let wish = wish.map_err(|refusal| refusal.message)?;
        Ok(wish.conditions().iter().filter(|(_, holds)| **holds).map(|(name, _)| name.as_str()).collect())
    }

    #[test]
    fn conditions_are_decided_in_the_order_they_need_each_other() {
        for (text, expected) in [
            ("{A: !Not [!Condition B], B: !Equals [1, 2]}", Ok("A")),
            (
                "{A: !And [!Condition B, !Condition C], B: !Equals [1, '1'], C: !Or [!Condition B, !Equals [1, 2]]}",
                Ok("ABC"),
            ),
            ("{A: !Equals [!If [B, x, y], x], B: !Equals [true, 'true']}", Ok("AB")),
            (
                "{A: !Condition B, B: !Condition A}",
                Err("Template error: Found circular condition dependency between A and B"),
            ),
            (
                "{A: !Equals [1]}",
                Err("Template error: every Fn::Equals object requires a list of 2 string parameters."),
            ),
            (
                "{A: text}",
                Err(
                    "Template format error: Conditions can only be boolean operations on parameters and other conditions",
                ),
            ),
            (
                "{A: !Not [!Condition Z]}",
                Err(
                    "Template format error: Unresolved condition dependency Z in the Conditions block of the template",
                ),
            ),
        ] {
            assert_eq!(decided(text), expected.map(str::to_owned).map_err(str::to_owned), "{text}");
        }
    }
}
