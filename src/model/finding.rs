//! What is wrong, or noteworthy, in the user's files.

use crate::model::place::Place;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Probably a mistake; nothing stops.
    Warning,
    /// A mistake; nothing is planned or deployed.
    Error,
}

/// One finding, with the place in the user's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its stable code, such as `FW0101`; `formwork explain` has a page for it.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong: a lower-case sentence without a full stop, names in backticks.
    pub message: String,
    /// Where, when it has a place.
    pub place: Option<Place>,
    /// A few words under the place in the drawn excerpt; may be empty.
    pub label: String,
    /// Further places that belong to it, each with a few words (`first defined here`).
    pub related: Vec<(Place, String)>,
    /// What to do, or the nearest known name.
    pub help: Option<String>,
    /// The stack it was found in (`quiz/dev network`), when the same file serves several.
    pub subject: Option<String>,
}

impl Finding {
    /// An error at a place.
    pub fn error(code: &'static str, message: impl Into<String>, place: Place) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            place: Some(place),
            label: String::new(),
            related: Vec::new(),
            help: None,
            subject: None,
        }
    }

    /// A warning at a place.
    pub fn warning(code: &'static str, message: impl Into<String>, place: Place) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message, place) }
    }

    /// Adds the words under the place.
    pub fn label(self, label: impl Into<String>) -> Self {
        Self { label: label.into(), ..self }
    }

    /// Adds what to do.
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// Adds what to do, where there is something to say.
    pub fn maybe_help(self, help: Option<String>) -> Self {
        Self { help: help.or(self.help.clone()), ..self }
    }

    /// Adds a place that belongs to it.
    pub fn related(mut self, place: Place, label: impl Into<String>) -> Self {
        self.related.push((place, label.into()));
        self
    }

    /// Says which stack it was found in.
    pub fn subject(self, subject: impl Into<String>) -> Self {
        Self { subject: Some(subject.into()), ..self }
    }
}
