//! Holds JSON against one of our schemas. Knows the few words of JSON Schema that they use, and no others.

use serde_json::Value;

/// Every place at which a value is not as a schema describes it.
pub fn violations(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    Check { root: schema }.at("", schema, value, &mut found);
    found
}

struct Check<'a> {
    root: &'a Value,
}

impl Check<'_> {
    fn at(&self, path: &str, schema: &Value, value: &Value, found: &mut Vec<String>) {
        let words = schema.as_object().expect("a schema is an object");
        for (word, rule) in words {
            let fits = match word.as_str() {
                "$schema" | "title" | "description" | "$defs" | "additionalProperties" => true,
                "$ref" => {
                    let pointer = rule.as_str().expect("a reference is a text").trim_start_matches('#');
                    self.at(path, self.root.pointer(pointer).expect("it leads somewhere"), value, found);
                    true
                }
                "type" => match rule {
                    Value::Array(kinds) => kinds.iter().any(|kind| is_a(kind, value)),
                    kind => is_a(kind, value),
                },
                "const" => value == rule,
                "enum" => rule.as_array().is_some_and(|all| all.contains(value)),
                "pattern" => matches(rule.as_str().expect("a pattern is a text"), value),
                "oneOf" => {
                    let fits = |one: &&Value| {
                        let mut wrong = Vec::new();
                        self.at(path, one, value, &mut wrong);
                        wrong.is_empty()
                    };
                    rule.as_array().expect("a list").iter().filter(fits).count() == 1
                }
                "required" => rule
                    .as_array()
                    .expect("a list")
                    .iter()
                    .all(|name| value.get(name.as_str().unwrap_or("")).is_some()),
                "properties" => true,
                "items" => {
                    let items = value.as_array().into_iter().flatten().enumerate();
                    items.for_each(|(at, item)| self.at(&format!("{path}/{at}"), rule, item, found));
                    true
                }
                other => panic!("`{other}` is no word that is checked"),
            };
            if !fits {
                found.push(format!("{path}: {value} is not as `{word}: {rule}` says"));
            }
        }
        self.members(path, schema, value, found);
    }

    fn members(&self, path: &str, schema: &Value, value: &Value, found: &mut Vec<String>) {
        for (name, member) in value.as_object().into_iter().flatten() {
            let path = format!("{path}/{name}");
            match (schema["properties"].get(name), schema.get("additionalProperties")) {
                (Some(rule), _) => self.at(&path, rule, member, found),
                (None, Some(Value::Bool(false))) => found.push(format!("{path}: not described")),
                (None, Some(rule)) if rule.is_object() => self.at(&path, rule, member, found),
                (None, _) => {}
            }
        }
    }
}

fn is_a(kind: &Value, value: &Value) -> bool {
    match kind.as_str().expect("a type is a text") {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64() || value.is_i64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("`{other}` is no type that is checked"),
    }
}

/// The two patterns that there are: so many digits of a kind.
fn matches(pattern: &str, value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    match pattern {
        "^[0-9a-f]{64}$" => {
            text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        }
        "^[0-9]{12}$" => text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()),
        other => panic!("`{other}` is no pattern that is checked"),
    }
}
