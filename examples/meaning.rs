//! Prints what templates mean to CloudFormation, for `scripts/compare_yaml.py`: reads paths, one a line, and writes one
//! line of JSON for each.

use formwork::model::place::Source;
use formwork::model::value::Value;
use formwork::template::{document, meaning};
use std::io::{BufRead, Write};
use std::sync::Arc;

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for path in std::io::stdin().lock().lines() {
        writeln!(out, "{}", line(path?))?;
    }
    Ok(())
}

fn line(path: String) -> serde_json::Value {
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => return serde_json::json!({"error": error.to_string()}),
    };
    match document::load(&Arc::new(Source { path, text })) {
        Ok(document) => serde_json::json!({"value": json(&meaning::meaning(&document.root))}),
        Err(findings) => {
            let told: Vec<String> =
                findings.iter().map(|finding| format!("{:?} {}", finding.place, finding.message)).collect();
            serde_json::json!({"error": told.join("; ")})
        }
    }
}

fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Boolean(value) => (*value).into(),
        Value::Text(text) => text.as_str().into(),
        Value::Number(text) => serde_json::from_str(text).unwrap_or_else(|_| text.as_str().into()),
        Value::List(items) => items.iter().map(json).collect(),
        Value::Map(entries) => entries.iter().map(|(key, item)| (key.clone(), json(item))).collect(),
    }
}
