//! Requests for operations on the stacks of stack sets: what is to be done where. `stack_sets` does it.

use super::super::agenda::Due;
use super::super::refusal::Refusal;
use super::super::stack_set::{
    InstanceStatus, SetAction, SetStatus, StackInstance, StackSet, Target, UnitTarget,
};
use super::Call;
use super::stack_set_requests::place_of;
use serde_json::{Value, json};

/// How many stacks one import takes: inline, and by a list in a bucket.
const INLINE_IMPORTS: usize = 10;
const LISTED_IMPORTS: usize = 200;
/// How many instances a set may have: AWS's quota.
const MOST_INSTANCES: usize = 100_000;

pub(super) fn create(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let mut set = call.set()?.clone();
    let targets = call.places(&set, true)?;
    if set.instances.len().saturating_add(targets.len()) > MOST_INSTANCES {
        let text = format!("The limit of {MOST_INSTANCES} stack instances of a StackSet has been reached");
        return Err(Refusal::new(400, "LimitExceededException", text));
    }
    let overrides = call.overrides(&set, &[])?;
    let operation = call.operation(&set, SetAction::Create, targets)?;
    for target in &operation.targets {
        let known = set.instances.iter().position(|one| target.is_of(one));
        let index = known.unwrap_or_else(|| {
            set.instances.push(StackInstance::new(target, &operation.id));
            set.instances.len() - 1
        });
        if let Some(overrides) = &overrides {
            set.instances[index].overrides.clone_from(overrides);
        }
    }
    let regions = call.regions()?;
    let units = operation.deployment.clone().map(|deployment| deployment.units).unwrap_or_default();
    if let Some(service) = &mut set.service {
        for unit in units {
            match service.targets.iter_mut().find(|known| known.unit == unit) {
                None => service.targets.push(UnitTarget { unit, regions: regions.clone() }),
                Some(known) => {
                    let new = regions.iter().filter(|region| !known.regions.contains(region));
                    let new: Vec<String> = new.cloned().collect();
                    known.regions.extend(new);
                }
            }
        }
    }
    call.keep(set, operation)
}

pub(super) fn update(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let mut set = call.set()?.clone();
    let targets = existing(call, &set)?;
    call.overrides(&set, &[])?;
    let operation = call.operation(&set, SetAction::Update, targets)?;
    for instance in &mut set.instances {
        if operation.targets.iter().any(|target| target.is_of(instance))
            && let Some(overrides) = call.pairs("ParameterOverrides", &instance.overrides)?
        {
            instance.overrides = overrides;
        }
    }
    call.keep(set, operation)
}

/// The places of the request, in each of which there must be an instance.
fn existing(call: &Call<'_>, set: &StackSet) -> Result<Vec<Target>, Refusal> {
    let targets = call.places(set, false)?;
    if set.service.is_some() {
        // Through units, whatever there is of it is meant.
        return Ok(targets
            .into_iter()
            .filter(|one| set.instance(&one.account, &one.region).is_some())
            .collect());
    }
    match targets.iter().find(|one| set.instance(&one.account, &one.region).is_none()) {
        None => Ok(targets),
        Some(target) => Err(absent(&target.account, &target.region)),
    }
}

/// The refusal of an instance that is not there.
pub(super) fn absent(account: &str, region: &str) -> Refusal {
    let text = format!("Stack instance for account {account} and region {region} not found");
    Refusal::new(404, "StackInstanceNotFoundException", text)
}

pub(super) fn update_set(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let mut set = call.set()?.clone();
    let mut targets: Vec<Target> = set
        .instances
        .iter()
        .filter(|one| one.status != InstanceStatus::Inoperable)
        .map(|one| Target::new(&one.account, &one.region, one.unit.clone()))
        .collect();
    if call.selective() {
        let wanted = existing(call, &set)?;
        targets.retain(|one| wanted.iter().any(|two| one.place() == two.place()));
    }
    let mut operation = call.operation(&set, SetAction::Update, targets)?;
    operation.whole = true;
    let before = (set.template.clone(), set.parameters.clone(), set.tags.clone());
    call.describe_set(&mut set)?;
    if before != (set.template.clone(), set.parameters.clone(), set.tags.clone()) {
        let working = |one: &&mut StackInstance| one.status == InstanceStatus::Current;
        set.instances.iter_mut().filter(working).for_each(|one| one.status = InstanceStatus::Outdated);
    }
    call.keep(set, operation)
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let retain = call.input.flag("RetainStacks")?.ok_or_else(|| Refusal::missing("retainStacks"))?;
    let mut set = call.set()?.clone();
    let mut targets = call.places(&set, false)?;
    targets.retain(|target| set.instance(&target.account, &target.region).is_some());
    let mut operation = call.operation(&set, SetAction::Delete, targets)?;
    operation.retain = retain;
    let regions = call.regions()?;
    let deployment = operation.deployment.clone().unwrap_or_default();
    let entire = matches!(deployment.filter.as_deref(), None | Some("NONE" | "UNION"));
    if let Some(service) = &mut set.service {
        for known in service.targets.iter_mut().filter(|one| entire && deployment.units.contains(&one.unit)) {
            known.regions.retain(|region| !regions.contains(region));
        }
        service.targets.retain(|known| !known.regions.is_empty());
    }
    call.keep(set, operation)
}

pub(super) fn import(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let mut set = call.set()?.clone();
    let (ids, most) = match (call.input.texts("StackIds"), call.input.text("StackIdsUrl")) {
        (Some(ids), None) => (ids, INLINE_IMPORTS),
        (None, Some(url)) => (call.listed(url)?, LISTED_IMPORTS),
        _ => return Err(Refusal::validation("Specify either StackIds or StackIdsUrl")),
    };
    if ids.len() > most {
        let text = format!("You can import up to {most} stacks at a time");
        return Err(Refusal::new(400, "LimitExceededException", text));
    }
    let mut targets = Vec::new();
    for id in ids {
        let missing =
            || Refusal::new(404, "StackNotFoundException", format!("Stack with id {id} does not exist"));
        let place = place_of(&id).ok_or_else(missing)?;
        let stack = call.world.stack(&place, &id).filter(|stack| stack.lives()).ok_or_else(missing)?;
        if set.instance(&place.account, &place.region).is_some() {
            let text =
                format!("There is a stack instance in account {} and region {}", place.account, place.region);
            return Err(Refusal::new(400, "InvalidOperationException", text));
        }
        let unit = call.unit_of(&set, &place.account)?;
        let mut target = Target::new(&place.account, &place.region, unit);
        target.stack_id = Some(stack.id.clone());
        targets.push(target);
    }
    let mut operation = call.operation(&set, SetAction::Create, targets)?;
    operation.import = true;
    for target in &operation.targets {
        set.instances.push(StackInstance::new(target, &operation.id));
    }
    call.keep(set, operation)
}

pub(super) fn stop(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let mut set = call.set()?.clone();
    let id = call.input.required("OperationId")?.to_owned();
    let now = call.now;
    let found = set.operations.iter_mut().find(|operation| operation.id == id);
    let operation = found.ok_or_else(|| unknown(&id))?;
    match operation.status {
        SetStatus::Running | SetStatus::Queued => operation.status = SetStatus::Stopping,
        status => {
            let text = format!("Operation {id} is in {} state and can not be stopped", status.text());
            return Err(Refusal::new(400, "InvalidOperationException", text));
        }
    }
    let (place, name) = (call.set_place()?, set.key());
    call.world.put_set(&place, set, now);
    // What was not begun is cancelled at once; what was goes on to its end.
    call.world.agenda.note(now, &place, Due::StackSet(name));
    Ok(json!({}))
}

/// The refusal of an operation that is not there.
pub(super) fn unknown(id: &str) -> Refusal {
    Refusal::new(404, "OperationNotFoundException", format!("Operation {id} not found"))
}

impl Call<'_> {
    /// The unit to which an imported stack belongs: one of those that the request names.
    fn unit_of(&self, set: &StackSet, account: &str) -> Result<Option<String>, Refusal> {
        if set.service.is_none() {
            return Ok(None);
        }
        let units = self.input.texts("OrganizationalUnitIds").unwrap_or_default();
        let organization = self.world.organizations.get(&self.set_place()?.account);
        let above = organization.map(|organization| organization.above(account)).unwrap_or_default();
        let unit = units.into_iter().find(|unit| above.contains(unit));
        let text = format!("Account {account} does not belong to the specified OrganizationalUnitIds");
        unit.map(Some).ok_or_else(|| Refusal::validation(text))
    }
}
