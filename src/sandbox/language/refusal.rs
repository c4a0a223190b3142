//! Why a template or its parameters are refused, in the service's words.

use thiserror::Error;

/// A refusal; the code is `ValidationError` unless said otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct Refusal {
    /// The error code of the answer.
    pub code: &'static str,
    /// The text of the answer.
    pub message: String,
}

impl Refusal {
    /// Makes a `ValidationError`.
    pub fn new(message: impl Into<String>) -> Self {
        Self { code: "ValidationError", message: message.into() }
    }
}
