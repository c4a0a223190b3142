//! What a change set would do to resources, in our words.

/// What would happen to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// It is created.
    Add,
    /// It is changed in place.
    Modify,
    /// It is made anew, and the old one is deleted.
    Replace,
    /// It may have to be made anew; CloudFormation knows only when it does it.
    MayReplace,
    /// It is deleted.
    Remove,
    /// It is taken out of the stack and stays.
    Retain,
    /// It is taken into the stack.
    Import,
    /// CloudFormation cannot tell yet (nested stacks).
    Unknown,
}

/// The change of one resource.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ResourceChange {
    /// Its logical id.
    pub logical_id: String,
    /// Its type.
    pub resource_type: String,
    /// Its physical id, if it exists.
    pub physical_id: Option<String>,
    /// What would happen.
    pub action: Action,
    /// The properties that change, sorted by path.
    pub properties: Vec<PropertyChange>,
}

/// The change of one property of a resource.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PropertyChange {
    /// Its path, such as `/Properties/TopicName`; only the property's name when the service gave no path.
    pub path: String,
    /// The value before; none when it is new or not told.
    pub before: Option<String>,
    /// The value after; none when it goes or is not told.
    pub after: Option<String>,
    /// Whether this change makes the resource anew.
    pub recreates: Recreates,
    /// What caused it: a parameter, another resource, an attribute (`Topic.Arn`).
    pub cause: Option<String>,
}

/// Whether the change of a property makes the resource anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recreates {
    /// It does not.
    Never,
    /// It may.
    Conditionally,
    /// It does.
    Always,
}

/// The value that CloudFormation writes for what it knows only after execution.
pub const KNOWN_AFTER_APPLY: &str = "{{changeSet:KNOWN_AFTER_APPLY}}";
