//! Failed creations and updates, and the ways out of them.

use super::state::Folder;
use super::{Bench, refusal, status};
use aws_sdk_cloudformation::types::OnFailure;
use formwork::sandbox::Speed;

const PAIR: &str = r#"
Resources:
  Good: {Type: AWS::SNS::Topic}
  Bad:
    Type: AWS::SNS::Topic
    DependsOn: Good
"#;
const GOOD: &str = "Resources: {Good: {Type: AWS::SNS::Topic}}";
const CHANGED: &str = r#"
Resources:
  Good: {Type: AWS::SNS::Topic, Properties: {DisplayName: changed}}
  Bad:
    Type: AWS::SNS::Topic
    DependsOn: Good
"#;

#[tokio::test]
async fn a_failed_creation_is_rolled_back_and_dead() {
    let bench = Bench::failing("Bad").await;
    let stack = bench.create("pair", PAIR).await;
    assert_eq!(status(&stack), "ROLLBACK_COMPLETE");
    let story = bench.story("pair").await;
    let failure = story.iter().find(|(id, status, _)| id == "Bad" && status == "CREATE_FAILED").unwrap();
    assert!(failure.2.starts_with("Resource handler returned message: \""), "{failure:?}");
    assert!(failure.2.contains("HandlerErrorCode: "), "{failure:?}");
    let rollback = story.iter().find(|(_, status, _)| status == "ROLLBACK_IN_PROGRESS").unwrap();
    assert_eq!(rollback.2, "The following resource(s) failed to create: [Bad]. Rollback requested by user.");
    assert!(story.iter().any(|(id, status, _)| id == "Good" && status == "DELETE_COMPLETE"));
    let (code, text) =
        refusal(bench.client.update_stack().stack_name("pair").template_body(GOOD).send().await);
    assert_eq!(code, "ValidationError");
    assert!(text.ends_with("is in ROLLBACK_COMPLETE state and can not be updated."), "{text}");
    bench.client.delete_stack().stack_name("pair").send().await.unwrap();
    let gone = bench.settled(stack.stack_id().unwrap()).await;
    assert_eq!(status(&gone), "DELETE_COMPLETE");
}

#[tokio::test]
async fn siblings_of_a_failed_resource_are_cancelled() {
    let bench = Bench::failing("Bad").await;
    let template = r#"{"Resources": {"Bad": {"Type": "AWS::SNS::Topic"}, "Slow": {"Type": "AWS::RDS::DBInstance",
        "Properties": {"DBInstanceClass": "db.t4g.micro", "Engine": "postgres", "AllocatedStorage": "20",
        "MasterUsername": "admin1", "MasterUserPassword": "longenough"}}}}"#;
    let stack = bench.create("siblings", template).await;
    assert_eq!(status(&stack), "ROLLBACK_COMPLETE");
    let story = bench.story("siblings").await;
    let slow = story.iter().find(|(id, status, _)| id == "Slow" && status == "CREATE_FAILED").unwrap();
    assert_eq!(slow.2, "Resource creation cancelled");
}

#[tokio::test]
async fn a_failed_creation_can_be_kept_or_deleted() {
    let bench = Bench::failing("Bad").await;
    let create = |name: &str, choice: OnFailure| {
        bench.client.create_stack().stack_name(name).template_body(PAIR).on_failure(choice).send()
    };
    create("kept", OnFailure::DoNothing).await.unwrap();
    let kept = bench.settled("kept").await;
    assert_eq!(status(&kept), "CREATE_FAILED");
    bench.client.rollback_stack().stack_name("kept").send().await.unwrap();
    assert_eq!(status(&bench.settled("kept").await), "ROLLBACK_COMPLETE");
    let id = create("deleted", OnFailure::Delete).await.unwrap().stack_id.unwrap();
    assert_eq!(status(&bench.settled(&id).await), "DELETE_COMPLETE");
}

#[tokio::test]
async fn a_failed_update_is_undone() {
    let bench = Bench::failing("Bad").await;
    bench.create("pair", GOOD).await;
    let stack = bench.update("pair", CHANGED).await;
    assert_eq!(status(&stack), "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!(
        bench.statuses("pair", "pair").await[2..],
        [
            "UPDATE_IN_PROGRESS",
            "UPDATE_ROLLBACK_IN_PROGRESS",
            "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
            "UPDATE_ROLLBACK_COMPLETE"
        ]
    );
    assert_eq!(
        bench.statuses("pair", "Good").await[3..],
        ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"]
    );
    let template = bench.client.get_template().stack_name("pair").send().await.unwrap();
    assert_eq!(template.template_body(), Some(GOOD));
    let resources = bench.client.list_stack_resources().stack_name("pair").send().await.unwrap();
    assert_eq!(resources.stack_resource_summaries().len(), 1);
    assert_eq!(
        status(&bench.update("pair", &GOOD.replace("Topic}", "Topic, Properties: {DisplayName: x}}")).await),
        "UPDATE_COMPLETE"
    );
}

#[tokio::test]
async fn a_paused_update_goes_on_or_back() {
    let bench = Bench::failing("Bad").await;
    bench.create("pair", GOOD).await;
    let update = |keep: bool| {
        let request = bench.client.update_stack().stack_name("pair").template_body(CHANGED);
        request.disable_rollback(keep).send()
    };
    update(true).await.unwrap();
    assert_eq!(status(&bench.settled("pair").await), "UPDATE_FAILED");
    let (_, text) = refusal(update(false).await);
    assert!(text.starts_with("This stack is currently in a non-terminal [UPDATE_FAILED] state."), "{text}");
    update(true).await.unwrap();
    assert_eq!(status(&bench.settled("pair").await), "UPDATE_FAILED");
    bench.client.rollback_stack().stack_name("pair").send().await.unwrap();
    assert_eq!(status(&bench.settled("pair").await), "UPDATE_ROLLBACK_COMPLETE");
}

#[tokio::test]
async fn only_a_running_update_can_be_cancelled() {
    let folder = Folder::new("cancel");
    let bench = Bench::with(folder.options(Speed::Max)).await;
    bench.create("pair", GOOD).await;
    let (_, text) = refusal(bench.client.cancel_update_stack().stack_name("pair").send().await);
    assert_eq!(text, "CancelUpdateStack cannot be called from current stack status");
    let (_, text) = refusal(bench.client.rollback_stack().stack_name("pair").send().await);
    assert!(text.contains("CREATE_COMPLETE"), "{text}");
    bench.running.stop().await;
    let slow = Bench::with(folder.options(Speed::Times(0.001))).await;
    slow.client.update_stack().stack_name("pair").template_body(CHANGED).send().await.unwrap();
    slow.client.cancel_update_stack().stack_name("pair").send().await.unwrap();
    assert_eq!(status(&slow.stack("pair").await), "UPDATE_ROLLBACK_IN_PROGRESS");
    slow.running.stop().await;
    let bench = Bench::with(folder.options(Speed::Max)).await;
    assert_eq!(status(&bench.settled("pair").await), "UPDATE_ROLLBACK_COMPLETE");
}

#[tokio::test]
async fn a_creation_may_take_so_long_and_no_longer() {
    let bench = Bench::new().await;
    let database = r#"{"Resources": {"Database": {"Type": "AWS::RDS::DBInstance",
        "Properties": {"DBInstanceClass": "db.t4g.micro", "Engine": "postgres", "AllocatedStorage": "20",
        "MasterUsername": "admin1", "MasterUserPassword": "longenough"}}}}"#;
    let request =
        bench.client.create_stack().stack_name("slow").template_body(database).timeout_in_minutes(1);
    request.send().await.unwrap();
    assert_eq!(status(&bench.settled("slow").await), "ROLLBACK_COMPLETE");
    let story = bench.story("slow").await;
    let rollback = story.iter().find(|(_, status, _)| status == "ROLLBACK_IN_PROGRESS").unwrap();
    assert_eq!(rollback.2, "Stack creation time exceeded the specified timeout. Rollback requested by user.");
}

#[tokio::test]
async fn what_cannot_be_evaluated_rolls_back_before_anything_is_made() {
    let bench = Bench::new().await;
    let template = r#"{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {"Bad": {"Value": {"Fn::GetAtt": ["Topic", "Nonsense"]}}}}"#;
    assert_eq!(status(&bench.create("bad", template).await), "ROLLBACK_COMPLETE");
    let story = bench.story("bad").await;
    assert!(story.iter().all(|(id, ..)| id == "bad"), "{story:?}");
    let reason = "[Error] /Outputs/Bad/Value/Fn::GetAtt: Resource type AWS::SNS::Topic does not support attribute \
        {Nonsense}. Rollback requested by user.";
    assert_eq!(story[1].2, reason);
}

#[tokio::test]
async fn without_a_rollback_only_what_depends_on_the_failure_stops() {
    let bench = Bench::failing("Bad").await;
    let template = r#"{"Resources": {"Bad": {"Type": "AWS::SNS::Topic"},
        "Behind": {"Type": "AWS::SNS::Topic", "DependsOn": "Bad"}, "Slow": {"Type": "AWS::OpenSearchService::Domain"},
        "Later": {"Type": "AWS::SNS::Topic", "DependsOn": "Slow"}}}"#;
    let create =
        bench.client.create_stack().stack_name("shop").template_body(template).disable_rollback(true);
    create.send().await.unwrap();
    let stack = bench.settled("shop").await;
    assert_eq!(status(&stack), "CREATE_FAILED");
    assert_eq!(stack.stack_status_reason(), Some("The following resource(s) failed to create: [Bad]. "));
    assert_eq!(bench.statuses("shop", "Later").await.last().map(String::as_str), Some("CREATE_COMPLETE"));
    assert!(bench.statuses("shop", "Behind").await.is_empty());
}
