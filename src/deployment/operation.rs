//! The work on one stack, step by step: plans it again where the plan left something open, sends what changes it,
//! and follows it to its end. Tells the loop everything and decides nothing about other stacks.

use crate::cloudformation::{CloudFormation, ServiceError};
use crate::deployment::event::{Cause, Happening, Outcome};
use crate::deployment::follow::Lookout;
use crate::deployment::pursuit::{Goal, Start};
use crate::deployment::teller::{Message, Teller};
use crate::model::account::Target;
use crate::model::live::LiveStack;
use crate::model::stack::OnFailure;
use crate::model::status::Phase;
use crate::plan::discard::remove;
use crate::plan::token::token;
use crate::plan::turn::{CHANGE_SET_STAGE, Turn, again};
use crate::plan::waiting::{Interrupt, once_visible};
use crate::plan::{PlannedChangeSet, PlannedStack, Step, Verdict, Wish};
use std::sync::Arc;

/// How often a stack is planned again at its turn before it is given up: somebody else keeps changing it.
const ROUNDS: usize = 4;

/// The work on one stack.
pub(crate) struct Operation<C> {
    /// The service.
    pub cloud: Arc<C>,
    /// What was wished.
    pub wish: Wish,
    /// The stack and everything to plan it again with.
    pub turn: Turn,
    /// Who follows stacks in its account and region.
    pub lookout: Lookout,
    /// The way to the loop.
    pub teller: Teller,
}

/// Why work on a stack ends before its end.
#[derive(Debug)]
pub(crate) enum Stop {
    /// It failed.
    Failed(Vec<Cause>),
    /// It is not done, on purpose.
    Refused {
        /// Why.
        reason: String,
        /// What to do.
        remedy: String,
    },
    /// Somebody asked to stop.
    Cancelled,
}

impl From<ServiceError> for Stop {
    fn from(error: ServiceError) -> Self {
        Self::Failed(vec![Cause::whole(error.to_string())])
    }
}

impl Stop {
    /// A failure of the stack as a whole.
    pub fn failed(reason: impl Into<String>) -> Self {
        Self::Failed(vec![Cause::whole(reason)])
    }
}

impl<C: CloudFormation> Operation<C> {
    /// Does the work, and tells the loop how it ended.
    pub async fn perform(self) {
        let done = match self.wish {
            Wish::Deploy => self.deploy().await,
            Wish::Destroy => self.destroy().await.map(|()| (Outcome::Done, None)),
        };
        let (outcome, live) = match done {
            Ok((outcome, live)) => (outcome, live.map(Box::new)),
            Err(Stop::Failed(causes)) => (Outcome::Failed(causes), None),
            Err(Stop::Refused { reason, remedy }) => (Outcome::Refused { reason, remedy }, None),
            Err(Stop::Cancelled) => (Outcome::Cancelled, None),
        };
        let _unheard = self.teller.sender.send(Message::Ended { stack: self.teller.stack, outcome, live });
    }

    /// Where the stack is.
    pub fn target(&self) -> Target {
        self.turn.reviewed.stack.target()
    }

    /// The client token of an action on the stack.
    pub fn token(&self, action: &str) -> String {
        token(&self.turn.run, &self.turn.reviewed.stack.address, action)
    }

    /// Writes down that a request is about to be sent.
    pub async fn announce(&self, operation: &str, token: &str) -> Result<(), Stop> {
        self.teller.request(operation, token).await.map_err(Stop::failed)
    }

    fn begin(&self, step: &Step) {
        self.teller.tell(Happening::StepStarted { stack: self.teller.stack, step: step.clone() });
    }

    fn stop_if_asked(&self) -> Result<(), Stop> {
        match *self.turn.interrupt.borrow() {
            Interrupt::None => Ok(()),
            Interrupt::Finish | Interrupt::Leave => Err(Stop::Cancelled),
        }
    }

    async fn deploy(&self) -> Result<(Outcome, Option<LiveStack>), Stop> {
        let (planned, mended) = self.settle_plan().await?;
        let mut live = planned.live.clone();
        for step in &planned.steps {
            match step {
                Step::Create | Step::Update => {
                    self.begin(step);
                    live = Some(self.execute(step, &planned).await?);
                }
                Step::SetPolicy | Step::Protect(_) => self.close(step, live.as_ref()).await?,
                // Whatever comes before the change set is done by now.
                Step::Wait | Step::DeleteRemains | Step::ContinueRollback | Step::RollBack | Step::Delete => {
                }
            }
        }
        let idle = planned.steps.is_empty() && !mended;
        Ok((if idle { Outcome::Unchanged } else { Outcome::Done }, live))
    }

    /// Does what has to come first, and plans again what the plan left open.
    async fn settle_plan(&self) -> Result<(PlannedStack, bool), Stop> {
        let mut planned = self.turn.reviewed.clone();
        let mut mended = false;
        if !planned.is_open() {
            return Ok((planned, mended));
        }
        for _ in 0..ROUNDS {
            for step in leading(&planned.steps) {
                self.stop_if_asked()?;
                self.mend(step, &planned).await?;
                mended = true;
            }
            // Whether a change set is needed shows only while it is planned; its name is known before.
            self.announce("CreateChangeSet", &self.token(CHANGE_SET_STAGE)).await?;
            planned = again(&self.cloud, &self.turn).await?;
            if let Err(stop) = self.stop_if_asked() {
                self.drop_change_set(planned.change_set.as_ref()).await;
                return Err(stop);
            }
            if let Verdict::Refused { reason, remedy } = planned.verdict {
                return Err(Stop::Refused { reason, remedy });
            }
            if leading(&planned.steps).is_empty() {
                return Ok((planned, mended));
            }
        }
        Err(Stop::Refused {
            reason: "the stack did not come to rest".to_owned(),
            remedy: "see who else works on it, and deploy again".to_owned(),
        })
    }

    /// Deletes a change set that will not be executed.
    async fn drop_change_set(&self, made: Option<&PlannedChangeSet>) {
        let Some(made) = made else { return };
        // A second try comes when the run ends, for those that the plan made.
        let _left = remove(&self.cloud, &self.target(), &self.turn.reviewed.stack.address, made).await;
    }

    /// One of the steps that come before the change set.
    async fn mend(&self, step: &Step, planned: &PlannedStack) -> Result<(), Stop> {
        let Some(live) = &planned.live else { return Ok(()) };
        self.begin(step);
        match step {
            Step::Wait => self.wait(live).await,
            Step::DeleteRemains => self.delete(live, "delete-remains", 0).await,
            Step::ContinueRollback => {
                let token = self.token("continue-rollback");
                let start = self.start(live, Goal::RolledBack, token.clone()).await?;
                self.announce("ContinueUpdateRollback", &token).await?;
                self.cloud.continue_rollback(&self.target(), &live.id, &[], &token).await?;
                self.pursue(start).await.map(drop)
            }
            Step::RollBack => {
                let token = self.token("roll-back");
                let start = self.start(live, Goal::RolledBack, token.clone()).await?;
                self.announce("RollbackStack", &token).await?;
                self.cloud.roll_back(&self.target(), &live.id, &token).await?;
                self.pursue(start).await.map(drop)
            }
            Step::Protect(on) => self.protect(*on, live).await,
            Step::SetPolicy | Step::Create | Step::Update | Step::Delete => Ok(()),
        }
    }

    async fn execute(&self, step: &Step, planned: &PlannedStack) -> Result<LiveStack, Stop> {
        let Some(set) = &planned.change_set else {
            return Err(Stop::failed("there is no change set to execute"));
        };
        if let Err(stop) = self.stop_if_asked() {
            self.drop_change_set(Some(set)).await;
            return Err(stop);
        }
        let target = self.target();
        // A plan of the same run may have made the stack a moment ago.
        let before = once_visible(|| self.cloud.stack(&target, &set.stack_id)).await?;
        let resources = planned.changes.len();
        let stack = self.teller.stack;
        self.teller.tell(Happening::Followed { stack, id: before.id.clone(), resources });
        let token = self.token("execute");
        let goal = if *step == Step::Create { Goal::Created } else { Goal::Updated };
        let mut start = self.start(&before, goal, token.clone()).await?;
        start.change_set = Some(set.id.clone());
        start.timeout_minutes = planned.stack.timeout_minutes;
        self.announce("ExecuteChangeSet", &token).await?;
        let keep = planned.stack.on_failure == OnFailure::Keep;
        match self.cloud.execute_change_set(&target, &set.id, keep, &token).await {
            Ok(()) => {}
            Err(ServiceError::Absent { .. }) => return Err(overtaken("is gone")),
            Err(ServiceError::Refused { code, message, .. })
                if code.starts_with("InvalidChangeSetStatus") =>
            {
                return Err(overtaken(&format!("can no longer be executed ({message})")));
            }
            Err(error) => return Err(error.into()),
        }
        let live = self.pursue(start).await?;
        live.ok_or_else(|| Stop::failed("the stack is gone"))
    }

    /// Policy and protection, when everything else is done.
    async fn close(&self, step: &Step, live: Option<&LiveStack>) -> Result<(), Stop> {
        let Some(live) = live else { return Ok(()) };
        self.begin(step);
        match (step, &self.turn.reviewed.stack.policy) {
            (Step::SetPolicy, Some(policy)) => {
                self.announce("SetStackPolicy", &self.token("set-policy")).await?;
                self.cloud.set_policy(&self.target(), &live.id, policy).await?;
            }
            (Step::Protect(on), _) => self.protect(*on, live).await?,
            _ => {}
        }
        Ok(())
    }

    async fn protect(&self, on: bool, live: &LiveStack) -> Result<(), Stop> {
        let action = if on { "protect" } else { "unprotect" };
        self.announce("UpdateTerminationProtection", &self.token(action)).await?;
        Ok(self.cloud.protect(&self.target(), &live.id, on).await?)
    }

    async fn destroy(&self) -> Result<(), Stop> {
        let planned = &self.turn.reviewed;
        let Some(live) = &planned.live else { return Ok(()) };
        for step in &planned.steps {
            self.stop_if_asked()?;
            self.begin(step);
            match step {
                Step::Wait => self.wait(live).await?,
                Step::Protect(on) => self.protect(*on, live).await?,
                Step::Delete => self.delete(live, "delete", planned.changes.len()).await?,
                Step::DeleteRemains
                | Step::ContinueRollback
                | Step::RollBack
                | Step::Create
                | Step::Update
                | Step::SetPolicy => {}
            }
        }
        Ok(())
    }

    async fn delete(&self, live: &LiveStack, action: &str, resources: usize) -> Result<(), Stop> {
        let target = self.target();
        let stack = self.teller.stack;
        self.teller.tell(Happening::Followed { stack, id: live.id.clone(), resources });
        // The stack may have gone while somebody else's operation was waited for.
        let now = match self.cloud.stack(&target, &live.id).await {
            Ok(now) if now.status.phase() == Phase::Absent => return Ok(()),
            Ok(now) => now,
            Err(ServiceError::Absent { .. }) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let token = self.token(action);
        let start = self.start(&now, Goal::Gone, token.clone()).await?;
        self.announce("DeleteStack", &token).await?;
        let role = self.turn.reviewed.stack.role.as_deref();
        self.cloud.delete_stack(&target, &live.id, role, &token).await?;
        self.pursue(start).await.map(drop)
    }

    async fn wait(&self, live: &LiveStack) -> Result<(), Stop> {
        let start = Start::new(live, Goal::Settled, String::new(), None);
        self.pursue(start).await.map(drop)
    }
}

fn overtaken(what: &str) -> Stop {
    Stop::Refused {
        reason: format!("the change set of the plan {what}: somebody changed the stack since it was planned"),
        remedy: "plan again".to_owned(),
    }
}

/// The steps that come before the change set.
fn leading(steps: &[Step]) -> &[Step] {
    let asks = steps.iter().position(|step| matches!(step, Step::Create | Step::Update));
    &steps[..asks.unwrap_or(0)]
}
