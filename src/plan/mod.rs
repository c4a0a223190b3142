//! What would happen, as a value: decided purely from what is wanted and what is live, asked of AWS at marked places.

pub mod ask;
pub mod attributes;
pub mod codes;
pub mod danger;
pub mod decide;
pub mod desk;
pub mod destroy;
pub mod discard;
pub mod error;
#[cfg(test)]
#[allow(missing_docs, clippy::missing_panics_doc, clippy::too_many_lines)]
pub(crate) mod fake;
pub mod inputs;
pub mod order;
pub mod ownership;
pub mod parameters;
pub mod planner;
pub mod read;
pub mod recovery;
pub mod saved;
pub mod survey;
pub mod together;
pub mod token;
pub mod turn;
pub mod waiting;

use crate::model::change::ResourceChange;
use crate::model::live::LiveStack;
use crate::model::stack::{Stack, StackAddress};
use crate::plan::inputs::Given;
use crate::plan::read::Deployed;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is to be done with environments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Everything as the files say.
    Deploy,
    /// Nothing left.
    Destroy,
}

/// Who formwork is in each account: the caller's ARN by account id.
pub type Callers = BTreeMap<String, String>;

/// What a plan was decided from.
#[derive(Clone, Debug, Default)]
pub struct Grounds {
    /// For each stack of a planned deployment; empty for a destruction.
    pub stacks: Vec<Ground>,
    /// Who formwork was while it planned.
    pub callers: Callers,
}

/// What was decided from about one stack.
#[derive(Clone, Debug)]
pub struct Ground {
    /// What its parameters are given, hidden ones too.
    pub given: BTreeMap<String, Given>,
    /// Parameters that are to be given something that is not there, and why it is not.
    pub absent: BTreeMap<String, String>,
    /// The stack as it was; none when there was none.
    pub live: Option<LiveStack>,
    /// What was deployed of it.
    pub deployed: Deployed,
}

/// What would happen to some environments.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What was wished.
    pub wish: Wish,
    /// The environments, as they were asked for.
    pub environments: Vec<String>,
    /// Their stacks in an order in which each comes after what it waits for.
    pub stacks: Vec<PlannedStack>,
    /// Stacks that carry the environments' mark and are no longer declared. A plan of a deployment lists them; it does not touch them.
    pub orphans: Vec<Orphan>,
}

/// A stack that carries the mark of an environment whose files no longer declare it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orphan {
    /// The environment it was of.
    pub environment: String,
    /// The account and region it is in, as `account/region`.
    pub target: String,
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub id: String,
}

/// What would happen to one stack.
#[derive(Clone, Debug)]
pub struct PlannedStack {
    /// The stack as it is wanted.
    pub stack: Arc<Stack>,
    /// The stack as it is; none when there is none (a stack in review counts as none).
    pub live: Option<LiveStack>,
    /// What would happen, in one word.
    pub verdict: Verdict,
    /// The steps, in order; shown, and then done. Empty for unchanged ones.
    pub steps: Vec<Step>,
    /// Its parameters: what they are and what they would be.
    pub parameters: Vec<PlannedParameter>,
    /// What would happen to its resources.
    pub changes: Vec<ResourceChange>,
    /// What would change of the stack itself: tags, role, policy, protection, notifications, outputs.
    pub attributes: Vec<AttributeChange>,
    /// The change set that was made to find out, ready to be executed.
    pub change_set: Option<PlannedChangeSet>,
    /// Its inputs come from stacks that will change: this is what today's outputs give. Holds those stacks.
    pub provisional: Vec<StackAddress>,
    /// The numbers of the stacks of this plan that it waits for.
    pub needs: Vec<usize>,
}

/// What would happen to a stack, in one word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is made.
    Create,
    /// It is changed.
    Update,
    /// Nothing.
    Unchanged,
    /// It is deleted.
    Delete,
    /// It cannot be done as things are; why, and what to do about it.
    Refused {
        /// Why.
        reason: String,
        /// What to do.
        remedy: String,
    },
}

/// One step of what is done with a stack.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Waits until an operation that somebody else started is over.
    Wait,
    /// Deletes what a failed creation left.
    DeleteRemains,
    /// Continues a rollback that failed.
    ContinueRollback,
    /// Rolls a paused failure back.
    RollBack,
    /// Creates the stack.
    Create,
    /// Updates the stack.
    Update,
    /// Sets the stack policy.
    SetPolicy,
    /// Sets termination protection on or off.
    Protect(bool),
    /// Deletes the stack.
    Delete,
}

/// A parameter of a planned stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedParameter {
    /// Its name.
    pub name: String,
    /// What it is today.
    pub before: Option<String>,
    /// What it would be.
    pub after: PlannedValue,
    /// It may not be shown: declared `NoEcho`, or made from a secret.
    pub hidden: bool,
}

/// The value a parameter would have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlannedValue {
    /// Known.
    Known(String),
    /// Known after these stacks are deployed.
    After(Vec<StackAddress>),
    /// The template's default.
    Default(String),
}

/// A change of the stack itself.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct AttributeChange {
    /// What changes: `tag owner`, `termination protection`, `stack policy`, `output Url` …
    pub name: String,
    /// What it is.
    pub before: Option<String>,
    /// What it would be.
    pub after: Option<String>,
}

/// A change set made while planning.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedChangeSet {
    /// Its ARN.
    pub id: String,
    /// The stack's ARN.
    pub stack_id: String,
    /// The stack was made by this change set and is only in review: it goes when the change set goes.
    pub made_review: bool,
}

impl Plan {
    /// Whether anything would happen.
    pub fn has_changes(&self) -> bool {
        self.stacks.iter().any(|planned| planned.verdict != Verdict::Unchanged)
    }

    /// The stacks that cannot be done as things are.
    pub fn refused(&self) -> impl Iterator<Item = &PlannedStack> {
        self.stacks.iter().filter(|planned| matches!(planned.verdict, Verdict::Refused { .. }))
    }
}

impl PlannedStack {
    /// A stack about which nothing is decided yet.
    pub fn new(stack: &Arc<Stack>, live: Option<&LiveStack>) -> Self {
        Self {
            stack: stack.clone(),
            live: live.cloned(),
            verdict: Verdict::Unchanged,
            steps: Vec::new(),
            parameters: Vec::new(),
            changes: Vec::new(),
            attributes: Vec::new(),
            change_set: None,
            provisional: Vec::new(),
            needs: Vec::new(),
        }
    }

    /// Whether it has to be planned again at its turn: its inputs may be others by then, or it could not be asked
    /// about yet.
    pub fn is_open(&self) -> bool {
        let decided = matches!(self.verdict, Verdict::Refused { .. } | Verdict::Delete);
        let asks = self.steps.iter().any(|step| matches!(step, Step::Create | Step::Update));
        !decided && (!self.provisional.is_empty() || (asks && self.change_set.is_none()))
    }

    /// Whether nothing is to be done, now and at its turn.
    pub fn is_settled(&self) -> bool {
        self.verdict == Verdict::Unchanged && self.provisional.is_empty()
    }
}
