//! The form of one resource type: its properties, their values, and what may be done with them.
//!
//! Pure data with look-ups by path; how it is stored is told in `data`.

use std::collections::BTreeMap;

/// How many definitions may follow each other before a shape counts as unknown.
const MAX_REFERENCES: usize = 16;

/// One resource type as its published schema describes it.
///
/// Paths are written `A`, `A/B`, `A/*/B`; the star stands for every item of a list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ResourceType {
    /// `AWS::S3::Bucket`.
    pub name: String,
    /// The top-level properties by name, read-only ones included.
    pub properties: BTreeMap<String, Shape>,
    /// Names of the top-level properties that must be given.
    pub required: Vec<String>,
    /// Whether properties that are not listed are accepted.
    pub open: bool,
    /// Paths whose change requires a new resource.
    pub create_only: Vec<String>,
    /// Paths whose change may require a new resource.
    pub conditional_create_only: Vec<String>,
    /// Paths that only the service sets.
    pub read_only: Vec<String>,
    /// Paths that can be written and never read back.
    pub write_only: Vec<String>,
    /// The paths that identify a resource.
    pub primary_identifier: Vec<String>,
    /// The property that holds tags, when the type takes tags.
    pub tag_property: Option<String>,
    /// Paths that `Fn::GetAtt` reads beside the read-only ones; `*` for all.
    pub(super) readable: Vec<String>,
    /// Shapes that others refer to by name.
    pub(super) definitions: BTreeMap<String, Shape>,
}

/// What a value may be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Shape {
    /// Anything: the schema says nothing, or says several things.
    #[default]
    Any,
    /// Text.
    String,
    /// One of a few words.
    Word(Vec<String>),
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A list of one kind of value.
    List(Box<Shape>),
    /// Free keys with one kind of value.
    Map(Box<Shape>),
    /// Named properties.
    Object(Fields),
    /// A shape of the type's own definitions; see [`ResourceType::resolve`].
    Named(String),
}

/// The properties of an object.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fields {
    /// The properties by name.
    pub properties: BTreeMap<String, Shape>,
    /// Those that must be given.
    pub required: Vec<String>,
    /// Whether properties that are not listed are accepted.
    pub open: bool,
}

/// What an unknown shape is.
static ANY: Shape = Shape::Any;

impl ResourceType {
    /// The shapes that others refer to by name.
    pub fn definitions(&self) -> &BTreeMap<String, Shape> {
        &self.definitions
    }

    /// Follows references until the shape is a real one.
    pub fn resolve<'a>(&'a self, shape: &'a Shape) -> &'a Shape {
        let mut current = shape;
        for _ in 0..MAX_REFERENCES {
            let Shape::Named(name) = current else { return current };
            current = self.definitions.get(name).unwrap_or(&ANY);
        }
        &ANY
    }

    /// The shape at a path; none when a step is not known.
    pub fn shape(&self, path: &str) -> Option<&Shape> {
        let mut steps = path.split('/');
        let mut current = self.resolve(self.properties.get(steps.next()?)?);
        for step in steps {
            current = match current {
                Shape::Object(fields) => match fields.properties.get(step) {
                    Some(shape) => self.resolve(shape),
                    None if fields.open => &ANY,
                    None => return None,
                },
                Shape::List(item) if step == "*" => self.resolve(item),
                Shape::Map(value) => self.resolve(value),
                Shape::Any => &ANY,
                _ => return None,
            };
        }
        Some(current)
    }

    /// Says whether a change at the path requires a new resource: the path, a part of it, or something inside it is
    /// create-only.
    pub fn is_create_only(&self, path: &str) -> bool {
        touches(&self.create_only, path)
    }

    /// Says whether a change at the path may require a new resource.
    pub fn is_conditional_create_only(&self, path: &str) -> bool {
        touches(&self.conditional_create_only, path)
    }

    /// Says whether the path is set by the service only, as a whole. Some schemas list what may be given once, such as the
    /// key of a `AWS::CodeArtifact::Domain`, under both read-only and create-only.
    pub fn is_read_only(&self, path: &str) -> bool {
        let given_once = |path: &String| self.create_only.contains(path);
        self.read_only.iter().any(|known| within(path, known) && !given_once(known))
    }

    /// The shape of what `Fn::GetAtt` reads under a name (`Endpoint.Address`), when the type has such an attribute.
    pub fn attribute(&self, name: &str) -> Option<&Shape> {
        if self.accepts_any_attribute() {
            return Some(&ANY);
        }
        if let Some(rest) = name.strip_prefix("Outputs.") {
            let outputs = self.read_only.iter().any(|path| path == "Outputs")
                || self.name == "AWS::CloudFormation::Stack";
            return (outputs && !rest.is_empty()).then_some(&Shape::String);
        }
        let path = name.replace('.', "/");
        let listed = self.readable.iter().any(|known| known == "*" || *known == path);
        if listed || self.read_only.iter().any(|known| within(&path, known)) {
            self.shape(&path)
        } else {
            None
        }
    }

    /// The names that `Fn::GetAtt` reads, in alphabetical order; incomplete when any name is accepted.
    pub fn attributes(&self) -> Vec<String> {
        let mut names: Vec<String> =
            self.read_only.iter().filter(|path| !path.contains('*')).cloned().collect();
        for path in &self.readable {
            match path.as_str() {
                "*" => names.extend(self.properties.keys().cloned()),
                path => names.push(path.to_owned()),
            }
        }
        names.iter_mut().for_each(|name| *name = name.replace('/', "."));
        names.sort();
        names.dedup();
        names
    }

    /// Says whether `Fn::GetAtt` reads any name of this type: somebody else answers for it.
    pub fn accepts_any_attribute(&self) -> bool {
        self.name.starts_with("Custom::") || self.name == "AWS::CloudFormation::CustomResource"
    }
}

fn touches(paths: &[String], path: &str) -> bool {
    paths.iter().any(|known| within(known, path) || within(path, known))
}

/// Says whether a path is another or lies inside it.
fn within(path: &str, outer: &str) -> bool {
    path.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::super::find;
    use super::*;

    fn check(name: &str, test: impl Fn(&ResourceType) -> bool) {
        let found = find(name).expect("the type is published");
        assert!(test(&found), "{name}: {found:#?}");
    }

    #[test]
    fn paths_lead_to_shapes() {
        check("AWS::SNS::Topic", |t| t.shape("TopicName") == Some(&Shape::String));
        check("AWS::SNS::Topic", |t| t.shape("Subscription/*/Endpoint") == Some(&Shape::String));
        check("AWS::SNS::Topic", |t| t.shape("Subscription/*/Nothing").is_none());
        check("AWS::SNS::Topic", |t| t.shape("Nothing").is_none());
        check("AWS::SQS::Queue", |t| t.shape("DelaySeconds") == Some(&Shape::Integer));
        check("AWS::SQS::Queue", |t| t.shape("RedrivePolicy/deadLetterTargetArn") == Some(&Shape::Any));
        check("AWS::Lambda::Function", |t| t.shape("Environment/Variables/X").is_some());
    }

    #[test]
    fn what_may_be_given_once_is_not_read_only() {
        check("AWS::CodeArtifact::Domain", |t| {
            !t.is_read_only("EncryptionKey")
                && t.is_read_only("Arn")
                && t.attribute("EncryptionKey").is_some()
        });
    }

    #[test]
    fn create_only_paths_are_known() {
        check("AWS::SNS::Topic", |t| t.is_create_only("TopicName") && !t.is_create_only("DisplayName"));
        check("AWS::RDS::DBInstance", |t| t.is_create_only("DBInstanceIdentifier"));
        check("AWS::EC2::Instance", |t| t.is_create_only("ImageId"));
        check("AWS::EC2::LaunchTemplate", |t| t.is_create_only("LaunchTemplateName"));
    }

    #[test]
    fn attributes_are_those_of_get_att() {
        check("AWS::RDS::DBInstance", |t| t.attribute("Endpoint.Address") == Some(&Shape::String));
        check("AWS::S3::Bucket", |t| t.attribute("Arn").is_some() && t.attribute("BucketName").is_none());
        check("AWS::SNS::Topic", |t| t.attribute("DisplayName").is_some() && t.attribute("Colour").is_none());
        check("AWS::CloudFormation::CustomResource", |t| t.attribute("Whatever").is_some());
        check("AWS::CloudFormation::Stack", |t| t.attribute("Outputs.X").is_some());
        check("AWS::RDS::DBInstance", |t| t.attributes().contains(&"Endpoint.Address".to_owned()));
    }

    #[test]
    fn paths_touch_what_lies_on_their_way() {
        for (known, path, expected) in [
            ("A", "A", true),
            ("A/B", "A", true),
            ("A", "A/B", true),
            ("A", "AB", false),
            ("A/B", "A/C", false),
        ] {
            assert_eq!(touches(&[known.to_owned()], path), expected, "{known} {path}");
        }
    }
}
