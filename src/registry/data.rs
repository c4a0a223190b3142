//! The compiled data: found by name, decoded when asked for.
//!
//! The form of the file is told in README.md, its writing side is `scripts/registry.py`; what the values mean is in
//! `shape`. The data is part of the program, so a fault in it is a fault of the build: it shows as a missing type, and
//! the tests decode every one.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::sync::{Arc, LazyLock, OnceLock};

use serde::Deserialize;
use serde_json::Value;

use super::shape::{Fields, ResourceType, Shape};

static FILE: &[u8] = include_bytes!("types.bin");
static INDEX: LazyLock<Index> = LazyLock::new(|| Index::read().unwrap_or_default());

/// Where a type's line is, and the type once it was asked for.
struct Entry {
    block: usize,
    line: usize,
    decoded: OnceLock<Option<Arc<ResourceType>>>,
}

/// One service's types, compressed, and their lines once they were asked for.
struct Block {
    bytes: &'static [u8],
    lines: OnceLock<Vec<String>>,
}

#[derive(Default)]
struct Index {
    names: Vec<String>,
    entries: HashMap<String, Entry>,
    blocks: Vec<Block>,
}

impl Index {
    fn read() -> Option<Self> {
        let length = u32::from_le_bytes(FILE.strip_prefix(b"FWT1")?.get(..4)?.try_into().ok()?) as usize;
        let (head, blocks) = FILE.get(8..)?.split_at_checked(length)?;
        let listed: Vec<(String, usize, usize, Vec<String>)> = serde_json::from_str(&inflate(head)?).ok()?;
        let mut index = Self::default();
        for (block, (service, offset, length, types)) in listed.into_iter().enumerate() {
            let bytes = blocks.get(offset..offset.checked_add(length)?)?;
            index.blocks.push(Block { bytes, lines: OnceLock::new() });
            for (line, short) in types.into_iter().enumerate() {
                let name = format!("{service}::{short}");
                index.names.push(name.clone());
                index.entries.insert(name, Entry { block, line, decoded: OnceLock::new() });
            }
        }
        index.names.sort();
        Some(index)
    }

    fn line(&self, entry: &Entry) -> Option<&str> {
        let block = self.blocks.get(entry.block)?;
        let lines = block.lines.get_or_init(|| {
            let text = inflate(block.bytes).unwrap_or_default();
            text.lines().map(str::to_owned).collect()
        });
        lines.get(entry.line).map(String::as_str)
    }
}

/// Finds a resource type by its full name.
pub fn find(type_name: &str) -> Option<Arc<ResourceType>> {
    let entry = INDEX.entries.get(type_name)?;
    let decode = || Some(Arc::new(decode(type_name, INDEX.line(entry)?)?));
    entry.decoded.get_or_init(decode).clone()
}

/// The names of all known resource types, in alphabetical order.
pub fn type_names() -> Vec<&'static str> {
    INDEX.names.iter().map(String::as_str).collect()
}

fn inflate(bytes: &[u8]) -> Option<String> {
    let mut text = String::new();
    flate2::read::ZlibDecoder::new(bytes).read_to_string(&mut text).ok()?;
    Some(text)
}

/// A type as it is written in the data.
#[derive(Deserialize)]
struct Written {
    p: BTreeMap<String, Value>,
    #[serde(default)]
    r: Vec<String>,
    #[serde(default)]
    o: u8,
    #[serde(default)]
    d: BTreeMap<String, Value>,
    #[serde(default)]
    c: Vec<String>,
    #[serde(default)]
    k: Vec<String>,
    #[serde(default)]
    g: Vec<String>,
    #[serde(default)]
    w: Vec<String>,
    #[serde(default)]
    i: Vec<String>,
    t: Option<String>,
    #[serde(default)]
    a: Vec<String>,
}

fn decode(name: &str, line: &str) -> Option<ResourceType> {
    let written: Written = serde_json::from_str(line).ok()?;
    Some(ResourceType {
        name: name.to_owned(),
        properties: shapes(&written.p),
        required: written.r,
        open: written.o == 1,
        create_only: written.c,
        conditional_create_only: written.k,
        read_only: written.g,
        write_only: written.w,
        primary_identifier: written.i,
        tag_property: written.t,
        readable: written.a,
        definitions: shapes(&written.d),
    })
}

fn shapes(written: &BTreeMap<String, Value>) -> BTreeMap<String, Shape> {
    written.iter().map(|(name, value)| (name.clone(), shape(value))).collect()
}

fn shape(written: &Value) -> Shape {
    match written {
        Value::String(letter) => match letter.as_str() {
            "s" => Shape::String,
            "i" => Shape::Integer,
            "n" => Shape::Number,
            "b" => Shape::Boolean,
            other => other.strip_prefix('#').map_or(Shape::Any, |name| Shape::Named(name.to_owned())),
        },
        Value::Array(pair) => match pair.as_slice() {
            [Value::String(kind), item] if kind == "l" => Shape::List(Box::new(shape(item))),
            [Value::String(kind), value] if kind == "m" => Shape::Map(Box::new(shape(value))),
            _ => Shape::Any,
        },
        Value::Object(object) => match object.get("e") {
            Some(words) => Shape::Word(strings(Some(words))),
            None => Shape::Object(fields(object)),
        },
        _ => Shape::Any,
    }
}

fn fields(object: &serde_json::Map<String, Value>) -> Fields {
    let listed = object.get("p").and_then(Value::as_object);
    Fields {
        properties: listed.into_iter().flatten().map(|(name, value)| (name.clone(), shape(value))).collect(),
        required: strings(object.get("r")),
        open: object.contains_key("o"),
    }
}

fn strings(list: Option<&Value>) -> Vec<String> {
    let items = list.and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_decodes_and_its_references_lead_somewhere() {
        let names = type_names();
        assert!(names.len() > 1_800, "{}", names.len());
        for name in names {
            let found = find(name).unwrap_or_else(|| panic!("{name} does not decode"));
            for path in &found.create_only {
                assert!(found.shape(path).is_some() || path.contains('*'), "{name} has no {path}");
            }
        }
    }

    #[test]
    fn an_unknown_type_is_none() {
        for name in ["", "AWS::SNS", "AWS::SNS::Topics", "Custom::Thing"] {
            assert!(find(name).is_none(), "{name}");
        }
    }
}
