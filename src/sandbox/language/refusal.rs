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
    /// Whether a transform failed: the service notices that later, when the request was accepted already.
    pub of_transform: bool,
}

impl Refusal {
    /// Makes a `ValidationError`.
    pub fn new(message: impl Into<String>) -> Self {
        Self { code: "ValidationError", message: message.into(), of_transform: false }
    }

    /// The same, as the failure of a transform.
    pub fn in_transform(self) -> Self {
        Self { of_transform: true, ..self }
    }
}
