//! A body taken apart once, for all checks: its sections, its calls, and which names they use.

use crate::check::call::{Call, literal};
use crate::check::members;
pub use crate::check::members::Entry;
use crate::check::substitution::placeholders;
use crate::check::typed::{Found, misfits};
use crate::model::document::{Document, Node};
use crate::model::place::Place;
use crate::model::stack::Body;
use std::cell::OnceCell;
use std::collections::HashSet;

/// A body taken apart.
pub struct Anatomy<'a> {
    /// The body.
    pub body: &'a Body,
    /// Its tree.
    pub document: &'a Document,
    /// `Parameters`.
    pub parameters: Vec<Entry<'a>>,
    /// `Mappings`.
    pub mappings: Vec<Entry<'a>>,
    /// `Conditions`.
    pub conditions: Vec<Entry<'a>>,
    /// `Resources`.
    pub resources: Vec<Entry<'a>>,
    /// `Outputs`.
    pub outputs: Vec<Entry<'a>>,
    /// Every call, in the order of the file.
    pub calls: Vec<Located<'a>>,
    /// Every use of a name, in the order of the file.
    pub uses: Vec<Use<'a>>,
    /// Names of top-level transforms.
    pub transforms: Vec<&'a str>,
    /// A transform or a loop may add names and properties that are not written here.
    pub opaque: bool,
    /// What does not fit the published shapes of the resource types.
    pub misfits: Vec<Found<'a>>,
    /// The capabilities that the body needs, once somebody asked.
    pub capabilities: OnceCell<Vec<&'static str>>,
    /// What the environments map, to be recognized when it is written out.
    pub mapped: &'a Mapped,
}

/// The accounts and regions that the environments map.
#[derive(Debug, Default)]
pub struct Mapped {
    /// Account ids.
    pub accounts: HashSet<String>,
    /// Regions.
    pub regions: HashSet<String>,
}

/// The section that something stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Section {
    /// `Conditions`, and the number of the condition.
    Conditions(usize),
    /// `Resources`, and the number of the resource.
    Resources(usize),
    /// `Outputs`, and the number of the output.
    Outputs(usize),
    /// `Rules`.
    Rules,
    /// `Hooks`.
    Hooks,
}

/// A call and where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Located<'a> {
    /// The call.
    pub call: Call<'a>,
    /// Where it stands.
    pub section: Section,
}

/// Where the walk is.
#[derive(Clone, Copy)]
struct Spot {
    section: Section,
    /// Inside a branch of `Fn::If`.
    conditional: bool,
}

impl Spot {
    fn of(section: Section) -> Self {
        Self { section, conditional: false }
    }
}

/// How a name is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way<'a> {
    /// `Ref`.
    Ref,
    /// `Fn::GetAtt`, with the attribute when it is written out.
    GetAtt(Option<&'a str>),
    /// `${Name}` or `${Name.Attribute}` of `Fn::Sub`.
    Sub(Option<&'a str>),
    /// `DependsOn`.
    DependsOn,
    /// A condition's name: in `Fn::If`, `Condition`.
    Condition,
    /// A mapping's name in `Fn::FindInMap`.
    Mapping,
}

/// A use of a name.
#[derive(Clone, Copy, Debug)]
pub struct Use<'a> {
    /// How.
    pub way: Way<'a>,
    /// The name.
    pub name: &'a str,
    /// The node that says it.
    pub node: &'a Node,
    /// The range in the parsed text.
    pub range: (u32, u32),
    /// Where it stands.
    pub section: Section,
    /// Inside a branch of `Fn::If`.
    pub conditional: bool,
}

impl<'a> Anatomy<'a> {
    /// Takes a body apart.
    pub fn new(body: &'a Body, mapped: &'a Mapped) -> Self {
        let root = &body.document.root;
        let mut anatomy = Self {
            body,
            document: &body.document,
            parameters: members::section(root, "Parameters"),
            mappings: members::section(root, "Mappings"),
            conditions: members::section(root, "Conditions"),
            resources: members::section(root, "Resources"),
            outputs: members::section(root, "Outputs"),
            calls: Vec::new(),
            uses: Vec::new(),
            transforms: members::transforms(root),
            opaque: members::is_opaque(root),
            misfits: Vec::new(),
            capabilities: OnceCell::new(),
            mapped,
        };
        anatomy.walk_sections(root);
        anatomy.misfits = misfits(&anatomy);
        anatomy
    }

    /// Where a node was written.
    pub fn place(&self, node: &Node) -> Place {
        self.document.place(node)
    }

    /// Where a range of the parsed text was written.
    pub fn place_of(&self, range: (u32, u32)) -> Place {
        let kind = crate::model::document::Kind::Alias;
        self.document.place(&Node { kind, tag: None, start: range.0, end: range.1 })
    }

    /// Whether macros, of which nobody knows what they do, may change resources.
    pub fn has_macros(&self) -> bool {
        let known = [
            "AWS::LanguageExtensions",
            "AWS::Serverless-2016-10-31",
            "AWS::SecretsManager-2020-07-23",
            "AWS::SecretsManager-2024-09-16",
        ];
        let inline = self.document.root.get("Transform").is_some() && self.transforms.is_empty();
        inline || self.transforms.iter().any(|name| !known.contains(name))
    }

    /// Whether the language extensions are on.
    pub fn is_extended(&self) -> bool {
        self.transforms.contains(&"AWS::LanguageExtensions")
    }

    /// The member of a section by its name.
    pub fn find(entries: &[Entry<'a>], name: &str) -> Option<Entry<'a>> {
        entries.iter().find(|entry| entry.name == name).copied()
    }

    /// The name of where something stands, for messages.
    pub fn whereabouts(&self, section: Section) -> String {
        let named = |kind: &str, entries: &[Entry<'_>], at: usize| {
            entries.get(at).map_or_else(String::new, |entry| format!("{kind} `{}`", entry.name))
        };
        match section {
            Section::Conditions(at) => named("condition", &self.conditions, at),
            Section::Resources(at) => named("resource", &self.resources, at),
            Section::Outputs(at) => named("output", &self.outputs, at),
            Section::Rules => "section `Rules`".to_owned(),
            Section::Hooks => "section `Hooks`".to_owned(),
        }
    }

    fn walk_sections(&mut self, root: &'a Node) {
        for (at, entry) in self.conditions.clone().into_iter().enumerate() {
            self.walk(entry.node, Spot::of(Section::Conditions(at)));
        }
        if let Some(rules) = root.get("Rules") {
            self.walk(rules, Spot::of(Section::Rules));
        }
        for (at, entry) in self.resources.clone().into_iter().enumerate() {
            self.walk_resource(entry, at);
        }
        for (at, entry) in self.outputs.clone().into_iter().enumerate() {
            let spot = Spot::of(Section::Outputs(at));
            self.use_condition(entry.node.get("Condition"), spot);
            self.walk_but(entry.node, spot, &["Condition", "Description"]);
        }
        if let Some(hooks) = root.get("Hooks") {
            self.walk(hooks, Spot::of(Section::Hooks));
        }
    }

    fn walk_resource(&mut self, entry: Entry<'a>, at: usize) {
        let spot = Spot::of(Section::Resources(at));
        self.use_condition(entry.node.get("Condition"), spot);
        let depends = entry.node.get("DependsOn");
        for node in depends.iter().flat_map(|node| node.items()).chain(depends) {
            if let Some(name) = literal(node) {
                self.add_use(Way::DependsOn, name, node, spot);
            }
        }
        self.walk_but(entry.node, spot, &["Condition", "DependsOn", "Type"]);
    }

    fn walk_but(&mut self, node: &'a Node, spot: Spot, left_out: &[&str]) {
        if node.entries().is_empty() || node.tag.is_some() {
            return self.walk(node, spot);
        }
        for (key, value) in node.entries() {
            if !key.text().is_some_and(|key| left_out.contains(&key)) {
                self.walk(value, spot);
            }
        }
    }

    fn walk(&mut self, node: &'a Node, spot: Spot) {
        let call = match spot.section {
            Section::Conditions(_) | Section::Rules => Call::read_condition(node),
            Section::Resources(_) | Section::Outputs(_) | Section::Hooks => Call::read(node),
        };
        match call {
            Some(call) => self.enter(call, spot),
            None => self.walk_children(node, spot),
        }
    }

    fn enter(&mut self, call: Call<'a>, spot: Spot) {
        self.calls.push(Located { call, section: spot.section });
        self.add_uses(&call, spot);
        let spot = Spot { conditional: spot.conditional || call.name == "If", ..spot };
        match (call.is_tag(), call.inner()) {
            (true, Some(inner)) => self.enter(inner, spot),
            (true, None) => self.walk_children(call.node, spot),
            (false, _) => self.walk(call.argument, spot),
        }
    }

    fn walk_children(&mut self, node: &'a Node, spot: Spot) {
        for (key, value) in node.entries() {
            self.opaque |= key.text().is_some_and(|key| key.starts_with("Fn::ForEach::"));
            self.walk(value, spot);
        }
        for item in node.items() {
            self.walk(item, spot);
        }
    }

    fn add_uses(&mut self, call: &Call<'a>, spot: Spot) {
        let first = call.items().and_then(|items| items.first());
        match call.name {
            "Ref" => {
                if let Some(name) = call.text() {
                    self.add_use(Way::Ref, name, call.argument, spot);
                }
            }
            "GetAtt" => self.add_get_att(call, spot),
            "Sub" => self.add_sub(call, spot),
            "If" => {
                if let Some((node, name)) = first.and_then(|node| Some((node, literal(node)?))) {
                    self.add_use(Way::Condition, name, node, spot);
                }
            }
            "Condition" => {
                if let Some(name) = call.text() {
                    self.add_use(Way::Condition, name, call.argument, spot);
                }
            }
            "FindInMap" => {
                if let Some((node, name)) = first.and_then(|node| Some((node, literal(node)?))) {
                    self.add_use(Way::Mapping, name, node, spot);
                }
            }
            _ => {}
        }
    }

    fn add_get_att(&mut self, call: &Call<'a>, spot: Spot) {
        if let Some(text) = call.text() {
            let (name, attribute) = match text.split_once('.') {
                Some((name, attribute)) => (name, Some(attribute)),
                None => (text, None),
            };
            return self.add_use(Way::GetAtt(attribute), name, call.argument, spot);
        }
        let Some([resource, attribute, ..]) = call.items() else { return };
        if let Some(name) = literal(resource) {
            self.add_use(Way::GetAtt(literal(attribute)), name, resource, spot);
        }
    }

    fn add_sub(&mut self, call: &Call<'a>, spot: Spot) {
        let (node, given) = match call.items() {
            Some([text, map, ..]) => (text, Some(map)),
            Some([text]) => (text, None),
            Some([]) => return,
            None => (call.argument, None),
        };
        let text = if std::ptr::eq(node, call.node) { node.text() } else { literal(node) };
        let Some(text) = text else { return };
        for placeholder in placeholders(text) {
            if given.is_some_and(|map| map.get(placeholder.name).is_some()) || placeholder.name.is_empty() {
                continue;
            }
            let (name, attribute) = match placeholder.name.split_once('.') {
                Some((name, attribute)) => (name, Some(attribute)),
                None => (placeholder.name, None),
            };
            let range = self.range_of(node, &text[placeholder.start..placeholder.end]);
            self.uses.push(Use {
                way: Way::Sub(attribute),
                name,
                node,
                range,
                section: spot.section,
                conditional: spot.conditional,
            });
        }
    }

    /// The first place inside a node where the text is written out; the node's own range otherwise.
    pub fn range_of(&self, node: &Node, text: &str) -> (u32, u32) {
        let written = self.document.source.text.get(node.start as usize..node.end as usize);
        match written.and_then(|written| written.find(text)) {
            Some(at) => {
                let start = node.start + u32::try_from(at).unwrap_or(0);
                (start, start + u32::try_from(text.len()).unwrap_or(0))
            }
            None => (node.start, node.end),
        }
    }

    fn use_condition(&mut self, node: Option<&'a Node>, spot: Spot) {
        if let Some((node, name)) = node.and_then(|node| Some((node, literal(node)?))) {
            self.add_use(Way::Condition, name, node, spot);
        }
    }

    fn add_use(&mut self, way: Way<'a>, name: &'a str, node: &'a Node, spot: Spot) {
        let range = (node.start, node.end);
        self.uses.push(Use { way, name, node, range, section: spot.section, conditional: spot.conditional });
    }
}
