//! An answer that is an error: AWS's code, HTTP status and text.

/// What the caller is told when a request is not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The HTTP status of the answer.
    pub(super) status: u16,
    /// AWS's error code.
    pub(super) code: &'static str,
    /// AWS's text.
    pub(super) message: String,
}

impl Refusal {
    /// Makes a refusal of any kind.
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    /// The request as such is wrong, or does not fit the state of things.
    pub(super) fn validation(message: impl Into<String>) -> Self {
        Self::new(400, "ValidationError", message)
    }

    /// One member of the request breaks a constraint of AWS's model.
    pub(super) fn constraint(value: Option<&str>, member: &str, constraint: &str) -> Self {
        let value = value.map_or("null".to_owned(), |value| format!("'{value}'"));
        Self::validation(format!(
            "1 validation error detected: Value {value} at '{member}' failed to satisfy constraint: {constraint}"
        ))
    }

    /// A required member is absent.
    pub(super) fn missing(member: &str) -> Self {
        Self::constraint(None, member, "Member must not be null")
    }

    /// A fault of the sandbox itself, told in AWS's form.
    pub(super) fn internal(message: impl Into<String>) -> Self {
        Self::new(500, "InternalFailure", message)
    }
}
