//! The operations of CloudFormation: each takes the parameters of a request and gives a result or a refusal.
//!
//! Here is the list; the files hold what belongs together. What follows with time is the engine's business.

mod account;
mod change_set_views;
mod change_sets;
mod describe;
mod drift;
mod events;
mod exports;
mod find;
pub(super) mod page;
mod recovery;
mod resources;
mod settings;
mod source;
mod stack_instances;
mod stack_set_views;
mod stack_sets;
pub(super) mod stacks;
mod templates;
mod wish;

use super::query::Input;
use super::refusal::Refusal;
use super::request::Request;
use super::response::{self, Response};
use super::world::{Place, World};
use serde_json::Value;

/// The namespace of all answers.
pub(super) const NAMESPACE: &str = "http://cloudformation.amazonaws.com/doc/2010-05-15/";

/// The operations the sandbox is asked for, each a function of a call.
type Operation = fn(&mut Call<'_>) -> Result<Value, Refusal>;

/// A request to CloudFormation.
pub(super) struct Call<'a> {
    pub(super) world: &'a mut World,
    pub(super) place: Place,
    pub(super) input: Input,
    /// The virtual time.
    pub(super) now: i64,
    /// The address the request was sent to: templates may lie behind it.
    pub(super) host: String,
}

/// Carries out a request and answers it.
pub(super) fn answer(world: &mut World, request: &Request) -> Response {
    let id = world.request_id();
    let input = Input::parse(&request.form());
    let action = input.text("Action").unwrap_or_default().to_owned();
    let Some(operation) = find(&action) else {
        let refusal = match action.is_empty() {
            true => Refusal::new(400, "MissingAction", "No Action parameter was specified"),
            false => {
                let version = input.text("Version").unwrap_or("2010-05-15");
                let text = format!("Could not find operation {action} for version {version}");
                Refusal::new(400, "InvalidAction", text)
            }
        };
        return response::query_error(NAMESPACE, &id, &refusal);
    };
    let place = request.caller.place();
    let host = request.header("host").unwrap_or_default().to_owned();
    let now = world.clock.now();
    let mut call = Call { world, place, input, now, host };
    let outcome = operation(&mut call);
    if let Some(name) = call.input.text("StackName") {
        call.world.touch(&call.place, name);
    }
    match outcome {
        Ok(result) => response::query(&action, NAMESPACE, &id, &result),
        Err(refusal) => response::query_error(NAMESPACE, &id, &refusal),
    }
}

/// Carries out one operation without a wire.
#[cfg(test)]
pub(super) fn perform(
    world: &mut World,
    place: &Place,
    action: &str,
    input: Input,
) -> Option<Result<Value, Refusal>> {
    let now = world.clock.now();
    let mut call = Call { world, place: place.clone(), input, now, host: String::new() };
    find(action).map(|operation| operation(&mut call))
}

fn find(action: &str) -> Option<Operation> {
    Some(match action {
        "CreateStack" => stacks::create,
        "UpdateStack" => stacks::update,
        "DeleteStack" => stacks::delete,
        "DescribeStacks" => describe::describe,
        "ListStacks" => describe::list,
        "DescribeStackEvents" => events::describe,
        "DescribeEvents" => events::of_operation,
        "DescribeStackResource" => resources::describe_one,
        "DescribeStackResources" => resources::describe_all,
        "ListStackResources" => resources::list,
        "GetTemplate" => templates::get,
        "GetTemplateSummary" => templates::summary,
        "ValidateTemplate" => templates::validate,
        "EstimateTemplateCost" => templates::cost,
        "CreateChangeSet" => change_sets::create,
        "ExecuteChangeSet" => change_sets::execute,
        "DeleteChangeSet" => change_sets::delete,
        "DescribeChangeSet" => change_set_views::describe,
        "DescribeChangeSetHooks" => change_set_views::hooks,
        "ListChangeSets" => change_set_views::list,
        "ListExports" => exports::list,
        "ListImports" => exports::imports,
        "UpdateTerminationProtection" => settings::termination_protection,
        "SetStackPolicy" => settings::set_policy,
        "GetStackPolicy" => settings::policy,
        "RollbackStack" => recovery::rollback,
        "ContinueUpdateRollback" => recovery::resume,
        "CancelUpdateStack" => recovery::cancel,
        "SignalResource" => recovery::signal,
        "DetectStackDrift" => drift::detect,
        "DetectStackResourceDrift" => drift::detect_one,
        "DescribeStackDriftDetectionStatus" => drift::status,
        "DescribeStackResourceDrifts" => drift::resources,
        "CreateStackSet" => stack_sets::create,
        "DescribeStackSet" => stack_sets::describe,
        "ListStackSets" => stack_sets::list,
        "DeleteStackSet" => stack_sets::delete,
        "UpdateStackSet" => stack_instances::update_set,
        "CreateStackInstances" => stack_instances::create,
        "DeleteStackInstances" => stack_instances::delete,
        "DescribeStackInstance" => stack_set_views::instance,
        "ListStackInstances" => stack_set_views::instances,
        "DescribeStackSetOperation" => stack_set_views::operation,
        "ListStackSetOperations" => stack_set_views::operations,
        "ListStackSetOperationResults" => stack_set_views::results,
        "DescribeAccountLimits" => account::limits,
        "DescribeType" => account::describe_type,
        _ => return None,
    })
}
