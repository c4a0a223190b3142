//! The engine: minijinja with our syntax, strict, bounded, without anything that could paste a value as text.

use crate::template::functions;
use crate::template::holes;
use crate::template::markers::Syntax;
use crate::template::session;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value};

/// How many steps one evaluation may take.
const FUEL: u64 = 1_000_000;
/// How deeply macros, includes and blocks may call each other.
const RECURSION: usize = 64;

/// An environment for a syntax, with all functions and filters.
pub(super) fn environment(syntax: Syntax) -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    environment.set_syntax(syntax.config()?);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Custom("hole".into()));
    environment.set_formatter(write_hole);
    environment.set_debug(true);
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(RECURSION);
    // It would print the whole scope.
    environment.remove_global("debug");
    functions::register(&mut environment);
    Ok(environment)
}

/// Writes a hole in place of a value. Text that a macro or `set` captured is the template's own and stays.
fn write_hole(out: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    if value.is_undefined() {
        return Err(Error::from(ErrorKind::UndefinedError));
    }
    if value.is_safe() {
        return out.write_str(value.as_str().unwrap_or_default()).map_err(Error::from);
    }
    let number = session::with(|session| {
        session.holes.push(value.clone());
        session.holes.len() - 1
    });
    let mut text = String::with_capacity(12);
    text.push(holes::OPEN);
    holes::push_number(number.unwrap_or_default(), &mut text);
    text.push(holes::CLOSE);
    out.write_str(&text).map_err(Error::from)
}
