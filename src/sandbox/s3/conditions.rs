//! Conditions of requests: entity tags and times that must or must not hold.

use super::super::refusal::Refusal;
use super::super::request::Request;
use super::super::world::Object;
use super::no_key;

/// What the conditions of a read come to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// They hold.
    Read,
    /// The caller has it already.
    NotModified,
    /// They do not hold.
    Failed,
}

/// The refusal of a request whose conditions do not hold.
pub(super) fn failed() -> Refusal {
    Refusal::new(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
}

/// Says whether an object may be written over what is there.
pub(super) fn write(request: &Request, existing: Option<&Object>) -> Result<(), Refusal> {
    match (request.header("if-none-match"), request.header("if-match"), existing) {
        (Some("*"), _, Some(_)) => Err(failed()),
        (Some(other), ..) if other != "*" => {
            let text = "A header you provided implies functionality that is not implemented";
            Err(Refusal::new(501, "NotImplemented", text))
        }
        (_, Some(_), None) => Err(no_key()),
        (_, Some(wanted), Some(object)) if !is(wanted, &object.etag) => Err(failed()),
        _ => Ok(()),
    }
}

/// Says whether an object may be read; entity tags count for more than times.
pub(super) fn read(request: &Request, object: &Object) -> Verdict {
    let time = |name: &str| {
        let text = request.header(name)?;
        jiff::fmt::rfc2822::parse(text).ok().map(|time| time.timestamp().as_second())
    };
    let modified = object.at.div_euclid(1000);
    let (matching, other) = (request.header("if-match"), request.header("if-none-match"));
    let holds = match matching {
        Some(wanted) => is(wanted, &object.etag),
        None => time("if-unmodified-since").is_none_or(|limit| modified <= limit),
    };
    let known = match other {
        Some(known) => is(known, &object.etag),
        None => time("if-modified-since").is_some_and(|limit| modified <= limit),
    };
    match (holds, known) {
        (false, _) => Verdict::Failed,
        (_, true) => Verdict::NotModified,
        _ => Verdict::Read,
    }
}

/// Whether one of the tags in a header is this one, with or without quotes.
fn is(header: &str, etag: &str) -> bool {
    let bare = etag.trim_matches('"');
    header.split(',').map(str::trim).any(|one| one == "*" || one.trim_matches('"') == bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_compared_without_quotes() {
        assert!(is("\"a\"", "\"a\"") && is("a", "\"a\"") && is("*", "\"a\"") && is("b, \"a\"", "\"a\""));
        assert!(!is("b", "\"a\"") && !is("", "\"a\""));
    }
}
