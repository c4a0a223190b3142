//! Follows one operation of CloudFormation from its request to its end, and judges it by what was asked for: a stack
//! that settled well after taking the change back has failed.

use crate::cloudformation::{ChangeSetState, CloudFormation, ServiceError};
use crate::deployment::cause::causes;
use crate::deployment::event::{Cause, Happening};
use crate::deployment::follow::Sight;
use crate::deployment::operation::{Operation, Stop};
use crate::model::live::{LiveStack, StackEvent};
use crate::model::status::{Phase, StackStatus};
use crate::plan::waiting::once_visible;
use std::time::Duration;
use tokio::time::Instant;

/// How often a stack may look untouched after a request before it is asked whether the request was taken at all.
const UNTOUCHED_LOOKS: usize = 30;

/// How often an ARN may be unknown before the stack counts as gone: reads lag behind writes.
const UNKNOWN_LOOKS: usize = 10;

/// What an operation is meant to reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    /// The stack is created.
    Created,
    /// It is updated.
    Updated,
    /// It is back where it was.
    RolledBack,
    /// It is gone.
    Gone,
    /// Somebody else's operation is over, however.
    Settled,
}

/// An operation that is about to start.
#[derive(Clone, Debug)]
pub(crate) struct Start {
    /// The stack as it is before.
    pub before: LiveStack,
    /// What is to be reached.
    pub goal: Goal,
    /// The client token of the request.
    pub token: String,
    /// The last event before.
    pub last_event: Option<String>,
    /// The change set that is executed.
    pub change_set: Option<String>,
    /// How long it may take.
    pub timeout_minutes: Option<u32>,
}

impl Start {
    /// An operation on a stack.
    pub fn new(before: &LiveStack, goal: Goal, token: String, last_event: Option<String>) -> Self {
        Self { before: before.clone(), goal, token, last_event, change_set: None, timeout_minutes: None }
    }
}

/// What was seen so far.
struct Course {
    start: Start,
    begun: bool,
    untouched: usize,
    unknown: usize,
    told: Option<String>,
    events: Vec<StackEvent>,
    late: bool,
}

/// The end of watching a stack on which CloudFormation works on.
fn unwatched(error: &ServiceError) -> Stop {
    Stop::failed(format!(
        "nobody could see how it ended: {error}; sign in again and repeat the command, which waits for it"
    ))
}

impl<C: CloudFormation> Operation<C> {
    /// Prepares to follow an operation: notes which events are old.
    pub async fn start(&self, live: &LiveStack, goal: Goal, token: String) -> Result<Start, Stop> {
        let target = self.target();
        let last = once_visible(|| self.cloud.last_event(&target, &live.id)).await?;
        Ok(Start::new(live, goal, token, last))
    }

    /// Follows an operation to its end; gives the stack unless it is gone.
    pub async fn pursue(&self, start: Start) -> Result<Option<LiveStack>, Stop> {
        let mut sights = self.lookout.follow(&start.before.id, start.last_event.clone());
        let limit = start.timeout_minutes.map(|minutes| Duration::from_secs(60 * u64::from(minutes)));
        let deadline = limit.map(|limit| Instant::now() + limit);
        // Waiting for somebody else needs no sign that the operation has begun.
        let begun = start.goal == Goal::Settled;
        let mut course =
            Course { start, begun, untouched: 0, unknown: 0, told: None, events: Vec::new(), late: false };
        loop {
            let running_out = deadline.filter(|_| !course.late);
            let sight = tokio::select! {
                sight = sights.recv() => sight,
                () = tokio::time::sleep_until(running_out.unwrap_or_else(Instant::now)), if running_out.is_some() => {
                    self.too_late(&mut course).await?;
                    continue;
                }
            };
            let sight = match sight {
                Some(Ok(sight)) => sight,
                Some(Err(error)) => return Err(unwatched(&error)),
                None => return Err(Stop::failed("nobody follows the stack any more")),
            };
            let live = self.take(&mut course, sight);
            if course.is_over(live.as_ref()) {
                return self.judge(course, live).await;
            }
            if course.untouched > UNTOUCHED_LOOKS {
                self.ask_whether_taken(&mut course).await?;
            }
        }
    }

    /// Tells what was seen.
    fn take(&self, course: &mut Course, sight: Sight) -> Option<LiveStack> {
        let stack = self.teller.stack;
        for event in &sight.events {
            let (status, reason) = (event.status.clone(), event.reason.clone());
            if event.is_of_the_stack() {
                course.told = Some(status.clone());
                let at = event.milliseconds();
                self.teller.tell(Happening::Status { stack, status, reason, at });
            } else {
                let (logical_id, resource_type) = (event.logical_id.clone(), event.resource_type.clone());
                self.teller.tell(Happening::Resource { stack, logical_id, resource_type, status, reason });
            }
        }
        if let Some(live) = &sight.live
            && course.told.as_deref() != Some(live.status.as_str())
            && course.has_begun(live, &sight.events)
        {
            let status = live.status.as_str().to_owned();
            course.told = Some(status.clone());
            self.teller.tell(Happening::Status { stack, status, reason: live.reason.clone(), at: None });
        }
        course.see(&sight);
        course.events.extend(sight.events);
        sight.live
    }

    /// A long look at a stack that seems untouched: the reads may be stale, or the request came to nothing.
    async fn ask_whether_taken(&self, course: &mut Course) -> Result<(), Stop> {
        course.untouched = 0;
        let Some(id) = &course.start.change_set else {
            return Err(Stop::failed("the service took the request and did nothing"));
        };
        match self.cloud.change_set(&self.target(), id).await?.state {
            ChangeSetState::Gone(_) => course.begun = true,
            ChangeSetState::Ready | ChangeSetState::NoChanges | ChangeSetState::Failed(_) => {
                return Err(Stop::failed("the service took the change set and did nothing"));
            }
            ChangeSetState::Pending => {}
        }
        Ok(())
    }

    /// The operation takes longer than it may: an update is taken back; a creation cannot be, and goes on.
    async fn too_late(&self, course: &mut Course) -> Result<(), Stop> {
        course.late = true;
        match course.start.goal {
            Goal::Updated => {
                let token = self.token("cancel-update");
                self.announce("CancelUpdateStack", &token).await?;
                // It may have ended in this very moment; what follows shows it.
                let _refused =
                    self.cloud.cancel_update(&self.target(), &course.start.before.id, &token).await;
                Ok(())
            }
            Goal::Created | Goal::RolledBack | Goal::Gone | Goal::Settled => {
                Err(Stop::failed(format!("{}; CloudFormation still works on it", course.too_long())))
            }
        }
    }

    async fn judge(&self, course: Course, live: Option<LiveStack>) -> Result<Option<LiveStack>, Stop> {
        let status = live.as_ref().map_or(StackStatus::DeleteComplete, |live| live.status.clone());
        if course.start.goal.is_reached_by(&status) {
            return Ok(live);
        }
        // Events may lag behind the status: what failed is read once more.
        let since = course.start.last_event.as_deref();
        let events = self.cloud.events(&self.target(), &course.start.before.id, since).await;
        let events = events.unwrap_or_else(|_| course.events.clone());
        let mut found = causes(&*self.cloud, &self.target(), &events).await;
        if course.late {
            found.insert(0, Cause::whole(course.too_long()));
        }
        if found.is_empty() {
            let reason =
                live.and_then(|live| live.reason).map_or(String::new(), |reason| format!(": {reason}"));
            found.push(Cause::whole(format!("the stack ended in `{status}`{reason}")));
        }
        Err(Stop::Failed(found))
    }
}

impl Course {
    /// Whether it can be seen that our operation has begun. Right after a request a read may still show the stack as
    /// it was, so only a sign that was not there before counts.
    fn has_begun(&self, live: &LiveStack, events: &[StackEvent]) -> bool {
        let before = &self.start.before;
        let ours = |event: &StackEvent| match &event.token {
            Some(token) => *token == self.start.token,
            None => event.is_of_the_stack(),
        };
        self.begun
            || live.status.phase() == Phase::Busy
            || live.status != before.status
            || live.updated != before.updated
            || events.iter().any(ours)
    }

    fn see(&mut self, sight: &Sight) {
        match &sight.live {
            Some(live) if self.has_begun(live, &sight.events) => {
                self.begun = true;
                self.untouched = 0;
                self.unknown = 0;
            }
            Some(_) => self.untouched += 1,
            None => self.unknown += 1,
        }
    }

    fn is_over(&self, live: Option<&LiveStack>) -> bool {
        let Some(live) = live else {
            return self.start.goal == Goal::Gone || self.unknown > UNKNOWN_LOOKS;
        };
        match live.status {
            StackStatus::DeleteComplete => true,
            StackStatus::ReviewInProgress => false,
            _ => self.begun && live.status.phase() != Phase::Busy && self.is_fresh(live),
        }
    }

    /// Whether a settled stack was read after the operation and not before it: events may be ahead of the read.
    fn is_fresh(&self, live: &LiveStack) -> bool {
        let before = &self.start.before;
        let moved = live.status != before.status || live.updated != before.updated;
        let last = self.events.iter().rfind(|event| event.is_of_the_stack());
        moved
            || self.start.goal == Goal::Settled
            || last.is_none_or(|event| event.status == live.status.as_str())
    }

    fn too_long(&self) -> String {
        format!("it took longer than its {} minutes", self.start.timeout_minutes.unwrap_or_default())
    }
}

impl Goal {
    fn is_reached_by(self, status: &StackStatus) -> bool {
        match self {
            Self::Created => *status == StackStatus::CreateComplete,
            Self::Updated => *status == StackStatus::UpdateComplete,
            Self::RolledBack => matches!(
                status,
                StackStatus::UpdateRollbackComplete
                    | StackStatus::RollbackComplete
                    | StackStatus::DeleteComplete
            ),
            Self::Gone => *status == StackStatus::DeleteComplete,
            Self::Settled => true,
        }
    }
}
