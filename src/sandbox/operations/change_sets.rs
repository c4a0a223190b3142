//! CreateChangeSet, ExecuteChangeSet, DeleteChangeSet.

use super::super::change_set::{ChangeSet, ChangeSetType};
use super::super::engine;
use super::super::identifiers;
use super::super::operation::OnFailure;
use super::super::packed::Packed;
use super::super::refusal::Refusal;
use super::super::stack::{Stack, Wish};
use super::super::status::{ChangeSetStatus, ExecutionStatus, OperationType, StackStatus};
use super::Call;
use super::stacks::{Manner, begin, named, repeated, updatable};
use super::wish::Reading;
use serde_json::{Value, json};

pub(super) fn create(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let name = call.stack_name()?;
    let set_name = change_set_name(call.input.required("ChangeSetName")?)?;
    let kind = match call.input.text("ChangeSetType") {
        None | Some("UPDATE") => ChangeSetType::Update,
        Some("CREATE") => ChangeSetType::Create,
        Some("IMPORT") => ChangeSetType::Import,
        Some(other) => {
            let text = "Member must satisfy enum value set: [UPDATE, CREATE, IMPORT]";
            return Err(Refusal::constraint(Some(other), "changeSetType", text));
        }
    };
    let found = call.world.stack(&call.place, &name).filter(|stack| stack.lives());
    let review = found.is_none_or(|stack| stack.status == StackStatus::ReviewInProgress);
    if kind == ChangeSetType::Create && !review {
        return Err(Refusal::validation(format!(
            "Stack [{name}] already exists and cannot be created again with the changeSet [{set_name}]."
        )));
    }
    if kind != ChangeSetType::Create {
        let stack = call.stack_in_brackets(&name)?;
        updatable(stack, true)?;
    }
    let token = call.input.text("ClientToken").map(str::to_owned);
    if let Some(stack) = found
        && let Some(twin) = stack.change_sets.iter().find(|one| one.name == set_name && !one.executed())
    {
        if token.is_some() && twin.token == token {
            return Ok(json!({"Id": twin.id, "StackId": stack.id}));
        }
        let text = format!("ChangeSet [{}] already exists", twin.id);
        return Err(Refusal::new(400, "AlreadyExistsException", text));
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
        let token = self.input.text("ClientToken").map(str::to_owned);
        self.checked(stack, reading)?;
        self.acknowledged(reading, false)?;
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
            token,
            due: Some(self.now + 1000),
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

fn change_set_name(name: &str) -> Result<String, Refusal> {
    let mut letters = name.chars();
    let first = letters.next().is_some_and(|first| first.is_ascii_alphabetic());
    if !first || !letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '-') || name.len() > 128 {
        let text = "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*";
        return Err(Refusal::constraint(Some(name), "changeSetName", text));
    }
    Ok(name.to_owned())
}

pub(super) fn execute(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let name = call.input.required("ChangeSetName")?;
    let token = call.input.text("ClientRequestToken").map(str::to_owned);
    let disable = call.input.flag("DisableRollback")?;
    let (stack, change_set) = call.change_set(call.input.text("StackName"), name)?;
    let creating = change_set.kind == ChangeSetType::Create;
    let kind = if creating { OperationType::CreateStack } else { OperationType::UpdateStack };
    if repeated(stack, token.as_deref(), kind).is_some() {
        return Ok(json!({}));
    }
    executable(change_set)?;
    let on_failure = match (change_set.on_stack_failure.as_deref(), disable) {
        (Some(_), Some(true)) => {
            let text =
                "DisableRollback cannot be specified for a change set that was created with OnStackFailure.";
            return Err(Refusal::validation(text));
        }
        (Some("DELETE"), _) => OnFailure::Delete,
        (Some("DO_NOTHING"), _) | (_, Some(true)) => OnFailure::Keep,
        _ => OnFailure::Rollback,
    };
    if creating && stack.status != StackStatus::ReviewInProgress {
        let (id, status) = (&stack.id, stack.status.text());
        return Err(Refusal::validation(format!("Stack:{id} is in {status} state and can not be updated.")));
    }
    if !creating {
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
    call.change(&id, |stack| {
        stack.change_sets.retain(|one| one.id == set_id || one.executed());
        for one in stack.change_sets.iter_mut().filter(|one| one.id == set_id) {
            one.execution = ExecutionStatus::ExecuteInProgress;
        }
        stack.desired = Some(std::sync::Arc::new(desired));
        stack.disable_rollback = on_failure == OnFailure::Keep;
        stack.change_set_id = Some(set_id);
        begin(stack, wish, kind, manner, now);
        stack.updated_at = Some(now);
        json!({})
    })
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
    let found = match call.change_set(call.input.text("StackName"), name) {
        Ok((stack, change_set)) => Some((stack.id.clone(), change_set.id.clone())),
        Err(refusal) if refusal.code == "ChangeSetNotFound" => None,
        Err(refusal) => return Err(refusal),
    };
    if let Some((stack, id)) = found {
        call.change(&stack, |stack| stack.change_sets.retain(|one| one.id != id))?;
    }
    Ok(json!({}))
}
