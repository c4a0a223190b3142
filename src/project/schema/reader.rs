//! Reads mappings of formwork's own files key by key and collects every mistake with its place.

use crate::model::document::{Document, Kind, Node};
use crate::model::finding::Finding;
use crate::model::nearest::nearest;
use crate::model::place::Place;
use crate::model::value::Value;
use crate::project::codes;
use crate::template::{expression, meaning};
use std::sync::Arc;

/// A node and the file it stands in.
#[derive(Clone, Debug)]
pub struct Written {
    /// The file.
    pub document: Arc<Document>,
    /// The node.
    pub node: Node,
}

impl Written {
    /// Where it stands.
    pub fn place(&self) -> Place {
        self.document.place(&self.node)
    }

    /// Whether there is an expression in it, at any depth.
    pub fn has_expression(&self) -> bool {
        has_expression(&self.node)
    }

    /// Whether a tag such as `!Secret` stands in it, at any depth.
    pub fn has_tag(&self) -> bool {
        has_tag(&self.node)
    }

    /// What it means when no expression is evaluated.
    pub fn meaning(&self) -> Value {
        meaning::value(&self.node)
    }

    /// Another node of the same file.
    pub fn sibling(&self, node: &Node) -> Written {
        Written { document: self.document.clone(), node: node.clone() }
    }
}

/// A name and where it stands.
#[derive(Clone, Debug)]
pub struct Named {
    /// The name.
    pub name: String,
    /// Where it stands.
    pub place: Place,
}

/// An entry of a mapping.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key.
    pub key: Named,
    /// What it is given.
    pub value: Written,
}

/// Reads one file and keeps its mistakes.
pub struct Reader {
    document: Arc<Document>,
    /// The mistakes so far.
    pub findings: Vec<Finding>,
}

impl Reader {
    /// A reader of a file.
    pub fn new(document: &Arc<Document>) -> Self {
        Self { document: document.clone(), findings: Vec::new() }
    }

    /// Where a node stands.
    pub fn place(&self, node: &Node) -> Place {
        self.document.place(node)
    }

    /// The node with its file.
    pub fn written(&self, node: &Node) -> Written {
        Written { document: self.document.clone(), node: node.clone() }
    }

    /// Says that something is wrong.
    pub fn tell(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Checks that a node is a mapping with known keys; `what` says what it is, as in “an environment”.
    pub fn mapping(&mut self, node: &Node, what: &str, known: &[&str]) -> bool {
        if !self.is_mapping(node, what) {
            return false;
        }
        for (key, _) in node.entries() {
            let Some(name) = key.text() else {
                let place = self.place(key);
                self.tell(Finding::error(
                    codes::WRONG_KIND,
                    format!("a key of {what} has to be a text"),
                    place,
                ));
                continue;
            };
            if !known.contains(&name) {
                let help = match nearest(name, known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("it may have: {}", listed(known.iter().copied())),
                };
                let message = format!("{what} has no key `{name}`");
                let finding = Finding::error(codes::UNKNOWN_KEY, message, self.place(key));
                self.tell(finding.label("unknown key").help(help));
            }
        }
        true
    }

    /// The entries of a mapping whose keys are names of the user; nothing where it is left empty.
    pub fn entries<'n>(&mut self, node: Option<&'n Node>, what: &str) -> Vec<(Named, &'n Node)> {
        let Some(node) = node.filter(|node| !is_empty(node)) else { return Vec::new() };
        if !self.is_mapping(node, what) {
            return Vec::new();
        }
        let mut entries = Vec::new();
        for (key, value) in node.entries() {
            match key.text() {
                Some(name) => entries.push((Named { name: name.to_owned(), place: self.place(key) }, value)),
                None => {
                    let message = format!("a key of {what} has to be a text");
                    self.tell(Finding::error(codes::WRONG_KIND, message, self.place(key)));
                }
            }
        }
        entries
    }

    /// The entries of a mapping, with their nodes.
    pub fn written_entries(&mut self, node: Option<&Node>, what: &str) -> Vec<Entry> {
        let entries = self.entries(node, what);
        entries.into_iter().map(|(key, node)| Entry { key, value: self.written(node) }).collect()
    }

    /// The node of a key that has to be there.
    pub fn required<'n>(&mut self, mapping: &'n Node, key: &str, what: &str) -> Option<&'n Node> {
        let found = mapping.get(key).filter(|node| !is_empty(node));
        // A key that was mistyped has been told already.
        let meant = Some(format!("did you mean `{key}`?"));
        let mistyped = self.findings.iter().any(|told| told.code == codes::UNKNOWN_KEY && told.help == meant);
        if found.is_none() && !mistyped {
            let place = match mapping.entries().iter().find(|(name, _)| name.text() == Some(key)) {
                Some((name, _)) => self.place(name),
                None => first_line(&self.place(mapping)),
            };
            let message = format!("{what} lacks the key `{key}`");
            self.tell(
                Finding::error(codes::MISSING_KEY, message, place).label(format!("`{key}` is required")),
            );
        }
        found
    }

    /// A text without an expression.
    pub fn text(&mut self, node: &Node, what: &str) -> Option<String> {
        match meaning::value(node) {
            Value::Text(text) | Value::Number(text) => Some(text),
            other => {
                self.wrong_kind(node, what, "a text", &other);
                None
            }
        }
    }

    /// A list of texts, or one text.
    pub fn texts(&mut self, node: &Node, what: &str) -> Vec<Named> {
        let nodes = match &node.kind {
            Kind::Sequence(items) => items.as_slice(),
            Kind::Scalar { .. } | Kind::Mapping(_) | Kind::Alias => std::slice::from_ref(node),
        };
        let mut texts = Vec::new();
        for node in nodes {
            if let Some(name) = self.text(node, what) {
                texts.push(Named { name, place: self.place(node) });
            }
        }
        texts
    }

    /// A whole number above zero.
    pub fn count(&mut self, node: &Node, what: &str) -> Option<usize> {
        let value = meaning::value(node);
        let count = value.as_text().and_then(|text| text.parse().ok()).filter(|count| *count > 0);
        if count.is_none() {
            self.wrong_kind(node, what, "a whole number above zero", &value);
        }
        count
    }

    /// Says that a node is of the wrong kind.
    pub fn wrong_kind(&mut self, node: &Node, what: &str, expected: &str, found: &Value) {
        let finding = wrong_kind(what, expected, found, self.place(node));
        self.tell(finding);
    }

    fn is_mapping(&mut self, node: &Node, what: &str) -> bool {
        if matches!(node.kind, Kind::Mapping(_)) {
            return true;
        }
        let value = meaning::value(node);
        self.wrong_kind(node, what, "a mapping", &value);
        false
    }
}

/// The finding for a value of the wrong kind.
pub fn wrong_kind(what: &str, expected: &str, found: &Value, place: Place) -> Finding {
    let found = match (found, found.as_text()) {
        (Value::Text(_) | Value::Number(_) | Value::Boolean(_), Some(text)) if text.len() <= 40 => {
            format!("{} `{text}`", found.kind())
        }
        _ => found.kind().to_owned(),
    };
    Finding::error(codes::WRONG_KIND, format!("{what} has to be {expected}, not {found}"), place)
        .label(format!("expected {expected}"))
}

/// Names in backticks with commas.
pub fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.len() {
        0 => "nothing".to_owned(),
        1..=12 => names.join(", "),
        more => format!("{}, and {} more", names[..12].join(", "), more - 12),
    }
}

/// “did you mean” the nearest name, or the list of all.
pub fn suggestion<'a>(word: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    match nearest(word, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there is: {}", listed(known)),
    }
}

/// Whether nothing was written.
pub fn is_empty(node: &Node) -> bool {
    node.tag.is_none() && meaning::value(node) == Value::Null
}

fn first_line(place: &Place) -> Place {
    let length = place.text().find('\n').unwrap_or(place.text().len());
    Place::new(&place.source, place.start, place.start + length)
}

fn has_expression(node: &Node) -> bool {
    match &node.kind {
        Kind::Scalar { .. } => expression::is_expression(node),
        Kind::Sequence(items) => items.iter().any(has_expression),
        Kind::Mapping(entries) => {
            entries.iter().any(|(key, value)| has_expression(key) || has_expression(value))
        }
        Kind::Alias => false,
    }
}

fn has_tag(node: &Node) -> bool {
    node.tag.is_some()
        || node.items().iter().any(has_tag)
        || node.entries().iter().any(|(key, value)| has_tag(key) || has_tag(value))
}
