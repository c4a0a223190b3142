//! Values in layers: each keeps every layer that gave it. Maps merge by key, everything else replaces.

use crate::model::document::Kind;
use crate::model::finding::Finding;
use crate::model::place::Place;
use crate::model::value::Value;
use crate::project::schema::reader::Written;
use std::sync::Arc;

/// Something that gives values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Its name for people.
    pub name: Arc<str>,
    /// Whether it is part of an environment's file: a difference that stands there is declared.
    pub declares: bool,
}

/// What one layer gave.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The layer.
    pub layer: Layer,
    /// Where; none for the command line.
    pub place: Option<Place>,
    /// What it gave.
    pub value: Arc<Value>,
}

/// A value with all layers that gave it or a part of it, the lowest first.
#[derive(Clone, Debug)]
pub struct Layered {
    /// What each layer gave.
    pub origins: Vec<Origin>,
    /// What came of it.
    pub content: Content,
}

/// What came of the layers.
#[derive(Clone, Debug)]
pub enum Content {
    /// A mapping, each of its values with its own layers.
    Map(Vec<(String, Layered)>),
    /// Anything else.
    Leaf(Arc<Value>),
}

/// Evaluates what is written; pure.
pub type Evaluate<'a> = &'a dyn Fn(&Written) -> Result<Value, Vec<Finding>>;

impl Layered {
    /// A mapping that no layer gave anything to.
    pub fn empty() -> Self {
        Self { origins: Vec::new(), content: Content::Map(Vec::new()) }
    }

    /// What a layer gives; parts that cannot be evaluated are told and left out.
    pub fn of(
        written: &Written,
        layer: &Layer,
        evaluate: Evaluate<'_>,
        findings: &mut Vec<Finding>,
    ) -> Option<Self> {
        let place = Some(written.place());
        if !matches!(written.node.kind, Kind::Mapping(_)) || written.node.tag.is_some() {
            return match evaluate(written) {
                Ok(value) => Some(Self::of_value(value, layer, place)),
                Err(mut told) => {
                    findings.append(&mut told);
                    None
                }
            };
        }
        let mut entries = Vec::new();
        for (key, node) in written.node.entries() {
            let Some(name) = key.text() else { continue };
            let child = Self::of(&written.sibling(node), layer, evaluate, findings);
            entries.extend(child.map(|child| (name.to_owned(), child)));
        }
        let content = Content::Map(entries);
        let value = Arc::new(content.value());
        Some(Self { origins: vec![Origin { layer: layer.clone(), place, value }], content })
    }

    /// A value of a layer, all of it written at one place.
    pub fn of_value(value: Value, layer: &Layer, place: Option<Place>) -> Self {
        let value = Arc::new(value);
        let origins = vec![Origin { layer: layer.clone(), place: place.clone(), value: value.clone() }];
        let content = match &*value {
            Value::Map(entries) => {
                let below = |value: &Value| Self::of_value(value.clone(), layer, place.clone());
                Content::Map(entries.iter().map(|(name, value)| (name.clone(), below(value))).collect())
            }
            Value::Null | Value::Boolean(_) | Value::Number(_) | Value::Text(_) | Value::List(_) => {
                Content::Leaf(value)
            }
        };
        Self { origins, content }
    }

    /// Lays another value over this one.
    pub fn lay(&mut self, above: Layered) {
        self.origins.extend(above.origins);
        match (&mut self.content, above.content) {
            (Content::Map(below), Content::Map(above)) => {
                for (name, value) in above {
                    match below.iter_mut().find(|(known, _)| *known == name) {
                        Some((_, known)) => known.lay(value),
                        None => below.push((name, value)),
                    }
                }
            }
            (content, above) => *content = above,
        }
    }

    /// Lays a value over the one of a name.
    pub fn lay_at(&mut self, name: &str, above: Layered) {
        self.lay(Layered { origins: Vec::new(), content: Content::Map(vec![(name.to_owned(), above)]) });
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&Layered> {
        match &self.content {
            Content::Map(entries) => entries.iter().find(|(known, _)| known == name).map(|(_, value)| value),
            Content::Leaf(_) => None,
        }
    }

    /// The value of a dotted path, or the last one on the way that is no mapping.
    pub fn at(&self, path: &str) -> Option<&Layered> {
        let mut value = self;
        for name in path.split('.').filter(|name| !name.is_empty()) {
            match &value.content {
                Content::Map(_) => value = value.get(name)?,
                Content::Leaf(_) => return Some(value),
            }
        }
        Some(value)
    }

    /// The layer that gave the value, or for a mapping the last one that gave a part of it.
    pub fn origin(&self) -> Option<&Origin> {
        self.origins.last()
    }

    /// Where the value was given last.
    pub fn place(&self) -> Option<Place> {
        self.origin().and_then(|origin| origin.place.clone())
    }

    /// The value without its layers.
    pub fn value(&self) -> Value {
        self.content.value()
    }

    /// Calls a function with each value that is no mapping; an empty mapping counts as none.
    pub fn each_leaf<'a>(&'a self, visit: &mut dyn FnMut(&'a Layered)) {
        match &self.content {
            Content::Map(entries) if !entries.is_empty() => {
                entries.iter().for_each(|(_, value)| value.each_leaf(visit));
            }
            Content::Map(_) | Content::Leaf(_) => visit(self),
        }
    }
}

impl Content {
    fn value(&self) -> Value {
        match self {
            Content::Map(entries) => {
                Value::Map(entries.iter().map(|(name, value)| (name.clone(), value.value())).collect())
            }
            Content::Leaf(value) => Value::clone(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(name: &str) -> Layer {
        Layer { name: name.into(), declares: true }
    }

    fn map(entries: &[(&str, Value)]) -> Value {
        Value::Map(entries.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
    }

    #[test]
    fn maps_merge_and_everything_else_replaces() {
        let number = |text: &str| Value::Number(text.to_owned());
        let list = |items: &[&str]| Value::List(items.iter().map(|item| number(item)).collect());
        let low = map(&[
            ("size", map(&[("min", number("1")), ("max", number("2"))])),
            ("zones", list(&["1", "2"])),
        ]);
        let high =
            map(&[("size", map(&[("max", number("9"))])), ("zones", list(&["3"])), ("new", number("7"))]);
        let mut value = Layered::of_value(low, &layer("low"), None);
        value.lay(Layered::of_value(high, &layer("high"), None));
        let size = map(&[("min", number("1")), ("max", number("9"))]);
        assert_eq!(value.value(), map(&[("size", size), ("zones", list(&["3"])), ("new", number("7"))]));
        let check = |path: &str, expected: &[&str]| {
            let found =
                value.at(path).map(|at| at.origins.iter().map(|one| &*one.layer.name).collect::<Vec<_>>());
            assert_eq!(found.as_deref(), Some(expected), "{path}");
        };
        check("size.min", &["low"]);
        check("size.max", &["low", "high"]);
        check("zones", &["low", "high"]);
        check("new", &["high"]);
        assert!(value.at("none").is_none());
    }
}
