//! Our values in the engine's hands and back: numbers keep their digits, mappings their order.

use crate::model::value::Value;
use crate::template::holes;
use crate::template::session;
use minijinja::value::{Enumerator, Object, ObjectRepr, ValueKind};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// How deeply lists and mappings of a result may be nested.
const DEPTH: usize = 64;
/// How many values a result may hold.
const COUNT: usize = 1_000_000;
/// From this many keys on, a mapping is looked up by hash.
const MANY_KEYS: usize = 16;

/// A value for the engine.
pub(super) fn to_engine(value: &Value) -> minijinja::Value {
    match value {
        Value::Null => minijinja::Value::from(()),
        Value::Boolean(value) => minijinja::Value::from(*value),
        Value::Text(text) => minijinja::Value::from(text.as_str()),
        Value::Number(lexeme) => number(lexeme),
        Value::List(items) => minijinja::Value::from(items.iter().map(to_engine).collect::<Vec<_>>()),
        Value::Map(entries) => {
            let entries: Vec<_> =
                entries.iter().map(|(key, value)| (key.clone(), to_engine(value))).collect();
            let index = match entries.len() >= MANY_KEYS {
                true => entries.iter().enumerate().map(|(at, (key, _))| (key.clone(), at)).collect(),
                false => HashMap::new(),
            };
            minijinja::Value::from_object(Mapping { entries, index })
        }
    }
}

/// A number the engine can calculate with, unless it would lose a digit.
fn number(lexeme: &str) -> minijinja::Value {
    if let Ok(whole) = lexeme.parse::<i64>()
        && whole.to_string() == lexeme
    {
        return minijinja::Value::from(whole);
    }
    match lexeme.parse::<f64>() {
        Ok(float) if format!("{float:?}") == lexeme => minijinja::Value::from(float),
        _ => minijinja::Value::from_object(Lexeme(lexeme.to_owned())),
    }
}

/// A value the engine came to; an error is a fragment that says what cannot be a value.
pub(super) fn from_engine(value: &minijinja::Value) -> Result<Value, String> {
    let mut left = COUNT;
    from_engine_within(value, DEPTH, &mut left)
}

fn from_engine_within(value: &minijinja::Value, depth: usize, left: &mut usize) -> Result<Value, String> {
    *left = left.checked_sub(1).ok_or_else(|| format!("it holds more than {COUNT} values"))?;
    if depth == 0 {
        return Err(format!("it is nested more than {DEPTH} deep"));
    }
    match value.kind() {
        ValueKind::Undefined => Err("it is undefined".to_owned()),
        ValueKind::None => Ok(Value::Null),
        ValueKind::Bool => Ok(Value::Boolean(value.is_true())),
        ValueKind::Number => from_number(value),
        ValueKind::String => holes::expand(value.as_str().unwrap_or_default()).map(Value::Text),
        ValueKind::Seq | ValueKind::Iterable => {
            let items = value.try_iter().map_err(|error| error.to_string())?;
            items
                .map(|item| from_engine_within(&item, depth - 1, left))
                .collect::<Result<_, _>>()
                .map(Value::List)
        }
        ValueKind::Map if is_macro(value) => Err("it is a macro, not a value; call it with `()`".to_owned()),
        ValueKind::Map => {
            let keys = value.try_iter().map_err(|error| error.to_string())?;
            let entries = keys.map(|key| {
                let item = value.get_item(&key).map_err(|error| error.to_string())?;
                let key = from_engine_within(&key, 2, left)?.as_text().ok_or("a key is no text")?;
                Ok((key, from_engine_within(&item, depth - 1, left)?))
            });
            entries.collect::<Result<_, String>>().map(Value::Map)
        }
        ValueKind::Plain => match value.downcast_object_ref::<Lexeme>() {
            Some(Lexeme(text)) => Ok(Value::Number(text.clone())),
            None => Err("it is a function, not a value; call it with `()`".to_owned()),
        },
        ValueKind::Bytes => Err("it is bytes, not text".to_owned()),
        _ => Err("it is no value".to_owned()),
    }
}

/// Whether a value is a macro, which the engine shows as a mapping.
fn is_macro(value: &minijinja::Value) -> bool {
    value.as_object().is_some_and(|object| object.downcast_ref::<Mapping>().is_none())
        && value.len() == Some(3)
        && value.to_string().starts_with("<macro ")
}

fn from_number(value: &minijinja::Value) -> Result<Value, String> {
    let text = value.to_string();
    match text.contains(['n', 'i', 'N', 'I']) {
        true => Err(format!("it is no number that can be written (`{text}`)")),
        false => Ok(Value::Number(text)),
    }
}

/// A number whose digits the engine's own numbers would lose, such as `1.10`: it can be shown and passed on, and the
/// filters `int` and `float` make an ordinary number of it.
#[derive(Debug)]
pub(super) struct Lexeme(pub String);

impl Object for Lexeme {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn custom_cmp(self: &Arc<Self>, other: &minijinja::value::DynObject) -> Option<std::cmp::Ordering> {
        let other = other.downcast_ref::<Lexeme>()?;
        self.0.parse::<f64>().ok()?.partial_cmp(&other.0.parse::<f64>().ok()?)
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A mapping that remembers which name was looked up in vain.
struct Mapping {
    entries: Vec<(String, minijinja::Value)>,
    index: HashMap<String, usize>,
}

impl Mapping {
    fn find(&self, name: &str) -> Option<&minijinja::Value> {
        match self.index.is_empty() {
            true => self.entries.iter().find(|(key, _)| key == name).map(|(_, value)| value),
            false => self.index.get(name).map(|&at| &self.entries[at].1),
        }
    }
}

impl fmt::Debug for Mapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.entries.iter().map(|(key, value)| (key, value))).finish()
    }
}

impl Object for Mapping {
    fn get_value(self: &Arc<Self>, key: &minijinja::Value) -> Option<minijinja::Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, name: &str) -> Option<minijinja::Value> {
        let found = self.find(name).cloned();
        if found.is_none() {
            let this = self.clone();
            session::missed(name, move || this.entries.iter().map(|(key, _)| key.clone()).collect());
        }
        found
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.entries.iter().map(|(key, _)| minijinja::Value::from(key.as_str())).collect())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.entries.len())
    }
}
