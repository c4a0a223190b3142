//! All that is read before a plan decides: who we are everywhere, what is live there, and what is deployed of it.
//! Changes nothing.

use crate::cloudformation::CloudFormation;
use crate::model::environment::Assembly;
use crate::plan::error::PlanError;
use crate::plan::order::{Order, order, targets};
use crate::plan::planner::{Progress, Question};
use crate::plan::read::{self, Deployed, Live, Ssm};
use crate::plan::waiting::Interrupt;
use crate::plan::{Callers, Wish};
use std::sync::Arc;

/// What was read.
pub(crate) struct Survey {
    /// The stacks in their order.
    pub order: Order,
    /// Who formwork is in each account.
    pub callers: Callers,
    /// The live stacks.
    pub live: Live,
    /// What is deployed of each stack; empty for a destruction, which looks into stacks by itself.
    pub deployed: Vec<Deployed>,
    /// The parameters of Systems Manager that the stacks ask for.
    pub ssm: Ssm,
}

impl Survey {
    /// Signs in everywhere, and reads.
    pub async fn make<C: CloudFormation>(
        cloud: &Arc<C>,
        assembly: &Assembly,
        question: &Question<'_>,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Self, PlanError> {
        let order = order(assembly, question)?;
        let targets = targets(assembly, &order, question.wish);
        progress(Progress::SigningIn { targets: targets.len() });
        let callers = read::sign_in(cloud, &targets).await?;
        progress(Progress::Reading { stacks: order.stacks.len() });
        let live = read::live(cloud, &targets).await?;
        stop_if_asked(question)?;
        let (deployed, ssm) = match question.wish {
            Wish::Deploy => {
                (read::deployed(cloud, &order.stacks, &live).await?, read::ssm(cloud, &order.stacks).await?)
            }
            Wish::Destroy => (Vec::new(), Ssm::new()),
        };
        stop_if_asked(question)?;
        Ok(Self { order, callers, live, deployed, ssm })
    }
}

/// Whether somebody asked to stop.
pub(crate) fn stop_if_asked(question: &Question<'_>) -> Result<(), PlanError> {
    match *question.interrupt.borrow() {
        Interrupt::None => Ok(()),
        Interrupt::Finish | Interrupt::Leave => Err(PlanError::Interrupted),
    }
}
