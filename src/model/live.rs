//! What CloudFormation says of deployed stacks, in our words.

use crate::model::status::StackStatus;

/// A deployed stack as `DescribeStacks` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveStack {
    /// Its ARN.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its status.
    pub status: StackStatus,
    /// Why it has that status, if it says so.
    pub reason: Option<String>,
    /// Its parameters; `NoEcho` ones read `****`.
    pub parameters: Vec<LiveParameter>,
    /// Its outputs.
    pub outputs: Vec<LiveOutput>,
    /// Its tags.
    pub tags: Vec<(String, String)>,
    /// What it was allowed.
    pub capabilities: Vec<String>,
    /// Its service role.
    pub role: Option<String>,
    /// The topics that hear of it.
    pub notifications: Vec<String>,
    /// Termination protection.
    pub protected: bool,
    /// The parent's ARN, if it is nested in another stack.
    pub parent: Option<String>,
    /// When it was created, as RFC 3339 in UTC.
    pub created: String,
    /// When it was last updated, likewise.
    pub updated: Option<String>,
}

/// A parameter of a deployed stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveParameter {
    /// Its name.
    pub name: String,
    /// Its value; for SSM-typed ones the name of the parameter.
    pub value: String,
    /// For SSM-typed ones: what it resolved to.
    pub resolved: Option<String>,
}

/// An output of a deployed stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveOutput {
    /// Its name.
    pub key: String,
    /// Its value.
    pub value: String,
    /// What the template says of it.
    pub description: Option<String>,
    /// The name it is exported by.
    pub export: Option<String>,
}

/// A resource of a deployed stack, as `ListStackResources` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveResource {
    /// Its logical id.
    pub logical_id: String,
    /// Its physical id; empty before it exists.
    pub physical_id: String,
    /// Its type.
    pub resource_type: String,
    /// Its status, as the service writes it (`UPDATE_COMPLETE`).
    pub status: String,
    /// Why, if it says so.
    pub reason: Option<String>,
}

/// An event of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackEvent {
    /// Unique.
    pub id: String,
    /// The stack's ARN.
    pub stack_id: String,
    /// The resource's logical id; the stack's own name for events of the stack itself.
    pub logical_id: String,
    /// The physical id; the stack's ARN for events of the stack itself.
    pub physical_id: String,
    /// The resource's type.
    pub resource_type: String,
    /// The status, as the service writes it.
    pub status: String,
    /// Why.
    pub reason: Option<String>,
    /// When, as RFC 3339 in UTC.
    pub time: String,
    /// The token of the request that started the operation.
    pub token: Option<String>,
}

impl StackEvent {
    /// Whether it speaks of the stack itself and not of a resource.
    pub fn is_of_the_stack(&self) -> bool {
        self.physical_id == self.stack_id
    }

    /// When it was, in milliseconds since 1970; none when the service gave no time.
    pub fn milliseconds(&self) -> Option<u64> {
        let time: jiff::Timestamp = self.time.parse().ok()?;
        time.as_millisecond().try_into().ok()
    }
}
