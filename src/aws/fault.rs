//! What went wrong with one attempt, before it is decided whether to repeat it.

use crate::cloudformation::ServiceError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use std::error::Error;

/// What went wrong with one attempt.
#[derive(Debug)]
pub(super) enum Fault {
    /// Too many calls; the next may succeed.
    Throttled {
        /// The service's code.
        code: String,
        /// The service's message.
        message: String,
    },
    /// The service is in trouble.
    Unavailable {
        /// What it said.
        message: String,
    },
    /// No answer came; the request may have arrived or not.
    Lost {
        /// What happened.
        message: String,
    },
    /// The credentials do not count (any more).
    Credentials {
        /// What the service said.
        message: String,
    },
    /// The service understood and refused.
    Refused {
        /// The service's code.
        code: String,
        /// The service's message.
        message: String,
    },
    /// It is decided already.
    Final(Box<ServiceError>),
}

impl Fault {
    pub(super) fn lost(message: impl Into<String>) -> Self {
        Self::Lost { message: message.into() }
    }

    /// Judges an answer that is an error by its status and code.
    pub(super) fn of_answer(status: u16, code: &str, message: &str) -> Self {
        let said = || match (code, message) {
            ("", "") => format!("HTTP status {status}"),
            ("", message) => message.to_owned(),
            (code, "") => code.to_owned(),
            (code, message) => format!("{message} ({code})"),
        };
        match code {
            _ if status == 429 || is_throttling(code) => {
                Self::Throttled { code: code.to_owned(), message: message.to_owned() }
            }
            _ if is_about_credentials(code) => Self::Credentials { message: said() },
            "InternalFailure" | "ServiceUnavailable" | "InternalError" | "RequestTimeout" => {
                Self::Unavailable { message: said() }
            }
            _ if status >= 500 && status != 501 => Self::Unavailable { message: said() },
            "" => Self::Refused { code: format!("HTTP {status}"), message: said() },
            _ => Self::Refused { code: code.to_owned(), message: message.to_owned() },
        }
    }
}

impl Fault {
    /// Judges what came in place of an answer.
    pub(super) fn unanswered<E: Error + 'static>(error: &SdkError<E, HttpResponse>) -> Self {
        match error {
            SdkError::ConstructionFailure(_) => {
                Self::Refused { code: String::from("InvalidRequest"), message: innermost(error) }
            }
            SdkError::TimeoutError(_) => Self::lost("the time for an answer ran out"),
            SdkError::ResponseError(answer) if answer.raw().status().as_u16() >= 500 => {
                Self::Unavailable { message: format!("HTTP status {}", answer.raw().status().as_u16()) }
            }
            _ => Self::lost(innermost(error)),
        }
    }
}

impl<E> From<SdkError<E, HttpResponse>> for Fault
where
    E: ProvideErrorMetadata + Error + 'static,
{
    fn from(error: SdkError<E, HttpResponse>) -> Self {
        let SdkError::ServiceError(answer) = &error else { return Self::unanswered(&error) };
        let said = answer.err();
        let status = answer.raw().status().as_u16();
        Self::of_answer(status, said.code().unwrap_or(""), said.message().unwrap_or(""))
    }
}

fn is_throttling(code: &str) -> bool {
    matches!(
        code,
        "Throttling"
            | "ThrottlingException"
            | "ThrottledException"
            | "RequestThrottled"
            | "RequestThrottledException"
            | "RequestLimitExceeded"
            | "TooManyRequestsException"
            | "PriorRequestNotComplete"
            | "SlowDown"
    )
}

fn is_about_credentials(code: &str) -> bool {
    matches!(
        code,
        "ExpiredToken"
            | "ExpiredTokenException"
            | "InvalidClientTokenId"
            | "UnrecognizedClientException"
            | "InvalidAccessKeyId"
            | "InvalidToken"
            | "SignatureDoesNotMatch"
            | "InvalidSignatureException"
            | "IncompleteSignature"
            | "MissingAuthenticationToken"
            | "MissingAuthenticationTokenException"
            | "AuthFailure"
            | "RequestExpired"
    )
}

/// The text of the last source of an error: the one that says what really happened.
pub(super) fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_judged_by_status_and_code() {
        let check = |status, code, expected: &str| {
            let fault = format!("{:?}", Fault::of_answer(status, code, "x"));
            assert!(fault.starts_with(expected), "{status} {code}: {fault}");
        };
        check(400, "Throttling", "Throttled");
        check(503, "SlowDown", "Throttled");
        check(429, "", "Throttled");
        check(403, "ExpiredToken", "Credentials");
        check(403, "InvalidClientTokenId", "Credentials");
        check(400, "UnrecognizedClientException", "Credentials");
        check(500, "InternalFailure", "Unavailable");
        check(502, "", "Unavailable");
        check(501, "NotImplemented", "Refused");
        check(400, "ValidationError", "Refused");
        check(400, "LimitExceededException", "Refused");
        check(403, "AccessDenied", "Refused");
        check(404, "", "Refused { code: \"HTTP 404\"");
    }
}
