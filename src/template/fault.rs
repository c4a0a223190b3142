//! The parser's complaints in words that say what to do.

use crate::model::finding::Finding;
use crate::model::place::{Place, Source};
use crate::template::codes;
use granit_parser::ErrorKind;
use std::sync::Arc;

/// A complaint of the YAML parser.
pub(super) fn yaml(source: &Arc<Source>, kind: &ErrorKind, at: usize) -> Finding {
    let place = match kind {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart => spot(source, nearest_tab(&source.text, at)),
        _ => spot(source, at),
    };
    let (message, help) = words(kind);
    if matches!(kind, ErrorKind::RecursionLimitExceeded) {
        return too_deep(place, 100);
    }
    if let Some(finding) = split_expression(source, at) {
        return finding;
    }
    let message = match message.is_empty() {
        true => kind.to_string(),
        false => message.to_owned(),
    };
    let finding = Finding::error(codes::YAML, message, place);
    match help.is_empty() {
        true => finding,
        false => finding.help(help),
    }
}

/// An expression that YAML takes apart before formwork can read it, if a place lies in one.
pub(super) fn split_expression(source: &Arc<Source>, at: usize) -> Option<Finding> {
    let at = Place::new(source, at, at).start;
    let line = source.text[..at].rfind('\n').map_or(0, |end| end + 1);
    let start = line + source.text[line..at].rfind("<%=")?;
    let length = source.text[start..].lines().next()?.find("%>")? + "%>".len();
    if start + length <= at {
        return None;
    }
    let expression = &source.text[start..start + length];
    let help = if source.text[..start].ends_with(['"', '\'']) {
        "the expression stands in quotes: use the other kind of quotes in it"
    } else if expression.contains(": ") || expression.contains(" #") {
        "write the `:` without a space after it, the `#` without one before it, or put the expression in quotes, which makes text of it"
    } else {
        "between `[` and `]` or `{` and `}`, YAML keeps brackets, quotes and commas for itself: put the expression in quotes, \
which makes text of it, or on a line of its own (`- <%= … %>`), where it stays what it is"
    };
    let place = Place::new(source, start, start + length);
    Some(Finding::error(codes::YAML, "YAML takes this expression apart", place).help(help))
}

/// Lists and mappings nested beyond reason.
pub(super) fn too_deep(place: Place, depth: usize) -> Finding {
    Finding::error(codes::TOO_DEEP, format!("lists and mappings are nested more than {depth} deep"), place)
        .help("CloudFormation would refuse it as well: flatten it")
}

/// What is wrong with the text of a `.json` file, by JSON's own rules, which are stricter than YAML's.
pub(super) fn json(source: &Arc<Source>) -> Option<Finding> {
    if !source.path.ends_with(".json") {
        return None;
    }
    let error = serde_json::from_str::<serde::de::IgnoredAny>(&source.text).err()?;
    if source.text.trim().is_empty() {
        return None;
    }
    let line_start =
        source.text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
    let text = error.to_string();
    let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
    if message.starts_with("recursion limit") {
        return Some(too_deep(spot(source, line_start + error.column().saturating_sub(1)), 128));
    }
    let help = match message {
        "trailing comma" => "JSON allows no comma before the end of a list or object: remove it",
        "key must be a string" => "put the key in double quotes; JSON has no comments",
        "expected value" => "strings need double quotes; JSON has no comments and no single quotes",
        message if message.starts_with("EOF") => {
            "the file ends too early: a bracket, brace or quote is not closed"
        }
        message if message.starts_with("control character") => "write a line break inside a string as `\\n`",
        message if message.starts_with("trailing characters") => "only one value may stand in a file",
        _ => "",
    };
    let finding = Finding::error(
        codes::JSON,
        format!("this is not JSON: {message}"),
        spot(source, line_start + error.column().saturating_sub(1)),
    );
    Some(match help.is_empty() {
        true => finding,
        false => finding.help(help),
    })
}

/// The tab that a complaint is about: here, just before, or next.
fn nearest_tab(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    let (before, after) = match text.is_char_boundary(at) {
        true => text.split_at(at),
        false => return at,
    };
    match (before.trim_end_matches(' ').ends_with('\t'), after.find('\t')) {
        (true, _) => before.trim_end_matches(' ').len() - 1,
        (false, Some(next)) => at + next,
        (false, None) => at,
    }
}

/// One character, or what stands there when it is the end of a line.
fn spot(source: &Arc<Source>, at: usize) -> Place {
    let start = Place::new(source, at, at).start;
    let length = source.text[start..].chars().next().filter(|each| *each != '\n').map_or(0, char::len_utf8);
    Place::new(source, start, start + length)
}

/// Message and help of a kind of complaint; an empty message means the parser's own.
fn words(kind: &ErrorKind) -> (&'static str, &'static str) {
    use ErrorKind as E;
    match kind {
        E::TabNotAllowed | E::TabInBlockIndentation | E::TabInIndentation | E::TabAtBlockScalarStart => {
            ("a tab cannot indent", "YAML is indented with spaces: replace the tab")
        }
        E::TabInPlainScalar => {
            ("a tab cannot stand here", "replace the tab with spaces, or put the text in quotes")
        }
        E::InvalidQuotedScalarIndent => (
            "a quote is not closed, or its text goes on without indentation",
            "end the text with the quote it began with, or indent its lines deeper than its key",
        ),
        E::UnclosedQuotedScalar => ("a quote is not closed", "end the text with the quote it began with"),
        E::MappingValueNotAllowed | E::InvalidColonPlacement => {
            ("a `:` cannot stand here", "put a text that holds `: ` in quotes, or look at the indentation")
        }
        E::SimpleKeyExpected | E::ExpectedBlockMappingKey | E::InvalidSimpleKey => {
            ("a key with a `:` was expected", "look at the indentation of this line and the one before")
        }
        E::InvalidIndentation => ("the indentation fits nothing above", "align the line with its siblings"),
        E::BlockSequenceEntryNotAllowed | E::ExpectedBlockSequenceEntry | E::BlockEntryInFlowCollection => (
            "a list item (`- `) cannot stand here",
            "look at the indentation of this line and the one before",
        ),
        E::ExpectedFlowSequenceSeparator | E::UnexpectedEofFlowSequence => {
            ("a `,` or `]` was expected", "close the list, or put the text in quotes")
        }
        E::ExpectedFlowMappingSeparator
        | E::UnexpectedEofFlowMapping
        | E::UnexpectedEofImplicitFlowMapping => {
            ("a `,` or `}` was expected", "close the mapping, or put the text in quotes")
        }
        E::MisplacedFlowCollectionEnd => {
            ("this bracket closes nothing", "remove it, or put the text in quotes")
        }
        E::UnknownQuotedScalarEscape => {
            ("an unknown escape in double quotes", "write the backslash twice, or use single quotes")
        }
        E::InvalidTrailingSingleQuotedScalar | E::InvalidTrailingDoubleQuotedScalar => {
            ("nothing may follow the closing quote", "put the whole text in quotes")
        }
        E::InvalidTagTerminator | E::MissingTagUri | E::InvalidTagEscape | E::UndeclaredTagHandle => {
            ("this tag cannot be read", "a tag is one word such as `!Ref`, followed by a space")
        }
        E::ExpectedNodeContent => ("a value was expected", ""),
        E::UnexpectedEndOfPlainScalar | E::InvalidBlockScalarHeader | E::InvalidBlockScalarIndent => {
            ("", "look at the indentation")
        }
        _ => ("", ""),
    }
}
