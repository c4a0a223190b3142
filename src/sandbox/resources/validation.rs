//! What is wrong with the properties of a resource, before anything is made: held against the published schema.
//!
//! Scalars are taken for each other where the service does so; what is not known yet is not judged.

use serde_json::{Map, Value};

use super::instance::Failure;
use crate::registry::{self, ResourceType, Shape};
use crate::sandbox::language::KNOWN_AFTER_APPLY;

/// How deep properties are looked at.
const MAX_DEPTH: usize = 40;

/// Says whether a type may be used.
pub fn is_known(resource_type: &str) -> bool {
    resource_type.starts_with("Custom::")
        || resource_type.ends_with("::MODULE")
        || registry::find(resource_type).is_some()
        || !resource_type.starts_with("AWS::") && resource_type.matches("::").count() == 2
}

/// The types that may not be used, in their order.
pub fn unknown_types<'a>(types: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut unknown: Vec<&str> = Vec::new();
    for name in types.filter(|name| !is_known(name)) {
        if !unknown.contains(&name) {
            unknown.push(name);
        }
    }
    unknown
}

/// What a provider refuses although the schema allows it: such a resource cannot be made, nor removed again.
pub fn broken(resource_type: &str, properties: &Value) -> Option<Failure> {
    let holders = ["Groups", "Roles", "Users"];
    let empty = |name: &&str| properties.get(*name).and_then(Value::as_array).is_none_or(Vec::is_empty);
    if resource_type != "AWS::IAM::Policy" || !holders.iter().all(empty) {
        return None;
    }
    Some(Failure { reason: "At least one of [Groups,Roles,Users] must be non-empty.".into() })
}

/// What is wrong in one place of a resource's properties, in the two forms AWS has for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// As the event of a failed resource tells it.
    pub reason: String,
    /// As the validation before a deployment tells it.
    pub early: String,
    /// The place: empty for the properties themselves, else `/Name/0/Inner`.
    pub path: String,
}

/// Checks the properties of a resource.
pub fn validate(resource_type: &str, properties: &Value) -> Result<(), Failure> {
    let faults: Vec<String> =
        faults(resource_type, properties).into_iter().map(|fault| fault.reason).collect();
    match faults.is_empty() {
        true => Ok(()),
        false => Err(Failure { reason: format!("Property validation failure: [{}]", faults.join(", ")) }),
    }
}

/// Everything that is wrong with the properties of a resource.
pub fn faults(resource_type: &str, properties: &Value) -> Vec<Fault> {
    let Some(published) = registry::find(resource_type) else { return Vec::new() };
    let Value::Object(given) = properties else { return Vec::new() };
    let mut faults = Vec::new();
    let fields =
        Expected { properties: &published.properties, required: &published.required, open: published.open };
    Inspection { published: &published, faults: &mut faults }.object(given, &fields, "", MAX_DEPTH);
    for name in given.keys().filter(|name| published.is_read_only(name)) {
        faults.push(Fault {
            reason: format!("Encountered read-only property {{/{name}}}"),
            early: format!("#: extraneous key [{name}] is not permitted"),
            path: String::new(),
        });
    }
    faults
}

struct Expected<'a> {
    properties: &'a std::collections::BTreeMap<String, Shape>,
    required: &'a [String],
    open: bool,
}

struct Inspection<'a> {
    published: &'a ResourceType,
    faults: &'a mut Vec<Fault>,
}

impl Inspection<'_> {
    fn object(&mut self, given: &Map<String, Value>, expected: &Expected<'_>, path: &str, depth: usize) {
        for name in expected.required.iter().filter(|name| !given.contains_key(*name)) {
            let reason = format!("The property {{{path}/{name}}} is required");
            self.fault(path, reason, format!("required key [{name}] not found"));
        }
        let mut unsupported = Vec::new();
        for (name, value) in given {
            match expected.properties.get(name) {
                Some(shape) => self.value(value, shape, &format!("{path}/{name}"), depth),
                None if expected.open => {}
                None => unsupported.push(name.as_str()),
            }
        }
        if !unsupported.is_empty() {
            let place = if path.is_empty() { "/" } else { path };
            let names = unsupported.join(", ");
            let reason = format!("Encountered unsupported properties in {{{place}}}: [{names}]");
            self.fault(path, reason, format!("extraneous key [{names}] is not permitted"));
        }
    }

    fn fault(&mut self, path: &str, reason: String, early: String) {
        self.faults.push(Fault { reason, early: format!("#{path}: {early}"), path: path.to_owned() });
    }

    fn value(&mut self, value: &Value, shape: &Shape, path: &str, depth: usize) {
        let unknown = value
            .as_str()
            .is_some_and(|text| text.contains(KNOWN_AFTER_APPLY) || text.contains("{{resolve:"));
        if depth == 0 || unknown {
            return;
        }
        let published = self.published;
        let expected = published.resolve(shape);
        match (expected, value) {
            (Shape::List(item), Value::Array(items)) => {
                for (index, inner) in items.iter().enumerate() {
                    self.value(inner, item, &format!("{path}/{index}"), depth - 1);
                }
            }
            (Shape::Map(inner), Value::Object(entries)) => {
                for (name, value) in entries {
                    self.value(value, inner, &format!("{path}/{name}"), depth - 1);
                }
            }
            (Shape::Object(fields), Value::Object(entries)) => {
                let fields = Expected {
                    properties: &fields.properties,
                    required: &fields.required,
                    open: fields.open,
                };
                self.object(entries, &fields, path, depth - 1);
            }
            (expected, value) => self.scalar(value, expected, path),
        }
    }

    fn scalar(&mut self, value: &Value, expected: &Shape, path: &str) {
        let simple = matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_));
        let fits = match expected {
            Shape::String => simple,
            Shape::Word(_) => simple,
            Shape::Integer => value.as_i64().is_some() || parses::<i64>(value),
            Shape::Number => value.is_number() || parses::<f64>(value),
            Shape::Boolean => value.is_boolean() || parses::<bool>(value),
            Shape::List(_) | Shape::Map(_) | Shape::Object(_) => false,
            Shape::Any | Shape::Named(_) => true,
        };
        if !fits {
            let wanted = noun(expected);
            let reason = format!("Value of property {{{path}}} does not match type {{{wanted}}}");
            return self.fault(path, reason, format!("expected type: {wanted}, found: {}", found(value)));
        }
        if let (Shape::Word(words), Value::String(text)) = (expected, value)
            && !words.contains(text)
        {
            let reason = format!("Value of property {{{path}}} is not one of the allowed values {words:?}");
            self.fault(path, reason, format!("{text} is not a valid enum value"));
        }
    }
}

fn parses<T: std::str::FromStr>(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.trim().parse::<T>().is_ok())
}

fn found(value: &Value) -> &'static str {
    match value {
        Value::Null => "Null",
        Value::Bool(_) => "Boolean",
        Value::Number(number) if number.is_i64() => "Integer",
        Value::Number(_) => "Double",
        Value::String(_) => "String",
        Value::Array(_) => "JSONArray",
        Value::Object(_) => "JSONObject",
    }
}

fn noun(shape: &Shape) -> &'static str {
    match shape {
        Shape::List(_) => "List",
        Shape::Map(_) | Shape::Object(_) => "Map",
        Shape::Integer => "Integer",
        Shape::Number => "Double",
        Shape::Boolean => "Boolean",
        Shape::String | Shape::Word(_) | Shape::Any | Shape::Named(_) => "String",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(resource_type: &str, properties: Value, expected: Option<&str>) {
        let found = validate(resource_type, &properties).err().map(|failure| failure.reason);
        let expected = expected.map(|fault| format!("Property validation failure: [{fault}]"));
        assert_eq!(found, expected, "{resource_type} {properties}");
    }

    #[test]
    fn properties_are_held_against_the_schema() {
        check("AWS::SSM::Parameter", json!({"Type": "String", "Value": "x"}), None);
        check("AWS::SSM::Parameter", json!({"Value": "x"}), Some("The property {/Type} is required"));
        check(
            "AWS::SNS::Topic",
            json!({"TopicNam": "x"}),
            Some("Encountered unsupported properties in {/}: [TopicNam]"),
        );
        check(
            "AWS::SNS::Topic",
            json!({"TopicName": ["x"]}),
            Some("Value of property {/TopicName} does not match type {String}"),
        );
        check("AWS::SQS::Queue", json!({"DelaySeconds": "5"}), None);
        check(
            "AWS::SQS::Queue",
            json!({"DelaySeconds": "x"}),
            Some("Value of property {/DelaySeconds} does not match type {Integer}"),
        );
        check(
            "AWS::SNS::Topic",
            json!({"Subscription": [{"Protocol": "sqs"}]}),
            Some("The property {/Subscription/0/Endpoint} is required"),
        );
        check("AWS::SNS::Topic", json!({"Subscription": KNOWN_AFTER_APPLY}), None);
        check("Custom::Anything", json!({"A": 1}), None);
        check("AWS::CloudFormation::CustomResource", json!({"ServiceToken": "x", "A": 1}), None);
        check(
            "AWS::Lambda::Function",
            json!({"Code": {"ZipFile": "x"}, "Role": "r", "Environment": {"Variables": {"A": "b"}}}),
            None,
        );
    }

    #[test]
    fn unknown_types_are_told() {
        let types = ["AWS::SNS::Topic", "AWS::SNS::Topc", "Custom::X", "AWS::SNS::Topc", "Alexa::ASK::Skill"];
        assert_eq!(unknown_types(types.into_iter()), ["AWS::SNS::Topc"]);
    }
}
