//! Projects that exist only here: what assembles, and what is told of those that are broken.

use super::*;
use crate::project::files::memory::Memory;

const PROJECT: &str = "project: acme\ndefaults: {regions: [eu-west-1], tags: {owner: platform}}\n";
const ACCOUNTS: &str = "main: {id: \"000000000001\", role: deploy}\n";
const BLUEPRINT: &str = "\
values:
  cidr: {type: cidr, default: 10.0.0.0/16}
  size: {type: object, fields: {min: integer, max: integer}, default: {min: 1, max: 2}}
  name: {type: string, doc: \"Its name\"}
stacks:
  network:
    template: network.yaml
    parameters:
      Cidr: <%= values.cidr %>
  web:
    template: network.yaml
    parameters:
      Vpc: !Output network.VpcId
      Min: <%= values.size.min %>
      Max: <%= values.size.max %>
      Name: <%= values.name %>
";
const ENVIRONMENT: &str = "blueprint: app\naccounts: {workload: main}\nvalues: {name: demo}\n";
const TEMPLATE: &str = "\
Parameters: {Cidr: {Type: String}}
Resources: {Topic: {Type: AWS::SNS::Topic}}
Outputs: {VpcId: {Value: !Ref Topic}}
";

/// A small sound project with some files replaced, added, or (with `-`) taken away.
fn project(changes: &[(&str, &str)]) -> Project {
    let mut memory = Memory::default();
    let sound = [
        ("formwork.yaml", PROJECT),
        ("environments/accounts.yaml", ACCOUNTS),
        ("environments/app/dev.yaml", ENVIRONMENT),
        ("templates/app/blueprint.yaml", BLUEPRINT),
        ("templates/app/network.yaml", TEMPLATE),
    ];
    for (path, text) in sound.iter().chain(changes) {
        match *text {
            "-" => memory.0.remove(*path),
            text => memory.0.insert((*path).to_owned(), text.to_owned()),
        };
    }
    Project { root: PathBuf::new(), folder: Arc::new(memory) }
}

fn settings(pairs: &[&str]) -> Vec<(String, String)> {
    let split = |pair: &&str| pair.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()));
    pairs.iter().filter_map(split).collect()
}

/// Assembles all environments; panics when something is wrong.
fn assembled(changes: &[(&str, &str)], pairs: &[&str]) -> Assembled {
    let project = project(changes);
    let assembled = project.assemble(&project.select(&[]).unwrap(), &settings(pairs));
    assert_eq!(told(&assembled.findings), [""; 0]);
    assembled
}

fn told(findings: &[Finding]) -> Vec<String> {
    let line = |finding: &Finding| {
        let place = finding.place.as_ref().map(ToString::to_string).unwrap_or_default();
        let help = finding.help.as_ref().map(|help| format!(" [{help}]")).unwrap_or_default();
        format!("{} {place} {}{help}", finding.code, finding.message)
    };
    findings.iter().map(line).collect()
}

/// Edits a text: `old => new`.
fn edited(text: &str, edit: &str) -> String {
    let Some((old, new)) = edit.split_once(" => ") else { return edit.to_owned() };
    let (old, new) = (old.replace("\\n", "\n"), new.replace("\\n", "\n"));
    assert!(text.contains(&old), "{old}");
    text.replacen(&old, &new, 1)
}

fn broken(file: &str, edit: &str) -> Vec<String> {
    let (path, text) = match file {
        "project" => ("formwork.yaml", PROJECT),
        "accounts" => ("environments/accounts.yaml", ACCOUNTS),
        "environment" => ("environments/app/dev.yaml", ENVIRONMENT),
        "blueprint" => ("templates/app/blueprint.yaml", BLUEPRINT),
        other => panic!("{other}"),
    };
    let project = project(&[(path, &edited(text, edit))]);
    told(&project.assemble(&project.select(&[]).unwrap(), &[]).findings)
}

#[test]
fn scratch() {
    for line in std::fs::read_to_string("/tmp/cases.txt").unwrap().lines() {
        let (file, edit) = line.split_once('|').unwrap();
        println!("\n## {line}");
        for told in broken(file, edit) {
            println!("   {told}");
        }
    }
}
