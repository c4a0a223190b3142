//! The stacks of stack sets: created, updated and deleted by operations, which this file also tells of.
//!
//! All targets of an operation are worked on at once: neither the order of regions nor the number at a time is simulated.

use super::super::identifiers;
use super::super::query::Input;
use super::super::refusal::Refusal;
use super::super::stack::Stack;
use super::super::stack_set::{SetAction, SetOperation, SetStatus, StackInstance, StackSet, Target};
use super::super::status::StackStatus;
use super::{Call, stacks};
use serde_json::Value;

pub(super) fn create(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let mut set = call.set()?.clone();
    let targets = call.targets()?;
    let overrides = call.pairs("ParameterOverrides", &[])?.unwrap_or_default();
    let mut operation = call.operation(&set, SetAction::Create)?;
    for (account, region) in targets {
        let known = set.instance(&account, &region).cloned();
        let target = match known {
            Some(one) if one.target.stack_id.is_some() => one.target,
            _ => call.begin(&set, &overrides, Target { account, region, stack_id: None, refused: None }),
        };
        set.instances.retain(|one| one.target.place() != target.place());
        operation.targets.push(target.clone());
        let (overrides, operation) = (overrides.clone(), operation.id.clone());
        set.instances.push(StackInstance { target, overrides, operation });
    }
    call.keep(set, operation)
}

pub(super) fn update_set(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let mut set = call.set()?.clone();
    let mut operation = call.operation(&set, SetAction::Update)?;
    call.describe_set(&mut set)?;
    let mut instances = call.standing(&set);
    for instance in &mut instances {
        let target = Target { refused: None, ..instance.target.clone() };
        instance.target = call.begin(&set, &instance.overrides, target);
        instance.operation.clone_from(&operation.id);
        operation.targets.push(instance.target.clone());
    }
    set.instances = instances;
    call.keep(set, operation)
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let retain = call.input.flag("RetainStacks")?.ok_or_else(|| Refusal::missing("retainStacks"))?;
    let mut set = call.set()?.clone();
    let targets = call.targets()?;
    let mut operation = call.operation(&set, SetAction::Delete)?;
    operation.retain = retain;
    for (account, region) in targets {
        let Some(instance) = set.instance(&account, &region) else { continue };
        let mut target = instance.target.clone();
        if let Some(id) = target.stack_id.clone().filter(|_| !retain) {
            let pairs = [("StackName".to_owned(), id)];
            target.refused =
                call.elsewhere(&target, &pairs, stacks::delete).err().map(|refusal| refusal.message);
        }
        operation.targets.push(target);
    }
    for target in operation.targets.iter().filter(|target| retain || target.stack_id.is_none()) {
        set.instances.retain(|one| one.target.place() != target.place());
    }
    for one in &mut set.instances {
        if operation.targets.iter().any(|target| target.place() == one.target.place()) {
            one.operation.clone_from(&operation.id);
        }
    }
    call.keep(set, operation)
}

impl Call<'_> {
    /// The accounts and regions of a request.
    fn targets(&self) -> Result<Vec<(String, String)>, Refusal> {
        let direct = self.input.texts("Accounts");
        let through = self.input.structure("DeploymentTargets").and_then(|targets| targets.texts("Accounts"));
        let accounts = direct.or(through).unwrap_or_default();
        let regions = self.input.texts("Regions").ok_or_else(|| Refusal::missing("regions"))?;
        if accounts.is_empty() {
            return Err(Refusal::validation("Accounts must be specified for a self managed stack set"));
        }
        let pairs = |region: &String| -> Vec<(String, String)> {
            accounts.iter().map(|account| (account.clone(), region.clone())).collect()
        };
        Ok(regions.iter().flat_map(pairs).collect())
    }

    /// A new operation on a set, if none runs and its identifier is new.
    fn operation(&self, set: &StackSet, action: SetAction) -> Result<SetOperation, Refusal> {
        self.idle(&set.name)?;
        let count = set.operations.len().to_string();
        let drawn = || identifiers::uuid(self.world.seed, &["set operation", &set.id, &count]);
        let id = self.input.text("OperationId").map_or_else(drawn, str::to_owned);
        if set.operations.iter().any(|known| known.id == id) {
            let text = format!("Operation {id} already exists");
            return Err(Refusal::new(409, "OperationIdAlreadyExistsException", text));
        }
        let tolerance = match self.input.structure("OperationPreferences") {
            Some(preferences) => preferences.integer("FailureToleranceCount")?.unwrap_or(0),
            None => 0,
        };
        let tolerance = usize::try_from(tolerance).unwrap_or(0);
        Ok(SetOperation { id, action, started_at: self.now, targets: Vec::new(), retain: false, tolerance })
    }

    /// Refuses when an operation runs on a set.
    pub(super) fn idle(&self, name: &str) -> Result<(), Refusal> {
        let Some(set) = self.found(name) else { return Ok(()) };
        let running = |operation: &&SetOperation| self.outcome(operation) == SetStatus::Running;
        match set.operations.iter().find(running) {
            None => Ok(()),
            Some(operation) => {
                let text =
                    format!("Another Operation on StackSet {} is in progress: {}", set.arn, operation.id);
                Err(Refusal::new(409, "OperationInProgressException", text))
            }
        }
    }

    /// Creates or updates the stack of a target.
    fn begin(&mut self, set: &StackSet, overrides: &[(String, String)], mut target: Target) -> Target {
        let mut pairs = vec![("TemplateBody".to_owned(), set.template.clone())];
        let own = |name: &String| overrides.iter().find(|(known, _)| known == name);
        for (index, (name, value)) in set.parameters.iter().enumerate() {
            let value = own(name).map_or(value, |(_, value)| value);
            pairs.push((format!("Parameters.member.{}.ParameterKey", index + 1), name.clone()));
            pairs.push((format!("Parameters.member.{}.ParameterValue", index + 1), value.clone()));
        }
        for (index, (key, value)) in set.tags.iter().enumerate() {
            pairs.push((format!("Tags.member.{}.Key", index + 1), key.clone()));
            pairs.push((format!("Tags.member.{}.Value", index + 1), value.clone()));
        }
        let capabilities = set.capabilities.iter().enumerate();
        pairs.extend(
            capabilities.map(|(index, one)| (format!("Capabilities.member.{}", index + 1), one.clone())),
        );
        let known = target.stack_id.clone();
        let name = known.clone().unwrap_or_else(|| {
            let end = identifiers::uuid(self.world.seed, &[&set.id, &target.account, &target.region]);
            format!("StackSet-{}-{end}", set.name)
        });
        pairs.push(("StackName".to_owned(), name));
        let answer = if known.is_some() {
            self.elsewhere(&target, &pairs, stacks::update)
        } else {
            pairs.push(("OnFailure".to_owned(), "DELETE".to_owned()));
            self.elsewhere(&target, &pairs, stacks::create)
        };
        match answer {
            Ok(answer) => target.stack_id = answer["StackId"].as_str().map(str::to_owned).or(known),
            Err(refusal) if refusal.message == "No updates are to be performed." => {}
            Err(refusal) => target.refused = Some(refusal.message),
        }
        target
    }

    /// Carries out an ordinary operation in the account and region of a target.
    fn elsewhere(
        &mut self,
        target: &Target,
        pairs: &[(String, String)],
        operation: super::Operation,
    ) -> Result<Value, Refusal> {
        let mut call = Call {
            world: &mut *self.world,
            place: target.place(),
            input: Input::of(pairs),
            now: self.now,
            host: self.host.clone(),
        };
        operation(&mut call)
    }

    fn keep(&mut self, mut set: StackSet, operation: SetOperation) -> Result<Value, Refusal> {
        let answer = serde_json::json!({"OperationId": operation.id});
        set.operations.push(operation);
        let place = self.place.clone();
        self.world.region(&place).stack_sets.insert(set.name.clone(), set);
        self.world.store.region_changed(&place);
        Ok(answer)
    }

    /// The stack of a target, while it is there.
    fn stack_of(&self, target: &Target) -> Option<&Stack> {
        let stack = self.world.stack(&target.place(), target.stack_id.as_deref()?)?;
        Some(stack).filter(|stack| stack.lives())
    }

    /// How far an operation has come on one of its targets.
    pub(super) fn result(&self, operation: &SetOperation, target: &Target) -> SetStatus {
        let stack = self.stack_of(target);
        match (operation.action, stack) {
            _ if target.refused.is_some() => SetStatus::Failed,
            (SetAction::Delete, _) if operation.retain => SetStatus::Succeeded,
            (_, Some(stack)) if stack.status.busy() => SetStatus::Running,
            (SetAction::Delete, None) => SetStatus::Succeeded,
            (SetAction::Create | SetAction::Update, Some(stack))
                if matches!(stack.status, StackStatus::CreateComplete | StackStatus::UpdateComplete) =>
            {
                SetStatus::Succeeded
            }
            _ => SetStatus::Failed,
        }
    }

    /// How far an operation has come.
    pub(super) fn outcome(&self, operation: &SetOperation) -> SetStatus {
        let results: Vec<SetStatus> =
            operation.targets.iter().map(|target| self.result(operation, target)).collect();
        let failed = |region: &str| {
            let results = operation.targets.iter().zip(&results);
            results
                .filter(|(target, result)| target.region == region && **result == SetStatus::Failed)
                .count()
        };
        if results.contains(&SetStatus::Running) {
            SetStatus::Running
        } else if operation.targets.iter().any(|target| failed(&target.region) > operation.tolerance) {
            SetStatus::Failed
        } else {
            SetStatus::Succeeded
        }
    }

    /// The instances of a set that have not been deleted.
    pub(super) fn standing(&self, set: &StackSet) -> Vec<StackInstance> {
        let gone = |one: &StackInstance| {
            let deletion = set.operations.iter().find(|operation| operation.id == one.operation);
            deletion.is_some_and(|operation| operation.action == SetAction::Delete)
                && self.stack_of(&one.target).is_none()
        };
        set.instances.iter().filter(|one| !gone(one)).cloned().collect()
    }
}
