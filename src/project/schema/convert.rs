//! Values of keys become what they stand for: flags, words, regions, durations. The same rules hold for what is
//! written plainly and for what an expression gave.

use crate::model::account::AccountId;
use crate::model::finding::Finding;
use crate::model::nearest::nearest;
use crate::model::place::Place;
use crate::model::value::Value;
use crate::project::codes;
use crate::project::schema::reader::{listed, wrong_kind};

/// The regions this version knows; others are possible.
const REGIONS: [&str; 41] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eusc-de-east-1",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-iso-east-1",
    "us-isob-east-1",
    "us-west-1",
    "us-west-2",
];

/// A value that has been evaluated, where it was written, and what it is for in the words of messages.
#[derive(Clone, Debug)]
pub struct Given<'a> {
    /// The value.
    pub value: Value,
    /// Where it was written.
    pub place: Place,
    /// What it is for: “`protect`”.
    pub what: &'a str,
}

impl Given<'_> {
    fn wrong(&self, expected: &str) -> Finding {
        wrong_kind(self.what, expected, &self.value, self.place.clone())
    }

    /// True or false.
    pub fn flag(&self) -> Result<bool, Finding> {
        match self.value {
            Value::Boolean(flag) => Ok(flag),
            _ => Err(self.wrong("`true` or `false`")),
        }
    }

    /// A text, or a number as it was written.
    pub fn text(&self) -> Result<String, Finding> {
        match &self.value {
            Value::Text(text) | Value::Number(text) => Ok(text.clone()),
            Value::Null | Value::Boolean(_) | Value::List(_) | Value::Map(_) => Err(self.wrong("a text")),
        }
    }

    /// A list of texts; one text is a list of one.
    pub fn texts(&self) -> Result<Vec<String>, Finding> {
        match &self.value {
            Value::List(items) => items
                .iter()
                .map(|item| Given { value: item.clone(), place: self.place.clone(), what: self.what }.text())
                .collect(),
            Value::Text(_) | Value::Number(_) => Ok(vec![self.text()?]),
            Value::Null | Value::Boolean(_) | Value::Map(_) => Err(self.wrong("a list of texts")),
        }
    }

    /// One of the words.
    pub fn word<T: Copy>(&self, words: &[(&str, T)]) -> Result<T, Finding> {
        let text = self.text()?;
        if let Some((_, meant)) = words.iter().find(|(word, _)| *word == text) {
            return Ok(*meant);
        }
        let known = words.iter().map(|(word, _)| *word);
        let help = match nearest(&text, known.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("use one of {}", listed(known)),
        };
        let message = format!("{} cannot be `{text}`", self.what);
        Err(Finding::error(codes::WRONG_WORD, message, self.place.clone()).help(help))
    }

    /// A length of time: `90s`, `30m`, `72h`, `7d`, `2w`; a bare number counts minutes.
    pub fn seconds(&self) -> Result<u64, Finding> {
        let text = self.text()?;
        duration_seconds(&text).ok_or_else(|| {
            let message = format!("{} is not a length of time: `{text}`", self.what);
            let help = "write a number and a unit: `90s`, `30m`, `72h`, `7d`";
            Finding::error(codes::DURATION, message, self.place.clone()).help(help)
        })
    }
}

fn duration_seconds(text: &str) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number: u64 = text[..digits].parse().ok()?;
    let unit = match &text[digits..] {
        "s" => 1,
        "m" | "" => 60,
        "h" => 3600,
        "d" => 86400,
        "w" => 7 * 86400,
        _ => return None,
    };
    number.checked_mul(unit).filter(|seconds| *seconds > 0)
}

/// The twelve digits of an account.
pub fn account_id(text: &str, place: &Place) -> Result<AccountId, Finding> {
    AccountId::parse(text).ok_or_else(|| {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty();
        let (label, help) = match digits {
            true => (
                format!("{} digits", text.len()),
                "an account id has twelve digits; leading zeros belong to it".to_owned(),
            ),
            false => (
                "not twelve digits".to_owned(),
                "write the twelve digits without hyphens, or the name of an account of `environments/accounts.yaml`"
                    .to_owned(),
            ),
        };
        let message = format!("`{text}` is not an account id");
        Finding::error(codes::ACCOUNT_ID, message, place.clone()).label(label).help(help)
    })
}

/// Checks the name of a region; one that looks right but is not known is a warning.
pub fn region(text: &str, place: &Place) -> Option<Finding> {
    if REGIONS.contains(&text) {
        return None;
    }
    let near = nearest(text, REGIONS).map(|near| format!("did you mean `{near}`?"));
    if !looks_like_region(text) {
        let message = format!("`{text}` is not a region");
        let help = near.unwrap_or_else(|| "a region looks like `eu-west-1`".to_owned());
        return Some(Finding::error(codes::REGION, message, place.clone()).help(help));
    }
    let message = format!("`{text}` is not a region that this version of formwork knows");
    Some(Finding::warning(codes::REGION, message, place.clone()).maybe_help(near))
}

fn looks_like_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let Some((number, words)) = parts.split_last() else { return false };
    let lower = |word: &&str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    words.len() >= 2
        && words.iter().all(lower)
        && number.len() == 1
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a text may name a project, stack, role or value: letters, digits and some marks between them.
pub fn is_name(text: &str, marks: &str) -> bool {
    text.starts_with(|letter: char| letter.is_ascii_alphanumeric())
        && text.len() <= 100
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || marks.contains(letter))
}

/// The finding for a name that is none.
pub fn bad_name(what: &str, text: &str, place: &Place) -> Finding {
    Finding::error(codes::NAME, format!("`{text}` cannot be the name of {what}"), place.clone())
        .label("begins with a letter or digit; goes on with letters, digits, hyphens")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time() {
        let check =
            |text: &str, expected: Option<u64>| assert_eq!(duration_seconds(text), expected, "{text}");
        check("72h", Some(72 * 3600));
        check("30", Some(1800));
        check("90s", Some(90));
        check("7d", Some(7 * 86400));
        check("0h", None);
        check("h", None);
        check("5 h", None);
        check("99999999999999999999h", None);
        check("-1h", None);
    }

    #[test]
    fn shapes_of_regions() {
        let check = |text: &str, expected: bool| assert_eq!(looks_like_region(text), expected, "{text}");
        check("eu-west-1", true);
        check("us-gov-west-1", true);
        check("eu-west", false);
        check("eu-west-1a", false);
        check("EU-WEST-1", false);
        check("", false);
        check("-1", false);
    }
}
