//! A parsed YAML or JSON file: the tree with lexemes and places; nothing is resolved when it is loaded.

use crate::model::place::{Place, Source};
use std::sync::Arc;

/// A node of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Its tag without the mark (`Ref` for `!Ref`), where it has one.
    pub tag: Option<Box<str>>,
    /// First byte in the parsed text.
    pub start: u32,
    /// One past the last byte in the parsed text.
    pub end: u32,
}

/// The kinds of nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A scalar: its text after unescaping, and whether it stood plain (only then may it be more than text).
    Scalar {
        /// The text.
        text: Box<str>,
        /// Written without quotes and not as a block: YAML 1.1 rules say what it means.
        plain: bool,
    },
    /// A list.
    Sequence(Vec<Node>),
    /// A mapping, in the order of the file; keys are nodes too.
    Mapping(Vec<(Node, Node)>),
    /// `*name`, which CloudFormation refuses.
    Alias,
}

/// A parsed file and the way back to what people wrote.
#[derive(Clone, Debug)]
pub struct Document {
    /// The tree.
    pub root: Node,
    /// The text that was parsed: the file itself, or what a template rendered to.
    pub source: Arc<Source>,
    /// For rendered text: for each of its lines, the place of the template's line that wrote it. Empty when the
    /// text is the file itself.
    pub lines: Vec<Place>,
}

impl Document {
    /// Where the node was written: in the file itself, or in the template that rendered it.
    pub fn place(&self, node: &Node) -> Place {
        let here = Place::new(&self.source, node.start as usize, node.end as usize);
        if self.lines.is_empty() {
            return here;
        }
        let Some(line) = self.lines.get(here.line() - 1).or(self.lines.last()) else { return here };
        let column = here.start - self.source.text[..here.start].rfind('\n').map_or(0, |at| at + 1);
        let same = line.text().get(column..).is_some_and(|rest| rest.starts_with(first_line(here.text())));
        match same && !here.text().is_empty() {
            true => Place::new(
                &line.source,
                line.start + column,
                line.start + column + first_line(here.text()).len(),
            ),
            false => trimmed(line),
        }
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or("")
}

fn trimmed(line: &Place) -> Place {
    let text = line.text();
    let indent = text.len() - text.trim_start().len();
    Place::new(&line.source, line.start + indent, line.start + text.trim_end().len())
}

impl Node {
    /// The value of a key of a mapping.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value)
    }

    /// The entries of a mapping; nothing for other kinds.
    pub fn entries(&self) -> &[(Node, Node)] {
        match &self.kind {
            Kind::Mapping(entries) => entries,
            Kind::Scalar { .. } | Kind::Sequence(_) | Kind::Alias => &[],
        }
    }

    /// The items of a list; nothing for other kinds.
    pub fn items(&self) -> &[Node] {
        match &self.kind {
            Kind::Sequence(items) => items,
            Kind::Scalar { .. } | Kind::Mapping(_) | Kind::Alias => &[],
        }
    }

    /// The text of a scalar, whatever its tag.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, .. } => Some(text),
            Kind::Sequence(_) | Kind::Mapping(_) | Kind::Alias => None,
        }
    }
}
