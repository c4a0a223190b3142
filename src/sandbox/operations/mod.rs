//! The operations of CloudFormation: each takes the parameters of a request and gives a result or a refusal.
//!
//! Here is the list; the files hold what belongs together. What follows with time is the engine's business.

mod account;
mod alias;
mod change_set_views;
mod change_sets;
mod describe;
mod drift;
mod events;
mod exports;
mod find;
mod imports;
mod mode;
pub(super) mod page;
pub(super) mod recovery;
mod registrations;
mod resources;
mod scans;
mod settings;
mod source;
mod stack_instances;
mod stack_refactors;
mod stack_set_access;
mod stack_set_drift;
mod stack_set_requests;
mod stack_set_targets;
mod stack_set_views;
mod stack_sets;
pub(super) mod stacks;
mod templates;
mod tokens;
mod type_schema;
mod types;
mod wish;

use super::model::{self, MODEL};
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
    /// A template that is not the request's: a stack set's may be longer than a request allows.
    pub(super) given: Option<String>,
}

/// Carries out a request and answers it.
pub(super) fn answer(world: &mut World, request: &Request) -> Response {
    let id = world.request_id();
    let input = Input::parse(&request.form());
    let form = request.query_form(&input);
    let action = input.text("Action").unwrap_or_default().to_owned();
    match carry_out(world, request, &action, input) {
        Ok(result) => response::query(&action, form, &id, &result),
        Err(mut refusal) => {
            refusal.status = MODEL.status(refusal.code).unwrap_or(refusal.status);
            response::query_error(form, &id, &refusal)
        }
    }
}

fn carry_out(world: &mut World, request: &Request, action: &str, input: Input) -> Result<Value, Refusal> {
    known(action, input.text("Version"))?;
    model::validate(action, &input)?;
    let operation = find(action).ok_or_else(|| {
        let text = format!("{action} is an operation of CloudFormation that the sandbox does not simulate.");
        Refusal::new(400, "NotImplemented", text)
    })?;
    let host = request.header("host").unwrap_or_default().to_owned();
    let now = world.clock.now();
    let mut call = Call { world, place: request.caller.place(), input, now, host, given: None };
    call.open_token(action)?;
    let outcome = tokens::once(&mut call, action, operation);
    match call.input.text("StackName") {
        Some(name) => call.world.touch(&call.place, name),
        None if call.input.text("ChangeSetName").is_some() => call.world.rest(&call.place.account),
        None => {}
    }
    let mut result = outcome?;
    call.seal_token(action, &mut result);
    Ok(result)
}

/// Refuses what is no operation of the service, in the words of AWS's front end. A missing version is taken as ours.
fn known(action: &str, version: Option<&str>) -> Result<(), Refusal> {
    let version = version.unwrap_or(&MODEL.version);
    if action.is_empty() {
        return Err(Refusal::new(400, "MissingAction", "No Action parameter was specified"));
    }
    if version != MODEL.version {
        let text =
            format!("The requested version ({version}) of service AmazonCloudFormation does not exist");
        return Err(Refusal::new(400, "NoSuchVersion", text));
    }
    if MODEL.action(action).is_none() {
        let text = format!("Could not find operation {action} for version {version}");
        return Err(Refusal::new(400, "InvalidAction", text));
    }
    Ok(())
}

/// Carries out an operation on a stack that CloudFormation wants by itself, now.
pub(super) fn on_behalf(
    world: &mut World,
    place: &Place,
    action: &str,
    pairs: &[(String, String)],
    given: Option<String>,
) -> Result<Value, Refusal> {
    let now = world.moment;
    let operation = find(action).ok_or_else(|| Refusal::internal(format!("{action} is unknown")))?;
    let (place, input) = (place.clone(), Input::of(pairs));
    operation(&mut Call { world, place, input, now, host: String::new(), given })
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
    let mut call = Call { world, place: place.clone(), input, now, host: String::new(), given: None };
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
        "SetAlias" => alias::set,
        "RemoveAlias" => alias::remove,
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
        "UpdateStackInstances" => stack_instances::update,
        "DeleteStackInstances" => stack_instances::delete,
        "ImportStacksToStackSet" => stack_instances::import,
        "StopStackSetOperation" => stack_instances::stop,
        "DetectStackSetDrift" => stack_set_drift::detect,
        "ListStackInstanceResourceDrifts" => stack_set_drift::resources,
        "DescribeStackInstance" => stack_set_views::instance,
        "ListStackInstances" => stack_set_views::instances,
        "DescribeStackSetOperation" => stack_set_views::operation,
        "ListStackSetOperations" => stack_set_views::operations,
        "ListStackSetOperationResults" => stack_set_views::results,
        "ListStackSetAutoDeploymentTargets" => stack_set_views::automatic_targets,
        "ActivateOrganizationsAccess" => stack_set_access::activate,
        "DeactivateOrganizationsAccess" => stack_set_access::deactivate,
        "DescribeOrganizationsAccess" => stack_set_access::describe,
        "DescribeAccountLimits" => account::limits,
        _ => return find_beside(action),
    })
}

/// What is asked for beside stacks and their sets: refactors and the registry.
fn find_beside(action: &str) -> Option<Operation> {
    Some(match action {
        "CreateStackRefactor" => stack_refactors::create,
        "DescribeStackRefactor" => stack_refactors::describe,
        "ExecuteStackRefactor" => stack_refactors::execute,
        "ListStackRefactors" => stack_refactors::list,
        "ListStackRefactorActions" => stack_refactors::actions,
        "DescribeType" => types::describe,
        "ListTypes" => types::list,
        "ListTypeVersions" => types::versions,
        "DescribeTypeRegistration" => types::registration,
        "ListTypeRegistrations" => types::registrations,
        "BatchDescribeTypeConfigurations" => types::configurations,
        "DescribePublisher" => types::publisher,
        "ListHookResults" => types::hook_results,
        "GetHookResult" => types::hook_result,
        "RegisterType" => registrations::register,
        "DeregisterType" => registrations::deregister,
        "SetTypeDefaultVersion" => registrations::set_default,
        "SetTypeConfiguration" => registrations::configure,
        "ActivateType" => registrations::activate,
        "DeactivateType" => registrations::deactivate,
        "PublishType" => registrations::publish,
        "TestType" => registrations::test,
        "ListResourceScans" => scans::list,
        "DescribeResourceScan" | "ListResourceScanResources" | "ListResourceScanRelatedResources" => {
            scans::of_one
        }
        "ListGeneratedTemplates" => scans::templates,
        "DescribeGeneratedTemplate" | "GetGeneratedTemplate" | "DeleteGeneratedTemplate" => {
            scans::of_template
        }
        _ => return None,
    })
}
