//! Stack sets as such: created, described, listed, deleted. Their instances and operations are another file's.

use super::super::caller::partition;
use super::super::identifiers;
use super::super::language::Template;
use super::super::refusal::Refusal;
use super::super::stack_set::StackSet;
use super::super::world::Place;
use super::{Call, page};
use serde_json::{Value, json};

pub(super) fn create(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let name = call.input.required("StackSetName")?.to_owned();
    if call.input.text("PermissionModel") == Some("SERVICE_MANAGED") {
        return Err(Refusal::validation(
            "You must enable organizations access to operate a service managed stack set",
        ));
    }
    if call.found(&name).is_some() {
        let text = format!("StackSet {name} already exists");
        return Err(Refusal::new(409, "NameAlreadyExistsException", text));
    }
    let now = call.now.to_string();
    let Place { account, region } = call.place.clone();
    let id = format!(
        "{name}:{}",
        identifiers::uuid(call.world.seed, &["stack set", &account, &region, &name, &now])
    );
    let arn = format!("arn:{}:cloudformation:{region}:{account}:stackset/{id}", partition(&region));
    let mut set = StackSet { name: name.clone(), id: id.clone(), arn, ..StackSet::default() };
    call.describe_set(&mut set)?;
    let place = call.place.clone();
    call.world.region(&place).stack_sets.insert(name, set);
    call.world.store.region_changed(&place);
    Ok(json!({"StackSetId": id}))
}

pub(super) fn describe(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let set = call.set()?;
    let mut regions: Vec<&String> = set.instances.iter().map(|one| &one.target.region).collect();
    regions.sort();
    regions.dedup();
    let pairs = |list: &[(String, String)], key: &str, value: &str| -> Vec<Value> {
        list.iter().map(|(name, text)| json!({key: name, value: text})).collect()
    };
    Ok(json!({"StackSet": {
        "StackSetName": set.name,
        "StackSetId": set.id,
        "StackSetARN": set.arn,
        "Description": set.description,
        "Status": "ACTIVE",
        "TemplateBody": set.template,
        "Parameters": pairs(&set.parameters, "ParameterKey", "ParameterValue"),
        "Capabilities": set.capabilities,
        "Tags": pairs(&set.tags, "Key", "Value"),
        "AdministrationRoleARN": set.administration_role,
        "ExecutionRoleName": set.execution_role,
        "PermissionModel": "SELF_MANAGED",
        "ManagedExecution": {"Active": false},
        "OrganizationalUnitIds": [],
        "Regions": regions,
    }}))
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let deleted = call.input.text("Status") == Some("DELETED");
    let region = call.world.regions.get(&call.place).filter(|_| !deleted);
    let shown = |set: &StackSet| {
        json!({
            "StackSetName": set.name,
            "StackSetId": set.id,
            "Description": set.description,
            "Status": "ACTIVE",
            "PermissionModel": "SELF_MANAGED",
            "DriftStatus": "NOT_CHECKED",
            "ManagedExecution": {"Active": false},
        })
    };
    let sets = region.into_iter().flat_map(|region| region.stack_sets.values()).map(shown).collect();
    let (sets, next) = page::of(sets, call.input.text("NextToken"), call.page_size()?)?;
    Ok(json!({"Summaries": sets, "NextToken": next}))
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let name = call.input.required("StackSetName")?;
    let Some(name) = call.found(name).map(|set| set.name.clone()) else { return Ok(json!({})) };
    call.idle(&name)?;
    if call.found(&name).is_some_and(|set| !call.standing(set).is_empty()) {
        return Err(Refusal::new(409, "StackSetNotEmptyException", "StackSet is not empty"));
    }
    let place = call.place.clone();
    call.world.region(&place).stack_sets.remove(&name);
    call.world.store.region_changed(&place);
    Ok(json!({}))
}

impl Call<'_> {
    /// The stack set of a name or id.
    pub(super) fn found(&self, name: &str) -> Option<&StackSet> {
        let sets = &self.world.regions.get(&self.place)?.stack_sets;
        sets.get(name).or_else(|| sets.values().find(|set| set.id == name || set.arn == name))
    }

    /// The stack set of the request.
    pub(super) fn set(&self) -> Result<&StackSet, Refusal> {
        let name = self.input.required("StackSetName")?;
        let missing = || Refusal::new(404, "StackSetNotFoundException", format!("StackSet {name} not found"));
        self.found(name).ok_or_else(missing)
    }

    /// Takes over what the request says of a stack set; what it does not say stays.
    pub(super) fn describe_set(&self, set: &mut StackSet) -> Result<(), Refusal> {
        if self.input.flag("UsePreviousTemplate")? != Some(true) {
            set.template = self.template(None)?;
            Template::read(&set.template)?;
        }
        if let Some(parameters) = self.pairs("Parameters", &set.parameters)? {
            set.parameters = parameters;
        }
        if let Some(list) = self.input.list("Tags") {
            let pair = |one: &super::Input| -> Result<(String, String), Refusal> {
                Ok((one.required("Key")?.to_owned(), one.required("Value")?.to_owned()))
            };
            set.tags = list.into_iter().map(pair).collect::<Result<_, _>>()?;
        }
        let text = |name: &str| self.input.text(name).map(str::to_owned);
        set.capabilities = self.input.texts("Capabilities").unwrap_or_else(|| set.capabilities.clone());
        set.description = text("Description").or_else(|| set.description.take());
        set.administration_role = text("AdministrationRoleARN").or_else(|| set.administration_role.take());
        set.execution_role = text("ExecutionRoleName").or_else(|| set.execution_role.take());
        Ok(())
    }

    /// Parameters of a request by their names; those that keep their value take it from the old ones.
    pub(super) fn pairs(
        &self,
        field: &str,
        old: &[(String, String)],
    ) -> Result<Option<Vec<(String, String)>>, Refusal> {
        let Some(list) = self.input.list(field) else { return Ok(None) };
        let mut pairs = Vec::new();
        for one in list {
            let name = one.required("ParameterKey")?;
            let kept = old.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
            let previous = one.flag("UsePreviousValue")? == Some(true);
            let value = if previous { kept } else { one.text("ParameterValue") };
            pairs.push((name.to_owned(), value.unwrap_or_default().to_owned()));
        }
        Ok(Some(pairs))
    }
}
