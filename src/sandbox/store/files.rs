//! Files: read and written whole, put in place by a rename.

use super::super::Error;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// A name from a request as a folder's name: nothing in it leads elsewhere.
pub(super) fn safe(text: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    text.chars().map(plain).take(64).collect()
}

/// The last part of a path, as text.
pub(super) fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn entries(path: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed = |source| Error::State { path: path.to_owned(), source };
    if !path.exists() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(path).map_err(failed)?;
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>().map_err(failed)?;
    paths.sort();
    Ok(paths)
}

/// The folders in a folder, in order.
pub(super) fn folders(path: &Path) -> Result<Vec<PathBuf>, Error> {
    Ok(entries(path)?.into_iter().filter(|path| path.is_dir()).collect())
}

/// The JSON files in a folder, in order; what was about to be written when the process ended is none.
pub(super) fn files(path: &Path) -> Result<Vec<PathBuf>, Error> {
    let json = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "json");
    Ok(entries(path)?.into_iter().filter(json).collect())
}

/// Reads a file.
pub(in super::super) fn read<T: DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let bytes = fs::read(path).map_err(|source| Error::State { path: path.to_owned(), source })?;
    serde_json::from_slice(&bytes).map_err(|source| Error::Damaged { path: path.to_owned(), source })
}

/// Writes a file, or removes it when what it was for is gone.
pub(super) fn keep<T: Serialize>(path: &Path, value: Option<&T>) -> Result<(), Error> {
    match value {
        Some(value) => write_json(path, value),
        None => remove(path),
    }
}

/// Removes a file, if it is there.
pub(super) fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != ErrorKind::NotFound => {
            Err(Error::State { path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

/// Writes a value into a file.
pub(in super::super) fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), Error> {
    let bytes =
        serde_json::to_vec(value).map_err(|source| Error::Damaged { path: path.to_owned(), source })?;
    write(path, &bytes)
}

/// Writes a file beside its place and puts it there: whoever reads sees the old or the new one, never a half.
pub(in super::super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let draft = path.with_extension("draft");
    let attempt = || {
        fs::write(&draft, bytes).or_else(|error| match (error.kind(), path.parent()) {
            (ErrorKind::NotFound, Some(folder)) => {
                fs::create_dir_all(folder)?;
                fs::write(&draft, bytes)
            }
            _ => Err(error),
        })?;
        fs::rename(&draft, path)
    };
    attempt().map_err(|source| Error::State { path: path.to_owned(), source })
}
