//! What keeps stacks and resources from being deleted.

use super::{Bench, refusal, status};

const KEPT: &str = r#"
Resources:
  Kept: {Type: AWS::SNS::Topic, DeletionPolicy: Retain}
  Gone: {Type: AWS::SNS::Topic}
"#;

#[tokio::test]
async fn termination_protection_guards_a_stack() {
    let bench = Bench::new().await;
    bench.create("topics", KEPT).await;
    let protect = |on: bool| {
        let request = bench.client.update_termination_protection().stack_name("topics");
        request.enable_termination_protection(on).send()
    };
    protect(true).await.unwrap();
    let (_, text) = refusal(bench.client.delete_stack().stack_name("topics").send().await);
    assert_eq!(text, "Stack [topics] cannot be deleted while TerminationProtection is enabled");
    protect(false).await.unwrap();
    bench.client.delete_stack().stack_name("topics").send().await.unwrap();
}

#[tokio::test]
async fn retained_resources_are_skipped() {
    let bench = Bench::new().await;
    let id = bench.create("topics", KEPT).await.stack_id.unwrap();
    bench.client.delete_stack().stack_name("topics").send().await.unwrap();
    assert_eq!(status(&bench.settled(&id).await), "DELETE_COMPLETE");
    assert_eq!(bench.statuses(&id, "Kept").await.last().unwrap(), "DELETE_SKIPPED");
    assert_eq!(bench.statuses(&id, "Gone").await.last().unwrap(), "DELETE_COMPLETE");
}

#[tokio::test]
async fn resources_are_deleted_after_what_depends_on_them() {
    let bench = Bench::new().await;
    let chain = r#"{"Resources": {"A": {"Type": "AWS::SNS::Topic"}, "B": {"Type": "AWS::SNS::Topic", "DependsOn": "A"}}}"#;
    let id = bench.create("chain", chain).await.stack_id.unwrap();
    bench.client.delete_stack().stack_name("chain").send().await.unwrap();
    bench.settled(&id).await;
    let story = bench.story(&id).await;
    let at = |id: &str, status: &str| story.iter().position(|one| one.0 == id && one.1 == status).unwrap();
    assert!(at("B", "DELETE_COMPLETE") < at("A", "DELETE_IN_PROGRESS"));
}

#[tokio::test]
async fn a_creation_can_be_aborted() {
    let bench = Bench::new().await;
    bench.client.create_stack().stack_name("topics").template_body(KEPT).send().await.unwrap();
    let id = bench.stack("topics").await.stack_id.unwrap();
    bench.client.delete_stack().stack_name("topics").send().await.unwrap();
    assert_eq!(status(&bench.settled(&id).await), "DELETE_COMPLETE");
}

#[tokio::test]
async fn stack_policies_guard_resources_against_updates() {
    let bench = Bench::new().await;
    bench.create("topics", KEPT).await;
    let policy =
        r#"{"Statement": [{"Effect": "Deny", "Action": "Update:*", "Principal": "*", "Resource": "*"}]}"#;
    let set =
        |text: &str| bench.client.set_stack_policy().stack_name("topics").stack_policy_body(text).send();
    set(policy).await.unwrap();
    let read = bench.client.get_stack_policy().stack_name("topics").send().await.unwrap();
    assert_eq!(read.stack_policy_body(), Some(policy));
    let (_, text) = refusal(set("[]").await);
    assert_eq!(text, "Error validating stack policy: Invalid stack policy");
    let changed = KEPT.replace(
        "Gone: {Type: AWS::SNS::Topic}",
        "Gone: {Type: AWS::SNS::Topic, Properties: {DisplayName: x}}",
    );
    assert_eq!(status(&bench.update("topics", &changed).await), "UPDATE_ROLLBACK_COMPLETE");
    let story = bench.story("topics").await;
    let denied = story.iter().find(|(_, status, _)| status == "UPDATE_FAILED").unwrap();
    assert_eq!(
        denied.2,
        "Action denied by stack policy: Statement [#1] does not allow [Update:*] for resource [*];"
    );
}

#[tokio::test]
async fn what_cannot_be_deleted_is_retained_or_forced() {
    let bench = Bench::new().await;
    // A policy that is attached to nobody can neither be made nor deleted.
    let broken = r#"{"Resources": {"Policy": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "p",
        "PolicyDocument": {"Version": "2012-10-17", "Statement": []}}}}}"#;
    for name in ["retained", "forced"] {
        let request = bench.client.create_stack().stack_name(name).template_body(broken);
        let id = request.capabilities("CAPABILITY_IAM".into()).send().await.unwrap().stack_id.unwrap();
        let stack = bench.settled(&id).await;
        let reason = "The following resource(s) failed to delete: [Policy]. ";
        assert_eq!((status(&stack), stack.stack_status_reason()), ("ROLLBACK_FAILED", Some(reason)));
        let delete = || bench.client.delete_stack().stack_name(name);
        let (_, text) = refusal(delete().retain_resources("Policy").send().await);
        assert!(text.contains("DELETE_FAILED"), "{text}");
        delete().send().await.unwrap();
        assert_eq!(status(&bench.settled(&id).await), "DELETE_FAILED");
        match name {
            "retained" => delete().retain_resources("Policy").send().await.unwrap(),
            _ => delete().deletion_mode("FORCE_DELETE_STACK".into()).send().await.unwrap(),
        };
        assert_eq!(status(&bench.settled(&id).await), "DELETE_COMPLETE");
        assert_eq!(bench.statuses(&id, "Policy").await.last().unwrap(), "DELETE_SKIPPED");
    }
}

#[tokio::test]
async fn a_deleted_stack_still_tells_its_outputs_but_exports_nothing() {
    let bench = Bench::new().await;
    let template =
        "Resources: {A: {Type: AWS::SNS::Topic}}\nOutputs: {O: {Value: told, Export: {Name: told}}}";
    let id = bench.create("topics", template).await.stack_id.unwrap();
    bench.client.delete_stack().stack_name("topics").send().await.unwrap();
    let stack = bench.settled(&id).await;
    assert_eq!(stack.outputs().first().and_then(|output| output.output_value()), Some("told"));
    assert!(bench.client.list_exports().send().await.unwrap().exports().is_empty());
}
