//! The values of an environment in one account and region, from all layers, and the scope that expressions see there.

use crate::model::document::Kind;
use crate::model::finding::{Finding, Severity};
use crate::model::value::Value;
use crate::project::codes;
use crate::project::evaluate::Evaluator;
use crate::project::fit::Fitting;
use crate::project::layers::{Layer, Layered};
use crate::project::resolved::Resolved;
use crate::project::schema::environment::EnvironmentFile;
use crate::project::schema::reader::{Entry, Written, is_empty, suggestion};
use crate::template::expression::Scope;
use crate::template::render::Files;
use std::collections::BTreeSet;
use std::sync::Arc;

/// An account and a region of an environment, with the values there.
pub struct Poured {
    /// The account role.
    pub role: String,
    /// The region.
    pub region: String,
    /// The values with their layers.
    pub layers: Layered,
    /// The names that expressions see there.
    pub scope: Scope,
    /// The tags of all stacks there, lowest first.
    pub tags: Vec<Entry>,
    /// The values of which something wrong has been told.
    pub broken: BTreeSet<String>,
}

/// Values from the command line, already read.
pub type Given = Vec<(String, Value)>;

/// Pours an environment's values into an account and a region.
pub fn pour(
    resolved: &Resolved,
    files: &Arc<dyn Files>,
    given: &Given,
    (role, region): (&str, &str),
    findings: &mut Vec<Finding>,
) -> Poured {
    let names = Scope::new(Value::Map(base(resolved, role, region))).with_files(files.clone());
    let nothing = BTreeSet::new();
    let evaluator = Evaluator { scope: &names, files: &**files, broken: &nothing };
    let mut pouring = Pouring { resolved, evaluator, findings, broken: BTreeSet::new() };
    let mut layers = pouring.layers(role, region);
    let mut broken = pouring.broken;
    for (path, value) in given {
        let layer = Layer { name: "--set".into(), declares: false };
        let (name, below) = path.split_once('.').unwrap_or((path, ""));
        let names = below.rsplit('.').filter(|name| !name.is_empty());
        let nested = names.fold(value.clone(), |value, name| Value::Map(vec![(name.to_owned(), value)]));
        layers.lay_at(name, Layered::of_value(nested, &layer, None));
    }
    let values = fit(resolved, &layers, &mut broken, findings);
    let scope = names.with(vec![("values".to_owned(), values)]);
    let tags = tags(resolved, role, region);
    Poured { role: role.to_owned(), region: region.to_owned(), layers, scope, tags, broken }
}

struct Pouring<'a, 'b> {
    resolved: &'a Resolved,
    evaluator: Evaluator<'a>,
    findings: &'b mut Vec<Finding>,
    broken: BTreeSet<String>,
}

impl Pouring<'_, '_> {
    fn layers(&mut self, role: &str, region: &str) -> Layered {
        let mut layers = Layered::empty();
        let resolved = self.resolved;
        if let Some(values) = &resolved.project.values {
            let layer = Layer { name: "defaults of `formwork.yaml`".into(), declares: false };
            self.lay(&mut layers, values, &layer, false);
        }
        let layer = Layer { name: "default of the blueprint".into(), declares: false };
        for entry in &resolved.blueprint.values {
            if let Some(default) = &entry.declaration.default
                && let Some(above) = self.read(&entry.name.name, default, &layer)
            {
                layers.lay_at(&entry.name.name, above);
            }
        }
        for file in &resolved.chain {
            let whose = match file.name == resolved.name {
                true => format!("environment `{}`", file.name),
                false => format!("mirrored environment `{}`", file.name),
            };
            for (values, what) in written(file, role, region) {
                let layer = Layer { name: format!("{whose}{what}").into(), declares: true };
                self.lay(&mut layers, values, &layer, true);
            }
        }
        layers
    }

    /// Lays the values of a file over the others; with `strict`, those that the blueprint does not declare are told.
    fn lay(&mut self, layers: &mut Layered, values: &Written, layer: &Layer, strict: bool) {
        let blueprint = &self.resolved.blueprint;
        for (key, node) in values.node.entries() {
            let Some(name) = key.text() else { continue };
            if blueprint.value(name).is_none() {
                if strict {
                    let help =
                        suggestion(name, blueprint.values.iter().map(|entry| entry.name.name.as_str()));
                    let message = format!("the blueprint `{}` declares no value `{name}`", blueprint.name);
                    let place = values.document.place(key);
                    self.findings.push(Finding::error(codes::UNDECLARED, message, place).help(help));
                }
                continue;
            }
            if let Some(above) = self.read(name, &values.sibling(node), layer) {
                layers.lay_at(name, above);
            }
        }
    }

    fn read(&mut self, name: &str, written: &Written, layer: &Layer) -> Option<Layered> {
        let evaluate = |written: &Written| self.evaluator.value(written);
        let before = self.findings.len();
        let read = Layered::of(written, layer, &evaluate, self.findings);
        if self.findings.len() > before {
            self.broken.insert(name.to_owned());
        }
        read
    }
}

/// The values that a file gives for an account and a region, lowest first, each with what it is called.
fn written<'a>(file: &'a EnvironmentFile, role: &str, region: &str) -> Vec<(&'a Written, String)> {
    let by_account = file.by_account.iter().filter(|(name, _)| name.name == role);
    let by_region = file.by_region.iter().filter(|(name, _)| name.name == region);
    let mut written = vec![(&file.overlay, String::new())];
    written.extend(by_account.map(|(name, overlay)| (overlay, format!(", by_account {}", name.name))));
    written.extend(by_region.map(|(name, overlay)| (overlay, format!(", by_region {}", name.name))));
    written.into_iter().filter_map(|(overlay, what)| Some((overlay.values.as_ref()?, what))).collect()
}

fn tags(resolved: &Resolved, role: &str, region: &str) -> Vec<Entry> {
    let mut tags = resolved.project.tags.clone();
    for file in &resolved.chain {
        tags.extend(file.overlay.tags.iter().cloned());
        let by_account = file.by_account.iter().filter(|(name, _)| name.name == role);
        let by_region = file.by_region.iter().filter(|(name, _)| name.name == region);
        tags.extend(by_account.chain(by_region).flat_map(|(_, overlay)| overlay.tags.iter().cloned()));
    }
    tags
}

/// Holds the values against their declarations.
fn fit(
    resolved: &Resolved,
    layers: &Layered,
    broken: &mut BTreeSet<String>,
    findings: &mut Vec<Finding>,
) -> Value {
    let roles: Vec<String> = resolved.accounts.keys().cloned().collect();
    let mut fitting = Fitting { roles: &roles, partial: false, findings: Vec::new() };
    let mut values = Vec::new();
    for entry in &resolved.blueprint.values {
        let name = &entry.name.name;
        let before = fitting.findings.len();
        let value = match layers.get(name) {
            _ if broken.contains(name) => Value::Null,
            Some(given) => fitting.fit(&entry.declaration, name, given),
            None => {
                if entry.declaration.required {
                    fitting.findings.extend(missing(resolved, name, &entry.declaration));
                    broken.insert(name.clone());
                }
                Value::Null
            }
        };
        if fitting.findings[before..].iter().any(|finding| finding.severity == Severity::Error) {
            broken.insert(name.clone());
        }
        values.push((name.clone(), value));
    }
    findings.append(&mut fitting.findings);
    Value::Map(values)
}

fn missing(
    resolved: &Resolved,
    name: &str,
    declaration: &crate::project::schema::declaration::Declaration,
) -> Option<Finding> {
    let file = resolved.file();
    // Where `values` is no mapping, that has been told, and nothing can be said of what is in it.
    let written = file.overlay.values.as_ref();
    if written.is_some_and(|values| !is_empty(&values.node) && !matches!(values.node.kind, Kind::Mapping(_)))
    {
        return None;
    }
    let place = match &file.overlay.values {
        // The key itself is the best place to say that something lacks below it.
        Some(_) => file
            .document
            .root
            .entries()
            .iter()
            .find(|(key, _)| key.text() == Some("values"))
            .map_or_else(|| file.place(), |(key, _)| file.document.place(key)),
        None => file.place(),
    };
    let help = match &declaration.doc {
        Some(doc) => format!("add `{name}` to `values`: {doc}"),
        None => format!("add `{name}` to `values`"),
    };
    let message = format!("`{}` lacks the value `{name}`", resolved.name);
    let finding = Finding::error(codes::MISSING_VALUE, message, place);
    Some(finding.related(declaration.place.clone(), "declared here, without a default").help(help))
}

/// The names that do not depend on values.
fn base(resolved: &Resolved, role: &str, region: &str) -> Vec<(String, Value)> {
    let text = |text: &str| Value::Text(text.to_owned());
    let name = |name: &str, value: Value| (name.to_owned(), value);
    let account = |role: &str| {
        let account = resolved.accounts.get(role);
        Value::Map(vec![
            name("role", text(role)),
            name("id", account.map_or(Value::Null, |account| text(account.id.as_str()))),
            name("name", text(account.and_then(|account| account.name.as_deref()).unwrap_or(role))),
        ])
    };
    let accounts = resolved.accounts.keys().map(|role| (role.clone(), account(role))).collect();
    let environment = vec![
        name("name", text(&resolved.name)),
        name("slug", text(&resolved.slug())),
        name("path", text(&resolved.name)),
    ];
    vec![
        name("environment", Value::Map(environment)),
        name("project", text(&resolved.project.name)),
        name("account", account(role)),
        name("accounts", Value::Map(accounts)),
        name("region", text(region)),
        name("regions", Value::List(resolved.regions.iter().map(|region| text(region)).collect())),
    ]
}
