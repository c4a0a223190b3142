//! What every command has at hand: the global options, the screen, and what `main` tells of the process.

use crate::check;
use crate::failure::{Exit, Failure};
use crate::model::environment::Assembly;
use crate::model::finding::{Finding, Severity};
use crate::model::nearest::nearest;
use crate::policy;
use crate::project::{Assembled, Project};
use crate::view::palette::Role;
use crate::view::screen::{Format, Screen};
use crate::view::{findings, json};
use globset::{Glob, GlobSet, GlobSetBuilder};
use std::path::PathBuf;

/// Options that work with every command.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Global {
    /// The project's folder, or one inside it
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "FORMWORK_PROJECT",
        help_heading = "Global options"
    )]
    pub project: Option<PathBuf>,
    /// Work on the embedded sandbox instead of AWS; its state is kept in .formwork/sandbox
    #[arg(long, global = true, conflicts_with = "endpoint_url", help_heading = "Global options")]
    pub sandbox: bool,
    /// On the sandbox: simulated seconds in a second, or `max` for no waiting [default: max]
    #[arg(long, global = true, value_name = "N|max", help_heading = "Global options")]
    pub speed: Option<String>,
    /// On the sandbox: a resource, by logical id, that fails when it is created or updated; may be repeated
    #[arg(long, global = true, value_name = "LOGICAL_ID", help_heading = "Global options")]
    pub fail: Vec<String>,
    /// On the sandbox: a file that lists what goes wrong, and when
    #[arg(long, global = true, value_name = "FILE", help_heading = "Global options")]
    pub scenario: Option<PathBuf>,
    /// The address of another service that speaks like AWS, for all services
    #[arg(long, global = true, value_name = "URL", help_heading = "Global options")]
    pub endpoint_url: Option<String>,
    /// How results are written
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text", value_parser = Format::NAMES, help_heading = "Global options")]
    pub output: String,
    /// Give a value for this run, above all files; may be repeated
    #[arg(long, global = true, value_name = "KEY=VALUE", value_parser = setting, help_heading = "Global options")]
    pub set: Vec<(String, String)>,
    /// Only stacks whose name matches, such as `web` or `service-*`; may be repeated
    #[arg(long = "stack", global = true, value_name = "GLOB", help_heading = "Global options")]
    pub stacks: Vec<String>,
    /// Tell more
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub verbose: bool,
    /// No colours (also: the environment variable NO_COLOR)
    #[arg(long, global = true, help_heading = "Global options")]
    pub no_color: bool,
}

fn setting(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE, such as `web_size.max=4`")?;
    match key.trim().is_empty() {
        true => Err("there is no key in front of `=`".to_owned()),
        false => Ok((key.trim().to_owned(), value.to_owned())),
    }
}

/// What `main` tells of the process.
pub struct Surroundings {
    /// The current folder.
    pub folder: PathBuf,
    /// Variables of the process's environment.
    pub variable: fn(&str) -> Option<String>,
    /// The time, in milliseconds since 1970.
    pub now: fn() -> u64,
}

/// What every command has at hand.
pub struct Session {
    /// The global options.
    pub global: Global,
    /// Where things are shown.
    pub screen: Screen,
    /// What is known of the process.
    pub surroundings: Surroundings,
}

/// A project with the environments a command was asked for, without mistakes.
pub struct Ready {
    /// The project.
    pub project: Project,
    /// What was assembled.
    pub assembled: Assembled,
}

impl Ready {
    /// The environments.
    pub fn assembly(&self) -> &Assembly {
        &self.assembled.assembly
    }
}

impl Session {
    /// A session; sets the screen up as the options say.
    pub fn new(global: Global, mut screen: Screen, surroundings: Surroundings) -> Self {
        let no_color =
            global.no_color || (surroundings.variable)("NO_COLOR").is_some_and(|value| !value.is_empty());
        screen.configure(Format::of(&global.output), no_color);
        Self { global, screen, surroundings }
    }

    /// The project around the current folder, or the one named.
    pub fn project(&self) -> Result<Project, Failure> {
        let folder = match &self.global.project {
            Some(folder) => self.surroundings.folder.join(folder),
            None => self.surroundings.folder.clone(),
        };
        Ok(Project::open(&folder)?)
    }

    /// Opens the project and assembles environments; mistakes are shown and end the command.
    pub fn assemble(&mut self, words: &[String]) -> Result<Ready, Failure> {
        let project = self.project()?;
        let names = project.select(words)?;
        let assembled = project.assemble(&names, &self.global.set);
        self.refuse_mistakes(&assembled.findings)?;
        self.refuse_idle_patterns(&assembled.assembly)?;
        Ok(Ready { project, assembled })
    }

    /// A pattern of `--stack` that matches nothing is a slip of the hand, not a wish for nothing.
    fn refuse_idle_patterns(&self, assembly: &Assembly) -> Result<(), Failure> {
        let mut names: Vec<&str> = assembly
            .wanted()
            .flat_map(|environment| environment.stacks.iter().map(|stack| stack.address.stack.as_str()))
            .collect();
        names.sort_unstable();
        names.dedup();
        for pattern in &self.global.stacks {
            let matcher = globs("--stack", std::slice::from_ref(pattern))?;
            if !names.iter().any(|name| matcher.is_match(name)) {
                let hint = match nearest(pattern, names.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("there are {}", names.join(", ")),
                };
                return Err(Failure::input(format!("no stack matches `--stack {pattern}`")).hint(hint));
            }
        }
        Ok(())
    }

    /// Options of the sandbox without the sandbox would be forgotten silently, and the command would go to AWS.
    pub fn refuse_stray_options(&self) -> Result<(), Failure> {
        let options = [
            ("--speed", self.global.speed.is_some()),
            ("--fail", !self.global.fail.is_empty()),
            ("--scenario", self.global.scenario.is_some()),
        ];
        let given = options.into_iter().find(|(_, given)| *given && !self.global.sandbox);
        let Some((stray, _)) = given else { return Ok(()) };
        Err(Failure::input(format!("`{stray}` works on the sandbox only"))
            .hint("add `--sandbox`; nothing was done"))
    }

    /// Assembles and runs the checks; mistakes end the command, remarks are shown when asked for.
    pub fn assemble_checked(&mut self, words: &[String]) -> Result<Ready, Failure> {
        let ready = self.assemble(words)?;
        let mut findings = check::check(ready.assembly());
        findings.extend(held(&ready.project, ready.assembly()));
        self.refuse_mistakes(&findings)?;
        Ok(ready)
    }

    fn refuse_mistakes(&mut self, found: &[Finding]) -> Result<(), Failure> {
        let errors = found.iter().filter(|finding| finding.severity == Severity::Error).count();
        if errors == 0 {
            return Ok(());
        }
        let shown: Vec<Finding> = found
            .iter()
            .filter(|finding| self.global.verbose || finding.severity == Severity::Error)
            .cloned()
            .collect();
        self.show_findings(&shown);
        let word = if errors == 1 { "a mistake".to_owned() } else { format!("{errors} mistakes") };
        Err(Failure::input(format!("the project has {word}; nothing was done")))
    }

    /// Shows findings: to people as messages, to programs as results.
    pub fn show_findings(&mut self, found: &[Finding]) {
        if found.is_empty() {
            return;
        }
        if self.screen.is_for_people() {
            let text = findings::text(found, self.screen.error_palette(), self.screen.terminal.width);
            self.screen.note(&text);
        } else {
            found.iter().map(json::finding).for_each(|line| self.screen.print(&line));
        }
    }

    /// Shows a failure and gives its exit code.
    pub fn fail(&mut self, failure: &Failure) -> Exit {
        if self.screen.is_for_people() {
            let text = failure.text();
            let painted = match text.strip_prefix("error") {
                Some(rest) => format!("{}{rest}", self.screen.error_palette().paint(Role::Bad, "error")),
                None => text,
            };
            self.screen.note(&painted);
        } else {
            let fields = serde_json::json!({
                "exit": failure.exit as u8, "message": failure.message, "causes": failure.causes, "hints": failure.hints,
            });
            self.screen.print(&json::object("failure", fields));
        }
        failure.exit
    }

    /// Whether a stack is among those named with `--stack`.
    pub fn selects(&self) -> Result<impl Fn(&str) -> bool + use<>, Failure> {
        let all = self.global.stacks.is_empty();
        let globs = globs("--stack", &self.global.stacks)?;
        Ok(move |name: &str| all || globs.is_match(name))
    }
}

/// What the project's own rules say of its bodies.
pub fn held(project: &Project, assembly: &Assembly) -> Vec<Finding> {
    let (policies, mut findings) = project.policies();
    findings.extend(policy::check(&policies, assembly));
    findings
}

/// The patterns of an option as one matcher.
pub fn globs(option: &str, patterns: &[String]) -> Result<GlobSet, Failure> {
    let mut globs = GlobSetBuilder::new();
    for pattern in patterns {
        let glob = Glob::new(pattern).map_err(|error| {
            Failure::input(format!("`{option} {pattern}` is no pattern")).cause(error.to_string())
        })?;
        globs.add(glob);
    }
    globs.build().map_err(|error| {
        Failure::input(format!("the patterns of `{option}` are too large")).cause(error.to_string())
    })
}
