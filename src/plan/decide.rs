//! What would happen to one stack of a deployment, from what is wanted and what is live. Pure; where the answer is
//! the service's alone, the draft says what to ask.

use crate::cloudformation::{ChangeSetKind, ParameterValue};
use crate::model::change::{Action, ResourceChange};
use crate::model::live::LiveStack;
use crate::model::place::Source;
use crate::model::stack::Stack;
use crate::model::status::{Phase, StackStatus};
use crate::plan::inputs::Inputs;
use crate::plan::ownership::{Owner, foreign, owner};
use crate::plan::read::Deployed;
use crate::plan::recovery::{Way, way};
use crate::plan::{PlannedStack, Step, Verdict, Wish, attributes, parameters};
use crate::template::compare::{Difference, differences};
use crate::template::document;
use crate::template::outline::{Outline, outline};
use std::sync::Arc;

/// All that is known of a stack when it is decided about.
pub(crate) struct Sight<'a> {
    /// The stack as it is wanted.
    pub stack: &'a Arc<Stack>,
    /// The stack as it is, in review too.
    pub live: Option<&'a LiveStack>,
    /// What is deployed of it.
    pub deployed: &'a Deployed,
    /// What its parameters are given.
    pub inputs: &'a Inputs,
    /// It may be deleted although it is protected.
    pub allowed: bool,
}

/// A planned stack, and what still has to be asked about it.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    /// The stack as far as it is decided.
    pub planned: PlannedStack,
    /// The change set that would tell the rest.
    pub ask: Option<Question>,
}

/// A change set to be made.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    /// Create or update.
    pub kind: ChangeSetKind,
    /// The parameters.
    pub parameters: Vec<(String, ParameterValue)>,
    /// The stack is there in review already: it stays when the change set goes.
    pub in_review: bool,
}

/// Decides about a stack.
pub(crate) fn decide(sight: &Sight<'_>) -> Draft {
    let outline = outline(&sight.stack.body.document);
    if let Some((reason, remedy)) = &sight.inputs.refused {
        return refused(sight, reason.clone(), remedy.clone());
    }
    if let Some(Owner::Other(other)) = existing(sight.live).map(|live| owner(sight.stack, live)) {
        let (reason, remedy) = foreign(&sight.stack.name, &other);
        return refused(sight, reason, remedy);
    }
    let mut draft = match (way(sight.live.map(|live| &live.status), Wish::Deploy), sight.live) {
        (Way::Absent, _) | (_, None) => create(sight, &outline),
        (Way::Healthy, Some(live)) => compare(sight, live, &outline),
        (Way::Steps(steps), Some(live)) => mend(sight, live, &outline, steps),
        (Way::Refused { reason, remedy }, Some(_)) => return refused(sight, reason, remedy),
    };
    draft.planned.provisional = sight.inputs.provisional.clone();
    draft
}

fn refused(sight: &Sight<'_>, reason: String, remedy: String) -> Draft {
    let mut planned = PlannedStack::new(sight.stack, existing(sight.live));
    planned.verdict = Verdict::Refused { reason, remedy };
    Draft { planned, ask: None }
}

/// The stack, if it is more than a name.
pub(crate) fn existing(live: Option<&LiveStack>) -> Option<&LiveStack> {
    live.filter(|live| live.status.phase() != Phase::Absent)
}

fn create(sight: &Sight<'_>, outline: &Outline<'_>) -> Draft {
    let mut planned = PlannedStack::new(sight.stack, None);
    planned.verdict = Verdict::Create;
    planned.steps = vec![Step::Create];
    planned.parameters = parameters::planned(outline, None, sight.inputs);
    planned.changes = additions(outline);
    closing_steps(sight, None, &mut planned);
    let in_review = sight.live.is_some_and(|live| live.status == StackStatus::ReviewInProgress);
    let ask = parameters::sent(outline, sight.inputs).map(|parameters| Question {
        kind: ChangeSetKind::Create,
        parameters,
        in_review,
    });
    Draft { planned, ask }
}

fn compare(sight: &Sight<'_>, live: &LiveStack, outline: &Outline<'_>) -> Draft {
    let mut planned = PlannedStack::new(sight.stack, Some(live));
    planned.parameters = parameters::planned(outline, Some(live), sight.inputs);
    let template = template_differences(sight);
    planned.attributes = attributes::carried(sight.stack, live);
    let differs = template.as_ref().is_none_or(|differences| !differences.is_empty())
        || !planned.attributes.is_empty()
        || parameters::differ(&planned.parameters, live);
    planned.attributes.extend(attributes::outputs(template.as_deref().unwrap_or(&[])));
    let asks = differs || parameters::only_the_service_knows(outline, sight.stack.body.text());
    if asks {
        planned.steps.push(Step::Update);
    }
    closing_steps(sight, Some(live), &mut planned);
    if !planned.steps.is_empty() {
        planned.verdict = Verdict::Update;
    }
    let sent = parameters::sent(outline, sight.inputs).filter(|_| asks);
    let ask = sent.map(|parameters| Question { kind: ChangeSetKind::Update, parameters, in_review: false });
    Draft { planned, ask }
}

/// How the deployed template differs from the wanted one; none when the deployed one cannot be read.
fn template_differences(sight: &Sight<'_>) -> Option<Vec<Difference>> {
    let deployed = sight.deployed.template.as_ref()?;
    if *deployed == sight.stack.body.text() {
        return Some(Vec::new());
    }
    let source =
        Source { path: format!("deployed template of {}", sight.stack.name), text: deployed.clone() };
    let document = document::load(&Arc::new(source)).ok()?;
    Some(differences(&document.root, &sight.stack.body.document.root))
}

fn mend(sight: &Sight<'_>, live: &LiveStack, outline: &Outline<'_>, steps: Vec<Step>) -> Draft {
    let mut planned = PlannedStack::new(sight.stack, Some(live));
    let anew = steps.contains(&Step::Create);
    let kept = (!anew).then_some(live);
    planned.parameters = parameters::planned(outline, kept, sight.inputs);
    planned.verdict = if anew { Verdict::Create } else { Verdict::Update };
    planned.steps = steps;
    if anew {
        planned.changes = additions(outline);
    }
    let deletes = planned.steps.contains(&Step::DeleteRemains);
    if deletes && guarded(sight.stack, live) && !sight.allowed {
        let reason = format!(
            "the stack is in `{}` and must be deleted before it can be made, but it is protected",
            live.status
        );
        return refused(sight, reason, format!("allow it with `--allow {}`", sight.stack.address.stack));
    }
    if deletes && live.protected {
        planned.steps.insert(0, Step::Protect(false));
    }
    closing_steps(sight, kept, &mut planned);
    Draft { planned, ask: None }
}

/// Whether what a broken stack left may hold something that its protection was meant for. What a failed first
/// creation left never was in use.
fn guarded(stack: &Stack, live: &LiveStack) -> bool {
    live.protected || (stack.protect && live.status == StackStatus::DeleteFailed)
}

/// Policy and protection are set after everything else.
fn closing_steps(sight: &Sight<'_>, live: Option<&LiveStack>, planned: &mut PlannedStack) {
    if let Some(change) = attributes::policy(sight.stack, live.and(sight.deployed.policy.as_deref())) {
        planned.steps.push(Step::SetPolicy);
        planned.attributes.push(change);
    }
    if let Some(change) = attributes::protection(sight.stack, live) {
        planned.steps.push(Step::Protect(sight.stack.protect));
        planned.attributes.push(change);
    }
}

/// The resources of a template that is deployed for the first time, also those that depend on a condition: whether
/// one holds is the service's to say, when it is asked.
fn additions(outline: &Outline<'_>) -> Vec<ResourceChange> {
    let additions = outline.resources.iter().map(|resource| ResourceChange {
        logical_id: resource.logical_id.to_owned(),
        resource_type: resource.resource_type.to_owned(),
        physical_id: None,
        action: Action::Add,
        properties: Vec::new(),
    });
    additions.collect()
}
