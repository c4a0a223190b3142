//! What would happen to one stack that is to go: what is deleted, and what survives because its template says so.
//! Pure.

use crate::model::change::{Action, ResourceChange};
use crate::model::document::Document;
use crate::model::live::{LiveResource, LiveStack};
use crate::model::place::Source;
use crate::model::stack::Stack;
use crate::plan::ownership::{Owner, foreign, owner};
use crate::plan::recovery::{Way, way};
use crate::plan::{PlannedStack, Step, Verdict, Wish};
use crate::template::document;
use std::sync::Arc;

/// What a live stack holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Content {
    /// Its resources.
    pub resources: Vec<LiveResource>,
    /// Its original template, if it can be read.
    pub template: Option<String>,
}

/// Decides about a stack that is to go.
pub(crate) fn decide(
    stack: &Arc<Stack>,
    live: Option<&LiveStack>,
    content: &Content,
    allowed: bool,
) -> PlannedStack {
    let steps = match way(live.map(|live| &live.status), Wish::Destroy) {
        Way::Absent => return PlannedStack::new(stack, None),
        Way::Healthy => vec![Step::Delete],
        Way::Steps(steps) => steps,
        Way::Refused { reason, remedy } => return refused(stack, live, reason, remedy),
    };
    let Some(live) = live else { return PlannedStack::new(stack, None) };
    if let Owner::Other(other) = owner(stack, live) {
        let (reason, remedy) = foreign(&stack.name, &other);
        return refused(stack, Some(live), reason, remedy);
    }
    if let Some(reason) = guard(stack, live).filter(|_| !allowed) {
        let remedy = format!("if it really has to go, allow it with `--allow {}`", stack.address.stack);
        return refused(stack, Some(live), reason, remedy);
    }
    let mut planned = PlannedStack::new(stack, Some(live));
    planned.verdict = Verdict::Delete;
    planned.steps = steps;
    if live.protected {
        let last = planned.steps.len().saturating_sub(1);
        planned.steps.insert(last, Step::Protect(false));
    }
    planned.changes = removals(content);
    planned
}

fn guard(stack: &Stack, live: &LiveStack) -> Option<String> {
    match (live.protected, stack.protect, owner(stack, live)) {
        (true, ..) => Some("termination protection is on".to_owned()),
        (false, true, _) => Some("the blueprint protects it".to_owned()),
        (false, false, Owner::Nobody) => Some("formwork did not make it: it carries no mark".to_owned()),
        (false, false, Owner::Ours | Owner::Other(_)) => None,
    }
}

fn refused(stack: &Arc<Stack>, live: Option<&LiveStack>, reason: String, remedy: String) -> PlannedStack {
    let mut planned = PlannedStack::new(stack, live);
    planned.verdict = Verdict::Refused { reason, remedy };
    planned
}

fn removals(content: &Content) -> Vec<ResourceChange> {
    let template = content.template.as_ref().and_then(|text| {
        let source = Source { path: "deployed template".to_owned(), text: text.clone() };
        document::load(&Arc::new(source)).ok()
    });
    let there = content.resources.iter().filter(|resource| {
        !matches!(resource.status.as_str(), "DELETE_COMPLETE" | "CREATE_FAILED")
            || !resource.physical_id.is_empty()
    });
    let removals = there.map(|resource| ResourceChange {
        logical_id: resource.logical_id.clone(),
        resource_type: resource.resource_type.clone(),
        physical_id: Some(resource.physical_id.clone()).filter(|id| !id.is_empty()),
        action: if survives(template.as_ref(), &resource.logical_id) {
            Action::Retain
        } else {
            Action::Remove
        },
        properties: Vec::new(),
    });
    removals.collect()
}

/// Whether the deployed template keeps a resource when its stack goes.
fn survives(template: Option<&Document>, logical_id: &str) -> bool {
    let policy = || template?.root.get("Resources")?.get(logical_id)?.get("DeletionPolicy")?.text();
    matches!(policy(), Some("Retain" | "RetainExceptOnCreate"))
}
