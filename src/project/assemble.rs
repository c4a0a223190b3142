//! From files to environments: expands them, evaluates parameters, renders bodies, finds the stacks that others need.

use crate::model::environment::{Assembly, Environment, MARK, MARK_STACK};
use crate::model::finding::Finding;
use crate::model::place::Place;
use crate::model::stack::{Parameter, Stack, StackAddress};
use crate::model::value::Value;
use crate::project::codes;
use crate::project::evaluate::{Evaluator, collect};
use crate::project::expand::{self, Expanded, Instance};
use crate::project::exposed;
use crate::project::inputs::{Inputs, Stacks};
use crate::project::library::Library;
use crate::project::poured::Given;
use crate::project::references::{Reference, candidates, choose};
use crate::project::rendering::Rendering;
use crate::project::resolved;
use crate::project::schema::blueprint::StackEntry;
use crate::project::schema::project::ProjectFile;
use crate::project::schema::reader::{Entry, suggestion, wrong_kind};
use crate::project::stack_settings::Settings;
use crate::template::expression;
use crate::template::render::Files;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Where environments are assembled.
pub struct Workshop {
    /// The files.
    pub library: Library,
    /// `formwork.yaml`.
    pub project: Arc<ProjectFile>,
    /// The bodies.
    pub rendering: Rendering,
    /// The environments with their stacks named and placed.
    pub expanded: BTreeMap<String, Option<Arc<Expanded>>>,
    files: Arc<dyn Files>,
    wanted: Vec<String>,
    given: Given,
    /// Which environment takes outputs of which, and where that is written.
    needs: BTreeMap<String, BTreeMap<String, Place>>,
}

impl Workshop {
    /// A workshop for some environments; `given` are values of the command line.
    pub fn new(mut library: Library, wanted: &[String], given: Given) -> Self {
        let project = Arc::new(library.project());
        let files: Arc<dyn Files> = library.folder.clone();
        Self {
            library,
            project,
            rendering: Rendering::new(&files),
            expanded: BTreeMap::new(),
            files,
            wanted: wanted.to_vec(),
            given,
            needs: BTreeMap::new(),
        }
    }

    /// Assembles the wanted environments and those whose outputs they take.
    pub fn assemble(&mut self) -> Assembly {
        let mut assembly = Assembly { wanted: self.wanted.clone(), environments: BTreeMap::new() };
        let mut waiting: Vec<String> = self.wanted.iter().rev().cloned().collect();
        let mut seen: BTreeSet<String> = BTreeSet::new();
        while let Some(name) = waiting.pop() {
            if !seen.insert(name.clone()) {
                continue;
            }
            if let Some(expanded) = self.expand(&name) {
                let environment = self.environment(&expanded);
                if expanded.resolved.complete && self.project.sound {
                    assembly.environments.insert(name.clone(), Arc::new(environment));
                }
            }
            waiting.extend(self.needs.get(&name).into_iter().flat_map(|needs| needs.keys().cloned()));
        }
        self.cycle();
        assembly
    }

    /// An environment with its stacks named and placed.
    pub fn expand(&mut self, name: &str) -> Option<Arc<Expanded>> {
        if let Some(known) = self.expanded.get(name) {
            return known.clone();
        }
        let given = match self.wanted.iter().any(|wanted| wanted == name) {
            true => self.given.clone(),
            false => Vec::new(),
        };
        let expanded = resolved::resolve(&mut self.library, &self.project, name).map(|resolved| {
            let known =
                |path: &str| resolved.blueprint.value(path.split('.').next().unwrap_or_default()).is_some();
            let given: Given = given.into_iter().filter(|(path, _)| known(path)).collect();
            Arc::new(expand::expand(resolved, &self.files, &given, &mut self.library.findings))
        });
        self.expanded.insert(name.to_owned(), expanded.clone());
        expanded
    }

    fn environment(&mut self, expanded: &Arc<Expanded>) -> Environment {
        let resolved = &expanded.resolved;
        for template in resolved.blueprint.stacks.iter().filter_map(|entry| entry.template.as_ref()) {
            self.rendering.read(template, &mut self.library.findings);
        }
        if expanded.broken.is_empty() {
            let template = |instance: &Instance| resolved.blueprint.stacks[instance.entry].template.as_ref();
            let wanted = expanded.instances.iter();
            self.rendering
                .render_ahead(wanted.filter_map(|instance| Some((template(instance)?, &instance.scope))));
        }
        let labels = labels(&expanded.instances);
        let mut stacks = Vec::new();
        for (instance, label) in expanded.instances.iter().zip(labels) {
            let mut findings = Vec::new();
            let stack = self.stack(expanded, instance, label, &mut findings);
            let subject = |label: &str| format!("{} {label}", resolved.name);
            let label = stack.as_ref().map_or(&instance.address.stack, |stack| &stack.label);
            let findings = findings.into_iter().map(|finding| finding.subject(subject(label)));
            self.library.findings.extend(findings);
            stacks.extend(stack.map(Arc::new));
        }
        Environment {
            name: resolved.name.clone(),
            project: resolved.project.name.clone(),
            blueprint: resolved.blueprint.name.clone(),
            accounts: resolved.accounts.clone(),
            regions: resolved.regions.clone(),
            protection: resolved.protection,
            artifact_buckets: self.buckets(expanded),
            stacks,
        }
    }

    fn stack(
        &mut self,
        expanded: &Arc<Expanded>,
        instance: &Instance,
        label: String,
        findings: &mut Vec<Finding>,
    ) -> Option<Stack> {
        let entry = &expanded.resolved.blueprint.stacks[instance.entry];
        let files = self.files.clone();
        let evaluator = Evaluator { scope: &instance.scope, files: &*files, broken: &expanded.broken };
        assertions(entry, instance, &evaluator, findings);
        // The body first: what is wrong in it is told whatever else is wrong.
        let rendered =
            self.rendering.render(entry.template.as_ref()?, &instance.scope, &expanded.broken, findings);
        let settings = Settings::of(entry, &evaluator, findings);
        let tags = tags(expanded, entry, instance, &evaluator, findings);
        let parameters = self.parameters(expanded, entry, instance, findings)?;
        let mut needs = needs(expanded, entry, instance);
        for parameter in &parameters {
            parameter.input.each_fact(&mut |fact| needs.extend(fact.producers().iter().cloned()));
        }
        needs.sort();
        needs.dedup();
        let rendered = rendered?;
        let stack = Stack {
            address: instance.address.clone(),
            label,
            name: instance.name.clone(),
            account: instance.account.clone(),
            region: instance.address.region.clone(),
            body: rendered.body,
            parameters,
            tags,
            capabilities: settings.capabilities.unwrap_or(rendered.capabilities),
            role: settings.role,
            policy: settings.policy,
            notifications: settings.notifications,
            timeout_minutes: settings.timeout_minutes,
            on_failure: settings.on_failure,
            mode: settings.mode,
            protect: settings.protect,
            needs,
            place: entry.key.place.clone(),
        };
        findings.extend(exposed::in_parameters(expanded, entry, &stack));
        Some(stack)
    }

    fn parameters(
        &mut self,
        expanded: &Arc<Expanded>,
        entry: &StackEntry,
        instance: &Instance,
        findings: &mut Vec<Finding>,
    ) -> Option<Vec<Parameter>> {
        let files = self.files.clone();
        let evaluator = Evaluator { scope: &instance.scope, files: &*files, broken: &expanded.broken };
        let mut lookup = Lookup { workshop: self, home: expanded };
        let mut inputs = Inputs { evaluator, consumer: &instance.address, stacks: &mut lookup };
        let parameters = collect(entry.parameters.iter().map(|Entry { key, value }| {
            let input = inputs.input(&key.name, value)?;
            Ok(Parameter { name: key.name.clone(), input, place: key.place.clone() })
        }));
        parameters.map_err(|told| findings.extend(told)).ok()
    }

    fn buckets(&mut self, expanded: &Expanded) -> BTreeMap<(String, String), String> {
        let mut buckets = BTreeMap::new();
        let Some(written) = self.project.bucket.clone() else { return buckets };
        for poured in &expanded.poured {
            let evaluator = Evaluator { scope: &poured.scope, files: &*self.files, broken: &expanded.broken };
            let Some(account) = expanded.resolved.accounts.get(&poured.role) else { continue };
            match evaluator.value(&written) {
                Ok(Value::Text(name)) => {
                    buckets.insert((account.id.as_str().to_owned(), poured.region.clone()), name);
                }
                Ok(other) => {
                    let finding = wrong_kind("`bucket`", "a text", &other, written.place());
                    self.library.findings.push(finding);
                }
                Err(told) => self.library.findings.extend(told),
            }
        }
        buckets
    }

    /// Tells of environments that take outputs of each other.
    fn cycle(&mut self) {
        let mut done: BTreeSet<&String> = BTreeSet::new();
        for start in self.needs.keys() {
            let mut path: Vec<&String> = vec![start];
            let mut open: Vec<Vec<&String>> = vec![self.needs[start].keys().collect()];
            while let Some(next) = open.last_mut().map(Vec::pop) {
                let Some(next) = next else {
                    open.pop();
                    done.extend(path.pop());
                    continue;
                };
                if let Some(at) = path.iter().position(|name| *name == next) {
                    let names = path[at..].iter().chain([&next]);
                    let names = names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" → ");
                    let place = self.needs[path[path.len() - 1]][next].clone();
                    let message = format!("environments take outputs of each other: {names}");
                    let finding = Finding::error(codes::ENVIRONMENT_CYCLE, message, place);
                    let help = "move what both need into an environment of its own";
                    self.library.findings.push(finding.help(help));
                    return;
                }
                if !done.contains(next) {
                    open.push(self.needs.get(next).into_iter().flat_map(BTreeMap::keys).collect());
                    path.push(next);
                }
            }
        }
    }
}

/// Finds the stacks that references mean.
struct Lookup<'a> {
    workshop: &'a mut Workshop,
    home: &'a Arc<Expanded>,
}

impl Lookup<'_> {
    fn environment(&mut self, reference: &Reference) -> Result<Arc<Expanded>, Finding> {
        let Some(word) = &reference.environment else { return Ok(self.home.clone()) };
        let home = &self.home.resolved.name;
        let library = &self.workshop.library;
        let Some(name) = library.resolve(home, word) else {
            let help = suggestion(word, library.names.iter().map(String::as_str));
            let message = format!("there is no environment `{word}`");
            return Err(Finding::error(codes::NO_ENVIRONMENT, message, reference.place.clone()).help(help));
        };
        if name != *home {
            let needs = self.workshop.needs.entry(home.clone()).or_default();
            needs.entry(name.clone()).or_insert_with(|| reference.place.clone());
        }
        self.workshop.expand(&name).ok_or_else(|| {
            let message = format!("the environment `{name}` has mistakes of its own");
            Finding::error(codes::NO_ENVIRONMENT, message, reference.place.clone())
        })
    }
}

impl Stacks for Lookup<'_> {
    fn one(&mut self, reference: &Reference, consumer: &StackAddress) -> Result<StackAddress, Finding> {
        let expanded = self.environment(reference)?;
        let found = candidates(&expanded, reference)?;
        choose(&found, &consumer.account, &consumer.region, reference)
            .map(|instance| instance.address.clone())
    }

    fn all(&mut self, reference: &Reference, _consumer: &StackAddress) -> Result<Vec<StackAddress>, Finding> {
        let expanded = self.environment(reference)?;
        let found = candidates(&expanded, reference)?;
        Ok(found.into_iter().map(|instance| instance.address.clone()).collect())
    }
}

/// The stacks that `after` names: all of a key, wherever they go.
fn needs(expanded: &Expanded, entry: &StackEntry, instance: &Instance) -> Vec<StackAddress> {
    let named = entry.after.iter().flat_map(|after| expanded.of_key(&after.name));
    named.map(|other| other.address.clone()).filter(|other| *other != instance.address).collect()
}

/// Whatever does not hold is told, with the lines that gave the values.
fn assertions(
    entry: &StackEntry,
    instance: &Instance,
    evaluator: &Evaluator<'_>,
    findings: &mut Vec<Finding>,
) {
    for assertion in &entry.assertions {
        let place = assertion.that.place();
        match evaluator.value(&assertion.that) {
            Ok(Value::Boolean(true)) => {}
            Ok(Value::Boolean(false)) => {
                let said = assertion.message.as_ref().map(|message| evaluator.text(message));
                let message = match said {
                    Some(Ok(message)) => message,
                    Some(Err(told)) => {
                        findings.extend(told);
                        continue;
                    }
                    None => format!("`{}` does not hold", assertion.that.node.text().unwrap_or_default()),
                };
                let mut finding = Finding::error(codes::ASSERTION, message, place).label("this is false");
                for path in expression::used_values(&assertion.that.node) {
                    if let Some(place) = instance.poured.layers.at(&path).and_then(|value| value.place()) {
                        finding = finding.related(place, format!("`values.{path}` is given here"));
                    }
                }
                findings.push(finding);
            }
            Ok(other) => findings.push(wrong_kind("an assertion", "`true` or `false`", &other, place)),
            Err(told) => findings.extend(told),
        }
    }
}

fn tags(
    expanded: &Expanded,
    entry: &StackEntry,
    instance: &Instance,
    evaluator: &Evaluator<'_>,
    findings: &mut Vec<Finding>,
) -> Vec<(String, String)> {
    let mut tags = BTreeMap::new();
    let reserved = |key: &str| key == MARK || key == MARK_STACK;
    for Entry { key, value } in instance.poured.tags.iter().chain(&entry.tags) {
        if reserved(&key.name) {
            let message = format!("the tag `{}` is formwork's own mark", key.name);
            findings.push(Finding::error(codes::TAG, message, key.place.clone()));
            continue;
        }
        match evaluator.value(value) {
            Ok(given) => match given.as_text() {
                Some(text) => {
                    tags.insert(key.name.clone(), text);
                }
                None => findings.push(wrong_kind("a tag", "a text", &given, value.place())),
            },
            Err(told) => findings.extend(told),
        }
    }
    let resolved = &expanded.resolved;
    tags.insert(MARK.to_owned(), format!("{}/{}", resolved.project.name, resolved.name));
    tags.insert(MARK_STACK.to_owned(), instance.address.stack.clone());
    tags.into_iter().collect()
}

/// The shortest names that tell the stacks of an environment apart.
fn labels(instances: &[Instance]) -> Vec<String> {
    let mut places: HashMap<&str, (BTreeSet<&str>, BTreeSet<&str>)> = HashMap::new();
    for instance in instances {
        let place = places.entry(&instance.address.stack).or_default();
        place.0.insert(&instance.address.account);
        place.1.insert(&instance.address.region);
    }
    let label = |instance: &Instance| {
        let StackAddress { stack, account, region, .. } = &instance.address;
        match places.get(stack.as_str()).map(|(accounts, regions)| (accounts.len(), regions.len())) {
            Some((2.., 2..)) => format!("{stack} ({account}/{region})"),
            Some((2.., _)) => format!("{stack} ({account})"),
            Some((_, 2..)) => format!("{stack} ({region})"),
            _ => stack.clone(),
        }
    };
    instances.iter().map(label).collect()
}
