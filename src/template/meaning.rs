//! What a plain scalar means to CloudFormation (YAML 1.1 without timestamps).

use crate::model::document::Node;
use crate::model::value::Value;

/// What a node means to CloudFormation: `yes` is true, `012` is the number 10, `012345678901` is text.
pub fn meaning(_node: &Node) -> Value {
    todo!()
}

/// What a node of formwork's own files means: numbers keep their lexeme, account ids their zeros, and only
/// `true`, `false`, `null` and `~` are more than text and numbers.
pub fn value(_node: &Node) -> Value {
    todo!()
}
