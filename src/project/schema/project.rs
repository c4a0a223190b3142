//! `formwork.yaml` as it is written.

use crate::model::document::{Document, Kind, Node};
use crate::model::finding::Finding;
use crate::model::place::Place;
use crate::project::codes;
use crate::project::schema::convert::{bad_name, is_name, region};
use crate::project::schema::reader::{Entry, Named, Reader, Written};
use std::sync::Arc;

/// `formwork.yaml`.
#[derive(Debug, Default)]
pub struct ProjectFile {
    /// The project's name.
    pub name: String,
    /// Whether it could be read and names the project. Where not, a name stands in for it, so that mistakes elsewhere
    /// are told in the same run; nothing of it may be used.
    pub sound: bool,
    /// How stacks are named.
    pub stack_name: Option<Written>,
    /// The regions of environments that name none.
    pub regions: Vec<Named>,
    /// The tags of every stack.
    pub tags: Vec<Entry>,
    /// The lowest layer of values.
    pub values: Option<Written>,
    /// How the artifact bucket is named.
    pub bucket: Option<Written>,
    /// How many stacks may be worked on at once.
    pub limits: Limits,
}

/// How many stacks may be worked on at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// In all.
    pub stacks: usize,
    /// In one account and region.
    pub per_target: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { stacks: 50, per_target: 10 }
    }
}

/// Reads `formwork.yaml`.
pub fn read(document: &Arc<Document>) -> (ProjectFile, Vec<Finding>) {
    let mut reader = Reader::new(document);
    let root = &document.root;
    let mut file = ProjectFile::default();
    let known = ["project", "requires", "stack_name", "defaults", "artifacts", "limits", "description"];
    if !reader.mapping(root, "`formwork.yaml`", &known) {
        return (file, reader.findings);
    }
    if let Some(node) = reader.required(root, "project", "`formwork.yaml`") {
        file.name = reader.text(node, "`project`").unwrap_or_default();
        if !is_name(&file.name, "-") && !file.name.is_empty() {
            let place = reader.place(node);
            reader.tell(bad_name("a project", &file.name, &place));
            file.name.clear();
        }
    }
    if let Some(node) = root.get("requires") {
        requires(&mut reader, node);
    }
    file.stack_name = root.get("stack_name").map(|node| reader.written(node));
    if let Some(node) = root.get("defaults").filter(|_| reader_has(&mut reader, root, "defaults", DEFAULTS)) {
        defaults(&mut reader, node, &mut file);
    }
    if reader_has(&mut reader, root, "artifacts", &["bucket"]) {
        file.bucket =
            root.get("artifacts").and_then(|node| node.get("bucket")).map(|node| reader.written(node));
    }
    if let Some(node) = root.get("limits").filter(|_| reader_has(&mut reader, root, "limits", LIMITS)) {
        limits(&mut reader, node, &mut file.limits);
    }
    (file, reader.findings)
}

const DEFAULTS: &[&str] = &["regions", "tags", "values"];
const LIMITS: &[&str] = &["stacks", "per_target"];

fn reader_has(reader: &mut Reader, root: &Node, key: &str, known: &[&str]) -> bool {
    root.get(key).is_some_and(|node| reader.mapping(node, &format!("`{key}`"), known))
}

fn defaults(reader: &mut Reader, node: &Node, file: &mut ProjectFile) {
    file.regions = node.get("regions").map(|node| regions(reader, node)).unwrap_or_default();
    file.tags = reader.written_entries(node.get("tags"), "`tags`");
    file.values = node.get("values").map(|node| reader.written(node));
}

fn limits(reader: &mut Reader, node: &Node, limits: &mut Limits) {
    if let Some(count) = node.get("stacks").and_then(|node| reader.count(node, "`stacks`")) {
        limits.stacks = count;
    }
    if let Some(count) = node.get("per_target").and_then(|node| reader.count(node, "`per_target`")) {
        limits.per_target = count;
    }
}

/// Reads a list of regions.
pub fn regions(reader: &mut Reader, node: &Node) -> Vec<Named> {
    let regions = reader.texts(node, "a region");
    if regions.is_empty() && matches!(node.kind, Kind::Sequence(_)) {
        let place = reader.place(node);
        reader.tell(Finding::error(codes::NO_REGIONS, "`regions` names no region", place));
    }
    for (index, one) in regions.iter().enumerate() {
        if let Some(finding) = region(&one.name, &one.place) {
            reader.tell(finding);
        }
        if let Some(first) = regions[..index].iter().find(|first| first.name == one.name) {
            let finding =
                Finding::error(codes::REGION, format!("`{}` is listed twice", one.name), one.place.clone());
            reader.tell(finding.related(first.place.clone(), "first listed here"));
        }
    }
    regions
}

fn requires(reader: &mut Reader, node: &Node) {
    let Some(text) = reader.text(node, "`requires`") else { return };
    let place: Place = reader.place(node);
    let version = env!("CARGO_PKG_VERSION");
    match satisfies(version, &text) {
        Some(true) => {}
        Some(false) => {
            let message = format!("the project requires formwork {text}, and this is {version}");
            reader.tell(Finding::error(codes::REQUIRES, message, place).help("install a version that fits"));
        }
        None => {
            let message = format!("`{text}` is not a range of versions");
            reader.tell(
                Finding::error(codes::REQUIRES, message, place).help("write it as `>=0.1` or `>=0.1, <1`"),
            );
        }
    }
}

/// Whether a version fits all the parts of a range; none when the range cannot be read.
fn satisfies(version: &str, range: &str) -> Option<bool> {
    let version = numbers(version)?;
    let mut fits = true;
    for part in range.split(',').map(str::trim) {
        let sign = part.chars().take_while(|sign| "<>=~^".contains(*sign)).count();
        let text = part[sign..].trim();
        let wanted = numbers(text)?;
        let given = text.split('.').count();
        fits &= match &part[..sign] {
            ">=" => version >= wanted,
            ">" => version > wanted,
            "<=" => version <= wanted,
            "<" => version < wanted,
            "=" | "==" => version[..given] == wanted[..given],
            "~" => version >= wanted && version[..given.min(2)] == wanted[..given.min(2)],
            "" | "^" => version >= wanted && version[..leading(&wanted)] == wanted[..leading(&wanted)],
            _ => return None,
        };
    }
    Some(fits)
}

/// How many numbers of a version a compatible one shares: up to the first that is not zero.
fn leading(version: &[u64; 3]) -> usize {
    version.iter().position(|number| *number > 0).map_or(3, |at| at + 1)
}

fn numbers(text: &str) -> Option<[u64; 3]> {
    let mut numbers = [0; 3];
    for (index, part) in text.split('.').enumerate() {
        *numbers.get_mut(index)? = part.parse().ok()?;
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_versions() {
        let check =
            |range: &str, expected: Option<bool>| assert_eq!(satisfies("0.4.2", range), expected, "{range}");
        check(">=0.1", Some(true));
        check(">=0.4.3", Some(false));
        check(">=0.1, <0.4", Some(false));
        check("0.4", Some(true));
        check("^0.3", Some(false));
        check("~0.4.1", Some(true));
        check("=0.4", Some(true));
        check("latest", None);
        check("1.2.3.4", None);
        check("", None);
        check("!1", None);
    }
}
