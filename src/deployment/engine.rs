//! The loop of a deployment. It alone owns the state: it asks the fold what to start, gives every event its time,
//! records it, and tells the observers. What works on a stack runs beside it and only speaks to it.

use crate::cloudformation::CloudFormation;
use crate::deployment::event::{Event, Happening, Outcome};
use crate::deployment::follow::Lookout;
use crate::deployment::limits::Limits;
use crate::deployment::observer::Observer;
use crate::deployment::operation::Operation;
use crate::deployment::state::Deployment;
use crate::deployment::teller::{Message, Teller};
use crate::model::account::Target;
use crate::model::environment::Assembly;
use crate::model::live::LiveStack;
use crate::model::stack::StackAddress;
use crate::plan::discard::discard_of;
use crate::plan::turn::{Turn, Variables};
use crate::plan::waiting::{Interrupt, Interval};
use crate::plan::{Plan, PlannedStack};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

/// How long is spent on tidying up when somebody leaves.
const PARTING: Duration = Duration::from_secs(5);

/// How a run is done.
#[derive(Clone)]
pub struct Options {
    /// The run's id, from which client tokens are made; that of the plan.
    pub run: String,
    /// How many stacks run at the same time.
    pub limits: Limits,
    /// After a failure nothing more is started.
    pub fail_fast: bool,
    /// How often to look at what runs.
    pub interval: Interval,
    /// How often observers hear that time passed.
    pub tick: Duration,
    /// The variables of the process.
    pub env: Variables,
    /// The time, in milliseconds since 1970.
    pub clock: Arc<dyn Fn() -> u64 + Send + Sync>,
    /// Whether somebody asked to stop.
    pub interrupt: watch::Receiver<Interrupt>,
}

/// Does what a plan says. Ends when every stack has an outcome; change sets that were not used are gone then.
pub async fn run<C: CloudFormation>(
    cloud: &Arc<C>,
    plan: Arc<Plan>,
    assembly: Arc<Assembly>,
    options: Options,
    observers: Vec<Box<dyn Observer + Send>>,
) -> Deployment {
    let (sender, messages) = mpsc::unbounded_channel();
    let engine = Engine {
        cloud: cloud.clone(),
        deployment: Deployment::new(plan),
        assembly,
        options,
        observers,
        sender,
        live: BTreeMap::new(),
        lookouts: BTreeMap::new(),
        executed: BTreeSet::new(),
        tasks: JoinSet::new(),
    };
    engine.run(messages).await
}

struct Engine<C> {
    cloud: Arc<C>,
    deployment: Deployment,
    assembly: Arc<Assembly>,
    options: Options,
    observers: Vec<Box<dyn Observer + Send>>,
    sender: mpsc::UnboundedSender<Message>,
    /// The stacks that are as they should be, with their outputs.
    live: BTreeMap<StackAddress, LiveStack>,
    lookouts: BTreeMap<Target, Lookout>,
    executed: BTreeSet<usize>,
    tasks: JoinSet<()>,
}

impl<C: CloudFormation> Engine<C> {
    async fn run(mut self, mut messages: mpsc::UnboundedReceiver<Message>) -> Deployment {
        let mut ticks = tokio::time::interval(self.options.tick.max(Duration::from_millis(1)));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut interrupt = self.options.interrupt.clone();
        let mut listening = true;
        self.record(Happening::RunStarted { run: self.options.run.clone() });
        self.hear(*interrupt.borrow_and_update());
        loop {
            self.advance();
            if self.deployment.is_over() {
                break;
            }
            tokio::select! {
                Some(message) = messages.recv() => self.take(message),
                changed = interrupt.changed(), if listening => {
                    listening = changed.is_ok();
                    self.hear(*interrupt.borrow_and_update());
                }
                Some(ended) = self.tasks.join_next() => if let Err(error) = ended {
                    // Operations are aborted only when somebody leaves; then nobody waits for them.
                    if let Ok(panic) = error.try_into_panic() {
                        std::panic::resume_unwind(panic);
                    }
                },
                _ = ticks.tick() => self.tick(),
            }
        }
        self.tidy().await;
        self.record(Happening::RunEnded);
        self.deployment
    }

    fn tick(&mut self) {
        let now = (self.options.clock)();
        for observer in &mut self.observers {
            observer.tick(&self.deployment, now);
        }
    }

    fn record(&mut self, what: Happening) {
        let event = Event { time: (self.options.clock)(), what };
        if let Err(illegal) = self.deployment.record(&event) {
            // What comes late, such as an event of a stack that was left, changes nothing any more.
            debug_assert!(self.left(), "{illegal}");
            return;
        }
        for observer in &mut self.observers {
            observer.event(&self.deployment, &event);
        }
    }

    fn left(&self) -> bool {
        *self.options.interrupt.borrow() == Interrupt::Leave
    }

    /// Records what follows by itself, and starts what may start.
    fn advance(&mut self) {
        loop {
            let endings = self.deployment.endings();
            if endings.is_empty() {
                break;
            }
            for ending in endings {
                self.end(ending);
            }
        }
        for number in self.options.limits.admit(&self.deployment) {
            self.start(number);
        }
    }

    fn end(&mut self, ending: Happening) {
        if let Happening::StackEnded { stack, outcome: Outcome::Unchanged } = &ending {
            let planned = &self.deployment.plan.stacks[*stack];
            if let Some(live) = &planned.live {
                self.live.entry(planned.stack.address.clone()).or_insert_with(|| live.clone());
            }
        }
        self.record(ending);
    }

    fn start(&mut self, number: usize) {
        let planned = self.deployment.plan.stacks[number].clone();
        let target = planned.stack.target();
        self.record(Happening::StackStarted { stack: number });
        let (cloud, interval, sender) = (&self.cloud, self.options.interval, &self.sender);
        let lookout = self
            .lookouts
            .entry(target)
            .or_insert_with_key(|target| Lookout::start(cloud, target, interval, sender.clone()))
            .clone();
        let operation = Operation {
            cloud: self.cloud.clone(),
            wish: self.deployment.plan.wish,
            turn: self.turn(planned),
            lookout,
            teller: Teller { stack: number, sender: self.sender.clone() },
        };
        self.tasks.spawn(operation.perform());
    }

    fn turn(&self, reviewed: PlannedStack) -> Turn {
        let needs = reviewed.stack.needs.iter();
        let done = needs.filter_map(|need| Some((need.clone(), self.live.get(need)?.clone()))).collect();
        Turn {
            reviewed,
            assembly: self.assembly.clone(),
            done,
            env: self.options.env.clone(),
            run: self.options.run.clone(),
            interval: self.options.interval,
            interrupt: self.options.interrupt.clone(),
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Happened(what) => self.record(what),
            Message::Asked(what, reply) => {
                if let Happening::Requested { stack, operation, .. } = &what
                    && operation == "ExecuteChangeSet"
                {
                    self.executed.insert(*stack);
                }
                self.record(what);
                let broken = self.observers.iter().find_map(|observer| observer.broken());
                // Whoever asked may be gone; then nothing is sent either.
                let _unheard = reply.send(broken.map_or(Ok(()), Err));
            }
            Message::Ended { stack, outcome, live } => self.ended(stack, outcome, live.map(|live| *live)),
        }
    }

    fn ended(&mut self, stack: usize, outcome: Outcome, live: Option<LiveStack>) {
        if let Some(live) = live {
            self.live.insert(self.deployment.plan.stacks[stack].stack.address.clone(), live);
        }
        let failed = matches!(outcome, Outcome::Failed(_));
        self.record(Happening::StackEnded { stack, outcome });
        if failed && self.options.fail_fast {
            self.cancel(|state| state.started.is_none());
        }
    }

    fn cancel(&mut self, which: impl Fn(&crate::deployment::state::StackState) -> bool) {
        // What is settled or refused anyway has its own ending.
        for ending in self.deployment.endings() {
            self.end(ending);
        }
        let states = self.deployment.stacks.iter().enumerate();
        let open: Vec<usize> = states
            .filter(|(_, state)| state.outcome.is_none() && which(state))
            .map(|(number, _)| number)
            .collect();
        for stack in open {
            self.record(Happening::StackEnded { stack, outcome: Outcome::Cancelled });
        }
    }

    /// Somebody asked to stop.
    fn hear(&mut self, interrupt: Interrupt) {
        if interrupt != Interrupt::None && !self.deployment.interrupted {
            self.record(Happening::Interrupted);
        }
        if interrupt == Interrupt::Leave {
            self.tasks.abort_all();
            self.cancel(|_| true);
        }
    }

    /// Deletes the change sets that nobody executed.
    async fn tidy(&mut self) {
        let plan = self.deployment.plan.clone();
        let stacks = plan.stacks.iter().enumerate();
        let unused: Vec<&PlannedStack> = stacks
            .filter(|(number, _)| !self.executed.contains(number))
            .map(|(_, planned)| planned)
            .collect();
        let discarding = discard_of(&self.cloud, unused.into_iter());
        let left = match self.left() {
            true => tokio::time::timeout(PARTING, discarding).await.unwrap_or_default(),
            false => discarding.await,
        };
        for error in left {
            self.record(Happening::Slowed { message: format!("a change set could not be deleted: {error}") });
        }
    }
}
