//! A plan that is kept in a file, to be looked at and then carried out exactly as it is, or not at all. `fingerprint`
//! is what it rests on, `text` how it is written, `recall` holds it against what is there by now, `keep` takes away
//! what it left in the accounts.

pub mod fingerprint;
mod hidden;
pub mod keep;
pub mod recall;
#[cfg(test)]
mod tests;
pub mod text;

use crate::model::change::{PropertyChange, ResourceChange};
use crate::model::stack::StackAddress;
use crate::plan::danger::dangers;
use crate::plan::parameters::HIDDEN;
use crate::plan::saved::fingerprint::Fingerprint;
use crate::plan::saved::hidden::Hidden;
use crate::plan::{
    AttributeChange, Callers, Ground, Grounds, Plan, PlannedChangeSet, PlannedStack, Step, Verdict,
};
use serde::{Deserialize, Serialize};

/// A plan as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Saved {
    /// The version of the program that made it.
    pub formwork: String,
    /// The project's name.
    pub project: String,
    /// The id of the run that made it.
    pub run: String,
    /// When it was made, as RFC 3339 in UTC.
    pub made: String,
    /// Who made it: in each account, the ARN that formwork was.
    pub callers: Callers,
    /// The environments.
    pub environments: Vec<String>,
    /// The patterns of `--stack` by which its stacks were chosen.
    pub only: Vec<String>,
    /// The names of values that were given with `--set`; the values themselves are not kept.
    pub set: Vec<String>,
    /// The stacks, each after those it waits for.
    pub stacks: Vec<SavedStack>,
}

/// A stack of a kept plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedStack {
    /// Its address.
    pub address: StackAddress,
    /// Its short name, for people.
    pub label: String,
    /// What would happen to it.
    pub verdict: SavedVerdict,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// What this rests on.
    pub rests_on: Fingerprint,
    /// The change set that is kept for it.
    pub change_set: Option<PlannedChangeSet>,
    /// Stacks whose outputs may be others at its turn: it is planned again then.
    pub provisional_on: Vec<StackAddress>,
    /// What would happen to its resources.
    pub changes: Vec<ResourceChange>,
    /// What would change of the stack itself.
    pub attributes: Vec<AttributeChange>,
    /// What of it may hurt.
    pub dangers: Vec<SavedDanger>,
}

/// What would happen to a stack. What is refused is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SavedVerdict {
    /// It is made.
    Create,
    /// It is changed.
    Update,
    /// Nothing.
    Unchanged,
}

/// A change that may hurt, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedDanger {
    /// The resource's logical id.
    pub logical_id: String,
    /// Its type.
    pub resource_type: String,
    /// What may hurt.
    pub what: String,
}

/// What stands above the stacks of a kept plan.
#[derive(Clone, Debug)]
pub struct Heading {
    /// The project's name.
    pub project: String,
    /// The run's id.
    pub run: String,
    /// When it was made, in milliseconds since 1970.
    pub made: u64,
    /// The patterns of `--stack`.
    pub only: Vec<String>,
    /// The names of values that were given with `--set`, sorted.
    pub set: Vec<String>,
}

impl Saved {
    /// What is kept of a plan; nothing of one that deletes, or in which something is refused.
    pub fn of(plan: &Plan, grounds: &Grounds, heading: Heading) -> Option<Self> {
        let stacks = plan.stacks.iter().zip(&grounds.stacks);
        let stacks: Option<Vec<SavedStack>> =
            stacks.map(|(planned, ground)| SavedStack::of(planned, ground, &heading.run)).collect();
        Some(Self {
            formwork: text::FORMWORK.to_owned(),
            project: heading.project,
            made: written(heading.made),
            callers: grounds.callers.clone(),
            environments: plan.environments.clone(),
            only: heading.only,
            set: heading.set,
            stacks: stacks?,
            run: heading.run,
        })
    }

    /// How many change sets it keeps.
    pub fn kept(&self) -> usize {
        self.stacks.iter().filter(|stack| stack.change_set.is_some()).count()
    }
}

impl SavedStack {
    fn of(planned: &PlannedStack, ground: &Ground, run: &str) -> Option<Self> {
        let verdict = SavedVerdict::of(&planned.verdict)?;
        let hidden = Hidden::of(&planned.stack, ground);
        let dangers = dangers(planned).into_iter().map(|danger| SavedDanger {
            logical_id: danger.logical_id,
            resource_type: danger.resource_type,
            what: danger.what.to_string(),
        });
        Some(Self {
            address: planned.stack.address.clone(),
            label: planned.stack.label.clone(),
            verdict,
            steps: planned.steps.clone(),
            rests_on: Fingerprint::of(&planned.stack, ground, run),
            change_set: planned.change_set.clone(),
            provisional_on: planned.provisional.clone(),
            changes: planned.changes.iter().map(|change| without_secrets(change, &hidden)).collect(),
            attributes: planned.attributes.clone(),
            dangers: dangers.collect(),
        })
    }
}

impl SavedVerdict {
    /// The verdict of a plan, if it is kept.
    pub fn of(verdict: &Verdict) -> Option<Self> {
        match verdict {
            Verdict::Create => Some(Self::Create),
            Verdict::Update => Some(Self::Update),
            Verdict::Unchanged => Some(Self::Unchanged),
            Verdict::Delete | Verdict::Refused { .. } => None,
        }
    }
}

/// A change as it may be written down.
fn without_secrets(change: &ResourceChange, hidden: &Hidden) -> ResourceChange {
    let shown = |text: &Option<String>| {
        text.as_ref().map(|text| if hidden.is_given_away(text) { HIDDEN.to_owned() } else { text.clone() })
    };
    let properties = change.properties.iter().map(|property| PropertyChange {
        before: shown(&property.before),
        after: shown(&property.after),
        ..property.clone()
    });
    ResourceChange { properties: properties.collect(), ..change.clone() }
}

/// A time as RFC 3339 in UTC, to the second.
fn written(milliseconds: u64) -> String {
    let seconds = i64::try_from(milliseconds / 1000).unwrap_or(i64::MAX);
    jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MAX).to_string()
}
