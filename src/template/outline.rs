//! What a body declares: parameters, resources, conditions, outputs, exports, imports, capabilities.

use crate::model::document::{Document, Node};

/// What a body declares, each with its node in the document.
#[derive(Debug, Default)]
pub struct Outline<'a> {
    /// `Parameters`.
    pub parameters: Vec<ParameterDeclaration<'a>>,
    /// `Resources`.
    pub resources: Vec<ResourceDeclaration<'a>>,
    /// `Outputs`.
    pub outputs: Vec<OutputDeclaration<'a>>,
    /// Names of `Conditions`.
    pub conditions: Vec<&'a str>,
    /// The capabilities that CloudFormation will ask for, sorted.
    pub capabilities: Vec<&'static str>,
    /// Names of top-level transforms.
    pub transforms: Vec<&'a str>,
}

/// A declared parameter.
#[derive(Debug)]
pub struct ParameterDeclaration<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its key's node.
    pub key: &'a Node,
    /// Its declaration.
    pub node: &'a Node,
    /// Its type, such as `String`.
    pub kind: &'a str,
    /// Its default.
    pub default: Option<&'a Node>,
    /// Never shown.
    pub no_echo: bool,
}

/// A declared resource.
#[derive(Debug)]
pub struct ResourceDeclaration<'a> {
    /// Its logical id.
    pub logical_id: &'a str,
    /// Its key's node.
    pub key: &'a Node,
    /// Its declaration.
    pub node: &'a Node,
    /// Its type; empty when it has none.
    pub resource_type: &'a str,
    /// The condition it depends on.
    pub condition: Option<&'a str>,
}

/// A declared output.
#[derive(Debug)]
pub struct OutputDeclaration<'a> {
    /// Its name.
    pub key_text: &'a str,
    /// Its key's node.
    pub key: &'a Node,
    /// Its declaration.
    pub node: &'a Node,
    /// Its condition.
    pub condition: Option<&'a str>,
}

/// Reads what a body declares; whatever is malformed is left out (the checks speak of it).
pub fn outline(_document: &Document) -> Outline<'_> {
    todo!()
}
