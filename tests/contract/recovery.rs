//! The ways out of failed operations beyond the plain ones: continued rollbacks with what is skipped, nested stacks,
//! monitoring, and policies for one update.

use super::faults::ask;
use super::protocol::http;
use super::{Bench, refusal, status};
use aws_sdk_cloudformation::types::{OnFailure, RollbackConfiguration};

const OLD: &str = "Resources: {A: {Type: AWS::SNS::Topic}, B: {Type: AWS::SNS::Topic, DependsOn: A}}";
const NEW: &str = "Resources: {A: {Type: AWS::SNS::Topic, Properties: {DisplayName: new}}, \
                   B: {Type: AWS::SNS::Topic, DependsOn: A, Properties: {DisplayName: new}}}";

async fn order(bench: &Bench, faults: &str) {
    let (status, body) = ask(bench, "PUT", &format!("faults: [{faults}]")).await;
    assert_eq!(status, 200, "{body}");
}

/// A stack whose update failed, and whose way back failed too.
async fn stranded() -> Bench {
    let bench = Bench::new().await;
    bench.create("pair", OLD).await;
    order(&bench, "{fail: no, resource: B, on: update}, {fail: never, resource: A, on: rollback}").await;
    let stack = bench.update("pair", NEW).await;
    assert_eq!(status(&stack), "UPDATE_ROLLBACK_FAILED");
    assert_eq!(stack.stack_status_reason(), Some("The following resource(s) failed to update: [A]. "));
    bench
}

#[tokio::test]
async fn a_rollback_goes_on_until_it_is_done() {
    let bench = stranded().await;
    let resume = || bench.client.continue_update_rollback().stack_name("pair");
    resume().send().await.unwrap();
    assert_eq!(status(&bench.settled("pair").await), "UPDATE_ROLLBACK_FAILED", "nothing has been repaired");
    ask(&bench, "DELETE", "").await;
    resume().client_request_token("again").send().await.unwrap();
    assert_eq!(status(&bench.settled("pair").await), "UPDATE_ROLLBACK_COMPLETE");
    resume().client_request_token("again").send().await.unwrap();
    assert_eq!(status(&bench.stack("pair").await), "UPDATE_ROLLBACK_COMPLETE", "the same token does nothing");
    let id = bench.stack("pair").await.stack_id.unwrap();
    let (_, text) = refusal(resume().send().await);
    assert_eq!(
        text,
        format!("Stack:{id} is in UPDATE_ROLLBACK_COMPLETE state and can not continue rollback.")
    );
}

#[tokio::test]
async fn what_cannot_be_undone_is_skipped() {
    let bench = stranded().await;
    let resume = || bench.client.continue_update_rollback().stack_name("pair");
    let (_, text) = refusal(resume().resources_to_skip("B").send().await);
    let words = "The following resource(s) cannot be skipped because their rollback did not fail: [B]";
    assert_eq!(text, words);
    resume().resources_to_skip("A").send().await.unwrap();
    assert_eq!(status(&bench.settled("pair").await), "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!(bench.statuses("pair", "A").await.last().unwrap(), "UPDATE_COMPLETE");
    let bench = stranded().await;
    let request = bench.client.continue_update_rollback().stack_name("pair").force_rollback(true);
    request.send().await.unwrap();
    assert_eq!(status(&bench.settled("pair").await), "UPDATE_ROLLBACK_COMPLETE");
}

/// A stack with a child that holds the two topics; `label` changes both.
async fn family(bench: &Bench, minutes: &str) -> String {
    let address = bench.running.address;
    http(address, "PUT", "/templates", "").await;
    let child = r#"{"Parameters": {"Label": {"Type": "String"}}, "Resources": {
        "A": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Label"}}},
        "B": {"Type": "AWS::SNS::Topic", "DependsOn": "A", "Properties": {"DisplayName": {"Ref": "Label"}}}}}"#;
    http(address, "PUT", "/templates/child.json", child).await;
    format!(
        r#"{{"Resources": {{"Child": {{"Type": "AWS::CloudFormation::Stack", "Properties": {{{minutes}
            "TemplateURL": "http://{address}/templates/child.json", "Parameters": {{"Label": "old"}}}}}}}}}}"#
    )
}

async fn child(bench: &Bench) -> aws_sdk_cloudformation::types::Stack {
    let detail = bench.client.describe_stack_resource().stack_name("family").logical_resource_id("Child");
    let detail = detail.send().await.unwrap().stack_resource_detail.unwrap();
    bench.stack(&detail.physical_resource_id.unwrap()).await
}

#[tokio::test]
async fn a_child_goes_back_with_its_root() {
    let bench = Bench::new().await;
    let template = family(&bench, "").await;
    bench.create("family", &template).await;
    order(&bench, "{fail: no, resource: B, on: update}, {fail: never, resource: A, on: rollback}").await;
    assert_eq!(
        status(&bench.update("family", &template.replace("old", "new")).await),
        "UPDATE_ROLLBACK_FAILED"
    );
    let stranded = child(&bench).await;
    assert_eq!(status(&stranded), "UPDATE_ROLLBACK_FAILED");
    let (name, id) = (stranded.stack_name().unwrap().to_owned(), stranded.stack_id().unwrap().to_owned());
    let (_, text) = refusal(bench.client.continue_update_rollback().stack_name(&id).send().await);
    assert!(text.contains("is a nested stack"), "{text}");
    let resume = || bench.client.continue_update_rollback().stack_name("family");
    let (_, text) = refusal(resume().resources_to_skip(format!("{name}.B")).send().await);
    assert!(text.ends_with(&format!("[{name}.B]")), "{text}");
    resume().resources_to_skip(format!("{name}.A")).send().await.unwrap();
    assert_eq!(status(&bench.settled("family").await), "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!(status(&child(&bench).await), "UPDATE_ROLLBACK_COMPLETE");
}

#[tokio::test]
async fn a_forced_rollback_skips_what_fails_in_children() {
    let bench = Bench::new().await;
    let template = family(&bench, "").await;
    bench.create("family", &template).await;
    order(&bench, "{fail: no, resource: B, on: update}, {fail: never, resource: A, on: rollback}").await;
    bench.update("family", &template.replace("old", "new")).await;
    let request = bench.client.continue_update_rollback().stack_name("family").force_rollback(true);
    request.send().await.unwrap();
    assert_eq!(status(&bench.settled("family").await), "UPDATE_ROLLBACK_COMPLETE");
}

#[tokio::test]
async fn a_child_may_take_so_long_and_no_longer() {
    let bench = Bench::new().await;
    let template = family(&bench, r#""TimeoutInMinutes": 1,"#).await;
    order(&bench, "{stuck: 300, resource: A}").await;
    assert_eq!(status(&bench.create("family", &template).await), "ROLLBACK_COMPLETE");
    let story = bench.story("family").await;
    let failed = story.iter().find(|(id, status, _)| id == "Child" && status == "CREATE_FAILED").unwrap();
    let words = "was not successfully created: Stack creation time exceeded the specified timeout. ";
    assert!(failed.2.ends_with(words), "{failed:?}");
}

#[tokio::test]
async fn termination_protection_is_the_roots() {
    let bench = Bench::new().await;
    let template = family(&bench, "").await;
    bench.create("family", &template).await;
    let id = child(&bench).await.stack_id.unwrap();
    let protect = |name: &str| {
        let request = bench.client.update_termination_protection().stack_name(name);
        request.enable_termination_protection(true).send()
    };
    assert!(refusal(protect(&id).await).1.contains("nested stack"));
    protect("family").await.unwrap();
    for name in ["family", id.as_str()] {
        let (_, text) = refusal(bench.client.delete_stack().stack_name(name).send().await);
        assert_eq!(text, format!("Stack [{name}] cannot be deleted while TerminationProtection is enabled"));
    }
}

#[tokio::test]
async fn an_update_is_monitored_before_it_is_cleaned_up() {
    let bench = Bench::new().await;
    bench.create("pair", OLD).await;
    let configuration = RollbackConfiguration::builder().monitoring_time_in_minutes(7).build();
    let request = bench.client.update_stack().stack_name("pair").template_body(NEW);
    request.rollback_configuration(configuration).send().await.unwrap();
    assert_eq!(status(&bench.settled("pair").await), "UPDATE_COMPLETE");
    let page = bench.client.describe_stack_events().stack_name("pair").send().await.unwrap();
    let at = |status: &str, id: &str| {
        let found = page.stack_events().iter().find(|event| {
            event.resource_status().unwrap().as_str() == status && event.logical_resource_id() == Some(id)
        });
        found.unwrap().timestamp().unwrap().secs()
    };
    let watched = at("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "pair") - at("UPDATE_COMPLETE", "B");
    assert!((420..=422).contains(&watched), "{watched} seconds");
}

#[tokio::test]
async fn a_policy_holds_during_one_update_only() {
    let bench = Bench::new().await;
    let policy = |effect: &str| {
        format!(
            r#"{{"Statement": [{{"Effect": "{effect}", "Action": "Update:*", "Principal": "*", "Resource": "*"}}]}}"#
        )
    };
    let request = bench.client.create_stack().stack_name("pair").template_body(OLD);
    request.stack_policy_body(policy("Deny")).send().await.unwrap();
    bench.settled("pair").await;
    let update = || bench.client.update_stack().stack_name("pair").template_body(NEW);
    update().send().await.unwrap();
    assert_eq!(status(&bench.settled("pair").await), "UPDATE_ROLLBACK_COMPLETE");
    update().stack_policy_during_update_body(policy("Allow")).send().await.unwrap();
    assert_eq!(status(&bench.settled("pair").await), "UPDATE_COMPLETE");
    let kept = bench.client.get_stack_policy().stack_name("pair").send().await.unwrap();
    assert_eq!(kept.stack_policy_body(), Some(policy("Deny").as_str()));
}

#[tokio::test]
async fn a_kept_failure_is_rolled_back_by_request() {
    let bench = Bench::failing("B").await;
    let request = bench.client.create_stack().stack_name("pair").template_body(OLD);
    request.on_failure(OnFailure::DoNothing).send().await.unwrap();
    assert_eq!(status(&bench.settled("pair").await), "CREATE_FAILED");
    let both = bench.client.create_stack().stack_name("two").template_body(OLD).disable_rollback(true);
    let (_, text) = refusal(both.on_failure(OnFailure::Delete).send().await);
    assert_eq!(text, "Either DisableRollback or OnFailure can be specified, not both.");
    let told = bench.client.rollback_stack().stack_name("pair").send().await.unwrap();
    assert!(told.operation_id().is_some());
    assert_eq!(status(&bench.settled("pair").await), "ROLLBACK_COMPLETE");
    assert_eq!(bench.statuses("pair", "A").await.last().unwrap(), "DELETE_COMPLETE");
}

#[tokio::test]
async fn what_cannot_be_cleaned_up_is_left_behind() {
    let bench = Bench::new().await;
    bench.create("pair", OLD).await;
    order(&bench, "{fail: in use, resource: B, on: cleanup}").await;
    let stack = bench.update("pair", "Resources: {A: {Type: AWS::SNS::Topic}}").await;
    assert_eq!(status(&stack), "UPDATE_COMPLETE");
    let words = "Update successful. One or more resources could not be deleted.";
    assert_eq!(stack.stack_status_reason(), Some(words));
    let failed = bench.statuses("pair", "B").await;
    assert_eq!(failed.iter().filter(|status| *status == "DELETE_FAILED").count(), 3);
}
