//! What requests say of stack sets and of operations on them.

use super::super::caller::partition;
use super::super::identifiers;
use super::super::language::Template;
use super::super::refusal::Refusal;
use super::super::stack::Wish;
use super::super::stack_set::{
    DetailedStatus, InstanceStatus, Preferences, ServiceManaged, SetAction, SetOperation, SetStatus, Share,
    StackSet, Target,
};
use super::super::stack_sets::ordered;
use super::super::world::Place;
use super::wish::Reading;
use super::{Call, Input};
use serde_json::{Value, json};

/// The refusal of a set that is not there.
pub(super) fn missing(name: &str) -> Refusal {
    Refusal::new(404, "StackSetNotFoundException", format!("StackSet {name} not found"))
}

impl Call<'_> {
    /// Where the stack sets of the request are: a delegated administrator works in the management account.
    pub(super) fn set_place(&self) -> Result<Place, Refusal> {
        if self.input.text("CallAs") != Some("DELEGATED_ADMIN") {
            return Ok(self.place.clone());
        }
        let account = self.world.delegating(&self.place.account);
        let account =
            account.ok_or_else(|| Refusal::validation("Account used is not a delegated administrator"))?;
        Ok(Place { account, region: self.place.region.clone() })
    }

    /// The stack set of a name or id, unless it was deleted.
    pub(super) fn found(&self, name: &str) -> Result<Option<&StackSet>, Refusal> {
        let Some(region) = self.world.regions.get(&self.set_place()?) else { return Ok(None) };
        let named = |set: &&StackSet| !set.deleted && (set.id == name || set.arn == name);
        let direct = region.stack_sets.get(name).filter(|set| !set.deleted);
        Ok(direct.or_else(|| region.stack_sets.values().find(named)))
    }

    /// The stack set of the request.
    pub(super) fn set(&self) -> Result<&StackSet, Refusal> {
        let name = self.input.required("StackSetName")?;
        self.found(name)?.ok_or_else(|| missing(name))
    }

    /// A set that has nothing yet but a name.
    pub(super) fn new_set(&self, name: &str, place: &Place) -> StackSet {
        let Place { account, region } = place;
        let earlier = self.world.regions.get(place).map_or(0, |region| region.stack_sets.len());
        let (now, earlier) = (self.now.to_string(), earlier.to_string());
        let parts = ["stack set", account, region, name, &now, &earlier];
        let id = format!("{name}:{}", identifiers::uuid(self.world.seed, &parts));
        let arn = format!("arn:{}:cloudformation:{region}:{account}:stackset/{id}", partition(region));
        let token = self.input.text("ClientRequestToken").map(str::to_owned);
        StackSet { name: name.to_owned(), id, arn, token, ..StackSet::default() }
    }

    /// Takes over what the request says of a stack set; what it does not say stays.
    pub(super) fn describe_set(&self, set: &mut StackSet) -> Result<(), Refusal> {
        if self.input.flag("UsePreviousTemplate")? != Some(true) || set.template.is_empty() {
            set.template = match self.input.text("StackId") {
                Some(id) => self.template_of(id)?,
                None => self.template(None)?,
            };
        }
        let template = Template::read(&set.template)?;
        if let Some(parameters) = self.pairs("Parameters", &set.parameters)? {
            set.parameters = parameters;
        }
        declared(&template, &set.parameters)?;
        if let Some(list) = self.input.list("Tags") {
            let pair = |one: &Input| -> Result<(String, String), Refusal> {
                Ok((one.required("Key")?.to_owned(), one.required("Value")?.to_owned()))
            };
            set.tags = list.into_iter().map(pair).collect::<Result<_, _>>()?;
        }
        let text = |name: &str| self.input.text(name).map(str::to_owned);
        set.capabilities = self.input.texts("Capabilities").unwrap_or_else(|| set.capabilities.clone());
        let wish = Wish { capabilities: set.capabilities.clone(), ..Wish::default() };
        self.acknowledged(&Reading { wish, template }, true)?;
        set.description = text("Description").or_else(|| set.description.take());
        set.administration_role = text("AdministrationRoleARN").or_else(|| set.administration_role.take());
        set.execution_role = text("ExecutionRoleName").or_else(|| set.execution_role.take());
        self.describe_permissions(set)?;
        let managed = self.input.structure("ManagedExecution").map(|one| one.flag("Active")).transpose()?;
        let managed = managed.flatten().unwrap_or(set.managed_execution);
        if managed != set.managed_execution && !set.idle() {
            let text = "The execution configuration can not be modified while there are running or queued operations";
            return Err(Refusal::new(400, "InvalidOperationException", text));
        }
        set.managed_execution = managed;
        Ok(())
    }

    fn describe_permissions(&self, set: &mut StackSet) -> Result<(), Refusal> {
        match self.input.text("PermissionModel") {
            Some("SERVICE_MANAGED") if set.service.is_none() => {
                if !self.world.stack_sets_trusted(&self.set_place()?.account) {
                    return Err(Refusal::validation(
                        "You must enable organizations access to operate a service managed stack set",
                    ));
                }
                self.without_instances(set)?;
                set.service = Some(ServiceManaged::default());
            }
            Some("SELF_MANAGED") if set.service.is_some() => {
                self.without_instances(set)?;
                set.service = None;
            }
            _ => {}
        }
        let Some(wanted) = self.input.structure("AutoDeployment") else { return Ok(()) };
        let Some(service) = &mut set.service else {
            return Err(Refusal::validation(
                "AutoDeployment can only be specified for StackSets with SERVICE_MANAGED permission model",
            ));
        };
        let retain = wanted.flag("RetainStacksOnAccountRemoval")?;
        service.automatic = wanted.flag("Enabled")?.unwrap_or(service.automatic);
        if retain.is_some() && !service.automatic {
            return Err(Refusal::validation(
                "RetainStacksOnAccountRemoval can not be specified when AutoDeployment is not enabled",
            ));
        }
        service.retain = retain.or(service.retain.filter(|_| service.automatic));
        if let Some(sets) = wanted.texts("DependsOn") {
            if self.world.circular(&set.arn, &sets) {
                return Err(Refusal::validation("DependsOn must not form a circle of StackSets"));
            }
            service.depends_on = sets;
        }
        Ok(())
    }

    fn without_instances(&self, set: &StackSet) -> Result<(), Refusal> {
        match set.instances.is_empty() {
            true => Ok(()),
            false => Err(Refusal::validation(
                "The permission model of a StackSet that has stack instances can not be changed",
            )),
        }
    }

    /// The template of a stack, in whatever account it is.
    fn template_of(&self, stack_id: &str) -> Result<String, Refusal> {
        let stack = self.world.stack(&place_of(stack_id).unwrap_or_else(|| self.place.clone()), stack_id);
        let wish = stack.filter(|stack| stack.lives()).and_then(|stack| stack.wish.as_ref());
        let missing = || Refusal::validation(format!("Stack [{stack_id}] does not exist"));
        wish.map(|wish| wish.template.clone()).ok_or_else(missing)
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
            let value = match one.flag("UsePreviousValue")? == Some(true) {
                true if kept.is_none() => continue,
                true => kept,
                false => one.text("ParameterValue"),
            };
            pairs.push((name.to_owned(), value.unwrap_or_default().to_owned()));
        }
        Ok(Some(pairs))
    }

    /// The parameters that a request overrides in some places.
    pub(super) fn overrides(
        &self,
        set: &StackSet,
        old: &[(String, String)],
    ) -> Result<Option<Vec<(String, String)>>, Refusal> {
        let overrides = self.pairs("ParameterOverrides", old)?;
        declared(&Template::read(&set.template)?, overrides.as_deref().unwrap_or_default())?;
        Ok(overrides)
    }

    /// A new operation on a set: refused, or queued, while another one runs.
    pub(super) fn operation(
        &self,
        set: &StackSet,
        action: SetAction,
        targets: Vec<Target>,
    ) -> Result<SetOperation, Refusal> {
        let count = set.operations.len().to_string();
        let drawn = || identifiers::uuid(self.world.seed, &["set operation", &set.id, &count]);
        let id = self.input.text("OperationId").map_or_else(drawn, str::to_owned);
        if set.operations.iter().any(|known| known.id == id) {
            let text = format!("Operation {id} already exists");
            return Err(Refusal::new(409, "OperationIdAlreadyExistsException", text));
        }
        if !set.managed_execution {
            idle(set)?;
        }
        let status = if set.idle() { SetStatus::Running } else { SetStatus::Queued };
        let preferences = self.preferences()?;
        Ok(SetOperation {
            id,
            action,
            status,
            started_at: self.now,
            ended_at: None,
            targets: ordered(targets, &preferences),
            retain: false,
            import: false,
            automatic: false,
            whole: false,
            preferences,
            deployment: self.deployment()?,
        })
    }

    fn preferences(&self) -> Result<Preferences, Refusal> {
        let Some(given) = self.input.structure("OperationPreferences") else {
            return Ok(Preferences::default());
        };
        let text = |name: &str| given.text(name).map(str::to_owned);
        Ok(Preferences {
            region_order: given.texts("RegionOrder").unwrap_or_default(),
            region_concurrency: text("RegionConcurrencyType"),
            tolerance: share(given, "FailureToleranceCount", "FailureTolerancePercentage", 0)?,
            concurrent: share(given, "MaxConcurrentCount", "MaxConcurrentPercentage", 1)?,
            concurrency_mode: text("ConcurrencyMode"),
        })
    }

    /// Adds an operation to its set, and marks the instances that it will touch.
    pub(super) fn keep(&mut self, mut set: StackSet, operation: SetOperation) -> Result<Value, Refusal> {
        let answer = json!({"OperationId": operation.id});
        for instance in &mut set.instances {
            if !operation.targets.iter().any(|target| target.is_of(instance)) {
                continue;
            }
            instance.operation.clone_from(&operation.id);
            if operation.action != SetAction::DetectDrift {
                instance.detail = DetailedStatus::Pending;
                instance.reason = None;
            }
            if matches!(operation.action, SetAction::Create | SetAction::Update) {
                instance.status = InstanceStatus::Outdated;
            }
        }
        set.operations.push(operation);
        let place = self.set_place()?;
        self.world.put_set(&place, set, self.now);
        Ok(answer)
    }
}

/// Refuses when an operation runs on a set.
pub(super) fn idle(set: &StackSet) -> Result<(), Refusal> {
    match set.operations.iter().find(|operation| operation.open()) {
        None => Ok(()),
        Some(operation) => {
            let text = format!("Another Operation on StackSet {} is in progress: {}", set.arn, operation.id);
            Err(Refusal::new(409, "OperationInProgressException", text))
        }
    }
}

/// Account and region of an ARN.
pub(super) fn place_of(arn: &str) -> Option<Place> {
    let mut parts = arn.split(':').skip(3);
    let (region, account) = (parts.next()?, parts.next()?);
    Some(Place { account: account.to_owned(), region: region.to_owned() })
}

/// Refuses parameters that the template does not declare.
fn declared(template: &Template, given: &[(String, String)]) -> Result<(), Refusal> {
    let known = template.parameters();
    let unknown: Vec<&str> = given
        .iter()
        .map(|(name, _)| name.as_str())
        .filter(|name| !known.iter().any(|one| one.name == *name))
        .collect();
    match unknown.is_empty() {
        true => Ok(()),
        false => {
            let text = format!("Parameters: [{}] do not exist in the template", unknown.join(", "));
            Err(Refusal::validation(text))
        }
    }
}

fn share(given: &Input, count: &str, percentage: &str, least: i64) -> Result<Option<Share>, Refusal> {
    let number = |value: i64| usize::try_from(value.max(least)).unwrap_or_default();
    match (given.integer(count)?, given.integer(percentage)?) {
        (Some(_), Some(_)) => {
            Err(Refusal::validation(format!("You can specify either {count} or {percentage}, but not both")))
        }
        (Some(value), None) => Ok(Some(Share::Count(number(value)))),
        (None, Some(value)) => Ok(Some(Share::Percentage(number(value.min(100))))),
        (None, None) => Ok(None),
    }
}
