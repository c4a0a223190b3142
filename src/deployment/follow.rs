//! Follows running stacks: one task for each account and region reads all its stacks at once and the events of those
//! that move. A read that fails is told and repeated; it ends nothing.

use crate::cloudformation::{Answer, CloudFormation, ServiceError};
use crate::deployment::event::Happening;
use crate::deployment::teller::Message;
use crate::model::account::Target;
use crate::model::live::{LiveStack, StackEvent};
use crate::model::status::{Phase, StackStatus};
use crate::plan::together;
use crate::plan::waiting::Interval;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// How many stacks whose status stands still have their events read at one look; the others come at the next.
const QUIET_STACKS_A_LOOK: usize = 8;

/// How many looks in a row may fail for want of valid credentials. They are renewed before they lapse, so that more
/// means that somebody has to sign in.
const LAPSED_LOOKS: usize = 5;

/// What is told of a followed stack: what was seen, or why nobody can look any more.
pub(crate) type Told = Result<Sight, ServiceError>;

/// What was seen of a followed stack at one look.
#[derive(Clone, Debug)]
pub(crate) struct Sight {
    /// The stack; none when even its ARN is unknown.
    pub live: Option<LiveStack>,
    /// Events that are new since the last look, oldest first.
    pub events: Vec<StackEvent>,
}

/// Where stacks of one account and region are given to be followed.
#[derive(Clone, Debug)]
pub(crate) struct Lookout {
    orders: mpsc::UnboundedSender<Followed>,
}

#[derive(Debug)]
struct Followed {
    id: String,
    /// The last event that was seen.
    after: Option<String>,
    /// The status and time of change at the last look.
    last: Option<(StackStatus, Option<String>)>,
    sights: mpsc::UnboundedSender<Told>,
}

/// What one look at a stack gave.
enum Glance {
    /// The stack.
    At(Box<LiveStack>),
    /// Its ARN is unknown.
    Nothing,
    /// No answer this time.
    Failed,
}

impl Lookout {
    /// Starts to look at an account and region, as one of the given tasks. It ends when nobody can give it anything
    /// to follow any more.
    pub fn start<C: CloudFormation>(
        tasks: &mut JoinSet<()>,
        cloud: &Arc<C>,
        target: &Target,
        interval: Interval,
        loop_: mpsc::UnboundedSender<Message>,
    ) -> Self {
        let (orders, receiver) = mpsc::unbounded_channel();
        let post = Post {
            cloud: cloud.clone(),
            target: target.clone(),
            interval,
            loop_,
            followed: Vec::new(),
            turn: 0,
            lapsed: 0,
        };
        tasks.spawn(post.watch(receiver));
        Self { orders }
    }

    /// Follows a stack by its ARN, telling the events after the given one, until the receiver is dropped.
    pub fn follow(&self, id: &str, after: Option<String>) -> mpsc::UnboundedReceiver<Told> {
        let (sights, receiver) = mpsc::unbounded_channel();
        // If nobody looks any more, the receiver ends at once, and whoever waits sees that.
        let _unheard = self.orders.send(Followed { id: id.to_owned(), after, last: None, sights });
        receiver
    }
}

struct Post<C> {
    cloud: Arc<C>,
    target: Target,
    interval: Interval,
    loop_: mpsc::UnboundedSender<Message>,
    followed: Vec<Followed>,
    turn: usize,
    /// How many looks in a row failed for want of valid credentials.
    lapsed: usize,
}

impl<C: CloudFormation> Post<C> {
    async fn watch(mut self, mut orders: mpsc::UnboundedReceiver<Followed>) {
        let mut wait = self.interval.first;
        loop {
            self.followed.retain(|followed| !followed.sights.is_closed());
            if self.followed.is_empty() {
                let Some(order) = orders.recv().await else { return };
                self.followed.push(order);
                wait = self.interval.first;
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => wait = self.look_once(wait).await,
                Some(order) = orders.recv() => {
                    self.followed.push(order);
                    wait = self.interval.first;
                }
            }
        }
    }

    async fn look_once(&mut self, wait: std::time::Duration) -> std::time::Duration {
        match self.look().await {
            Ok(moved) => {
                self.lapsed = 0;
                if moved { self.interval.first } else { self.interval.after(wait) }
            }
            Err(error @ ServiceError::Credentials { .. }) if self.lapsed >= LAPSED_LOOKS => {
                self.let_go(&error);
                self.interval.first
            }
            Err(error) => {
                self.lapsed += usize::from(matches!(error, ServiceError::Credentials { .. }));
                self.slowed(&error);
                self.interval.after(wait)
            }
        }
    }

    /// Nobody can look any more: whoever waits is told why.
    fn let_go(&mut self, error: &ServiceError) {
        self.lapsed = 0;
        for followed in self.followed.drain(..) {
            let _unheard = followed.sights.send(Err(error.clone()));
        }
    }

    fn slowed(&self, error: &ServiceError) {
        let message = format!("could not look at the stacks, will look again: {error}");
        let _unheard = self.loop_.send(Message::Happened(Happening::Slowed { message }));
    }

    /// Looks at all followed stacks; says whether anything moved.
    async fn look(&mut self) -> Answer<bool> {
        let all: BTreeMap<String, LiveStack> =
            self.cloud.stacks(&self.target).await?.into_iter().map(|live| (live.id.clone(), live)).collect();
        let mut seen = Vec::new();
        for followed in &self.followed {
            seen.push(match all.get(&followed.id) {
                Some(live) => Glance::At(Box::new(live.clone())),
                None => self.glance(&followed.id).await,
            });
        }
        let chosen = self.choose(&seen);
        let events = self.events(&chosen).await;
        let mut moved = false;
        for (number, (followed, glance)) in self.followed.iter_mut().zip(seen).enumerate() {
            let live = match glance {
                Glance::At(live) => Some(*live),
                Glance::Nothing => None,
                Glance::Failed => continue,
            };
            let events = events.get(&number).cloned().unwrap_or_default();
            let last = live.as_ref().map(|live| (live.status.clone(), live.updated.clone()));
            moved |= !events.is_empty() || last != followed.last;
            followed.last = last;
            followed.after = events.last().map(|event| event.id.clone()).or(followed.after.take());
            let _unheard = followed.sights.send(Ok(Sight { live, events }));
        }
        Ok(moved)
    }

    /// Deleted stacks are not listed; their ARN still answers. What cannot be read of one stack holds up no other.
    async fn glance(&self, id: &str) -> Glance {
        match self.cloud.stack(&self.target, id).await {
            Ok(live) => Glance::At(Box::new(live)),
            Err(ServiceError::Absent { .. }) => Glance::Nothing,
            Err(error) => {
                self.slowed(&error);
                Glance::Failed
            }
        }
    }

    /// The stacks whose events are read: all that moved or are settled, and some of the others in turn.
    fn choose(&mut self, seen: &[Glance]) -> Vec<usize> {
        let moves = |number: &usize| match &seen[*number] {
            Glance::At(live) => {
                let now = (live.status.clone(), live.updated.clone());
                self.followed[*number].last.as_ref() != Some(&now) || live.status.phase() != Phase::Busy
            }
            Glance::Nothing | Glance::Failed => false,
        };
        let there = (0..seen.len()).filter(|number| matches!(seen[*number], Glance::At(_)));
        let (mut chosen, quiet): (Vec<usize>, Vec<usize>) = there.partition(moves);
        let turn = self.turn;
        let some = quiet.len().min(QUIET_STACKS_A_LOOK);
        chosen.extend((0..some).map(|step| quiet[(turn + step) % quiet.len()]));
        self.turn = turn.wrapping_add(some);
        chosen
    }

    async fn events(&self, chosen: &[usize]) -> BTreeMap<usize, Vec<StackEvent>> {
        let calls = chosen.iter().map(|number| {
            let (cloud, target, number) = (self.cloud.clone(), self.target.clone(), *number);
            let (id, after) = (self.followed[number].id.clone(), self.followed[number].after.clone());
            async move { (number, cloud.events(&target, &id, after.as_deref()).await) }
        });
        let mut found = BTreeMap::new();
        for (number, events) in together::all(calls.collect()).await {
            match events {
                Ok(events) => {
                    found.insert(number, events);
                }
                Err(ServiceError::Absent { .. }) => {}
                Err(error) => self.slowed(&error),
            }
        }
        found
    }
}
