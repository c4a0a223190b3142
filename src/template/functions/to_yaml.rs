//! `to_yaml(value)` and `value | to_yaml`: YAML text in block style.

use crate::template::emit;
use crate::template::functions::own;
use minijinja::{Environment, Error, Value};

pub(super) fn register(environment: &mut Environment<'static>) {
    environment.add_function("to_yaml", to_yaml);
    environment.add_filter("to_yaml", to_yaml);
}

fn to_yaml(value: &Value) -> Result<String, Error> {
    let mut out = String::new();
    emit::block(&own(value)?, 0, &mut out);
    Ok(out)
}
