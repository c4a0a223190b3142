//! How operations on stack sets go: order, concurrency, tolerance, stopping, queues, drift.

use super::organizations::asked;
use super::stack_sets::{ACCOUNTS, TOPIC, owned, parameter, standing};
use super::{ACCOUNT, Bench, client, refusal};
use aws_sdk_cloudformation::types::builders::StackSetOperationPreferencesBuilder;
use aws_sdk_cloudformation::types::{
    ConcurrencyMode, ManagedExecution, RegionConcurrencyType, StackResourceDriftStatus,
    StackSetOperationPreferences,
};
use formwork::sandbox::Options;

/// A set that fails in the accounts whose number is its parameter.
const PICKY: &str = r#"
Parameters: {Title: {Type: String, Default: none}}
Conditions: {Bad: !Equals [!Ref AWS::AccountId, "444455556666"]}
Resources:
  Bad: {Type: AWS::SNS::Topic, Condition: Bad}
  Good: {Type: AWS::SQS::Queue}
"#;

fn preferences() -> StackSetOperationPreferencesBuilder {
    StackSetOperationPreferences::builder()
}

impl Bench {
    /// Account, region and status of all places of an operation, in its order.
    async fn story_of(&self, id: &str) -> Vec<String> {
        let told = self.results(id).await;
        let shown = |one: &aws_sdk_cloudformation::types::StackSetOperationResultSummary| {
            let (account, region) = (one.account().unwrap(), one.region().unwrap());
            format!("{} {region} {}", &account[..4], one.status().unwrap().as_str())
        };
        told.iter().map(shown).collect()
    }

    /// When the stacks of places came to be, in the order of the places.
    async fn births(&self, places: &[(&str, &str)]) -> Vec<i64> {
        let mut births = Vec::new();
        for (account, region) in places {
            let stacks = client(&self.running, account, region).describe_stacks().send().await.unwrap();
            births.push(stacks.stacks()[0].creation_time().unwrap().to_millis().unwrap());
        }
        births
    }
}

#[tokio::test]
async fn regions_and_accounts_follow_one_another() {
    let bench = Bench::new().await;
    bench.base(TOPIC).await;
    let wished = preferences().region_order("us-east-1").region_order("eu-west-1").build();
    let (status, id) = bench.deployed(&ACCOUNTS[..2], &["eu-west-1", "us-east-1"], Some(wished)).await;
    assert_eq!(status, "SUCCEEDED");
    let order = bench.story_of(&id).await;
    let wanted = ["1111 us-east-1", "4444 us-east-1", "1111 eu-west-1", "4444 eu-west-1"];
    assert_eq!(order, wanted.map(|place| format!("{place} SUCCEEDED")));
    let places = ["us-east-1", "eu-west-1"].map(|region| ACCOUNTS[..2].iter().map(move |one| (*one, region)));
    let births = bench.births(&places.into_iter().flatten().collect::<Vec<_>>()).await;
    assert!(births.windows(2).all(|pair| pair[0] < pair[1]), "one after the other: {births:?}");
}

#[tokio::test]
async fn so_many_are_worked_on_at_once_as_is_allowed() {
    let bench = Bench::new().await;
    bench.base(TOPIC).await;
    let wished = preferences()
        .region_concurrency_type(RegionConcurrencyType::Parallel)
        .max_concurrent_count(3)
        .concurrency_mode(ConcurrencyMode::SoftFailureTolerance)
        .build();
    let (_, id) = bench.deployed(&ACCOUNTS, &["eu-west-1", "us-east-1"], Some(wished)).await;
    let places = ["eu-west-1", "us-east-1"].map(|region| ACCOUNTS.iter().map(move |one| (*one, region)));
    let births = bench.births(&places.into_iter().flatten().collect::<Vec<_>>()).await;
    assert!(births.iter().all(|birth| *birth == births[0]), "all at once: {births:?}");
    let shown = bench.operation(Some(&id)).await.operation_preferences().unwrap().clone();
    assert_eq!(shown.max_concurrent_count(), Some(3));
    assert_eq!(shown.concurrency_mode(), Some(&ConcurrencyMode::SoftFailureTolerance));
}

#[tokio::test]
async fn an_operation_is_given_up_beyond_its_tolerance() {
    let bench = Bench::failing("Bad").await;
    bench.base(PICKY).await;
    let (status, id) = bench.deployed(&ACCOUNTS, &["eu-west-1", "us-east-1"], None).await;
    assert_eq!(status, "FAILED");
    let wanted = [
        "1111 eu-west-1 SUCCEEDED",
        "4444 eu-west-1 FAILED",
        "7777 eu-west-1 CANCELLED",
        "1111 us-east-1 CANCELLED",
        "4444 us-east-1 CANCELLED",
        "7777 us-east-1 CANCELLED",
    ];
    assert_eq!(bench.story_of(&id).await, wanted);
    let failed = bench.operation(Some(&id)).await;
    assert_eq!(failed.status_details().unwrap().failed_stack_instances_count(), Some(1));
    // A third of three accounts is one: tolerated.
    let tolerant = preferences().failure_tolerance_percentage(34).build();
    let request = bench.client.update_stack_set().stack_set_name("base").use_previous_template(true);
    let answer = request.operation_preferences(tolerant).send().await.unwrap();
    let ended = bench.operation(answer.operation_id()).await;
    assert_eq!(ended.status().unwrap().as_str(), "SUCCEEDED");
    let states: Vec<_> = bench.instances().await.iter().map(|one| standing(one).0.to_owned()).collect();
    assert_eq!(states.iter().filter(|state| *state == "CURRENT").count(), 4);
    let both = preferences().failure_tolerance_count(1).failure_tolerance_percentage(1).build();
    let request = bench.client.update_stack_set().stack_set_name("base").use_previous_template(true);
    assert_eq!(refusal(request.operation_preferences(both).send().await).0, "ValidationError");
}

#[tokio::test]
async fn a_stopped_operation_finishes_what_it_has_begun() {
    let bench = Bench::new().await;
    bench.base(TOPIC).await;
    let request = bench.client.create_stack_instances().stack_set_name("base");
    let request = request.set_accounts(owned(&ACCOUNTS)).regions("eu-west-1");
    let id = request.send().await.unwrap().operation_id().unwrap().to_owned();
    for _ in 0..super::PATIENCE {
        if bench.story_of(&id).await[0].ends_with("RUNNING") {
            break;
        }
    }
    let stop = || bench.client.stop_stack_set_operation().stack_set_name("base").operation_id(&id).send();
    stop().await.unwrap();
    assert_eq!(bench.operation(Some(&id)).await.status().unwrap().as_str(), "STOPPED");
    let wanted = ["1111 eu-west-1 SUCCEEDED", "4444 eu-west-1 CANCELLED", "7777 eu-west-1 CANCELLED"];
    assert_eq!(bench.story_of(&id).await, wanted);
    assert_eq!(refusal(stop().await).0, "InvalidOperationException");
    let nobody = bench.client.stop_stack_set_operation().stack_set_name("base").operation_id("nobody");
    assert_eq!(refusal(nobody.send().await).0, "OperationNotFoundException");
}

#[tokio::test]
async fn managed_execution_queues_instead_of_refusing() {
    let bench = Bench::new().await;
    let request = bench.client.create_stack_set().stack_set_name("base").template_body(TOPIC);
    let managed = ManagedExecution::builder().active(true).build();
    request.managed_execution(managed).send().await.unwrap();
    let begin = |account: &str| {
        let request = bench.client.create_stack_instances().stack_set_name("base");
        request.accounts(account).regions("eu-west-1").send()
    };
    let first = begin(ACCOUNTS[0]).await.unwrap();
    let update = bench.client.update_stack_set().stack_set_name("base").use_previous_template(true);
    let second = update.parameters(parameter("Title", "later")).send().await.unwrap();
    let listed = bench.client.list_stack_set_operations().stack_set_name("base").send().await.unwrap();
    let statuses: Vec<_> = listed.summaries().iter().map(|one| one.status().unwrap().as_str()).collect();
    assert_eq!(statuses, ["QUEUED", "RUNNING"]);
    let (first, second) =
        (bench.operation(first.operation_id()).await, bench.operation(second.operation_id()).await);
    assert_eq!(second.status().unwrap().as_str(), "SUCCEEDED");
    assert!(first.end_timestamp().unwrap() <= second.end_timestamp().unwrap());
}

#[tokio::test]
async fn a_stack_that_cannot_be_deleted_makes_its_instance_inoperable() {
    let scenario = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("stack-set-deletion.yaml");
    std::fs::write(&scenario, "faults: [{fail: in use, resource: Topic, on: [delete]}]").unwrap();
    let bench = Bench::with(Options { scenario: Some(scenario), ..Options::default() }).await;
    bench.base(TOPIC).await;
    bench.deployed(&ACCOUNTS[..1], &["eu-west-1"], None).await;
    let delete = |retain: bool| {
        let request = bench.client.delete_stack_instances().stack_set_name("base").retain_stacks(retain);
        request.accounts(ACCOUNTS[0]).regions("eu-west-1").send()
    };
    let answer = delete(false).await.unwrap();
    assert_eq!(bench.operation(answer.operation_id()).await.status().unwrap().as_str(), "FAILED");
    assert_eq!(standing(&bench.instances().await[0]), ("INOPERABLE", "INOPERABLE"));
    let answer = delete(true).await.unwrap();
    assert_eq!(bench.operation(answer.operation_id()).await.status().unwrap().as_str(), "SUCCEEDED");
    assert!(bench.instances().await.is_empty());
}

#[tokio::test]
async fn drift_of_a_set_is_that_of_its_stacks() {
    let bench = Bench::new().await;
    bench
        .base("Resources: {P: {Type: AWS::SSM::Parameter, Properties: {Name: /p, Type: String, Value: a}}}")
        .await;
    bench.deployed(&ACCOUNTS[..2], &["eu-west-1"], None).await;
    let body = r#"{"Name": "/p", "Value": "b", "Overwrite": true}"#;
    let (status, _) = asked(&bench, (ACCOUNT, "eu-west-1"), "ssm", "AmazonSSM.PutParameter", body).await;
    assert_eq!(status, 200);
    let all = preferences().max_concurrent_percentage(100).build();
    let request = bench.client.detect_stack_set_drift().stack_set_name("base");
    let answer = request.operation_preferences(all).send().await.unwrap();
    let ended = bench.operation(answer.operation_id()).await;
    let details = ended.stack_set_drift_detection_details().unwrap().clone();
    assert_eq!(details.drift_status().unwrap().as_str(), "DRIFTED");
    assert_eq!(details.drift_detection_status().unwrap().as_str(), "COMPLETED");
    let counts = (details.drifted_stack_instances_count(), details.in_sync_stack_instances_count());
    assert_eq!(counts, (Some(1), Some(1)));
    let set = bench.client.describe_stack_set().stack_set_name("base").send().await.unwrap();
    assert_eq!(set.stack_set().unwrap().stack_set_drift_detection_details(), Some(&details));
    let drifts: Vec<_> =
        bench.instances().await.iter().map(|one| one.drift_status().unwrap().as_str().to_owned()).collect();
    assert_eq!(drifts, ["DRIFTED", "IN_SYNC"]);
    let request = bench.client.list_stack_instance_resource_drifts().stack_set_name("base");
    let request = request.stack_instance_account(ACCOUNTS[0]).stack_instance_region("eu-west-1");
    let found = request.clone().operation_id(ended.operation_id().unwrap()).send().await.unwrap();
    let [one] = found.summaries() else { panic!("{found:?}") };
    assert_eq!(one.stack_resource_drift_status(), Some(&StackResourceDriftStatus::Modified));
    assert_eq!(one.property_differences()[0].property_path(), Some("/Value"));
    assert_eq!(refusal(request.operation_id("none").send().await).0, "OperationNotFoundException");
}

#[tokio::test]
async fn lists_come_in_pages() {
    let bench = Bench::new().await;
    bench.base(TOPIC).await;
    bench.deployed(&ACCOUNTS, &["eu-west-1"], None).await;
    let page = |token: Option<String>| {
        let request = bench.client.list_stack_instances().stack_set_name("base").max_results(2);
        request.set_next_token(token).send()
    };
    let first = page(None).await.unwrap();
    assert_eq!(first.summaries().len(), 2);
    let last = page(first.next_token().map(str::to_owned)).await.unwrap();
    assert_eq!((last.summaries().len(), last.next_token()), (1, None));
}

#[tokio::test]
async fn an_operation_goes_on_where_its_process_ended() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("stack-set-state");
    let _ = std::fs::remove_dir_all(&folder);
    let options = || Options { state: Some(folder.clone()), ..Options::default() };
    let bench = Bench::with(options()).await;
    bench.base(TOPIC).await;
    let request = bench.client.create_stack_instances().stack_set_name("base");
    let request = request.set_accounts(owned(&ACCOUNTS)).regions("eu-west-1");
    let id = request.send().await.unwrap().operation_id().unwrap().to_owned();
    for _ in 0..super::PATIENCE {
        if bench.story_of(&id).await[1].ends_with("RUNNING") {
            break;
        }
    }
    bench.running.stop().await;
    let bench = Bench::with(options()).await;
    assert_eq!(bench.operation(Some(&id)).await.status().unwrap().as_str(), "SUCCEEDED");
    assert!(bench.instances().await.iter().all(|one| standing(one) == ("CURRENT", "SUCCEEDED")));
}
