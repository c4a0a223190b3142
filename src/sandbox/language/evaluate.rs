//! Evaluation of a node: functions are carried out, everything else is walked through.
//!
//! What is not known yet becomes `KNOWN_AFTER_APPLY`; `AWS::NoValue` becomes nothing. Functions on text and lists are
//! in `text`, networks and zones in `network`, dynamic references in `dynamic`.

use std::cell::Cell;

use serde_json::{Map, Value};

use super::scope::Scope;
use super::{KNOWN_AFTER_APPLY, Refusal, dynamic, network, rules, shape, text};

/// What a node came to; nothing when it is `AWS::NoValue`.
pub type Evaluated = Result<Option<Value>, Refusal>;

/// How many bytes all functions of one evaluation may make together.
const MAX_BYTES: usize = 8_000_000;

/// How deep an evaluation may go.
const MAX_DEPTH: usize = 120;

/// Evaluates a node.
pub fn evaluate(node: &Value, scope: &Scope<'_>) -> Evaluated {
    let left = Cell::new(MAX_BYTES);
    Evaluation { scope, depth: MAX_DEPTH, left: &left }.node(node)
}

/// The only entry of an object that is a function.
pub fn function(node: &Value) -> Option<(&str, &Value)> {
    let object = node.as_object()?;
    let (name, argument) = object.iter().next()?;
    let known = name == "Ref" || name == "Condition" || name.starts_with("Fn::");
    (object.len() == 1 && known).then_some((name.as_str(), argument))
}

/// One evaluation, with the depth it may still go.
#[derive(Clone, Copy)]
pub struct Evaluation<'a> {
    /// What it may look at.
    pub scope: &'a Scope<'a>,
    depth: usize,
    left: &'a Cell<usize>,
}

impl Evaluation<'_> {
    /// Notes that so many bytes were made; refused when that is more than any template needs.
    pub fn spend(&self, bytes: usize) -> Result<(), Refusal> {
        match self.left.get().checked_sub(bytes) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => Err(Refusal::new("Template error: a value may not exceed 1000000 bytes in size.")),
        }
    }

    /// Evaluates a node.
    pub fn node(&self, node: &Value) -> Evaluated {
        if self.depth == 0 {
            return Err(Refusal::new("Template format error: unsupported structure."));
        }
        let inner = Evaluation { depth: self.depth - 1, ..*self };
        if let Some((name, argument)) = function(node) {
            return inner.call(name, argument, node);
        }
        match node {
            Value::Array(items) => Ok(Some(inner.list(items)?.into())),
            Value::Object(entries) => Ok(Some(Value::Object(inner.map(entries)?))),
            other => Ok(Some(other.clone())),
        }
    }

    /// Evaluates a node that must have a value.
    pub fn value(&self, node: &Value) -> Result<Value, Refusal> {
        Ok(self.node(node)?.unwrap_or(Value::Null))
    }

    fn list(&self, items: &[Value]) -> Result<Vec<Value>, Refusal> {
        let mut result = Vec::with_capacity(items.len());
        for item in items {
            result.extend(self.node(item)?);
        }
        Ok(result)
    }

    fn map(&self, entries: &Map<String, Value>) -> Result<Map<String, Value>, Refusal> {
        let mut result = Map::with_capacity(entries.len());
        for (key, node) in entries {
            if let Some(value) = self.node(node)? {
                result.insert(key.clone(), value);
            }
        }
        Ok(result)
    }

    fn call(&self, name: &str, argument: &Value, node: &Value) -> Evaluated {
        match name {
            "Ref" => self.reference(argument),
            "Fn::GetAtt" => self.attribute(argument).map(Some),
            "Fn::If" => self.branch(argument),
            "Fn::Join" => text::join(self, argument).map(Some),
            "Fn::Split" => text::split(self, argument).map(Some),
            "Fn::Select" => text::select(self, argument).map(Some),
            "Fn::Sub" => text::substitute(self, argument).map(Some),
            "Fn::Base64" => text::base64(self, argument).map(Some),
            "Fn::FindInMap" => self.mapping(argument),
            "Fn::Cidr" => network::cidr(self, argument).map(Some),
            "Fn::GetAZs" => network::zones(self, argument).map(Some),
            "Fn::ImportValue" => self.import(argument).map(Some),
            "Fn::GetStackOutput" => self.stack_output(argument).map(Some),
            "Fn::Length" => text::length(self, argument).map(Some),
            "Fn::ToJsonString" => text::json_string(self, argument).map(Some),
            "Fn::Equals" | "Fn::And" | "Fn::Or" | "Fn::Not" => {
                super::conditions::decide(self, node).map(|value| Some(Value::Bool(value)))
            }
            "Fn::Contains" | "Fn::EachMemberEquals" | "Fn::EachMemberIn" => {
                rules::decide_rule(self, name, argument, node).map(|value| Some(Value::Bool(value)))
            }
            "Condition" => match argument.as_str().and_then(|name| self.scope.conditions.get(name)) {
                Some(value) => Ok(Some(Value::Bool(*value))),
                None => Ok(Some(Value::Object(Map::from_iter([(name.to_owned(), self.value(argument)?)])))),
            },
            _ => Ok(Some(Value::Object(Map::from_iter([(name.to_owned(), self.value(argument)?)])))),
        }
    }

    /// `Ref`: a pseudo parameter, a parameter or a resource.
    pub fn reference(&self, argument: &Value) -> Evaluated {
        let fault = || Refusal::new("Template error: every Ref object must have a single String value.");
        let argument = self.value(argument)?;
        let name = argument.as_str().ok_or_else(fault)?;
        if let Some(value) = self.scope.pseudo(name) {
            return Ok(value);
        }
        let value = self.scope.parameter(name).or_else(|| self.scope.facts.reference(name));
        Ok(Some(value.unwrap_or_else(|| KNOWN_AFTER_APPLY.into())))
    }

    /// `Fn::GetAtt`.
    pub fn attribute(&self, argument: &Value) -> Result<Value, Refusal> {
        let (resource, name) = attribute_names(self, argument)?;
        let value = self.scope.facts.attribute(&resource, &name)?.unwrap_or_else(|| KNOWN_AFTER_APPLY.into());
        Ok(dynamic::reveal(value, self.scope.surroundings))
    }

    fn branch(&self, argument: &Value) -> Evaluated {
        let Some([condition, then, otherwise]) = argument.as_array().map(Vec::as_slice) else {
            return Err(Refusal::new("Template error: Fn::If requires a list argument with three elements"));
        };
        let name = self.value(condition)?;
        let name = name.as_str().unwrap_or_default();
        match self.scope.conditions.get(name) {
            Some(true) => self.node(then),
            Some(false) => self.node(otherwise),
            None => {
                Err(Refusal::new(format!("Template error: unresolved condition dependency {name} in Fn::If")))
            }
        }
    }

    fn mapping(&self, argument: &Value) -> Evaluated {
        let fault = shape::mapping_fault;
        let parts = argument.as_array().filter(|parts| matches!(parts.len(), 3 | 4)).ok_or_else(fault)?;
        let mut keys = Vec::with_capacity(3);
        for part in &parts[..3] {
            keys.push(text::plain(&self.value(part)?).ok_or_else(fault)?);
        }
        let mappings = self.scope.tree.get("Mappings");
        let mut found = mappings;
        for key in &keys {
            found = found.and_then(|level| level.get(key));
        }
        match (found, parts.get(3).and_then(|extra| extra.get("DefaultValue"))) {
            (Some(value), _) => Ok(Some(value.clone())),
            (None, Some(default)) => self.node(default),
            (None, None) if mappings.and_then(|all| all.get(&keys[0])).is_none() => {
                Err(Refusal::new(format!(
                    "Template error: Mapping named '{}' is not present in the 'Mappings' section of template.",
                    keys[0]
                )))
            }
            _ => Err(Refusal::new(format!("Template error: Unable to get mapping for {}", keys.join("::")))),
        }
    }

    fn import(&self, argument: &Value) -> Result<Value, Refusal> {
        let fault = "Template error: the attribute in Fn::ImportValue must be a string or a function that returns a string";
        let name = text::plain(&self.value(argument)?).ok_or_else(|| Refusal::new(fault))?;
        if name.contains(KNOWN_AFTER_APPLY) {
            return Ok(KNOWN_AFTER_APPLY.into());
        }
        let value = self.scope.surroundings.export(&name);
        value.map(Value::String).ok_or_else(|| Refusal::new(format!("No export named {name} found")))
    }

    fn stack_output(&self, argument: &Value) -> Result<Value, Refusal> {
        let part = |key: &str| -> Result<Option<String>, Refusal> {
            argument
                .get(key)
                .map(|node| self.value(node))
                .transpose()
                .map(|value| value.as_ref().and_then(text::plain))
        };
        let (Some(stack), Some(output)) = (part("StackName")?, part("OutputName")?) else {
            return Err(shape::stack_output_fault());
        };
        let (region, role) = (part("Region")?, part("RoleArn")?);
        let value = self.scope.surroundings.stack_output(&stack, &output, region.as_deref(), role.as_deref());
        value
            .map(Value::String)
            .ok_or_else(|| Refusal::new(format!("Output {output} does not exist in stack {stack}")))
    }
}

/// The resource and the attribute of a `Fn::GetAtt`, in either of its forms.
pub fn attribute_names(evaluation: &Evaluation<'_>, argument: &Value) -> Result<(String, String), Refusal> {
    let fault = || {
        Refusal::new(
            "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the \
             resource attribute",
        )
    };
    let (resource, name) = match argument {
        Value::String(both) => {
            both.split_once('.').map(|(resource, name)| (resource.to_owned(), name.to_owned()))
        }
        Value::Array(parts) if parts.len() >= 2 => {
            let mut texts = Vec::with_capacity(parts.len());
            for part in parts {
                texts.push(text::plain(&evaluation.value(part)?).ok_or_else(fault)?);
            }
            Some((texts[0].clone(), texts[1..].join(".")))
        }
        _ => None,
    }
    .ok_or_else(fault)?;
    if resource.is_empty() || name.is_empty() { Err(fault()) } else { Ok((resource, name)) }
}

#[cfg(test)]
mod tests {
    use super::super::surroundings::Nothing;
    use super::super::{Identity, ParameterValue, ParameterValues};
    use super::*;
    use crate::sandbox::resources::{Instance, Instances};
    use serde_json::json;
    use std::collections::BTreeMap;

    fn run(node: &Value) -> Evaluated {
        let identity = Identity {
            account: "123456789012".into(),
            region: "eu-central-1".into(),
            partition: "aws".into(),
            stack_name: "shop".into(),
            ..Identity::default()
        };
        let parameter = |kind: &str, value: &str| ParameterValue {
            kind: kind.into(),
            value: value.into(),
            ..ParameterValue::default()
        };
        let parameters = ParameterValues::from([
            ("Name".into(), parameter("String", "web")),
            ("Names".into(), parameter("CommaDelimitedList", "a, b")),
        ]);
        let conditions = BTreeMap::from([("Yes".into(), true), ("No".into(), false)]);
        let tree = json!({"Mappings": {"M": {"eu-central-1": {"Image": "ami-1", "Zones": ["a", "b"]}}}});
        let topic = Instance {
            physical_id: "topic-id".into(),
            properties: json!({"TopicName": "t"}),
            ..Instance::default()
        };
        let instances = Instances::from([("Topic".to_owned(), topic)]);
        let scope = Scope {
            identity: &identity,
            parameters: &parameters,
            conditions: &conditions,
            tree: tree.as_object().expect("an object"),
            facts: &instances,
            surroundings: &Nothing,
        };
        evaluate(node, &scope)
    }

    fn check(node: Value, expected: Value) {
        assert_eq!(run(&node), Ok(Some(expected)), "{node}");
    }

    fn refused(node: Value, expected: &str) {
        assert_eq!(run(&node).expect_err(expected).message, expected, "{node}");
    }

    #[test]
    fn references_give_what_is_known() {
        check(json!({"Ref": "Name"}), json!("web"));
        check(json!({"Ref": "Names"}), json!(["a", "b"]));
        check(json!({"Ref": "AWS::Region"}), json!("eu-central-1"));
        check(json!({"Ref": "Topic"}), json!("topic-id"));
        check(json!({"Ref": "Later"}), json!(KNOWN_AFTER_APPLY));
        check(json!({"Fn::GetAtt": ["Topic", "TopicName"]}), json!("t"));
        check(json!({"Fn::GetAtt": "Later.Arn"}), json!(KNOWN_AFTER_APPLY));
        refused(
            json!({"Fn::GetAtt": ["Topic", "Colour"]}),
            "Resource type  does not support attribute {Colour}.",
        );
    }

    #[test]
    fn nothing_is_left_out() {
        check(json!({"A": {"Ref": "AWS::NoValue"}, "B": 1}), json!({"B": 1}));
        check(json!([1, {"Fn::If": ["No", 2, {"Ref": "AWS::NoValue"}]}, 3]), json!([1, 3]));
        check(json!({"Fn::If": ["Yes", {"Ref": "Name"}, 0]}), json!("web"));
        refused(
            json!({"Fn::If": ["Maybe", 1, 2]}),
            "Template error: unresolved condition dependency Maybe in Fn::If",
        );
    }

    #[test]
    fn mappings_are_looked_up() {
        check(json!({"Fn::FindInMap": ["M", {"Ref": "AWS::Region"}, "Image"]}), json!("ami-1"));
        check(json!({"Fn::FindInMap": ["M", "x", "y", {"DefaultValue": 7}]}), json!(7));
        refused(
            json!({"Fn::FindInMap": ["M", "x", "y"]}),
            "Template error: Unable to get mapping for M::x::y",
        );
        refused(
            json!({"Fn::FindInMap": ["N", "x", "y"]}),
            "Template error: Mapping named 'N' is not present in the 'Mappings' section of template.",
        );
    }

    #[test]
    fn imports_must_exist() {
        refused(json!({"Fn::ImportValue": "net"}), "No export named net found");
    }

    #[test]
    fn text_functions_work_on_evaluated_parts() {
        check(json!({"Fn::Join": ["-", ["a", {"Ref": "Name"}, 3, true]]}), json!("a-web-3-true"));
        check(json!({"Fn::Join": ["", ["a", {"Ref": "Later"}]]}), json!(KNOWN_AFTER_APPLY));
        check(json!({"Fn::Sub": "a${Later}"}), json!(format!("a{KNOWN_AFTER_APPLY}")));
        check(json!({"Fn::Sub": ["a${X}", {"X": {"Ref": "Later"}}]}), json!(KNOWN_AFTER_APPLY));
        check(json!({"Fn::Join": [",", {"Ref": "Names"}]}), json!("a,b"));
        check(json!({"Fn::Split": [",", "a,b,"]}), json!(["a", "b", ""]));
        check(json!({"Fn::Select": ["1", {"Fn::Split": ["-", "a-b"]}]}), json!("b"));
        check(json!({"Fn::Select": [0, {"Fn::GetAZs": ""}]}), json!("eu-central-1a"));
        check(
            json!({"Fn::Sub": "${Name}/${!Name}/${AWS::AccountId}/${Topic.TopicName}"}),
            json!("web/${Name}/123456789012/t"),
        );
        check(json!({"Fn::Sub": ["${X}-${Name}", {"X": {"Ref": "Name"}}]}), json!("web-web"));
        check(json!({"Fn::Base64": "hello"}), json!("aGVsbG8="));
        check(json!({"Fn::Length": {"Ref": "Names"}}), json!(2));
        check(json!({"Fn::ToJsonString": {"a": {"Ref": "Name"}}}), json!("{\"a\":\"web\"}"));
        refused(
            json!({"Fn::Select": [2, ["a"]]}),
            "Template error: Fn::Select cannot select nonexistent value at index 2",
        );
    }

    #[test]
    fn networks_are_divided() {
        let expected = json!(["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"]);
        check(json!({"Fn::Cidr": ["10.0.0.0/16", 3, 8]}), expected.clone());
        check(json!({"Fn::Cidr": ["10.0.0.0/16", "3", "8"]}), expected);
        check(json!({"Fn::Cidr": ["2001:db8::/56", 2, 64]}), json!(["2001:db8::/64", "2001:db8:0:1::/64"]));
    }
}
