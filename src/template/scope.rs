//! The names an expression or a template can use, in layers that share what lies below them.

use crate::model::value::Value;
use crate::template::convert;
use crate::template::render::Files;
use crate::template::session;
use minijinja::value::{Enumerator, Object};
use std::fmt;
use std::sync::Arc;

/// The names an expression or a template can use.
#[derive(Clone)]
pub struct Scope {
    layer: Arc<Layer>,
    files: Option<Arc<dyn Files>>,
}

/// Names and values on top of other names and values.
#[derive(Debug)]
struct Layer {
    names: Vec<(String, Value, minijinja::Value)>,
    below: Option<Arc<Layer>>,
}

impl Scope {
    /// Takes a mapping of names to values (`values`, `environment`, `account`, …).
    pub fn new(values: Value) -> Self {
        let names = match values {
            Value::Map(entries) => entries,
            _ => Vec::new(),
        };
        Self { layer: Arc::new(Layer::new(names, None)), files: None }
    }

    /// The same scope with further names, which hide those of the same name below; what lies below is shared.
    pub fn with(&self, names: Vec<(String, Value)>) -> Self {
        let layer = Layer::new(names, Some(self.layer.clone()));
        Self { layer: Arc::new(layer), files: self.files.clone() }
    }

    /// The same scope with files for the functions that read some.
    pub fn with_files(&self, files: Arc<dyn Files>) -> Self {
        Self { layer: self.layer.clone(), files: Some(files) }
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.layer.find(name).map(|(_, value, _)| value)
    }

    pub(super) fn files(&self) -> Option<Arc<dyn Files>> {
        self.files.clone()
    }

    pub(super) fn context(&self) -> minijinja::Value {
        minijinja::Value::from_object(Root(self.layer.clone()))
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("names", &self.layer.known()).finish_non_exhaustive()
    }
}

impl Layer {
    fn new(names: Vec<(String, Value)>, below: Option<Arc<Layer>>) -> Self {
        let names = names.into_iter().map(|(name, value)| {
            let converted = convert::to_engine(&value);
            (name, value, converted)
        });
        Self { names: names.collect(), below }
    }

    fn find(&self, name: &str) -> Option<&(String, Value, minijinja::Value)> {
        let mut layer = Some(self);
        while let Some(here) = layer {
            if let Some(found) = here.names.iter().rev().find(|(known, ..)| known == name) {
                return Some(found);
            }
            layer = here.below.as_deref();
        }
        None
    }

    fn known(&self) -> Vec<String> {
        let mut known = Vec::new();
        let mut layer = Some(self);
        while let Some(here) = layer {
            known.extend(here.names.iter().map(|(name, ..)| name.clone()));
            layer = here.below.as_deref();
        }
        known.sort();
        known.dedup();
        known
    }
}

/// The outermost names, as the engine sees them.
#[derive(Debug)]
struct Root(Arc<Layer>);

impl Object for Root {
    fn get_value(self: &Arc<Self>, key: &minijinja::Value) -> Option<minijinja::Value> {
        let name = key.as_str()?;
        let found = self.0.find(name).map(|(_, _, value)| value.clone());
        if found.is_none() {
            let layer = self.0.clone();
            session::missed(name, move || layer.known());
        }
        found
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.0.known().into_iter().map(minijinja::Value::from).collect())
    }
}
