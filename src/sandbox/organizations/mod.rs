//! Organizations, as far as stack sets and deployments into many accounts touch it. JSON 1.1.
//!
//! Here is the list of operations and who may ask for them. Errors and their texts: the service's API reference.

mod accounts;
mod handshakes;
mod policies;
mod services;
mod state;
mod tags;
mod tree;

pub(super) use state::Organization;

use super::agenda::Due;
use super::json::not_simulated;
use super::operations::page;
use super::query::member;
use super::refusal::Refusal;
use super::world::{Place, World};
use serde_json::{Value, json};

/// The most entries of a page.
const PAGE: i64 = 20;

/// A request to an organization, and the state it changes.
struct Call<'a> {
    world: &'a mut World,
    /// The account that calls.
    account: &'a str,
    /// The management account of its organization.
    management: String,
    input: &'a Value,
    now: i64,
}

type Operation = fn(&mut Call<'_>) -> Result<Value, Refusal>;

/// Carries out an operation.
pub(super) fn carry_out(
    world: &mut World,
    place: &Place,
    operation: &str,
    input: &Value,
) -> Result<Value, Refusal> {
    let now = world.clock.now();
    let account = place.account.as_str();
    let management = world.organization_of(account).map(|found| found.management.clone());
    let mut call = Call { world, account, management: management.clone().unwrap_or_default(), input, now };
    if let Some(operation) = without_membership(operation) {
        return operation(&mut call);
    }
    let found = find(operation).ok_or_else(|| not_simulated(operation))?;
    if management.is_none() {
        let text = "Your account is not a member of an organization.";
        return Err(Refusal::new(400, "AWSOrganizationsNotInUseException", text));
    }
    let delegated = || call.organization().is_ok_and(|own| own.delegated.contains_key(account));
    let reading = operation.starts_with("List") || operation.starts_with("Describe");
    let allowed = call.management == account
        || matches!(operation, "DescribeOrganization" | "LeaveOrganization")
        || (reading && delegated());
    if !allowed {
        let text = "You don't have permissions to access this resource.";
        return Err(Refusal::new(400, "AccessDeniedException", text));
    }
    found(&mut call)
}

/// What an account may ask that is in no organization.
fn without_membership(operation: &str) -> Option<Operation> {
    Some(match operation {
        "CreateOrganization" => tree::create,
        "AcceptHandshake" => handshakes::accept,
        "DeclineHandshake" => handshakes::decline,
        "DescribeHandshake" => handshakes::describe,
        "ListHandshakesForAccount" => handshakes::list_own,
        _ => return None,
    })
}

fn find(operation: &str) -> Option<Operation> {
    Some(match operation {
        "DescribeOrganization" => tree::describe,
        "DeleteOrganization" => tree::delete,
        "ListRoots" => tree::roots,
        "CreateOrganizationalUnit" => tree::create_unit,
        "DescribeOrganizationalUnit" => tree::describe_unit,
        "UpdateOrganizationalUnit" => tree::update_unit,
        "DeleteOrganizationalUnit" => tree::delete_unit,
        "ListOrganizationalUnitsForParent" => tree::units_of,
        "ListAccountsForParent" => tree::accounts_of,
        "ListChildren" => tree::children,
        "ListParents" => tree::parents,
        "ListAccounts" => accounts::list,
        "DescribeAccount" => accounts::describe,
        "CreateAccount" => accounts::create,
        "DescribeCreateAccountStatus" => accounts::creation,
        "ListCreateAccountStatus" => accounts::creations,
        "MoveAccount" => accounts::relocate,
        "CloseAccount" => accounts::close,
        "RemoveAccountFromOrganization" => accounts::remove,
        "LeaveOrganization" => accounts::leave,
        "InviteAccountToOrganization" => handshakes::invite,
        "CancelHandshake" => handshakes::cancel,
        "ListHandshakesForOrganization" => handshakes::list,
        "CreatePolicy" => policies::create,
        "DescribePolicy" => policies::describe,
        "UpdatePolicy" => policies::update,
        "DeletePolicy" => policies::delete,
        "ListPolicies" => policies::list,
        "AttachPolicy" => policies::attach,
        "DetachPolicy" => policies::detach,
        "ListPoliciesForTarget" => policies::of_target,
        "ListTargetsForPolicy" => policies::targets,
        "EnablePolicyType" => policies::enable,
        "DisablePolicyType" => policies::disable,
        "EnableAWSServiceAccess" => services::enable,
        "DisableAWSServiceAccess" => services::disable,
        "ListAWSServiceAccessForOrganization" => services::list,
        "RegisterDelegatedAdministrator" => services::register,
        "DeregisterDelegatedAdministrator" => services::deregister,
        "ListDelegatedAdministrators" => services::administrators,
        "ListDelegatedServicesForAccount" => services::of_account,
        "TagResource" => tags::add,
        "UntagResource" => tags::remove,
        "ListTagsForResource" => tags::list,
        _ => return None,
    })
}

impl Call<'_> {
    fn organization(&self) -> Result<&Organization, Refusal> {
        let found = self.world.organizations.get(&self.management);
        found.ok_or_else(|| Refusal::internal("the organization is gone"))
    }

    /// Changes the organization, and has it written down.
    fn change<T>(&mut self, change: impl FnOnce(&mut Organization) -> T) -> Result<T, Refusal> {
        self.world.store.organization_changed(&self.management);
        let found = self.world.organizations.get_mut(&self.management);
        found.map(change).ok_or_else(|| Refusal::internal("the organization is gone"))
    }

    /// A text that may not be absent.
    fn text(&self, name: &str) -> Result<&str, Refusal> {
        let missing = || Refusal { code: "InvalidInputException", ..Refusal::missing(&member(name)) };
        self.option(name).ok_or_else(missing)
    }

    fn option(&self, name: &str) -> Option<&str> {
        self.input.get(name).and_then(Value::as_str)
    }

    /// Keys and values of the request's tags.
    fn tags(&self) -> Vec<(String, String)> {
        let list = self.input.get("Tags").and_then(Value::as_array);
        let pair = |one: &Value| {
            Some((one.get("Key")?.as_str()?.to_owned(), one.get("Value")?.as_str()?.to_owned()))
        };
        list.into_iter().flatten().filter_map(pair).collect()
    }

    /// A page of a list under its name.
    fn page(&self, name: &str, all: Vec<Value>) -> Result<Value, Refusal> {
        let size = self.input.get("MaxResults").and_then(Value::as_i64).unwrap_or(PAGE).clamp(1, PAGE);
        let size = usize::try_from(size).unwrap_or(1);
        let (all, next) = page::of(all, self.option("NextToken"), size)
            .map_err(|_| Refusal::new(400, "InvalidInputException", "The provided NextToken is invalid."))?;
        let mut answer = json!({name: all});
        if next.is_string() {
            answer["NextToken"] = next;
        }
        Ok(answer)
    }
}

/// Seconds, as JSON services write times.
fn seconds(milliseconds: i64) -> f64 {
    milliseconds as f64 / 1000.0
}

impl World {
    /// The organization an account belongs to.
    pub(super) fn organization_of(&self, account: &str) -> Option<&Organization> {
        self.organizations.values().find(|one| one.accounts.contains_key(account))
    }

    /// Whether an account was closed.
    pub(super) fn is_suspended(&self, account: &str) -> bool {
        self.organization_of(account).is_some_and(|own| own.suspended(account))
    }

    /// Makes the accounts that are due.
    pub(super) fn advance_organization(&mut self, management: &str, now: i64) {
        accounts::finish(self, management, now);
    }

    /// Has the accounts made that were being made when the state was written down.
    pub(super) fn resume_organizations(&mut self) {
        let now = self.clock.now();
        let all: Vec<String> = self.organizations.keys().cloned().collect();
        for account in all {
            let place = Place { account, region: "us-east-1".to_owned() };
            self.agenda.note(now, &place, Due::Organization);
        }
    }
}
