//! Drift: what others did to a stack's resources, and how a stack is told of it.

use super::protocol::raw;
use super::{Bench, refusal};
use aws_sdk_cloudformation::types::{StackDriftDetectionStatus, StackDriftStatus, StackResourceDriftStatus};

const PARAMETERS: &str = r#"
Resources:
  Kept: {Type: AWS::SSM::Parameter, Properties: {Name: /kept, Type: String, Value: one}}
  Lost: {Type: AWS::SSM::Parameter, Properties: {Name: /lost, Type: String, Value: two}}
  Topic: {Type: AWS::SNS::Topic}
  Handle: {Type: AWS::CloudFormation::WaitConditionHandle}
"#;

/// Does something to a stored parameter behind CloudFormation's back.
pub(super) async fn behind(bench: &Bench, operation: &str, body: &str) {
    let (address, length) = (bench.running.address, body.len());
    let scope = "Credential=111122223333/20260101/eu-west-1/ssm/aws4_request";
    let request = format!(
        "POST / HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\nx-amz-target: AmazonSSM.{operation}\r\n\
         authorization: AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    let (status, answer) = raw(address, request.as_bytes()).await;
    assert_eq!(status, 200, "{answer}");
}

/// Detects drift and waits for the result: the stack's status and how many resources have drifted.
pub(super) async fn detected(bench: &Bench, stack: &str) -> (StackDriftStatus, i32) {
    let started = bench.client.detect_stack_drift().stack_name(stack).send().await.unwrap();
    let id = started.stack_drift_detection_id().unwrap();
    for _ in 0..super::PATIENCE {
        let request = bench.client.describe_stack_drift_detection_status().stack_drift_detection_id(id);
        let answer = request.send().await.unwrap();
        if *answer.detection_status().unwrap() == StackDriftDetectionStatus::DetectionComplete {
            let status = answer.stack_drift_status().unwrap().clone();
            return (status, answer.drifted_stack_resource_count().unwrap());
        }
        assert!(answer.stack_drift_status().is_none());
    }
    panic!("the detection does not end");
}

#[tokio::test]
async fn an_untouched_stack_is_in_sync() {
    let bench = Bench::new().await;
    let fresh = bench.create("store", PARAMETERS).await;
    let information = fresh.drift_information().unwrap();
    assert_eq!(information.stack_drift_status(), Some(&StackDriftStatus::NotChecked));
    assert_eq!(detected(&bench, "store").await, (StackDriftStatus::InSync, 0));
    let stack = bench.stack("store").await;
    let information = stack.drift_information().unwrap();
    assert_eq!(information.stack_drift_status(), Some(&StackDriftStatus::InSync));
    assert!(information.last_check_timestamp().is_some());
    let drifts = bench.client.describe_stack_resource_drifts().stack_name("store").send().await.unwrap();
    let names: Vec<_> =
        drifts.stack_resource_drifts().iter().filter_map(|one| one.logical_resource_id()).collect();
    assert_eq!(names, ["Kept", "Lost", "Topic"], "what only CloudFormation knows is not checked");
}

#[tokio::test]
async fn changed_and_deleted_resources_have_drifted() {
    let bench = Bench::new().await;
    bench.create("store", PARAMETERS).await;
    behind(&bench, "PutParameter", r#"{"Name": "/kept", "Value": "other", "Overwrite": true}"#).await;
    behind(&bench, "DeleteParameter", r#"{"Name": "/lost"}"#).await;
    assert_eq!(detected(&bench, "store").await, (StackDriftStatus::Drifted, 2));
    let drifts = bench
        .client
        .describe_stack_resource_drifts()
        .stack_name("store")
        .stack_resource_drift_status_filters(StackResourceDriftStatus::Modified)
        .stack_resource_drift_status_filters(StackResourceDriftStatus::Deleted)
        .send()
        .await
        .unwrap();
    let [changed, lost] = drifts.stack_resource_drifts() else { panic!("{drifts:?}") };
    let [difference] = changed.property_differences() else { panic!("{changed:?}") };
    assert_eq!(difference.property_path(), Some("/Value"));
    assert_eq!((difference.expected_value(), difference.actual_value()), (Some("one"), Some("other")));
    assert_eq!(difference.difference_type().unwrap().as_str(), "NOT_EQUAL");
    assert!(changed.expected_properties().unwrap().contains("\"one\""));
    assert_eq!(lost.stack_resource_drift_status(), Some(&StackResourceDriftStatus::Deleted));
    assert!(lost.expected_properties().is_none() && lost.actual_properties().is_none());
    let one = bench.client.describe_stack_resource().stack_name("store").logical_resource_id("Lost");
    let one = one.send().await.unwrap();
    let told = one.stack_resource_detail().unwrap().drift_information().unwrap();
    assert_eq!(told.stack_resource_drift_status(), Some(&StackResourceDriftStatus::Deleted));
}

#[tokio::test]
async fn one_resource_is_checked_at_once() {
    let bench = Bench::new().await;
    bench.create("store", PARAMETERS).await;
    behind(&bench, "PutParameter", r#"{"Name": "/kept", "Value": "other", "Overwrite": true}"#).await;
    let check =
        |id: &str| bench.client.detect_stack_resource_drift().stack_name("store").logical_resource_id(id);
    let answer = check("Kept").send().await.unwrap();
    let drift = answer.stack_resource_drift().unwrap();
    assert_eq!(drift.stack_resource_drift_status(), Some(&StackResourceDriftStatus::Modified));
    let answer = check("Topic").send().await.unwrap();
    let drift = answer.stack_resource_drift().unwrap();
    assert_eq!(drift.stack_resource_drift_status(), Some(&StackResourceDriftStatus::InSync));
    let (code, _) = refusal(check("Nobody").send().await);
    assert_eq!(code, "ValidationError");
}

#[tokio::test]
async fn drift_is_detected_only_of_stacks_that_rest() {
    let bench = Bench::slow().await;
    bench.client.create_stack().stack_name("store").template_body(PARAMETERS).send().await.unwrap();
    let id = bench.stack("store").await.stack_id.unwrap();
    let (code, text) = refusal(bench.client.detect_stack_drift().stack_name("store").send().await);
    assert_eq!(code, "ValidationError");
    let wanted = format!(
        "Drift detection cannot be performed on stack [{id}] while it is in [CREATE_IN_PROGRESS] state"
    );
    assert_eq!(text, wanted);
}

/// Detects drift of a queue to which the fault is done.
async fn drifted(fault: &str) -> aws_sdk_cloudformation::types::StackResourceDrift {
    let bench = Bench::new().await;
    let template = "Resources: {Queue: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: 5, Tags: [{Key: a, Value: b}]}}}";
    bench.create("store", template).await;
    let (status, body) = super::faults::ask(&bench, "PUT", &format!("faults: [{{{fault}}}]")).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(detected(&bench, "store").await, (StackDriftStatus::Drifted, 1));
    let drifts = bench.client.describe_stack_resource_drifts().stack_name("store").send().await.unwrap();
    drifts.stack_resource_drifts.unwrap().remove(0)
}

#[tokio::test]
async fn drift_is_ordered_as_a_fault() {
    let differences = async |fault: &str| -> Vec<(String, String, String, String)> {
        let found = drifted(fault).await;
        assert_eq!(found.stack_resource_drift_status(), Some(&StackResourceDriftStatus::Modified));
        let told = |one: &aws_sdk_cloudformation::types::PropertyDifference| {
            let text = |text: Option<&str>| text.unwrap().to_owned();
            let kind = one.difference_type().unwrap().as_str().to_owned();
            (text(one.property_path()), text(one.expected_value()), text(one.actual_value()), kind)
        };
        found.property_differences().iter().map(told).collect()
    };
    let one = |path: &str, expected: &str, actual: &str, kind: &str| {
        vec![(path.to_owned(), expected.to_owned(), actual.to_owned(), kind.to_owned())]
    };
    let found = differences("drift: {DelaySeconds: 9}, resource: Queue").await;
    assert_eq!(found, one("/DelaySeconds", "5", "9", "NOT_EQUAL"));
    let found = differences("drift: {DelaySeconds: null}, type: 'AWS::SQS::*'").await;
    assert_eq!(found, one("/DelaySeconds", "5", "null", "REMOVE"));
    let found = differences("drift: {/Tags/1: {Key: c, Value: d}}, stack: store").await;
    assert_eq!(found, one("/Tags/1", "null", r#"{"Key":"c","Value":"d"}"#, "ADD"));
    let found = differences("drift: {/Tags/0/Value: z}, account: '111122223333'").await;
    assert_eq!(found, one("/Tags/0/Value", "b", "z", "NOT_EQUAL"));
}

#[tokio::test]
async fn a_resource_is_gone_by_order() {
    let found = drifted("drift: deleted, resource: Queue").await;
    assert_eq!(found.stack_resource_drift_status(), Some(&StackResourceDriftStatus::Deleted));
    assert!(found.expected_properties().is_none() && found.actual_properties().is_none());
    let bench = Bench::new().await;
    let (code, told) = super::faults::ask(&bench, "PUT", "faults: [{drift: gone}]").await;
    assert_eq!(code, 400);
    assert!(told["message"].as_str().unwrap().contains("`drift` is `deleted` or a map"), "{told}");
}
