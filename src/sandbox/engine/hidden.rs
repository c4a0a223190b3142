//! What events do not tell: the values of hidden parameters (`NoEcho`) in the properties of a resource.

use super::super::language::Desired;
use super::Step;
use serde_json::{Map, Value};

impl Step<'_> {
    /// The properties of a resource as events show them, given what they are; nothing where no hidden parameter is in them.
    pub(super) fn masked(&self, desired: &Desired, logical_id: &str, clear: &Value) -> Option<Value> {
        // What cannot be evaluated with stars in the place of values is not shown at all.
        let shown = desired.masked()?.properties(logical_id, &*self.stack.instances, self.outlook);
        let shown = shown.unwrap_or_else(|_| Value::Object(Map::new()));
        (shown != *clear).then_some(shown)
    }
}
