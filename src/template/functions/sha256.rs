//! `sha256(text)` and `text | sha256`: the hash of the text's UTF-8 bytes in lower-case hexadecimal.

use crate::template::functions::text;
use minijinja::{Environment, Error, Value};
use sha2::{Digest, Sha256};
use std::fmt::Write;

pub(super) fn register(environment: &mut Environment<'static>) {
    environment.add_function("sha256", sha256);
    environment.add_filter("sha256", sha256);
}

fn sha256(value: &Value) -> Result<String, Error> {
    Ok(hexadecimal(text(value)?.as_bytes()))
}

/// The hash of bytes in lower-case hexadecimal.
pub(in crate::template) fn hexadecimal(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        // Writing to a string cannot fail.
        let _ = write!(out, "{byte:02x}");
    }
    out
}
