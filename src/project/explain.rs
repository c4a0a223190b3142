//! The way back: which layers gave a value, which expression used it, and what came of it.

use crate::model::document::Node;
use crate::model::fact::{Fact, Input};
use crate::model::finding::{Finding, Severity};
use crate::model::nearest::nearest;
use crate::model::place::Place;
use crate::model::stack::Stack;
use crate::model::value::Value;
use crate::project::Assembled;
use crate::project::codes;
use crate::project::expand::Expanded;
use crate::project::exposed::is_secret;
use crate::project::layers::{Layered, Origin};
use crate::project::library::without_place;
use crate::project::places::{entry, used};
use crate::project::poured::Poured;
use crate::project::schema::blueprint::{Blueprint, StackEntry};
use crate::project::schema::reader::{Written, listed};
use crate::template::outline;
use std::sync::Arc;

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
pub(super) fn explain(
    assembled: &Assembled,
    environment: &str,
    what: &str,
) -> Result<Explanation, Vec<Finding>> {
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
        true => {
            vec![without_place(codes::NO_ENVIRONMENT, format!("there is no environment `{environment}`"))]
        }
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
        chains: chains(expanded, &[], &[path.to_owned()], false),
    })
}

fn parameter(
    assembled: &Assembled,
    expanded: &Expanded,
    environment: &str,
    what: &str,
) -> Result<Explanation, Vec<Finding>> {
    let blueprint = &expanded.resolved.blueprint;
    let Some((stack, parameter)) = what.rsplit_once('.') else {
        let message = format!("`{what}` is neither a parameter of a stack nor a value");
        let help = Some("write `stack.Parameter` or `values.name`".to_owned());
        return Err(vec![Finding { help, ..without_place(codes::REFERENCE, message) }]);
    };
    let Some(entry) = entry(expanded, stack) else {
        let keys = blueprint.stacks.iter().map(|entry| entry.key.name.as_str());
        return Err(vec![unknown(format!("there is no stack `{stack}` in `{environment}`"), stack, keys)]);
    };
    let stacks = assembled.assembly.environments.get(environment).map(|environment| &environment.stacks);
    let stacks = stacks.into_iter().flatten().filter(|one| is_of(expanded, one, entry, stack));
    let stacks: Vec<&Stack> = stacks.map(|stack| &**stack).collect();
    let declared = stacks.first().and_then(|stack| Declared::of(stack, parameter));
    let Some(given) = entry.parameters.iter().find(|given| given.key.name == parameter) else {
        let default = declared.and_then(|declared| declared.explained(format!("{environment} {what}")));
        return default.ok_or_else(|| {
            let known = entry.parameters.iter().map(|given| given.key.name.as_str());
            let message = format!("the stack `{stack}` is given no parameter `{parameter}`");
            vec![unknown(message, parameter, known)]
        });
    };
    let paths = used(entry, &[&given.value.node]);
    let hidden = declared.as_ref().is_some_and(|declared| declared.no_echo);
    let secret = hidden || paths.iter().any(|path| is_secret(blueprint, path));
    let result = |one: &&Stack| {
        let input = one.parameters.iter().find(|known| known.name == parameter);
        input.map(|known| (one.label.clone(), if secret { MASK.to_owned() } else { told(&known.input) }))
    };
    let places: Vec<(&str, &str)> =
        stacks.iter().map(|one| (one.address.account.as_str(), one.region.as_str())).collect();
    Ok(Explanation {
        subject: format!("{environment} {what}"),
        doc: declared.and_then(|declared| declared.description),
        expression: Some((as_written(&given.value), given.value.place())),
        results: merged(stacks.iter().filter_map(result).collect()),
        chains: chains(expanded, &places, &paths, hidden),
    })
}

/// A parameter as the template declares it.
struct Declared {
    description: Option<String>,
    default: Option<(String, Place)>,
    no_echo: bool,
}

impl Declared {
    fn of(stack: &Stack, parameter: &str) -> Option<Self> {
        let document = &stack.body.document;
        let outline = outline::outline(document);
        let declared = outline.parameters.iter().find(|known| known.name == parameter)?;
        let default =
            declared.default.map(|node| (node.text().unwrap_or_default().to_owned(), document.place(node)));
        let description = declared.node.get("Description").and_then(Node::text).map(str::to_owned);
        Some(Self { description, default, no_echo: declared.no_echo })
    }

    /// Nothing is given, so the template's default counts.
    fn explained(self, subject: String) -> Option<Explanation> {
        let (text, place) = self.default?;
        let gives = if self.no_echo { MASK.to_owned() } else { shown(&Value::Text(text), false) };
        let name = "default of the template".to_owned();
        let layers = vec![LayerLine { name, place: Some(place), gives: gives.clone(), wins: true }];
        let chain = Chain { value: String::new(), doc: None, declared: None, layers };
        let results = vec![(String::new(), gives)];
        Some(Explanation { subject, doc: self.description, expression: None, results, chains: vec![chain] })
    }
}

/// The chains of values in some accounts and regions: one of each where they agree, else all, with their place.
fn chains(expanded: &Expanded, places: &[(&str, &str)], paths: &[String], hidden: bool) -> Vec<Chain> {
    let blueprint = &expanded.resolved.blueprint;
    let here = |poured: &&Arc<Poured>| {
        places.is_empty() || places.contains(&(poured.role.as_str(), poured.region.as_str()))
    };
    let mut chains = Vec::new();
    for path in paths {
        let all: Vec<(&Poured, Chain)> = expanded
            .poured
            .iter()
            .filter(here)
            .map(|poured| (&**poured, chain(blueprint, poured, path, hidden)))
            .collect();
        let agree = all.iter().all(|(_, chain)| *chain == all[0].1);
        for (poured, chain) in all.into_iter().take(if agree { 1 } else { usize::MAX }) {
            let value = match agree {
                true => chain.value,
                false => format!("{} ({}/{})", chain.value, poured.role, poured.region),
            };
            chains.push(Chain { value, ..chain });
        }
    }
    chains
}

const MASK: &str = "****";

fn is_of(expanded: &Expanded, stack: &Stack, entry: &StackEntry, name: &str) -> bool {
    stack.address.stack == name
        || (entry.key.name == name && expanded.of_key(name).any(|instance| instance.address == stack.address))
}

fn chain(blueprint: &Blueprint, poured: &Poured, path: &str, hidden: bool) -> Chain {
    let declared = blueprint.value(path.split('.').next().unwrap_or_default());
    let secret = hidden || is_secret(blueprint, path);
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

/// The text of a value with its tag, `!Output network.VpcId`; the place of a tagged value begins after the tag.
fn as_written(value: &Written) -> String {
    let place = value.place();
    let tag = value.node.tag.as_ref().map_or(String::new(), |tag| format!("!{tag} "));
    format!("{tag}{}", place.text().trim())
}

/// The value as expressions see it.
fn at(poured: &Poured, path: &str) -> Value {
    let mut value = poured.scope.get("values").cloned().unwrap_or_default();
    for name in path.split('.') {
        value = value.get(name).cloned().unwrap_or_default();
    }
    value
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
