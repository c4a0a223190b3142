//! The language extensions: loops are written out, and functions that need no resource are replaced by what they give.
//!
//! Loops are in `repetition`. What depends on resources, or on what only the execution knows, stays for the evaluation.
//! Verified against AWS's own port of the transform in `scripts/compare_extensions.py`.

use serde_json::{Map, Value};

use super::conditions::decide_all;
use super::evaluate::{evaluate, function};
use super::references::{Reference, collect};
use super::scope::Scope;
use super::{Refusal, repetition, text};

/// The name of the transform.
pub const NAME: &str = "AWS::LanguageExtensions";
/// The sections that are worked on.
pub const SECTIONS: [&str; 3] = ["Conditions", "Resources", "Outputs"];
const POLICIES: [&str; 2] = ["DeletionPolicy", "UpdateReplacePolicy"];

/// The refusal of the transform.
pub fn failed(reason: impl std::fmt::Display) -> Refusal {
    Refusal::new(format!("Transform {NAME} failed with: {reason}"))
}

/// Expands a template.
pub fn expand(tree: &Map<String, Value>, scope: &Scope<'_>) -> Result<Map<String, Value>, Refusal> {
    let mut result = repetition::expand(tree, scope)?;
    let expanded = result.clone();
    let undecided = Scope { tree: &expanded, ..*scope };
    let conditions = decide_all(&undecided).map_err(|fault| failed(bare(&fault.message)))?;
    let scope = Scope { conditions: &conditions, ..undecided };
    if let Some(section) = result.get_mut("Conditions") {
        *section = Reduction { scope: &scope, member: "", conditions: true }
            .node(section.take())?
            .unwrap_or_default();
    }
    for section in ["Resources", "Outputs"] {
        let Some(Value::Object(members)) = result.get_mut(section) else { continue };
        for (name, body) in members.iter_mut() {
            *body = member(name, body.take(), section == "Resources", &scope)?;
        }
    }
    Ok(result)
}

/// A resource or an output. What its condition leaves out need not make sense, as long as nothing is selected that
/// does not exist: there the service does not look at the condition.
fn member(name: &str, mut body: Value, resource: bool, scope: &Scope<'_>) -> Result<Value, Refusal> {
    let reduction = Reduction { scope, member: name, conditions: false };
    if let Some(condition) = body.get_mut("Condition") {
        *condition = reduction.node(condition.take())?.unwrap_or_default();
        if let Some(condition) = condition.as_str().filter(|name| !scope.conditions.contains_key(*name)) {
            return Err(failed(format_args!("Key {condition} is missing in the map.")));
        }
    }
    let condition = body.get("Condition").and_then(Value::as_str);
    let left_out = condition.and_then(|name| scope.conditions.get(name)) == Some(&false);
    // The service forgets the parameters of what is left out, and then has no word for the policy.
    let by_parameter = |policy: &&&str| matches!(body.get(**policy).and_then(function), Some(("Ref", _)));
    if let Some(policy) = POLICIES.iter().filter(|_| left_out && resource).find(by_parameter) {
        return Err(unsupported(policy, name));
    }
    let mut body = match reduction.node(body.clone()) {
        Err(fault) if !left_out || fault.message.contains("Fn::Select cannot select") => return Err(fault),
        Err(_) => body,
        Ok(reduced) => reduced.unwrap_or_default(),
    };
    let Value::Object(members) = &mut body else { return Ok(body) };
    if let Some(depends) = members.get_mut("DependsOn")
        && let Some([only]) = depends.as_array().map(Vec::as_slice)
    {
        *depends = only.clone();
    }
    for policy in POLICIES.iter().filter(|_| resource) {
        match members.get(*policy) {
            Some(Value::Array(_)) => {
                return Err(failed(format_args!("Every {policy} member must be a string")));
            }
            Some(Value::String(_)) | None => {}
            Some(_) => return Err(unsupported(policy, name)),
        }
    }
    Ok(body)
}

fn unsupported(policy: &str, resource: &str) -> Refusal {
    failed(format_args!("Unsupported expression for {policy} in resource {resource}"))
}

/// A text without the words that the service puts before it elsewhere.
pub fn bare(message: &str) -> &str {
    let bare = |prefix| message.strip_prefix(prefix);
    bare("Template error: ").or_else(|| bare("Template format error: ")).unwrap_or(message)
}

/// The replacement of calls by what they give.
struct Reduction<'a> {
    scope: &'a Scope<'a>,
    /// The resource or output that is worked on.
    member: &'a str,
    /// Whether the node is a condition: calls that give true or false stay.
    conditions: bool,
}

impl Reduction<'_> {
    /// Replaces what can be replaced; nothing is left of `AWS::NoValue`.
    fn node(&self, node: Value) -> Result<Option<Value>, Refusal> {
        if let Some((name, argument)) = function(&node) {
            match (name, argument) {
                ("Ref", Value::String(target)) if target == "AWS::NoValue" && !self.conditions => {
                    return Ok(None);
                }
                ("Fn::If", Value::Array(parts)) => {
                    if let Some(chosen) = self.branch(parts) {
                        return self.node(chosen.clone());
                    }
                }
                ("Fn::ToJsonString", argument) => {
                    if let Some(what) = json_cannot_hold(argument) {
                        let member = self.member;
                        return Err(failed(format_args!(
                            "Fn::ToJsonString does not support {what} for resource {member}"
                        )));
                    }
                }
                ("Fn::Sub", argument) => return self.substitute(argument.clone()).map(Some),
                _ => {}
            }
        }
        let reduced = match node {
            Value::Array(items) => {
                let mut kept = Vec::with_capacity(items.len());
                for item in items {
                    kept.extend(self.node(item)?);
                }
                Value::Array(kept)
            }
            Value::Object(entries) => {
                let mut kept = Map::with_capacity(entries.len());
                for (key, value) in entries {
                    if let Some(value) = self.node(value)? {
                        kept.insert(key, value);
                    }
                }
                Value::Object(kept)
            }
            other => return Ok(Some(other)),
        };
        self.call(reduced).map(Some)
    }

    /// Carries out a call whose arguments were reduced.
    fn call(&self, node: Value) -> Result<Value, Refusal> {
        let Some((name, argument)) = function(&node) else { return Ok(node) };
        let free = self.is_free(&node);
        match name {
            "Fn::Length" if argument.is_array() => return Ok(argument.as_array().map_or(0, Vec::len).into()),
            "Fn::Select" if !free => return Ok(selected(argument).cloned().unwrap_or(node)),
            "Fn::Base64" if !argument.is_string() && function(argument).is_none() => {
                return Err(failed("Fn::Base64 layout is incorrect"));
            }
            "Fn::Length" if !free => {
                return Err(failed("The Fn::Length value could not be resolved for properties"));
            }
            "Fn::Length" => return Err(failed("Fn::Length layout is incorrect")),
            "Fn::ToJsonString" if !argument.is_array() && !argument.is_object() => {
                return Err(failed("Fn::ToJsonString layout is incorrect"));
            }
            name if !reducible(name) || !free => return Ok(node),
            _ => {}
        }
        let value = evaluate(&node, self.scope).map_err(|fault| failed(bare(&fault.message)))?;
        Ok(value.unwrap_or_default())
    }

    /// The branch of a `Fn::If` that is taken.
    fn branch<'n>(&self, parts: &'n [Value]) -> Option<&'n Value> {
        let [Value::String(condition), then, otherwise] = parts else { return None };
        self.scope.conditions.get(condition).map(|holds| if *holds { then } else { otherwise })
    }

    /// `Fn::Sub` is carried out as a whole, or not at all.
    fn substitute(&self, argument: Value) -> Result<Value, Refusal> {
        let argument = match argument {
            Value::Array(mut parts) if parts.len() == 2 => {
                let given = parts.pop().map(|given| self.node(given)).transpose()?.flatten();
                parts.extend(given);
                Value::Array(parts)
            }
            other => other,
        };
        self.call(Value::Object(Map::from_iter([("Fn::Sub".to_owned(), argument)])))
    }

    /// Says whether a node needs neither resources nor the world.
    fn is_free(&self, node: &Value) -> bool {
        let mut found = Vec::new();
        collect(node, None, &mut found);
        let known = |reference: &Reference| match reference {
            Reference::Name(name) => {
                self.scope.parameters.contains_key(name)
                    || self.scope.pseudo(name).is_some_and(|value| value.is_some())
            }
            _ => false,
        };
        found.iter().all(known) && !needs_execution(node)
    }
}

/// What only an execution can answer, or a condition that is not decided.
fn needs_execution(node: &Value) -> bool {
    let needs = |name: &str| {
        matches!(
            name,
            "Fn::GetAtt"
                | "Fn::GetAZs"
                | "Fn::Cidr"
                | "Fn::GetStackOutput"
                | "Fn::If"
                | "Fn::ImportValue"
                | "Fn::Transform"
                | "Condition"
        )
    };
    function(node).is_some_and(|(name, _)| needs(name))
        || match node {
            Value::Array(items) => items.iter().any(needs_execution),
            Value::Object(entries) => entries.values().any(needs_execution),
            _ => false,
        }
}

fn reducible(name: &str) -> bool {
    matches!(
        name,
        "Ref"
            | "Fn::Base64"
            | "Fn::FindInMap"
            | "Fn::Join"
            | "Fn::Length"
            | "Fn::Select"
            | "Fn::Split"
            | "Fn::Sub"
            | "Fn::ToJsonString"
    )
}

/// The chosen member of a written list: the others need not be known.
fn selected(argument: &Value) -> Option<&Value> {
    let [index, Value::Array(items)] = argument.as_array()?.as_slice() else { return None };
    items.get(text::plain(index)?.trim().parse::<usize>().ok()?)
}

/// What `Fn::ToJsonString` does not take, wherever it is inside.
fn json_cannot_hold(node: &Value) -> Option<String> {
    match function(node) {
        Some(("Ref", target)) if target == "AWS::NotificationARNs" => {
            return Some("AWS::NotificationARNs pseudo parameter".to_owned());
        }
        Some((name @ ("Fn::And" | "Fn::Equals" | "Fn::Not" | "Fn::Or" | "Condition"), _)) => {
            return Some(format!("{name} intrinsic function"));
        }
        _ => {}
    }
    match node {
        Value::Array(items) => items.iter().find_map(json_cannot_hold),
        Value::Object(entries) => entries.values().find_map(json_cannot_hold),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::surroundings::Nothing;
    use super::super::{GivenParameter, Identity, Template, resolve_parameters, transform};
    use super::*;
    use serde_json::json;

    fn transformed(text: &str) -> Result<Map<String, Value>, String> {
        let text = format!(
            "Transform: AWS::LanguageExtensions\n\
             Parameters: {{Names: {{Type: CommaDelimitedList}}, Stage: {{Type: String, Default: live}}}}\n\
             Mappings: {{M: {{K: {{A: a, L: [x, y]}}}}}}\n{text}"
        );
        let template = Template::read(&text).expect(&text);
        let given = GivenParameter { name: "Names".into(), value: Some("x,y-1".into()), use_previous: false };
        let parameters = resolve_parameters(&template, &[given], None, &Nothing).expect("they are given");
        transform::process(template.tree(), &parameters, &Identity::default(), &Nothing)
            .map_err(|fault| fault.message)
    }

    fn check(resources: &str, expected: Value) {
        let tree = transformed(&format!("Resources:\n{resources}"));
        assert_eq!(tree.map(|tree| tree["Resources"].clone()), Ok(expected), "{resources}");
    }

    fn refused(sections: &str, expected: &str) {
        let found = transformed(sections).expect_err(expected);
        assert_eq!(
            found.trim_start_matches("Transform AWS::LanguageExtensions failed with: "),
            expected,
            "{sections}"
        );
    }

    #[test]
    fn loops_are_written_out() {
        check(
            "  'Fn::ForEach::T': [N, !Ref Names, {'Topic&{N}': {Type: T, Properties: {P: !Ref N, Q: !Sub 'q-${N}', R: '${N}', S: {'${N}': !Sub '&{N}'}}}}]",
            json!({
                "Topicx": {"Type": "T", "Properties": {"P": "x", "Q": "q-x", "R": "${N}", "S": {"${N}": "&{N}"}}},
                "Topicy1": {"Type": "T", "Properties": {"P": "y-1", "Q": "q-y-1", "R": "${N}", "S": {"${N}": "&{N}"}}},
            }),
        );
        check(
            "  'Fn::ForEach::O': [A, [a, b], {'Fn::ForEach::I': [B, [1, 2], {'R${A}${B}': {Type: T, Properties: {P: !Sub '${A}-${B}'}}}]}]",
            json!({
                "Ra1": {"Type": "T", "Properties": {"P": "a-1"}},
                "Ra2": {"Type": "T", "Properties": {"P": "a-2"}},
                "Rb1": {"Type": "T", "Properties": {"P": "b-1"}},
                "Rb2": {"Type": "T", "Properties": {"P": "b-2"}},
            }),
        );
        check(
            "  R: {Type: T, Properties: {'Fn::ForEach::P': [N, !FindInMap [M, K, L], {'P${N}': !Ref N}]}}\n  \
               'Fn::ForEach::D': [N, [a], {'D${N}': {Type: T, DependsOn: [R], Properties: {X: !Ref {'Fn::Sub': R}, Y: !GetAtt [{'Fn::Sub': R}, Arn]}}}]",
            json!({
                "R": {"Type": "T", "Properties": {"Px": "x", "Py": "y"}},
                "Da": {"Type": "T", "DependsOn": "R", "Properties": {"X": {"Ref": "R"}, "Y": {"Fn::GetAtt": ["R", "Arn"]}}},
            }),
        );
    }

    #[test]
    fn functions_that_need_no_resource_are_worked_out() {
        check(
            "  A: {Type: T, Properties: {L: {'Fn::Length': !Ref Names}, J: {'Fn::ToJsonString': {a: 1, b: !Ref Stage}}, S: !Ref Stage}}\n  \
               B: {Type: T, DeletionPolicy: !Ref Policy, Properties: {F: {'Fn::FindInMap': [M, K, Z, {DefaultValue: d}]}, R: !Ref A, N: !Ref 'AWS::NoValue'}}\n\
             "
            .replace("!Ref Policy", "!Sub 'Retain'")
            .as_str(),
            json!({
                "A": {"Type": "T", "Properties": {"L": 2, "J": "{\"a\":1,\"b\":\"live\"}", "S": "live"}},
                "B": {"Type": "T", "DeletionPolicy": "Retain", "Properties": {"F": "d", "R": {"Ref": "A"}}},
            }),
        );
    }

    #[test]
    fn conditions_choose_and_stay() {
        let text = "Conditions: {Live: !Equals [!Ref Stage, live], 'Fn::ForEach::C': [N, [a, b], {'Is${N}': !Equals [!Ref N, a]}]}\n\
             Resources: {'Fn::ForEach::R': [N, [a, b], {'R${N}': {Type: T, Condition: !Sub 'Is${N}', DeletionPolicy: !If [Live, Retain, Delete]}}]}\n\
             Outputs: {'Fn::ForEach::O': [N, [a], {'O${N}': {Value: !Ref {'Fn::Sub': 'R${N}'}}}]}";
        let tree = transformed(text).expect(text);
        assert_eq!(
            tree["Conditions"],
            json!({"Live": {"Fn::Equals": ["live", "live"]}, "Isa": {"Fn::Equals": ["a", "a"]}, "Isb": {"Fn::Equals": ["b", "a"]}})
        );
        assert_eq!(
            tree["Resources"],
            json!({
                "Ra": {"Type": "T", "Condition": "Isa", "DeletionPolicy": "Retain"},
                "Rb": {"Type": "T", "Condition": "Isb", "DeletionPolicy": "Retain"},
            })
        );
        assert_eq!(tree["Outputs"], json!({"Oa": {"Value": {"Ref": "Ra"}}}));
    }

    #[test]
    fn failures_are_told_in_the_services_words() {
        let topic = "Resources: {A: {Type: T, Properties: {P: NODE}}}";
        for (node, expected) in [
            ("{'Fn::Length': text}", "Fn::Length layout is incorrect"),
            ("{'Fn::Length': !GetAtt A.List}", "The Fn::Length value could not be resolved for properties"),
            ("{'Fn::ToJsonString': text}", "Fn::ToJsonString layout is incorrect"),
            (
                "{'Fn::ToJsonString': {a: !Equals [a, b]}}",
                "Fn::ToJsonString does not support Fn::Equals intrinsic function for resource A",
            ),
            (
                "{'Fn::ToJsonString': [!Ref 'AWS::NotificationARNs']}",
                "Fn::ToJsonString does not support AWS::NotificationARNs pseudo parameter for resource A",
            ),
            ("{'Fn::Base64': {'Fn::Length': [a]}}", "Fn::Base64 layout is incorrect"),
            ("!Select [5, !Ref Names]", "Fn::Select cannot select nonexistent value at index 5"),
            (
                "{'Fn::ForEach::L': [N, [a, b], {Same: !Ref N}]}",
                "Duplicate key 'Same' when merging keys to parent object in Fn::ForEach",
            ),
            ("{'Fn::ForEach::L': [N, text, {'K${N}': !Ref N}]}", "Fn::ForEach layout is incorrect"),
            (
                "{'Fn::ForEach::L': [N, !GetAtt A.List, {'K${N}': !Ref N}]}",
                "Could not find a collection or could not be resolved for Fn::ForEach",
            ),
            (
                "!Sub '${Names${N}}'",
                "Template error: variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores, periods, and colons",
            ),
        ] {
            refused(&topic.replace("NODE", node), expected);
        }
        refused(
            "Resources: {A: {Type: T, DeletionPolicy: !GetAtt A.P}}",
            "Unsupported expression for DeletionPolicy in resource A",
        );
        refused(
            "Conditions: {Never: !Equals [a, b]}\nResources: {A: {Type: T, Condition: Never, DeletionPolicy: !Ref Stage}}",
            "Unsupported expression for DeletionPolicy in resource A",
        );
        refused(
            "Resources: {A: {Type: T, UpdateReplacePolicy: [a]}}",
            "Every UpdateReplacePolicy member must be a string",
        );
        refused(
            "Resources: {'Fn::ForEach::L': [N, [a], {'R${N}': {Type: T, Condition: 'Is${N}'}}]}",
            "Key Is${N} is missing in the map.",
        );
        refused(
            "Resources: {A: {Type: T}}\nOutputs: {'Fn::ForEach::L': [N, [a-b], {'O${N}': {Value: x}}]}",
            "OutputKey 'Oa-b' should be alphanumeric",
        );
    }
}
