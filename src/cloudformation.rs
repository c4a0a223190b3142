//! What formwork asks of the service, in its own words. The real service and the sandbox both stand behind it.
//!
//! Every call names its target; the implementation signs in, passes the account guard first, keeps to the rates, and
//! repeats what may be repeated. An error that comes out of here is final.

use crate::model::account::Target;
use crate::model::change::ResourceChange;
use crate::model::live::{LiveResource, LiveStack, StackEvent};
use crate::model::secret::Secret;
use crate::model::stack::{Mode, OnFailure};
use std::future::Future;

/// Why a call failed for good.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServiceError {
    /// The service refused: its error code and message.
    #[error("{operation} in {target} was refused: {message} ({code})")]
    Refused {
        /// The operation, such as `CreateChangeSet`.
        operation: &'static str,
        /// Where.
        target: Target,
        /// The error code, such as `ValidationError`.
        code: String,
        /// The message.
        message: String,
    },
    /// The thing does not exist.
    #[error("{what} does not exist in {target}")]
    Absent {
        /// What was asked for.
        what: String,
        /// Where.
        target: Target,
    },
    /// The credentials have lapsed or there are none.
    #[error("there are no valid credentials for account {target}: {message}")]
    Credentials {
        /// Where.
        target: Target,
        /// What the provider or service said.
        message: String,
    },
    /// The credentials are of another account than the environment maps.
    #[error("the credentials for {target} belong to account {actual}")]
    WrongAccount {
        /// Where.
        target: Target,
        /// The account that answered.
        actual: String,
        /// The ARN that answered.
        arn: String,
    },
    /// No answer, after all repetitions.
    #[error("{operation} in {target} got no answer: {message}")]
    Unreachable {
        /// The operation.
        operation: &'static str,
        /// Where.
        target: Target,
        /// The last thing that went wrong.
        message: String,
    },
}

/// The outcome of a call.
pub type Answer<T> = Result<T, ServiceError>;

/// Who the caller is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The account.
    pub account: String,
    /// The ARN; its second part is the partition.
    pub arn: String,
}

/// A template as it is handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplateSource {
    /// In the request, up to 51,200 bytes.
    Body(String),
    /// In an S3 object.
    Url(String),
    /// The one that is deployed.
    Previous,
}

/// A parameter of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParameterValue {
    /// A value that may be shown.
    Plain(String),
    /// A value that may not.
    Hidden(Secret),
    /// The one that is deployed.
    Previous,
}

/// Whether a change set creates or updates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeSetKind {
    /// The stack does not exist, or is only in review.
    Create,
    /// The stack exists.
    Update,
}

/// All that a change set needs.
#[derive(Clone, Debug)]
pub struct ChangeSetRequest {
    /// The stack's name.
    pub stack: String,
    /// The change set's name.
    pub name: String,
    /// Create or update.
    pub kind: ChangeSetKind,
    /// The template.
    pub template: TemplateSource,
    /// The parameters.
    pub parameters: Vec<(String, ParameterValue)>,
    /// The tags; an empty list clears them.
    pub tags: Vec<(String, String)>,
    /// The capabilities.
    pub capabilities: Vec<String>,
    /// The service role.
    pub role: Option<String>,
    /// The topics; an empty list clears them.
    pub notifications: Vec<String>,
    /// What happens when a first creation fails.
    pub on_failure: OnFailure,
    /// When resources are done.
    pub mode: Mode,
    /// Deterministic client token.
    pub token: String,
    /// A few words for people who meet it in the console.
    pub description: String,
}

/// How far a change set is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeSetState {
    /// It is being worked out.
    Pending,
    /// It can be executed.
    Ready,
    /// There is nothing to change (both of the service's phrases for it).
    NoChanges,
    /// It failed, with the reason.
    Failed(String),
    /// It was executed, or overtaken by something else.
    Gone(String),
}

/// A change set.
#[derive(Clone, Debug)]
pub struct ChangeSet {
    /// Its ARN.
    pub id: String,
    /// The stack's ARN.
    pub stack_id: String,
    /// How far it is.
    pub state: ChangeSetState,
    /// What it would do; complete only when ready.
    pub changes: Vec<ResourceChange>,
}

/// What the service is asked. `stack` is a name or, better, an ARN.
pub trait CloudFormation: Send + Sync + 'static {
    /// Signs in and passes the account guard. All other calls do this first by themselves.
    fn sign_in(&self, target: &Target) -> impl Future<Output = Answer<Identity>> + Send;
    /// All live stacks there, without deleted ones, in one paged read. Outputs come with them.
    fn stacks(&self, target: &Target) -> impl Future<Output = Answer<Vec<LiveStack>>> + Send;
    /// One stack; deleted ones only by ARN.
    fn stack(&self, target: &Target, stack: &str) -> impl Future<Output = Answer<LiveStack>> + Send;
    /// The original template of a deployed stack.
    fn template(&self, target: &Target, stack: &str) -> impl Future<Output = Answer<String>> + Send;
    /// The resources of a stack.
    fn resources(
        &self,
        target: &Target,
        stack: &str,
    ) -> impl Future<Output = Answer<Vec<LiveResource>>> + Send;
    /// The events of a stack after the one with the given id, oldest first; all when none is given.
    fn events(
        &self,
        target: &Target,
        stack: &str,
        after: Option<&str>,
    ) -> impl Future<Output = Answer<Vec<StackEvent>>> + Send;
    /// The id of the newest event of a stack, if it has any: what comes after it is new.
    fn last_event(&self, target: &Target, stack: &str)
    -> impl Future<Output = Answer<Option<String>>> + Send;
    /// The stack policy.
    fn policy(&self, target: &Target, stack: &str) -> impl Future<Output = Answer<Option<String>>> + Send;
    /// Begins a change set; gives its ARN.
    fn create_change_set(
        &self,
        target: &Target,
        request: &ChangeSetRequest,
    ) -> impl Future<Output = Answer<String>> + Send;
    /// How far a change set is, with property-level changes (two-pass) once it is ready.
    fn change_set(&self, target: &Target, id: &str) -> impl Future<Output = Answer<ChangeSet>> + Send;
    /// Deletes a change set; a missing one is no error.
    fn delete_change_set(&self, target: &Target, id: &str) -> impl Future<Output = Answer<()>> + Send;
    /// The change sets of a stack: their ARNs.
    fn change_sets(&self, target: &Target, stack: &str) -> impl Future<Output = Answer<Vec<String>>> + Send;
    /// Starts a change set. `keep` preserves what was made when it fails.
    fn execute_change_set(
        &self,
        target: &Target,
        id: &str,
        keep: bool,
        token: &str,
    ) -> impl Future<Output = Answer<()>> + Send;
    /// Starts the deletion of a stack; a missing one is no error.
    fn delete_stack(
        &self,
        target: &Target,
        stack: &str,
        role: Option<&str>,
        token: &str,
    ) -> impl Future<Output = Answer<()>> + Send;
    /// Continues a rollback that failed, skipping resources.
    fn continue_rollback(
        &self,
        target: &Target,
        stack: &str,
        skip: &[String],
        token: &str,
    ) -> impl Future<Output = Answer<()>> + Send;
    /// Rolls a paused failure back.
    fn roll_back(&self, target: &Target, stack: &str, token: &str)
    -> impl Future<Output = Answer<()>> + Send;
    /// Takes a running update back.
    fn cancel_update(
        &self,
        target: &Target,
        stack: &str,
        token: &str,
    ) -> impl Future<Output = Answer<()>> + Send;
    /// Sets termination protection.
    fn protect(&self, target: &Target, stack: &str, on: bool) -> impl Future<Output = Answer<()>> + Send;
    /// Sets the stack policy.
    fn set_policy(
        &self,
        target: &Target,
        stack: &str,
        policy: &str,
    ) -> impl Future<Output = Answer<()>> + Send;
    /// Puts a template into a bucket of the target's account, making the bucket if there is none; gives its URL.
    fn upload(
        &self,
        target: &Target,
        bucket: &str,
        key: &str,
        body: &str,
    ) -> impl Future<Output = Answer<String>> + Send;
    /// The value of a parameter of Systems Manager.
    fn ssm_parameter(&self, target: &Target, name: &str) -> impl Future<Output = Answer<String>> + Send;
}
