//! The members of a template's sections, and whether there may be more of them than are written.

use crate::check::call::{is_call_of, literal};
use crate::model::document::Node;

/// A named member of a section.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its key's node.
    pub key: &'a Node,
    /// What stands under it.
    pub node: &'a Node,
}

/// The members of a section; none when it is missing or no mapping. Loops are no members.
pub fn section<'a>(root: &'a Node, name: &str) -> Vec<Entry<'a>> {
    let entries = root.get(name).map_or(&[][..], Node::entries);
    let named = entries.iter().filter_map(|(key, node)| Some(Entry { name: key.text()?, key, node }));
    named.filter(|entry| !entry.name.starts_with("Fn::")).collect()
}

/// The names of top-level transforms.
pub fn transforms(root: &Node) -> Vec<&str> {
    let Some(node) = root.get("Transform") else { return Vec::new() };
    let named = |node| literal(node).or_else(|| node.get("Name").and_then(literal));
    node.items().iter().filter_map(named).chain(named(node)).collect()
}

/// Whether names may come from elsewhere: macros, includes, loops, modules.
pub fn is_opaque(root: &Node) -> bool {
    let names = transforms(root);
    let transformed = root.get("Transform").is_some()
        && (names.is_empty() || names.iter().any(|name| *name != "AWS::LanguageExtensions"));
    let sections = root.entries().iter().filter(|(_, node)| node.tag.is_none());
    let inserted = |(key, node): &(Node, Node)| {
        key.text().is_some_and(|key| key.starts_with("Fn::")) || is_call_of(node, "Transform")
    };
    transformed
        || root.entries().iter().any(inserted)
        || sections.flat_map(|(_, node)| node.entries()).any(inserted)
        || section(root, "Resources").iter().any(is_module)
}

fn is_module(entry: &Entry<'_>) -> bool {
    entry.node.get("Type").and_then(Node::text).is_some_and(|name| name.ends_with("::MODULE"))
}
