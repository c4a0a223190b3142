//! Function calls of a body, in their short and long forms. Says what is called with what, not whether that is right.

use crate::model::document::Node;

/// A call such as `!Ref X` or `Fn::GetAtt: [A, B]`.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The function without `Fn::`: `Ref`, `GetAtt`, `Condition`, …; also names that no function has.
    pub name: &'a str,
    /// The node that is the call.
    pub node: &'a Node,
    /// What it is called with; the node itself when the call is a tag.
    pub argument: &'a Node,
}

/// The functions, without `Fn::`.
pub const FUNCTIONS: &[&str] = &[
    "Ref",
    "Condition",
    "GetAtt",
    "Sub",
    "Join",
    "Select",
    "Split",
    "FindInMap",
    "If",
    "And",
    "Or",
    "Not",
    "Equals",
    "Base64",
    "Cidr",
    "GetAZs",
    "ImportValue",
    "Transform",
    "GetStackOutput",
    "Length",
    "ToJsonString",
];

/// The functions of the section `Rules` alone.
pub const RULE_FUNCTIONS: &[&str] =
    &["Contains", "EachMemberEquals", "EachMemberIn", "RefAll", "ValueOf", "ValueOfAll"];

impl<'a> Call<'a> {
    /// Reads a node as a call. `Condition: x` is one only where conditions are written; the caller knows.
    pub fn read(node: &'a Node) -> Option<Self> {
        match node.tag.as_deref() {
            Some(tag) => Some(Self { name: tag, node, argument: node }),
            None => Self::read_long(node),
        }
    }

    /// Reads the long form, whatever tag the mapping has.
    fn read_long(node: &'a Node) -> Option<Self> {
        let [(key, argument)] = node.entries() else { return None };
        let name = match key.text()? {
            "Ref" => "Ref",
            key => key.strip_prefix("Fn::").filter(|name| !name.contains(':'))?,
        };
        Some(Self { name, node, argument })
    }

    /// Reads a node as a call where conditions are written: `Condition: x` is one there.
    pub fn read_condition(node: &'a Node) -> Option<Self> {
        match node.entries() {
            [(key, argument)] if node.tag.is_none() && key.text() == Some("Condition") => {
                Some(Self { name: "Condition", node, argument })
            }
            _ => Self::read(node),
        }
    }

    /// Whether it is written as a tag.
    pub fn is_tag(&self) -> bool {
        std::ptr::eq(self.node, self.argument)
    }

    /// The call that the argument as a whole is: `Fn::Base64: !Sub x`, `!Base64 {Fn::Sub: x}`.
    pub fn inner(&self) -> Option<Call<'a>> {
        match self.is_tag() {
            true => Call::read_long(self.argument),
            false => Call::read(self.argument),
        }
    }

    /// The text it is called with, when that is written out.
    pub fn text(&self) -> Option<&'a str> {
        match self.is_tag() || self.argument.tag.is_none() {
            true => self.argument.text(),
            false => None,
        }
    }

    /// The arguments, when they are written out as a list.
    pub fn items(&self) -> Option<&'a [Node]> {
        let written = self.is_tag() || self.argument.tag.is_none();
        (written && is_list(self.argument)).then(|| self.argument.items())
    }

    /// How people know it: `!Ref` or `Fn::GetAtt`, as it is written.
    pub fn title(&self) -> String {
        match (self.is_tag(), self.name) {
            (true, name) => format!("!{name}"),
            (false, "Ref" | "Condition") => self.name.to_owned(),
            (false, name) => format!("Fn::{name}"),
        }
    }
}

/// Whether a node is written as a list.
pub fn is_list(node: &Node) -> bool {
    matches!(node.kind, crate::model::document::Kind::Sequence(_))
}

/// Whether a node is written as a mapping.
pub fn is_mapping(node: &Node) -> bool {
    matches!(node.kind, crate::model::document::Kind::Mapping(_))
}

/// The text of a scalar that is no call.
pub fn literal(node: &Node) -> Option<&str> {
    match node.tag {
        Some(_) => None,
        None => node.text(),
    }
}

/// Whether a node is a call of the function.
pub fn is_call_of(node: &Node, name: &str) -> bool {
    Call::read(node).is_some_and(|call| call.name == name)
}

/// Calls a function with every node below and including this one, and with the key it stands under.
pub fn each_node<'a>(node: &'a Node, key: Option<&'a str>, visit: &mut dyn FnMut(&'a Node, Option<&'a str>)) {
    visit(node, key);
    for (name, value) in node.entries() {
        each_node(value, name.text().or(key), visit);
    }
    for item in node.items() {
        each_node(item, key, visit);
    }
}
