//! Whose a live stack is. A name alone does not say: somebody else may have a stack of the same name, and nothing of
//! theirs is changed or deleted by mistake. Pure.

use crate::model::environment::MARK;
use crate::model::live::LiveStack;
use crate::model::stack::Stack;

/// Whose a live stack is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// It carries the mark of the wanted stack's environment.
    Ours,
    /// It carries no mark: somebody made it by other means.
    Nobody,
    /// It carries the mark of another environment.
    Other(String),
}

/// Whose a live stack is that has a wanted stack's name.
pub(crate) fn owner(stack: &Stack, live: &LiveStack) -> Owner {
    let mark =
        |tags: &[(String, String)]| tags.iter().find(|(key, _)| key == MARK).map(|(_, mark)| mark.clone());
    match (mark(&stack.tags), mark(&live.tags)) {
        (Some(ours), Some(theirs)) if ours != theirs => Owner::Other(theirs),
        (_, Some(_)) | (None, None) => Owner::Ours,
        (Some(_), None) => Owner::Nobody,
    }
}

/// Why a stack of another environment is left alone, and what to do.
pub(crate) fn foreign(name: &str, other: &str) -> (String, String) {
    (
        format!("the stack `{name}` that is there belongs to `{other}`"),
        "give one of them another name, with `stack_name` in `formwork.yaml`".to_owned(),
    )
}
