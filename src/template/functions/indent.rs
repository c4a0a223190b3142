//! `text | indent(width, first=false, blank=false)`: spaces before each line but the first. Text of the template (of a
//! macro, or of `set`) stays the template's own, so that macros can be placed at any depth.

use minijinja::value::{Kwargs, StringInput};
use minijinja::{Environment, Error, Value};

pub(super) fn register(environment: &mut Environment<'static>) {
    environment.add_filter("indent", indent);
}

fn indent(
    value: StringInput<'_>,
    width: usize,
    first: Option<bool>,
    blank: Option<bool>,
    options: Kwargs,
) -> Result<Value, Error> {
    let first = first.or(options.get("first")?).unwrap_or(false);
    let blank = blank.or(options.get("blank")?).unwrap_or(false);
    options.assert_all_used()?;
    let spaces = " ".repeat(width.min(200));
    let mut out = String::with_capacity(value.as_str().len());
    for (at, line) in value.as_str().split_inclusive('\n').enumerate() {
        if (at > 0 || first) && (blank || !line.trim().is_empty()) {
            out.push_str(&spaces);
        }
        out.push_str(line);
    }
    Ok(value.preserve_safety(out))
}
