//! The nouns of a difference: resource changes and their details, as `DescribeChangeSet` shows them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Ignored, State};

/// The whole difference.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// The changes of resources, those that do something only.
    pub changes: Vec<ResourceChange>,
    /// Whether outputs differ.
    pub outputs: bool,
    /// Whether the stack's tags differ.
    pub tags: bool,
    /// Whether the template differs before its transforms are carried out; never for templates without any.
    #[serde(default)]
    pub transforms: bool,
    /// The properties that stacks inside the stack are foreseen to have, by logical id.
    #[serde(default)]
    pub nested: BTreeMap<String, Value>,
    /// Why values could not be told, for the `[WARN]` of a change set: logical id and cause.
    pub warnings: Vec<(String, String)>,
}

impl Difference {
    /// Says whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && !self.outputs && !self.tags && !self.transforms
    }
}

/// What happens to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// It is made.
    Add,
    /// It is changed, perhaps replaced.
    Modify,
    /// It is removed.
    Remove,
    /// It exists and becomes part of the stack.
    Import,
    /// It stays as it is; the stack learns what it is like.
    SyncWithActual,
}

/// Whether a modified resource is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Replacement {
    /// It keeps its identity.
    False,
    /// It depends on values not known yet.
    Conditional,
    /// A new one takes its place.
    True,
}

/// The part of a resource that changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Attribute {
    /// Its properties.
    Properties,
    /// Its metadata.
    Metadata,
    /// Its creation policy.
    CreationPolicy,
    /// Its update policy.
    UpdatePolicy,
    /// Its deletion policy.
    DeletionPolicy,
    /// Its update-replace policy.
    UpdateReplacePolicy,
    /// Its tags.
    Tags,
}

/// Whether a change of a property needs a new resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Recreation {
    /// Never.
    Never,
    /// It depends.
    Conditionally,
    /// Always.
    Always,
}

/// Whether the new value is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Evaluation {
    /// It is known.
    Static,
    /// It depends on what the execution brings.
    Dynamic,
}

/// Where a change comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ChangeSource {
    /// A `Ref` to a resource.
    ResourceReference,
    /// A `Ref` to a parameter.
    ParameterReference,
    /// A `Fn::GetAtt`.
    ResourceAttribute,
    /// The template itself.
    DirectModification,
    /// A nested stack.
    Automatic,
    /// Nothing in the template: the resource has drifted from it.
    NoModification,
}

/// What happens to a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum AttributeChange {
    /// It appears.
    Add,
    /// It goes.
    Remove,
    /// It becomes another.
    Modify,
    /// It stays; the stack learns what it is.
    SyncWithActual,
}

/// One detail of a change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PropertyDetail {
    /// The part.
    pub attribute: Attribute,
    /// The top-level property; none for other parts.
    pub name: Option<String>,
    /// `/Properties/TopicName`.
    pub path: String,
    /// Whether a new resource is needed.
    pub recreation: Recreation,
    /// Whether the value is known.
    pub evaluation: Evaluation,
    /// Where it comes from.
    pub source: ChangeSource,
    /// The parameter, resource or attribute that causes it.
    pub causing_entity: Option<String>,
    /// What happens to the value.
    pub change: AttributeChange,
    /// The value before.
    pub before: Option<String>,
    /// The value after.
    pub after: Option<String>,
    /// Whether the detail is shown without property values.
    pub in_plain: bool,
    /// Whether the detail is shown with property values.
    pub in_values: bool,
    /// What is known of the property's drift; only in drift-aware change sets.
    #[serde(default)]
    pub live: Option<LiveDrift>,
}

/// What a drift-aware change set says of one property.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveDrift {
    /// Whether the value before is what was found, not what was deployed.
    pub from_actual: bool,
    /// What was deployed and what was found, where these differ.
    pub drift: Option<(Option<String>, Option<String>)>,
}

/// What a drift-aware change set says of one resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RowDrift {
    /// How it was found.
    pub state: State,
    /// The properties whose drift does not count, and why.
    pub ignored: Vec<(String, Ignored)>,
    /// `PreviousDeploymentContext`, to be written as a JSON text.
    pub deployed: Option<Value>,
}

/// The change of one resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResourceChange {
    /// Its name in the template.
    pub logical_id: String,
    /// What it is called in the world; none for added ones.
    pub physical_id: Option<String>,
    /// Its type.
    pub resource_type: String,
    /// What happens.
    pub action: Action,
    /// Whether it is replaced; meaningful for [`Action::Modify`].
    pub replacement: Replacement,
    /// `Delete`, `Retain`, `Snapshot`, `ReplaceAndDelete` …
    pub policy_action: Option<String>,
    /// The parts that change.
    pub scope: Vec<Attribute>,
    /// The details.
    pub details: Vec<PropertyDetail>,
    /// `BeforeContext`, to be written as a JSON text.
    pub before_context: Option<Value>,
    /// `AfterContext`, to be written as a JSON text.
    pub after_context: Option<Value>,
    /// Whether the row is shown without property values.
    pub in_plain: bool,
    /// Whether the row is shown with property values.
    pub in_values: bool,
    /// The change set of a stack inside the stack.
    #[serde(default)]
    pub change_set_id: Option<String>,
    /// What is known of the resource's drift; only in drift-aware change sets.
    #[serde(default)]
    pub drift: Option<RowDrift>,
}
