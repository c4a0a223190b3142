//! `int` and `float` for numbers whose digits are kept, such as `1.10`; other values go to the engine's own filters.

use crate::template::convert::Lexeme;
use crate::template::functions::refused;
use minijinja::value::Kwargs;
use minijinja::{Environment, Error, State, Value, filters};

pub(super) fn register(environment: &mut Environment<'static>) {
    environment.add_filter("int", int);
    environment.add_filter("float", float);
}

fn int(
    state: &mut State<'_, '_>,
    value: &Value,
    default: Option<Value>,
    base: Option<u32>,
    options: Kwargs,
) -> Result<Value, Error> {
    filters::int(state, &unwrapped(value)?, default, base, options)
}

fn float(
    state: &mut State<'_, '_>,
    value: &Value,
    default: Option<Value>,
    options: Kwargs,
) -> Result<Value, Error> {
    filters::float(state, &unwrapped(value)?, default, options)
}

fn unwrapped(value: &Value) -> Result<Value, Error> {
    match value.downcast_object_ref::<Lexeme>() {
        Some(Lexeme(text)) => {
            text.parse::<f64>().map(Value::from).map_err(|_| refused(format!("`{text}` is no number")))
        }
        None => Ok(value.clone()),
    }
}
