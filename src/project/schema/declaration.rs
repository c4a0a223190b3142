//! Declarations of values in a blueprint: their type, documentation, default and bounds.

use crate::model::document::{Kind, Node};
use crate::model::finding::Finding;
use crate::model::nearest::nearest;
use crate::model::pattern::Pattern;
use crate::model::place::Place;
use crate::model::value::Value;
use crate::project::codes;
use crate::project::schema::reader::{Named, Reader, Written, listed};
use crate::template::meaning;

/// What a value may be.
#[derive(Clone, Debug)]
pub struct Declaration {
    /// Its type.
    pub kind: Type,
    /// What it is, for people.
    pub doc: Option<String>,
    /// What it is when nothing is given.
    pub default: Option<Written>,
    /// The only values it may have, where there are such.
    pub one_of: Vec<Value>,
    /// What the whole of a text looks like, as it is written and as it is held against texts.
    pub pattern: Option<(String, Pattern)>,
    /// The least number, length or count.
    pub min: Option<f64>,
    /// The greatest number, length or count.
    pub max: Option<f64>,
    /// Never shown.
    pub secret: bool,
    /// Whether it has to be given.
    pub required: bool,
    /// Where it is declared.
    pub place: Place,
}

/// The types of values.
#[derive(Clone, Debug)]
pub enum Type {
    /// Text; numbers are taken as they are written.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// An address range.
    Cidr,
    /// A region.
    Region,
    /// One of the environment's account roles.
    Account,
    /// Anything.
    Any,
    /// A list, of anything or of one type.
    List(Option<Box<Declaration>>),
    /// A mapping with names of the environment's choice.
    Map(Option<Box<Declaration>>),
    /// A mapping with known names.
    Object(Vec<(Named, Declaration)>),
}

const KEYS: [&str; 11] =
    ["type", "doc", "default", "fields", "items", "one_of", "pattern", "min", "max", "secret", "required"];
const TYPES: [&str; 11] =
    ["string", "integer", "number", "boolean", "cidr", "region", "account", "any", "list", "map", "object"];

impl Declaration {
    /// A declaration that anything fits.
    fn anything(place: Place) -> Self {
        Self {
            kind: Type::Any,
            doc: None,
            default: None,
            one_of: Vec::new(),
            pattern: None,
            min: None,
            max: None,
            secret: false,
            required: true,
            place,
        }
    }
}

impl Type {
    /// Its name with an article, for messages.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Text => "a string",
            Self::Integer => "an integer",
            Self::Number => "a number",
            Self::Boolean => "a boolean",
            Self::Cidr => "an address range",
            Self::Region => "a region",
            Self::Account => "an account role",
            Self::Any => "anything",
            Self::List(_) => "a list",
            Self::Map(_) | Self::Object(_) => "a mapping",
        }
    }
}

/// Reads a declaration: a type alone, or a mapping.
pub fn read(reader: &mut Reader, node: &Node, name: &str) -> Declaration {
    let mut declaration = Declaration::anything(reader.place(node));
    if let Kind::Scalar { text, .. } = &node.kind {
        declaration.kind = word(reader, node, text);
        return declaration;
    }
    let what = format!("the declaration of `{name}`");
    if !reader.mapping(node, &what, &KEYS) {
        return declaration;
    }
    declaration.default = node.get("default").map(|node| reader.written(node));
    declaration.doc = node.get("doc").and_then(|node| reader.text(node, "`doc`"));
    declaration.one_of = one_of(reader, node);
    declaration.kind = kind(reader, node, &declaration, &what);
    declaration.pattern = pattern(reader, node);
    declaration.min = number(reader, node, "min");
    declaration.max = number(reader, node, "max");
    declaration.secret = flag(reader, node, "secret").unwrap_or(false);
    declaration.required = flag(reader, node, "required").unwrap_or(true) && declaration.default.is_none();
    misplaced(reader, node, &declaration);
    declaration
}

/// Without a type, the fields, items, or words say what it is.
fn kind(reader: &mut Reader, node: &Node, declaration: &Declaration, what: &str) -> Type {
    let written = node.get("type");
    let kind = match written.and_then(|node| node.text().map(|text| (node, text.to_owned()))) {
        Some((node, text)) => word(reader, node, &text),
        None if written.is_some() => {
            let (node, text) = (written.unwrap_or(node), String::new());
            word(reader, node, &text)
        }
        None if node.get("fields").is_some() => Type::Object(Vec::new()),
        None if node.get("items").is_some() => Type::List(None),
        None if !declaration.one_of.is_empty() => Type::Any,
        None => {
            reader.required(node, "type", what);
            Type::Any
        }
    };
    match kind {
        Type::Object(_) => {
            let fields = reader.entries(node.get("fields"), "`fields`");
            let read = |(name, node): (Named, &Node)| {
                let declaration = self::read(reader, node, &name.name);
                (name, declaration)
            };
            match node.get("fields") {
                Some(_) => Type::Object(fields.into_iter().map(read).collect()),
                // An object without fields is a mapping with any names.
                None => Type::Map(None),
            }
        }
        Type::List(known) => Type::List(items(reader, node).or(known)),
        Type::Map(known) => Type::Map(items(reader, node).or(known)),
        other => other,
    }
}

fn items(reader: &mut Reader, node: &Node) -> Option<Box<Declaration>> {
    node.get("items").map(|node| Box::new(read(reader, node, "items")))
}

fn word(reader: &mut Reader, node: &Node, text: &str) -> Type {
    let of = |kind: fn(Option<Box<Declaration>>) -> Type, reader: &mut Reader, rest: &str| {
        let mut item = Declaration::anything(reader.place(node));
        item.kind = word(reader, node, rest);
        kind(Some(Box::new(item)))
    };
    match text {
        "string" => Type::Text,
        "integer" => Type::Integer,
        "number" => Type::Number,
        "boolean" => Type::Boolean,
        "cidr" => Type::Cidr,
        "region" => Type::Region,
        "account" => Type::Account,
        "any" => Type::Any,
        "list" => Type::List(None),
        "map" => Type::Map(None),
        "object" => Type::Object(Vec::new()),
        other => {
            // The text is cut at each `of`, so this ends.
            if let Some(rest) = other.strip_prefix("list of ") {
                return of(Type::List, reader, rest.trim());
            }
            if let Some(rest) = other.strip_prefix("map of ") {
                return of(Type::Map, reader, rest.trim());
            }
            unknown_type(reader, node, other);
            Type::Any
        }
    }
}

fn unknown_type(reader: &mut Reader, node: &Node, word: &str) {
    let meant = match word {
        "text" | "str" => Some("string"),
        "int" => Some("integer"),
        "float" | "double" => Some("number"),
        "bool" => Some("boolean"),
        "array" => Some("list"),
        "dict" | "mapping" => Some("map"),
        other => nearest(other, TYPES),
    };
    let help = match meant {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("there is: {}, `list of …`, `map of …`", listed(TYPES)),
    };
    let message = format!("there is no type `{word}`");
    let finding = Finding::error(codes::DECLARATION, message, reader.place(node)).help(help);
    reader.tell(finding);
}

fn pattern(reader: &mut Reader, node: &Node) -> Option<(String, Pattern)> {
    let node = node.get("pattern")?;
    let text = reader.text(node, "`pattern`")?;
    match Pattern::parse(&text) {
        Ok(pattern) => Some((text, pattern)),
        Err(why) => {
            let message = format!("`{text}` cannot be used as a pattern: {why}");
            reader.tell(Finding::error(codes::DECLARATION, message, reader.place(node)));
            None
        }
    }
}

fn one_of(reader: &mut Reader, node: &Node) -> Vec<Value> {
    let Some(node) = node.get("one_of") else { return Vec::new() };
    match meaning::value(node) {
        Value::List(items) if !items.is_empty() => items,
        other => {
            reader.wrong_kind(node, "`one_of`", "a list of the values that are possible", &other);
            Vec::new()
        }
    }
}

fn number(reader: &mut Reader, node: &Node, key: &str) -> Option<f64> {
    let node = node.get(key)?;
    let value = meaning::value(node);
    let number = value.as_text().and_then(|text| text.parse().ok()).filter(|number: &f64| number.is_finite());
    if number.is_none() {
        reader.wrong_kind(node, &format!("`{key}`"), "a number", &value);
    }
    number
}

fn flag(reader: &mut Reader, node: &Node, key: &str) -> Option<bool> {
    let node = node.get(key)?;
    match meaning::value(node) {
        Value::Boolean(flag) => Some(flag),
        other => {
            reader.wrong_kind(node, &format!("`{key}`"), "`true` or `false`", &other);
            None
        }
    }
}

/// Keys that mean nothing for the type.
fn misplaced(reader: &mut Reader, node: &Node, declaration: &Declaration) {
    let fits = |key: &str| match (key, &declaration.kind) {
        ("fields", kind) => matches!(kind, Type::Object(_) | Type::Map(None)),
        ("items", kind) => matches!(kind, Type::List(_) | Type::Map(_)),
        ("pattern", kind) => matches!(kind, Type::Text),
        ("min" | "max", kind) => {
            matches!(kind, Type::Text | Type::Integer | Type::Number | Type::List(_) | Type::Map(_))
        }
        _ => true,
    };
    for (key, _) in node.entries() {
        if let Some(name) = key.text().filter(|name| !fits(name)) {
            let message = format!("`{name}` means nothing for {}", declaration.kind.name());
            reader.tell(Finding::error(codes::DECLARATION, message, reader.place(key)));
        }
    }
    if let (Some(min), Some(max)) = (declaration.min, declaration.max)
        && min > max
        && let Some(node) = node.get("min")
    {
        let place = reader.place(node);
        reader.tell(Finding::error(codes::DECLARATION, "`min` is more than `max`", place));
    }
}
