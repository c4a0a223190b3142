//! Stacks × accounts × regions × items: which stacks an environment has, before anything is rendered.

use crate::model::account::Account;
use crate::model::finding::Finding;
use crate::model::stack::StackAddress;
use crate::model::value::Value;
use crate::project::codes;
use crate::project::evaluate::Evaluator;
use crate::project::poured::{self, Given, Poured};
use crate::project::resolved::Resolved;
use crate::project::schema::blueprint::StackEntry;
use crate::project::schema::convert::{self, Given as Setting};
use crate::project::schema::reader::{Written, suggestion, wrong_kind};
use crate::project::unique::unique;
use crate::template::expression::Scope;
use crate::template::render::Files;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// A stack of an environment, named and placed.
pub struct Instance {
    /// Its address.
    pub address: StackAddress,
    /// Its name in CloudFormation.
    pub name: String,
    /// Which stack of the blueprint it is.
    pub entry: usize,
    /// Its account.
    pub account: Arc<Account>,
    /// The values there.
    pub poured: Arc<Poured>,
    /// The names its expressions see.
    pub scope: Scope,
    /// Where among its siblings it stands: the item, the account, the region.
    order: (usize, usize, usize, usize),
}

/// An environment with its stacks named and placed.
pub struct Expanded {
    /// The environment.
    pub resolved: Resolved,
    /// Its stacks, in the blueprint's order, then by item, account and region.
    pub instances: Vec<Instance>,
    /// The values by account role and region, the primary first.
    pub poured: Vec<Arc<Poured>>,
    /// The values of which something wrong has been told, somewhere in it.
    pub broken: BTreeSet<String>,
    by_name: HashMap<String, Vec<usize>>,
    by_key: HashMap<String, Vec<usize>>,
}

impl Expanded {
    /// The stacks of this name, or all those of this key of the blueprint.
    pub fn called(&self, name: &str) -> impl Iterator<Item = &Instance> {
        let found = self.by_name.get(name).or_else(|| self.by_key.get(name));
        found.into_iter().flatten().map(|index| &self.instances[*index])
    }

    /// All stacks of a key of the blueprint.
    pub fn of_key(&self, key: &str) -> impl Iterator<Item = &Instance> {
        self.by_key.get(key).into_iter().flatten().map(|index| &self.instances[*index])
    }
}

/// Expands an environment.
pub fn expand(
    resolved: Resolved,
    files: &Arc<dyn Files>,
    given: &Given,
    findings: &mut Vec<Finding>,
) -> Expanded {
    let mut expansion = Expansion {
        resolved: &resolved,
        files,
        given,
        findings,
        poured: Vec::new(),
        broken: BTreeSet::new(),
        instances: Vec::new(),
    };
    for (index, entry) in resolved.blueprint.stacks.iter().enumerate() {
        expansion.entry(index, entry);
    }
    if expansion.poured.is_empty()
        && let Some(role) = resolved.accounts.keys().next()
    {
        expansion.pour(role, &resolved.regions[0]);
    }
    let (poured, broken, mut instances) = (expansion.poured, expansion.broken, expansion.instances);
    instances.sort_by_key(|instance| instance.order);
    unique(&resolved, &instances, findings);
    for (region, _) in &resolved.file().by_region {
        if !poured.iter().any(|poured| poured.region == region.name) {
            let message = format!("nothing of `{}` goes to `{}`", resolved.name, region.name);
            findings.push(Finding::warning(codes::REGION, message, region.place.clone()));
        }
    }
    let (mut by_name, mut by_key) =
        (HashMap::<String, Vec<usize>>::new(), HashMap::<String, Vec<usize>>::new());
    for (index, instance) in instances.iter().enumerate() {
        let key = &resolved.blueprint.stacks[instance.entry].key.name;
        by_name.entry(instance.address.stack.clone()).or_default().push(index);
        by_key.entry(key.clone()).or_default().push(index);
    }
    Expanded { resolved, instances, poured, broken, by_name, by_key }
}

/// What one turn of a `for_each` goes with.
#[derive(Clone)]
struct Turn {
    index: usize,
    item: Option<(Value, Value)>,
}

/// Where a stack goes.
struct Spot {
    poured: Arc<Poured>,
    scope: Scope,
    order: (usize, usize, usize, usize),
}

struct Expansion<'a> {
    resolved: &'a Resolved,
    files: &'a Arc<dyn Files>,
    given: &'a Given,
    findings: &'a mut Vec<Finding>,
    poured: Vec<Arc<Poured>>,
    broken: BTreeSet<String>,
    instances: Vec<Instance>,
}

impl Expansion<'_> {
    fn entry(&mut self, index: usize, entry: &StackEntry) {
        let Some(role) = self.default_role(entry) else { return };
        let primary = self.pour(&role, &self.resolved.regions[0]);
        // An item may say where it goes, so the places are asked of each item; what differs by place is asked there.
        let mut roles: Vec<String> = Vec::new();
        let mut regions: Vec<String> = Vec::new();
        let by_item = entry.setting("account").is_some() || entry.setting("regions").is_some();
        let turns = if by_item { self.turns(entry, &primary) } else { vec![Turn { index: 0, item: None }] };
        for turn in turns {
            let scope = turn.scope(&primary.scope, entry);
            push_new(&mut roles, self.roles(entry, &scope, &role));
            push_new(&mut regions, self.regions(entry, &scope));
        }
        if entry.setting("for_each").is_some() {
            push_new(&mut roles, vec![role.clone()]);
            push_new(&mut regions, self.resolved.regions.clone());
        }
        for (role_index, place) in roles.iter().enumerate() {
            for (region_index, region) in regions.iter().enumerate() {
                let poured = self.pour(place, region);
                for turn in self.turns(entry, &poured) {
                    let scope = turn.scope(&poured.scope, entry);
                    let here = self.roles(entry, &scope, &role).contains(place)
                        && self.regions(entry, &scope).contains(region);
                    if here && self.condition(entry, &scope) {
                        let order = (index, turn.index, role_index, region_index);
                        self.instance(entry, &turn, Spot { poured: poured.clone(), scope, order });
                    }
                }
            }
        }
    }

    fn pour(&mut self, role: &str, region: &str) -> Arc<Poured> {
        if let Some(known) = self.poured.iter().find(|poured| poured.role == role && poured.region == region)
        {
            return known.clone();
        }
        let poured =
            Arc::new(poured::pour(self.resolved, self.files, self.given, (role, region), self.findings));
        self.broken.extend(poured.broken.iter().cloned());
        self.poured.push(poured.clone());
        poured
    }

    /// The role of a stack that names none: the only one, or `workload`.
    fn default_role(&mut self, entry: &StackEntry) -> Option<String> {
        let roles = &self.resolved.accounts;
        let role = match roles.len() {
            1 => roles.keys().next(),
            _ => roles.keys().find(|role| *role == "workload"),
        };
        if let (None, None) = (role, entry.setting("account")) {
            let message = format!("the stack `{}` has to say which account it goes to", entry.key.name);
            let known = roles.keys().map(|role| format!("`{role}`")).collect::<Vec<_>>().join(" or ");
            let finding = Finding::error(codes::NO_ROLE, message, entry.key.place.clone());
            self.findings.push(finding.help(format!("add `account:` with {known}")));
            return None;
        }
        role.or_else(|| roles.keys().next()).cloned()
    }

    fn evaluate(&mut self, written: &Written, scope: &Scope) -> Option<Value> {
        match (Evaluator { scope, files: &**self.files, broken: &self.broken }).value(written) {
            Ok(value) => Some(value),
            Err(told) => {
                self.findings.extend(told);
                None
            }
        }
    }

    fn turns(&mut self, entry: &StackEntry, poured: &Poured) -> Vec<Turn> {
        let Some(written) = entry.setting("for_each") else { return vec![Turn { index: 0, item: None }] };
        let number = |index: usize| Value::Number(index.to_string());
        match self.evaluate(written, &poured.scope) {
            None => Vec::new(),
            Some(Value::List(items)) => {
                let turn = |(index, item)| Turn { index, item: Some((item, number(index))) };
                items.into_iter().enumerate().map(turn).collect()
            }
            Some(Value::Map(entries)) => {
                let turn = |(index, (key, item))| Turn { index, item: Some((item, Value::Text(key))) };
                entries.into_iter().enumerate().map(turn).collect()
            }
            Some(other) => {
                let finding = wrong_kind("`for_each`", "a list or a mapping", &other, written.place());
                self.findings.push(Finding { code: codes::FOR_EACH, ..finding });
                Vec::new()
            }
        }
    }

    fn roles(&mut self, entry: &StackEntry, scope: &Scope, default: &str) -> Vec<String> {
        let Some(written) = entry.setting("account") else { return vec![default.to_owned()] };
        let Some(value) = self.evaluate(written, scope) else { return Vec::new() };
        let all = self.resolved.accounts.keys().cloned();
        match (Setting { value, place: written.place(), what: "`account`" }).texts() {
            Ok(words) if words == ["all"] => all.collect(),
            Ok(words) => words.into_iter().filter(|word| self.known_role(word, written)).collect(),
            Err(finding) => {
                self.findings.push(finding);
                Vec::new()
            }
        }
    }

    fn known_role(&mut self, word: &str, written: &Written) -> bool {
        let known = self.resolved.accounts.contains_key(word);
        if !known {
            let help = suggestion(word, self.resolved.accounts.keys().map(String::as_str));
            let message = format!("there is no account role `{word}`");
            self.findings.push(Finding::error(codes::NO_ROLE, message, written.place()).help(help));
        }
        known
    }

    fn regions(&mut self, entry: &StackEntry, scope: &Scope) -> Vec<String> {
        let primary = vec![self.resolved.regions[0].clone()];
        let Some(written) = entry.setting("regions") else { return primary };
        let Some(value) = self.evaluate(written, scope) else { return Vec::new() };
        let place = written.place();
        let words = match (Setting { value, place: place.clone(), what: "`regions`" }).texts() {
            Ok(words) => words,
            Err(finding) => {
                self.findings.push(finding);
                return Vec::new();
            }
        };
        match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["primary"] => primary,
            ["all"] => self.resolved.regions.clone(),
            words => {
                let told = words.iter().filter_map(|word| convert::region(word, &place));
                let told: Vec<Finding> = told
                    .map(|finding| finding.help("`regions` is `primary`, `all` or a list of regions"))
                    .collect();
                let right =
                    told.iter().all(|finding| finding.severity != crate::model::finding::Severity::Error);
                self.findings.extend(told);
                if right { words.iter().map(|word| (*word).to_owned()).collect() } else { Vec::new() }
            }
        }
    }

    fn condition(&mut self, entry: &StackEntry, scope: &Scope) -> bool {
        let Some(written) = entry.setting("condition") else { return true };
        let Some(value) = self.evaluate(written, scope) else { return false };
        match (Setting { value, place: written.place(), what: "`condition`" }).flag() {
            Ok(flag) => flag,
            Err(finding) => {
                self.findings.push(finding);
                false
            }
        }
    }

    fn instance(&mut self, entry: &StackEntry, turn: &Turn, spot: Spot) {
        let Spot { poured, scope, order } = spot;
        let Some(short) = self.short_name(entry, turn, &scope) else { return };
        let own = match turn.item {
            Some(_) => short.clone(),
            None => entry.key.name.clone(),
        };
        let scope = scope.with(vec![("stack".to_owned(), stack_names(&entry.key.name, Some(&short)))]);
        let Some(name) = self.name(entry, &short, &scope) else { return };
        let Some(account) = self.resolved.accounts.get(&poured.role) else { return };
        let address = StackAddress {
            environment: self.resolved.name.clone(),
            stack: own,
            account: poured.role.clone(),
            region: poured.region.clone(),
        };
        let account = account.clone();
        self.instances.push(Instance { address, name, entry: order.0, account, poured, scope, order });
    }

    /// What `name` says; without it the key, and for an item also what tells it from the others.
    fn short_name(&mut self, entry: &StackEntry, turn: &Turn, scope: &Scope) -> Option<String> {
        let key = &entry.key.name;
        if let Some(written) = entry.setting("name") {
            let value = self.evaluate(written, scope)?;
            return (Setting { value, place: written.place(), what: "`name`" })
                .text()
                .map_err(|finding| self.findings.push(finding))
                .ok();
        }
        let Some((item, item_key)) = &turn.item else { return Some(key.clone()) };
        let own = match (item_key, item) {
            (Value::Text(text), _) | (_, Value::Text(text) | Value::Number(text)) => Some(text.clone()),
            (_, item) => item.get("name").and_then(Value::as_text),
        };
        if own.is_none() {
            let message = format!("the items of `{key}` have no `name` to tell their stacks apart by");
            let finding = Finding::error(codes::FOR_EACH, message, entry.key.place.clone());
            self.findings.push(finding.help(format!("add `name: {key}-<%= item.… %>` to the stack")));
        }
        own.map(|own| format!("{key}-{own}"))
    }

    fn name(&mut self, entry: &StackEntry, short: &str, scope: &Scope) -> Option<String> {
        let place = entry.setting("name").map_or_else(|| entry.key.place.clone(), Written::place);
        let (name, place) = match &self.resolved.project.stack_name {
            None => (format!("{}-{}-{short}", self.resolved.project.name, self.resolved.slug()), place),
            Some(written) => {
                let value = self.evaluate(written, scope)?;
                (value.as_text().unwrap_or_default(), if short.is_empty() { place } else { written.place() })
            }
        };
        let letters = name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
        let starts = name.starts_with(|letter: char| letter.is_ascii_alphabetic());
        let why = match () {
            // The key itself has been told.
            () if !convert::is_name(&entry.key.name, "-_") => return None,
            () if short.is_empty() || name.is_empty() => "it is empty",
            () if !starts => "it has to begin with a letter",
            () if !letters => "it may have only letters, digits and hyphens",
            () if name.len() > 128 => "it is longer than 128 characters",
            () => return Some(name),
        };
        let message = format!("`{name}` cannot be the name of a stack in CloudFormation: {why}");
        let finding = Finding::error(codes::STACK_NAME, message, place);
        self.findings.push(finding.related(entry.key.place.clone(), "for this stack"));
        None
    }
}

impl Turn {
    fn scope(&self, scope: &Scope, entry: &StackEntry) -> Scope {
        let mut names = vec![("stack".to_owned(), stack_names(&entry.key.name, None))];
        if let Some((item, key)) = &self.item {
            names.push(("item".to_owned(), item.clone()));
            names.push(("key".to_owned(), key.clone()));
        }
        scope.with(names)
    }
}

fn stack_names(key: &str, name: Option<&str>) -> Value {
    let mut names = vec![("key".to_owned(), Value::Text(key.to_owned()))];
    names.extend(name.map(|name| ("name".to_owned(), Value::Text(name.to_owned()))));
    Value::Map(names)
}

fn push_new(list: &mut Vec<String>, more: Vec<String>) {
    for one in more {
        if !list.contains(&one) {
            list.push(one);
        }
    }
}
