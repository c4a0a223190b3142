//! Values and trees as text that CloudFormation reads the same way: a string is quoted wherever its plain form would
//! be read as something else. Where the user's own text can stay, `splice` keeps it.

use crate::model::document::{Kind, Node};
use crate::model::value::Value;
use crate::template::meaning::{meaning, scalar_meaning};
use std::fmt::Write;

/// A value in flow style on one line, valid wherever a value may stand.
pub(super) fn flow(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Boolean(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(text) => out.push_str(text),
        Value::Text(text) => scalar(text, out),
        Value::List(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at > 0 { ", " } else { "" });
                flow(item, out);
            }
            out.push(']');
        }
        Value::Map(entries) => {
            out.push('{');
            for (at, (key, item)) in entries.iter().enumerate() {
                out.push_str(if at > 0 { ", " } else { "" });
                scalar(key, out);
                out.push_str(": ");
                flow(item, out);
            }
            out.push('}');
        }
    }
}

/// A value as JSON on one line.
pub(super) fn json(value: &Value, out: &mut String) {
    match value {
        Value::Text(text) => quoted(text, out),
        Value::List(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                json(item, out);
            }
            out.push(']');
        }
        Value::Map(entries) => {
            out.push('{');
            for (at, (key, item)) in entries.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                quoted(key, out);
                out.push(':');
                json(item, out);
            }
            out.push('}');
        }
        Value::Null | Value::Boolean(_) | Value::Number(_) => flow(value, out),
    }
}

/// A value as indented JSON.
pub(super) fn json_lines(value: &Value, width: usize, indent: usize, out: &mut String) {
    let line = |out: &mut String, indent: usize| new_line(1, indent, out);
    match value {
        Value::List(items) if !items.is_empty() => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                line(out, indent + width);
                json_lines(item, width, indent + width, out);
            }
            line(out, indent);
            out.push(']');
        }
        Value::Map(entries) if !entries.is_empty() => {
            out.push('{');
            for (at, (key, item)) in entries.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                line(out, indent + width);
                quoted(key, out);
                out.push_str(": ");
                json_lines(item, width, indent + width, out);
            }
            line(out, indent);
            out.push('}');
        }
        _ => json(value, out),
    }
}

/// A value as YAML lines, each behind `indent` spaces but the first.
pub(super) fn block(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::List(items) if !items.is_empty() => {
            for (at, item) in items.iter().enumerate() {
                new_line(at, indent, out);
                out.push_str("- ");
                block(item, indent + 2, out);
            }
        }
        Value::Map(entries) if !entries.is_empty() => {
            for (at, (key, item)) in entries.iter().enumerate() {
                new_line(at, indent, out);
                scalar(key, out);
                out.push(':');
                match item {
                    Value::List(items) if !items.is_empty() => block_below(item, indent + 2, out),
                    Value::Map(items) if !items.is_empty() => block_below(item, indent + 2, out),
                    _ => {
                        out.push(' ');
                        flow(item, out);
                    }
                }
            }
        }
        _ => flow(value, out),
    }
}

fn block_below(value: &Value, indent: usize, out: &mut String) {
    new_line(1, indent, out);
    block(value, indent, out);
}

fn new_line(at: usize, indent: usize, out: &mut String) {
    if at > 0 {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', indent));
    }
}

/// A whole tree in block style, which is what is sent when the user's own text cannot be kept; and for each of its
/// lines, the first byte of the node that wrote it.
pub(super) fn tree(root: &Node) -> (String, Vec<u32>) {
    let mut writer = TreeWriter { out: String::new(), starts: vec![root.start] };
    writer.node(root, 0);
    writer.out.push('\n');
    (writer.out, writer.starts)
}

/// A whole tree as JSON.
pub(super) fn json_text(root: &Node) -> String {
    let mut out = String::new();
    json_lines(&meaning(root), 2, 0, &mut out);
    out.push('\n');
    out
}

struct TreeWriter {
    out: String,
    starts: Vec<u32>,
}

impl TreeWriter {
    fn line(&mut self, indent: usize, node: &Node) {
        new_line(1, indent, &mut self.out);
        self.starts.push(node.start);
    }

    fn node(&mut self, node: &Node, indent: usize) {
        if let Some(tag) = &node.tag {
            self.out.push('!');
            self.out.push_str(tag);
            self.out.push(' ');
        }
        match &node.kind {
            Kind::Scalar { text, plain } => self.scalar(text, *plain),
            Kind::Sequence(items) if items.is_empty() => self.out.push_str("[]"),
            Kind::Mapping(entries) if entries.is_empty() => self.out.push_str("{}"),
            Kind::Sequence(items) => {
                for (at, item) in items.iter().enumerate() {
                    if at > 0 || node.tag.is_some() {
                        self.line(indent, item);
                    }
                    self.out.push_str("- ");
                    self.node(item, indent + 2);
                }
            }
            Kind::Mapping(entries) => {
                for (at, (key, value)) in entries.iter().enumerate() {
                    if at > 0 || node.tag.is_some() {
                        self.line(indent, key);
                    }
                    self.entry(key, value, indent);
                }
            }
            Kind::Alias => self.out.push_str("null"),
        }
    }

    fn scalar(&mut self, text: &str, plain: bool) {
        match plain && !matches!(scalar_meaning(text, true), Value::Text(_)) {
            true => self.out.push_str(if text.is_empty() { "null" } else { text }),
            false => scalar(text, &mut self.out),
        }
    }

    fn entry(&mut self, key: &Node, value: &Node, indent: usize) {
        let start = self.out.len();
        self.node(key, indent);
        if self.out.len() - start > 1000 {
            self.out.insert_str(start, "? ");
            self.line(indent, key);
        }
        self.out.push(':');
        match value.tag.is_none() && (!value.items().is_empty() || !value.entries().is_empty()) {
            true => self.line(indent + 2, value),
            false => self.out.push(' '),
        }
        self.node(value, indent + 2);
    }
}

/// A string, plain where that reads back as the same string everywhere, else in double quotes.
pub(super) fn scalar(text: &str, out: &mut String) {
    match is_safely_plain(text) {
        true => out.push_str(text),
        false => quoted(text, out),
    }
}

/// A string in double quotes, with escapes that JSON and YAML share.
pub(super) fn quoted(text: &str, out: &mut String) {
    out.push('"');
    for each in text.chars() {
        match each {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\x1f'
            | '\x7f'..='\u{9f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}' => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{:04x}", each as u32);
            }
            each => out.push(each),
        }
    }
    out.push('"');
}

/// Whether a text may stand without quotes, in block and in flow style, and is read as the same text.
fn is_safely_plain(text: &str) -> bool {
    let Some(first) = text.chars().next() else { return false };
    let inner = |each: char| {
        each.is_ascii_alphanumeric() || matches!(each, '_' | '-' | '.' | '/' | '+' | '=' | '@' | ':' | ' ')
    };
    (first.is_ascii_alphanumeric() || matches!(first, '/' | '_'))
        && text.chars().all(inner)
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && matches!(scalar_meaning(text, true), Value::Text(_))
        // Other readers take more texts for numbers, dates and booleans than CloudFormation does.
        && !first.is_ascii_digit()
        && !matches!(text, "y" | "Y" | "n" | "N")
}
