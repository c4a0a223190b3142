//! Rules: assertions over parameters, held before any resource is looked at.
//!
//! Functions that ask about things outside the template (`Fn::RefAll`, `Fn::ValueOf`, `Fn::ValueOfAll`) are not
//! simulated: an assertion that uses them counts as kept.

use serde_json::Value;

use super::Refusal;
use super::conditions::decide;
use super::evaluate::{Evaluation, evaluate, function};
use super::scope::Scope;
use super::text::plain;

/// Refuses parameters that break a rule of the template.
pub fn check(scope: &Scope<'_>) -> Result<(), Refusal> {
    let rules = scope.tree.get("Rules").and_then(Value::as_object);
    for (name, rule) in rules.into_iter().flatten() {
        let applies = rule.get("RuleCondition").map_or(Ok(true), |condition| holds(condition, scope))?;
        let assertions = rule.get("Assertions").and_then(Value::as_array).into_iter().flatten();
        for assertion in assertions.filter(|_| applies) {
            let Some(wanted) = assertion.get("Assert").filter(|wanted| !asks_outside(wanted)) else {
                continue;
            };
            if !holds(wanted, scope)? {
                let told =
                    assertion.get("AssertDescription").and_then(Value::as_str).unwrap_or("Assertion failed");
                return Err(Refusal::new(format!("Template error: Rule {name} is violated: {told}")));
            }
        }
    }
    Ok(())
}

fn holds(node: &Value, scope: &Scope<'_>) -> Result<bool, Refusal> {
    Ok(evaluate(node, scope)? != Some(Value::Bool(false)))
}

fn asks_outside(node: &Value) -> bool {
    let outside = function(node)
        .is_some_and(|(name, _)| matches!(name, "Fn::RefAll" | "Fn::ValueOf" | "Fn::ValueOfAll"));
    outside
        || match node {
            Value::Array(items) => items.iter().any(asks_outside),
            Value::Object(entries) => entries.values().any(asks_outside),
            _ => false,
        }
}

/// Carries out a function that only rules have, or one of the conditions'.
pub fn decide_rule(
    evaluation: &Evaluation<'_>,
    name: &str,
    argument: &Value,
    node: &Value,
) -> Result<bool, Refusal> {
    let parts = argument.as_array().map_or(&[][..], Vec::as_slice);
    let [left, right] = parts else { return decide(evaluation, node) };
    match name {
        "Fn::Contains" => {
            let (list, wanted) = (texts(evaluation, left)?, evaluation.value(right)?);
            Ok(plain(&wanted).is_some_and(|wanted| list.contains(&wanted)))
        }
        "Fn::EachMemberEquals" => {
            let (list, wanted) = (texts(evaluation, left)?, evaluation.value(right)?);
            Ok(list.iter().all(|member| plain(&wanted).as_ref() == Some(member)))
        }
        "Fn::EachMemberIn" => {
            let (list, allowed) = (texts(evaluation, left)?, texts(evaluation, right)?);
            Ok(list.iter().all(|member| allowed.contains(member)))
        }
        _ => decide(evaluation, node),
    }
}

fn texts(evaluation: &Evaluation<'_>, node: &Value) -> Result<Vec<String>, Refusal> {
    Ok(match evaluation.value(node)? {
        Value::Array(items) => items.iter().filter_map(plain).collect(),
        other => plain(&other).into_iter().collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::surroundings::Nothing;
    use super::super::{Desired, GivenParameter, Identity, Template, resolve_parameters};

    fn deployed(stage: &str, size: &str) -> Result<(), String> {
        let text = "
Parameters: {Stage: {Type: String}, Size: {Type: String}}
Rules:
  Large:
    RuleCondition: !Equals [!Ref Stage, live]
    Assertions:
      - Assert: {'Fn::Contains': [[m5.large, m5.xlarge], !Ref Size]}
        AssertDescription: live needs a large one
      - Assert: {'Fn::EachMemberIn': [{'Fn::ValueOfAll': [A, B]}, {'Fn::RefAll': C}]}
Resources: {A: {Type: 'AWS::SNS::Topic'}}";
        let template = Template::read(text).map_err(|refusal| refusal.message)?;
        let given = |name: &str, value: &str| GivenParameter {
            name: name.into(),
            value: Some(value.into()),
            use_previous: false,
        };
        let given = [given("Stage", stage), given("Size", size)];
        let parameters =
            resolve_parameters(&template, &given, None, &Nothing).map_err(|refusal| refusal.message)?;
        let wish = Desired::new(&template, parameters, Identity::default(), Vec::new(), &Nothing);
        wish.map(|_| ()).map_err(|refusal| refusal.message)
    }

    #[test]
    fn rules_are_held_where_they_apply() {
        for (stage, size, expected) in [
            ("test", "t3.nano", Ok(())),
            ("live", "m5.large", Ok(())),
            ("live", "t3.nano", Err("Template error: Rule Large is violated: live needs a large one")),
        ] {
            assert_eq!(deployed(stage, size), expected.map_err(str::to_owned), "{stage} {size}");
        }
    }
}
