//! Where something is written: a range of bytes of a text file of the project.

use std::fmt;
use std::sync::Arc;

/// A text file as it was read.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// Path from the project's root, with `/` between folders.
    pub path: String,
    /// The whole text.
    pub text: String,
}

/// A range of bytes of a source; empty ranges point between two bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub source: Arc<Source>,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Place {
    /// Makes a place; the range is cut to the text and to whole characters.
    pub fn new(source: &Arc<Source>, start: usize, end: usize) -> Self {
        let cut = |at: usize| {
            let mut at = at.min(source.text.len());
            while !source.text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = cut(start);
        Self { source: source.clone(), start, end: cut(end).max(start) }
    }

    /// The line, counted from one.
    pub fn line(&self) -> usize {
        self.source.text[..self.start].matches('\n').count() + 1
    }

    /// The column in characters, counted from one.
    pub fn column(&self) -> usize {
        let line_start = self.source.text[..self.start].rfind('\n').map_or(0, |at| at + 1);
        self.source.text[line_start..self.start].chars().count() + 1
    }

    /// The text that stands there.
    pub fn text(&self) -> &str {
        &self.source.text[self.start..self.end]
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.source.path, self.line(), self.column())
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
