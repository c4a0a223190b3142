//! `to_json(value)` and `value | to_json`: JSON text on one line, or indented with `to_json(value, indent=2)`.

use crate::template::emit;
use crate::template::functions::own;
use minijinja::value::Kwargs;
use minijinja::{Environment, Error, Value};

pub(super) fn register(environment: &mut Environment<'static>) {
    for name in ["to_json", "tojson"] {
        environment.add_function(name, to_json);
        environment.add_filter(name, to_json);
    }
}

fn to_json(value: &Value, options: Kwargs) -> Result<String, Error> {
    let indent: Option<usize> = options.get("indent")?;
    options.assert_all_used()?;
    let mut out = String::new();
    match indent.filter(|indent| *indent > 0) {
        Some(indent) => emit::json_lines(&own(value)?, indent.min(16), 0, &mut out),
        None => emit::json(&own(value)?, &mut out),
    }
    Ok(out)
}
