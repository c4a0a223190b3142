//! How two parsed templates differ in meaning: long and short forms, styles and comments do not count.

use crate::model::document::Node;

/// One difference of two trees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// JSON pointer to the place, such as `/Resources/Queue/Properties/DelaySeconds`.
    pub path: String,
    /// What stands on the left, in short flow style; none when it is missing there.
    pub before: Option<String>,
    /// What stands on the right.
    pub after: Option<String>,
}

/// All differences, in the order of the left tree, then what only the right one has.
pub fn differences(_before: &Node, _after: &Node) -> Vec<Difference> {
    todo!()
}
