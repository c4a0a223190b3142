//! `artifact(path)`: the address of a packed and uploaded file; not there yet, and said so.

use crate::template::functions::refused;
use minijinja::{Environment, Error, Value};

pub(super) fn register(environment: &mut Environment<'static>) {
    environment.add_function("artifact", artifact);
}

fn artifact(_path: &Value) -> Result<Value, Error> {
    Err(refused(
        "`artifact` is not available in this version: upload the file yourself and pass its address as a value",
    ))
}
