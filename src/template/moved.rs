//! The tree of a text whose holes got simple values, without parsing it: the tree that was meant, moved to where it now
//! stands. Most values are simple, and parsing is most of the work of rendering. What is not simple is left to the parser.

use crate::model::document::{Kind, Node};
use std::collections::HashSet;

/// The longest value that is simple.
const LONGEST: usize = 1_000;

/// A replacement of a part of the text.
pub(super) struct Splice {
    /// First byte of what is replaced.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
    /// What stands there instead.
    pub text: String,
}

/// Whether replacements, sorted, leave the parser no choice but to find the same tree with other scalars.
pub(super) fn are_simple(splices: &[Splice], text: &str, wanted: &Node) -> bool {
    let simple = |splice: &Splice| {
        let old = text.get(splice.start..splice.end).unwrap_or("\n");
        is_simple(old, &splice.text)
    };
    splices.iter().all(simple) && has_distinct_keys(wanted, splices)
}

/// The tree at the places it has after the replacements.
pub(super) fn moved(mut wanted: Node, splices: &[Splice]) -> Node {
    let mut shift = 0;
    let ends = splices.iter().map(|splice| {
        shift += splice.text.len() as i64 - (splice.end - splice.start) as i64;
        (splice.end, shift)
    });
    let mover = Mover { splices, shifts: ends.collect() };
    mover.node(&mut wanted);
    wanted
}

fn is_simple(old: &str, new: &str) -> bool {
    let same_style = !old.starts_with(['"', '\'']) || new.starts_with('"');
    same_style && !old.contains('\n') && new.len() <= LONGEST && (is_plain(new) || is_quoted(new))
}

/// Text that no style and no place in a line gives another meaning.
fn is_plain(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let first = match digits.len() == text.len() {
        true => text.starts_with(|each: char| each.is_ascii_alphanumeric() || each == '/'),
        false => digits.starts_with(|each: char| each.is_ascii_digit()),
    };
    let inside = |each: u8| each.is_ascii_alphanumeric() || b" _./@+=-".contains(&each);
    first && !text.ends_with(' ') && text.bytes().all(inside)
}

fn is_quoted(text: &str) -> bool {
    let inside = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let printable = |each: u8| matches!(each, b' '..=b'~') && !matches!(each, b'"' | b'\\');
    inside.is_some_and(|inside| inside.bytes().all(printable))
}

/// Whether no value has made a key equal to another one.
fn has_distinct_keys(node: &Node, splices: &[Splice]) -> bool {
    match &node.kind {
        Kind::Sequence(items) => items.iter().all(|item| has_distinct_keys(item, splices)),
        Kind::Mapping(entries) => {
            let mut seen = HashSet::new();
            let replaced = entries.iter().any(|(key, _)| find(splices, key).is_some());
            (!replaced || entries.iter().all(|(key, _)| seen.insert(key.text())))
                && entries.iter().all(|(_, value)| has_distinct_keys(value, splices))
        }
        Kind::Scalar { .. } | Kind::Alias => true,
    }
}

/// The replacement of the whole of a scalar.
fn find<'a>(splices: &'a [Splice], scalar: &Node) -> Option<&'a Splice> {
    let at = splices.binary_search_by_key(&(scalar.start as usize), |splice| splice.start).ok()?;
    Some(&splices[at])
}

struct Mover<'a> {
    splices: &'a [Splice],
    /// Where each replacement ended, and how far what follows is moved.
    shifts: Vec<(usize, i64)>,
}

impl Mover<'_> {
    fn node(&self, node: &mut Node) {
        match &mut node.kind {
            Kind::Sequence(items) => items.iter_mut().for_each(|item| self.node(item)),
            Kind::Mapping(entries) => entries.iter_mut().for_each(|(key, value)| {
                self.node(key);
                self.node(value);
            }),
            Kind::Scalar { .. } => {
                let splice = find(self.splices, node);
                if let (Kind::Scalar { plain, .. }, Some(splice)) = (&mut node.kind, splice) {
                    *plain = !splice.text.starts_with('"');
                }
            }
            Kind::Alias => {}
        }
        node.start = self.position(node.start);
        node.end = self.position(node.end);
    }

    fn position(&self, old: u32) -> u32 {
        let before = self.shifts.partition_point(|(end, _)| *end <= old as usize);
        let shift = before.checked_sub(1).map_or(0, |last| self.shifts[last].1);
        u32::try_from(i64::from(old) + shift).unwrap_or(old)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_cannot_be_read_otherwise_is_simple() {
        for (old, new) in [
            ("H", "abc"),
            ("pHs", "p a/b s"),
            ("H", "-5"),
            ("H", "1.10"),
            ("H", "\"yes: # no\""),
            ("'H'", "\"a b\""),
            ("\"H\"", "\"\""),
        ] {
            assert!(is_simple(old, new), "{old} {new}");
        }
        for (old, new) in [
            ("H", ""),
            ("H", "- a"),
            ("H", "-"),
            ("H", "a: b"),
            ("H", "a "),
            ("H", "[a]"),
            ("H", "a\nb"),
            ("a\nH", "ab"),
            ("\"H\"", "ab"),
            ("H", "\"a\\n\""),
            ("H", "\""),
            ("H", "ä"),
            ("H", &"a".repeat(2_000)),
        ] {
            assert!(!is_simple(old, new), "{old} {new}");
        }
    }
}
