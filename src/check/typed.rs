//! The properties of resources against the published shapes of their types. Tells what does not fit; the checks of
//! properties, values and words pick theirs.

use crate::check::anatomy::{Anatomy, Entry};
use crate::check::call::{Call, is_list, is_mapping, literal};
use crate::model::document::Node;
use crate::model::finding::{Finding, Severity};
use crate::model::nearest::nearest;
use crate::registry::{Fields, ResourceType, Shape};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The kinds of misfits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// A property that the type does not have.
    Unknown,
    /// A property that must be given.
    Missing,
    /// A value of another kind.
    Kind,
    /// A word that is not among those allowed.
    Word,
    /// A property that only the service sets.
    ReadOnly,
}

/// Something that does not fit.
#[derive(Debug)]
pub struct Found<'a> {
    /// What it is.
    pub misfit: Misfit,
    /// Where.
    pub node: &'a Node,
    /// The whole complaint.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// How much it matters.
    pub severity: Severity,
}

/// All that does not fit in a body; nothing where macros may change the resources.
pub fn misfits<'a>(anatomy: &Anatomy<'a>) -> Vec<Found<'a>> {
    let mut found = Vec::new();
    if anatomy.has_macros() {
        return found;
    }
    for entry in &anatomy.resources {
        if let Some(resource_type) = resource_type(entry) {
            let mut walk =
                Walk { resource_type: &resource_type, entry: *entry, path: String::new(), found: &mut found };
            walk.resource();
        }
    }
    found
}

/// Adds the findings of one kind.
pub fn report(anatomy: &Anatomy<'_>, code: &'static str, misfit: Misfit, findings: &mut Vec<Finding>) {
    for found in anatomy.misfits.iter().filter(|found| found.misfit == misfit) {
        let finding = Finding::error(code, found.message.clone(), anatomy.place(found.node));
        findings.push(Finding { severity: found.severity, ..finding }.maybe_help(found.help.clone()));
    }
}

/// The published type of a resource.
pub fn resource_type(entry: &Entry<'_>) -> Option<Arc<ResourceType>> {
    crate::registry::find(entry.node.get("Type").and_then(literal)?)
}

/// The properties that an object may and must have.
#[derive(Clone, Copy)]
struct Form<'s> {
    properties: &'s BTreeMap<String, Shape>,
    required: &'s [String],
    open: bool,
}

impl<'s> Form<'s> {
    fn of(fields: &'s Fields) -> Self {
        Self { properties: &fields.properties, required: &fields.required, open: fields.open }
    }
}

struct Walk<'a, 'w> {
    resource_type: &'w ResourceType,
    entry: Entry<'a>,
    path: String,
    found: &'w mut Vec<Found<'a>>,
}

impl<'a> Walk<'a, '_> {
    fn resource(&mut self) {
        let form = Form {
            properties: &self.resource_type.properties,
            required: &self.resource_type.required,
            open: self.resource_type.open,
        };
        match self.entry.node.get("Properties") {
            Some(node) if is_plain_mapping(node) => self.object(node, self.entry.key, form),
            Some(node) if Call::read(node).is_some() => {}
            Some(_) | None if is_mapping(self.entry.node) && !has_insertion(self.entry.node) => {
                self.missing(&[], self.entry.key, form.required);
            }
            Some(_) | None => {}
        }
    }

    fn object(&mut self, node: &'a Node, owner: &'a Node, form: Form<'_>) {
        let inserted = has_insertion(node);
        for (key, value) in node.entries() {
            let Some(name) = key.text().filter(|name| !name.starts_with("Fn::")) else { continue };
            let length = self.path.len();
            if length > 0 {
                self.path.push('/');
            }
            self.path.push_str(name);
            match form.properties.get(name) {
                Some(_) if self.resource_type.is_read_only(&self.path) => self.read_only(key),
                Some(shape) => self.value(value, key, shape),
                None if form.open => {}
                None => self.unknown(key, name, form),
            }
            self.path.truncate(length);
        }
        if !inserted {
            let given: Vec<&str> = node
                .entries()
                .iter()
                .filter(|(_, value)| !is_no_value(value))
                .filter_map(|(key, _)| key.text())
                .collect();
            self.missing(&given, owner, form.required);
        }
    }

    fn value(&mut self, node: &'a Node, owner: &'a Node, shape: &Shape) {
        if let Some(call) = Call::read(node) {
            if let (true, Some([_, yes, no])) = (call.name == "If", call.items()) {
                self.value(yes, owner, shape);
                self.value(no, owner, shape);
            }
            return;
        }
        if node.entries().iter().any(|(key, _)| key.text().is_some_and(|key| key.starts_with("Fn::"))) {
            return;
        }
        let resource_type = self.resource_type;
        match resource_type.resolve(shape) {
            Shape::Any | Shape::Named(_) => {}
            Shape::List(item) if is_list(node) => {
                let length = self.path.len();
                self.path.push_str("/*");
                node.items().iter().for_each(|node| self.value(node, node, item));
                self.path.truncate(length);
            }
            Shape::Map(value) if is_mapping(node) => {
                let length = self.path.len();
                self.path.push_str("/*");
                node.entries().iter().for_each(|(key, node)| self.value(node, key, value));
                self.path.truncate(length);
            }
            Shape::Object(fields) if is_mapping(node) => self.object(node, owner, Form::of(fields)),
            Shape::Word(words) if node.text().is_some() => self.word(node, words),
            other => self.scalar(node, other),
        }
    }

    fn scalar(&mut self, node: &'a Node, shape: &Shape) {
        let text = node.text();
        if text.is_some_and(|text| text.contains("{{resolve:")) {
            return;
        }
        let number = |text: &str| text.trim().parse::<f64>().is_ok_and(f64::is_finite);
        let (right, wanted) = match shape {
            Shape::String | Shape::Word(_) => (text.is_some(), "a text"),
            Shape::Integer => (text.is_some_and(is_integer), "a whole number"),
            Shape::Number => (text.is_some_and(number), "a number"),
            Shape::Boolean => (text.is_some_and(is_boolean), "`true` or `false`"),
            Shape::List(_) => (is_list(node), "a list"),
            Shape::Map(_) | Shape::Object(_) => (is_mapping(node), "a mapping"),
            Shape::Any | Shape::Named(_) => (true, ""),
        };
        if !right && !text.is_some_and(is_null) {
            let given = match text {
                Some(text) => format!("`{}`", text.chars().take(40).collect::<String>()),
                None if is_list(node) => "a list".to_owned(),
                None => "a mapping".to_owned(),
            };
            let message = format!(
                "`{}` of `{}` must be {wanted}, not {given}",
                self.shown_path(),
                self.resource_type.name
            );
            self.add(Misfit::Kind, node, message, (None, Severity::Error));
        }
    }

    fn word(&mut self, node: &'a Node, words: &[String]) {
        let Some(text) = node.text().filter(|text| !text.contains("{{resolve:") && !is_null(text)) else {
            return;
        };
        if !words.iter().any(|word| word == text) {
            let message =
                format!("`{}` of `{}` cannot be `{text}`", self.shown_path(), self.resource_type.name);
            let mut known =
                words.iter().take(10).map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
            if words.len() > 10 {
                known.push_str(", …");
            }
            let help = did_you_mean(text, words).unwrap_or_else(|| format!("known are {known}"));
            self.add(Misfit::Word, node, message, (Some(help), Severity::Warning));
        }
    }

    /// A name near a known one is a slip; any other may be newer than the published shapes that are known here.
    fn unknown(&mut self, key: &'a Node, name: &str, form: Form<'_>) {
        let help = did_you_mean(name, form.properties.keys());
        let severity = if help.is_some() { Severity::Error } else { Severity::Warning };
        let inside = self.path.rsplit_once('/').map(|(outer, _)| outer.replace("/*", "").replace('/', "."));
        let message = match inside {
            Some(outer) => format!("`{outer}` of `{}` has no property `{name}`", self.resource_type.name),
            None => format!("`{}` has no property `{name}`", self.resource_type.name),
        };
        self.add(Misfit::Unknown, key, message, (help, severity));
    }

    fn missing(&mut self, given: &[&str], owner: &'a Node, required: &[String]) {
        for name in required.iter().filter(|name| !given.contains(&name.as_str())) {
            let message = match self.path.is_empty() {
                true => format!(
                    "the resource `{}` lacks `{name}`, which `{}` must have",
                    self.entry.name, self.resource_type.name
                ),
                false => format!(
                    "`{}` of `{}` lacks `{name}`, which it must have",
                    self.shown_path(),
                    self.resource_type.name
                ),
            };
            self.add(Misfit::Missing, owner, message, (None, Severity::Error));
        }
    }

    fn read_only(&mut self, key: &'a Node) {
        let message =
            format!("`{}` of `{}` is set by the service only", self.shown_path(), self.resource_type.name);
        self.add(Misfit::ReadOnly, key, message, (Some("leave it out".to_owned()), Severity::Error));
    }

    fn shown_path(&self) -> String {
        self.path.replace("/*", "").replace('/', ".")
    }

    fn add(&mut self, misfit: Misfit, node: &'a Node, message: String, (help, severity): Advice) {
        self.found.push(Found { misfit, node, message, help, severity });
    }
}

/// What to do about a misfit, and how much it matters.
type Advice = (Option<String>, Severity);

fn did_you_mean<'n>(name: &str, known: impl IntoIterator<Item = &'n String>) -> Option<String> {
    nearest(name, known.into_iter().map(String::as_str)).map(|near| format!("did you mean `{near}`?"))
}

fn is_plain_mapping(node: &Node) -> bool {
    is_mapping(node) && Call::read(node).is_none()
}

fn has_insertion(node: &Node) -> bool {
    node.entries().iter().any(|(key, _)| key.text().is_some_and(|key| key.starts_with("Fn::")))
}

fn is_no_value(node: &Node) -> bool {
    Call::read(node).is_some_and(|call| call.name == "Ref" && call.text() == Some("AWS::NoValue"))
}

fn is_integer(text: &str) -> bool {
    let text = text.trim();
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let digits = digits
        .split_once('.')
        .map_or(digits, |(whole, rest)| if rest.trim_end_matches('0').is_empty() { whole } else { "" });
    let written = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    written
        || digits.starts_with("0x")
        || text.parse::<f64>().is_ok_and(|value| value.is_finite() && value.fract() == 0.0)
}

fn is_boolean(text: &str) -> bool {
    matches!(text.to_ascii_lowercase().as_str(), "true" | "false" | "yes" | "no" | "on" | "off")
}

/// Null values are told by a check of their own.
fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}
