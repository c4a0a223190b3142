//! A stack as the files want it: one template, one account, one region.

use crate::model::account::{Account, Target};
use crate::model::document::Document;
use crate::model::fact::Input;
use crate::model::place::Place;
use std::fmt;
use std::sync::Arc;

/// Names a stack among all environments, before and after it exists.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StackAddress {
    /// The environment's name, such as `quiz/dev`.
    pub environment: String,
    /// The stack's key in the blueprint, or its own name within a `for_each`.
    pub stack: String,
    /// The account role.
    pub account: String,
    /// The region.
    pub region: String,
}

impl fmt::Display for StackAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}@{}/{}", self.environment, self.stack, self.account, self.region)
    }
}

/// What happens to a stack whose creation or update fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnFailure {
    /// CloudFormation takes back what it did.
    #[default]
    Rollback,
    /// What was made stays, for looking at.
    Keep,
    /// A failed first creation is deleted.
    Delete,
}

/// When CloudFormation calls a resource done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// When it is stable.
    #[default]
    Standard,
    /// When its configuration is applied.
    Express,
}

/// A parameter of a stack and what it is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name in the template.
    pub name: String,
    /// What it is given.
    pub input: Input,
    /// Where the blueprint says so.
    pub place: Place,
}

/// The rendered template of a stack. Stacks that render to the same bytes share one.
#[derive(Debug)]
pub struct Body {
    /// Lower-case hexadecimal SHA-256 of the text.
    pub sha256: String,
    /// The tree that CloudFormation reads, with the way back to the template.
    pub document: Document,
    /// The template's path from the project's root.
    pub template: String,
}

impl Body {
    /// What is sent to CloudFormation.
    pub fn text(&self) -> &str {
        &self.document.source.text
    }
}

/// A stack as it is wanted.
#[derive(Clone, Debug)]
pub struct Stack {
    /// Its address.
    pub address: StackAddress,
    /// The shortest name that tells it from the others of its environment, for people: `network`, `edge (us-east-1)`.
    pub label: String,
    /// Its name in CloudFormation.
    pub name: String,
    /// The account it goes to.
    pub account: Arc<Account>,
    /// The region it goes to.
    pub region: String,
    /// Its rendered template.
    pub body: Arc<Body>,
    /// Its parameters, in the blueprint's order.
    pub parameters: Vec<Parameter>,
    /// Its tags, sorted by key, with formwork's own mark among them.
    pub tags: Vec<(String, String)>,
    /// What it may do, such as `CAPABILITY_NAMED_IAM`; given in the blueprint or derived from the template.
    pub capabilities: Vec<String>,
    /// The service role CloudFormation uses.
    pub role: Option<String>,
    /// The stack policy, as JSON.
    pub policy: Option<String>,
    /// The topics that hear of its events.
    pub notifications: Vec<String>,
    /// How long its creation may take, in minutes.
    pub timeout_minutes: Option<u32>,
    /// What happens when it fails.
    pub on_failure: OnFailure,
    /// When it is done.
    pub mode: Mode,
    /// Termination protection; never deleted or replaced without consent.
    pub protect: bool,
    /// The stacks it waits for: those of `after` and those whose outputs it takes, sorted, without repetition.
    pub needs: Vec<StackAddress>,
    /// Where the blueprint declares it.
    pub place: Place,
}

impl Stack {
    /// The account and region it goes to.
    pub fn target(&self) -> Target {
        Target { account: self.account.id.clone(), region: self.region.clone() }
    }
}
