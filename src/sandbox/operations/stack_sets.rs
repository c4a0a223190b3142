//! Stack sets as such: created, described, listed, deleted. Their instances and operations are other files'.

use super::super::language::Template;
use super::super::refusal::Refusal;
use super::super::stack_set::{ServiceManaged, StackSet};
use super::stack_set_requests::idle;
use super::{Call, stack_set_drift};
use serde_json::{Value, json};

/// How many stack sets an administrator account may have in a region: AWS's quota.
const MOST_SETS: usize = 1000;

pub(super) fn create(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let name = call.input.required("StackSetName")?.to_owned();
    let place = call.set_place()?;
    let mut set = call.new_set(&name, &place);
    call.describe_set(&mut set)?;
    if let Some(known) = call.found(&name)? {
        return again(known, &set);
    }
    let sets = call.world.region(&place).stack_sets.values().filter(|set| !set.deleted).count();
    if sets >= MOST_SETS {
        let text = format!("The limit of {MOST_SETS} StackSets has been reached");
        return Err(Refusal::new(400, "LimitExceededException", text));
    }
    let (id, now) = (set.id.clone(), call.now);
    call.world.put_set(&place, set, now);
    Ok(json!({"StackSetId": id}))
}

/// The answer to the creation of a set that exists: the same one when the request is the same.
fn again(known: &StackSet, asked: &StackSet) -> Result<Value, Refusal> {
    if asked.token.is_none() || known.token != asked.token {
        let text = format!("StackSet {} already exists", known.name);
        return Err(Refusal::new(409, "NameAlreadyExistsException", text));
    }
    let content = |set: &StackSet| {
        let texts = (set.template.clone(), set.parameters.clone(), set.tags.clone());
        (texts, set.description.clone(), set.capabilities.clone())
    };
    if content(known) != content(asked) {
        let text = format!("StackSet {} was created by this request and has been modified since", known.name);
        return Err(Refusal::new(409, "CreatedButModifiedException", text));
    }
    Ok(json!({"StackSetId": known.id}))
}

pub(super) fn describe(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let set = call.set()?;
    let mut regions: Vec<&String> = set.instances.iter().map(|one| &one.region).collect();
    regions.sort();
    regions.dedup();
    let hidden = Template::read(&set.template).map(|template| template.parameters()).unwrap_or_default();
    let hidden = |name: &str| hidden.iter().any(|one| one.name == name && one.no_echo);
    let parameters: Vec<Value> = set
        .parameters
        .iter()
        .map(|(name, value)| {
            let value = if hidden(name) { "****" } else { value };
            json!({"ParameterKey": name, "ParameterValue": value})
        })
        .collect();
    let tags: Vec<Value> = set.tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    let units = set.service.iter().flat_map(|service| &service.targets).map(|target| &target.unit);
    let mut shown = summary(set);
    for (name, value) in [
        ("StackSetARN", json!(set.arn)),
        ("TemplateBody", json!(set.template)),
        ("Parameters", parameters.into()),
        ("Capabilities", json!(set.capabilities)),
        ("Tags", tags.into()),
        ("AdministrationRoleARN", json!(set.administration_role)),
        ("ExecutionRoleName", json!(set.execution_role)),
        ("StackSetDriftDetectionDetails", stack_set_drift::of_set(set)),
        ("OrganizationalUnitIds", json!(units.collect::<Vec<_>>())),
        ("Regions", json!(regions)),
    ] {
        shown[name] = value;
    }
    for only_listed in ["DriftStatus", "LastDriftCheckTimestamp"] {
        shown[only_listed] = Value::Null;
    }
    Ok(json!({"StackSet": shown}))
}

/// What a list tells of a set, and a description too.
fn summary(set: &StackSet) -> Value {
    let (drift, checked) = stack_set_drift::status_of_set(set);
    let automatic = |service: &ServiceManaged| {
        let depends = Some(&service.depends_on).filter(|list| !list.is_empty());
        json!({
            "Enabled": service.automatic,
            "RetainStacksOnAccountRemoval": service.retain,
            "DependsOn": depends,
        })
    };
    json!({
        "StackSetName": set.name,
        "StackSetId": set.id,
        "Description": set.description,
        "Status": if set.deleted { "DELETED" } else { "ACTIVE" },
        "AutoDeployment": set.service.as_ref().map(automatic),
        "PermissionModel": if set.service.is_some() { "SERVICE_MANAGED" } else { "SELF_MANAGED" },
        "DriftStatus": drift,
        "LastDriftCheckTimestamp": checked,
        "ManagedExecution": {"Active": set.managed_execution},
    })
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let wanted = call.input.text("Status").map(|status| status == "DELETED");
    let delegated = call.input.text("CallAs") == Some("DELEGATED_ADMIN");
    let region = call.world.regions.get(&call.set_place()?);
    let sets = region.into_iter().flat_map(|region| region.stack_sets.values());
    let sets = sets.filter(|set| wanted.is_none_or(|deleted| deleted == set.deleted));
    let sets = sets.filter(|set| !delegated || set.service.is_some()).map(summary).collect();
    let (sets, next) = call.paged(sets)?;
    Ok(json!({"Summaries": sets, "NextToken": next}))
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let name = call.input.required("StackSetName")?;
    let Some(set) = call.found(name)? else { return Ok(json!({})) };
    idle(set)?;
    if !set.instances.is_empty() {
        return Err(Refusal::new(409, "StackSetNotEmptyException", "StackSet is not empty"));
    }
    let (name, place, now) = (set.name.clone(), call.set_place()?, call.now);
    if let Some(mut set) = call.world.region(&place).stack_sets.remove(&name) {
        set.deleted = true;
        call.world.put_set(&place, set, now);
    }
    Ok(json!({}))
}

#[cfg(test)]
mod tests {
    use super::super::super::clock::{Clock, Speed};
    use super::super::super::query::Input;
    use super::super::super::store::Store;
    use super::super::super::world::{Place, World};
    use super::super::perform;
    use super::*;

    #[test]
    fn there_are_so_many_sets_and_no_more() {
        let mut world = World::new(7, Clock::new(Speed::Max, 0), Store::memory());
        let place = Place { account: "000000000000".into(), region: "us-east-1".into() };
        let mut create = |index: usize| {
            let body = "Resources: {A: {Type: AWS::SNS::Topic}}";
            let input = Input::parse(&format!("StackSetName=set-{index}&TemplateBody={body}"));
            perform(&mut world, &place, "CreateStackSet", input).unwrap()
        };
        assert!((0..MOST_SETS).all(|index| create(index).is_ok()));
        assert_eq!(create(MOST_SETS).unwrap_err().code, "LimitExceededException");
    }
}
