//! Why a command ends without its result: what happened, why, what to do, and the exit code. The only such place.

use crate::cloudformation::ServiceError;
use crate::project::ProjectError;
use std::error::Error;

/// How a command ended, for whoever called it. The numbers are part of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done, or nothing to do.
    Done = 0,
    /// It failed.
    Failed = 1,
    /// Differences were found, and the caller asked to be told so.
    Differences = 2,
    /// Wrong input or configuration.
    Input = 3,
    /// Refused: guard, protection, a stale plan, a lock.
    Refused = 4,
    /// Partly done: some stacks are, some are not.
    Partly = 5,
    /// Interrupted.
    Interrupted = 130,
}

/// Why a command ends without its result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What happened, as a fragment that fits after `error: `.
    pub message: String,
    /// Why, outermost first.
    pub causes: Vec<String>,
    /// What to do.
    pub hints: Vec<String>,
}

impl Failure {
    /// A failure with a message.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), causes: Vec::new(), hints: Vec::new() }
    }

    /// Wrong input.
    pub fn input(message: impl Into<String>) -> Self {
        Self::new(Exit::Input, message)
    }

    /// A refusal.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(Exit::Refused, message)
    }

    /// Adds a cause.
    pub fn cause(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    /// Adds what to do.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The whole text, a line for each part.
    pub fn text(&self) -> String {
        let mut out = format!("error: {}", self.message);
        for cause in &self.causes {
            out.push_str(&format!("\n  because {cause}"));
        }
        for hint in &self.hints {
            out.push_str(&format!("\n  help: {hint}"));
        }
        out
    }

    /// A failure of reading or writing a file.
    pub fn file(action: &str, path: &str, error: &dyn Error) -> Self {
        Self::input(format!("could not {action} `{path}`")).cause(error.to_string())
    }
}

impl From<ProjectError> for Failure {
    fn from(error: ProjectError) -> Self {
        let message = error.to_string();
        match error {
            ProjectError::NotFound(_) => Self::input(message)
                .hint("run the command inside a project, name it with `--project DIR`, or make one with `formwork init`"),
            ProjectError::NoSuchEnvironment { near, known, .. } => Self::input(message).hint(match near.first() {
                Some(name) => format!("did you mean `{name}`?"),
                None if known.is_empty() => "the project has no environments yet: add a file below `environments/`".into(),
                None => format!("the project has {}", known.join(", ")),
            }),
            ProjectError::Unreadable { .. } => Self::input(message),
        }
    }
}

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Self {
        let message = error.to_string();
        match error {
            ServiceError::Refused { code, .. } if code.starts_with("AccessDenied") => Self::new(Exit::Failed, message)
                .hint("let the role that formwork assumes do this, or map another role in the environment"),
            ServiceError::Refused { .. } | ServiceError::Absent { .. } => Self::new(Exit::Failed, message),
            ServiceError::Credentials { .. } => Self::refused(message)
                .hint("sign in again (`aws sso login --profile …`) or set the environment's credentials, then repeat the command"),
            ServiceError::WrongAccount { target, arn, .. } => Self::refused(message)
                .cause(format!("the environment maps account {}, and `{arn}` answered", target.account))
                .hint("nothing was read or changed there; correct the account's `id`, `profile` or `role` in the environment"),
            ServiceError::Unreachable { .. } => Self::new(Exit::Failed, message)
                .hint("check the network, the region's name and `--endpoint-url`"),
        }
    }
}
