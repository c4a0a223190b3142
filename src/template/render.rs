//! A template and a scope become a body: strict, bounded, with typed holes and the way back to the template's lines.

use crate::model::finding::Finding;
use crate::model::place::Source;
use crate::model::stack::Body;
use crate::template::expression::Scope;
use std::sync::Arc;

/// Where templates, macros and files come from: paths from the project's root, already kept inside it.
pub trait Files: Send + Sync {
    /// The text of a file of the project; an error is a lower-case fragment that says why not.
    fn read(&self, path: &str) -> Result<Arc<Source>, String>;
}

/// Renders a template. The same template and scope give the same bytes.
pub fn render(
    _template: &Arc<Source>,
    _scope: &Scope,
    _files: &Arc<dyn Files>,
) -> Result<Body, Vec<Finding>> {
    todo!()
}

/// The paths of names under `values` that a template uses.
pub fn used_values(_template: &Arc<Source>) -> Vec<String> {
    todo!()
}
