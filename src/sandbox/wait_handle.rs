//! The addresses of wait condition handles: a signal is sent to one as to a presigned address of S3.
//!
//! In AWS the address belongs to a bucket of CloudFormation, which takes any object and ignores what is no signal; here
//! what is no signal is refused, so that nobody waits in vain for a mistake to be found.

use super::awaited::{DATA_BYTES, Signal};
use super::engine;
use super::query::percent_decode;
use super::refusal::Refusal;
use super::request::Request;
use super::response::{self, Response};
use super::world::{Place, World};
use http::Method;
use serde_json::Value;

/// The beginning of every such path: the ARN of a stack, its colons encoded.
const PATH: &str = "/arn%3A";
/// The type whose identifier is such an address.
pub(super) const HANDLE: &str = "AWS::CloudFormation::WaitConditionHandle";

/// Whether a request is a signal to a handle.
pub(super) fn is_meant(request: &Request) -> bool {
    request.path.get(..PATH.len()).is_some_and(|start| start.eq_ignore_ascii_case(PATH))
}

/// The address of a handle as it can be reached: with the sandbox in the place of S3.
pub(super) fn reachable(address: &str, sandbox: &str) -> String {
    let path = address.splitn(4, '/').nth(3);
    path.filter(|_| !sandbox.is_empty()).map_or(address.to_owned(), |path| format!("{sandbox}/{path}"))
}

/// Takes a signal.
pub(super) fn answer(world: &mut World, request: &Request) -> Response {
    let id = world.request_id();
    match take(world, request) {
        Ok(()) => response::plain(200, "application/xml", ""),
        Err(refusal) => response::s3_error(&id, &refusal),
    }
}

fn take(world: &mut World, request: &Request) -> Result<(), Refusal> {
    if request.method != Method::PUT {
        let text = "The specified method is not allowed against this resource.";
        return Err(Refusal::new(405, "MethodNotAllowed", text));
    }
    // The address is signed for requests without a content type.
    let typed = request.header("content-type").is_some_and(|kind| !kind.is_empty());
    let path = percent_decode(request.path.trim_start_matches('/'), false);
    let (stack_id, handle) = path.rsplit_once('/').ok_or_else(unsigned)?;
    let mut parts = stack_id.split(':').skip(3).map(str::to_owned);
    let (Some(region), Some(account)) = (parts.next(), parts.next()) else { return Err(unsigned()) };
    let place = Place { account, region };
    let stack = world.stack(&place, stack_id).ok_or_else(unsigned)?;
    let row = stack.resources.get(handle).filter(|row| row.resource_type == HANDLE);
    let address = row.and_then(|row| row.physical_id.as_deref()).ok_or_else(unsigned)?;
    let signed = address.split_once('?').is_some_and(|(_, query)| query == request.query);
    if typed || !signed {
        return Err(unsigned());
    }
    let signal = read(&request.body)?;
    let now = world.clock.now();
    if let Some(mut stack) = world.take(&place, stack_id) {
        engine::signalled(&mut stack, handle, signal, now);
        world.put(&place, stack);
    }
    Ok(())
}

fn unsigned() -> Refusal {
    let text = "The request signature we calculated does not match the signature you provided. Check your key and \
                signing method.";
    Refusal::new(403, "SignatureDoesNotMatch", text)
}

/// Reads a signal: `Status`, `UniqueId`, `Reason` and `Data`.
fn read(body: &[u8]) -> Result<Signal, Refusal> {
    let wrong = |text: &str| Refusal::new(400, "InvalidRequest", format!("This is no signal: {text}"));
    let signal: Value = serde_json::from_slice(body).map_err(|error| wrong(&error.to_string()))?;
    let text = |name: &str| match signal.get(name) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => Err(wrong(&format!("`{name}` is no text"))),
        None => Err(wrong(&format!("`{name}` is missing"))),
    };
    let success = match text("Status")?.as_str() {
        "SUCCESS" => true,
        "FAILURE" => false,
        _ => return Err(wrong("`Status` is neither SUCCESS nor FAILURE")),
    };
    let unique_id = text("UniqueId")?;
    let optional = |name: &str| if signal.get(name).is_none() { Ok(String::new()) } else { text(name) };
    let (reason, data) = (optional("Reason")?, optional("Data")?);
    if data.len() > DATA_BYTES {
        return Err(Refusal::new(
            400,
            "EntityTooLarge",
            "Your proposed upload exceeds the maximum allowed size",
        ));
    }
    Ok(Signal { unique_id, success, reason, data })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_signal_is_refused() {
        let check = |body: &str, expected: &str| {
            let told =
                read(body.as_bytes()).map_or_else(|refusal| refusal.message, |signal| signal.unique_id);
            assert!(told.contains(expected), "{body}: {told}");
        };
        check(r#"{"Status": "SUCCESS", "UniqueId": "one", "Data": "d", "Reason": "r"}"#, "one");
        check(r#"{"Status": "SUCCESS"}"#, "`UniqueId` is missing");
        check(r#"{"Status": "FAILED", "UniqueId": "one"}"#, "neither SUCCESS nor FAILURE");
        check(r#"{"Status": "SUCCESS", "UniqueId": "one", "Data": {}}"#, "`Data` is no text");
        check("Status=SUCCESS", "no signal");
        check("[]", "`Status` is missing");
    }

    #[test]
    fn an_address_leads_to_the_sandbox() {
        let address = "https://cloudformation-waitcondition-r.s3.r.amazonaws.com/arn%3Aaws/H?token=t";
        assert_eq!(reachable(address, "http://127.0.0.1:1"), "http://127.0.0.1:1/arn%3Aaws/H?token=t");
        assert_eq!(reachable(address, ""), address);
    }
}
