//! Updates that replace resources: the new one first, the old one in the cleanup.

use super::{Bench, status};

fn topic(name: &str, policy: &str) -> String {
    format!(
        "Resources: {{Topic: {{Type: AWS::SNS::Topic, UpdateReplacePolicy: {policy}, Properties: {{TopicName: {name}}}}}}}"
    )
}

#[tokio::test]
async fn the_old_one_goes_when_the_new_one_is_there() {
    let bench = Bench::new().await;
    bench.create("topic", &topic("one", "Delete")).await;
    let stack = bench.update("topic", &topic("two", "Delete")).await;
    assert_eq!(status(&stack), "UPDATE_COMPLETE");
    let story = bench.story("topic").await;
    let of_topic: Vec<(&str, &str)> = story[4..]
        .iter()
        .map(|(id, status, _)| (id.as_str(), status.as_str()))
        .skip_while(|(id, _)| *id != "Topic")
        .collect();
    assert_eq!(
        of_topic,
        [
            ("Topic", "UPDATE_IN_PROGRESS"),
            ("Topic", "UPDATE_IN_PROGRESS"),
            ("Topic", "UPDATE_COMPLETE"),
            ("topic", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
            ("Topic", "DELETE_IN_PROGRESS"),
            ("Topic", "DELETE_COMPLETE"),
            ("topic", "UPDATE_COMPLETE")
        ]
    );
    let reasons: Vec<&str> = story.iter().map(|(_, _, reason)| reason.as_str()).collect();
    assert!(
        reasons.contains(
            &"Requested update requires the creation of a new physical resource; hence creating one."
        )
    );
    let one = bench.client.describe_stack_resource().stack_name("topic").logical_resource_id("Topic");
    let detail = one.send().await.unwrap().stack_resource_detail.unwrap();
    assert!(detail.physical_resource_id().unwrap().ends_with(":two"));
}

#[tokio::test]
async fn a_policy_keeps_the_old_one() {
    let bench = Bench::new().await;
    bench.create("topic", &topic("one", "Retain")).await;
    bench.update("topic", &topic("two", "Retain")).await;
    let statuses = bench.statuses("topic", "Topic").await;
    assert_eq!(statuses.last().unwrap(), "DELETE_SKIPPED");
}

#[tokio::test]
async fn removed_resources_go_in_the_cleanup_in_reverse_order() {
    let bench = Bench::new().await;
    let all = r#"{"Resources": {"Base": {"Type": "AWS::SNS::Topic"}, "A": {"Type": "AWS::SNS::Topic"},
        "B": {"Type": "AWS::SNS::Topic", "DependsOn": "A"}}}"#;
    bench.create("three", all).await;
    bench.update("three", r#"{"Resources": {"Base": {"Type": "AWS::SNS::Topic"}}}"#).await;
    let story = bench.story("three").await;
    let at = |id: &str, status: &str| story.iter().position(|one| one.0 == id && one.1 == status).unwrap();
    assert!(at("three", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS") < at("B", "DELETE_IN_PROGRESS"));
    assert!(at("B", "DELETE_COMPLETE") < at("A", "DELETE_IN_PROGRESS"));
    let resources = bench.client.list_stack_resources().stack_name("three").send().await.unwrap();
    assert_eq!(resources.stack_resource_summaries().len(), 1);
}

#[tokio::test]
async fn what_is_cleaned_up_is_told_without_its_properties() {
    let bench = Bench::new().await;
    bench.create("topics", "Resources: {A: {Type: AWS::SNS::Topic}, B: {Type: AWS::SNS::Topic}}").await;
    bench.update("topics", "Resources: {A: {Type: AWS::SNS::Topic}}").await;
    let answer = bench.client.describe_stack_events().stack_name("topics").send().await.unwrap();
    let removed = |one: &&aws_sdk_cloudformation::types::StackEvent| {
        one.resource_status().is_some_and(|status| status.as_str().starts_with("DELETE_"))
    };
    let told: Vec<_> = answer.stack_events().iter().filter(removed).collect();
    assert_eq!(told.len(), 2);
    for event in told {
        assert_eq!((event.logical_resource_id(), event.resource_properties()), (Some("B"), None));
        assert!(event.event_id().unwrap().starts_with("B-") && event.event_id().unwrap().len() == 38);
    }
}
