//! What events do not tell: the values of hidden parameters (`NoEcho`) in the properties of a resource.

use super::super::language::Desired;
use super::Step;
use serde_json::{Map, Value};

impl Step<'_> {
    /// The properties of a resource as events show them; nothing where no hidden parameter is in them.
    pub(super) fn masked(&self, desired: &Desired, logical_id: &str) -> Option<Value> {
        let masked = desired.masked()?;
        let instances = &*self.stack.instances;
        let clear = desired.properties(logical_id, instances, self.outlook).ok()?;
        // What cannot be evaluated with stars in the place of values is not shown at all.
        let shown = masked.properties(logical_id, instances, self.outlook);
        let shown = shown.unwrap_or_else(|_| Value::Object(Map::new()));
        (shown != clear).then_some(shown)
    }
}
