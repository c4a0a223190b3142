//! Template text to tree: JSON and YAML, short forms made long, as CloudFormation reads them.
//!
//! What the tree must look like is the business of `structure`; how plain YAML words become values that of `scalar`.

use std::collections::HashSet;

use granit_parser::{Event, Parser, ScalarStyle, ScanError};
use serde_json::{Map, Value};

use super::{Refusal, scalar};

/// How deep a template may nest.
const MAX_DEPTH: usize = 100;

/// Reads a template into its long-form tree.
pub fn read(text: &str) -> Result<Map<String, Value>, Refusal> {
    let tree = if text.trim_start().starts_with('{') { json(text)? } else { yaml(text)? };
    match tree {
        Value::Object(map) => Ok(map),
        _ => Err(Refusal::new("Template format error: unsupported structure.")),
    }
}

/// What is no proper JSON may still be YAML in braces: with comments, or a comma too many.
fn json(text: &str) -> Result<Value, Refusal> {
    serde_json::from_str(text).or_else(|error| {
        let (line, column) = (error.line(), error.column() + 1);
        let malformed =
            format!("Template format error: JSON not well-formed. (line {line}, column {column})");
        yaml(text).map_err(|_| Refusal::new(malformed))
    })
}

/// Reads YAML; also used for fragments that are included.
pub fn yaml(text: &str) -> Result<Value, Refusal> {
    let options =
        granit_parser::options! { emit_comments: false, flow_nesting_limit: 100, block_nesting_limit: 100 };
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut loader = Loader::default();
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(scan_refusal)?;
        loader.place = (span.start.line(), span.start.col() + 1);
        loader.take(event)?;
    }
    loader.root.ok_or_else(|| Refusal::new("Template format error: unsupported structure."))
}

fn scan_refusal(_error: ScanError) -> Refusal {
    Refusal::new("Template format error: YAML not well-formed.")
}

/// A collection that is being read.
enum Open {
    List(Vec<Value>),
    Map { entries: Map<String, Value>, key: Option<String>, seen: HashSet<String> },
}

#[derive(Default)]
struct Loader {
    open: Vec<(Open, Option<String>)>,
    root: Option<Value>,
    place: (usize, usize),
}

impl Loader {
    fn take(&mut self, event: Event<'_>) -> Result<(), Refusal> {
        let text = event.tag().is_some_and(|tag| tag.core_suffix() == Some("str"));
        let written = event.tag().map(ToString::to_string).unwrap_or_default();
        let tag = written.strip_prefix('!').map(str::to_owned);
        match event {
            Event::Scalar(value, ..) if text => self.scalar(&value, ScalarStyle::DoubleQuoted, None),
            Event::Scalar(value, style, ..) => self.scalar(&value, style, tag),
            Event::SequenceStart(..) => self.enter(Open::List(Vec::new()), tag),
            Event::MappingStart(..) => {
                self.enter(Open::Map { entries: Map::new(), key: None, seen: HashSet::new() }, tag)
            }
            Event::SequenceEnd | Event::MappingEnd => self.leave(),
            Event::Alias(_) => {
                Err(Refusal::new("Template error: YAML aliases are not allowed in CloudFormation templates"))
            }
            Event::DocumentStart(..) if self.root.is_some() => Err(self.malformed()),
            _ => Ok(()),
        }
    }

    fn malformed(&self) -> Refusal {
        let (line, column) = self.place;
        Refusal::new(format!("Template format error: YAML not well-formed. (line {line}, column {column})"))
    }

    /// The refusal of a key that is no text: a map, or a function's short form.
    fn no_key(&self) -> Refusal {
        let mut path = String::new();
        for (open, _) in &self.open {
            match open {
                Open::List(items) => path.push_str(&format!("/{}", items.len())),
                Open::Map { key: Some(key), .. } => path.push_str(&format!("/{key}")),
                Open::Map { key: None, .. } => {}
            }
        }
        Refusal::new(format!(
            "Template format error: [{path}] map keys must be strings; received a map instead"
        ))
    }

    fn enter(&mut self, open: Open, tag: Option<String>) -> Result<(), Refusal> {
        if self.awaits_key() && matches!(open, Open::Map { .. }) {
            return Err(self.no_key());
        }
        if self.open.len() >= MAX_DEPTH || self.awaits_key() {
            return Err(self.malformed());
        }
        self.open.push((open, tag));
        Ok(())
    }

    fn leave(&mut self) -> Result<(), Refusal> {
        let Some((open, tag)) = self.open.pop() else { return Err(self.malformed()) };
        let value = match open {
            Open::List(items) => Value::Array(items),
            Open::Map { entries, .. } => Value::Object(entries),
        };
        let value = self.tagged(value, tag)?;
        self.place_value(value)
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, tag: Option<String>) -> Result<(), Refusal> {
        if self.awaits_key() {
            if tag.as_deref().is_some_and(|tag| !tag.is_empty()) {
                return Err(self.no_key());
            }
            return self.place_key(text);
        }
        let value = match (&tag, style) {
            (None, ScalarStyle::Plain) => scalar::resolve(text),
            _ => Value::String(text.to_owned()),
        };
        let value = self.tagged(value, tag)?;
        self.place_value(value)
    }

    fn awaits_key(&self) -> bool {
        matches!(self.open.last(), Some((Open::Map { key: None, .. }, _)))
    }

    fn place_key(&mut self, text: &str) -> Result<(), Refusal> {
        let fault = self.malformed();
        let Some((Open::Map { key, seen, .. }, _)) = self.open.last_mut() else { return Err(fault) };
        if !seen.insert(text.to_owned()) {
            return Err(fault);
        }
        *key = Some(text.to_owned());
        Ok(())
    }

    fn place_value(&mut self, value: Value) -> Result<(), Refusal> {
        let fault = self.malformed();
        match self.open.last_mut() {
            None if self.root.is_some() => return Err(fault),
            None => self.root = Some(value),
            Some((Open::List(items), _)) => items.push(value),
            Some((Open::Map { entries, key, .. }, _)) => {
                entries.insert(key.take().ok_or(fault)?, value);
            }
        }
        Ok(())
    }

    fn tagged(&self, value: Value, tag: Option<String>) -> Result<Value, Refusal> {
        let Some(tag) = tag else { return Ok(value) };
        let name = match tag.as_str() {
            "Ref" | "Condition" => tag,
            "Base64" | "Cidr" | "FindInMap" | "GetAtt" | "GetAZs" | "ImportValue" | "Join" | "Select"
            | "Split" | "Sub" | "Transform" | "And" | "Equals" | "If" | "Not" | "Or" | "GetStackOutput"
            | "Contains" | "EachMemberEquals" | "EachMemberIn" | "RefAll" | "ValueOf" | "ValueOfAll"
            | "Length" | "ToJsonString" => {
                format!("Fn::{tag}")
            }
            "" => return Ok(value),
            _ => return Err(self.malformed()),
        };
        let value = match value {
            Value::String(text) if name == "Fn::GetAtt" => attribute_path(&text),
            value => value,
        };
        Ok(Value::Object(Map::from_iter([(name, value)])))
    }
}

/// `A.B.C` is the attribute `B.C` of `A`.
fn attribute_path(text: &str) -> Value {
    match text.split_once('.') {
        Some((resource, attribute)) => Value::from(vec![resource, attribute]),
        None => Value::from(vec![text]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(text: &str, expected: Value) {
        assert_eq!(read(text).map(Value::Object), Ok(expected), "{text}");
    }

    fn refused(text: &str, expected: &str) {
        assert_eq!(read(text).expect_err(text).message, expected, "{text}");
    }

    #[test]
    fn short_forms_become_long() {
        check("A: !Ref B", json!({"A": {"Ref": "B"}}));
        check("A: !GetAtt B.C.D", json!({"A": {"Fn::GetAtt": ["B", "C.D"]}}));
        check(
            "A: !Join [',', [a, !Sub '${B}']]",
            json!({"A": {"Fn::Join": [",", ["a", {"Fn::Sub": "${B}"}]]}}),
        );
        check("A: !If [C, !Ref X, yes]", json!({"A": {"Fn::If": ["C", {"Ref": "X"}, true]}}));
        check("A: !Ref 12", json!({"A": {"Ref": "12"}}));
    }

    #[test]
    fn json_and_quoted_text_stay_as_they_are() {
        check("{\"A\": [1, \"1\", null]}", json!({"A": [1, "1", null]}));
        check("A: 'yes'\nB: \"012\"\nC: |\n  on\n", json!({"A": "yes", "B": "012", "C": "on\n"}));
        check("On: x", json!({"On": "x"}));
        check("A: !!str 012", json!({"A": "012"}));
        check("{\"A\": [1,],}", json!({"A": [1]}));
    }

    #[test]
    fn faults_are_told_in_the_services_words() {
        refused(
            "{\"this is invalid\"=1}",
            "Template format error: JSON not well-formed. (line 1, column 20)",
        );
        refused("A: b: c", "Template format error: YAML not well-formed.");
        refused("- a", "Template format error: unsupported structure.");
        refused("", "Template format error: unsupported structure.");
        refused("A: 1\nA: 2", "Template format error: YAML not well-formed. (line 2, column 1)");
        refused("A: &x 1\nB: *x", "Template error: YAML aliases are not allowed in CloudFormation templates");
        refused("A: !Reff B", "Template format error: YAML not well-formed. (line 1, column 10)");
        refused("A: !Base64 !Sub x", "Template format error: YAML not well-formed.");
        refused(
            "A: {B: [{!Sub '${C}': x}]}",
            "Template format error: [/A/B/0] map keys must be strings; received a map instead",
        );
        refused("a: 1\n---\nb: 2", "Template format error: YAML not well-formed. (line 2, column 1)");
    }

    #[test]
    fn depth_is_bounded() {
        assert!(read(&format!("A: {}", "[".repeat(5_000))).is_err());
        assert!(read(&"- ".repeat(5_000)).is_err());
        assert!(read(&format!("{}{}", "{\"a\":".repeat(5_000), "1")).is_err());
    }
}
