//! For the tests of checks: small templates and projects from text, and the examples of the checks' own pages.

use crate::check::anatomy::{Anatomy, Mapped};
use crate::check::{CHECKS, Level};
use crate::model::account::{Account, AccountId};
use crate::model::document::{Document, Node};
use crate::model::environment::{Assembly, Environment, Protection};
use crate::model::fact::{Fact, Input};
use crate::model::finding::Finding;
use crate::model::place::{Place, Source};
use crate::model::stack::{Body, Mode, OnFailure, Parameter, Stack, StackAddress};
use crate::model::value::Value;
use crate::template::expression::Scope;
use crate::template::meaning::value;
use crate::template::render::{Files, render};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Parses a text that is in order.
pub fn load(text: &str) -> Document {
    let source = Arc::new(Source { path: "a.yaml".to_owned(), text: text.to_owned() });
    crate::template::document::load(&source).unwrap_or_else(|found| panic!("{found:#?}\n{text}"))
}

fn body(text: &str) -> Body {
    let document = load(text);
    Body { sha256: text.to_owned(), document, template: "a.yaml".to_owned() }
}

/// What the checks of bodies find, in an environment of the account 222222222222 (and 111111111111) in eu-west-1.
pub fn findings(text: &str) -> Vec<Finding> {
    let body = body(text);
    let mapped = Mapped {
        accounts: ["111111111111", "222222222222"].map(str::to_owned).into(),
        regions: ["eu-west-1".to_owned()].into(),
    };
    crate::check::run::check_body(&Anatomy::new(&body, &mapped))
}

/// Runs the checks of bodies over a template; expects exactly these, each as `code:line`.
pub fn check(text: &str, expected: &[&str]) {
    let found = findings(text);
    let mut lines: Vec<String> = found
        .iter()
        .map(|finding| format!("{}:{}", finding.code, finding.place.as_ref().unwrap().line()))
        .collect();
    lines.sort();
    assert_eq!(lines, expected, "{text}\n{found:#?}");
}

/// Runs all checks over a small project; expects exactly these, each as `code file:line`.
pub fn project(text: &str, expected: &[&str]) {
    let found = crate::check::check(&assemble(text));
    let mut lines: Vec<String> = found
        .iter()
        .map(|finding| {
            let place = finding.place.as_ref().unwrap();
            format!("{} {}:{}", finding.code, place.source.path, place.line())
        })
        .collect();
    lines.sort();
    assert_eq!(lines, expected, "{text}\n{found:#?}");
}

/// The files of a project in one text: `# name.yaml` begins each.
fn files(text: &str) -> BTreeMap<String, Arc<Source>> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let mut current = String::new();
    for line in text.split_inclusive('\n') {
        match line.trim_end().strip_prefix("# ").filter(|name| name.ends_with(".yaml") && !name.contains(' '))
        {
            Some(name) => current = name.to_owned(),
            None => files.entry(current.clone()).or_default().push_str(line),
        }
    }
    files.into_iter().map(|(path, text)| (path.clone(), Arc::new(Source { path, text }))).collect()
}

struct Disk(BTreeMap<String, Arc<Source>>);

impl Files for Disk {
    fn read(&self, path: &str) -> Result<Arc<Source>, String> {
        self.0.get(path).cloned().ok_or_else(|| "not there".to_owned())
    }
}

/// Assembles a small project: `blueprint.yaml`, and `dev.yaml`, `production.yaml`, … when they are given.
pub fn assemble(text: &str) -> Assembly {
    let files = files(text);
    let blueprint = crate::template::document::load(&files["blueprint.yaml"]).unwrap();
    let stacks = blueprint.root.get("stacks").unwrap();
    let mut assembly = Assembly::default();
    for name in ["dev", "staging", "production"] {
        let settings = match files.get(&format!("{name}.yaml")) {
            Some(file) => value(&crate::template::document::load(file).unwrap().root),
            None if name == "dev" => Value::Null,
            None => continue,
        };
        let environment = environment(name, &settings, &files, (&blueprint, stacks));
        assembly.wanted.push(name.to_owned());
        assembly.environments.insert(name.to_owned(), Arc::new(environment));
    }
    assembly
}

fn environment(
    name: &str,
    settings: &Value,
    files: &BTreeMap<String, Arc<Source>>,
    (blueprint, stacks): (&Document, &Node),
) -> Environment {
    let id = settings.get("accounts").and_then(|accounts| accounts.get("workload")).and_then(Value::as_text);
    let account = Arc::new(Account {
        role: "workload".to_owned(),
        id: AccountId::parse(id.as_deref().unwrap_or("111111111111")).unwrap(),
        name: None,
        assume: None,
        profile: None,
        external_id: None,
    });
    let scope = Scope::new(Value::Map(vec![
        ("values".to_owned(), settings.get("values").cloned().unwrap_or(Value::Map(Vec::new()))),
        ("environment".to_owned(), Value::Map(vec![("name".to_owned(), Value::Text(name.to_owned()))])),
    ]));
    let disk: Arc<dyn Files> = Arc::new(Disk(files.clone()));
    let stack = |(key, node): &(Node, Node)| {
        let template = &files[node.get("template").unwrap().text().unwrap()];
        let body = Arc::new(render(template, &scope, &disk).unwrap());
        let place = blueprint.place(key);
        Arc::new(stack((name, key.text().unwrap()), (blueprint, node), body, (account.clone(), place)))
    };
    let mut buckets = BTreeMap::new();
    if let Some(bucket) = settings.get("bucket").and_then(Value::as_text) {
        buckets.insert((account.id.to_string(), "eu-west-1".to_owned()), bucket);
    }
    Environment {
        name: name.to_owned(),
        project: "acme".to_owned(),
        blueprint: "orders".to_owned(),
        accounts: BTreeMap::from([("workload".to_owned(), account.clone())]),
        regions: vec!["eu-west-1".to_owned()],
        protection: Protection::Open,
        artifact_buckets: buckets,
        stacks: stacks.entries().iter().map(stack).collect(),
    }
}

fn address(environment: &str, stack: &str) -> StackAddress {
    StackAddress {
        environment: environment.to_owned(),
        stack: stack.to_owned(),
        account: "workload".to_owned(),
        region: "eu-west-1".to_owned(),
    }
}

fn stack(
    (environment, key): (&str, &str),
    (blueprint, node): (&Document, &Node),
    body: Arc<Body>,
    (account, place): (Arc<Account>, Place),
) -> Stack {
    let texts = |name: &str| -> Vec<String> {
        let items = node.get(name).map_or(&[][..], Node::items);
        items.iter().filter_map(|item| item.text().map(str::to_owned)).collect()
    };
    let entries = |name: &str| node.get(name).map_or(&[][..], Node::entries);
    let parameters: Vec<Parameter> = entries("parameters")
        .iter()
        .map(|(name, node)| Parameter {
            name: name.text().unwrap().to_owned(),
            input: input(environment, node),
            place: blueprint.place(node),
        })
        .collect();
    let mut needs: Vec<StackAddress> =
        texts("after").iter().map(|stack| address(environment, stack)).collect();
    for parameter in &parameters {
        parameter.input.each_fact(&mut |fact| needs.extend(fact.producers().iter().cloned()));
    }
    let derived = crate::template::outline::outline(&body.document).capabilities;
    let given = node.get("capabilities").is_some();
    Stack {
        address: address(environment, key),
        label: key.to_owned(),
        name: node
            .get("name")
            .and_then(Node::text)
            .map_or(format!("acme-{environment}-{key}"), str::to_owned),
        account,
        region: "eu-west-1".to_owned(),
        capabilities: if given {
            texts("capabilities")
        } else {
            derived.into_iter().map(str::to_owned).collect()
        },
        body,
        parameters,
        tags: entries("tags")
            .iter()
            .map(|(key, value)| (key.text().unwrap().to_owned(), value.text().unwrap().to_owned()))
            .collect(),
        role: None,
        policy: None,
        notifications: texts("notifications"),
        timeout_minutes: None,
        on_failure: OnFailure::Rollback,
        mode: Mode::Standard,
        protect: false,
        needs,
        place,
    }
}

fn input(environment: &str, node: &Node) -> Input {
    match (node.tag.as_deref(), node.text()) {
        (Some("Output"), Some(text)) => {
            let (stack, key) = text.split_once('.').unwrap();
            Input::Fact(Fact::Output { producer: address(environment, stack), key: key.to_owned() })
        }
        (Some("Env"), Some(text)) => Input::Fact(Fact::Env { name: text.to_owned() }),
        (_, Some(text)) => Input::Text(text.to_owned()),
        (_, None) => Input::List(node.items().iter().map(|item| input(environment, item)).collect()),
    }
}

/// The example that stands under a word of a page.
fn example<'a>(page: &'a str, word: &str) -> Option<&'a str> {
    let (_, rest) = page.split_once(&format!("{word}:"))?;
    let (_, rest) = rest.split_once("```yaml\n").filter(|(before, _)| !before.contains("Right:"))?;
    Some(rest.split_once("```")?.0)
}

/// The lines of an example that are marked as wrong, each as `file:line`.
fn marked(text: &str) -> Vec<String> {
    let mut marked: Vec<String> = files(text)
        .values()
        .flat_map(|file| {
            let lines = file.text.lines().enumerate().filter(|(_, line)| line.contains("# <--"));
            lines.map(|(at, _)| format!("{}:{}", file.path, at + 1)).collect::<Vec<_>>()
        })
        .collect();
    marked.sort();
    marked
}

#[test]
fn examples_show_what_their_checks_find() {
    for check in CHECKS {
        for word in ["Wrong", "Right"] {
            let Some(text) = example(check.page, word) else {
                assert!(
                    word == "Wrong" && check.page.contains("Wrong: "),
                    "{} has no example {word}",
                    check.code
                );
                continue;
            };
            let text = match check.level {
                Level::Body(_) => {
                    format!("# blueprint.yaml\nstacks: {{example: {{template: a.yaml}}}}\n# a.yaml\n{text}")
                }
                Level::Stack(_) | Level::Assembly(_) => text.to_owned(),
            };
            // Templates are given their parameters where only the template is shown.
            let found = crate::check::check(&assemble(&text));
            let found = found
                .iter()
                .filter(|finding| !(matches!(check.level, Level::Body(_)) && finding.code == "FW0301"));
            let mut lines: Vec<String> = Vec::new();
            for finding in found {
                assert_eq!(finding.code, check.code, "{} {word}: {finding:#?}", check.code);
                let place = finding.place.as_ref().unwrap();
                lines.push(format!("{}:{}", place.source.path, place.line()));
            }
            lines.sort();
            assert_eq!(
                lines,
                if word == "Wrong" { marked(&text) } else { Vec::new() },
                "{} {word}\n{text}",
                check.code
            );
        }
    }
}

#[test]
fn codes_are_unique_and_in_order() {
    for pair in CHECKS.windows(2) {
        assert!(pair[0].code < pair[1].code, "{} stands before {}", pair[0].code, pair[1].code);
    }
    assert_eq!(crate::check::pages().len(), CHECKS.len());
}
