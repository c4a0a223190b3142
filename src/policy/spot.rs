//! The way back: from a path in the JSON that cfn-guard saw to the place in the template, and to the rule.

use crate::model::document::{Document, Kind, Node};
use crate::model::place::{Place, Source};
use crate::model::stack::Body;
use crate::policy::verdict::Broken;
use std::sync::Arc;

/// Where a path such as `/Resources/Queue/Properties/Tags/0` leads, as far as it can be followed: a scalar itself, the
/// key of a mapping or list.
pub fn place(document: &Document, path: &str) -> Place {
    let mut node = &document.root;
    let mut told = node;
    let mut rest = path.trim_start_matches('/');
    while !rest.is_empty() {
        let Some((key, value, after)) = step(node, rest) else { break };
        told = match (&value.kind, key) {
            _ if std::ptr::eq(value, node) => told,
            (Kind::Mapping(_) | Kind::Sequence(_), Some(key)) => key,
            _ => value,
        };
        node = value;
        rest = after;
    }
    document.place(told)
}

/// One step: the key where there is one, the node, and what is left of the path. Keys may hold slashes, so the
/// longest that fits is taken. The name of a function in its short form (`!If`) leads to the node itself.
fn step<'a, 'p>(node: &'a Node, rest: &'p str) -> Option<(Option<&'a Node>, &'a Node, &'p str)> {
    if let Some(tag) = node.tag.as_deref() {
        let name = rest.split('/').next().unwrap_or_default();
        if name == tag || name.strip_prefix("Fn::") == Some(tag) {
            let after = rest[name.len()..].trim_start_matches('/');
            return Some((None, node, after));
        }
    }
    let after = |name: &str| {
        let after = rest.strip_prefix(name)?;
        (after.is_empty() || after.starts_with('/')).then(|| after.trim_start_matches('/'))
    };
    let fits = |(key, value): &'a (Node, Node)| Some((key.text()?, Some(key), value, after(key.text()?)?));
    if let Some((_, key, value, after)) =
        node.entries().iter().filter_map(fits).max_by_key(|(name, ..)| name.len())
    {
        return Some((key, value, after));
    }
    let index = rest.split('/').next()?;
    let item = node.items().get(index.parse::<usize>().ok()?)?;
    Some((None, item, after(index)?))
}

/// Where a file of rules says `rule NAME`; its beginning for rules without a name.
pub fn rule(policy: &Arc<Source>, name: &str) -> Place {
    let mut start = 0;
    for line in policy.text.split_inclusive('\n') {
        let declared = line.trim_start().strip_prefix("rule").map(str::trim_start);
        let rest = declared.and_then(|rest| rest.strip_prefix(name));
        if rest.is_some_and(|rest| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_')) {
            let indent = line.len() - line.trim_start().len();
            let shown = line.trim_end().trim_end_matches('{').trim_end().len();
            return Place::new(policy, start + indent, start + shown);
        }
        start += line.len();
    }
    Place::new(policy, 0, 0)
}

/// Whether the resource names the rule in `Metadata: {guard: {SuppressedRules: [NAME]}}`.
pub fn is_suppressed(body: &Body, broken: &Broken) -> bool {
    let Some(resource) = broken.path.strip_prefix("/Resources/").and_then(|rest| rest.split('/').next())
    else {
        return false;
    };
    let keys = ["Resources", resource, "Metadata", "guard", "SuppressedRules"];
    let suppressed = keys.iter().try_fold(&body.document.root, |node, key| node.get(key));
    suppressed.is_some_and(|list| list.items().iter().any(|item| item.text() == Some(&broken.rule)))
}
