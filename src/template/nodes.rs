//! Typed values as nodes of a tree: what a hole that is a whole scalar becomes.

use crate::model::document::{Kind, Node};
use crate::model::value::Value;

/// A value as nodes, at the place of the hole.
pub(super) fn from_value(value: &Value, hole: &Node) -> Node {
    let bare = |kind: Kind| Node { kind, tag: None, start: hole.start, end: hole.end };
    let scalar = |text: &str, plain: bool| bare(Kind::Scalar { text: text.into(), plain });
    fn below(value: &Value, bare: &dyn Fn(Kind) -> Node, scalar: &dyn Fn(&str, bool) -> Node) -> Node {
        match value {
            Value::Null => scalar("null", true),
            Value::Boolean(value) => scalar(if *value { "true" } else { "false" }, true),
            Value::Number(text) => scalar(text, true),
            Value::Text(text) => scalar(text, false),
            Value::List(items) => {
                bare(Kind::Sequence(items.iter().map(|item| below(item, bare, scalar)).collect()))
            }
            Value::Map(entries) => {
                let fill = |(key, item): &(String, Value)| (scalar(key, false), below(item, bare, scalar));
                bare(Kind::Mapping(entries.iter().map(fill).collect()))
            }
        }
    }
    Node { tag: hole.tag.clone(), ..below(value, &bare, &scalar) }
}
