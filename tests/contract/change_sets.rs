//! Change sets: created asynchronously, described, executed once.

use super::{Bench, PATIENCE, refusal, sentence, status};
use aws_sdk_cloudformation::operation::describe_change_set::DescribeChangeSetOutput;
use aws_sdk_cloudformation::types::ChangeSetType;

const ONE: &str =
    r#"{"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "one"}}}}"#;
const TWO: &str =
    r#"{"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "two"}}}}"#;

impl Bench {
    /// Creates a change set and reads it until it is decided.
    async fn draft(&self, name: &str, kind: ChangeSetType, template: &str) -> DescribeChangeSetOutput {
        let request = self.client.create_change_set().stack_name("topic").change_set_name(name);
        let id = request.change_set_type(kind).template_body(template).send().await.unwrap().id.unwrap();
        for _ in 0..PATIENCE {
            let set = self.client.describe_change_set().change_set_name(&id).send().await.unwrap();
            let status = set.status().unwrap().as_str().to_owned();
            if !status.ends_with("_PENDING") && !status.ends_with("_IN_PROGRESS") {
                return set;
            }
        }
        panic!("{name} is never decided");
    }

    async fn execute(&self, set: &DescribeChangeSetOutput) {
        let id = set.change_set_id().unwrap();
        self.client.execute_change_set().change_set_name(id).send().await.unwrap();
        self.settled(set.stack_id().unwrap()).await;
    }
}

#[tokio::test]
async fn a_stack_is_reviewed_created_and_changed() {
    let bench = Bench::new().await;
    let create = bench.draft("first", ChangeSetType::Create, ONE).await;
    assert_eq!(sentence(&create), ("CREATE_COMPLETE", "AVAILABLE", ""));
    assert_eq!(create.changes()[0].resource_change().unwrap().action().unwrap().as_str(), "Add");
    let review = bench.stack("topic").await;
    assert_eq!(
        (status(&review), review.stack_status_reason()),
        ("REVIEW_IN_PROGRESS", Some("User Initiated"))
    );
    bench.execute(&create).await;
    let stack = bench.stack("topic").await;
    assert_eq!((status(&stack), stack.change_set_id()), ("CREATE_COMPLETE", create.change_set_id()));
    let update = bench.draft("second", ChangeSetType::Update, TWO).await;
    let change = update.changes()[0].resource_change().unwrap();
    assert_eq!(change.action().unwrap().as_str(), "Modify");
    assert_eq!(change.replacement().unwrap().as_str(), "False");
    bench.execute(&update).await;
    let story = bench.story("topic").await;
    let of_stack: Vec<&str> =
        story.iter().filter(|(id, ..)| id == "topic").map(|(_, status, _)| status.as_str()).collect();
    assert_eq!(
        of_stack,
        [
            "REVIEW_IN_PROGRESS",
            "CREATE_IN_PROGRESS",
            "CREATE_COMPLETE",
            "UPDATE_IN_PROGRESS",
            "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
            "UPDATE_COMPLETE"
        ]
    );
    let (code, _) = refusal(
        bench.client.execute_change_set().change_set_name(update.change_set_id().unwrap()).send().await,
    );
    assert_eq!(code, "InvalidChangeSetStatus");
}

#[tokio::test]
async fn a_change_set_takes_its_time() {
    let bench = Bench::slow().await;
    let request = bench.client.create_change_set().stack_name("topic").change_set_name("first");
    let request = request.change_set_type(ChangeSetType::Create).template_body(ONE);
    let id = request.send().await.unwrap().id.unwrap();
    let set = bench.client.describe_change_set().change_set_name(id).send().await.unwrap();
    assert_eq!(sentence(&set), ("CREATE_PENDING", "UNAVAILABLE", ""));
    let (code, _) =
        refusal(bench.client.execute_change_set().change_set_name(set.change_set_id().unwrap()).send().await);
    assert_eq!(code, "InvalidChangeSetStatus");
}

#[tokio::test]
async fn values_are_shown_on_demand() {
    let bench = Bench::new().await;
    bench.create("topic", ONE).await;
    let set = bench.draft("change", ChangeSetType::Update, TWO).await;
    let request = bench.client.describe_change_set().change_set_name(set.change_set_id().unwrap());
    let full = request.include_property_values(true).send().await.unwrap();
    let change = full.changes()[0].resource_change().unwrap().clone();
    let target = change.details()[0].target().unwrap();
    assert_eq!((target.before_value(), target.after_value()), (Some("one"), Some("two")));
    assert_eq!(target.path(), Some("/Properties/DisplayName"));
    assert!(
        change.before_context().unwrap().contains("one") && change.after_context().unwrap().contains("two")
    );
    let plain = set.changes()[0].resource_change().unwrap();
    assert_eq!(plain.details()[0].target().unwrap().before_value(), None);
}

#[tokio::test]
async fn nothing_to_change_is_a_failure() {
    let bench = Bench::new().await;
    bench.create("topic", ONE).await;
    let set = bench.draft("nothing", ChangeSetType::Update, ONE).await;
    let text = "The submitted information didn't contain changes. Submit different information to create a change set.";
    assert_eq!(sentence(&set), ("FAILED", "UNAVAILABLE", text));
    let (code, text) = refusal(
        bench.client.execute_change_set().change_set_name("nothing").stack_name("topic").send().await,
    );
    assert_eq!(code, "InvalidChangeSetStatus");
    assert!(text.ends_with("cannot be executed in its current status of [FAILED]"), "{text}");
    let again = bench.client.create_change_set().stack_name("topic").change_set_name("nothing");
    let (code, _) = refusal(again.template_body(TWO).send().await);
    assert_eq!(code, "AlreadyExistsException");
}

#[tokio::test]
async fn change_sets_vanish_when_another_is_executed_or_they_are_deleted() {
    let bench = Bench::new().await;
    bench.create("topic", ONE).await;
    let kept = bench.draft("kept", ChangeSetType::Update, TWO).await;
    let other = bench.draft("other", ChangeSetType::Update, TWO).await;
    bench.execute(&kept).await;
    let (code, text) = refusal(
        bench.client.describe_change_set().change_set_name(other.change_set_id().unwrap()).send().await,
    );
    assert_eq!(code, "ChangeSetNotFound");
    assert!(text.ends_with("does not exist"), "{text}");
    let done = bench.client.describe_change_set().change_set_name(kept.change_set_id().unwrap());
    assert_eq!(sentence(&done.send().await.unwrap()).1, "EXECUTE_COMPLETE");
    let delete =
        |stack: &str| bench.client.delete_change_set().stack_name(stack).change_set_name("never").send();
    delete("topic").await.unwrap();
    let (_, text) = refusal(delete("none").await);
    assert_eq!(text, "Stack [none] does not exist");
}

#[tokio::test]
async fn a_direct_update_makes_change_sets_obsolete() {
    let bench = Bench::new().await;
    bench.create("topic", ONE).await;
    let set = bench.draft("late", ChangeSetType::Update, TWO).await;
    bench.update("topic", TWO).await;
    let late = bench.client.describe_change_set().change_set_name(set.change_set_id().unwrap());
    assert_eq!(sentence(&late.send().await.unwrap()).1, "OBSOLETE");
}

#[tokio::test]
async fn types_must_fit_the_stack() {
    let bench = Bench::new().await;
    bench.create("topic", ONE).await;
    let request = |stack: &str, kind: ChangeSetType| {
        let request = bench.client.create_change_set().stack_name(stack).change_set_name("set");
        request.change_set_type(kind).template_body(TWO).send()
    };
    let (_, text) = refusal(request("topic", ChangeSetType::Create).await);
    assert_eq!(text, "Stack [topic] already exists and cannot be created again with the changeSet [set].");
    let (_, text) = refusal(request("none", ChangeSetType::Update).await);
    assert_eq!(text, "Stack [none] does not exist");
    let (_, text) = refusal(bench.client.describe_change_set().change_set_name("set").send().await);
    assert_eq!(text, "StackName must be specified if ChangeSetName is not specified as an ARN.");
}

#[tokio::test]
async fn a_stack_created_under_review_keeps_its_id() {
    let bench = Bench::new().await;
    let set = bench.draft("first", ChangeSetType::Create, ONE).await;
    let created = bench.client.create_stack().stack_name("topic").template_body(ONE).send().await.unwrap();
    assert_eq!(created.stack_id(), set.stack_id());
    let first = bench.client.describe_change_set().change_set_name(set.change_set_id().unwrap());
    assert_eq!(sentence(&first.send().await.unwrap()).1, "OBSOLETE");
}

#[tokio::test]
async fn what_a_failure_leads_to_is_said_once() {
    let failing = ONE.replace("DisplayName", "Colour");
    for (said, expected) in
        [("ROLLBACK", "ROLLBACK_COMPLETE"), ("DO_NOTHING", "CREATE_FAILED"), ("DELETE", "DELETE_COMPLETE")]
    {
        let bench = Bench::new().await;
        let request = bench.client.create_change_set().stack_name("topic").change_set_name("set");
        let request = request.change_set_type(ChangeSetType::Create).template_body(&failing);
        let request = request.disable_validation(true);
        let id = request.on_stack_failure(said.into()).send().await.unwrap().id.unwrap();
        let set = bench.decided(&id).await;
        assert_eq!(set.on_stack_failure().unwrap().as_str(), said);
        let twice =
            bench.client.execute_change_set().change_set_name(&id).disable_rollback(false).send().await;
        let (code, text) = refusal(twice);
        assert_eq!(code, "ValidationError");
        assert_eq!(
            text,
            "Either DisableRollback or OnStackFailure can be specified, but not both. Validation error as \
             OnStackFailure parameter was specified during CreateChangeSet."
        );
        assert_eq!(status(&bench.carried_out(&set).await), expected, "{said}");
        assert_eq!(bench.stack(set.stack_id().unwrap()).await.disable_rollback(), Some(said == "DO_NOTHING"));
    }
    let bench = Bench::new().await;
    bench.create("topic", ONE).await;
    let request =
        bench.client.create_change_set().stack_name("topic").change_set_name("set").template_body(TWO);
    let (code, _) = refusal(request.on_stack_failure("DELETE".into()).send().await);
    assert_eq!(code, "ValidationError");
}

#[tokio::test]
async fn settings_of_a_change_set_are_told_and_taken_over() {
    let bench = Bench::new().await;
    bench.create("topic", ONE).await;
    let tag = |value: &str| aws_sdk_cloudformation::types::Tag::builder().key("team").value(value).build();
    let deployment =
        aws_sdk_cloudformation::types::DeploymentConfig::builder().disable_rollback(true).build();
    let request = || {
        let request = bench.client.create_change_set().stack_name("topic").change_set_name("set");
        let request = request.use_previous_template(true).description("tags only").client_token("once");
        request.tags(tag("blue")).notification_arns("arn:aws:sns:eu-west-1:111122223333:told")
    };
    let first = request().deployment_config(deployment.clone()).send().await.unwrap();
    let again = request().deployment_config(deployment).send().await.unwrap();
    assert_eq!(first.id(), again.id(), "the same token creates once");
    let (code, text) = refusal(request().client_token("other").send().await);
    assert_eq!(code, "AlreadyExistsException");
    assert_eq!(text, format!("ChangeSet [{}] already exists", first.id().unwrap()));
    let set = bench.decided(first.id().unwrap()).await;
    assert_eq!((set.description(), set.tags()), (Some("tags only"), &[tag("blue")][..]));
    assert_eq!(set.notification_arns(), ["arn:aws:sns:eu-west-1:111122223333:told"]);
    assert_eq!(set.deployment_config().unwrap().disable_rollback(), Some(true));
    let change = set.changes()[0].resource_change().unwrap();
    let scope: Vec<&str> = change.scope().iter().map(|part| part.as_str()).collect();
    assert_eq!(scope, ["Tags"]);
    let target = change.details()[0].target().unwrap();
    assert_eq!((target.attribute().unwrap().as_str(), target.name()), ("Tags", None));
    let hooks =
        bench.client.describe_change_set_hooks().change_set_name(first.id().unwrap()).send().await.unwrap();
    assert!(hooks.hooks().is_empty());
    assert_eq!(hooks.status().unwrap().as_str(), "PLANNED");
    let stack = bench.carried_out(&set).await;
    assert_eq!((status(&stack), stack.tags()), ("UPDATE_COMPLETE", &[tag("blue")][..]));
    assert_eq!(stack.disable_rollback(), Some(true));
}

#[tokio::test]
async fn many_changes_are_one_page() {
    let bench = Bench::new().await;
    let topics = |count: usize, text: &str| {
        let topic = |index| {
            format!(r#""T{index}": {{"Type": "AWS::SNS::Topic", "Properties": {{"DisplayName": "{text}"}}}}"#)
        };
        format!(r#"{{"Resources": {{{}}}}}"#, (0..count).map(topic).collect::<Vec<_>>().join(","))
    };
    let set = bench.draft("many", ChangeSetType::Create, &topics(300, "x")).await;
    assert_eq!((set.changes().len(), set.next_token()), (300, None));
}

#[tokio::test]
async fn a_stack_under_review_can_be_deleted() {
    let bench = Bench::new().await;
    let set = bench.draft("first", ChangeSetType::Create, ONE).await;
    bench.client.delete_stack().stack_name("topic").send().await.unwrap();
    let id = set.stack_id().unwrap();
    assert_eq!(status(&bench.settled(id).await), "DELETE_COMPLETE");
    let gone = bench.client.describe_change_set().change_set_name(set.change_set_id().unwrap()).send().await;
    assert_eq!(refusal(gone).0, "ChangeSetNotFound");
}
