//! A temporary project, the program, and a session's output as one value.

pub mod schema;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

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
        for folder in ["templates", "environments", "policies"] {
            copy(&repository.join(folder), &workplace.root.join(folder));
        }
        workplace
    }

    /// A project of one's own: files with their texts.
    pub fn with(name: &str, files: &[(&str, &str)]) -> Self {
        let workplace = Self::empty(name);
        files.iter().for_each(|(path, text)| workplace.write(path, text));
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

/// Copies a folder with all that is in it.
pub fn copy(from: &Path, to: &Path) {
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

/// A sandbox that stands by itself, in a process of its own; it ends with the value.
pub struct Sandbox {
    /// Its address.
    pub url: String,
    child: Child,
}

impl Sandbox {
    /// Starts one in a project's folder, with further words such as `--state sandbox`.
    pub fn start(place: &Workplace, words: &[&str]) -> Self {
        let mut command = place.command(&[&["sandbox", "--listen", "127.0.0.1:0"], words].concat());
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the sandbox starts");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("it was asked for"))
            .read_line(&mut line)
            .expect("it tells its address");
        let url = line.trim().strip_prefix("sandbox: ").expect("it tells its address").to_owned();
        Self { url, child }
    }
}

impl Sandbox {
    /// What another client would send to a service in the account 111111111111 and the region eu-west-1: the sandbox
    /// takes the account from the key and asks for no signature. Gives the whole answer.
    pub fn ask(&self, service: &str, headers: &str, body: &str) -> String {
        let host = self.url.strip_prefix("http://").expect("an address");
        let mut stream = TcpStream::connect(host).expect("the sandbox listens");
        write!(
            stream,
            "POST / HTTP/1.1\r\nhost: {host}\r\n{headers}\r\nauthorization: AWS4-HMAC-SHA256 \
             Credential=111111111111/20260101/eu-west-1/{service}/aws4_request, SignedHeaders=host, Signature=0\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        )
        .expect("the request can be sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        answer
    }

    /// Asks CloudFormation, as `aws cloudformation …` would: `Action=ListStacks`.
    pub fn cloudformation(&self, request: &str) -> String {
        let headers = "content-type: application/x-www-form-urlencoded";
        self.ask("cloudformation", headers, &format!("Version=2010-05-15&{request}"))
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A session that runs while a test looks at what it tells.
pub struct Running {
    child: Child,
    messages: BufReader<std::process::ChildStderr>,
    told: String,
}

impl Running {
    /// Starts the program with words and variables.
    pub fn start(place: &Workplace, words: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = place.command(words);
        command.envs(variables.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let messages = BufReader::new(child.stderr.take().expect("it was asked for"));
        Self { child, messages, told: String::new() }
    }

    /// Waits until a line of the messages has all these words in it, unless one had already.
    pub fn wait_for(&mut self, words: &[&str]) {
        let fits = |line: &str| words.iter().all(|word| line.contains(word));
        while !self.told.lines().any(fits) {
            let mut line = String::new();
            let read = self.messages.read_line(&mut line).expect("messages can be read");
            assert!(read > 0, "it ended without a line with {words:?}:\n{}", self.told);
            self.told.push_str(&line);
        }
    }

    /// Sends it a signal, such as `INT`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([format!("-{name}"), self.child.id().to_string()]).status();
        assert!(sent.expect("`kill` starts").success());
    }

    /// Waits for its end: the exit code (-1 after a signal), the results, the messages.
    pub fn end(mut self) -> (i32, String, String) {
        let mut output = String::new();
        self.messages.read_to_string(&mut self.told).expect("messages can be read");
        let results = self.child.stdout.as_mut().expect("it was asked for");
        results.read_to_string(&mut output).expect("results can be read");
        let status = self.child.wait().expect("it ends");
        (status.code().unwrap_or(-1), output, self.told)
    }
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
        settings.add_filter(r"\b(acme-[a-z-]+-[A-Z][A-Za-z]+)-[0-9A-Za-z]{12}\b", "$1-[GENERATED]");
        settings.add_filter(r"127\.0\.0\.1:\d+", "127.0.0.1:[PORT]");
        settings.bind(|| insta::assert_snapshot!($name, $text));
    }};
}
