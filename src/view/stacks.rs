//! Deployed stacks as tables: `status` and `outputs`.

use crate::model::environment::Environment;
use crate::model::live::LiveStack;
use crate::model::stack::Stack;
use crate::model::status::Phase;
use crate::view::palette::{Palette, Role};
use crate::view::words::pad;
use std::sync::Arc;

/// A declared stack and the live one, if there is one.
pub type Pair = (Arc<Stack>, Option<LiveStack>);

/// Draws the status of an environment: a row a stack.
pub fn status(environment: &Environment, stacks: &[Pair], palette: Palette) -> String {
    let rows: Vec<[String; 4]> = stacks
        .iter()
        .map(|(stack, live)| {
            let status = live.as_ref().map_or("not deployed".to_owned(), |live| live.status.to_string());
            let when = live
                .as_ref()
                .map_or(String::new(), |live| live.updated.clone().unwrap_or(live.created.clone()));
            let place = format!("{}/{}", stack.account.id, stack.region);
            [
                stack.label.clone(),
                status,
                place,
                when.split('.').next().unwrap_or("").trim_end_matches('Z').to_owned(),
            ]
        })
        .collect();
    let mut out = vec![palette.paint(Role::Heading, &environment.name)];
    for (row, (_, live)) in rows.iter().zip(stacks) {
        out.push(line(row, &rows, role(live.as_ref()), palette));
        let reason = live
            .as_ref()
            .filter(|live| live.status.phase() == Phase::Broken)
            .and_then(|live| live.reason.as_ref());
        if let Some(reason) = reason {
            out.push(format!("      {}", reason.trim()));
        }
    }
    out.join("\n")
}

fn line(row: &[String; 4], rows: &[[String; 4]], role: Role, palette: Palette) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let [label, status, place, when] = row;
    let text = format!(
        "  {}  {}  {}  {when}",
        pad(label, width(0)),
        palette.paint(role, &pad(status, width(1))),
        pad(place, width(2)),
    );
    text.trim_end().to_owned()
}

fn role(live: Option<&LiveStack>) -> Role {
    match live.map(|live| live.status.phase()) {
        None | Some(Phase::Absent) => Role::Faint,
        Some(Phase::Busy) => Role::Active,
        Some(Phase::Well) => Role::Good,
        Some(Phase::RolledBack) => Role::Notice,
        Some(Phase::Broken) => Role::Bad,
    }
}

/// Draws the outputs of an environment: grouped by stack.
pub fn outputs(environment: &Environment, stacks: &[Pair], palette: Palette) -> String {
    let mut out = vec![palette.paint(Role::Heading, &environment.name)];
    for (stack, live) in stacks {
        let Some(live) = live.as_ref().filter(|live| !live.outputs.is_empty()) else { continue };
        out.push(format!("  {}", stack.label));
        let width = live.outputs.iter().map(|output| output.key.chars().count()).max().unwrap_or(0);
        out.extend(
            live.outputs.iter().map(|output| format!("    {}  {}", pad(&output.key, width), output.value)),
        );
    }
    if out.len() == 1 {
        out.push("  no outputs: nothing is deployed".to_owned());
    }
    out.join("\n")
}
