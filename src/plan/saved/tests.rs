//! Saved plans on the service in memory, and as text.

use super::fingerprint::{Fingerprint, Found, Wanted, Worth};
use super::keep::{older, replace, take_away};
use super::recall::{Stale, recall};
use super::text::{read, write};
use super::*;
use crate::model::change::{Action, Recreates};
use crate::model::environment::Assembly;
use crate::model::fact::{Fact, Input};
use crate::model::stack::{Mode, OnFailure, Stack};
use crate::model::status::StackStatus;
use crate::plan::Wish;
use crate::plan::error::PlanError;
use crate::plan::fake::{Fake, assembly, output, stack, topic};
use crate::plan::inputs::Given;
use crate::plan::planner::{Question, plan_with_grounds};
use crate::plan::waiting::{Interrupt, Interval};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

fn question(run: &str) -> Question<'_> {
    Question {
        wish: Wish::Deploy,
        filter: &|_| true,
        allow: &|_| false,
        env: &|name| (name != "UNSET").then(|| format!("value of {name}")),
        run,
        keeps: true,
        interval: Interval { first: Duration::from_millis(500), longest: Duration::from_secs(5) },
        interrupt: watch::channel(Interrupt::None).1,
    }
}

fn heading(run: &str) -> Heading {
    Heading { project: "acme".into(), run: run.into(), made: 0, only: Vec::new(), set: Vec::new() }
}

/// A plan as the command makes it, with what older ones kept taken away.
async fn saved(cloud: &Arc<Fake>, assembly: &Assembly, run: &str) -> Saved {
    let (mut plan, grounds) = plan_with_grounds(cloud, assembly, &question(run), &|_| {}).await.unwrap();
    let old = older(cloud, &mut plan).await.unwrap();
    let saved = Saved::of(&plan, &grounds, heading(run)).unwrap();
    assert_eq!(replace(cloud, old).await, []);
    saved
}

async fn again(cloud: &Arc<Fake>, assembly: &Assembly, saved: &Saved) -> Result<Plan, Stale> {
    let before = cloud.calls();
    let recalled = recall(cloud, assembly, saved, &question("later"), &|_| {}).await;
    assert_eq!(cloud.calls(), Vec::<String>::new(), "it changes nothing: {before:?}");
    recalled.unwrap()
}

fn told(recalled: Result<Plan, Stale>) -> Vec<String> {
    let stale = recalled.unwrap_err();
    stale.moved.iter().map(|(_, moved)| moved.to_string()).collect()
}

fn project(label: &str) -> Vec<Stack> {
    vec![
        stack("network", &topic("n"), &[("In", Input::Text(label.into()))]),
        stack("web", &topic("w"), &[("In", output("network"))]),
    ]
}

#[tokio::test(start_paused = true)]
async fn what_nobody_touched_is_planned_as_it_was() {
    let cloud = Arc::new(Fake::default());
    let now = assembly(project("new"));
    cloud.world().put(&project("old")[0], StackStatus::CreateComplete);
    let saved = saved(&cloud, &now, "run1").await;
    assert_eq!(saved.kept(), 2, "one that is there, and one that is planned on today's output");
    assert_eq!(saved.stacks[1].provisional_on, [now.wanted().next().unwrap().stacks[0].address.clone()]);
    let plan = again(&cloud, &now, &saved).await.unwrap();
    for (planned, old) in plan.stacks.iter().zip(&saved.stacks) {
        assert_eq!(SavedVerdict::of(&planned.verdict), Some(old.verdict));
        assert_eq!(planned.steps, old.steps);
        assert_eq!(planned.change_set, old.change_set);
        assert_eq!(planned.changes, old.changes);
        assert_eq!(planned.provisional, old.provisional_on);
    }
}

#[tokio::test(start_paused = true)]
async fn what_only_the_service_found_unchanged_stays_so() {
    let cloud = Arc::new(Fake::default());
    let template =
        "Parameters: {In: {Type: String, NoEcho: true}}\nResources: {T: {Type: 'AWS::SNS::Topic'}}\n";
    let secret =
        |value: &str| assembly(vec![stack("network", template, &[("In", Input::Text(value.into()))])]);
    cloud.world().put(&secret("hunter2").wanted().next().unwrap().stacks[0], StackStatus::CreateComplete);
    let saved = saved(&cloud, &secret("hunter2"), "run1").await;
    assert_eq!((saved.stacks[0].verdict, saved.kept()), (SavedVerdict::Unchanged, 0));
    assert!(!again(&cloud, &secret("hunter2"), &saved).await.unwrap().has_changes());
    let moved = told(again(&cloud, &secret("hunter3"), &saved).await);
    assert_eq!(moved, ["parameter In was a hidden value, is another one"]);
    assert!(!write(&saved).unwrap().contains("hunter2"));
}

#[tokio::test(start_paused = true)]
async fn everything_that_moves_is_told() {
    let cloud = Arc::new(Fake::default());
    let now = assembly(project("new"));
    cloud.world().put(&project("old")[0], StackStatus::CreateComplete);
    let mut saved = saved(&cloud, &now, "run1").await;

    cloud.world().stacks[0].live.protected = true;
    let moved = told(again(&cloud, &now, &saved).await);
    assert_eq!(moved, ["termination protection was off, is on"]);
    cloud.world().stacks[0].live.protected = false;

    let template = std::mem::replace(&mut cloud.world().stacks[0].template, topic("other"));
    let moved = told(again(&cloud, &now, &saved).await);
    assert!(moved[0].starts_with("deployed template was SHA-256"), "{moved:?}");
    cloud.world().stacks[0].template = template;

    let set = saved.stacks[0].change_set.clone().unwrap().id;
    cloud.world().sets.get_mut(&set).unwrap().gone = true;
    assert_eq!(told(again(&cloud, &now, &saved).await), ["change set was ready, is EXECUTE_COMPLETE"]);
    cloud.world().sets.get_mut(&set).unwrap().gone = false;

    let mut forged = saved.clone();
    forged.stacks[0].change_set.as_mut().unwrap().id = forged.stacks[1].change_set.clone().unwrap().id;
    assert_eq!(told(again(&cloud, &now, &forged).await), ["change set was ready, is one of another stack"]);

    let others = assembly(project("else"));
    assert_eq!(told(again(&cloud, &others, &saved).await), ["parameter In was \"new\", is \"else\""]);

    let mut decided = saved.clone();
    decided.stacks[0].steps = vec![Step::Update, Step::SetPolicy];
    decided.stacks[1].provisional_on = Vec::new();
    assert_eq!(
        told(again(&cloud, &now, &decided).await),
        [
            "what is to be done was update it, then set its policy, is update it",
            "provisional on was nothing, is quiz/dev:network@workload/eu-west-1"
        ]
    );

    saved.formwork = "0.0.9".into();
    let moved = told(again(&cloud, &now, &saved).await);
    assert_eq!(moved, [format!("formwork was 0.0.9, is {}", text::FORMWORK)]);
}

#[tokio::test(start_paused = true)]
async fn inputs_that_are_gone_are_told_with_all_else() {
    let cloud = Arc::new(Fake::default());
    let with = |name: &str| {
        assembly(vec![stack("a", &topic("n"), &[("In", Input::Fact(Fact::Env { name: name.into() }))])])
    };
    let saved = saved(&cloud, &with("SET"), "run1").await;
    let moved = told(again(&cloud, &with("UNSET"), &saved).await);
    let missing = "missing: parameter `In` needs the environment variable `UNSET`, which is not set";
    assert_eq!(moved, [format!("parameter In was \"value of SET\", is {missing}")]);
}

#[tokio::test(start_paused = true)]
async fn a_newer_plan_takes_the_place_of_an_older_one_and_all_goes_in_the_end() {
    let cloud = Arc::new(Fake::default());
    let now = assembly(project("new"));
    let first = saved(&cloud, &now, "run1").await;
    let second = saved(&cloud, &now, "run2").await;
    assert_eq!((cloud.there(), cloud.open_sets()), (vec!["acme-network REVIEW_IN_PROGRESS".into()], 1));
    assert!(second.stacks[0].change_set.as_ref().unwrap().made_review);
    assert_eq!(told(again(&cloud, &now, &first).await), ["change set was ready, is deleted"]);
    assert!(again(&cloud, &now, &second).await.is_ok());
    assert_eq!(take_away(&cloud, &first).await, []);
    assert_eq!(cloud.open_sets(), 1, "the first plan's file says nothing about the second");
    assert_eq!(take_away(&cloud, &second).await, []);
    assert_eq!(take_away(&cloud, &second).await, []);
    assert_eq!((cloud.there(), cloud.open_sets()), (vec![], 0));
}

/// What an older plan kept goes also where nothing is to be changed any more, or nothing can be said yet.
#[tokio::test(start_paused = true)]
async fn a_newer_plan_without_change_sets_takes_older_ones_away() {
    let cloud = Arc::new(Fake::default());
    cloud.world().put(&project("old")[0], StackStatus::CreateComplete);
    let first = saved(&cloud, &assembly(project("new")), "run1").await;
    assert_eq!((first.kept(), cloud.open_sets()), (2, 2));
    let web = stack("web", &topic("w"), &[("In", output("other"))]);
    let other = stack("other", &topic("o"), &[("In", Input::Text("o".into()))]);
    let second = saved(&cloud, &assembly(vec![project("old").remove(0), other, web]), "run2").await;
    assert_eq!((second.kept(), cloud.open_sets()), (1, 1), "that of `other`");
    let there = ["acme-network CREATE_COMPLETE", "acme-other REVIEW_IN_PROGRESS"];
    assert_eq!(cloud.there(), there);
}

/// A file that shows other changes than its change set makes was edited, checksum and all.
#[tokio::test(start_paused = true)]
async fn a_plan_that_shows_other_changes_than_it_keeps_is_refused() {
    let cloud = Arc::new(Fake::default());
    let now = assembly(project("new"));
    let mut saved = saved(&cloud, &now, "run1").await;
    saved.stacks[0].changes.clear();
    let moved = told(again(&cloud, &now, &saved).await);
    assert_eq!(moved, ["what the change set does was as the plan says, is something else"]);
}

#[tokio::test(start_paused = true)]
async fn a_plain_plan_leaves_a_saved_one_alone() {
    let cloud = Arc::new(Fake::default());
    let now = assembly(project("new"));
    let saved = saved(&cloud, &now, "run1").await;
    let plain = Question { keeps: false, ..question("run2") };
    let (plan, _) = plan_with_grounds(&cloud, &now, &plain, &|_| {}).await.unwrap();
    assert_eq!(crate::plan::discard::discard(&cloud, &plan).await, []);
    assert!(again(&cloud, &now, &saved).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn the_guard_stands_before_a_saved_plan_too() {
    let cloud = Arc::new(Fake::default());
    let now = assembly(project("new"));
    let saved = saved(&cloud, &now, "run1").await;
    cloud.world().strangers.insert("012345678901".into());
    let error = recall(&cloud, &now, &saved, &question("later"), &|_| {}).await.unwrap_err();
    assert!(matches!(error, PlanError::WrongAccounts(_)));
}

#[test]
fn values_that_tell_a_secret_are_masked_in_changes() {
    let template = "Parameters: {ApiToken: {Type: String}}\nResources: {T: {Type: 'AWS::SNS::Topic'}}\n";
    let stack = Arc::new(stack("web", template, &[("ApiToken", Input::Text("hunter2".into()))]));
    let mut planned = PlannedStack::new(&stack, None);
    planned.verdict = Verdict::Create;
    planned.changes = vec![ResourceChange {
        logical_id: "T".into(),
        resource_type: "AWS::SNS::Topic".into(),
        physical_id: None,
        action: Action::Modify,
        properties: vec![PropertyChange {
            path: "/Properties/DisplayName".into(),
            before: Some("plain".into()),
            after: Some("token hunter2!".into()),
            recreates: Recreates::Never,
            cause: None,
        }],
    }];
    let ground = Ground {
        given: BTreeMap::from([("ApiToken".into(), Given::Known("hunter2".into()))]),
        absent: BTreeMap::new(),
        live: None,
        deployed: Default::default(),
    };
    let saved = SavedStack::of(&planned, &ground, "run1").unwrap();
    let property = &saved.changes[0].properties[0];
    assert_eq!((property.before.as_deref(), property.after.as_deref()), (Some("plain"), Some("****")));
    assert!(!serde_json::to_string(&saved).unwrap().contains("hunter2"));
}

#[test]
fn values_that_tell_a_secret_are_masked_in_other_parameters() {
    let template = "Parameters: {Url: {Type: String}, Quiet: {Type: String, NoEcho: true}}\nResources: {T: {Type: 'AWS::SNS::Topic'}}\n";
    let stack = Arc::new(stack("web", template, &[]));
    let known = |text: &str| Given::Known(text.to_owned());
    let cloud = Fake::default();
    cloud.world().put(&stack, StackStatus::CreateComplete);
    let mut live = cloud.world().seen(0);
    let parameter = |name: &str, value: &str| crate::model::live::LiveParameter {
        name: name.into(),
        value: value.into(),
        resolved: None,
    };
    live.parameters = vec![parameter("ApiToken", "dropped-from-the-template"), parameter("Size", "1")];
    let ground = Ground {
        given: BTreeMap::from([
            ("Url".into(), known(r#"{"a":"horse\"battery"}"#)),
            ("Quiet".into(), known("horse\"battery")),
        ]),
        absent: BTreeMap::new(),
        live: Some(live),
        deployed: Default::default(),
    };
    let print = Fingerprint::of(&stack, &ground, "run1");
    let written = serde_json::to_string(&print).unwrap();
    assert!(!written.contains("battery") && !written.contains("dropped"), "{written}");
    assert_eq!(print.live.unwrap().parameters["Size"], Worth::Known("1".into()));
}

fn some_text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{0,8}", ".{0,12}"]
}

fn address() -> impl Strategy<Value = StackAddress> {
    (some_text(), some_text(), some_text(), some_text()).prop_map(|(environment, stack, account, region)| {
        StackAddress { environment, stack, account, region }
    })
}

fn worth() -> impl Strategy<Value = Worth> {
    prop_oneof![
        some_text().prop_map(Worth::Known),
        some_text().prop_map(Worth::Hidden),
        proptest::collection::vec(address(), 0..3).prop_map(Worth::After),
    ]
}

fn named<T: std::fmt::Debug>(value: impl Strategy<Value = T>) -> impl Strategy<Value = BTreeMap<String, T>> {
    proptest::collection::btree_map(some_text(), value, 0..4)
}

fn wanted() -> impl Strategy<Value = Wanted> {
    let some = || proptest::option::of(some_text());
    let texts = || proptest::collection::vec(some_text(), 0..3);
    let first = (some_text(), some_text(), some_text(), some_text(), named(worth()), named(some_text()));
    let second = (texts(), some(), some(), texts(), proptest::option::of(any::<u32>()));
    let third = (any::<bool>(), any::<bool>(), any::<bool>(), proptest::collection::vec(address(), 0..3));
    (first, second, third).prop_map(|(first, second, third)| Wanted {
        account_id: first.0,
        name: first.1,
        template: first.2,
        sha256: first.3,
        parameters: first.4,
        tags: first.5,
        capabilities: second.0,
        role: second.1,
        policy: second.2,
        notifications: second.3,
        timeout_minutes: second.4,
        on_failure: if third.0 { OnFailure::Keep } else { OnFailure::Rollback },
        mode: if third.1 { Mode::Express } else { Mode::Standard },
        protect: third.2,
        waits_for: third.3,
    })
}

fn found() -> impl Strategy<Value = Found> {
    let some = || proptest::option::of(some_text());
    (some_text(), some_text(), some_text(), any::<bool>(), some(), some(), named(worth())).prop_map(
        |(id, status, changed, protected, sha256, policy_sha256, parameters)| Found {
            id,
            status,
            changed,
            protected,
            sha256,
            policy_sha256,
            parameters,
        },
    )
}

fn fingerprint() -> impl Strategy<Value = Fingerprint> {
    (wanted(), proptest::option::of(found())).prop_map(|(wanted, live)| Fingerprint { wanted, live })
}

fn saved_stack() -> impl Strategy<Value = SavedStack> {
    let set = (some_text(), some_text(), any::<bool>())
        .prop_map(|(id, stack_id, made_review)| PlannedChangeSet { id, stack_id, made_review });
    let steps = proptest::sample::subsequence(
        vec![Step::Wait, Step::Update, Step::SetPolicy, Step::Protect(true), Step::Protect(false)],
        0..5,
    );
    (address(), steps, fingerprint(), proptest::option::of(set), proptest::collection::vec(address(), 0..2))
        .prop_map(|(address, steps, rests_on, change_set, provisional_on)| SavedStack {
            label: address.stack.clone(),
            address,
            verdict: SavedVerdict::Update,
            steps,
            rests_on,
            change_set,
            provisional_on,
            changes: Vec::new(),
            attributes: vec![AttributeChange { name: "tag x".into(), before: None, after: Some("y".into()) }],
            dangers: Vec::new(),
        })
}

fn plans() -> impl Strategy<Value = Saved> {
    let texts = || proptest::collection::vec(some_text(), 0..3);
    let stacks = proptest::collection::vec(saved_stack(), 0..4);
    (some_text(), some_text(), named(some_text()), texts(), texts(), texts(), stacks).prop_map(
        |(project, run, callers, environments, only, set, stacks)| Saved {
            formwork: text::FORMWORK.into(),
            project,
            run,
            made: written(1_234_567),
            callers,
            environments,
            only,
            set,
            stacks,
        },
    )
}

proptest! {
    #[test]
    fn what_is_written_is_read(saved in plans()) {
        prop_assert_eq!(read(&write(&saved).unwrap()).unwrap(), saved);
    }

    #[test]
    fn a_file_that_is_cut_off_or_edited_is_no_plan(saved in plans(), at in any::<prop::sample::Index>(), by in 1u8..26) {
        let text = write(&saved).unwrap();
        let mut bytes = text.trim_end().as_bytes().to_vec();
        let at = at.index(bytes.len());
        prop_assert!(read(&String::from_utf8_lossy(&bytes[..at])).is_err());
        if bytes[at].is_ascii_alphanumeric() {
            let base = if bytes[at].is_ascii_digit() { (b'0', 10) } else { (b'a', 26) };
            bytes[at] = base.0 + (bytes[at].to_ascii_lowercase().wrapping_sub(base.0) + by % base.1) % base.1;
            // Another way to write the same text is the same plan.
            let edited = read(&String::from_utf8_lossy(&bytes));
            prop_assert!(edited.is_err() || edited == Ok(saved));
        }
    }

    #[test]
    fn not_a_single_fact_moves_unseen(a in fingerprint(), b in fingerprint(), field in 0usize..24) {
        let now = with_one_of(&a, &b, field);
        prop_assert_eq!(now.moved_since(&a).is_empty(), now == a, "{:?}", now.moved_since(&a));
    }
}

/// A fingerprint with one field of another one.
fn with_one_of(a: &Fingerprint, b: &Fingerprint, field: usize) -> Fingerprint {
    let mut out = a.clone();
    let (wanted, other) = (&mut out.wanted, b.wanted.clone());
    match field {
        0 => wanted.account_id = other.account_id,
        1 => wanted.name = other.name,
        2 => wanted.template = other.template,
        3 => wanted.sha256 = other.sha256,
        4 => wanted.parameters = other.parameters,
        5 => wanted.tags = other.tags,
        6 => wanted.capabilities = other.capabilities,
        7 => wanted.role = other.role,
        8 => wanted.policy = other.policy,
        9 => wanted.notifications = other.notifications,
        10 => wanted.timeout_minutes = other.timeout_minutes,
        11 => wanted.on_failure = other.on_failure,
        12 => wanted.mode = other.mode,
        13 => wanted.protect = other.protect,
        14 => wanted.waits_for = other.waits_for,
        15 => out.live = b.live.clone(),
        _ => {
            if let (Some(live), Some(other)) = (&mut out.live, b.live.clone()) {
                match field {
                    16 => live.id = other.id,
                    17 => live.status = other.status,
                    18 => live.changed = other.changed,
                    19 => live.protected = other.protected,
                    20 => live.sha256 = other.sha256,
                    21 => live.policy_sha256 = other.policy_sha256,
                    _ => live.parameters = other.parameters,
                }
            }
        }
    }
    out
}
