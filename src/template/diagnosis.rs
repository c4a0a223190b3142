//! The engine's complaints as findings: at the very name that is wrong, with the nearest known one.

use crate::model::finding::Finding;
use crate::model::nearest::nearest;
use crate::model::place::Place;
use crate::template::codes;
use crate::template::session::Session;
use minijinja::{Environment, Error, ErrorKind};
use std::ops::Range;

/// Where an error lies and what is written there.
pub(super) struct Spot<'a> {
    /// The text of the expression or of the whole tag.
    pub text: &'a str,
    /// Where that text stands; a function from a range of it to its place.
    pub place: &'a dyn Fn(Range<usize>) -> Place,
}

impl Spot<'_> {
    fn whole(&self) -> Place {
        (self.place)(0..self.text.len())
    }

    fn has_word(&self, word: &str) -> bool {
        self.text.split(|each: char| !(each.is_alphanumeric() || each == '_')).any(|part| part == word)
    }

    /// The last place of a word in the text, else all of it.
    fn word(&self, word: &str) -> Place {
        let is_part = |each: char| each.is_alphanumeric() || each == '_';
        let found = self.text.rmatch_indices(word).find(|(at, _)| {
            !self.text[..*at].ends_with(is_part) && !self.text[at + word.len()..].starts_with(is_part)
        });
        match found.filter(|_| !word.is_empty()) {
            Some((at, _)) => (self.place)(at..at + word.len()),
            None => self.whole(),
        }
    }

    /// What stands before a word and a point: the name of the mapping it was looked up in.
    fn before(&self, word: &str) -> Option<&str> {
        let is_path =
            |each: char| each.is_alphanumeric() || matches!(each, '_' | '.' | '[' | ']' | '"' | '\'');
        let at = self.text.rfind(&format!(".{word}"))?;
        let start = self.text[..at]
            .rfind(|each: char| !is_path(each))
            .map_or(0, |last| last + self.text[last..].chars().next().map_or(1, char::len_utf8));
        Some(&self.text[start..at]).filter(|path| !path.is_empty())
    }
}

/// The finding of an engine's error.
pub(super) fn finding(
    error: &Error,
    environment: &Environment<'_>,
    spot: &Spot<'_>,
    session: &Session,
) -> Finding {
    let detail = error.detail().unwrap_or_default();
    match error.kind() {
        ErrorKind::UndefinedError => undefined(detail, environment, spot, session),
        ErrorKind::UnknownFilter => unknown("filter", detail, &FILTERS, spot),
        ErrorKind::UnknownFunction => unknown("function", detail, &functions(environment), spot),
        ErrorKind::UnknownTest => unknown("test", detail, &TESTS, spot),
        ErrorKind::UnknownMethod => Finding::error(codes::UNKNOWN_FUNCTION, message_of(error), spot.whole())
            .help("use a filter instead of a method, such as `value | items`"),
        ErrorKind::SyntaxError if detail.starts_with("unexpected end of") => {
            Finding::error(codes::SYNTAX, "this cannot be read: it ends too early", spot.whole())
                .help("an expression is cut off, or a block such as `if` or `for` has no end")
        }
        ErrorKind::SyntaxError | ErrorKind::BadEscape | ErrorKind::InvalidDelimiter => {
            Finding::error(codes::SYNTAX, format!("this cannot be read: {}", detail), spot.whole())
        }
        ErrorKind::OutOfFuel => {
            Finding::error(codes::BOUNDS, "the template never comes to an end", spot.whole())
                .label("still running here after a million steps")
                .help("look at the loops and macros that lead here")
        }
        ErrorKind::WriteFailure => {
            Finding::error(codes::BOUNDS, "the template renders to more than 8 MiB", spot.whole())
                .help("CloudFormation takes 1 MB at most: split the stack")
        }
        ErrorKind::TemplateNotFound | ErrorKind::BadInclude => {
            let message = session.refusal.clone().unwrap_or_else(|| message_of(error));
            Finding::error(codes::FILE, message, spot.whole())
                .help("paths are taken from the folder of the file that includes, then from `templates/`")
        }
        ErrorKind::InvalidOperation if detail.contains("recursion limit") => {
            Finding::error(codes::BOUNDS, "macros or includes call each other without end", spot.whole())
        }
        ErrorKind::InvalidOperation if detail.starts_with("values are never pasted") => {
            Finding::error(codes::PASTED, detail.to_owned(), spot.whole())
        }
        _ if detail.contains("plain object") => Finding::error(
            codes::WRONG_VALUE,
            detail.replace("plain object", "a number kept to its digits"),
            spot.whole(),
        )
        .help("a number such as `1.10` is kept as it is written: `| float` makes an ordinary number of it"),
        _ => Finding::error(codes::WRONG_VALUE, message_of(error), spot.whole()),
    }
}

fn message_of(error: &Error) -> String {
    match error.detail() {
        Some(detail) if !detail.is_empty() => detail.to_owned(),
        _ => error.kind().to_string(),
    }
}

fn undefined(detail: &str, environment: &Environment<'_>, spot: &Spot<'_>, session: &Session) -> Finding {
    let Some(miss) = session.misses.iter().rev().find(|miss| spot.has_word(&miss.name)) else {
        let message =
            detail.split(" (").next().filter(|detail| !detail.is_empty()).unwrap_or("this is undefined");
        // An index's own range begins at its point.
        let start = spot.text.len() - spot.text.trim_start_matches('.').len();
        return Finding::error(codes::UNDEFINED, message.to_owned(), (spot.place)(start..spot.text.len()))
            .help("every name has to be known; give it a value, or ask with `is defined`");
    };
    let parent = spot.before(&miss.name);
    let message = match parent {
        Some(parent) => format!("`{parent}` has no `{}`", miss.name),
        None => format!("there is no name `{}`", miss.name),
    };
    let mut known = (miss.known)();
    known.sort();
    let near = nearest(&miss.name, known.iter().map(String::as_str)).map(str::to_owned);
    let near = near.or_else(|| match parent {
        None => nearest(&miss.name, environment.globals().map(|(name, _)| name)).map(str::to_owned),
        Some(_) => None,
    });
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "it has no names at all".to_owned(),
        None => format!("known are {}", listed(&known)),
    };
    Finding::error(codes::UNDEFINED, message, spot.word(&miss.name)).label("not known").help(help)
}

/// The first few names, in backticks.
fn listed(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(12).map(|name| format!("`{name}`")).collect();
    match names.len() > shown.len() {
        true => format!("{}, …", shown.join(", ")),
        false => shown.join(", "),
    }
}

/// `filter x is unknown`, `x is unknown`.
fn unknown(kind: &str, detail: &str, known: &[&str], spot: &Spot<'_>) -> Finding {
    let name = detail.trim_end_matches(" is unknown").trim_start_matches(&format!("{kind} "));
    let finding =
        Finding::error(codes::UNKNOWN_FUNCTION, format!("there is no {kind} `{name}`"), spot.word(name));
    match nearest(name, known.iter().copied()) {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None if FILTERS.contains(&name) => {
            finding.help(format!("`{name}` is a filter: write `value | {name}`"))
        }
        None if FUNCTIONS.contains(&name) => {
            finding.help(format!("`{name}` is a function: write `{name}(…)`"))
        }
        None => finding.help(format!(
            "known are {}",
            listed(&known.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
        )),
    }
}

fn functions<'a>(_: &Environment<'_>) -> Vec<&'a str> {
    FUNCTIONS.to_vec()
}

/// All functions.
const FUNCTIONS: [&str; 11] = [
    "artifact",
    "base64",
    "cidr_subnets",
    "file",
    "sha256",
    "to_json",
    "to_yaml",
    "range",
    "dict",
    "namespace",
    "tojson",
];

/// All tests.
const TESTS: [&str; 21] = [
    "defined",
    "undefined",
    "none",
    "boolean",
    "odd",
    "even",
    "divisibleby",
    "number",
    "integer",
    "float",
    "string",
    "sequence",
    "iterable",
    "mapping",
    "startingwith",
    "endingwith",
    "lower",
    "upper",
    "eq",
    "in",
    "true",
];

/// All filters.
const FILTERS: [&str; 47] = [
    "to_json",
    "to_yaml",
    "base64",
    "sha256",
    "spread",
    "cidr_subnets",
    "indent",
    "lower",
    "upper",
    "title",
    "capitalize",
    "replace",
    "length",
    "count",
    "dictsort",
    "items",
    "reverse",
    "trim",
    "join",
    "split",
    "lines",
    "default",
    "round",
    "abs",
    "int",
    "float",
    "attr",
    "first",
    "last",
    "min",
    "max",
    "sort",
    "list",
    "string",
    "bool",
    "batch",
    "slice",
    "sum",
    "select",
    "reject",
    "selectattr",
    "rejectattr",
    "map",
    "groupby",
    "unique",
    "zip",
    "format",
];
