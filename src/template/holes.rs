//! Holes: what the engine writes in place of a value, so that no value can ever be taken for text of the template.
//! A hole is a number between two characters of the private use area, in digits that are of it too, so that no filter
//! mistakes them for text.

use crate::template::session;
use std::borrow::Cow;

/// Opens a hole.
pub(super) const OPEN: char = '\u{E000}';
/// Closes a hole.
pub(super) const CLOSE: char = '\u{E001}';
/// Opens the mark of a line.
pub(super) const LINE_OPEN: char = '\u{E002}';
/// Closes the mark of a line.
pub(super) const LINE_CLOSE: char = '\u{E003}';
/// Stands between the two numbers of the mark of a line.
pub(super) const LINE_MIDDLE: char = '\u{E004}';
/// The first of sixteen digits.
const DIGIT: u32 = 0xE010;

/// Whether formwork keeps a character for itself.
pub(super) fn is_reserved(each: char) -> bool {
    ('\u{E000}'..='\u{E01F}').contains(&each)
}

/// Writes a number in digits that no text has.
pub(super) fn push_number(number: usize, out: &mut String) {
    let mut shift = 0;
    while number >> shift > 15 && shift < 60 {
        shift += 4;
    }
    loop {
        out.extend(char::from_u32(DIGIT + (number >> shift & 15) as u32));
        if shift == 0 {
            return;
        }
        shift -= 4;
    }
}

/// Reads a number as `push_number` wrote it.
pub(super) fn read_number(text: &str) -> Option<usize> {
    if text.is_empty() || text.len() > 30 {
        return None;
    }
    text.chars().try_fold(0usize, |number, digit| {
        let digit = (digit as u32).checked_sub(DIGIT).filter(|digit| *digit < 16)?;
        Some(number << 4 | digit as usize)
    })
}

/// A piece of rendered text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Text of the template.
    Text(&'a str),
    /// A hole's number, and the bytes it takes.
    Hole(usize, usize),
}

/// The pieces of rendered text, or nothing when a hole was cut or turned around by a filter.
pub(super) fn pieces(text: &str) -> Option<Vec<Piece<'_>>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find([OPEN, CLOSE]) {
        if at > 0 {
            pieces.push(Piece::Text(&rest[..at]));
        }
        let inner = rest[at..].strip_prefix(OPEN)?;
        let end = inner.find(CLOSE)?;
        let length = OPEN.len_utf8() + end + CLOSE.len_utf8();
        pieces.push(Piece::Hole(read_number(&inner[..end])?, length));
        rest = &rest[at + length..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    Some(pieces)
}

/// Captured text (of a macro, or of `set`) with its holes filled and its line marks removed, as plain text.
pub(super) fn expand(text: &str) -> Result<String, String> {
    if !text.contains(is_reserved) {
        return Ok(text.to_owned());
    }
    let mut out = String::with_capacity(text.len());
    expand_into(text, 16, &mut out)?;
    Ok(out)
}

fn expand_into(text: &str, depth: usize, out: &mut String) -> Result<(), String> {
    let broken = || "a filter has cut a text in which a value stands".to_owned();
    if depth == 0 {
        return Err("texts captured in texts go too deep".to_owned());
    }
    let text = without_line_marks(text);
    for piece in pieces(&text).ok_or_else(broken)? {
        match piece {
            Piece::Text(text) if text.contains(is_reserved) => return Err(broken()),
            Piece::Text(text) => out.push_str(text),
            Piece::Hole(number, _) => {
                let value = session::with(|session| session.holes.get(number).cloned()).flatten();
                let value = value.ok_or_else(broken)?;
                match value.as_str() {
                    Some(text) => expand_into(text, depth - 1, out)?,
                    None => {
                        let text = crate::template::convert::from_engine(&value)?.as_text();
                        out.push_str(&text.ok_or("a list or a mapping cannot stand inside text")?);
                    }
                }
            }
        }
    }
    Ok(())
}

fn without_line_marks(text: &str) -> Cow<'_, str> {
    if !text.contains(LINE_OPEN) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(LINE_OPEN) {
        out.push_str(&rest[..at]);
        rest = rest[at..].find(LINE_CLOSE).map_or("", |end| &rest[at + end + LINE_CLOSE.len_utf8()..]);
    }
    out.push_str(rest);
    Cow::Owned(out)
}
