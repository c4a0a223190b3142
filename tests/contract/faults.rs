//! Whatever goes wrong on demand: each fault as a client of AWS meets it, ordered at the endpoint or by a file.

use super::{ACCOUNT, Bench, client, refusal, status};
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::config::retry::RetryConfig;
use aws_sdk_cloudformation::types::Capability;
use formwork::sandbox::{Options, Speed, start};
use serde_json::Value;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const ONE: &str = "Resources: {A: {Type: AWS::SNS::Topic}}";
const CHANGED: &str = "Resources: {A: {Type: AWS::SNS::Topic, Properties: {DisplayName: new}}}";
const WRONG: &str = "Resources: {A: {Type: AWS::SNS::Topic, Properties: {DisplayName: new}}, \
                     B: {Type: AWS::SNS::Topic, DependsOn: A}}";
const TWO: &str = "Resources: {A: {Type: AWS::SNS::Topic}, B: {Type: AWS::SNS::Topic}}";

/// Asks the endpoint: status and body.
pub(super) async fn ask(bench: &Bench, method: &str, body: &str) -> (u16, Value) {
    let mut stream = TcpStream::connect(bench.running.address).await.unwrap();
    let request = format!(
        "{method} /_sandbox/faults HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap())
}

/// A sandbox with one fault, written as in a list.
async fn faulty(fault: &str) -> Bench {
    let bench = Bench::new().await;
    order(&bench, fault).await;
    bench
}

async fn order(bench: &Bench, fault: &str) {
    let (status, body) = ask(bench, "PUT", &format!("faults: [{{{fault}}}]")).await;
    assert_eq!(status, 200, "{body}");
}

/// A client that tells every failure instead of trying again.
fn impatient(bench: &Bench, account: &str) -> Client {
    let client = client(&bench.running, account, "eu-west-1");
    let config = client.config().to_builder().retry_config(RetryConfig::disabled()).build();
    Client::from_conf(config)
}

/// The codes of so many calls in a row; empty where a call succeeded, `lost` where no answer came.
async fn codes(client: &Client, calls: usize) -> Vec<String> {
    let mut codes = Vec::new();
    for _ in 0..calls {
        codes.push(match client.list_stacks().send().await {
            Ok(_) => String::new(),
            Err(error) if error.as_service_error().is_none() => "lost".to_owned(),
            Err(error) => refusal::<(), _, _>(Err(error)).0,
        });
    }
    codes
}

#[tokio::test]
async fn the_endpoint_tells_replaces_and_removes_faults() {
    let bench = faulty("fail: no room, resource: A, times: once").await;
    assert_eq!(status(&bench.create("one", ONE).await), "ROLLBACK_COMPLETE");
    let (_, body) = ask(&bench, "GET", "").await;
    let expected = r#"{"faults":[{"fail":"no room","resource":"A","times":"once"}],"struck":[1]}"#;
    assert_eq!(body.to_string(), expected);
    let (status, body) = ask(&bench, "PUT", r#"{"faults": [{"fail": "x", "resorce": "A"}]}"#).await;
    assert_eq!(status, 400);
    assert!(body["message"].as_str().unwrap().contains("unknown field `resorce`"), "{body}");
    assert_eq!(ask(&bench, "DELETE", "").await.1.to_string(), r#"{"faults":[],"struck":[]}"#);
    assert_eq!(ask(&bench, "POST", "").await.0, 405);
}

#[tokio::test]
async fn a_scenario_is_read_from_a_file() {
    let folder = super::state::Folder::new("scenario");
    let path = folder.options(Speed::Max).state.unwrap().join("bad-day.yaml");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let options = || Options { scenario: Some(path.clone()), ..Options::default() };
    std::fs::write(&path, "faults:\n- fail: no room\n  resource: A\n  code: ServiceLimitExceeded\n").unwrap();
    let bench = Bench::with(options()).await;
    bench.create("one", ONE).await;
    let story = bench.story("one").await;
    let failure = story.iter().find(|(_, status, _)| status == "CREATE_FAILED").unwrap();
    assert!(failure.2.contains("message: \"no room\""), "{failure:?}");
    assert!(failure.2.contains("HandlerErrorCode: ServiceLimitExceeded"), "{failure:?}");
    std::fs::write(&path, "faults:\n- fail: no room\n  resorce: A\n").unwrap();
    let told = start(options()).await.unwrap_err().to_string();
    assert!(told.contains("bad-day.yaml:3`: ") && told.contains("unknown field `resorce`"), "{told}");
}

#[tokio::test]
async fn a_resource_fails_at_its_deletion() {
    let bench = faulty("fail: still in use, resource: A, on: delete, times: once").await;
    let id = bench.create("one", ONE).await.stack_id.unwrap();
    let delete = || bench.client.delete_stack().stack_name(&id).send();
    delete().await.unwrap();
    let stack = bench.settled(&id).await;
    assert_eq!(status(&stack), "DELETE_FAILED");
    assert_eq!(stack.stack_status_reason(), Some("The following resource(s) failed to delete: [A]. "));
    delete().await.unwrap();
    assert_eq!(status(&bench.settled(&id).await), "DELETE_COMPLETE");
}

#[tokio::test]
async fn the_rollback_of_a_creation_fails() {
    let bench = Bench::new().await;
    let faults = "faults: [{fail: no, resource: B}, {fail: never, resource: A, on: rollback}]";
    ask(&bench, "PUT", faults).await;
    let stack = bench.create("two", &WRONG.replace("DisplayName", "TopicName")).await;
    assert_eq!(status(&stack), "ROLLBACK_FAILED");
    assert_eq!(stack.stack_status_reason(), Some("The following resource(s) failed to delete: [A]. "));
}

#[tokio::test]
async fn the_rollback_of_an_update_fails_and_is_continued() {
    let bench = Bench::new().await;
    bench.create("two", ONE).await;
    ask(
        &bench,
        "PUT",
        "faults: [{fail: no, resource: B}, {fail: never, resource: A, on: rollback, times: 2}]",
    )
    .await;
    let stack = bench.update("two", WRONG).await;
    assert_eq!(status(&stack), "UPDATE_ROLLBACK_FAILED");
    assert_eq!(stack.stack_status_reason(), Some("The following resource(s) failed to update: [A]. "));
    let (_, text) = refusal(bench.client.update_stack().stack_name("two").template_body(TWO).send().await);
    assert!(text.ends_with("is in UPDATE_ROLLBACK_FAILED state and can not be updated."), "{text}");
    let go_on = || bench.client.continue_update_rollback().stack_name("two").send();
    go_on().await.unwrap();
    assert_eq!(status(&bench.settled("two").await), "UPDATE_ROLLBACK_FAILED");
    go_on().await.unwrap();
    assert_eq!(status(&bench.settled("two").await), "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!(bench.statuses("two", "A").await.last().unwrap(), "UPDATE_COMPLETE");
}

#[tokio::test]
async fn a_failed_rollback_goes_on_without_a_resource() {
    let bench = Bench::new().await;
    bench.create("two", ONE).await;
    ask(&bench, "PUT", "faults: [{fail: no, resource: B}, {fail: never, resource: A, on: rollback}]").await;
    bench.update("two", WRONG).await;
    bench.client.continue_update_rollback().stack_name("two").resources_to_skip("A").send().await.unwrap();
    assert_eq!(status(&bench.settled("two").await), "UPDATE_ROLLBACK_COMPLETE");
}

#[tokio::test]
async fn what_cannot_be_cleaned_up_is_left_behind() {
    let bench = faulty("fail: still in use, resource: B, on: cleanup").await;
    bench.create("two", TWO).await;
    let stack = bench.update("two", ONE).await;
    assert_eq!(status(&stack), "UPDATE_COMPLETE");
    let reason = "Update successful. One or more resources could not be deleted.";
    assert_eq!(stack.stack_status_reason(), Some(reason));
    let statuses = bench.statuses("two", "B").await;
    assert_eq!(statuses.iter().filter(|status| *status == "DELETE_FAILED").count(), 3, "{statuses:?}");
    let left = bench.client.list_stack_resources().stack_name("two").send().await.unwrap();
    assert_eq!(left.stack_resource_summaries().len(), 1);
    // A second attempt may succeed.
    order(&bench, "fail: busy, resource: B, on: cleanup, times: once").await;
    bench.update("two", TWO).await;
    assert_eq!(bench.update("two", ONE).await.stack_status_reason(), None);
}

#[tokio::test]
async fn an_operation_that_is_stuck_stays_in_progress_until_it_is_cancelled() {
    let bench = Bench::new().await;
    bench.create("one", ONE).await;
    order(&bench, "stuck: forever, type: 'AWS::SNS::*', stack: one").await;
    bench.client.update_stack().stack_name("one").template_body(CHANGED).send().await.unwrap();
    for _ in 0..50 {
        assert_eq!(status(&bench.stack("one").await), "UPDATE_IN_PROGRESS");
    }
    bench.client.cancel_update_stack().stack_name("one").send().await.unwrap();
    assert_eq!(status(&bench.settled("one").await), "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!(status(&bench.create("other", ONE).await), "CREATE_COMPLETE");
}

#[tokio::test]
async fn a_stuck_creation_ends_at_its_timeout_or_after_its_time() {
    let bench = faulty("stuck: forever, resource: A").await;
    let create = bench.client.create_stack().template_body(ONE);
    create.clone().stack_name("late").timeout_in_minutes(5).send().await.unwrap();
    assert_eq!(status(&bench.settled("late").await), "ROLLBACK_COMPLETE");
    order(&bench, "stuck: 3600, resource: A").await;
    let stack = bench.create("slow", ONE).await;
    let events = bench.client.describe_stack_events().stack_name("slow").send().await.unwrap();
    let last = events.stack_events().first().unwrap().timestamp().unwrap().secs();
    assert!(last - stack.creation_time().unwrap().secs() >= 3600);
}

#[tokio::test]
async fn calls_beyond_the_rate_are_throttled() {
    let bench = Bench::with(Options { speed: Speed::Times(0.001), ..Options::default() }).await;
    order(&bench, "throttle: 2, burst: 3").await;
    let client = impatient(&bench, ACCOUNT);
    assert_eq!(codes(&client, 5).await, ["", "", "", "Throttling", "Throttling"]);
    let (code, text) = refusal(client.list_stacks().send().await);
    assert_eq!((code.as_str(), text.as_str()), ("Throttling", "Rate exceeded"));
    // Other accounts and operations have their own rate.
    assert_eq!(codes(&impatient(&bench, "444455556666"), 1).await, [""]);
    client.list_exports().send().await.unwrap();
    order(&bench, "throttle: published").await;
    assert_eq!(codes(&client, 12).await.iter().filter(|code| code.is_empty()).count(), 10);
    let validate = || client.validate_template().template_body(ONE).send();
    validate().await.unwrap();
    validate().await.unwrap();
    assert_eq!(refusal(validate().await).0, "Throttling");
}

#[tokio::test]
async fn services_fail_every_now_and_then() {
    let bench = faulty("error: 500, every: 3").await;
    let client = impatient(&bench, ACCOUNT);
    let failed = "InternalFailure";
    assert_eq!(codes(&client, 6).await, ["", "", failed, "", "", failed]);
    order(&bench, "error: 503, times: 2, operation: List*").await;
    let failed = "ServiceUnavailable";
    assert_eq!(codes(&client, 3).await, [failed, failed, ""]);
    // The SDK's own client comes through.
    order(&bench, "error: 500, times: 1").await;
    bench.client.list_stacks().send().await.unwrap();
}

#[tokio::test]
async fn connections_are_dropped_before_or_after_the_deed() {
    let bench = faulty("drop: request, every: 2").await;
    let client = impatient(&bench, ACCOUNT);
    assert_eq!(codes(&client, 4).await, ["", "lost", "", "lost"]);
    let create = |name: &str| client.create_stack().stack_name(name).template_body(ONE).send();
    order(&bench, "drop: request, operation: CreateStack").await;
    assert!(create("unheard").await.is_err());
    order(&bench, "drop: answer, operation: CreateStack").await;
    assert!(create("unanswered").await.is_err());
    assert_eq!(status(&bench.settled("unanswered").await), "CREATE_COMPLETE");
    let (_, text) = refusal(client.describe_stacks().stack_name("unheard").send().await);
    assert_eq!(text, "Stack with id unheard does not exist");
}

#[tokio::test]
async fn answers_are_slow() {
    let bench = faulty("slow: 0.2, operation: ListStacks, times: once").await;
    let begun = Instant::now();
    bench.client.list_stacks().send().await.unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(200));
}

#[tokio::test]
async fn reads_are_stale() {
    let bench = Bench::with(Options { speed: Speed::Times(1000.0), ..Options::default() }).await;
    order(&bench, "stale: 200").await;
    bench.client.create_stack().stack_name("one").template_body(ONE).send().await.unwrap();
    let (_, text) = refusal(bench.client.describe_stacks().stack_name("one").send().await);
    assert_eq!(text, "Stack with id one does not exist");
    let begun = Instant::now();
    while bench.client.describe_stacks().stack_name("one").send().await.is_err() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // Two hundred simulated seconds are a fifth of a second here.
    assert!(begun.elapsed() >= Duration::from_millis(150) && begun.elapsed() < Duration::from_secs(3));
    // Changes see the present.
    let (code, _) = refusal(bench.client.create_stack().stack_name("one").template_body(ONE).send().await);
    assert_eq!(code, "AlreadyExistsException");
}

#[tokio::test]
async fn credentials_lapse_and_callers_are_denied() {
    let bench = faulty("expire: true, after: 2").await;
    let client = impatient(&bench, ACCOUNT);
    assert_eq!(codes(&client, 4).await, ["", "", "ExpiredToken", "ExpiredToken"]);
    let (_, text) = refusal(client.list_stacks().send().await);
    assert_eq!(text, "The security token included in the request is expired");
    order(&bench, "expire: true, since: 3600").await;
    assert_eq!(codes(&client, 1).await, [""]);
    order(&bench, "deny: true, operation: [CreateStack, DeleteStack], stack: 'prod-*'").await;
    let create = |name: &str| {
        let request = client.create_stack().stack_name(name).template_body(ONE);
        request.capabilities(Capability::CapabilityIam).send()
    };
    create("dev-one").await.unwrap();
    assert_eq!(
        refusal(create("prod-one").await),
        (
            "AccessDenied".to_owned(),
            "User: arn:aws:iam::111122223333:user/rehearsal is not authorized to perform: cloudformation:CreateStack \
             on resource: arn:aws:cloudformation:eu-west-1:111122223333:stack/prod-one/* because no identity-based \
             policy allows the cloudformation:CreateStack action"
                .to_owned()
        )
    );
}

#[tokio::test]
async fn an_account_may_be_full() {
    let bench = faulty("quota: 1").await;
    bench.create("one", ONE).await;
    let create = |name: &str| bench.client.create_stack().stack_name(name).template_body(ONE).send();
    let (code, text) = refusal(create("two").await);
    assert_eq!(
        (code.as_str(), text.as_str()),
        ("LimitExceededException", "Limit for stack has been exceeded")
    );
    assert_eq!(status(&bench.update("one", CHANGED).await), "UPDATE_COMPLETE");
}
