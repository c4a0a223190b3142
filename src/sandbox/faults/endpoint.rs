//! The endpoint for faults: on the sandbox's own port, at a path that no bucket can have.

use super::super::request::Request;
use super::super::response::{self, Response};
use super::super::world::World;
use super::{Faults, Past, Scenario};
use http::Method;
use serde_json::{Value, json};

const PATH: &str = "/_sandbox/faults";

/// Whether a request is meant for the endpoint rather than for a service.
pub(in super::super) fn is_meant(request: &Request) -> bool {
    request.path.starts_with("/_sandbox/")
}

/// Tells, replaces or removes the faults in force.
pub(in super::super) fn answer(world: &mut World, request: &Request) -> Response {
    if request.path != PATH {
        return told(404, &json!({"message": format!("there is `{PATH}` only")}));
    }
    let scenario = match request.method {
        Method::GET => return told(200, &shown(world)),
        Method::DELETE => Ok(Scenario::default()),
        Method::PUT => Scenario::parse(&String::from_utf8_lossy(&request.body)),
        _ => return told(405, &json!({"message": "GET, PUT and DELETE are answered"})),
    };
    match scenario {
        Ok(scenario) => {
            order(world, &[], scenario);
            told(200, &shown(world))
        }
        Err(message) => told(400, &json!({"message": message})),
    }
}

/// Puts faults in force, in place of those before.
pub(in super::super) fn order(world: &mut World, failing: &[String], scenario: Scenario) {
    world.faults = Faults::new(failing, scenario, world.seed, world.clock.pace());
    world.past = world.faults.reach().map(|reach| Past::of(world, reach));
}

fn shown(world: &World) -> Value {
    let faults = &world.faults.list;
    let mut shown = json!({
        "faults": faults,
        "struck": faults.iter().map(super::fault::Fault::struck).collect::<Vec<_>>(),
    });
    let answers = &world.faults.answers;
    if !answers.is_empty() {
        shown["answers"] = json!(answers);
        shown["answered"] = answers.iter().map(super::answer::Answer::given).collect::<Vec<_>>().into();
    }
    shown
}

fn told(status: u16, body: &Value) -> Response {
    response::plain(status, "application/json", format!("{body:#}\n"))
}
