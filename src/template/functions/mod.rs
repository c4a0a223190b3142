//! The functions and filters of expressions and templates, one file each; this is the list.

mod artifact;
mod base64;
mod captured;
mod cidr_subnets;
mod file;
mod indent;
mod methods;
mod numbers;
mod sha256;
mod spread;
mod to_json;
mod to_yaml;

pub(super) use sha256::hexadecimal;

use minijinja::Environment;

/// Adds them all to an environment.
pub(super) fn register(environment: &mut Environment<'static>) {
    artifact::register(environment);
    base64::register(environment);
    captured::register(environment);
    cidr_subnets::register(environment);
    file::register(environment);
    indent::register(environment);
    methods::register(environment);
    numbers::register(environment);
    sha256::register(environment);
    spread::register(environment);
    to_json::register(environment);
    to_yaml::register(environment);
}

/// A value as ours, or an error that says why it cannot be.
fn own(value: &minijinja::Value) -> Result<crate::model::value::Value, minijinja::Error> {
    crate::template::convert::from_engine(value)
        .map_err(|message| minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, message))
}

/// A value as text, or an error that says why it cannot be.
fn text(value: &minijinja::Value) -> Result<String, minijinja::Error> {
    let own = own(value)?;
    own.as_text().ok_or_else(|| refused(format!("text was expected, not {}", own.kind())))
}

/// An error of a function.
fn refused(message: impl Into<std::borrow::Cow<'static, str>>) -> minijinja::Error {
    minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, message)
}
