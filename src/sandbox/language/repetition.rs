//! Loops: `Fn::ForEach::Name: [Identifier, Collection, {Key: Body}]`, written out.
//!
//! An identifier is put in where the service puts it in: in the keys of the loop's own map, as `${Name}` or, letters
//! and digits only, `&{Name}`; in the text of a `Fn::Sub`, as `${Name}`; and for `Ref: Name`. Other texts and the keys
//! further inside keep what is written.

use serde_json::{Map, Value};

use super::Refusal;
use super::evaluate::{evaluate, function};
use super::extension::{SECTIONS, failed};
use super::scope::Scope;
use super::text::{Piece, pieces, plain};

/// How many values all loops together may make, and how many bytes of text.
const MAX_VALUES: usize = 100_000;
const MAX_BYTES: usize = 4_000_000;
const LOOP: &str = "Fn::ForEach::";

/// Writes out all loops of a template.
pub fn expand(tree: &Map<String, Value>, scope: &Scope<'_>) -> Result<Map<String, Value>, Refusal> {
    let scope = Scope { tree, ..*scope };
    let mut expansion = Expansion { scope: &scope, values: 0, bytes: 0, section: "" };
    let mut result = Map::new();
    for (section, body) in tree {
        let Some(known) = SECTIONS.iter().find(|known| *known == section) else {
            result.insert(section.clone(), body.clone());
            continue;
        };
        expansion.section = known;
        let expanded = expansion.node(body, &[])?;
        let emptied = body.as_object().is_some_and(|body| !body.is_empty())
            && expanded.as_object().is_some_and(Map::is_empty);
        if !emptied || *known == "Resources" {
            result.insert(section.clone(), expanded);
        }
    }
    Ok(result)
}

/// The names that loops have given a value, innermost last.
type Bound = [(String, String)];

fn value_of<'b>(name: &str, bound: &'b Bound) -> Option<&'b str> {
    bound.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

struct Expansion<'a> {
    scope: &'a Scope<'a>,
    values: usize,
    bytes: usize,
    section: &'static str,
}

impl Expansion<'_> {
    fn count(&mut self, bytes: usize) -> Result<(), Refusal> {
        self.values += 1;
        self.bytes += bytes;
        if self.values > MAX_VALUES || self.bytes > MAX_BYTES {
            return Err(failed("the template is too large."));
        }
        Ok(())
    }

    fn node(&mut self, node: &Value, bound: &Bound) -> Result<Value, Refusal> {
        self.count(node.as_str().map_or(0, str::len))?;
        match (function(node), node) {
            (Some(("Ref", Value::String(name))), _) => {
                Ok(value_of(name, bound).map_or_else(|| node.clone(), Value::from))
            }
            (Some(("Fn::Sub", argument)), _) => {
                let argument = self.substitute(argument, bound)?;
                Ok(Value::Object(Map::from_iter([("Fn::Sub".to_owned(), argument)])))
            }
            (_, Value::Array(items)) => {
                Ok(items.iter().map(|item| self.node(item, bound)).collect::<Result<Vec<_>, _>>()?.into())
            }
            (_, Value::Object(entries)) => self.object(entries, bound, false),
            (_, other) => Ok(other.clone()),
        }
    }

    /// The text of a `Fn::Sub`; its own names hide those of loops.
    fn substitute(&mut self, argument: &Value, bound: &Bound) -> Result<Value, Refusal> {
        match argument {
            Value::String(text) => self.text(text, bound, None).map(Value::String),
            Value::Array(parts) => match parts.as_slice() {
                [Value::String(text), Value::Object(given)] => {
                    let text = self.text(text, bound, Some(given))?;
                    let given = self.object(given, bound, false)?;
                    Ok(Value::Array(vec![text.into(), given]))
                }
                _ => parts
                    .iter()
                    .map(|part| self.node(part, bound))
                    .collect::<Result<_, _>>()
                    .map(Value::Array),
            },
            other => self.node(other, bound),
        }
    }

    fn text(
        &mut self,
        text: &str,
        bound: &Bound,
        given: Option<&Map<String, Value>>,
    ) -> Result<String, Refusal> {
        if bound.is_empty() {
            return Ok(text.to_owned());
        }
        let mut result = String::with_capacity(text.len());
        let mut rest = text;
        for piece in pieces(text) {
            let Piece::Name(name) = piece else { continue };
            let hidden = given.is_some_and(|given| given.contains_key(name));
            let Some(value) = value_of(name, bound).filter(|_| !hidden) else { continue };
            let written = format!("${{{name}}}");
            let Some((before, after)) = rest.split_once(&written) else { continue };
            result.push_str(before);
            result.push_str(value);
            self.count(value.len())?;
            rest = after;
        }
        result.push_str(rest);
        Ok(result)
    }

    /// An object; `own` says that it is the map of a loop, whose keys carry identifiers.
    fn object(&mut self, entries: &Map<String, Value>, bound: &Bound, own: bool) -> Result<Value, Refusal> {
        let mut result = Map::with_capacity(entries.len());
        for (key, value) in entries {
            if key.starts_with(LOOP) {
                self.repeat(value, bound, &mut result)?;
                continue;
            }
            let name = if own { self.key(key, bound)? } else { key.clone() };
            let value = self.node(value, bound)?;
            insert(&mut result, name, value)?;
        }
        Ok(Value::Object(result))
    }

    fn key(&mut self, key: &str, bound: &Bound) -> Result<String, Refusal> {
        let mut name = key.to_owned();
        for (identifier, value) in bound.iter().rev() {
            let letters: String = value.chars().filter(char::is_ascii_alphanumeric).collect();
            name = name.replace(&format!("${{{identifier}}}"), value);
            name = name.replace(&format!("&{{{identifier}}}"), &letters);
            self.count(name.len())?;
        }
        Ok(name)
    }

    fn repeat(
        &mut self,
        body: &Value,
        bound: &Bound,
        result: &mut Map<String, Value>,
    ) -> Result<(), Refusal> {
        let layout = || failed("Fn::ForEach layout is incorrect");
        let Some([Value::String(identifier), collection, Value::Object(own)]) =
            body.as_array().map(Vec::as_slice)
        else {
            return Err(layout());
        };
        if identifier.is_empty() || collection.is_string() {
            return Err(layout());
        }
        let collection = self.node(collection, bound)?;
        let Ok(Some(Value::Array(items))) = evaluate(&collection, self.scope) else {
            return Err(failed("Could not find a collection or could not be resolved for Fn::ForEach"));
        };
        for item in items {
            let item = plain(&item).ok_or_else(layout)?;
            let mut inner = bound.to_vec();
            inner.push((identifier.clone(), item));
            let Value::Object(entries) = self.object(own, &inner, true)? else { continue };
            for (name, value) in entries {
                self.outputs_have_plain_names(&name)?;
                insert(result, name, value)?;
            }
        }
        Ok(())
    }

    fn outputs_have_plain_names(&self, name: &str) -> Result<(), Refusal> {
        if self.section != "Outputs" || name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Ok(());
        }
        Err(failed(format_args!("OutputKey '{name}' should be alphanumeric")))
    }
}

fn insert(entries: &mut Map<String, Value>, name: String, value: Value) -> Result<(), Refusal> {
    if entries.contains_key(&name) {
        return Err(failed(format_args!(
            "Duplicate key '{name}' when merging keys to parent object in Fn::ForEach"
        )));
    }
    entries.insert(name, value);
    Ok(())
}
