//! The only place that calls cfn-guard: a file of rules and a body go in, its report comes out. Nothing is printed.

use crate::model::document::Node;
use crate::model::finding::Finding;
use crate::model::place::{Place, Source};
use crate::model::value::Value;
use crate::policy::UNUSABLE;
use crate::policy::circle;
use crate::policy::verdict::{self, Broken};
use crate::template::meaning::meaning;
use cfn_guard::commands::Executable;
use cfn_guard::commands::validate::{OutputFormatType, ShowSummaryType};
use cfn_guard::utils::reader::{ReadBuffer, Reader};
use cfn_guard::utils::writer::{WriteBuffer, Writer};
use cfn_guard::{CommandBuilder, ValidateBuilder};
use serde_json::json;
use std::io::Cursor;
use std::sync::Arc;

/// The library's exit code where rules could not be read.
const RULES_UNREADABLE: i32 = 5;

/// What the library said.
enum Answer {
    /// Its report, as JSON.
    Report(String),
    /// Why the rules cannot be read.
    Refused(String),
}

/// Whether there are rules in a file; a finding at the place where it cannot be read.
pub fn parse(policy: &Arc<Source>) -> Result<bool, Finding> {
    if policy.text.lines().all(|line| matches!(line.trim().chars().next(), None | Some('#'))) {
        return Ok(false);
    }
    if let Some((at, name)) = circle::find(&policy.text) {
        let end = policy.text[at..].find('\n').map_or(policy.text.len(), |end| at + end);
        let message = format!("`{name}` is defined by itself");
        return Err(Finding::error(UNUSABLE, message, Place::new(policy, at, end)));
    }
    match ask(&policy.text, "{}") {
        Ok(Answer::Refused(why)) => Err(unreadable(policy, &why)),
        Ok(Answer::Report(_)) | Err(_) => Ok(true),
    }
}

/// What of a body breaks the rules of a file that can be read; an error where they cannot be applied to it.
pub fn verdict(policy: &Source, body: &str) -> Result<Vec<Broken>, String> {
    match ask(&policy.text, body)? {
        Answer::Report(report) => verdict::read(&report),
        Answer::Refused(why) => Err(why),
    }
}

/// A body as the library reads it: JSON, every function in its long form.
pub fn data(root: &Node) -> String {
    plain(meaning(root)).to_string()
}

fn plain(value: Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Boolean(flag) => flag.into(),
        // What JSON has no number for, such as infinity, is told apart by its text.
        Value::Number(text) => match text.parse::<serde_json::Number>() {
            Ok(number) => number.into(),
            Err(_) => text.into(),
        },
        Value::Text(text) => text.into(),
        Value::List(items) => items.into_iter().map(plain).collect(),
        Value::Map(entries) => entries.into_iter().map(|(key, value)| (key, plain(value))).collect(),
    }
}

/// `run_checks` of the library cuts off reports of more than 8 KB; its command over memory does not.
fn ask(rules: &str, body: &str) -> Result<Answer, String> {
    let payload = json!({"rules": [rules], "data": [body]}).to_string();
    let command = ValidateBuilder::default()
        .payload(true)
        .structured(true)
        .output_format(OutputFormatType::JSON)
        .show_summary(vec![ShowSummaryType::None])
        .try_build()
        .map_err(|error| error.to_string())?;
    let buffer = || WriteBuffer::Vec(Vec::new());
    let mut writer = Writer::new_with_err(buffer(), buffer()).map_err(|error| error.to_string())?;
    let mut reader = Reader::new(ReadBuffer::Cursor(Cursor::new(payload.into_bytes())));
    let exit = command.execute(&mut writer, &mut reader).map_err(|error| error.to_string())?;
    let answer = match exit {
        RULES_UNREADABLE => writer.err_to_stripped().map(Answer::Refused),
        _ => writer.into_string().map(Answer::Report),
    };
    answer.map_err(|error| error.to_string())
}

/// The library says `… at line 3 at column 5, when handling …, fragment …`.
fn unreadable(policy: &Arc<Source>, why: &str) -> Finding {
    let number = |after: &str| {
        let rest = why.split_once(after)?.1;
        let digits = rest.split(|letter: char| !letter.is_ascii_digit()).next()?;
        digits.parse::<usize>().ok()
    };
    let line = number("at line ").unwrap_or(1).max(1);
    let column = number("at column ").unwrap_or(1).max(1);
    let start: usize = policy.text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let text = policy.text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or("");
    let before: usize = text.chars().take(column - 1).map(char::len_utf8).sum();
    let place = Place::new(policy, start + before, start + text.trim_end().len());
    Finding::error(UNUSABLE, "this is no rule that cfn-guard can read", place)
        .help("the mistake stands here or in the rule that begins here")
}
