//! Decides about all stacks of a deployment, one after the other: what is decided about a stack says what those after
//! it may take from it. Pure.

use crate::model::environment::Assembly;
use crate::model::finding::Finding;
use crate::model::live::LiveStack;
use crate::model::stack::StackAddress;
use crate::model::status::Phase;
use crate::plan::decide::{Draft, Sight, decide, existing};
use crate::plan::inputs::{Facts, Producer, resolve};
use crate::plan::planner::Question;
use crate::plan::survey::Survey;
use crate::plan::{Ground, PlannedStack, Step, Verdict};
use std::collections::BTreeMap;

/// All that the decisions are made from.
pub(crate) struct Desk<'a> {
    /// The environments.
    pub assembly: &'a Assembly,
    /// What is asked.
    pub question: &'a Question<'a>,
    /// What was read.
    pub survey: &'a Survey,
}

/// What is decided, stack by stack.
pub(crate) struct Decided {
    /// The stacks as far as they are decided.
    pub drafts: Vec<Draft>,
    /// What was decided from.
    pub grounds: Vec<Ground>,
    /// Inputs that do not exist anywhere.
    pub findings: Vec<Finding>,
}

impl Desk<'_> {
    /// Decides about all stacks, in their order.
    pub fn decide_all(&self) -> Decided {
        let (mut drafts, mut grounds, mut findings) = (Vec::new(), Vec::new(), Vec::new());
        for (stack, deployed) in self.survey.order.stacks.iter().zip(&self.survey.deployed) {
            let none = BTreeMap::new();
            let facts = Facts {
                producer: &|address| self.producer(&drafts, address),
                ssm: self.survey.ssm.get(&stack.target()).unwrap_or(&none),
                env: self.question.env,
            };
            let inputs = resolve(stack, &facts);
            let live = self.survey.live.stack(stack);
            let allowed = (self.question.allow)(stack);
            drafts.push(decide(&Sight { stack, live, deployed, inputs: &inputs, allowed }));
            findings.extend(inputs.findings.iter().cloned());
            grounds.push(Ground {
                given: inputs.given,
                absent: inputs.absent,
                live: existing(live).cloned(),
                deployed: deployed.clone(),
            });
        }
        Decided { drafts, grounds, findings }
    }

    /// How things stand with a stack; those before it in the order are decided about already.
    fn producer(&self, drafts: &[Draft], address: &StackAddress) -> Producer {
        let survey = self.survey;
        let live =
            survey.live.address(self.assembly, address).filter(|live| live.status.phase() != Phase::Absent);
        let planned =
            survey.order.number(address).and_then(|number| drafts.get(number)).map(|draft| &draft.planned);
        match (planned, live) {
            (None, None) => Producer::Missing,
            (None, Some(live)) => Producer::Settled(live.clone()),
            (Some(planned), live) => standing(planned, live),
        }
    }
}

fn standing(planned: &PlannedStack, live: Option<&LiveStack>) -> Producer {
    match (live, &planned.verdict) {
        (None, _) | (Some(_), Verdict::Create) => Producer::Coming,
        (Some(live), _) if moves(planned) => Producer::Changing(live.clone()),
        (Some(live), _) => Producer::Settled(live.clone()),
    }
}

/// Whether a stack may have other outputs when the plan is carried out.
pub(crate) fn moves(planned: &PlannedStack) -> bool {
    // What only sets a policy or protection leaves the outputs alone.
    let touched = planned.steps.iter().any(|step| !matches!(step, Step::SetPolicy | Step::Protect(_)));
    touched || !planned.provisional.is_empty()
}
