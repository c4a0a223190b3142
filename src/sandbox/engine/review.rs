//! Change sets on their way: pending, in progress, and then what they would change or why they cannot be.

use super::super::change_set::{ChangeSet, ChangeSetType};
use super::super::difference::{Aim, Attribute, Current, Difference, compare};
use super::super::language::Desired;
use super::super::outlook::Outlook;
use super::super::stack::{Stack, Wish};
use super::super::status::{ChangeSetStatus, ExecutionStatus, StackStatus};
use super::{Consequence, Step, early};
use std::collections::BTreeSet;

/// What AWS says of a change set that changes nothing.
pub(in super::super) const NO_CHANGES: &str =
    "The submitted information didn't contain changes. Submit different information to create a change set.";
/// What AWS says of the change set of a stack inside a stack.
const FROM_ROOT: &str = "Executable from root change set";
/// What AWS says of an import that can be executed.
const VERIFY: &str = "Verify that resources and their properties defined in the template match the intended \
    configuration of the resource import to avoid unexpected changes.";
/// What AWS says of it when the template has a transform.
pub(in super::super) const NO_UPDATES: &str = "No updates are to be performed.";

impl Step<'_> {
    /// Moves every change set on that is due.
    pub(super) fn review(&mut self) {
        for index in 0..self.stack.change_sets.len() {
            let mut change_set = self.stack.change_sets[index].clone();
            if change_set.due.is_none_or(|due| due > self.now) {
                continue;
            }
            let pending = change_set.status == ChangeSetStatus::CreatePending;
            if self.fade(&mut change_set) {
            } else if pending && !self.idle(&change_set) {
                change_set.status = ChangeSetStatus::CreateInProgress;
                change_set.due = Some(self.now + 2000);
            } else {
                self.judge(&mut change_set);
            }
            self.stack.change_sets[index] = change_set;
        }
    }

    /// Moves the deletion of a change set on; false when it is not being deleted.
    fn fade(&mut self, change_set: &mut ChangeSet) -> bool {
        match change_set.status {
            ChangeSetStatus::DeletePending => {
                change_set.status = ChangeSetStatus::DeleteInProgress;
                change_set.due = Some(self.now + 1000);
            }
            ChangeSetStatus::DeleteInProgress => {
                change_set.due = None;
                self.consequences.push(Consequence::Discarded(Box::new(change_set.clone())));
            }
            _ => return false,
        }
        true
    }

    /// Whether a change set has nothing to work on: it fails without ever being in progress.
    fn idle(&self, change_set: &ChangeSet) -> bool {
        let plain = change_set.lineage.is_none() && !change_set.reverts_drift;
        let difference = difference_of(self.stack, &change_set.wish, self.outlook);
        plain && difference.is_ok_and(|difference| unchanged(self.stack, change_set, &difference))
    }

    fn judge(&mut self, change_set: &mut ChangeSet) {
        change_set.due = None;
        match self.examine(change_set) {
            Err(message) => refuse(change_set, message),
            Ok(difference) if unchanged(self.stack, change_set, &difference) => {
                let transformed = super::super::language::Template::read(&change_set.wish.template)
                    .is_ok_and(|template| !template.transforms().is_empty());
                refuse(change_set, if transformed { NO_UPDATES } else { NO_CHANGES }.to_owned());
            }
            Ok(difference) => {
                if !change_set.unvalidated {
                    change_set.findings = early::findings(&difference, self.outlook);
                }
                let nested = change_set.include_nested_stacks && !difference.nested.is_empty();
                change_set.difference = difference.into();
                if !change_set.findings.is_empty() {
                    let text = early::summary(&change_set.findings);
                    change_set.difference = Difference::default().into();
                    refuse(change_set, text);
                } else if nested {
                    // It is decided when those of the stacks inside are.
                    change_set.status = ChangeSetStatus::CreateInProgress;
                    self.consequences.push(Consequence::Drafts(change_set.id.clone()));
                    return;
                } else {
                    approve(change_set);
                }
            }
        }
        if change_set.lineage.is_some() {
            self.consequences.push(Consequence::Decided(change_set.id.clone()));
        }
    }

    /// What a change set would do; notes what it found on the way.
    fn examine(&mut self, change_set: &mut ChangeSet) -> Result<Difference, String> {
        let after = super::read(self.stack, &change_set.wish, self.outlook)?;
        change_set.imports = self.imports(change_set, &after)?;
        if change_set.kind != ChangeSetType::Import {
            self.kept(&after, &change_set.imports)?;
        }
        change_set.reality = change_set.reverts_drift.then(|| self.reality(&after));
        let aim = Aim { imports: Some(&change_set.imports), reality: change_set.reality.as_ref() };
        between(self.stack, self.stack.wish.as_ref(), &after, aim, self.outlook)
    }
}

/// Ends a change set that cannot be executed.
pub(in super::super) fn refuse(change_set: &mut ChangeSet, reason: String) {
    change_set.status = ChangeSetStatus::Failed;
    change_set.execution = ExecutionStatus::Unavailable;
    change_set.reason = Some(reason);
}

/// Ends a change set that is good.
pub(in super::super) fn approve(change_set: &mut ChangeSet) {
    change_set.status = ChangeSetStatus::CreateComplete;
    let child = change_set.lineage.is_some();
    change_set.execution = match change_set.execution {
        // The stack was changed while the change set was being made.
        ExecutionStatus::Obsolete => ExecutionStatus::Obsolete,
        _ if child => ExecutionStatus::Unavailable,
        _ => ExecutionStatus::Available,
    };
    change_set.reason = match change_set.kind {
        _ if child => Some(FROM_ROOT.to_owned()),
        ChangeSetType::Import => Some(VERIFY.to_owned()),
        ChangeSetType::Create | ChangeSetType::Update => None,
    };
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
    changes_of(stack, &after, Aim::default(), outlook)
}

/// What a wish that was read would change in a stack.
pub(in super::super) fn changes_of(
    stack: &Stack,
    after: &Desired,
    aim: Aim<'_>,
    outlook: &Outlook<'_>,
) -> Result<Difference, String> {
    between(stack, stack.wish.as_ref(), after, aim, outlook)
}

fn between(
    stack: &Stack,
    before: Option<&Wish>,
    after: &Desired,
    aim: Aim<'_>,
    outlook: &Outlook<'_>,
) -> Result<Difference, String> {
    let before = match before.filter(|_| stack.status != StackStatus::ReviewInProgress) {
        Some(before) => Some(super::read(stack, before, outlook)?),
        None => None,
    };
    let current = before.as_ref().map(|desired| Current { desired, instances: &stack.instances });
    compare(current, after, aim, outlook).map_err(|refusal| refusal.message)
}

/// The resources that change in more than their properties.
pub(super) fn touched(stack: &Stack, after: &Desired, outlook: &Outlook<'_>) -> BTreeSet<String> {
    let Ok(difference) = between(stack, stack.stable.as_ref(), after, Aim::default(), outlook) else {
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
