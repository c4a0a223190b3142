//! The way back from rendered lines to the template's: every line that can print is marked before the engine runs, and
//! the marks are taken out afterwards. Loops, macros and includes come out right.

use crate::model::place::{Place, Source};
use crate::template::holes::{self, LINE_CLOSE, LINE_MIDDLE, LINE_OPEN};
use crate::template::markers::{Syntax, TagKind};
use std::sync::Arc;

/// The template's text with a mark at the end of each line that can print.
pub(super) fn mark(text: &str, syntax: Syntax, file: usize) -> String {
    let tags = syntax.tags(text);
    let mut tags = tags.iter().peekable();
    let mut out = String::with_capacity(text.len() + text.len() / 2);
    let mut start = 0;
    let mut brackets = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let body = line.trim_end_matches(['\n', '\r']);
        let end = start + body.len();
        let mut last = None;
        while tags.peek().is_some_and(|tag| tag.whole.start < end) {
            last = tags.next_if(|tag| tag.whole.end <= end);
            if last.is_none() {
                break;
            }
        }
        let inside = tags.peek().is_some_and(|tag| tag.whole.start < end);
        let statement = syntax == Syntax::House && (brackets > 0 || body.trim_start().starts_with("#%"));
        brackets = if statement { (brackets + open_brackets(body)).max(0) } else { 0 };
        let ends_with = last.filter(|tag| tag.whole.end == end).map(|tag| tag.kind);
        let swallows = match ends_with {
            Some(TagKind::Statement | TagKind::Comment) if syntax.trims() => true,
            Some(_) => end.checked_sub(3).is_some_and(|before| text.as_bytes()[before] == b'-'),
            None => false,
        };
        out.push_str(body);
        if !(inside || statement || swallows || body.trim().is_empty()) {
            push_mark(file, number, &mut out);
        }
        out.push_str(&line[body.len()..]);
        start += line.len();
    }
    out
}

fn open_brackets(line: &str) -> i32 {
    line.chars()
        .map(|each| match each {
            '(' | '[' | '{' => 1,
            ')' | ']' | '}' => -1,
            _ => 0,
        })
        .sum()
}

fn push_mark(file: usize, line: usize, out: &mut String) {
    out.push(LINE_OPEN);
    holes::push_number(file, out);
    out.push(LINE_MIDDLE);
    holes::push_number(line, out);
    out.push(LINE_CLOSE);
}

/// Rendered text without marks, and for each of its lines the file and the line that wrote it, where that is known.
pub(super) fn strip(text: &str) -> (String, Vec<Option<(usize, usize)>>) {
    let mut out = String::with_capacity(text.len());
    let mut lines = Vec::new();
    for line in text.split_inclusive('\n') {
        let mut origin = None;
        let mut rest = line;
        while let Some(at) = rest.find(LINE_OPEN) {
            out.push_str(&rest[..at]);
            let mark = &rest[at + LINE_OPEN.len_utf8()..];
            let end = mark.find(LINE_CLOSE).unwrap_or(mark.len());
            origin = read_mark(&mark[..end]).or(origin);
            rest = mark.get(end + LINE_CLOSE.len_utf8()..).unwrap_or_default();
        }
        out.push_str(rest);
        lines.push(origin);
    }
    // A line without a mark was written by a statement's line or is blank: it stands with the line before it.
    let mut last = lines.iter().flatten().next().copied();
    for origin in &mut lines {
        last = origin.or(last);
        *origin = last;
    }
    (out, lines)
}

fn read_mark(mark: &str) -> Option<(usize, usize)> {
    let (file, line) = mark.split_once(LINE_MIDDLE)?;
    Some((holes::read_number(file)?, holes::read_number(line)?))
}

/// Where the lines of a file begin.
#[derive(Debug)]
pub(super) struct LineStarts(Vec<u32>);

impl LineStarts {
    /// Finds the lines of a text.
    pub fn of(text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at as u32 + 1);
        Self(std::iter::once(0).chain(breaks).collect())
    }

    /// The byte a line begins at, counted from zero.
    pub fn start(&self, line: usize) -> usize {
        self.0.get(line).or(self.0.last()).map_or(0, |at| *at as usize)
    }

    /// The line of a byte, counted from zero.
    pub fn line(&self, at: usize) -> usize {
        self.0.partition_point(|start| *start as usize <= at).saturating_sub(1)
    }

    /// A whole line, without its line break.
    pub fn place(&self, source: &Arc<Source>, line: usize) -> Place {
        let start = self.start(line);
        let end = self.0.get(line + 1).map_or(source.text.len(), |next| *next as usize);
        let text = source.text.get(start..end).unwrap_or_default();
        Place::new(source, start, start + text.trim_end_matches(['\n', '\r']).len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[usize]) {
        let marked = mark(text, Syntax::House, 300);
        let (plain, lines) = strip(&marked);
        assert_eq!(plain, text);
        let marked: Vec<usize> = (0..lines.len())
            .filter(|number| marked.lines().nth(*number).is_some_and(|line| line.contains(LINE_OPEN)))
            .collect();
        assert_eq!(marked, expected, "{text}");
        assert!(lines.iter().flatten().all(|(file, _)| *file == 300));
    }

    #[test]
    fn lines_that_can_print_are_marked() {
        check("a\nb\n", &[0, 1]);
        check("a\n\n  \nb", &[0, 3]);
        check("#% if x\na\n  #% endif\n", &[1]);
        check("#% set x = [\n 1,\n]\na", &[3]);
        check("<% if x %>\na <%= x %>\n<%# c %>\n<%= x -%>\nb\n", &[1, 4]);
        check("a <%= x\n + y %> b\nc", &[1, 2]);
        check("<%= '%>' %>\n<%= \u{2028}\u{2028}", &[0, 1]);
    }
}
