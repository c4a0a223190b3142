//! Change sets on their way: pending, in progress, and then what they would change or why they cannot be.

use super::super::change_set::{ChangeSet, ChangeSetType};
use super::super::difference::{Attribute, Current, Difference, compare};
use super::super::language::Desired;
use super::super::outlook::Outlook;
use super::super::stack::{Stack, Wish};
use super::super::status::{ChangeSetStatus, ExecutionStatus, StackStatus};
use super::Step;
use std::collections::BTreeSet;

/// What AWS says of a change set that changes nothing.
const NO_CHANGES: &str =
    "The submitted information didn't contain changes. Submit different information to create a change set.";
/// What AWS says of it when the template has a transform.
const NO_UPDATES: &str = "No updates are to be performed.";

impl Step<'_> {
    /// Moves every change set on that is due.
    pub(super) fn review(&mut self) {
        for index in 0..self.stack.change_sets.len() {
            let mut change_set = self.stack.change_sets[index].clone();
            if change_set.due.is_none_or(|due| due > self.now) {
                continue;
            }
            let pending = change_set.status == ChangeSetStatus::CreatePending;
            if pending && !self.idle(&change_set) {
                change_set.status = ChangeSetStatus::CreateInProgress;
                change_set.due = Some(self.now + 2000);
            } else {
                self.judge(&mut change_set);
            }
            self.stack.change_sets[index] = change_set;
        }
    }

    /// Whether a change set has nothing to work on: it fails without ever being in progress.
    fn idle(&self, change_set: &ChangeSet) -> bool {
        difference_of(self.stack, &change_set.wish, self.outlook)
            .is_ok_and(|difference| unchanged(self.stack, change_set, &difference))
    }

    fn judge(&mut self, change_set: &mut ChangeSet) {
        change_set.due = None;
        let outcome = difference_of(self.stack, &change_set.wish, self.outlook);
        let (status, execution, reason) = match outcome {
            Err(message) => (ChangeSetStatus::Failed, ExecutionStatus::Unavailable, Some(message)),
            Ok(difference) if unchanged(self.stack, change_set, &difference) => {
                let transformed = super::super::language::Template::read(&change_set.wish.template)
                    .is_ok_and(|template| !template.transforms().is_empty());
                let text = if transformed { NO_UPDATES } else { NO_CHANGES };
                (ChangeSetStatus::Failed, ExecutionStatus::Unavailable, Some(text.to_owned()))
            }
            Ok(difference) => {
                change_set.difference = difference.into();
                (ChangeSetStatus::CreateComplete, ExecutionStatus::Available, None)
            }
        };
        change_set.status = status;
        change_set.execution = execution;
        change_set.reason = reason;
    }
}

/// Whether a change set has nothing to do; the creation of a stack is always something.
fn unchanged(stack: &Stack, change_set: &ChangeSet, difference: &Difference) -> bool {
    change_set.kind != ChangeSetType::Create
        && difference.is_empty()
        && same_settings(stack, &change_set.wish)
}

/// Whether a wish leaves alone what no template says.
pub(in super::super) fn same_settings(stack: &Stack, wish: &Wish) -> bool {
    stack.wish.as_ref().is_some_and(|old| {
        old.notification_arns == wish.notification_arns
            && old.rollback_configuration == wish.rollback_configuration
    })
}

/// What a wish would change in a stack.
pub(in super::super) fn difference_of(
    stack: &Stack,
    wish: &Wish,
    outlook: &Outlook<'_>,
) -> Result<Difference, String> {
    let after = super::read(stack, wish, outlook)?;
    between(stack, stack.wish.as_ref(), &after, outlook)
}

fn between(
    stack: &Stack,
    before: Option<&Wish>,
    after: &Desired,
    outlook: &Outlook<'_>,
) -> Result<Difference, String> {
    let before = match before.filter(|_| stack.status != StackStatus::ReviewInProgress) {
        Some(before) => Some(super::read(stack, before, outlook)?),
        None => None,
    };
    let current = before.as_ref().map(|desired| Current { desired, instances: &stack.instances });
    compare(current, after, outlook).map_err(|refusal| refusal.message)
}

/// The resources that change in more than their properties.
pub(super) fn touched(stack: &Stack, after: &Desired, outlook: &Outlook<'_>) -> BTreeSet<String> {
    let Ok(difference) = between(stack, stack.stable.as_ref(), after, outlook) else {
        return BTreeSet::new();
    };
    let beyond = |scope: &[Attribute]| {
        scope.iter().any(|part| {
            matches!(
                part,
                Attribute::Metadata | Attribute::CreationPolicy | Attribute::UpdatePolicy | Attribute::Tags
            )
        })
    };
    let rows = difference.changes.into_iter().filter(|change| beyond(&change.scope));
    rows.map(|change| change.logical_id).collect()
}
