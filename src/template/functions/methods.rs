//! Python's methods that people know from Jinja: those that are filters of the same name, and a few of texts and
//! mappings.

use crate::template::functions::{refused, text};
use minijinja::{Environment, Error, ErrorKind, State, Value};

pub(super) fn register(environment: &mut Environment<'static>) {
    environment.set_unknown_method_callback(method);
}

fn method(state: &mut State<'_, '_>, value: &Value, name: &str, arguments: &[Value]) -> Result<Value, Error> {
    match (name, arguments) {
        ("items" | "upper" | "lower" | "title" | "capitalize" | "replace" | "split", _) => {
            let all: Vec<Value> = std::iter::once(value.clone()).chain(arguments.iter().cloned()).collect();
            state.apply_filter(name, &all)
        }
        ("join", [items]) => state.apply_filter("join", &[items.clone(), value.clone()]),
        ("strip", []) => state.apply_filter("trim", std::slice::from_ref(value)),
        ("keys", []) => Ok(value.try_iter()?.collect()),
        ("values", []) => value.try_iter()?.map(|key| value.get_item(&key)).collect(),
        ("get", [key, rest @ ..]) if rest.len() < 2 => {
            let found = value.get_item(key)?;
            let missing = || rest.first().cloned().unwrap_or_else(|| Value::from(()));
            Ok(if found.is_undefined() { missing() } else { found })
        }
        ("startswith", [start]) => Ok(Value::from(text(value)?.starts_with(&text(start)?))),
        ("endswith", [end]) => Ok(Value::from(text(value)?.ends_with(&text(end)?))),
        ("append" | "extend" | "update" | "pop", _) => {
            Err(refused(format!("values cannot be changed by `{name}`: make a new one with `+` or `set`")))
        }
        _ => Err(Error::new(ErrorKind::UnknownMethod, format!("{} has no method `{name}`", value.kind()))),
    }
}
