//! CreateStack, UpdateStack, DeleteStack.

use super::super::change_set::ChangeSetType;
use super::super::difference::Difference;
use super::super::engine;
use super::super::operation::{OnFailure, Operation, Phase};
use super::super::policy;
use super::super::refusal::Refusal;
use super::super::stack::{Stack, Wish};
use super::super::status::{ExecutionStatus, OperationType, StackStatus};
use super::super::wait_handle::HANDLE;
use super::Call;
use super::wish::Reading;
use serde_json::{Value, json};

/// How an operation is to go.
pub(in super::super) struct Manner {
    pub(in super::super) on_failure: OnFailure,
    pub(in super::super) retain_except_on_create: bool,
    pub(in super::super) token: Option<String>,
    pub(in super::super) policy: Option<String>,
    pub(in super::super) change_set_id: Option<String>,
    /// The stack policy that holds once the operation has succeeded.
    pub(in super::super) lasting_policy: Option<String>,
}

pub(super) fn create(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let name = call.stack_name()?;
    named(&name)?;
    let mode = call.mode()?;
    let on_failure = mode.on_failure(on_failure(call)?);
    let existing = call.world.stack(&call.place, &name).map(|stack| (stack.id.clone(), stack.status));
    let token = call.input.text("ClientRequestToken").map(str::to_owned);
    if let Some((_, status)) = &existing
        && *status != StackStatus::ReviewInProgress
    {
        return Err(Refusal::new(400, "AlreadyExistsException", format!("Stack [{name}] already exists")));
    }
    let reading = call.wish(None)?;
    let mut stack = match existing.and_then(|(id, _)| call.world.take(&call.place, &id)) {
        Some(stack) => stack,
        None => call.fresh(&name, StackStatus::CreateInProgress),
    };
    stack.express = mode.express();
    let outcome = call.creation(&mut stack, &reading, on_failure, token);
    let known = stack.status == StackStatus::ReviewInProgress || outcome.is_ok();
    if known {
        call.world.put(&call.place, stack);
    }
    outcome
}

impl Call<'_> {
    fn creation(
        &self,
        stack: &mut Stack,
        reading: &Reading,
        on_failure: OnFailure,
        token: Option<String>,
    ) -> Result<Value, Refusal> {
        let desired = self.checked(stack, reading)?;
        self.acknowledged(reading, true)?;
        stack.policy = self.policy_text("StackPolicyBody", "StackPolicyURL")?;
        stack.timeout_minutes = self.input.integer("TimeoutInMinutes")?;
        stack.termination_protection = self.input.flag("EnableTerminationProtection")?.unwrap_or(false);
        stack.disable_rollback = on_failure == OnFailure::Keep;
        stack.desired = desired;
        outdate(stack);
        let manner = Manner {
            on_failure,
            retain_except_on_create: self.input.flag("RetainExceptOnCreate")?.unwrap_or(false),
            token,
            policy: None,
            change_set_id: None,
            lasting_policy: None,
        };
        begin(stack, reading.wish.clone(), OperationType::CreateStack, manner, self.now);
        Ok(json!({"StackId": stack.id}))
    }

    /// A stack of a name that was free.
    pub(super) fn fresh(&mut self, name: &str, status: StackStatus) -> Stack {
        self.world.fresh(&self.place, name, status, self.now)
    }
}

/// Starts the creation or update of a stack, and tells the operation's identifier.
pub(in super::super) fn begin(
    stack: &mut Stack,
    wish: Wish,
    kind: OperationType,
    manner: Manner,
    now: i64,
) -> String {
    let id = stack.identifier("operation");
    let mut operation = Operation::new(id.clone(), kind, Phase::Deploy, now);
    operation.on_failure = manner.on_failure;
    operation.retain_except_on_create = manner.retain_except_on_create;
    operation.token = manner.token.clone();
    operation.policy = manner.policy;
    operation.change_set_id = manner.change_set_id;
    operation.lasting_policy = manner.lasting_policy;
    let executed = operation.change_set_id.as_ref();
    let executed = stack.change_sets.iter().find(|set| Some(&set.id) == executed);
    if let Some(set) = executed {
        operation.importing = set.kind == ChangeSetType::Import;
        operation.imports = set.imports.clone();
        operation.reality = set.reality.clone();
    }
    let creating = kind == OperationType::CreateStack;
    if !creating {
        // After a paused failure the way back leads to what was before that.
        let paused = stack.paused.take().filter(|paused| paused.kind == OperationType::UpdateStack);
        (operation.before, operation.before_traits) = match paused {
            Some(paused) => (paused.before, paused.before_traits),
            None => (stack.instances.peek().into_owned(), stack.traits.peek().into_owned()),
        };
    }
    stack.stamp = (manner.token, Some(id.clone()));
    stack.last_operations = vec![(kind, id.clone())];
    stack.description = engine::description(&wish);
    stack.wish = Some(wish);
    // What was found out held for the resources as they were.
    stack.drift.forget();
    // What was sent to handles stays, as it does in AWS.
    stack.signals.retain(|id, _| stack.instances.get(id).is_some_and(|one| one.resource_type == HANDLE));
    let status = match creating {
        true => StackStatus::CreateInProgress,
        false if operation.importing => StackStatus::ImportInProgress,
        false => StackStatus::UpdateInProgress,
    };
    stack.operation = Some(operation);
    if !creating {
        stack.updated_at = Some(now);
    }
    stack.turn(now, status, Some("User Initiated"));
    stack.reason = Some("User Initiated".to_owned());
    id
}

/// Refuses a name that no stack may have.
pub(super) fn named(name: &str) -> Result<(), Refusal> {
    let mut letters = name.chars();
    let first = letters.next().is_some_and(|first| first.is_ascii_alphabetic());
    if !first || !letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '-') {
        let pattern =
            "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*";
        return Err(Refusal::constraint(Some(name), "stackName", pattern));
    }
    if name.len() > 128 {
        let text = "Member must have length less than or equal to 128";
        return Err(Refusal::constraint(Some(name), "stackName", text));
    }
    Ok(())
}

fn on_failure(call: &Call<'_>) -> Result<OnFailure, Refusal> {
    let disabled = call.input.flag("DisableRollback")?;
    match (call.input.text("OnFailure"), disabled) {
        (Some(_), Some(_)) => {
            Err(Refusal::validation("Either DisableRollback or OnFailure can be specified, not both."))
        }
        (Some("DO_NOTHING"), None) | (None, Some(true)) => Ok(OnFailure::Keep),
        (Some("DELETE"), None) => Ok(OnFailure::Delete),
        (Some(_), None) | (None, _) => Ok(OnFailure::Rollback),
    }
}

/// Change sets that wait to be executed no longer fit the stack.
fn outdate(stack: &mut Stack) {
    for change_set in stack.change_sets.iter_mut().filter(|change_set| !change_set.executed()) {
        change_set.execution = ExecutionStatus::Obsolete;
    }
}

/// Refuses an update in a state that allows none.
pub(super) fn updatable(stack: &Stack, keep: bool) -> Result<(), Refusal> {
    if stack.status.updatable() || (stack.status.paused() && keep) {
        return Ok(());
    }
    let (id, status) = (&stack.id, stack.status.text());
    if stack.status == StackStatus::UpdateFailed {
        return Err(Refusal::validation(format!(
            "This stack is currently in a non-terminal [{status}] state. To update the stack from this state, please \
             use the disable-rollback parameter with update-stack API. To rollback to the last known good state, use \
             the rollback-stack API"
        )));
    }
    Err(Refusal::validation(format!("Stack:{id} is in {status} state and can not be updated.")))
}

pub(super) fn update(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let name = call.stack_name()?;
    let mode = call.mode()?;
    let usual = match call.input.flag("DisableRollback")? {
        Some(true) => OnFailure::Keep,
        _ => OnFailure::Rollback,
    };
    let keep = mode.on_failure(usual) == OnFailure::Keep;
    let token = call.input.text("ClientRequestToken").map(str::to_owned);
    let stack = call.stack_in_brackets(&name)?;
    let reading = call.wish(Some(stack))?;
    updatable(stack, keep)?;
    let desired = call.checked(stack, &reading)?;
    call.acknowledged(&reading, true)?;
    let outlook = call.world.outlook(&call.place);
    let difference = match &desired {
        Some(_) => engine::difference_of(stack, &reading.wish, &outlook).map_err(Refusal::validation)?,
        None => Difference { outputs: true, ..Difference::default() },
    };
    if difference.is_empty() && engine::same_settings(stack, &reading.wish) && !stack.status.paused() {
        return Err(Refusal::validation("No updates are to be performed."));
    }
    let policy = call.policy_text("StackPolicyDuringUpdateBody", "StackPolicyDuringUpdateURL")?;
    let lasting = call.policy_text("StackPolicyBody", "StackPolicyURL")?;
    let manner = Manner {
        on_failure: if keep { OnFailure::Keep } else { OnFailure::Rollback },
        retain_except_on_create: call.input.flag("RetainExceptOnCreate")?.unwrap_or(false),
        token,
        policy,
        change_set_id: None,
        lasting_policy: lasting,
    };
    let (id, now) = (stack.id.clone(), call.now);
    call.change(&id.clone(), |stack| {
        outdate(stack);
        stack.desired = desired;
        stack.disable_rollback = keep;
        stack.express = mode.express();
        begin(stack, reading.wish, OperationType::UpdateStack, manner, now);
        json!({"StackId": id})
    })
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let name = call.stack_name()?;
    let Some(stack) = call.world.stack(&call.place, &name) else { return Ok(Value::Null) };
    if matches!(stack.status, StackStatus::DeleteComplete | StackStatus::DeleteInProgress) {
        return Ok(Value::Null);
    }
    deletable(call, stack, &name)?;
    let retained = call.input.texts("RetainResources").unwrap_or_default();
    let forced = call.input.text("DeletionMode") == Some("FORCE_DELETE_STACK");
    if forced && stack.status != StackStatus::DeleteFailed {
        return Err(Refusal::validation(format!(
            "Invalid operation on stack [{}]. You can activate DeletionMode FORCE_DELETE_STACK in a delete stack \
             operation only when the stack is in the DELETE_FAILED state.",
            stack.id
        )));
    }
    if !retained.is_empty() && !matches!(stack.status, StackStatus::DeleteFailed) {
        return Err(Refusal::validation(format!(
            "Invalid operation on stack [{}]. Specify resources to retain only when the current stack status is \
             DELETE_FAILED.",
            stack.id
        )));
    }
    let (id, now, mode) = (stack.id.clone(), call.now, call.mode()?);
    let token = call.input.text("ClientRequestToken").map(str::to_owned);
    call.world.drop_change_sets(&call.place, &id, now);
    call.change(&id, |stack| {
        stack.express = mode.express();
        let operation = begin_deletion(stack, token, now);
        operation.retained = retained.into_iter().collect();
        operation.forced = forced;
        Value::Null
    })
}

/// Starts the deletion of a stack.
pub(in super::super) fn begin_deletion(stack: &mut Stack, token: Option<String>, now: i64) -> &mut Operation {
    salvage(stack);
    let id = stack.identifier("operation");
    let mut operation = Operation::new(id.clone(), OperationType::DeleteStack, Phase::Delete, now);
    operation.token.clone_from(&token);
    stack.stamp = (token, Some(id.clone()));
    stack.last_operations = vec![(OperationType::DeleteStack, id)];
    stack.paused = None;
    stack.deleted_at = Some(now);
    stack.change_set_id = None;
    stack.change_sets.retain(|change_set| change_set.execution == ExecutionStatus::ExecuteComplete);
    stack.turn(now, StackStatus::DeleteInProgress, Some("User Initiated"));
    stack.operation.insert(operation)
}

/// What an aborted creation had begun exists, and must be deleted with the rest.
fn salvage(stack: &mut Stack) {
    let Some(operation) = stack.operation.take() else { return };
    let begun = operation.jobs.into_iter().filter(|job| !job.settled()).filter_map(|job| job.next);
    for instance in begun.filter(|instance| !instance.physical_id.is_empty()) {
        stack.instances.entry(instance.logical_id.clone()).or_insert(instance);
    }
}

fn deletable(call: &Call<'_>, stack: &Stack, name: &str) -> Result<(), Refusal> {
    let root = stack.root.as_deref().and_then(|root| call.world.stack(&call.place, root));
    if stack.termination_protection || root.is_some_and(|root| root.termination_protection) {
        return Err(Refusal::validation(format!(
            "Stack [{name}] cannot be deleted while TerminationProtection is enabled"
        )));
    }
    let creating = stack.status == StackStatus::CreateInProgress;
    if stack.status.busy() && !creating {
        let (id, status) = (&stack.id, stack.status.text());
        return Err(Refusal::validation(format!("Stack [{id}] cannot be deleted while in status {status}")));
    }
    let outlook = call.world.outlook(&call.place);
    for export in stack.outputs.iter().filter_map(|output| output.export.as_ref()) {
        let user = outlook.importers(export).into_iter().find(|user| *user != stack.name);
        if let Some(user) = user {
            let text = format!("Export {export} cannot be deleted as it is in use by {user}");
            return Err(Refusal::validation(text));
        }
    }
    Ok(())
}

impl Call<'_> {
    /// A stack policy of the request, by its text or by its address.
    pub(super) fn policy_text(&self, body: &str, url: &str) -> Result<Option<String>, Refusal> {
        let text = match (self.input.text(body), self.input.text(url)) {
            (Some(_), Some(_)) => {
                return Err(Refusal::validation(
                    "You cannot specify both StackPolicyURL and StackPolicyBody",
                ));
            }
            (None, Some(url)) => self.fetched(url)?,
            (Some(text), None) => text.to_owned(),
            (None, None) => return Ok(None),
        };
        match policy::valid(&text) {
            true => Ok(Some(text)),
            false => Err(Refusal::validation("Error validating stack policy: Invalid stack policy")),
        }
    }
}
