//! A blueprint as it is written: the stacks of a system, and the values that environments give.

use crate::model::document::{Document, Kind, Node};
use crate::model::finding::Finding;
use crate::model::place::Place;
use crate::project::codes;
use crate::project::schema::convert::{bad_name, is_name};
use crate::project::schema::declaration::{self, Declaration};
use crate::project::schema::reader::{Entry, Named, Reader, Written};
use crate::project::stack_settings;
use std::sync::Arc;

/// A blueprint.
#[derive(Debug)]
pub struct Blueprint {
    /// Its name: the folder under `templates/`.
    pub name: String,
    /// The folder it stands in, from the project's root.
    pub folder: String,
    /// The account roles an environment has to map.
    pub roles: Vec<Named>,
    /// The values an environment may or must give.
    pub values: Vec<ValueEntry>,
    /// The stacks.
    pub stacks: Vec<StackEntry>,
}

/// A declared value.
#[derive(Debug)]
pub struct ValueEntry {
    /// Its name.
    pub name: Named,
    /// What it may be.
    pub declaration: Declaration,
}

/// A declared stack.
#[derive(Debug)]
pub struct StackEntry {
    /// Its key.
    pub key: Named,
    /// Its template's path from the project's root; none when that is missing, which has been told.
    pub template: Option<Named>,
    /// Its parameters.
    pub parameters: Vec<Entry>,
    /// Its tags.
    pub tags: Vec<Entry>,
    /// What it waits for.
    pub after: Vec<Named>,
    /// What has to hold, and what is said when it does not.
    pub assertions: Vec<Assertion>,
    /// All other keys, evaluated for each stack.
    pub settings: Vec<Entry>,
}

/// Something that has to hold.
#[derive(Debug)]
pub struct Assertion {
    /// The expression.
    pub that: Written,
    /// What is said when it does not hold.
    pub message: Option<Written>,
}

impl Blueprint {
    /// The declaration of a value.
    pub fn value(&self, name: &str) -> Option<&ValueEntry> {
        self.values.iter().find(|entry| entry.name.name == name)
    }

    /// The stack of a key.
    pub fn stack(&self, key: &str) -> Option<&StackEntry> {
        self.stacks.iter().find(|entry| entry.key.name == key)
    }
}

impl StackEntry {
    /// What a key of the stack is given.
    pub fn setting(&self, key: &str) -> Option<&Written> {
        self.settings.iter().find(|entry| entry.key.name == key).map(|entry| &entry.value)
    }
}

/// The keys of a stack beside those that are evaluated for each of its places.
const KEYS: [&str; 7] = ["template", "parameters", "tags", "after", "assert", "description", "doc"];

/// Reads a blueprint.
pub fn read(name: &str, folder: &str, document: &Arc<Document>) -> (Blueprint, Vec<Finding>) {
    let mut reader = Reader::new(document);
    let root = &document.root;
    let (name, folder) = (name.to_owned(), folder.to_owned());
    let mut blueprint = Blueprint { name, folder, roles: Vec::new(), values: Vec::new(), stacks: Vec::new() };
    if !reader.mapping(root, "a blueprint", &["description", "accounts", "values", "stacks"]) {
        return (blueprint, reader.findings);
    }
    blueprint.roles = match root.get("accounts") {
        Some(node) => reader.texts(node, "an account role"),
        None => vec![Named { name: "workload".to_owned(), place: Place::new(&document.source, 0, 0) }],
    };
    for (name, node) in reader.entries(root.get("values"), "`values`") {
        if !is_name(&name.name, "_") || name.name.starts_with(|letter: char| letter.is_ascii_digit()) {
            let finding = Finding::error(
                codes::NAME,
                format!("`{}` cannot be the name of a value", name.name),
                name.place.clone(),
            );
            reader.tell(finding.label("letters, digits and `_`, so that expressions can say `values.name`"));
        }
        let declaration = declaration::read(&mut reader, node, &name.name);
        blueprint.values.push(ValueEntry { name, declaration });
    }
    if reader.required(root, "stacks", "a blueprint").is_some() {
        for (key, node) in reader.entries(root.get("stacks"), "`stacks`") {
            let entry = stack(&mut reader, &blueprint.folder, key, node);
            blueprint.stacks.extend(entry);
        }
    }
    known_stacks(&mut reader, &blueprint);
    (blueprint, reader.findings)
}

fn stack(reader: &mut Reader, folder: &str, key: Named, node: &Node) -> Option<StackEntry> {
    if !is_name(&key.name, "-_") {
        reader.tell(bad_name("a stack", &key.name, &key.place));
    }
    let evaluated = stack_settings::KEYS;
    if !reader.mapping(node, "a stack", &[&KEYS[..], &evaluated].concat()) {
        return None;
    }
    let template = template(reader, folder, node);
    let after = node.get("after").map(|node| reader.texts(node, "`after`")).unwrap_or_default();
    let assertions = node.get("assert").map(|node| assertions(reader, node)).unwrap_or_default();
    let parameters = reader.written_entries(node.get("parameters"), "`parameters`");
    let tags = reader.written_entries(node.get("tags"), "`tags`");
    let mut settings = Vec::new();
    for entry in reader.written_entries(Some(node), "a stack") {
        if evaluated.contains(&entry.key.name.as_str()) {
            let what = format!("`{}`", entry.key.name);
            stack_settings::check_written(&entry, &what).into_iter().for_each(|finding| reader.tell(finding));
            settings.push(entry);
        }
    }
    Some(StackEntry { key, template, parameters, tags, after, assertions, settings })
}

fn template(reader: &mut Reader, folder: &str, node: &Node) -> Option<Named> {
    let node = reader.required(node, "template", "a stack")?;
    let text = reader.text(node, "`template`")?;
    let place = reader.place(node);
    let told = |why: &str| {
        Finding::error(
            codes::NO_TEMPLATE,
            format!("the template `{text}` cannot be used: {why}"),
            place.clone(),
        )
    };
    match crate::project::files::inside(folder, &text) {
        Ok(path) if path.starts_with("templates/") => Some(Named { name: path, place }),
        Ok(_) => {
            reader.tell(told("it leads out of `templates/`"));
            None
        }
        Err(why) => {
            reader.tell(told(&why));
            None
        }
    }
}

/// A list of `{that, message}` or of expressions, or one of them.
fn assertions(reader: &mut Reader, node: &Node) -> Vec<Assertion> {
    let nodes = match &node.kind {
        Kind::Sequence(items) => items.as_slice(),
        Kind::Scalar { .. } | Kind::Mapping(_) | Kind::Alias => std::slice::from_ref(node),
    };
    let mut assertions = Vec::new();
    for node in nodes {
        match &node.kind {
            Kind::Mapping(_) => {
                if !reader.mapping(node, "an assertion", &["that", "message"]) {
                    continue;
                }
                let Some(that) = reader.required(node, "that", "an assertion") else { continue };
                let message = node.get("message").map(|node| reader.written(node));
                assertions.push(Assertion { that: reader.written(that), message });
            }
            Kind::Scalar { .. } | Kind::Sequence(_) | Kind::Alias => {
                assertions.push(Assertion { that: reader.written(node), message: None });
            }
        }
    }
    assertions
}

/// `after` names stacks of the same blueprint.
fn known_stacks(reader: &mut Reader, blueprint: &Blueprint) {
    for entry in &blueprint.stacks {
        for after in &entry.after {
            if blueprint.stack(&after.name).is_none() {
                let names = blueprint.stacks.iter().map(|entry| entry.key.name.as_str());
                let help = crate::project::schema::reader::suggestion(&after.name, names);
                let message = format!("there is no stack `{}` in this blueprint", after.name);
                reader.tell(Finding::error(codes::NO_STACK, message, after.place.clone()).help(help));
            }
        }
    }
}
