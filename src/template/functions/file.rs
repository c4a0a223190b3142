//! `file(path)`: the text of a file of the project's `templates/`, from the folder of the file that asks, else from
//! `templates/` itself.

use crate::template::functions::refused;
use crate::template::paths;
use crate::template::session;
use minijinja::{Environment, Error, State};

pub(super) fn register(environment: &mut Environment<'static>) {
    environment.add_function("file", file);
}

fn file(state: &mut State<'_, '_>, path: &str) -> Result<String, Error> {
    let (files, own_path) =
        session::with(|session| (session.files.clone(), session.path.clone())).unwrap_or_default();
    let files = files.ok_or_else(|| refused("files cannot be read here"))?;
    let parent = match state.name() {
        name if name.starts_with("templates/") => name,
        _ => &own_path,
    };
    let found = paths::resolve(parent, path, files.as_ref()).map_err(refused)?;
    files
        .read(&found)
        .map(|source| source.text.clone())
        .map_err(|message| refused(format!("could not read `{found}`: {message}")))
}
