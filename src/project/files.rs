//! The only reader and writer of the disk. What the files mean is for others.
//!
//! Paths of the project go from its root, with `/` between folders; none leads out of it, neither by `..` nor by a
//! symbolic link.

use crate::model::place::Source;
use crate::template::render::Files;
use std::collections::HashMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The largest file of a project that is read.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// The deepest folder that is looked into.
const MAX_DEPTH: usize = 32;

/// A project's files: those of a disk, or of a test.
pub trait Folder: Files {
    /// All files below a folder, sorted; nothing when there is no such folder.
    fn list(&self, folder: &str) -> Result<Vec<String>, String>;
}

/// The files below a folder of the disk, each read once.
pub struct Disk {
    root: PathBuf,
    read: Mutex<HashMap<String, Result<Arc<Source>, String>>>,
}

/// Why a file could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("could not {action} `{path}`")]
pub struct FileError {
    action: &'static str,
    path: String,
    #[source]
    source: io::Error,
}

impl Disk {
    /// The files below a folder.
    pub fn open(root: &Path) -> Result<Self, FileError> {
        let root = root.canonicalize().map_err(|source| error("open", root, source))?;
        Ok(Self { root, read: Mutex::default() })
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn load(&self, path: &str) -> Result<Arc<Source>, String> {
        let real = self.root.join(path).canonicalize().map_err(|error| told(&error))?;
        if !real.starts_with(&self.root) {
            return Err("it leads out of the project".to_owned());
        }
        let about = fs::metadata(&real).map_err(|error| told(&error))?;
        if about.is_dir() {
            return Err("it is a folder".to_owned());
        }
        if !about.is_file() {
            return Err("it is not a regular file".to_owned());
        }
        if about.len() > MAX_BYTES {
            return Err(format!("it is larger than {} MB", MAX_BYTES / 1024 / 1024));
        }
        let bytes = fs::read(&real).map_err(|error| told(&error))?;
        let text =
            String::from_utf8(bytes).map_err(|error| not_text(error.as_bytes(), &error.utf8_error()))?;
        Ok(Arc::new(Source { path: path.to_owned(), text }))
    }
}

impl Files for Disk {
    fn read(&self, path: &str) -> Result<Arc<Source>, String> {
        let path = inside("", path)?;
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = read.get(&path) {
            return known.clone();
        }
        let loaded = self.load(&path);
        read.insert(path, loaded.clone());
        loaded
    }
}

impl Folder for Disk {
    fn list(&self, folder: &str) -> Result<Vec<String>, String> {
        let mut found = Vec::new();
        let folder = inside("", folder)?;
        if self.root.join(&folder).is_dir() {
            walk(&self.root.join(&folder), &folder, MAX_DEPTH, &mut found)?;
        }
        found.sort();
        Ok(found)
    }
}

/// Collects the files below a folder; hidden ones and folders behind symbolic links are left out.
fn walk(folder: &Path, name: &str, depth: usize, found: &mut Vec<String>) -> Result<(), String> {
    let failed = |error: &io::Error| format!("could not list `{name}`: {}", told(error));
    for entry in fs::read_dir(folder).map_err(|error| failed(&error))? {
        let entry = entry.map_err(|error| failed(&error))?;
        let file_name = entry.file_name().to_string_lossy().into_owned();
        if file_name.starts_with('.') {
            continue;
        }
        let path = format!("{name}/{file_name}");
        let kind = entry.file_type().map_err(|error| failed(&error))?;
        if kind.is_dir() && depth > 0 {
            walk(&entry.path(), &path, depth - 1, found)?;
        } else if !(kind.is_dir() || kind.is_symlink() && entry.path().is_dir()) {
            found.push(path);
        }
    }
    Ok(())
}

/// The path from the project's root that `path` means in the folder `base`, without `.` and `..`; an error when it
/// leads out.
pub fn inside(base: &str, path: &str) -> Result<String, String> {
    if path.starts_with('/') || path.contains('\0') {
        return Err("it is not a path inside the project".to_owned());
    }
    let mut parts: Vec<&str> = base.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop().ok_or("it leads out of the project")?;
            }
            part => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}

/// The nearest folder upwards that holds a file of this name.
pub fn nearest_folder_with(start: &Path, name: &str) -> Option<PathBuf> {
    let start = start.canonicalize().ok()?;
    start.ancestors().find(|folder| folder.join(name).is_file()).map(Path::to_owned)
}

/// Writes a file so that whoever reads it sees the old or the new one, never a half. Missing folders are made.
pub fn write(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let draft = folder.join(name);
    // Nothing that is written this way is lost for good when the machine fails: it can be made again.
    let written = fs::write(&draft, text);
    written.and_then(|()| fs::rename(&draft, path)).inspect_err(|_| {
        // The draft is only litter by now; what matters is the first error.
        let _ = fs::remove_file(&draft);
    })
}

/// A file that only grows, line by line; each line is on the disk before the next thing happens.
pub struct Appender {
    file: fs::File,
}

impl Appender {
    /// Opens a file at its end; it and the folders above are made where they are missing.
    pub fn open(path: &Path) -> io::Result<Self> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder)?;
        }
        Ok(Self { file: fs::OpenOptions::new().create(true).append(true).open(path)? })
    }

    /// Writes a line and waits until it is on the disk.
    pub fn append(&mut self, line: &str) -> io::Result<()> {
        self.file.write_all(format!("{line}\n").as_bytes())?;
        self.file.sync_data()
    }
}

/// Makes a folder and those above it.
pub fn create_folder(path: &Path) -> Result<(), FileError> {
    fs::create_dir_all(path).map_err(|source| error("create", path, source))
}

/// Whether there is something at a path.
pub fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Whether a folder holds nothing, or is not there.
pub fn is_empty(path: &Path) -> bool {
    fs::read_dir(path).map_or(true, |mut entries| entries.next().is_none())
}

/// The text of a file that need not belong to the project, such as a saved plan.
pub fn read(path: &Path) -> Result<String, FileError> {
    fs::read_to_string(path).map_err(|source| error("read", path, source))
}

/// The names in a folder, sorted.
pub fn list(path: &Path) -> Result<Vec<String>, FileError> {
    let names = fs::read_dir(path).and_then(|entries| {
        entries.map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned())).collect()
    });
    let mut names: Vec<String> = names.map_err(|source| error("list", path, source))?;
    names.sort();
    Ok(names)
}

/// Deletes a file.
pub fn remove(path: &Path) -> Result<(), FileError> {
    fs::remove_file(path).map_err(|source| error("delete", path, source))
}

fn error(action: &'static str, path: &Path, source: io::Error) -> FileError {
    FileError { action, path: path.display().to_string(), source }
}

fn told(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "it may not be read".to_owned(),
        _ => error.to_string().to_lowercase(),
    }
}

fn not_text(bytes: &[u8], error: &std::str::Utf8Error) -> String {
    let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    format!(
        "it is not UTF-8 text: line {line}, column {column} begins with the byte {:#04x}",
        bytes[error.valid_up_to()]
    )
}

#[cfg(test)]
pub mod memory {
    //! A project that exists only in a test.

    use super::*;

    /// Files by path.
    #[derive(Default)]
    pub struct Memory(pub std::collections::BTreeMap<String, String>);

    impl Files for Memory {
        fn read(&self, path: &str) -> Result<Arc<Source>, String> {
            let path = inside("", path)?;
            let text = self.0.get(&path).ok_or("there is no such file")?.clone();
            Ok(Arc::new(Source { path, text }))
        }
    }

    impl Folder for Memory {
        fn list(&self, folder: &str) -> Result<Vec<String>, String> {
            let start = format!("{folder}/");
            Ok(self.0.keys().filter(|path| path.starts_with(&start)).cloned().collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_paths_inside() {
        let check = |base: &str, path: &str, expected: Option<&str>| {
            assert_eq!(inside(base, path).ok().as_deref(), expected, "{base} {path}");
        };
        check("templates/quiz", "network.yaml", Some("templates/quiz/network.yaml"));
        check("templates/quiz", "../shared/./vpc.yaml", Some("templates/shared/vpc.yaml"));
        check("templates", "../../etc/passwd", None);
        check("", "/etc/passwd", None);
        check("", "a//b", Some("a/b"));
    }

    #[test]
    fn reads_nothing_outside_and_nothing_that_is_no_text() {
        let folder = std::env::temp_dir().join(format!("formwork-files-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        write(&folder.join("project/a/one.txt"), "one").unwrap();
        fs::write(folder.join("project/bad.txt"), b"one\ntw\xff").unwrap();
        write(&folder.join("outside.txt"), "secret").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(folder.join("outside.txt"), folder.join("project/link.txt")).unwrap();
        let disk = Disk::open(&folder.join("project")).unwrap();
        let check = |path: &str, expected: Result<&str, &str>| {
            let read = disk.read(path).map(|source| source.text.clone());
            assert_eq!(read.as_deref().map_err(String::as_str), expected, "{path}");
        };
        check("a/one.txt", Ok("one"));
        check("a/../a/one.txt", Ok("one"));
        check("../outside.txt", Err("it leads out of the project"));
        #[cfg(unix)]
        check("link.txt", Err("it leads out of the project"));
        check("a", Err("it is a folder"));
        check("none", Err("there is no such file"));
        check("bad.txt", Err("it is not UTF-8 text: line 2, column 3 begins with the byte 0xff"));
        assert_eq!(disk.list("a").unwrap(), ["a/one.txt"]);
        assert_eq!(disk.list("b").unwrap(), [""; 0]);
        let mut journal = Appender::open(&folder.join("project/runs/one.jsonl")).unwrap();
        journal.append("a").unwrap();
        journal.append("b").unwrap();
        assert_eq!(read(&folder.join("project/runs/one.jsonl")).unwrap(), "a\nb\n");
        fs::remove_dir_all(&folder).unwrap();
    }
}
