//! CreateChangeSet, ExecuteChangeSet, DeleteChangeSet.

use super::super::change_set::{ChangeSet, ChangeSetType, DeploymentConfig};
use super::super::engine;
use super::super::identifiers;
use super::super::operation::OnFailure;
use super::super::packed::Packed;
use super::super::refusal::Refusal;
use super::super::stack::{Stack, Wish};
use super::super::status::{ChangeSetStatus, ExecutionStatus, OperationType, StackStatus};
use super::Call;
use super::stacks::{Manner, begin, named, updatable};
use super::wish::Reading;
use serde_json::{Value, json};

/// How many change sets a stack may have.
const MOST: usize = 1000;

pub(super) fn create(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let name = call.stack_name()?;
    let set_name = call.input.required("ChangeSetName")?.to_owned();
    let kind = kind(call);
    on_stack_failure(call, kind)?;
    let found = call.world.stack(&call.place, &name).filter(|stack| stack.lives());
    let review = found.is_none_or(|stack| stack.status == StackStatus::ReviewInProgress);
    if kind == ChangeSetType::Create && !review {
        return Err(Refusal::validation(format!(
            "Stack [{name}] already exists and cannot be created again with the changeSet [{set_name}]."
        )));
    }
    if kind == ChangeSetType::Update || (kind == ChangeSetType::Import && !review) {
        let stack = call.stack_in_brackets(&name)?;
        updatable(stack, true)?;
    }
    if let Some(stack) = found
        && let Some(known) = known(call, stack, &set_name)?
    {
        return Ok(known);
    }
    let reading = call.wish(found.filter(|_| !review))?;
    let id = found.map(|stack| stack.id.clone());
    let existed = id.is_some();
    let mut stack = match id.and_then(|id| call.world.take(&call.place, &id)) {
        Some(stack) => stack,
        None => call.review(&name)?,
    };
    let outcome = call.draft(&mut stack, &set_name, kind, &reading);
    if existed || outcome.is_ok() {
        call.world.put(&call.place, stack);
    }
    outcome
}

fn kind(call: &Call<'_>) -> ChangeSetType {
    match call.input.text("ChangeSetType") {
        None | Some("UPDATE") => ChangeSetType::Update,
        Some("CREATE") => ChangeSetType::Create,
        Some(_) => ChangeSetType::Import,
    }
}

/// Checks what is to happen when the stack's creation fails.
fn on_stack_failure(call: &Call<'_>, kind: ChangeSetType) -> Result<(), Refusal> {
    match call.input.text("OnStackFailure") {
        None | Some("DO_NOTHING" | "ROLLBACK") => Ok(()),
        Some("DELETE") if kind == ChangeSetType::Create => Ok(()),
        Some(_) => {
            Err(Refusal::validation("OnStackFailure can be set to DELETE only when ChangeSetType is CREATE."))
        }
    }
}

/// The answer, if a change set of this name exists and the request only repeats it; refuses another of the name.
fn known(call: &Call<'_>, stack: &Stack, name: &str) -> Result<Option<Value>, Refusal> {
    let token = call.input.text("ClientToken");
    if let Some(twin) = stack.change_sets.iter().find(|one| one.name == name && !one.executed()) {
        if token.is_some() && twin.token.as_deref() == token {
            return Ok(Some(json!({"Id": twin.id, "StackId": stack.id})));
        }
        let text = format!("ChangeSet [{}] already exists", twin.id);
        return Err(Refusal::new(400, "AlreadyExistsException", text));
    }
    if stack.change_sets.iter().filter(|one| !one.executed()).count() >= MOST {
        let text = format!("ChangeSet limit exceeded for stack {}", stack.id);
        return Err(Refusal::new(400, "LimitExceededException", text));
    }
    Ok(None)
}

impl Call<'_> {
    /// A stack that exists only to be reviewed.
    fn review(&mut self, name: &str) -> Result<Stack, Refusal> {
        named(name)?;
        let mut stack = self.fresh(name, StackStatus::ReviewInProgress);
        stack.turn(self.now, StackStatus::ReviewInProgress, Some("User Initiated"));
        Ok(stack)
    }

    fn draft(
        &self,
        stack: &mut Stack,
        name: &str,
        kind: ChangeSetType,
        reading: &Reading,
    ) -> Result<Value, Refusal> {
        let desired = self.checked(stack, reading)?;
        self.acknowledged(reading, false)?;
        let to_import = self.resources_to_import()?;
        if kind == ChangeSetType::Import {
            self.importing(stack, desired.as_deref().unwrap_or(&Default::default()), &to_import)?;
        }
        let reverts_drift = self.input.text("DeploymentMode").is_some();
        let count = stack.identifier("change set");
        let uuid = identifiers::uuid(stack.seed, &[&stack.id, name, &count]);
        let stem = stack.id.split(":stack/").next().unwrap_or_default();
        let change_set = ChangeSet {
            id: format!("{stem}:changeSet/{name}/{uuid}"),
            name: name.to_owned(),
            kind,
            status: ChangeSetStatus::CreatePending,
            execution: ExecutionStatus::Unavailable,
            reason: None,
            created_at: self.now,
            description: self.input.text("Description").map(str::to_owned),
            wish: reading.wish.clone().into(),
            difference: Packed::default(),
            on_stack_failure: self.input.text("OnStackFailure").map(str::to_owned),
            include_nested_stacks: self.input.flag("IncludeNestedStacks")?.unwrap_or(false),
            import_existing_resources: self.input.flag("ImportExistingResources")?,
            token: self.input.text("ClientToken").map(str::to_owned),
            unvalidated: self.input.flag("DisableValidation")?.unwrap_or(false),
            findings: Vec::new(),
            due: Some(self.now + 1000),
            to_import,
            imports: Default::default(),
            reverts_drift,
            reality: None,
            children: Default::default(),
            lineage: None,
            deployment: self.deployment_config()?,
        };
        let answer = json!({"Id": change_set.id, "StackId": stack.id});
        stack.change_sets.push(change_set);
        Ok(answer)
    }

    /// A change set by its ARN, or by its name and its stack.
    pub(super) fn change_set(
        &self,
        stack: Option<&str>,
        name: &str,
    ) -> Result<(&Stack, &ChangeSet), Refusal> {
        let missing = || Refusal::new(404, "ChangeSetNotFound", format!("ChangeSet [{name}] does not exist"));
        if name.starts_with("arn:") {
            let region = self.world.regions.get(&self.place).ok_or_else(missing)?;
            let of = |stack| -> Option<(&Stack, &ChangeSet)> {
                let stack: &Stack = stack;
                stack.change_sets.iter().find(|one| one.id == name).map(|one| (stack, one))
            };
            return region.stacks.values().find_map(of).ok_or_else(missing);
        }
        let Some(stack) = stack else {
            let text = "StackName must be specified if ChangeSetName is not specified as an ARN.";
            return Err(Refusal::validation(text));
        };
        let stack = self.stack_in_brackets(stack)?;
        // An executed one gives its name free, but is still found until another takes it.
        let change_set = stack.change_sets.iter().rev().find(|one| one.name == name).ok_or_else(missing)?;
        Ok((stack, change_set))
    }
}

pub(super) fn execute(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let name = call.input.required("ChangeSetName")?;
    let token = call.input.text("ClientRequestToken").map(str::to_owned);
    let disable = call.input.flag("DisableRollback")?;
    let (stack, change_set) = call.change_set(call.input.text("StackName"), name)?;
    let creating = change_set.kind == ChangeSetType::Create;
    let kind = if creating { OperationType::CreateStack } else { OperationType::UpdateStack };
    executable(change_set)?;
    let on_failure = on_failure(change_set, disable)?;
    if creating && stack.status != StackStatus::ReviewInProgress {
        let (id, status) = (&stack.id, stack.status.text());
        return Err(Refusal::validation(format!("Stack:{id} is in {status} state and can not be updated.")));
    }
    let review = stack.status == StackStatus::ReviewInProgress;
    let fresh = change_set.kind == ChangeSetType::Import && review;
    if !creating && !fresh {
        updatable(stack, on_failure == OnFailure::Keep)?;
    }
    let manner = Manner {
        on_failure,
        retain_except_on_create: call.input.flag("RetainExceptOnCreate")?.unwrap_or(false),
        token,
        policy: None,
        change_set_id: Some(change_set.id.clone()),
        lasting_policy: None,
    };
    let outlook = call.world.outlook(&call.place);
    let desired = engine::read(stack, &change_set.wish, &outlook).map_err(Refusal::validation)?;
    let (id, set_id, wish, now) =
        (stack.id.clone(), change_set.id.clone(), Wish::clone(&change_set.wish), call.now);
    let express = change_set.deployment.as_ref().is_some_and(DeploymentConfig::express);
    let others = stack.change_sets.iter().filter(|one| one.id != set_id && !one.executed());
    let others: Vec<ChangeSet> = others.filter(|one| !one.children.is_empty()).cloned().collect();
    for other in &others {
        call.world.discard(&call.place, &id, other, now);
    }
    call.change(&id, |stack| {
        stack.change_sets.retain(|one| one.id == set_id || one.executed());
        for one in stack.change_sets.iter_mut().filter(|one| one.id == set_id) {
            one.execution = ExecutionStatus::ExecuteInProgress;
        }
        stack.desired = Some(std::sync::Arc::new(desired));
        stack.disable_rollback = on_failure == OnFailure::Keep;
        stack.change_set_id = Some(set_id);
        stack.express = express;
        begin(stack, wish, kind, manner, now);
        stack.updated_at = Some(now);
        json!({})
    })
}

/// What happens when the execution fails: said with the change set, or now, but not both.
fn on_failure(change_set: &ChangeSet, disable: Option<bool>) -> Result<OnFailure, Refusal> {
    let configured = change_set.deployment.clone().unwrap_or_default();
    match (change_set.on_stack_failure.as_deref(), disable) {
        (Some(_), Some(_)) => Err(Refusal::validation(
            "Either DisableRollback or OnStackFailure can be specified, but not both. Validation error as \
             OnStackFailure parameter was specified during CreateChangeSet.",
        )),
        (Some("DELETE"), _) => Ok(OnFailure::Delete),
        (Some("DO_NOTHING"), _) => Ok(OnFailure::Keep),
        (Some(_), None) => Ok(OnFailure::Rollback),
        (None, Some(true)) => Ok(OnFailure::Keep),
        (None, Some(false)) => Ok(OnFailure::Rollback),
        (None, None) => Ok(configured.on_failure(OnFailure::Rollback)),
    }
}

fn executable(change_set: &ChangeSet) -> Result<(), Refusal> {
    let id = &change_set.id;
    let refused = |text: String| Err(Refusal::new(400, "InvalidChangeSetStatus", text));
    if change_set.status != ChangeSetStatus::CreateComplete {
        let status = change_set.status.text();
        return refused(format!("ChangeSet [{id}] cannot be executed in its current status of [{status}]"));
    }
    if change_set.execution != ExecutionStatus::Available {
        let status = change_set.execution.text();
        return refused(format!(
            "ChangeSet [{id}] cannot be executed in its current execution status of [{status}]"
        ));
    }
    Ok(())
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let name = call.input.required("ChangeSetName")?;
    let (stack, set) = match call.change_set(call.input.text("StackName"), name) {
        Ok((stack, set)) => (stack.id.clone(), set.clone()),
        Err(refusal) if refusal.code == "ChangeSetNotFound" => return Ok(json!({})),
        Err(refusal) => return Err(refusal),
    };
    if let Some(lineage) = &set.lineage {
        let text =
            format!("ChangeSet [{}] can only be deleted from root change set [{}]", set.id, lineage.root);
        return Err(Refusal::new(400, "InvalidChangeSetStatus", text));
    }
    let now = call.now;
    call.change(&stack, |stack| {
        if set.children.is_empty() || set.executed() {
            stack.change_sets.retain(|one| one.id != set.id);
        }
        // A hierarchy goes in its own time.
        for one in stack.change_sets.iter_mut().filter(|one| one.id == set.id && !deleted(one)) {
            one.status = ChangeSetStatus::DeletePending;
            one.execution = ExecutionStatus::Unavailable;
            one.due = Some(now + 1000);
        }
    })?;
    Ok(json!({}))
}

fn deleted(change_set: &ChangeSet) -> bool {
    matches!(change_set.status, ChangeSetStatus::DeletePending | ChangeSetStatus::DeleteInProgress)
}

#[cfg(test)]
mod tests {
    use super::super::super::clock::{Clock, Speed};
    use super::super::super::query::Input;
    use super::super::super::store::Store;
    use super::super::super::world::{Place, World};
    use super::super::perform;

    #[test]
    fn a_stack_has_room_for_so_many_change_sets() {
        let mut world = World::new(7, Clock::new(Speed::Max, 0), Store::memory());
        let place = Place { account: "000000000000".into(), region: "us-east-1".into() };
        let mut ask = |index: usize| {
            let form = format!(
                "StackName=s&ChangeSetName=c{index}&ChangeSetType=CREATE&TemplateBody=Resources: {{A: {{Type: AWS::SNS::Topic}}}}"
            );
            perform(&mut world, &place, "CreateChangeSet", Input::parse(&form)).expect("it is known")
        };
        for index in 0..super::MOST {
            assert!(ask(index).is_ok(), "{index}");
        }
        let refusal = ask(super::MOST).expect_err("it is full");
        assert_eq!(refusal.code, "LimitExceededException");
        assert!(
            refusal.message.starts_with("ChangeSet limit exceeded for stack arn:aws:"),
            "{}",
            refusal.message
        );
    }
}
