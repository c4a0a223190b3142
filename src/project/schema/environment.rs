//! A file of `environments/` as it is written.

use crate::model::document::{Document, Kind, Node};
use crate::model::environment::Protection;
use crate::model::finding::Finding;
use crate::model::place::Place;
use crate::model::value::Value;
use crate::project::schema::accounts::{self, AccountEntry};
use crate::project::schema::convert::Given;
use crate::project::schema::project::regions;
use crate::project::schema::reader::{Entry, Named, Reader, Written};
use crate::template::meaning;
use std::sync::Arc;

/// An environment as it is written.
#[derive(Debug)]
pub struct EnvironmentFile {
    /// Its name: the path under `environments/` without the ending.
    pub name: String,
    /// Its file.
    pub document: Arc<Document>,
    /// The blueprint.
    pub blueprint: Option<Named>,
    /// The environment that it mirrors.
    pub mirrors: Option<Named>,
    /// Its accounts by role.
    pub accounts: Vec<(Named, Mapped)>,
    /// Its regions.
    pub regions: Vec<Named>,
    /// Its values and tags.
    pub overlay: Overlay,
    /// What differs for an account role.
    pub by_account: Vec<(Named, Overlay)>,
    /// What differs for a region.
    pub by_region: Vec<(Named, Overlay)>,
    /// Who may change it.
    pub protection: Option<Protection>,
    /// The environment that has to run it first.
    pub after: Option<Named>,
    /// How long it may live.
    pub expires_seconds: Option<u64>,
}

/// Which account a role is mapped to.
#[derive(Clone, Debug)]
pub enum Mapped {
    /// An account of `accounts.yaml`.
    Name(Named),
    /// An account that is spelled out.
    Account(AccountEntry),
}

/// Values and tags of a layer.
#[derive(Clone, Debug, Default)]
pub struct Overlay {
    /// The values.
    pub values: Option<Written>,
    /// The tags.
    pub tags: Vec<Entry>,
}

const KEYS: [&str; 12] = [
    "blueprint",
    "mirrors",
    "accounts",
    "regions",
    "values",
    "tags",
    "by_account",
    "by_region",
    "protection",
    "after",
    "expires",
    "description",
];

impl EnvironmentFile {
    /// Where what is wrong with the whole file is shown: its first line.
    pub fn place(&self) -> Place {
        let text = &self.document.source.text;
        let start = self.document.root.start as usize;
        let place = Place::new(&self.document.source, start, text.len());
        let length = place.text().find('\n').unwrap_or(place.text().len());
        Place::new(&self.document.source, start, start + length)
    }
}

/// Reads an environment.
pub fn read(name: &str, document: &Arc<Document>) -> (EnvironmentFile, Vec<Finding>) {
    let root = &document.root;
    // What is written is kept on its own; the file is asked for its text and its keys.
    let document = &Arc::new(Document {
        root: keys_only(root),
        source: document.source.clone(),
        lines: document.lines.clone(),
    });
    let mut reader = Reader::new(document);
    let mut file = EnvironmentFile {
        name: name.to_owned(),
        document: document.clone(),
        blueprint: None,
        mirrors: None,
        accounts: Vec::new(),
        regions: Vec::new(),
        overlay: Overlay::default(),
        by_account: Vec::new(),
        by_region: Vec::new(),
        protection: None,
        after: None,
        expires_seconds: None,
    };
    if !reader.mapping(root, "an environment", &KEYS) {
        return (file, reader.findings);
    }
    file.mirrors = named(&mut reader, root, "mirrors");
    file.after = named(&mut reader, root, "after");
    file.blueprint = named(&mut reader, root, "blueprint");
    if file.mirrors.is_none() && root.get("mirrors").is_none() && root.get("blueprint").is_none() {
        reader.required(root, "blueprint", "an environment");
    }
    for (role, node) in reader.entries(root.get("accounts"), "`accounts`") {
        let mapped = mapped(&mut reader, &role, node);
        file.accounts.push((role, mapped));
    }
    file.regions = root.get("regions").map(|node| regions(&mut reader, node)).unwrap_or_default();
    file.overlay = overlay(&mut reader, root);
    file.by_account = overlays(&mut reader, root, "by_account");
    file.by_region = overlays(&mut reader, root, "by_region");
    let words =
        [("open", Protection::Open), ("confirm", Protection::Confirm), ("sealed", Protection::Sealed)];
    file.protection = given(&mut reader, root, "protection", |given| given.word(&words));
    file.expires_seconds = given(&mut reader, root, "expires", |given| given.seconds());
    (file, reader.findings)
}

fn keys_only(root: &Node) -> Node {
    let bare = |(key, value): &(Node, Node)| {
        (key.clone(), Node { kind: Kind::Alias, tag: None, start: value.start, end: value.end })
    };
    let kind = match &root.kind {
        Kind::Mapping(entries) => Kind::Mapping(entries.iter().map(bare).collect()),
        Kind::Scalar { .. } | Kind::Sequence(_) | Kind::Alias => Kind::Alias,
    };
    Node { kind, tag: None, start: root.start, end: root.end }
}

fn named(reader: &mut Reader, root: &Node, key: &str) -> Option<Named> {
    let node = root.get(key)?;
    let name = reader.text(node, &format!("`{key}`"))?;
    Some(Named { name, place: reader.place(node) })
}

fn given<T>(
    reader: &mut Reader,
    root: &Node,
    key: &str,
    convert: impl Fn(Given<'_>) -> Result<T, Finding>,
) -> Option<T> {
    let node = root.get(key)?;
    let place = reader.place(node);
    convert(Given { value: meaning::value(node), place, what: &format!("`{key}`") })
        .map_err(|finding| reader.tell(finding))
        .ok()
}

/// A scalar that begins like an id is one; other texts are names of `accounts.yaml`.
fn mapped(reader: &mut Reader, role: &Named, node: &Node) -> Mapped {
    let text = node.text().unwrap_or_default();
    let digits = text.starts_with(|letter: char| letter.is_ascii_digit())
        && text.chars().all(|letter| letter.is_ascii_digit() || letter == '-');
    let scalar = matches!(node.kind, Kind::Scalar { .. }) && meaning::value(node) != Value::Null;
    match scalar && !digits {
        true => Mapped::Name(Named { name: text.to_owned(), place: reader.place(node) }),
        false => Mapped::Account(accounts::account(reader, role.clone(), node)),
    }
}

fn overlays(reader: &mut Reader, root: &Node, key: &str) -> Vec<(Named, Overlay)> {
    let mut overlays = Vec::new();
    for (name, node) in reader.entries(root.get(key), &format!("`{key}`")) {
        if reader.mapping(node, "an overlay", &["values", "tags"]) {
            overlays.push((name, overlay(reader, node)));
        }
    }
    overlays
}

fn overlay(reader: &mut Reader, node: &Node) -> Overlay {
    // Only to tell of a wrong kind: values are read as layers.
    reader.entries(node.get("values"), "`values`");
    Overlay {
        values: node.get("values").map(|node| reader.written(node)),
        tags: reader.written_entries(node.get("tags"), "`tags`"),
    }
}
