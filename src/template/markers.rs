//! The markers of the two syntaxes: formwork's own (`<%= %>`, `<% %>`, `<%# %>`, `#%`, `##%`), which no CloudFormation
//! template has, and classic Jinja's for files named `*.j2`.

use minijinja::syntax::SyntaxConfig;
use std::ops::Range;

/// Which markers a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    /// `<%= %>`, `<% %>`, `<%# %>`, lines of `#%`, comments from `##%` on.
    House,
    /// `{{ }}`, `{% %}`, `{# #}`.
    Jinja,
}

/// What stands between two markers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TagKind {
    /// `<%= … %>`.
    Expression,
    /// `<% … %>`.
    Statement,
    /// `<%# … %>`.
    Comment,
}

/// A pair of markers and what stands between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tag {
    /// What it is.
    pub kind: TagKind,
    /// All of it, with its markers.
    pub whole: Range<usize>,
    /// What stands between the markers.
    pub inner: Range<usize>,
    /// Whether the end was found.
    pub closed: bool,
}

impl Syntax {
    /// The syntax of a file.
    pub fn of(path: &str) -> Self {
        match path.ends_with(".j2") {
            true => Self::Jinja,
            false => Self::House,
        }
    }

    /// The engine's configuration.
    pub fn config(self) -> Result<SyntaxConfig, minijinja::Error> {
        let mut builder = SyntaxConfig::builder();
        match self {
            Self::House => builder
                .block_delimiters("<%", "%>")
                .variable_delimiters("<%=", "%>")
                .comment_delimiters("<%#", "%>")
                .line_statement_prefix("#%")
                .line_comment_prefix("##%")
                .trim_blocks(true)
                .lstrip_blocks(true)
                .keep_trailing_newline(true),
            Self::Jinja => builder.keep_trailing_newline(true),
        };
        builder.build()
    }

    /// Whether a line break after a statement's or comment's marker is swallowed.
    pub fn trims(self) -> bool {
        self == Self::House
    }

    /// Whether a text may have a marker at all; without one it renders to itself.
    pub fn may_have_markers(self, text: &str) -> bool {
        match self {
            Self::House => text.contains("<%") || text.contains("#%"),
            Self::Jinja => text.contains("{{") || text.contains("{%") || text.contains("{#"),
        }
    }

    fn openings(self) -> [(&'static str, &'static str, TagKind); 3] {
        match self {
            Self::House => [
                ("<%=", "%>", TagKind::Expression),
                ("<%#", "%>", TagKind::Comment),
                ("<%", "%>", TagKind::Statement),
            ],
            Self::Jinja => [
                ("{{", "}}", TagKind::Expression),
                ("{#", "#}", TagKind::Comment),
                ("{%", "%}", TagKind::Statement),
            ],
        }
    }

    /// All tags of a text, in order. Line statements are not among them.
    pub fn tags(self, text: &str) -> Vec<Tag> {
        let mut tags = Vec::new();
        let mut at = 0;
        while let Some(start) = self.next_opening(text, at) {
            let Some((open, close, kind)) =
                self.openings().into_iter().find(|(open, ..)| text[start..].starts_with(open))
            else {
                at = start + 1;
                continue;
            };
            let inner = start + open.len();
            let end = match kind {
                TagKind::Comment => text[inner..].find(close).map(|end| inner + end),
                TagKind::Expression | TagKind::Statement => end_of_tag(text, inner, close),
            };
            let inner_end = end.unwrap_or(text.len());
            let whole_end = end.map_or(text.len(), |end| end + close.len());
            tags.push(Tag { kind, whole: start..whole_end, inner: inner..inner_end, closed: end.is_some() });
            at = whole_end;
        }
        tags
    }

    fn next_opening(self, text: &str, at: usize) -> Option<usize> {
        let first = match self {
            Self::House => text[at..].find("<%"),
            Self::Jinja => text[at..]
                .match_indices('{')
                .find(|(found, _)| matches!(text.as_bytes().get(at + found + 1), Some(b'{' | b'%' | b'#')))
                .map(|(found, _)| found),
        };
        first.map(|found| at + found)
    }
}

/// Where the closing marker of an expression or statement is: not inside a quoted text, and in Jinja's syntax not
/// inside a mapping's braces.
fn end_of_tag(text: &str, start: usize, close: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = start;
    let mut braces = 0usize;
    while at < bytes.len() {
        match bytes[at] {
            quote @ (b'"' | b'\'') => at = end_of_quote(bytes, at + 1, quote)?,
            _ if braces == 0 && bytes[at..].starts_with(close.as_bytes()) => return Some(at),
            b'{' => braces += 1,
            b'}' => braces = braces.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    None
}

fn end_of_quote(bytes: &[u8], mut at: usize, quote: u8) -> Option<usize> {
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            byte if byte == quote => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}
