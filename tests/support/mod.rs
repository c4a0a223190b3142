//! A temporary project, the program, and a session's output as one value.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A folder with a project in it; it is emptied when a test of the same name starts again.
pub struct Workplace {
    /// The project's root.
    pub root: PathBuf,
}

impl Workplace {
    /// An empty folder of its own.
    pub fn empty(name: &str) -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(&root).expect("the folder for tests can be made");
        Self { root }
    }

    /// The project that `formwork init` makes, called `acme`.
    pub fn starter(name: &str) -> Self {
        let workplace = Self::empty(name);
        let made = workplace.run(&["init", "acme"]);
        assert_eq!(made.exit, 0, "{}", made.text);
        Self { root: workplace.root.join("acme") }
    }

    /// A copy of the systems that ship.
    pub fn shipped(name: &str) -> Self {
        let workplace = Self::empty(name);
        let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
        fs::copy(repository.join("formwork.yaml"), workplace.root.join("formwork.yaml"))
            .expect("the project file is there");
        for folder in ["templates", "environments"] {
            copy(&repository.join(folder), &workplace.root.join(folder));
        }
        workplace
    }

    /// Writes a file of the project.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("the folder can be made");
        fs::write(path, text).expect("the file can be written");
    }

    /// The text of a file of the project.
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).expect("the file can be read")
    }

    /// Replaces a piece of text in a file, which must be there.
    pub fn replace(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "`{path}` does not contain `{from}`");
        self.write(path, &text.replace(from, to));
    }

    /// Runs the program with words.
    pub fn run(&self, words: &[&str]) -> Output {
        self.run_with(words, &[])
    }

    /// Runs the program with words and variables, without any of the caller's AWS settings.
    pub fn run_with(&self, words: &[&str], variables: &[(&str, &str)]) -> Output {
        let mut command = self.command(words);
        command.envs(variables.iter().copied());
        let output = command.output().expect("the program starts");
        let exit = output.status.code().unwrap_or(-1);
        let part = |name: &str, bytes: &[u8]| match bytes.is_empty() {
            true => String::new(),
            false => format!("--- {name}\n{}", String::from_utf8_lossy(bytes)),
        };
        let text = format!(
            "$ formwork {}\n{}{}--- exit {exit}\n",
            words.join(" "),
            part("output", &output.stdout),
            part("messages", &output.stderr)
        );
        Output {
            exit,
            text: self.stable(&text),
            output: String::from_utf8_lossy(&output.stdout).into_owned(),
        }
    }

    /// The program, ready to be started in the project.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_formwork"));
        command.args(words).current_dir(&self.root).stdin(Stdio::null());
        for (name, _) in std::env::vars() {
            if name.starts_with("AWS_") || name.starts_with("FORMWORK_") {
                command.env_remove(name);
            }
        }
        command.env("HOME", &self.root).env("AWS_EC2_METADATA_DISABLED", "true").env("COLUMNS", "110");
        command
    }

    /// Takes out what differs between machines and runs.
    fn stable(&self, text: &str) -> String {
        let root = self.root.to_string_lossy().into_owned();
        text.replace(&root, "[ROOT]")
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the folder can be made");
    for entry in fs::read_dir(from).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        let target = to.join(path.file_name().expect("an entry has a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("the file can be copied");
        }
    }
}

/// What a session gave.
pub struct Output {
    /// The exit code.
    pub exit: i32,
    /// The command, both streams and the exit code, as one text.
    pub text: String,
    /// Standard output alone, to the byte.
    pub output: String,
}

/// Compares with a stored snapshot, after taking out times, run ids, generated ids and ports.
#[macro_export]
macro_rules! assert_session {
    ($name:expr, $text:expr) => {{
        let mut settings = insta::Settings::clone_current();
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.add_filter(r" *\b(\d+h\d\dm|\d+m\d\ds|\d+s)\b", " [TIME]");
        settings.add_filter(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\dZ]*", "[DATE]");
        settings.add_filter(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "[UUID]");
        settings.add_filter(r"\brun [0-9a-z]+[-0-9a-z]*", "run [RUN]");
        settings.add_filter(r"127\.0\.0\.1:\d+", "127.0.0.1:[PORT]");
        settings.bind(|| insta::assert_snapshot!($name, $text));
    }};
}
