//! Requests that may be sent again: the same client token with the same parameters has one effect and one answer.
//!
//! What was accepted is kept with the stack or stack set it concerns, in the same file, and as long as that lives. How
//! long AWS remembers is documented nowhere, nor is the text of `TokenAlreadyExistsException`: the one here is what the
//! model says of the error.

use super::super::identifiers;
use super::super::model::MODEL;
use super::super::refusal::Refusal;
use super::super::stack::Accepted;
use super::{Call, Operation};
use serde_json::Value;
use std::collections::BTreeMap;

/// What a request is about.
enum Subject {
    /// The id of a stack.
    Stack(String),
    /// The name of a stack set.
    StackSet(String),
}

/// Carries out an operation, unless it has been carried out for the same token.
pub(super) fn once(call: &mut Call<'_>, action: &str, operation: Operation) -> Result<Value, Refusal> {
    let member = MODEL.action(action).and_then(|action| action.token.as_deref());
    let Some((member, token)) = member.and_then(|member| Some((member, call.input.text(member)?.to_owned())))
    else {
        return operation(call);
    };
    // Change sets are created under tokens of their own kind: a client may execute one under the same word.
    let key = format!("{member}={token}");
    let parameters = MODEL.canonical(action, &call.input, &[]);
    let fingerprint = identifiers::digest(0, &[&parameters]);
    let before = call.subject();
    if let Some(known) = before.as_ref().and_then(|subject| call.accepted(subject)?.get(&key)) {
        let same = known.action == action && known.fingerprint == fingerprint;
        match same {
            true if call.still_holds(action, known) => return Ok(known.answer.clone()),
            true => {}
            // This one has an error of its own for what is no longer as it was asked for.
            false if action == "CreateStackSet" => {}
            false if member == "OperationId" => {
                let text = format!("Operation {token} already exists");
                return Err(Refusal::new(409, "OperationIdAlreadyExistsException", text));
            }
            false => {
                let text = "A client request token already exists.";
                return Err(Refusal::new(400, "TokenAlreadyExistsException", text));
            }
        }
    }
    let answer = operation(call)?;
    if let Some(subject) = before.or_else(|| call.subject()) {
        let accepted = Accepted { action: action.to_owned(), fingerprint, answer: answer.clone() };
        call.remember(&subject, key, accepted);
    }
    Ok(answer)
}

impl Call<'_> {
    /// What the request is about, if that exists.
    fn subject(&self) -> Option<Subject> {
        if let Some(name) = self.input.text("StackSetName") {
            return self.found(name).ok().flatten().map(|set| Subject::StackSet(set.name.clone()));
        }
        let stack = match (self.input.text("StackName"), self.input.text("ChangeSetName")) {
            (Some(name), _) => self.world.stack(&self.place, name)?,
            (None, Some(change_set)) => self.change_set(None, change_set).ok()?.0,
            (None, None) => return None,
        };
        Some(Subject::Stack(stack.id.clone()))
    }

    fn accepted(&self, subject: &Subject) -> Option<&BTreeMap<String, Accepted>> {
        match subject {
            Subject::Stack(id) => self.world.stack(&self.place, id).map(|stack| &stack.accepted),
            Subject::StackSet(name) => self.found(name).ok().flatten().map(|set| &set.accepted),
        }
    }

    /// A change set that was deleted since may be created again.
    fn still_holds(&self, action: &str, known: &Accepted) -> bool {
        let id = known.answer.get("Id").and_then(Value::as_str);
        action != "CreateChangeSet" || id.is_some_and(|id| self.change_set(None, id).is_ok())
    }

    fn remember(&mut self, subject: &Subject, key: String, accepted: Accepted) {
        let place = self.place.clone();
        match subject {
            Subject::Stack(id) => {
                let stacks = &mut self.world.region(&place).stacks;
                if let Some(mut stack) = stacks.take(id) {
                    stack.accepted.insert(key, accepted);
                    stacks.put(stack);
                    self.world.store.stack_changed(&place, id);
                }
            }
            Subject::StackSet(name) => {
                // Whoever calls for a delegating account works on that account's sets.
                let place = self.set_place().unwrap_or(place);
                if let Some(set) = self.world.region(&place).stack_sets.get_mut(name) {
                    set.accepted.insert(key, accepted);
                    self.world.store.set_changed(&place, name);
                }
            }
        }
    }
}
