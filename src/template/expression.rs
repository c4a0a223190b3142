//! Expressions inside formwork's own files: a whole scalar becomes a typed value, a part of one becomes text.

use crate::model::document::{Document, Node};
use crate::model::finding::Finding;
use crate::model::value::Value;

/// The names an expression or a template can use.
#[derive(Clone, Debug)]
pub struct Scope {
    values: Value,
}

impl Scope {
    /// Takes a mapping of names to values (`values`, `environment`, `account`, …).
    pub fn new(values: Value) -> Self {
        Self { values }
    }

    /// The names and values.
    pub fn values(&self) -> &Value {
        &self.values
    }
}

/// Whether the scalar has a marker of an expression in it.
pub fn is_expression(_node: &Node) -> bool {
    todo!()
}

/// Evaluates a node with all expressions in it, at any depth; a node without any means itself. Tags are not looked at.
pub fn evaluate(_document: &Document, _node: &Node, _scope: &Scope) -> Result<Value, Vec<Finding>> {
    todo!()
}

/// The paths of names under `values` that the expressions of a node use (`values.web_size.min` is `web_size.min`).
pub fn used_values(_node: &Node) -> Vec<String> {
    todo!()
}
