//! Everything that can be known to be wrong without AWS. One file a check; this is the list.

use crate::model::environment::Assembly;
use crate::model::finding::Finding;

/// A check: its code, what it is about, an example each way, and its function.
pub struct Check {
    /// Stable code, such as `FW0201`.
    pub code: &'static str,
    /// What it finds, in a few words.
    pub title: &'static str,
    /// The page that `formwork explain CODE` prints, in Markdown, with one bad and one good example.
    pub page: &'static str,
}

/// Runs all checks over the assembled environments; findings come sorted by file and place, without repetition.
pub fn check(_assembly: &Assembly) -> Vec<Finding> {
    todo!()
}
