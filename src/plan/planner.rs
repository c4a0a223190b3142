//! Makes a plan: signs in everywhere, reads what is live, decides about every stack, and asks the service where only
//! the service can answer. Changes nothing but the change sets and stacks in review that [`discard`] takes away.

use crate::cloudformation::{Answer, CloudFormation, ServiceError};
use crate::model::environment::Assembly;
use crate::model::live::LiveStack;
use crate::model::stack::{Stack, StackAddress};
use crate::model::status::Phase;
use crate::plan::ask::{Asked, Circumstances, ask, bucket};
use crate::plan::decide::Draft;
use crate::plan::desk::{Desk, moves};
use crate::plan::destroy::{self, Content};
use crate::plan::discard::discard_of;
use crate::plan::error::PlanError;
use crate::plan::order::Order;
use crate::plan::read::Live;
use crate::plan::survey::{Survey, stop_if_asked};
use crate::plan::waiting::{Interrupt, Interval};
use crate::plan::{Ground, Grounds, Orphan, Plan, PlannedStack, Step, Verdict, Wish, together, token};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::watch;

#[cfg(doc)]
use crate::plan::discard::discard;

/// What is asked of the planner.
pub struct Question<'a> {
    /// What is to be done.
    pub wish: Wish,
    /// Which stacks of the wanted environments it is about.
    pub filter: &'a (dyn Fn(&Stack) -> bool + Sync),
    /// Which stacks may be deleted although they are protected.
    pub allow: &'a (dyn Fn(&Stack) -> bool + Sync),
    /// The variables of the process.
    pub env: &'a (dyn Fn(&str) -> Option<String> + Sync),
    /// The run's id, from which names and client tokens are made.
    pub run: &'a str,
    /// The plan is to be saved: its change sets stay until the saved plan is carried out or taken away.
    pub keeps: bool,
    /// How often to look whether a change set is settled.
    pub interval: Interval,
    /// Whether somebody asked to stop.
    pub interrupt: watch::Receiver<Interrupt>,
}

impl Question<'_> {
    fn stage(&self) -> &'static str {
        if self.keeps { token::KEPT_STAGE } else { "plan" }
    }
}

/// How far a plan is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It signs in.
    SigningIn {
        /// To how many accounts and regions.
        targets: usize,
    },
    /// It reads what is live.
    Reading {
        /// How many stacks are looked at.
        stacks: usize,
    },
    /// It asks the service about those that may change.
    Asking {
        /// How many are answered.
        done: usize,
        /// How many are asked about.
        of: usize,
    },
}

/// Makes a plan.
pub async fn plan<C: CloudFormation>(
    cloud: &Arc<C>,
    assembly: &Assembly,
    question: &Question<'_>,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Plan, PlanError> {
    Ok(plan_with_grounds(cloud, assembly, question, progress).await?.0)
}

/// Makes a plan, and tells what it was decided from; that is kept with a saved plan.
pub async fn plan_with_grounds<C: CloudFormation>(
    cloud: &Arc<C>,
    assembly: &Assembly,
    question: &Question<'_>,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<(Plan, Grounds), PlanError> {
    let survey = Survey::make(cloud, assembly, question, progress).await?;
    let (stacks, grounds) = match question.wish {
        Wish::Deploy => deployment(cloud, assembly, question, &survey, progress).await?,
        Wish::Destroy => (destruction(cloud, question, &survey).await?, Vec::new()),
    };
    Ok((
        put_together(assembly, question.wish, &survey, stacks),
        Grounds { stacks: grounds, callers: survey.callers },
    ))
}

/// The plan of stacks that are decided about.
pub(crate) fn put_together(
    assembly: &Assembly,
    wish: Wish,
    survey: &Survey,
    stacks: Vec<PlannedStack>,
) -> Plan {
    let environments = assembly.wanted.clone();
    Plan { wish, environments, stacks, orphans: orphans(assembly, &survey.live) }
}

async fn deployment<C: CloudFormation>(
    cloud: &Arc<C>,
    assembly: &Assembly,
    question: &Question<'_>,
    survey: &Survey,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<(Vec<PlannedStack>, Vec<Ground>), PlanError> {
    let decided = Desk { assembly, question, survey }.decide_all();
    if !decided.findings.is_empty() {
        return Err(PlanError::Inputs(decided.findings));
    }
    let stacks = ask_all(cloud, assembly, question, decided.drafts, progress).await?;
    Ok((finish(&survey.order, stacks), decided.grounds))
}

/// Asks about all stacks at once. When something goes wrong half-way, or somebody asks to stop, everything that was
/// made goes again.
async fn ask_all<C: CloudFormation>(
    cloud: &Arc<C>,
    assembly: &Assembly,
    question: &Question<'_>,
    mut drafts: Vec<Draft>,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Vec<PlannedStack>, PlanError> {
    let circumstances = Circumstances {
        run: question.run.to_owned(),
        stage: question.stage(),
        interval: question.interval,
        interrupt: question.interrupt.clone(),
    };
    let mut numbers = Vec::new();
    let mut calls = Vec::new();
    for (number, draft) in drafts.iter_mut().enumerate() {
        let Some(asked) = draft.ask.take() else { continue };
        let (cloud, stack, circumstances) =
            (cloud.clone(), draft.planned.stack.clone(), circumstances.clone());
        let bucket = bucket(assembly.environments.get(&stack.address.environment), &stack);
        numbers.push(number);
        calls.push(async move { ask(&cloud, &stack, bucket.as_deref(), asked, &circumstances).await });
    }
    let of = calls.len();
    if of > 0 {
        progress(Progress::Asking { done: 0, of });
    }
    let answers = together::all_with(calls, &mut |done| progress(Progress::Asking { done, of })).await;
    let mut stacks: Vec<PlannedStack> = drafts.into_iter().map(|draft| draft.planned).collect();
    let mut trouble = None;
    for (number, answer) in numbers.into_iter().zip(answers) {
        if let Err(error) = take(&mut stacks[number], answer) {
            trouble.get_or_insert(error);
        }
    }
    match trouble {
        None => Ok(stacks),
        Some(error) => {
            discard_of(cloud, stacks.iter()).await;
            Err(error)
        }
    }
}

/// Writes an answer into a planned stack.
fn take(planned: &mut PlannedStack, answer: Answer<Asked>) -> Result<(), PlanError> {
    match answer? {
        Asked::Ready(change_set, changes) => {
            planned.change_set = Some(change_set);
            planned.changes = changes;
        }
        Asked::Nothing => nothing_to_change(planned),
        Asked::Refused { reason, remedy } => planned.verdict = Verdict::Refused { reason, remedy },
        Asked::Interrupted => return Err(PlanError::Interrupted),
    }
    Ok(())
}

/// The service found nothing to change; policy and protection are not its business.
pub(crate) fn nothing_to_change(planned: &mut PlannedStack) {
    planned.changes.clear();
    planned.steps.retain(|step| matches!(step, Step::SetPolicy | Step::Protect(_)));
    planned
        .attributes
        .retain(|change| matches!(change.name.as_str(), "stack policy" | "termination protection"));
    planned.verdict = if planned.steps.is_empty() { Verdict::Unchanged } else { Verdict::Update };
}

/// Numbers the needs, and forgets producers that turned out to stay as they are.
pub(crate) fn finish(order: &Order, mut stacks: Vec<PlannedStack>) -> Vec<PlannedStack> {
    let mut moving: BTreeSet<StackAddress> = BTreeSet::new();
    for (number, planned) in stacks.iter_mut().enumerate() {
        planned.needs = order.needs[number].clone();
        planned.provisional.retain(|producer| moving.contains(producer));
        if moves(planned) {
            moving.insert(planned.stack.address.clone());
        }
    }
    stacks
}

async fn destruction<C: CloudFormation>(
    cloud: &Arc<C>,
    question: &Question<'_>,
    Survey { order, live, .. }: &Survey,
) -> Result<Vec<PlannedStack>, PlanError> {
    let calls = order.stacks.iter().map(|stack| {
        let (cloud, stack) = (cloud.clone(), stack.clone());
        let live = live.stack(&stack).filter(|live| live.status.phase() != Phase::Absent).cloned();
        async move {
            match live {
                Some(live) => content(&cloud, &stack, &live).await,
                None => Ok(Content::default()),
            }
        }
    });
    let contents = together::all(calls.collect()).await.into_iter().collect::<Answer<Vec<_>>>()?;
    stop_if_asked(question)?;
    let stacks = order.stacks.iter().zip(&contents).enumerate().map(|(number, (stack, content))| {
        let mut planned = destroy::decide(stack, live.stack(stack), content, (question.allow)(stack));
        planned.needs = order.needs[number].clone();
        planned
    });
    Ok(stacks.collect())
}

async fn content<C: CloudFormation>(cloud: &Arc<C>, stack: &Stack, live: &LiveStack) -> Answer<Content> {
    let target = stack.target();
    let resources = match cloud.resources(&target, &live.id).await {
        Ok(resources) => resources,
        Err(ServiceError::Absent { .. }) => Vec::new(),
        Err(error) => return Err(error),
    };
    // Broken stacks may have no template to show; they are deleted all the same.
    let template = match cloud.template(&target, &live.id).await {
        Ok(template) => Some(template),
        Err(ServiceError::Absent { .. } | ServiceError::Refused { .. }) => None,
        Err(error) => return Err(error),
    };
    Ok(Content { resources, template })
}

/// Live stacks that carry the mark of a wanted environment which declares no stack of that name there.
fn orphans(assembly: &Assembly, live: &Live) -> Vec<Orphan> {
    let mut orphans = Vec::new();
    for environment in assembly.wanted() {
        let mark = environment.mark();
        let declared: BTreeSet<_> =
            environment.stacks.iter().map(|stack| (stack.target(), stack.name.as_str())).collect();
        for (target, stack) in live.all() {
            let marked = stack
                .tags
                .iter()
                .any(|(key, value)| key == crate::model::environment::MARK && *value == mark);
            let there = stack.status.phase() != Phase::Absent;
            if marked && there && !declared.contains(&(target.clone(), stack.name.as_str())) {
                orphans.push(Orphan {
                    environment: environment.name.clone(),
                    target: target.to_string(),
                    name: stack.name.clone(),
                    id: stack.id.clone(),
                });
            }
        }
    }
    orphans
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fact::{Fact, Input};
    use crate::model::status::StackStatus;
    use crate::plan::discard::discard;
    use crate::plan::fake::{Fake, assembly, output, stack, topic};
    use std::time::Duration;

    const INTERVAL: Interval =
        Interval { first: Duration::from_millis(500), longest: Duration::from_secs(5) };

    async fn make(cloud: &Arc<Fake>, assembly: &Assembly, wish: Wish) -> Result<Plan, PlanError> {
        let (_hold, interrupt) = watch::channel(Interrupt::None);
        let question = Question {
            wish,
            filter: &|_| true,
            allow: &|_| false,
            env: &|name| (name == "SET").then(|| "from-env".to_owned()),
            run: "run1",
            keeps: false,
            interval: INTERVAL,
            interrupt,
        };
        plan(cloud, assembly, &question, &|_| {}).await
    }

    fn told(plan: &Plan) -> Vec<String> {
        let one = |planned: &PlannedStack| {
            let verdict = match &planned.verdict {
                Verdict::Refused { reason, .. } => format!("refused: {reason}"),
                other => format!("{other:?}").to_lowercase(),
            };
            let steps: Vec<_> = planned.steps.iter().map(|step| format!("{step:?}")).collect();
            let changes: Vec<_> = planned
                .changes
                .iter()
                .map(|change| format!("{:?} {}", change.action, change.logical_id))
                .collect();
            let mut told =
                format!("{} {verdict} [{}] {{{}}}", planned.stack.label, steps.join(" "), changes.join(", "));
            if !planned.provisional.is_empty() {
                told.push_str(" provisional");
            }
            if planned.change_set.is_some() {
                told.push_str(" asked");
            }
            told
        };
        plan.stacks.iter().map(one).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_chain_of_new_stacks_is_planned_with_unknowns_and_leaves_nothing() {
        let cloud = Arc::new(Fake::default());
        let assembly = assembly(vec![
            stack("web", &topic("w"), &[("In", output("network"))]),
            stack("network", &topic("n"), &[]),
        ]);
        let plan = make(&cloud, &assembly, Wish::Deploy).await.unwrap();
        assert_eq!(
            told(&plan),
            ["network create [Create] {Add Topic} asked", "web create [Create] {Add Topic}"]
        );
        assert_eq!(plan.stacks[1].needs, [0]);
        assert_eq!(cloud.there(), ["acme-network REVIEW_IN_PROGRESS"]);
        assert_eq!(discard(&cloud, &plan).await, []);
        assert_eq!(discard(&cloud, &plan).await, []);
        assert_eq!((cloud.there(), cloud.open_sets()), (vec![], 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_set_may_be_unknown_for_a_while() {
        let cloud = Arc::new(Fake::default());
        let assembly = assembly(vec![stack("web", &topic("w"), &[])]);
        cloud.world().unseen = 5;
        let plan = make(&cloud, &assembly, Wish::Deploy).await.unwrap();
        assert_eq!(told(&plan), ["web create [Create] {Add Topic} asked"]);
        cloud.world().unseen = 1_000;
        assert!(make(&cloud, &assembly, Wish::Deploy).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_as_it_should_be_is_not_asked_about() {
        let cloud = Arc::new(Fake::default());
        let network = stack("network", &topic("n"), &[("In", Input::Text("10.0.0.0/16".into()))]);
        cloud.world().put(&network, StackStatus::UpdateRollbackComplete);
        let web = stack("web", &topic("w"), &[("In", output("network"))]);
        let before = stack("web", &topic("w"), &[("In", Input::Text("10.0.0.0/16".into()))]);
        cloud.world().put(&before, StackStatus::CreateComplete);
        let plan = make(&cloud, &assembly(vec![network, web]), Wish::Deploy).await.unwrap();
        assert_eq!(told(&plan), ["network unchanged [] {}", "web unchanged [] {}"]);
        assert!(!plan.has_changes());
        assert_eq!(cloud.calls(), Vec::<String>::new());
    }

    #[tokio::test(start_paused = true)]
    async fn consumers_of_a_changing_stack_are_provisional() {
        let cloud = Arc::new(Fake::default());
        let network = |value: &str| stack("network", &topic("n"), &[("In", Input::Text(value.into()))]);
        let web = stack("web", &topic("w"), &[("In", output("network"))]);
        cloud.world().put(&network("old"), StackStatus::CreateComplete);
        cloud.world().put(
            &stack("web", &topic("w"), &[("In", Input::Text("old".into()))]),
            StackStatus::CreateComplete,
        );
        let plan = make(&cloud, &assembly(vec![network("new"), web]), Wish::Deploy).await.unwrap();
        assert_eq!(
            told(&plan),
            ["network update [Update] {Modify Topic} asked", "web unchanged [] {} provisional"]
        );
        assert!(!plan.stacks[1].is_settled());
    }

    #[tokio::test(start_paused = true)]
    async fn broken_stacks_are_mended_by_shown_steps() {
        let check = async |status: &str, protected: bool, expected: &str| {
            let cloud = Arc::new(Fake::default());
            let network = stack("network", &topic("n"), &[]);
            cloud.world().put(&network, StackStatus::parse(status));
            cloud.world().stacks[0].live.protected = protected;
            let plan = make(&cloud, &assembly(vec![network]), Wish::Deploy).await.unwrap();
            assert_eq!(told(&plan), [expected], "{status}");
            assert_eq!(cloud.calls(), Vec::<String>::new(), "{status}");
        };
        check("ROLLBACK_COMPLETE", false, "network create [DeleteRemains Create] {Add Topic}").await;
        check(
            "ROLLBACK_COMPLETE",
            true,
            "network refused: the stack is in `ROLLBACK_COMPLETE` and must be deleted before it can be made, but it is protected [] {}",
        )
        .await;
        check("UPDATE_ROLLBACK_FAILED", false, "network update [ContinueRollback Update] {}").await;
        check("UPDATE_IN_PROGRESS", false, "network update [Wait Update] {}").await;
        check("UPDATE_COMPLETE", true, "network update [Protect(false)] {}").await;
    }

    #[tokio::test(start_paused = true)]
    async fn hidden_values_are_asked_about_and_never_shown() {
        let cloud = Arc::new(Fake::default());
        let template =
            "Parameters: {In: {Type: String, NoEcho: true}}\nResources: {T: {Type: 'AWS::SNS::Topic'}}\n";
        let secret = stack("network", template, &[("In", Input::Text("hunter2".into()))]);
        cloud.world().put(&secret, StackStatus::CreateComplete);
        let plan = make(&cloud, &assembly(vec![secret]), Wish::Deploy).await.unwrap();
        assert_eq!(told(&plan), ["network unchanged [] {}"]);
        assert!(!format!("{:?}", plan.stacks[0].parameters).contains("hunter2"));
        assert_eq!(cloud.calls(), ["CreateChangeSet acme-network", "DeleteChangeSet acme-network"]);
    }

    #[tokio::test(start_paused = true)]
    async fn inputs_that_do_not_exist_are_told_together_with_their_places() {
        let cloud = Arc::new(Fake::default());
        let env = |name: &str| Input::Fact(Fact::Env { name: name.into() });
        let ssm = |name: &str| Input::Fact(Fact::Ssm { name: name.into() });
        cloud.world().ssm.insert("/there".into(), "x".into());
        let good = [("In", Input::List(vec![env("SET"), ssm("/there")]))];
        let plan = make(&cloud, &assembly(vec![stack("a", &topic("n"), &good)]), Wish::Deploy).await.unwrap();
        let given = &plan.stacks[0].parameters[0].after;
        assert_eq!(*given, crate::plan::PlannedValue::Known("from-env,x".into()));
        let bad = vec![
            stack("a", &topic("n"), &[("In", env("UNSET"))]),
            stack("b", &topic("n"), &[("In", ssm("/gone"))]),
        ];
        let error = make(&cloud, &assembly(bad), Wish::Deploy).await.unwrap_err();
        let PlanError::Inputs(findings) = error else { panic!("{error:?}") };
        let codes: Vec<_> = findings.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, ["FW0401", "FW0402"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stack_whose_producer_nobody_deploys_is_refused() {
        let cloud = Arc::new(Fake::default());
        let stacks =
            vec![stack("network", &topic("n"), &[]), stack("web", &topic("w"), &[("In", output("network"))])];
        let assembly = assembly(stacks);
        let (_hold, interrupt) = watch::channel(Interrupt::None);
        let filter = |stack: &Stack| stack.label == "web";
        let question = Question {
            wish: Wish::Deploy,
            filter: &filter,
            allow: &|_| false,
            env: &|_| None,
            run: "run1",
            keeps: false,
            interval: INTERVAL,
            interrupt,
        };
        let plan = plan(&cloud, &assembly, &question, &|_| {}).await.unwrap();
        assert_eq!(
            told(&plan),
            ["web refused: parameter `In` needs stack `network`, which is not deployed [] {}"]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_foreign_account_stops_everything_before_any_other_call() {
        let cloud = Arc::new(Fake::default());
        cloud.world().strangers.insert("012345678901".into());
        let error =
            make(&cloud, &assembly(vec![stack("a", &topic("n"), &[])]), Wish::Deploy).await.unwrap_err();
        assert!(matches!(error, PlanError::WrongAccounts(failures) if failures.len() == 1));
        assert_eq!(cloud.calls(), Vec::<String>::new());
    }

    #[tokio::test(start_paused = true)]
    async fn an_interrupted_plan_leaves_nothing() {
        let cloud = Arc::new(Fake::default());
        let (hold, interrupt) = watch::channel(Interrupt::None);
        let question = Question {
            wish: Wish::Deploy,
            filter: &|_| true,
            allow: &|_| false,
            env: &|_| None,
            run: "run1",
            keeps: false,
            interval: INTERVAL,
            interrupt,
        };
        let assembly = assembly(vec![stack("a", &topic("n"), &[]), stack("b", &topic("n"), &[])]);
        let stop = async {
            tokio::time::sleep(Duration::from_millis(700)).await;
            hold.send(Interrupt::Finish).unwrap();
        };
        let (made, ()) = tokio::join!(plan(&cloud, &assembly, &question, &|_| {}), stop);
        assert!(matches!(made.unwrap_err(), PlanError::Interrupted));
        assert_eq!((cloud.there(), cloud.open_sets()), (vec![], 0));
        assert_eq!(cloud.calls().len(), 6);
    }

    #[tokio::test(start_paused = true)]
    async fn destruction_runs_backwards_and_respects_protection() {
        let cloud = Arc::new(Fake::default());
        let network = stack("network", &topic("n"), &[("In", Input::Text("x".into()))]);
        let mut web = stack("web", &topic("w"), &[("In", output("network"))]);
        cloud.world().put(&network, StackStatus::CreateComplete);
        cloud.world().put(&web, StackStatus::UpdateRollbackFailed);
        let gone = stack("gone", &topic("g"), &[]);
        let all = assembly(vec![network.clone(), web.clone(), gone]);
        let plan = make(&cloud, &all, Wish::Destroy).await.unwrap();
        assert_eq!(
            told(&plan),
            [
                "web delete [Delete] {Remove Topic}",
                "network delete [Delete] {Remove Topic}",
                "gone unchanged [] {}"
            ]
        );
        assert_eq!(plan.stacks[1].needs, [0]);
        web.protect = true;
        let plan = make(&cloud, &assembly(vec![network, web]), Wish::Destroy).await.unwrap();
        assert_eq!(told(&plan)[0], "web refused: the blueprint protects it [] {}");
        assert_eq!(cloud.calls(), Vec::<String>::new());
    }

    #[tokio::test(start_paused = true)]
    async fn stacks_of_others_are_left_alone() {
        let check = async |mark: Option<&str>, wish: Wish, expected: &str| {
            let cloud = Arc::new(Fake::default());
            let network = stack("network", &topic("n"), &[]);
            cloud.world().put(&network, StackStatus::CreateComplete);
            cloud.world().stacks[0].live.tags = mark
                .map(|mark| (crate::model::environment::MARK.to_owned(), mark.to_owned()))
                .into_iter()
                .collect();
            let plan = make(&cloud, &assembly(vec![network]), wish).await.unwrap();
            assert_eq!(told(&plan), [expected]);
        };
        let foreign = "network refused: the stack `acme-network` that is there belongs to `acme/other` [] {}";
        check(Some("acme/other"), Wish::Deploy, foreign).await;
        check(Some("acme/other"), Wish::Destroy, foreign).await;
        check(None, Wish::Deploy, "network update [Update] {} asked").await;
        let unmarked = "network refused: formwork did not make it: it carries no mark [] {}";
        check(None, Wish::Destroy, unmarked).await;
    }

    #[tokio::test(start_paused = true)]
    async fn marked_stacks_that_nobody_declares_are_orphans() {
        let cloud = Arc::new(Fake::default());
        cloud.world().put(&stack("old", &topic("n"), &[]), StackStatus::CreateComplete);
        let plan = make(&cloud, &assembly(vec![stack("a", &topic("n"), &[])]), Wish::Deploy).await.unwrap();
        let names: Vec<_> = plan.orphans.iter().map(|orphan| orphan.name.as_str()).collect();
        assert_eq!(names, ["acme-old"]);
    }
}
