//! Filters that must not see captured text as it is while holes stand in it, and those that would paste a value.

use crate::template::functions::refused;
use crate::template::holes;
use minijinja::{Environment, Error, Value, filters};

pub(super) fn register(environment: &mut Environment<'static>) {
    for name in ["safe", "escape", "e"] {
        environment.add_filter(name, pasted);
    }
    environment.add_filter("length", length);
    environment.add_filter("count", length);
    environment.add_filter("string", string);
}

fn pasted(value: &Value) -> Result<Value, Error> {
    match value.is_safe() {
        true => Ok(value.clone()),
        false => Err(refused(
            "values are never pasted into a template as text: write the expression without `safe` or `escape`",
        )),
    }
}

fn length(value: &Value) -> Result<usize, Error> {
    match value.as_str() {
        Some(text) => holes::expand(text).map(|text| text.chars().count()).map_err(refused),
        None => filters::length(value),
    }
}

/// Text with its holes filled, which can be compared and searched.
fn string(value: &Value) -> Result<String, Error> {
    super::text(value)
}
