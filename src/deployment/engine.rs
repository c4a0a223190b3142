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
        looking: JoinSet::new(),
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
    /// The operations.
    tasks: JoinSet<()>,
    /// Those who look at accounts and regions; they end with the run.
    looking: JoinSet<()>,
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
        self.looking.shutdown().await;
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
        let looking = &mut self.looking;
        let lookout = self
            .lookouts
            .entry(target)
            .or_insert_with_key(|target| Lookout::start(looking, cloud, target, interval, sender.clone()))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deployment::event::Cause;
    use crate::model::fact::Input;
    use crate::model::stack::Stack;
    use crate::model::status::StackStatus;
    use crate::plan::Wish;
    use crate::plan::fake::{Fake, assembly, output, stack, topic};
    use crate::plan::planner::{Question, plan};
    use std::sync::Mutex;

    const INTERVAL: Interval =
        Interval { first: Duration::from_millis(500), longest: Duration::from_secs(5) };

    /// Writes down what happens, in short.
    #[derive(Clone, Default)]
    struct Notes(Arc<Mutex<Vec<String>>>);

    impl Observer for Notes {
        fn event(&mut self, deployment: &Deployment, event: &Event) {
            let label = event.what.stack().map_or("-", |number| &deployment.plan.stacks[number].stack.label);
            let what = match &event.what {
                Happening::StackStarted { .. } => "started".to_owned(),
                Happening::StepStarted { step, .. } => format!("step {step:?}"),
                Happening::Requested { operation, .. } => format!("requested {operation}"),
                Happening::StackEnded { outcome, .. } => format!("ended {outcome:?}"),
                Happening::Slowed { .. } => "slowed".to_owned(),
                Happening::Status { status, .. } => format!("is {status}"),
                _ => return,
            };
            self.0.lock().unwrap().push(format!("{label} {what}"));
        }
    }

    struct Session {
        cloud: Arc<Fake>,
        wish: Wish,
        fail_fast: bool,
        limits: Limits,
        notes: Notes,
        observers: Vec<Box<dyn Observer + Send>>,
        interrupt: watch::Sender<Interrupt>,
    }

    impl Session {
        fn new(cloud: &Arc<Fake>) -> Self {
            Self {
                cloud: cloud.clone(),
                wish: Wish::Deploy,
                fail_fast: false,
                limits: Limits { stacks: 50, per_target: 10 },
                notes: Notes::default(),
                observers: Vec::new(),
                interrupt: watch::channel(Interrupt::None).0,
            }
        }

        async fn plan(&self, assembly: &Assembly) -> Arc<Plan> {
            let question = Question {
                wish: self.wish,
                filter: &|_| true,
                allow: &|_| true,
                env: &|_| None,
                run: "run1",
                keeps: false,
                interval: INTERVAL,
                interrupt: self.interrupt.subscribe(),
            };
            Arc::new(plan(&self.cloud, assembly, &question, &|_| {}).await.unwrap())
        }

        async fn run(&mut self, stacks: Vec<Stack>) -> Deployment {
            let assembly = assembly(stacks);
            let plan = self.plan(&assembly).await;
            self.go(plan, assembly).await
        }

        async fn go(&mut self, plan: Arc<Plan>, assembly: Assembly) -> Deployment {
            let begin = tokio::time::Instant::now();
            let options = Options {
                run: "run1".into(),
                limits: self.limits,
                fail_fast: self.fail_fast,
                interval: INTERVAL,
                tick: Duration::from_millis(250),
                env: Arc::new(|_| None),
                clock: Arc::new(move || begin.elapsed().as_millis() as u64),
                interrupt: self.interrupt.subscribe(),
            };
            let mut observers: Vec<Box<dyn Observer + Send>> = vec![Box::new(self.notes.clone())];
            observers.append(&mut self.observers);
            run(&self.cloud, plan, Arc::new(assembly), options, observers).await
        }

        fn notes(&self) -> Vec<String> {
            self.notes.0.lock().unwrap().clone()
        }
    }

    fn outcomes(deployment: &Deployment) -> Vec<String> {
        let states = deployment.plan.stacks.iter().zip(&deployment.stacks);
        let told = |outcome: &Outcome| match outcome {
            Outcome::Failed(causes) => {
                let first = causes.first().unwrap();
                format!(
                    "failed: {}{}",
                    first.logical_id.as_deref().map_or(String::new(), |id| format!("{id} ")),
                    first.reason
                )
            }
            Outcome::Refused { reason, .. } => format!("refused: {reason}"),
            other => format!("{other:?}").to_lowercase(),
        };
        states
            .map(|(planned, state)| {
                format!("{} {}", planned.stack.label, told(state.outcome.as_ref().unwrap()))
            })
            .collect()
    }

    fn chain(value: &str) -> Vec<Stack> {
        vec![
            stack("web", &topic("w"), &[("In", output("network"))]),
            stack("network", &topic("n"), &[("In", Input::Text(value.into()))]),
        ]
    }

    fn out(cloud: &Fake, name: &str) -> String {
        let world = cloud.world();
        world.stacks.iter().rfind(|stack| stack.live.name == name).unwrap().live.outputs[0].value.clone()
    }

    #[tokio::test(start_paused = true)]
    async fn a_chain_is_created_changed_and_destroyed() {
        let cloud = Arc::new(Fake::default());
        let mut session = Session::new(&cloud);
        let made = session.run(chain("one")).await;
        assert_eq!(outcomes(&made), ["network done", "web done"]);
        assert_eq!(out(&cloud, "acme-web"), "one");
        assert_eq!(cloud.open_sets(), 0);
        assert!(made.stacks[1].started >= made.stacks[0].ended);
        let again = session.run(chain("one")).await;
        assert_eq!(outcomes(&again), ["network unchanged", "web unchanged"]);
        let changed = session.run(chain("two")).await;
        assert_eq!(outcomes(&changed), ["network done", "web done"]);
        assert_eq!(out(&cloud, "acme-web"), "two");
        session.wish = Wish::Destroy;
        session.notes = Notes::default();
        let gone = session.run(chain("two")).await;
        assert_eq!(outcomes(&gone), ["web done", "network done"]);
        assert_eq!((cloud.there(), cloud.open_sets()), (vec![], 0));
        assert_eq!(
            session.notes(),
            [
                "web started",
                "web step Delete",
                "web requested DeleteStack",
                "web is DELETE_IN_PROGRESS",
                "web is DELETE_COMPLETE",
                "web ended Done",
                "network started",
                "network step Delete",
                "network requested DeleteStack",
                "network is DELETE_IN_PROGRESS",
                "network is DELETE_COMPLETE",
                "network ended Done"
            ]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_blocks_its_dependants_only_and_is_mended_next_time() {
        let cloud = Arc::new(Fake::default());
        cloud.world().fail.insert("Bad".into());
        let bad = topic("n").replace("{Topic:", "{Bad: {Type: 'AWS::SNS::Topic'}, Topic:");
        let stacks = || {
            let mut stacks = chain("x");
            stacks[1] = stack("network", &bad, &[]);
            stacks.push(stack("last", &topic("l"), &[("In", output("web"))]));
            stacks.push(stack("other", &topic("o"), &[]));
            stacks
        };
        let mut session = Session::new(&cloud);
        let failed = session.run(stacks()).await;
        let expected = [
            "network failed: Bad it was told to fail",
            "web blocked { by: 0 }",
            "last blocked { by: 0 }",
            "other done",
        ];
        assert_eq!(outcomes(&failed), expected);
        assert_eq!(cloud.there(), ["acme-network ROLLBACK_COMPLETE", "acme-other CREATE_COMPLETE"]);
        assert_eq!(cloud.open_sets(), 0);
        cloud.world().fail.clear();
        session.notes = Notes::default();
        let mended = session.run(stacks()).await;
        assert_eq!(outcomes(&mended), ["network done", "web done", "last done", "other unchanged"]);
        let notes = session.notes();
        let steps: Vec<_> = notes.iter().filter(|note| note.starts_with("network step")).collect();
        assert_eq!(steps, ["network step DeleteRemains", "network step Create"]);
    }

    #[tokio::test(start_paused = true)]
    async fn an_update_that_is_taken_back_has_failed() {
        let cloud = Arc::new(Fake::default());
        let mut session = Session::new(&cloud);
        session.run(chain("one")).await;
        cloud.world().fail.insert("Topic".into());
        let failed = session.run(chain("two")).await;
        assert_eq!(outcomes(&failed), ["network failed: Topic it was told to fail", "web blocked { by: 0 }"]);
        assert_eq!(cloud.there()[0], "acme-network UPDATE_ROLLBACK_COMPLETE");
    }

    #[tokio::test(start_paused = true)]
    async fn stale_and_failing_reads_end_nothing() {
        let cloud = Arc::new(Fake::default());
        let mut session = Session::new(&cloud);
        session.run(chain("one")).await;
        cloud.world().stale_reads = 4;
        let assembly = assembly(chain("two"));
        let plan = session.plan(&assembly).await;
        let trouble = async {
            tokio::time::sleep(Duration::from_secs(3)).await;
            cloud.world().failing_reads = 3;
        };
        let (changed, ()) = tokio::join!(session.go(plan, assembly), trouble);
        assert_eq!(outcomes(&changed), ["network done", "web done"]);
        assert_eq!(out(&cloud, "acme-web"), "two");
        assert!(session.notes().contains(&"- slowed".to_owned()));
    }

    #[tokio::test(start_paused = true)]
    async fn what_nobody_reviewed_is_not_done() {
        let cloud = Arc::new(Fake::default());
        let stateful = "Parameters: {In: {Type: String}}\n\
            Resources: {Table: {Type: 'AWS::DynamoDB::Table', Properties: {Key: !Ref In}}}\n";
        let stacks = |value: &str| {
            let network = stack("network", &topic("n"), &[("In", Input::Text(value.into()))]);
            vec![network, stack("data", stateful, &[("In", output("network"))])]
        };
        let mut session = Session::new(&cloud);
        session.run(stacks("one")).await;
        let changed = session.run(stacks("two")).await;
        assert_eq!(
            outcomes(&changed),
            [
                "network done",
                "data refused: the real changes are more dangerous than the reviewed ones: `Table` is replaced, and the data of the table with it"
            ]
        );
        assert_eq!(cloud.open_sets(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_run_than_the_limits_allow() {
        let cloud = Arc::new(Fake::default());
        let mut session = Session::new(&cloud);
        session.limits = Limits { stacks: 50, per_target: 2 };
        let stacks = (0..5).map(|number| stack(&format!("s{number}"), &topic("x"), &[])).collect();
        let made = session.run(stacks).await;
        assert!(outcomes(&made).iter().all(|told| told.ends_with("done")));
        for state in &made.stacks {
            let at = state.started;
            let together = made.stacks.iter().filter(|other| other.started <= at && other.ended > at).count();
            assert!(together <= 2, "{together} ran together");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn fail_fast_starts_nothing_more() {
        let cloud = Arc::new(Fake::default());
        cloud.world().fail.insert("Bad".into());
        let bad = "Resources: {Bad: {Type: 'AWS::SNS::Topic'}}\n";
        let mut session = Session::new(&cloud);
        session.fail_fast = true;
        session.limits = Limits { stacks: 1, per_target: 1 };
        let made = session.run(vec![stack("a", bad, &[]), stack("b", &topic("x"), &[])]).await;
        assert_eq!(outcomes(&made), ["a failed: Bad it was told to fail", "b cancelled"]);
        assert_eq!(cloud.open_sets(), 0);
        assert_eq!(cloud.there(), ["acme-a ROLLBACK_COMPLETE"]);
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_interrupt_watches_what_runs_and_the_second_leaves() {
        let check = async |second: bool, expected: [&str; 2], there: &str| {
            let cloud = Arc::new(Fake::default());
            let mut session = Session::new(&cloud);
            let assembly = assembly(chain("one"));
            let plan = session.plan(&assembly).await;
            let sender = session.interrupt.clone();
            let interrupts = async {
                tokio::time::sleep(Duration::from_secs(3)).await;
                sender.send(Interrupt::Finish).unwrap();
                if second {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    sender.send(Interrupt::Leave).unwrap();
                }
            };
            let (made, ()) = tokio::join!(session.go(plan, assembly), interrupts);
            assert!(made.interrupted);
            assert_eq!(outcomes(&made), expected);
            assert_eq!(cloud.there(), [there]);
        };
        check(false, ["network done", "web cancelled"], "acme-network CREATE_COMPLETE").await;
        check(true, ["network cancelled", "web cancelled"], "acme-network CREATE_IN_PROGRESS").await;
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_sent_when_the_journal_is_broken() {
        struct Broken;
        impl Observer for Broken {
            fn event(&mut self, _: &Deployment, _: &Event) {}
            fn broken(&self) -> Option<String> {
                Some("the disk is full".into())
            }
        }
        let cloud = Arc::new(Fake::default());
        let mut session = Session::new(&cloud);
        session.observers.push(Box::new(Broken));
        let made = session.run(vec![stack("a", &topic("x"), &[])]).await;
        assert_eq!(made.stacks[0].outcome, Some(Outcome::Failed(vec![Cause::whole("the disk is full")])));
        assert!(!cloud.calls().contains(&"ExecuteChangeSet acme-a".to_owned()));
    }

    #[tokio::test(start_paused = true)]
    async fn an_update_that_takes_too_long_is_taken_back() {
        let cloud = Arc::new(Fake::default());
        let mut session = Session::new(&cloud);
        let slow = |value: &str| {
            let mut slow = stack("a", &topic("x"), &[("In", Input::Text(value.into()))]);
            slow.timeout_minutes = Some(0);
            slow
        };
        let made = session.run(vec![slow("one")]).await;
        assert_eq!(
            outcomes(&made),
            ["a failed: it took longer than its 0 minutes; CloudFormation still works on it"]
        );
        tokio::time::sleep(Duration::from_secs(60)).await;
        let changed = session.run(vec![slow("two")]).await;
        assert_eq!(outcomes(&changed), ["a failed: it took longer than its 0 minutes"]);
        assert_eq!(cloud.there(), ["acme-a UPDATE_ROLLBACK_COMPLETE"]);
    }

    #[tokio::test(start_paused = true)]
    async fn policy_and_protection_come_last_and_go_first() {
        let cloud = Arc::new(Fake::default());
        let mut session = Session::new(&cloud);
        let safe = || {
            let mut safe = stack("a", &topic("x"), &[]);
            safe.protect = true;
            safe.policy = Some("{\"Statement\": []}".into());
            vec![safe]
        };
        session.run(safe()).await;
        let calls = [
            "CreateChangeSet acme-a",
            "ExecuteChangeSet acme-a",
            "SetStackPolicy acme-a",
            "UpdateTerminationProtection acme-a",
        ];
        assert_eq!(cloud.calls(), calls);
        assert_eq!(outcomes(&session.run(safe()).await), ["a unchanged"]);
        session.wish = Wish::Destroy;
        assert_eq!(outcomes(&session.run(safe()).await), ["a done"]);
        assert_eq!(cloud.calls(), ["UpdateTerminationProtection acme-a", "DeleteStack acme-a"]);
    }

    #[tokio::test(start_paused = true)]
    async fn somebody_elses_operation_is_waited_for() {
        let cloud = Arc::new(Fake::default());
        let mut session = Session::new(&cloud);
        let one = |value: &str| vec![stack("a", &topic("x"), &[("In", Input::Text(value.into()))])];
        session.run(one("one")).await;
        let arn = cloud.world().stacks[0].live.id.clone();
        let target = one("x")[0].target();
        cloud.delete_stack(&target, &arn, None, "theirs").await.unwrap();
        let made = session.run(one("two")).await;
        assert_eq!(outcomes(&made), ["a done"]);
        assert_eq!(cloud.there(), ["acme-a CREATE_COMPLETE"]);
        assert_eq!(cloud.world().stacks[1].live.status, StackStatus::CreateComplete);
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(24))]
        #[test]
        fn every_run_ends_and_leaves_nothing_behind(
            needs in proptest::collection::vec(proptest::option::of(proptest::prelude::any::<proptest::sample::Index>()), 1..9),
            bad in proptest::collection::btree_set(0usize..9, 0..3),
            stop in proptest::option::of(0u64..60),
            stale_reads in 0usize..4,
        ) {
            let stacks = || -> Vec<Stack> {
                let one = |(number, need): (usize, &Option<proptest::sample::Index>)| {
                    let input = need.filter(|_| number > 0).map(|need| ("In", output(&format!("s{}", need.index(number)))));
                    let template = topic("x").replace("Topic:", &format!("T{number}:"));
                    stack(&format!("s{number}"), &template, input.as_slice())
                };
                needs.iter().enumerate().map(one).collect()
            };
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
            runtime.block_on(async {
                let cloud = Arc::new(Fake::default());
                cloud.world().fail.extend(bad.iter().map(|number| format!("T{number}")));
                cloud.world().stale_reads = stale_reads;
                let mut session = Session::new(&cloud);
                let assembly = assembly(stacks());
                let plan = session.plan(&assembly).await;
                let sender = session.interrupt.clone();
                let interrupt = async {
                    if let Some(seconds) = stop {
                        tokio::time::sleep(Duration::from_secs(seconds)).await;
                        let _late = sender.send(Interrupt::Finish);
                    }
                };
                let (made, ()) = tokio::join!(session.go(plan.clone(), assembly), interrupt);
                assert!(made.is_over() && made.ended.is_some());
                assert_eq!(cloud.open_sets(), 0);
                assert!(cloud.there().iter().all(|told| !told.contains("REVIEW")), "{:?}", cloud.there());
                for (number, state) in made.stacks.iter().enumerate() {
                    for need in state.started.iter().flat_map(|_| &plan.stacks[number].needs) {
                        assert!(made.stacks[*need].ended <= state.started);
                    }
                }
                cloud.world().fail.clear();
                let mut second = Session::new(&cloud);
                let mended = second.run(stacks()).await;
                assert!(outcomes(&mended).iter().all(|told| told.ends_with("done") || told.ends_with("unchanged")));
                let third = second.run(stacks()).await;
                assert!(outcomes(&third).iter().all(|told| told.ends_with("unchanged")));
            });
        }
    }
}
