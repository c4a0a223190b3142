//! A text as the parser gets it. Continuation lines of a quoted scalar that stand no deeper than their key are read by
//! CloudFormation and by most parsers, and refused by ours: they are moved to the right for it, which changes nothing
//! in what is read, and its places are moved back.

use std::borrow::Cow;

/// How many times lines are moved before the parser's complaint is believed.
const MOST: usize = 200;

/// A text whose lines may have been moved to the right.
pub(super) struct Indented<'a> {
    /// What the parser reads.
    pub text: Cow<'a, str>,
    /// For each moved line, where it begins in the parser's text, and how many spaces stand there in all lines so far.
    moved: Vec<(usize, usize)>,
    width: usize,
    times: usize,
}

impl<'a> Indented<'a> {
    /// A text as it is.
    pub fn new(text: &'a str) -> Self {
        Self { text: Cow::Borrowed(text), moved: Vec::new(), width: 0, times: 0 }
    }

    /// A place of the parser's text in the text as it was written.
    pub fn original(&self, at: usize) -> usize {
        let before = self.moved.partition_point(|(start, _)| *start < at);
        let Some(&(start, spaces)) = before.checked_sub(1).and_then(|last| self.moved.get(last)) else {
            return at;
        };
        // Inside the spaces themselves: the beginning of the line.
        at.saturating_sub(spaces).max(start.saturating_sub(spaces - self.width))
    }

    /// Moves the line of a place, and the lines below it that surely are of the same scalar, because no quote stands
    /// before them; whether there was anything to move.
    pub fn indent(&mut self, at: usize) -> bool {
        self.times += 1;
        let line = self.text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |found| found + 1);
        let is_end = line >= self.text.len();
        if is_end || self.times > MOST || self.moved.iter().any(|(start, _)| *start == line) {
            return false;
        }
        if self.width == 0 {
            let deepest = self.text.lines().map(|line| line.len() - line.trim_start_matches(' ').len()).max();
            self.width = deepest.unwrap_or_default().min(1000) + 1;
        }
        let mut out = String::with_capacity(self.text.len() * 2);
        out.push_str(&self.text[..line]);
        let mut rest = &self.text[line..];
        let mut starts: Vec<usize> = self.moved.iter().map(|(start, _)| *start).collect();
        while !rest.is_empty() {
            let end = rest.find('\n').map_or(rest.len(), |found| found + 1);
            starts.push(out.len());
            out.extend(std::iter::repeat_n(' ', self.width));
            out.push_str(&rest[..end]);
            let quoted = rest[..end].contains(['"', '\'']);
            rest = &rest[end..];
            if quoted {
                break;
            }
        }
        out.push_str(rest);
        self.text = Cow::Owned(out);
        self.moved =
            starts.into_iter().enumerate().map(|(count, start)| (start, (count + 1) * self.width)).collect();
        true
    }
}
