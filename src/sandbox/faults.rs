//! The bad day on demand: what is made to go wrong.

/// The faults that were ordered.
#[derive(Debug, Clone, Default)]
pub(super) struct Faults {
    failing: Vec<String>,
}

impl Faults {
    /// Makes the named resources fail whenever they are created or updated.
    pub(super) fn new(failing: Vec<String>) -> Self {
        Self { failing }
    }

    /// The provider's words, if work on this resource is to fail.
    pub(super) fn of(&self, logical_id: &str) -> Option<String> {
        self.failing
            .iter()
            .any(|name| name == logical_id)
            .then(|| format!("Simulated failure of {logical_id}"))
    }
}
