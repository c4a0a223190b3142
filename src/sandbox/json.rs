//! Requests of the services that speak JSON 1.1: the operation is in a header, the rest in the body.

use super::refusal::Refusal;
use super::request::Request;
use super::response::{self, Response};
use super::world::{Place, World};
use serde_json::Value;

/// What a service makes of an operation and its input.
type Service = fn(&mut World, &Place, &str, &Value) -> Result<Value, Refusal>;

/// Reads a request, lets the service carry it out, and answers it.
pub(super) fn answer(world: &mut World, request: &Request, service: Service) -> Response {
    let id = world.request_id();
    let place = request.caller.place();
    let operation = request.header("x-amz-target").unwrap_or_default().rsplit('.').next().unwrap_or_default();
    let result = serde_json::from_slice(&request.body)
        .map_err(|_| Refusal::new(400, "SerializationException", "The request body is not well-formed JSON."))
        .and_then(|input: Value| service(world, &place, operation, &input));
    match result {
        Ok(result) => response::json(&id, &result),
        Err(refusal) => response::json_error(&id, &refusal),
    }
}

/// The refusal of an operation that there may be, but not here.
pub(super) fn not_simulated(operation: &str) -> Refusal {
    Refusal::new(400, "UnknownOperationException", format!("Operation {operation} is not simulated."))
}
