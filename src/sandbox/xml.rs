//! Writes values as the XML of AWS's Query and REST protocols.
//!
//! Knows elements, `member` lists and escapes; which elements an answer has is said by the operations.

use serde_json::Value;

/// Appends `value` as an element called `name`; a null writes nothing, a list holds elements called `member`.
pub(super) fn element(out: &mut String, name: &str, value: &Value) {
    if value.is_null() {
        return;
    }
    let tag = |out: &mut String, parts: [&str; 3]| parts.iter().for_each(|part| out.push_str(part));
    if value.as_array().is_some_and(Vec::is_empty) {
        return tag(out, ["<", name, "/>"]);
    }
    tag(out, ["<", name, ">"]);
    content(out, value);
    tag(out, ["</", name, ">"]);
}

/// Appends what stands between the tags of an element.
pub(super) fn content(out: &mut String, value: &Value) {
    match value {
        Value::Null => {}
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::String(text) => escape(out, text),
        Value::Array(items) => items.iter().for_each(|item| element(out, "member", item)),
        Value::Object(fields) => fields.iter().for_each(|(name, field)| element(out, name, field)),
    }
}

/// Appends text so that a reader gets back every character, line endings included.
pub(super) fn escape(out: &mut String, text: &str) {
    // Most texts have nothing to escape, and are copied in whole.
    let mut rest = text;
    while let Some((at, character)) = rest.char_indices().find(|(_, character)| special(*character)) {
        out.push_str(&rest[..at]);
        out.push_str(match character {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            '"' => "&quot;",
            '\r' => "&#xD;",
            // XML 1.0 has no way to write the other control characters.
            _ => "\u{fffd}",
        });
        rest = &rest[at + character.len_utf8()..];
    }
    out.push_str(rest);
}

/// Whether a character cannot stand as it is.
fn special(character: char) -> bool {
    matches!(character, '&' | '<' | '>' | '"' | '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(value: Value, expected: &str) {
        let mut out = String::new();
        element(&mut out, "A", &value);
        assert_eq!(out, expected);
    }

    #[test]
    fn values_become_elements() {
        check(json!(null), "");
        check(json!([]), "<A/>");
        check(json!({}), "<A></A>");
        check(json!(true), "<A>true</A>");
        check(json!("a<b>&\"\r\n"), "<A>a&lt;b&gt;&amp;&quot;&#xD;\n</A>");
        check(json!("\u{1}"), "<A>\u{fffd}</A>");
        check(json!([{"K": 1}, {"K": null}]), "<A><member><K>1</K></member><member></member></A>");
    }
}
