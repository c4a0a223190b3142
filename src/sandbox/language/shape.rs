//! The form of function calls and the places they may stand in, checked before anything is evaluated.
//!
//! A call in a branch that is never taken must be well-formed, too.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Refusal;
use super::conditions::{boolean_fault, equals_fault};
use super::evaluate::function;
use super::references::{collect, outside};
use super::text::{Piece, join_fault, pieces, select_fault, split_fault, substitute_fault};

/// The functions of every template, in the order in which the service lists them.
const SUPPORTED: [&str; 23] = [
    "Fn::Base64",
    "Fn::GetAtt",
    "Fn::GetAZs",
    "Fn::ImportValue",
    "Fn::Join",
    "Fn::Split",
    "Fn::FindInMap",
    "Fn::Select",
    "Ref",
    "Fn::Equals",
    "Fn::If",
    "Fn::Not",
    "Condition",
    "Fn::And",
    "Fn::Or",
    "Fn::Contains",
    "Fn::EachMemberEquals",
    "Fn::EachMemberIn",
    "Fn::ValueOf",
    "Fn::ValueOfAll",
    "Fn::RefAll",
    "Fn::Sub",
    "Fn::Cidr",
];

/// Where a call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In a rule.
    Rule,
    /// In a condition.
    Condition,
    /// In a resource or an output.
    Body,
}

/// What a call may name, and where it stands.
#[derive(Debug, Clone)]
pub struct Site<'a> {
    /// The names of the declared conditions.
    pub conditions: BTreeSet<&'a str>,
    /// The names of the declared parameters.
    pub parameters: BTreeSet<&'a str>,
    /// The names of the mappings.
    pub mappings: BTreeSet<&'a str>,
    /// Where the calls stand.
    pub place: Place,
    /// Whether the functions of the language extensions may be called.
    pub extended: bool,
}

/// Says whether a node is a call that gives true or false.
pub fn is_boolean(node: &Value) -> bool {
    let boolean = |name: &str| {
        matches!(
            name,
            "Condition"
                | "Fn::And"
                | "Fn::Equals"
                | "Fn::Not"
                | "Fn::Or"
                | "Fn::Contains"
                | "Fn::EachMemberEquals"
                | "Fn::EachMemberIn"
        )
    };
    function(node).is_some_and(|(name, _)| boolean(name))
}

impl Site<'_> {
    /// Checks every function call inside a node.
    pub fn check(&self, node: &Value) -> Result<(), Refusal> {
        if let Some((name, argument)) = function(node) {
            self.stands(name)?;
            self.call(name, argument)?;
        }
        match node {
            Value::Array(items) => items.iter().try_for_each(|item| self.check(item)),
            Value::Object(entries) => entries.values().try_for_each(|value| self.check(value)),
            _ => Ok(()),
        }
    }

    /// Whether there is such a function, and whether it may stand here.
    fn stands(&self, name: &str) -> Result<(), Refusal> {
        let newer = matches!(name, "Fn::GetStackOutput" | "Fn::Transform")
            || self.extended && matches!(name, "Fn::Length" | "Fn::ToJsonString");
        if !newer && !SUPPORTED.contains(&name) {
            return Err(Refusal::new(format!(
                "Template error: Encountered unsupported function: {name} Supported functions are: [{}]",
                SUPPORTED.join(", ")
            )));
        }
        match (self.place, name) {
            (Place::Body, "Fn::And" | "Fn::Equals" | "Fn::Not" | "Fn::Or") => {
                Err(Refusal::new(format!("Template error: {name} cannot be partially collapsed")))
            }
            (Place::Condition, "Fn::ImportValue") => {
                Err(Refusal::new("Template error: Cannot use Fn::ImportValue in Conditions."))
            }
            _ => Ok(()),
        }
    }

    fn call(&self, name: &str, argument: &Value) -> Result<(), Refusal> {
        let parts = argument.as_array().map(Vec::as_slice);
        match (name, parts) {
            ("Ref", _) if !argument.is_string() => {
                Err(Refusal::new("Template error: every Ref object must have a single String value."))
            }
            ("Fn::GetAtt", _) => attribute(argument),
            ("Fn::Join" | "Fn::Split" | "Fn::Select" | "Fn::Sub", _) => text_call(name, argument),
            ("Fn::Equals", Some([_, _])) => Ok(()),
            ("Fn::Equals", _) => Err(equals_fault()),
            ("Fn::And" | "Fn::Or", Some(parts))
                if (2..=10).contains(&parts.len()) && parts.iter().all(is_boolean) =>
            {
                Ok(())
            }
            ("Fn::Not", Some([only])) if is_boolean(only) => Ok(()),
            ("Fn::And" | "Fn::Or" | "Fn::Not", _) => Err(boolean_fault(name)),
            ("Fn::If", _) => self.branch(parts.unwrap_or_default()),
            ("Fn::FindInMap", Some([Value::String(name), _, _]))
                if !self.mappings.contains(name.as_str()) =>
            {
                Err(Refusal::new(format!(
                    "Template error: Mapping named '{name}' is not present in the 'Mappings' section of template."
                )))
            }
            ("Fn::FindInMap", Some([_, _, _])) => Ok(()),
            ("Fn::FindInMap", Some([_, _, _, extra])) if extra.get("DefaultValue").is_some() => Ok(()),
            ("Fn::FindInMap", _) => Err(mapping_fault()),
            ("Fn::Cidr", parts) if !matches!(parts, Some([_, _] | [_, _, _])) => Err(cidr_fault()),
            ("Fn::ImportValue", _) => self.import(argument),
            ("Fn::GetStackOutput", _) => stack_output(argument),
            _ => Ok(()),
        }
    }

    fn branch(&self, parts: &[Value]) -> Result<(), Refusal> {
        let fault = |text: &str| {
            Err(Refusal::new(format!("Template error: Fn::If requires a list argument with {text}")))
        };
        let Some(condition) = parts.first().and_then(Value::as_str) else {
            return fault("the first element being a condition");
        };
        if parts.len() != 3 {
            return fault("three elements");
        }
        if self.conditions.contains(condition) {
            return Ok(());
        }
        Err(Refusal::new(format!("Template error: unresolved condition dependency {condition} in Fn::If")))
    }

    fn import(&self, argument: &Value) -> Result<(), Refusal> {
        let mut found = Vec::new();
        collect(argument, None, &mut found);
        if !outside(&found, &self.parameters) && !asks_the_world(argument) {
            return Ok(());
        }
        Err(Refusal::new(
            "Template error: the attribute in Fn::ImportValue must not depend on any resources, imported values, or \
             Fn::GetAZs",
        ))
    }
}

/// Says whether a node asks for exports, zones or the outputs of other stacks.
pub fn asks_the_world(node: &Value) -> bool {
    matches!(function(node), Some(("Fn::ImportValue" | "Fn::GetAZs" | "Fn::GetStackOutput", _)))
        || match node {
            Value::Array(items) => items.iter().any(asks_the_world),
            Value::Object(entries) => entries.values().any(asks_the_world),
            _ => false,
        }
}

/// The refusal of a malformed `Fn::FindInMap`.
pub fn mapping_fault() -> Refusal {
    Refusal::new(
        "Template error: every Fn::FindInMap object requires three parameters, the map name, map key and the \
         attribute for return value",
    )
}

/// The refusal of a malformed `Fn::Cidr`.
pub fn cidr_fault() -> Refusal {
    Refusal::new(
        "Template error: every Fn::Cidr object requires an ip block, a count and, optionally, the cidr bits",
    )
}

/// The refusal of a malformed `Fn::GetStackOutput`.
pub fn stack_output_fault() -> Refusal {
    Refusal::new("Template error: Fn::GetStackOutput requires StackName and OutputName")
}

fn stack_output(argument: &Value) -> Result<(), Refusal> {
    let members = ["StackName", "OutputName", "Region", "RoleArn"];
    let sound = argument.as_object().is_some_and(|given| {
        given.contains_key("StackName")
            && given.contains_key("OutputName")
            && given.keys().all(|key| members.contains(&key.as_str()))
    });
    if sound { Ok(()) } else { Err(stack_output_fault()) }
}

fn text_call(name: &str, argument: &Value) -> Result<(), Refusal> {
    let listed = |node: &Value| node.is_array() || function(node).is_some();
    match (name, argument.as_array().map(Vec::as_slice)) {
        ("Fn::Join", Some([Value::String(_), list])) if listed(list) => Ok(()),
        ("Fn::Join", _) => Err(join_fault()),
        ("Fn::Split", Some([Value::String(delimiter), source]))
            if !delimiter.is_empty() && (source.is_string() || function(source).is_some()) =>
        {
            Ok(())
        }
        ("Fn::Split", _) => Err(split_fault()),
        ("Fn::Select", Some([index, list])) if is_index(index) && listed(list) => Ok(()),
        ("Fn::Select", _) => Err(select_fault()),
        (_, Some([Value::String(template), Value::Object(_)] | [Value::String(template)])) => {
            variables(template)
        }
        _ => argument.as_str().map_or_else(|| Err(substitute_fault()), variables),
    }
}

/// The names inside `${}`.
fn variables(template: &str) -> Result<(), Refusal> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':');
    let sound = |piece: &Piece<'_>| match piece {
        Piece::Name(name) => !name.is_empty() && name.bytes().all(allowed),
        Piece::Text(_) => true,
    };
    if pieces(template).iter().all(sound) {
        return Ok(());
    }
    Err(Refusal::new(
        "Template error: variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores, \
         periods, and colons",
    ))
}

fn is_index(node: &Value) -> bool {
    match node {
        Value::String(text) => text.trim().parse::<i64>().is_ok(),
        other => other.is_i64() || function(other).is_some(),
    }
}

fn attribute(argument: &Value) -> Result<(), Refusal> {
    let sound = match argument {
        Value::String(both) => {
            both.split_once('.').is_some_and(|(resource, name)| !resource.is_empty() && !name.is_empty())
        }
        Value::Array(parts) => {
            let filled = |part: &Value| part.as_str().is_some_and(|text| !text.is_empty());
            parts.len() >= 2
                && parts.first().is_some_and(filled)
                && parts.iter().skip(1).all(|part| filled(part) || function(part).is_some())
        }
        _ => false,
    };
    if sound {
        return Ok(());
    }
    Err(Refusal::new(
        "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the \
         resource attribute",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check_in(place: Place, node: Value, expected: Option<&str>) {
        let site = Site {
            conditions: BTreeSet::from(["Known"]),
            parameters: BTreeSet::from(["P"]),
            mappings: BTreeSet::from(["M"]),
            place,
            extended: false,
        };
        let found = site.check(&json!({"A": [node.clone()]})).err();
        match (found, expected) {
            (None, None) => {}
            (Some(fault), Some(expected)) => assert!(fault.message.contains(expected), "{node}: {fault}"),
            (found, expected) => panic!("{node}: {found:?}, expected {expected:?}"),
        }
    }

    fn check_call(node: Value, expected: Option<&str>) {
        check_in(Place::Body, node, expected);
    }

    #[test]
    fn calls_must_be_well_formed() {
        check_call(json!({"Fn::GetAtt": ["A", "B"]}), None);
        check_call(json!({"Fn::GetAtt": ["A", {"Ref": "B"}]}), None);
        check_call(json!({"Fn::GetAtt": ["A"]}), Some("two non-empty parameters"));
        check_call(json!({"Fn::GetAtt": [{"Ref": "A"}]}), Some("two non-empty parameters"));
        check_call(json!({"Fn::Split": ["", "a"]}), Some("every Fn::Split object"));
        check_call(json!({"Fn::Join": [",", "a"]}), Some("every Fn::Join object"));
        check_call(json!({"Fn::Join": [",", {"Ref": "L"}]}), None);
        check_call(json!({"Fn::Select": ["x", []]}), Some("Fn::Select requires"));
        check_call(json!({"Fn::Select": ["1", ["a", "b"]]}), None);
        check_call(
            json!({"Fn::If": ["Missing", 1, 2]}),
            Some("unresolved condition dependency Missing in Fn::If"),
        );
        check_call(json!({"Fn::If": ["Known", 1, 2]}), None);
        check_call(
            json!({"Fn::If": ["Known", 1]}),
            Some("Fn::If requires a list argument with three elements"),
        );
        check_call(
            json!({"Fn::If": [{"Fn::Equals": [1, 2]}, 1, 2]}),
            Some("Fn::If requires a list argument with the first element being a condition"),
        );
        check_call(json!({"Ref": ["A"]}), Some("single String value"));
        check_call(json!({"Fn::Sub": ["${A}", "x"]}), Some("Fn::Sub"));
        check_call(
            json!({"Fn::FindInMap": ["M", "K"]}),
            Some("every Fn::FindInMap object requires three parameters"),
        );
        check_call(json!({"Fn::FindInMap": ["M", "K", "A", {"DefaultValue": 1}]}), None);
        check_call(json!({"Fn::FindInMap": ["N", "K", "A", {"DefaultValue": 1}]}), None);
        check_call(json!({"Fn::FindInMap": ["N", "K", "A"]}), Some("Mapping named 'N' is not present"));
        check_call(
            json!({"Fn::GetStackOutput": {"StackName": "s"}}),
            Some("requires StackName and OutputName"),
        );
        check_call(json!({"Fn::GetStackOutput": {"StackName": "s", "OutputName": "o", "Region": "r"}}), None);
    }

    #[test]
    fn variables_have_plain_names() {
        for text in ["${A-B}", "${ A }", "${}", "${A${B}}"] {
            check_call(
                json!({ "Fn::Sub": text }),
                Some("variable names in Fn::Sub syntax must contain only"),
            );
        }
        for text in ["${A.B}", "${AWS::Region}", "${!A-B}", "$A {B}", "${a_b}"] {
            check_call(json!({ "Fn::Sub": text }), None);
        }
    }

    #[test]
    fn functions_stand_where_they_may() {
        let equals = json!({"Fn::Equals": ["a", "b"]});
        check_call(equals.clone(), Some("Template error: Fn::Equals cannot be partially collapsed"));
        check_in(Place::Condition, equals.clone(), None);
        check_in(Place::Condition, json!({"Fn::Equals": ["A"]}), Some("list of 2 string parameters"));
        check_in(
            Place::Condition,
            json!({"Fn::And": [equals, "true"]}),
            Some("at least 2 and at most 10 boolean"),
        );
        check_in(
            Place::Condition,
            json!({"Fn::Not": [{"Ref": "P"}]}),
            Some("requires one boolean parameter"),
        );
        check_in(
            Place::Condition,
            json!({"Fn::Equals": [{"Fn::ImportValue": "x"}, "y"]}),
            Some("Template error: Cannot use Fn::ImportValue in Conditions."),
        );
        check_call(
            json!({"Fn::Length": ["a"]}),
            Some(
                "Template error: Encountered unsupported function: Fn::Length Supported functions are: [Fn::Base64, Fn::GetAtt,",
            ),
        );
        check_call(json!({"Condition": {"StringEquals": {"a": "b"}}}), None);
    }

    #[test]
    fn imports_are_known_before() {
        check_call(json!({"Fn::ImportValue": {"Fn::Sub": "${P}-${AWS::Region}"}}), None);
        for name in [
            json!({"Ref": "A"}),
            json!({"Fn::Sub": "${A.Arn}"}),
            json!({"Fn::ImportValue": "x"}),
            json!({"Fn::Select": [0, {"Fn::GetAZs": ""}]}),
        ] {
            check_call(
                json!({ "Fn::ImportValue": name }),
                Some(
                    "the attribute in Fn::ImportValue must not depend on any resources, imported values, or Fn::GetAZs",
                ),
            );
        }
    }
}
