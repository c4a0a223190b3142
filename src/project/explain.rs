//! The way back: which layers gave a value, which expression used it, and what came of it.

use crate::model::document::Node;
use crate::model::fact::{Fact, Input};
use crate::model::finding::{Finding, Severity};
use crate::model::nearest::nearest;
use crate::model::place::Place;
use crate::model::stack::{Stack, StackAddress};
use crate::model::value::Value;
use crate::project::Assembled;
use crate::project::codes;
use crate::project::expand::Expanded;
use crate::project::layers::{Layered, Origin};
use crate::project::library::without_place;
use crate::project::poured::Poured;
use crate::project::schema::blueprint::{Blueprint, StackEntry};
use crate::project::schema::reader::listed;
use crate::template::expression;
use std::collections::BTreeMap;

/// Where something came from. Secrets are masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What is explained: `quiz/dev web.MinSize` or `quiz/dev values.web_size`.
    pub subject: String,
    /// What the value is, where it is documented.
    pub doc: Option<String>,
    /// The expression that used the values, and where it stands.
    pub expression: Option<(String, Place)>,
    /// What came of it, by stack; the name is empty when there is only one.
    pub results: Vec<(String, String)>,
    /// The values that went into it.
    pub chains: Vec<Chain>,
}

/// A value and the layers that gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Its path: `values.web_size.min`.
    pub value: String,
    /// What it is.
    pub doc: Option<String>,
    /// Where it is declared.
    pub declared: Option<Place>,
    /// The layers that gave it, the lowest first.
    pub layers: Vec<LayerLine>,
}

/// What one layer gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerLine {
    /// The layer.
    pub name: String,
    /// Where; none for the command line.
    pub place: Option<Place>,
    /// What it gives, or would give.
    pub gives: String,
    /// Whether this is what counts.
    pub wins: bool,
}

/// Explains a parameter (`web.MinSize`) or a value (`values.web_size.min`).
pub fn explain(assembled: &Assembled, environment: &str, what: &str) -> Result<Explanation, Vec<Finding>> {
    let Some(expanded) = assembled.expanded.get(environment) else {
        return Err(errors(assembled, environment));
    };
    match what.strip_prefix("values.") {
        Some(path) => value(expanded, environment, path).map_err(|finding| vec![finding]),
        None => parameter(assembled, expanded, environment, what),
    }
}

fn errors(assembled: &Assembled, environment: &str) -> Vec<Finding> {
    let errors = assembled.findings.iter().filter(|finding| finding.severity == Severity::Error);
    let errors: Vec<Finding> = errors.cloned().collect();
    match errors.is_empty() {
        true => vec![without_place(codes::NO_ENVIRONMENT, format!("there is no environment `{environment}`"))],
        false => errors,
    }
}

fn unknown<'a>(message: String, word: &str, known: impl Iterator<Item = &'a str> + Clone) -> Finding {
    let help = match nearest(word, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there is: {}", listed(known)),
    };
    Finding { help: Some(help), ..without_place(codes::NO_STACK, message) }
}

fn value(expanded: &Expanded, environment: &str, path: &str) -> Result<Explanation, Finding> {
    let name = path.split('.').next().unwrap_or_default();
    let blueprint = &expanded.resolved.blueprint;
    let Some(entry) = blueprint.value(name) else {
        let known = blueprint.values.iter().map(|entry| entry.name.name.as_str());
        return Err(unknown(format!("the blueprint declares no value `{name}`"), name, known));
    };
    let secret = entry.declaration.secret;
    let mut results: Vec<(String, String)> = Vec::new();
    for poured in &expanded.poured {
        let shown = shown(&at(poured, path), secret);
        results.push((format!("{}/{}", poured.role, poured.region), shown));
    }
    Ok(Explanation {
        subject: format!("{environment} values.{path}"),
        doc: entry.declaration.doc.clone(),
        expression: None,
        results: merged(results),
        chains: expanded.poured.first().map(|poured| chain(blueprint, poured, path)).into_iter().collect(),
    })
}

fn parameter(
    assembled: &Assembled,
    expanded: &Expanded,
    environment: &str,
    what: &str,
) -> Result<Explanation, Vec<Finding>> {
    let one = |finding: Finding| vec![finding];
    let blueprint = &expanded.resolved.blueprint;
    let Some((stack, parameter)) = what.rsplit_once('.') else {
        let message = format!("`{what}` is neither a parameter of a stack nor a value");
        let help = Some("write `stack.Parameter` or `values.name`".to_owned());
        return Err(vec![Finding { help, ..without_place(codes::REFERENCE, message) }]);
    };
    let Some(entry) = entry(expanded, stack) else {
        let keys = blueprint.stacks.iter().map(|entry| entry.key.name.as_str());
        return Err(one(unknown(format!("there is no stack `{stack}` in `{environment}`"), stack, keys)));
    };
    let Some(given) = entry.parameters.iter().find(|given| given.key.name == parameter) else {
        let known = entry.parameters.iter().map(|given| given.key.name.as_str());
        return Err(one(unknown(format!("the stack `{stack}` is given no parameter `{parameter}`"), parameter, known)));
    };
    let paths = used(entry, &[&given.value.node]);
    let secret = paths.iter().any(|path| is_secret(blueprint, path));
    let stacks = assembled.assembly.environments.get(environment).map(|environment| &environment.stacks);
    let stacks = stacks.into_iter().flatten().filter(|one| is_of(expanded, one, entry, stack));
    let result = |one: &Stack| {
        let input = one.parameters.iter().find(|known| known.name == parameter);
        input.map(|known| (one.label.clone(), if secret { MASK.to_owned() } else { told(&known.input) }))
    };
    let results = stacks.clone().filter_map(|one| result(one)).collect();
    let poured = stacks.clone().next().and_then(|one| {
        let fits = |poured: &&std::sync::Arc<Poured>| poured.role == one.address.account && poured.region == one.region;
        expanded.poured.iter().find(fits)
    });
    let poured = poured.or(expanded.poured.first());
    Ok(Explanation {
        subject: format!("{environment} {what}"),
        doc: None,
        expression: Some((given.value.place().text().trim().to_owned(), given.value.place())),
        results: merged(results),
        chains: poured.map(|poured| paths.iter().map(|path| chain(blueprint, poured, path)).collect()).unwrap_or_default(),
    })
}

const MASK: &str = "****";

/// The stack of the blueprint that a name means: its key, or the name of one of its instances.
fn entry<'a>(expanded: &'a Expanded, stack: &str) -> Option<&'a StackEntry> {
    let blueprint = &expanded.resolved.blueprint;
    let instance = expanded.called(stack).next();
    instance.map(|instance| &blueprint.stacks[instance.entry]).or_else(|| blueprint.stack(stack))
}

fn is_of(expanded: &Expanded, stack: &Stack, entry: &StackEntry, name: &str) -> bool {
    stack.address.stack == name
        || (entry.key.name == name && expanded.of_key(name).any(|instance| instance.address == stack.address))
}

fn chain(blueprint: &Blueprint, poured: &Poured, path: &str) -> Chain {
    let declared = blueprint.value(path.split('.').next().unwrap_or_default());
    let secret = is_secret(blueprint, path);
    let given = poured.layers.at(path);
    let mut layers = Vec::new();
    if let Some(given) = given {
        let last = given.origins.len();
        for (index, origin) in given.origins.iter().enumerate() {
            layers.push(LayerLine {
                name: origin.layer.name.to_string(),
                place: origin.place.clone(),
                gives: shown(&origin.value, secret),
                wins: index + 1 == last || counts(given, origin),
            });
        }
    }
    Chain {
        value: format!("values.{path}").trim_end_matches('.').to_owned(),
        doc: declared.and_then(|entry| entry.declaration.doc.clone()),
        declared: declared.map(|entry| entry.name.place.clone()),
        layers,
    }
}

/// Whether a part of a mapping is still as a layer gave it.
fn counts(given: &Layered, origin: &Origin) -> bool {
    let mut counts = false;
    given.each_leaf(&mut |leaf| counts |= leaf.origin().is_some_and(|last| last.layer == origin.layer));
    counts
}

/// The value as expressions see it.
fn at(poured: &Poured, path: &str) -> Value {
    let mut value = poured.scope.get("values").cloned().unwrap_or_default();
    for name in path.split('.') {
        value = value.get(name).cloned().unwrap_or_default();
    }
    value
}

fn is_secret(blueprint: &Blueprint, path: &str) -> bool {
    let name = path.split('.').next().unwrap_or_default();
    match name {
        "" => blueprint.values.iter().any(|entry| entry.declaration.secret),
        name => blueprint.value(name).is_some_and(|entry| entry.declaration.secret),
    }
}

/// One result without a name when all agree.
fn merged(results: Vec<(String, String)>) -> Vec<(String, String)> {
    match results.split_first() {
        Some(((_, first), rest)) if rest.iter().all(|(_, other)| other == first) => {
            vec![(String::new(), first.clone())]
        }
        _ => results,
    }
}

/// A value in one line, as YAML would have it.
fn shown(value: &Value, secret: bool) -> String {
    match value {
        _ if secret => MASK.to_owned(),
        Value::Null => "nothing".to_owned(),
        Value::Boolean(_) | Value::Number(_) => value.as_text().unwrap_or_default(),
        Value::Text(text) if text.is_empty() => "\"\"".to_owned(),
        Value::Text(text) => text.clone(),
        Value::List(items) => {
            format!("[{}]", items.iter().map(|item| shown(item, false)).collect::<Vec<_>>().join(", "))
        }
        Value::Map(entries) => {
            let entries = entries.iter().map(|(name, value)| format!("{name}: {}", shown(value, false)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

/// What a parameter is given, in one line.
fn told(input: &Input) -> String {
    match input {
        Input::Text(text) if text.is_empty() => "\"\"".to_owned(),
        Input::Text(text) => text.clone(),
        Input::List(items) => items.iter().map(told).collect::<Vec<_>>().join(","),
        Input::Fact(fact) => match fact {
            Fact::Output { producer, key } => format!("the output `{key}` of {producer}"),
            Fact::Outputs { producers, key } => {
                let producers: Vec<String> = producers.iter().map(ToString::to_string).collect();
                format!("the outputs `{key}` of {}", producers.join(", "))
            }
            Fact::Ssm { name } => format!("the parameter `{name}` of Systems Manager"),
            Fact::Env { name } => format!("the environment variable `{name}`"),
        },
    }
}

/// The values that nodes of a stack use; what an item gives is what `for_each` goes through.
fn used(entry: &StackEntry, nodes: &[&Node]) -> Vec<String> {
    let mut paths: Vec<String> = nodes.iter().flat_map(|node| expression::used_values(node)).collect();
    if let Some(written) = entry.setting("for_each")
        && nodes.iter().any(|node| mentions_item(node))
    {
        paths.extend(expression::used_values(&written.node));
    }
    paths.sort();
    paths.dedup();
    paths
}

fn mentions_item(node: &Node) -> bool {
    node.text().is_some_and(|text| text.contains("<%") && (text.contains("item") || text.contains("key")))
        || node.items().iter().any(mentions_item)
        || node.entries().iter().any(|(key, value)| mentions_item(key) || mentions_item(value))
}

/// The places in files of environments whose values went into something of a stack.
pub fn places(
    expanded: &Expanded,
    bodies: &BTreeMap<String, Vec<String>>,
    address: &StackAddress,
    subject: &str,
) -> Vec<Place> {
    let blueprint = &expanded.resolved.blueprint;
    let known = entry(expanded, &address.stack);
    // A stack that is not there cannot say which of the blueprint it would be: then all that goes by items may be meant.
    let entries: Vec<&StackEntry> = match known {
        Some(entry) => vec![entry],
        None => blueprint.stacks.iter().filter(|entry| entry.setting("for_each").is_some()).collect(),
    };
    let fits = |poured: &&std::sync::Arc<Poured>| poured.role == address.account && poured.region == address.region;
    let Some(poured) = expanded.poured.iter().find(fits).or(expanded.poured.first()) else { return Vec::new() };
    let mut places = Vec::new();
    for entry in entries {
        for path in subject_paths(entry, bodies, subject) {
            let Some(given) = poured.layers.at(&path) else { continue };
            given.each_leaf(&mut |leaf: &Layered| {
                places.extend(leaf.origin().filter(|origin| origin.layer.declares).and_then(|origin| origin.place.clone()));
            });
        }
        if subject == "stack" && entry.setting("regions").is_some() {
            places.extend(own_region_places(expanded));
        }
    }
    if let Some(key) = subject.strip_prefix("tags/") {
        let own = poured.tags.iter().filter(|tag| tag.key.name == key).map(|tag| tag.key.place.clone());
        places.extend(own.filter(|place| place.source.path.starts_with("environments/")));
    }
    places.sort_by_key(|place| (place.source.path.clone(), place.start));
    places.dedup();
    places
}

fn own_region_places(expanded: &Expanded) -> Vec<Place> {
    let given = expanded.resolved.region_places.iter();
    given.filter(|place| place.source.path.starts_with("environments/")).cloned().collect()
}

fn subject_paths(entry: &StackEntry, bodies: &BTreeMap<String, Vec<String>>, subject: &str) -> Vec<String> {
    let setting = |key: &str| entry.setting(key).map(|written| &written.node);
    match subject.split_once('/') {
        None if subject == "stack" => {
            let nodes: Vec<&Node> =
                ["condition", "for_each", "account", "regions"].into_iter().filter_map(setting).collect();
            used(entry, &nodes)
        }
        None if subject == "body" => {
            let mut paths = match &entry.template {
                Some(template) => bodies.get(&template.name).cloned().unwrap_or_default(),
                None => Vec::new(),
            };
            paths.extend(setting("for_each").into_iter().flat_map(expression::used_values));
            paths
        }
        None => used(entry, &setting(subject).into_iter().collect::<Vec<_>>()),
        Some((kind, name)) => {
            let entries = if kind == "parameters" { &entry.parameters } else { &entry.tags };
            let nodes = entries.iter().filter(|given| given.key.name == name).map(|given| &given.value.node);
            used(entry, &nodes.collect::<Vec<_>>())
        }
    }
}
