//! The end of a deployment: causes first, at the template's line, then what was done.

use crate::deployment::codes;
use crate::deployment::event::{Cause, Outcome};
use crate::deployment::state::Deployment;
use crate::deployment::timing::Way;
use crate::model::finding::Finding;
use crate::model::place::Place;
use crate::model::stack::Stack;
use crate::plan::{Verdict, Wish};
use crate::view::palette::{Palette, Role};
use crate::view::words;
use crate::view::{board, duration, findings};
use std::collections::BTreeSet;

/// Draws the end of a deployment; `simulated` when nothing of it was real.
pub fn text(deployment: &Deployment, palette: Palette, width: usize, simulated: bool) -> String {
    let several = deployment.plan.environments.len() > 1;
    let mut out = Vec::new();
    for (number, state) in deployment.stacks.iter().enumerate() {
        let planned = &deployment.plan.stacks[number];
        match &state.outcome {
            Some(Outcome::Failed(causes)) => {
                out.extend(
                    causes.iter().map(|cause| findings::one(&finding(&planned.stack, cause), palette, width)),
                );
            }
            Some(Outcome::Refused { reason, remedy }) => out.push(format!(
                "{} {}: {reason}\n  help: {remedy}",
                palette.paint(Role::Bad, "refused"),
                board::name(planned, several)
            )),
            Some(Outcome::Done | Outcome::Unchanged | Outcome::Blocked { .. } | Outcome::Cancelled)
            | None => {}
        }
    }
    let rows = rows(deployment, palette, several);
    if !rows.is_empty() {
        out.push(rows.join("\n"));
    }
    let left: Vec<String> =
        (0..deployment.stacks.len()).flat_map(|number| left_overs(deployment, number, several)).collect();
    if !left.is_empty() {
        out.push(
            palette.paint(Role::Notice, "left behind, outside every stack: delete them by hand")
                + "\n"
                + &left.join("\n"),
        );
    }
    out.push(counts(deployment, palette));
    out.extend(longest_way(deployment, width, simulated));
    out.extend(still_running(deployment, several));
    out.join("\n\n")
}

/// What a stack that ended well could not delete.
fn left_overs(deployment: &Deployment, number: usize, several: bool) -> Vec<String> {
    let state = &deployment.stacks[number];
    let name = board::name(&deployment.plan.stacks[number], several);
    state.left_overs().iter().map(|logical_id| format!("  ! {name}: {logical_id}")).collect()
}

/// A cause as a finding at the line of the template that declared the resource.
pub fn finding(stack: &Stack, cause: &Cause) -> Finding {
    let subject = format!("{} {}", stack.address.environment, stack.label);
    let what = match (&cause.logical_id, &cause.resource_type) {
        (Some(logical_id), Some(resource_type)) => format!("`{logical_id}` ({resource_type}) failed"),
        (Some(logical_id), None) => format!("`{logical_id}` failed"),
        (None, _) => "the stack failed".to_owned(),
    };
    let within = match cause.nested.is_empty() {
        true => String::new(),
        false => format!(" within {}", cause.nested.join(" / ")),
    };
    let place = declared(stack, cause).unwrap_or_else(|| stack.place.clone());
    Finding::error(codes::FAILED, format!("{what}{within}: {}", cause.reason), place)
        .label("declared here")
        .subject(subject)
}

fn declared(stack: &Stack, cause: &Cause) -> Option<Place> {
    let logical_id = cause.nested.first().or(cause.logical_id.as_ref())?;
    let document = &stack.body.document;
    let resources = document.root.get("Resources")?;
    let (key, _) = resources.entries().iter().find(|(key, _)| key.text() == Some(logical_id))?;
    Some(document.place(key))
}

/// The stacks that are not simply done, and those that are.
fn rows(deployment: &Deployment, palette: Palette, several: bool) -> Vec<String> {
    let shown = |outcome: &Outcome| !matches!(outcome, Outcome::Unchanged);
    let width =
        deployment.plan.stacks.iter().map(|planned| board::name(planned, several).chars().count()).max();
    let row = |number: usize| {
        let state = &deployment.stacks[number];
        let outcome = state.outcome.as_ref().filter(|outcome| shown(outcome))?;
        let (mark, word, role) = words::outcome(outcome);
        let detail = match outcome {
            Outcome::Blocked { by } => {
                format!("blocked by {}", board::name(&deployment.plan.stacks[*by], several))
            }
            Outcome::Done => {
                format!("{}  {}", done_word(deployment, number), duration::short(state.took()))
            }
            Outcome::Cancelled if state.goes_on() => words::left(state.step.as_ref()),
            Outcome::Failed(_) | Outcome::Refused { .. } | Outcome::Cancelled | Outcome::Unchanged => {
                word.to_owned()
            }
        };
        let name = words::pad(&board::name(&deployment.plan.stacks[number], several), width.unwrap_or(0));
        Some(format!("  {} {name}  {}", palette.paint(role, mark), palette.paint(role, &detail)))
    };
    (0..deployment.stacks.len()).filter_map(row).collect()
}

/// How long it takes, and which stacks that depends on. Where nothing was real, that is an estimate of how long it would
/// take; where it was, one stack by itself says nothing that its row does not.
fn longest_way(deployment: &Deployment, width: usize, simulated: bool) -> Option<String> {
    let way = Way::longest(deployment).filter(|way| simulated || way.stacks.len() > 1)?;
    let several = deployment.plan.environments.len() > 1;
    let environments: BTreeSet<&str> = way
        .stacks
        .iter()
        .map(|(number, _)| deployment.plan.stacks[*number].stack.address.environment.as_str())
        .collect();
    let only = environments.first().filter(|_| several && environments.len() == 1);
    let name = |number: usize| board::name(&deployment.plan.stacks[number], several && only.is_none());
    let mut steps: Vec<String> = way
        .stacks
        .iter()
        .map(|(number, took)| format!("{} {}", name(*number), duration::about(*took)))
        .collect();
    // Where all are of one environment, it is named once.
    if let (Some(only), Some(first)) = (only, steps.first_mut()) {
        first.insert_str(0, &format!("{only}: "));
    }
    let total = duration::about(way.milliseconds);
    let sentence = match simulated {
        true => format!("Takes about {total} on AWS, as the sandbox estimates"),
        false => format!("The longest way took {total}"),
    };
    Some(match steps.len() {
        1 => sentence,
        _ => format!("{sentence}:\n{}", words::chain(&steps, width).join("\n")),
    })
}

/// After somebody left: what runs on, and how to come back.
fn still_running(deployment: &Deployment, several: bool) -> Option<String> {
    let states = deployment.stacks.iter().enumerate().filter(|(_, state)| state.goes_on());
    let names: Vec<String> =
        states.map(|(number, _)| board::name(&deployment.plan.stacks[number], several)).collect();
    (!names.is_empty()).then(|| {
        format!(
            "still running: {}\n  help: `formwork status` tells how they are; the same command again waits for them and goes on",
            names.join(", ")
        )
    })
}

fn done_word(deployment: &Deployment, number: usize) -> &'static str {
    match deployment.plan.stacks[number].verdict {
        Verdict::Create => "created",
        // What was unchanged on the outputs of the time, and then was not, was updated at its turn.
        Verdict::Update | Verdict::Unchanged => "updated",
        Verdict::Delete => "deleted",
        Verdict::Refused { .. } => "done",
    }
}

fn counts(deployment: &Deployment, palette: Palette) -> String {
    let left = deployment.stacks.iter().filter(|state| state.goes_on()).count();
    let count = |wanted: &dyn Fn(&Outcome) -> bool| {
        deployment
            .stacks
            .iter()
            .filter(|state| !state.goes_on())
            .filter_map(|state| state.outcome.as_ref())
            .filter(|outcome| wanted(outcome))
            .count()
    };
    let parts = [
        (count(&|outcome| matches!(outcome, Outcome::Done)), "done"),
        (count(&|outcome| matches!(outcome, Outcome::Unchanged)), "unchanged"),
        (count(&|outcome| matches!(outcome, Outcome::Failed(_))), "failed"),
        (count(&|outcome| matches!(outcome, Outcome::Refused { .. })), "refused"),
        (count(&|outcome| matches!(outcome, Outcome::Blocked { .. })), "blocked"),
        (left, "still running"),
        (count(&|outcome| matches!(outcome, Outcome::Cancelled)), "cancelled"),
    ];
    let told: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    let title = match deployment.plan.wish {
        Wish::Deploy => "Deployment:",
        Wish::Destroy => "Destruction:",
    };
    let took = duration::took(deployment.started, deployment.ended);
    format!("{} {} in {}", palette.paint(Role::Heading, title), told.join(", "), took)
}
