//! What events do not tell: the values of hidden parameters (`NoEcho`) in the properties of a resource.

use super::Step;
use serde_json::Value;

impl Step<'_> {
    /// The properties of a resource as an event shows them.
    pub(super) fn shown(&mut self, logical_id: &str, properties: &Value) -> Value {
        let hides = |wish: &super::super::stack::Wish| wish.parameters.values().any(|value| value.no_echo);
        if !self.stack.wish.as_ref().is_some_and(hides) {
            return properties.clone();
        }
        let Ok(clear) = self.desired() else { return properties.clone() };
        let Some(masked) = clear.masked() else { return properties.clone() };
        let instances = &*self.stack.instances;
        let clear = clear.properties(logical_id, instances, self.outlook);
        match (clear, masked.properties(logical_id, instances, self.outlook)) {
            (Ok(clear), Ok(masked)) => hide(properties, &clear, &masked),
            _ => properties.clone(),
        }
    }
}

/// Puts the masked value wherever the clear one is shown.
fn hide(shown: &Value, clear: &Value, masked: &Value) -> Value {
    if clear == masked {
        return shown.clone();
    }
    if shown == clear {
        return masked.clone();
    }
    match (shown, clear, masked) {
        (Value::Object(shown), Value::Object(clear), Value::Object(masked)) => {
            let hidden = |name: &String, value: &Value| match (clear.get(name), masked.get(name)) {
                (Some(clear), Some(masked)) => hide(value, clear, masked),
                _ => value.clone(),
            };
            Value::Object(shown.iter().map(|(name, value)| (name.clone(), hidden(name, value))).collect())
        }
        (Value::Array(shown), Value::Array(clear), Value::Array(masked)) => {
            let hidden = |(index, value): (usize, &Value)| match (clear.get(index), masked.get(index)) {
                (Some(clear), Some(masked)) => hide(value, clear, masked),
                _ => value.clone(),
            };
            shown.iter().enumerate().map(hidden).collect()
        }
        _ => shown.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_comes_from_hidden_parameters_is_masked() {
        let clear =
            json!({"Password": "sesame", "Name": "a", "Tags": [{"Value": "x-sesame"}, {"Value": "sesame"}]});
        let masked =
            json!({"Password": "****", "Name": "a", "Tags": [{"Value": "x-****"}, {"Value": "****"}]});
        assert_eq!(hide(&clear, &clear, &masked), masked);
        let older = json!({"Password": "earlier", "Name": "a", "Tags": [{"Value": "x-sesame"}], "More": 1});
        let expected = json!({"Password": "earlier", "Name": "a", "Tags": [{"Value": "x-****"}], "More": 1});
        assert_eq!(hide(&older, &clear, &masked), expected);
    }
}
