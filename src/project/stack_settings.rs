//! The keys of a stack that say how it is deployed, evaluated to what the model holds.

use crate::model::finding::Finding;
use crate::model::stack::{Mode, OnFailure};
use crate::model::value::Value;
use crate::project::codes;
use crate::project::evaluate::Evaluator;
use crate::project::schema::blueprint::StackEntry;
use crate::project::schema::convert::Given;
use crate::project::schema::reader::{Entry, wrong_kind};

/// The keys that are evaluated for each stack.
pub const KEYS: [&str; 13] = [
    "name",
    "account",
    "regions",
    "protect",
    "for_each",
    "capabilities",
    "role",
    "policy",
    "notifications",
    "timeout",
    "on_failure",
    "mode",
    "condition",
];

const CAPABILITIES: [(&str, &str); 3] = [
    ("CAPABILITY_IAM", "CAPABILITY_IAM"),
    ("CAPABILITY_NAMED_IAM", "CAPABILITY_NAMED_IAM"),
    ("CAPABILITY_AUTO_EXPAND", "CAPABILITY_AUTO_EXPAND"),
];
const ON_FAILURE: [(&str, OnFailure); 3] =
    [("rollback", OnFailure::Rollback), ("keep", OnFailure::Keep), ("delete", OnFailure::Delete)];
const MODES: [(&str, Mode); 2] = [("standard", Mode::Standard), ("express", Mode::Express)];

/// How a stack is deployed.
#[derive(Debug, Default)]
pub struct Settings {
    /// Termination protection.
    pub protect: bool,
    /// What it may do, where the blueprint says so.
    pub capabilities: Option<Vec<String>>,
    /// The service role.
    pub role: Option<String>,
    /// The stack policy, as JSON.
    pub policy: Option<String>,
    /// The topics that hear of its events.
    pub notifications: Vec<String>,
    /// How long its creation may take.
    pub timeout_minutes: Option<u32>,
    /// What happens when it fails.
    pub on_failure: OnFailure,
    /// When it is done.
    pub mode: Mode,
}

impl Settings {
    /// Evaluates the keys of a stack and tells what does not fit.
    pub fn of(entry: &StackEntry, evaluator: &Evaluator<'_>, findings: &mut Vec<Finding>) -> Self {
        let mut settings = Settings::default();
        for Entry { key, value } in &entry.settings {
            if ["name", "account", "regions", "for_each", "condition"].contains(&key.name.as_str()) {
                continue;
            }
            let what = format!("`{}`", key.name);
            let given = match evaluator.value(value) {
                Ok(evaluated) => Given { value: evaluated, place: value.place(), what: &what },
                Err(told) => {
                    findings.extend(told);
                    continue;
                }
            };
            findings.extend(settings.set(&key.name, &given).err());
        }
        settings
    }

    fn set(&mut self, key: &str, given: &Given<'_>) -> Result<(), Finding> {
        // An expression that gives nothing leaves the default.
        if given.value == Value::Null {
            return Ok(());
        }
        match key {
            "protect" => self.protect = given.flag()?,
            "capabilities" => self.capabilities = Some(capabilities(given)?),
            "role" => self.role = Some(given.text()?),
            "policy" => self.policy = Some(policy(given)?),
            "notifications" => self.notifications = given.texts()?,
            "timeout" => self.timeout_minutes = Some(minutes(given)?),
            "on_failure" => self.on_failure = given.word(&ON_FAILURE)?,
            "mode" => self.mode = given.word(&MODES)?,
            _ => {}
        }
        Ok(())
    }
}

/// What is wrong with a key as it is written, as far as that can be known before anything is evaluated.
pub fn check_written(entry: &Entry, what: &str) -> Option<Finding> {
    if entry.value.has_expression() || entry.value.has_tag() {
        return None;
    }
    let given = Given { value: entry.value.meaning(), place: entry.value.place(), what };
    match entry.key.name.as_str() {
        "name" => given.text().err(),
        "account" | "regions" => given.texts().err(),
        "condition" => given.flag().err(),
        "for_each" => match given.value {
            Value::List(_) | Value::Map(_) => None,
            other => {
                let finding = wrong_kind(what, "a list or a mapping", &other, given.place);
                Some(Finding { code: codes::FOR_EACH, ..finding })
            }
        },
        key => Settings::default().set(key, &given).err(),
    }
}

fn capabilities(given: &Given<'_>) -> Result<Vec<String>, Finding> {
    let mut capabilities = Vec::new();
    for text in given.texts()? {
        let one = Given { value: Value::Text(text), place: given.place.clone(), what: given.what };
        capabilities.push(one.word(&CAPABILITIES)?.to_owned());
    }
    capabilities.sort();
    capabilities.dedup();
    Ok(capabilities)
}

fn minutes(given: &Given<'_>) -> Result<u32, Finding> {
    let minutes = given.seconds()?.div_ceil(60);
    u32::try_from(minutes).map_err(|_| {
        let message = format!("{} is too long", given.what);
        Finding::error(codes::DURATION, message, given.place.clone())
    })
}

/// A mapping is written as JSON; a text has to be JSON.
fn policy(given: &Given<'_>) -> Result<String, Finding> {
    match &given.value {
        Value::Map(_) => Ok(json(&given.value).to_string()),
        Value::Text(text) => match serde_json::from_str::<serde_json::Value>(text) {
            Ok(serde_json::Value::Object(_)) => Ok(text.trim().to_owned()),
            Ok(_) => {
                Err(Finding::error(codes::WRONG_KIND, "`policy` is not a JSON object", given.place.clone()))
            }
            Err(error) => {
                let message = format!("`policy` is not JSON: {error}");
                Err(Finding::error(codes::WRONG_KIND, message, given.place.clone()))
            }
        },
        other => Err(wrong_kind("`policy`", "a mapping or a file", other, given.place.clone())),
    }
}

fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Boolean(flag) => serde_json::Value::Bool(*flag),
        Value::Number(text) => {
            serde_json::from_str(text).unwrap_or_else(|_| serde_json::Value::String(text.clone()))
        }
        Value::Text(text) => serde_json::Value::String(text.clone()),
        Value::List(items) => serde_json::Value::Array(items.iter().map(json).collect()),
        Value::Map(entries) => serde_json::Value::Object(
            entries.iter().map(|(name, value)| (name.clone(), json(value))).collect(),
        ),
    }
}
