//! The validation before a deployment: what would certainly fail is told when a change set is created.

use super::{Bench, PATIENCE};
use aws_sdk_cloudformation::operation::describe_change_set::DescribeChangeSetOutput;
use aws_sdk_cloudformation::types::{ChangeSetType, EventFilter};

/// A change set of a new stack, once it is decided.
async fn drafted(bench: &Bench, stack: &str, template: &str, unvalidated: bool) -> DescribeChangeSetOutput {
    let request = bench.client.create_change_set().stack_name(stack).change_set_name("draft");
    let request = request.change_set_type(ChangeSetType::Create).template_body(template);
    let id = request.disable_validation(unvalidated).send().await.unwrap().id.unwrap();
    for _ in 0..PATIENCE {
        let set = bench.client.describe_change_set().change_set_name(&id).send().await.unwrap();
        let status = set.status().unwrap().as_str().to_owned();
        if status == "FAILED" || status == "CREATE_COMPLETE" {
            return set;
        }
    }
    panic!("{stack} is never decided");
}

/// What the validation of a change set found: check, reason, path.
async fn found(bench: &Bench, set: &DescribeChangeSetOutput) -> Vec<(String, String, String)> {
    let request = bench.client.describe_events().change_set_name(set.change_set_id().unwrap());
    let filter = EventFilter::builder().failed_events(true).build();
    let events = request.filters(filter).send().await.unwrap();
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let told = |event: &aws_sdk_cloudformation::types::OperationEvent| {
        assert_eq!(event.event_type().unwrap().as_str(), "VALIDATION_ERROR");
        assert_eq!(event.validation_failure_mode().unwrap().as_str(), "FAIL");
        (text(event.validation_name()), text(event.validation_status_reason()), text(event.validation_path()))
    };
    events.operation_events().iter().map(told).collect()
}

const WRONG: &str = r#"{"Resources": {
    "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"DelaySecs": 5}},
    "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"Subscription": [{"Protocol": "sqs"}]}}}}"#;

#[tokio::test]
async fn wrong_properties_refuse_a_change_set() {
    let bench = Bench::new().await;
    let set = drafted(&bench, "wrong", WRONG, false).await;
    assert_eq!(
        set.status_reason(),
        Some(
            "The following hook(s)/validation failed: [AWS::EarlyValidation::PropertyValidation]. To troubleshoot \
             Early Validation errors, use the DescribeEvents API for detailed failure information."
        )
    );
    assert_eq!(set.execution_status().unwrap().as_str(), "UNAVAILABLE");
    let check = "AWS::EarlyValidation::PropertyValidation";
    let expected = [
        ("#: extraneous key [DelaySecs] is not permitted", "/Resources/Queue/Properties"),
        ("#/Subscription/0: required key [Endpoint] not found", "/Resources/Topic/Properties/Subscription/0"),
    ];
    let expected = expected.map(|(reason, path)| (check.to_owned(), reason.to_owned(), path.to_owned()));
    assert_eq!(found(&bench, &set).await, expected);
    let unvalidated = drafted(&bench, "unvalidated", WRONG, true).await;
    assert_eq!(unvalidated.status().unwrap().as_str(), "CREATE_COMPLETE");
    assert_eq!(found(&bench, &unvalidated).await, []);
}

#[tokio::test]
async fn a_name_that_is_taken_refuses_a_change_set() {
    let bench = Bench::new().await;
    let template = r#"{"Resources": {"Setting": {"Type": "AWS::SSM::Parameter",
        "Properties": {"Name": "/shop/currency", "Type": "String", "Value": "EUR"}}}}"#;
    bench.create("first", template).await;
    let set = drafted(&bench, "second", template, false).await;
    assert!(
        set.status_reason().unwrap().contains("[AWS::EarlyValidation::ResourceExistenceCheck]"),
        "{set:?}"
    );
    let text = "Resource of type 'AWS::SSM::Parameter' with identifier '/shop/currency' already exists.";
    let expected = ("AWS::EarlyValidation::ResourceExistenceCheck", text, "/Resources/Setting/Properties");
    let expected = (expected.0.to_owned(), expected.1.to_owned(), expected.2.to_owned());
    assert_eq!(found(&bench, &set).await, [expected]);
}
