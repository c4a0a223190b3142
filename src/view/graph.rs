//! What waits for what: as indented text, for Graphviz, for Mermaid, as a drawing.

use crate::model::environment::Environment;
use crate::model::stack::StackAddress;
use crate::view::drawing;
use std::collections::BTreeMap;
use std::fmt::Write;

/// How a graph is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum GraphFormat {
    /// A list in the order of deployment, for people.
    #[default]
    Text,
    /// Graphviz.
    Dot,
    /// Mermaid, for pages.
    Mermaid,
    /// A drawing, for pages.
    Svg,
}

impl GraphFormat {
    /// The names of the formats, as they are given on the command line.
    pub const NAMES: [&str; 4] = ["text", "dot", "mermaid", "svg"];

    /// The format of a name; text for any other.
    pub fn of(name: &str) -> Self {
        match name {
            "dot" => Self::Dot,
            "mermaid" => Self::Mermaid,
            "svg" => Self::Svg,
            _ => Self::Text,
        }
    }
}

/// Writes the graphs of environments: one after the other, or as one drawing.
pub fn text(environments: &[&Environment], format: GraphFormat) -> String {
    let write = match format {
        GraphFormat::Text => list,
        GraphFormat::Dot => dot,
        GraphFormat::Mermaid => mermaid,
        GraphFormat::Svg => return drawing::document(environments),
    };
    let texts: Vec<String> = environments.iter().map(|environment| write(environment)).collect();
    texts.join("\n")
}

fn label(environment: &Environment, address: &StackAddress) -> String {
    let found = environment.stacks.iter().find(|stack| stack.address == *address);
    found.map_or_else(|| format!("{}:{}", address.environment, address.stack), |stack| stack.label.clone())
}

/// Stacks by the earliest round in which they could start, each with what it waits for.
fn list(environment: &Environment) -> String {
    let width = environment.stacks.iter().map(|stack| stack.label.chars().count()).max().unwrap_or(0);
    let rounds = rounds(environment);
    let mut lines: Vec<(usize, String)> = environment
        .stacks
        .iter()
        .map(|stack| {
            let mut needs: Vec<String> = stack.needs.iter().map(|need| label(environment, need)).collect();
            needs.dedup();
            let waits =
                if needs.is_empty() { String::new() } else { format!("  waits for {}", needs.join(", ")) };
            let line = format!("  {:width$}{waits}", stack.label);
            let round = rounds.get(&stack.address).copied().unwrap_or(0);
            (round, line.trim_end().to_owned())
        })
        .collect();
    lines.sort_by_key(|(round, _)| *round);
    let mut out = format!("{}\n", environment.name);
    for (_, line) in lines {
        let _ = writeln!(out, "{line}");
    }
    out
}

/// The round of each stack: one more than the last of those it waits for. Stacks of other environments are there before.
fn rounds(environment: &Environment) -> BTreeMap<&StackAddress, usize> {
    let mut rounds: BTreeMap<&StackAddress, usize> =
        environment.stacks.iter().map(|stack| (&stack.address, 0)).collect();
    // As many passes as there are stacks are enough for the longest chain, and end where stacks wait in a circle.
    for _ in &environment.stacks {
        let before = rounds.clone();
        for stack in &environment.stacks {
            let needs = stack.needs.iter().filter_map(|need| rounds.get(need));
            let round = needs.map(|round| round + 1).max().unwrap_or(0);
            rounds.insert(&stack.address, round);
        }
        if rounds == before {
            break;
        }
    }
    rounds
}

fn dot(environment: &Environment) -> String {
    let mut out = format!("digraph \"{}\" {{\n  rankdir=LR;\n  node [shape=box];\n", environment.name);
    for stack in &environment.stacks {
        let _ = writeln!(out, "  \"{}\";", stack.label);
        for need in &stack.needs {
            let _ = writeln!(out, "  \"{}\" -> \"{}\";", label(environment, need), stack.label);
        }
    }
    out.push_str("}\n");
    out
}

fn mermaid(environment: &Environment) -> String {
    let mut out = format!("---\ntitle: {}\n---\nflowchart LR\n", environment.name);
    let mut names: Vec<String> = environment.stacks.iter().map(|stack| stack.label.clone()).collect();
    let mut number = |name: String| match names.iter().position(|known| *known == name) {
        Some(at) => at,
        None => {
            names.push(name);
            names.len() - 1
        }
    };
    let mut edges = String::new();
    for stack in &environment.stacks {
        let to = number(stack.label.clone());
        for need in &stack.needs {
            let _ = writeln!(edges, "  n{} --> n{to}", number(label(environment, need)));
        }
    }
    for (at, name) in names.iter().enumerate() {
        let _ = writeln!(out, "  n{at}[\"{name}\"]");
    }
    out + &edges
}
