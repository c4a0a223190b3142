//! Answers by rule: custom resources, wait conditions and creation policies, and signals from outside.

use super::faults::ask;
use super::protocol::raw;
use super::{Bench, refusal, status};
use aws_sdk_cloudformation::types::ResourceSignalStatus;
use formwork::sandbox::{Options, Speed};

const CUSTOM: &str = r#"
Resources:
  Thing: {Type: Custom::Thing, Properties: {ServiceToken: "arn:aws:sns:eu-west-1:111122223333:t", Size: 1}}
Outputs:
  Colour: {Value: !GetAtt Thing.Colour}
  Id: {Value: !Ref Thing}
"#;
const WAIT: &str = r#"
Resources:
  Handle: {Type: AWS::CloudFormation::WaitConditionHandle}
  Ready: {Type: AWS::CloudFormation::WaitCondition, Properties: {Handle: !Ref Handle, Timeout: "4000", Count: 2}}
Outputs:
  Data: {Value: !GetAtt Ready.Data}
"#;
const POLICY: &str = r#"
Resources:
  Server:
    Type: AWS::EC2::Instance
    CreationPolicy: {ResourceSignal: {Count: 2, Timeout: PT10M}}
    Properties: {ImageId: ami-12345678}
"#;

async fn answering(rules: &str) -> Bench {
    let bench = Bench::new().await;
    rule(&bench, rules).await;
    bench
}

async fn rule(bench: &Bench, rules: &str) {
    let (status, body) = ask(bench, "PUT", &format!("answers: [{rules}]")).await;
    assert_eq!(status, 200, "{body}");
}

async fn output(bench: &Bench, stack: &str, key: &str) -> String {
    let stack = bench.stack(stack).await;
    let found = stack.outputs().iter().find(|one| one.output_key() == Some(key)).unwrap();
    found.output_value().unwrap().to_owned()
}

/// The reason of the first event of a resource with this status.
async fn reason(bench: &Bench, stack: &str, id: &str, status: &str) -> String {
    let story = bench.story(stack).await;
    let found = story.into_iter().find(|(one, told, _)| one == id && told == status);
    found.unwrap_or_else(|| panic!("{id} never was {status}")).2
}

#[tokio::test]
async fn without_a_rule_something_stands_in_for_the_data_of_a_custom_resource() {
    let bench = Bench::new().await;
    assert_eq!(status(&bench.create("shop", CUSTOM).await), "CREATE_COMPLETE");
    assert_eq!(output(&bench, "shop", "Colour").await, "Thing-Colour");
}

#[tokio::test]
async fn a_custom_resource_answers_with_data_and_its_own_identifier() {
    let bench = answering("{type: 'Custom::*', data: {Colour: red}, physicalResourceId: thing-1}").await;
    bench.create("shop", CUSTOM).await;
    assert_eq!(output(&bench, "shop", "Colour").await, "red");
    assert_eq!(output(&bench, "shop", "Id").await, "thing-1");
    let story = bench.story("shop").await;
    let story: Vec<_> = story
        .iter()
        .filter(|(id, ..)| id == "Thing")
        .map(|(_, one, two)| (one.as_str(), two.as_str()))
        .collect();
    let expected = [
        ("CREATE_IN_PROGRESS", ""),
        ("CREATE_IN_PROGRESS", "Resource creation Initiated"),
        ("CREATE_COMPLETE", ""),
    ];
    assert_eq!(story, expected);
}

#[tokio::test]
async fn another_identifier_at_an_update_is_a_replacement() {
    let bench = answering(
        "{on: create, data: {Colour: red}, physicalResourceId: thing-1}, \
         {on: update, data: {Colour: blue}, physicalResourceId: thing-2}",
    )
    .await;
    bench.create("shop", CUSTOM).await;
    let stack = bench.update("shop", &CUSTOM.replace("Size: 1", "Size: 2")).await;
    assert_eq!(status(&stack), "UPDATE_COMPLETE");
    assert_eq!(output(&bench, "shop", "Colour").await, "blue");
    assert_eq!(output(&bench, "shop", "Id").await, "thing-2");
    let statuses = bench.statuses("shop", "Thing").await;
    let wanted = [
        "UPDATE_IN_PROGRESS",
        "UPDATE_IN_PROGRESS",
        "UPDATE_COMPLETE",
        "DELETE_IN_PROGRESS",
        "DELETE_COMPLETE",
    ];
    assert_eq!(statuses[3..], wanted);
    let mut pages = bench.client.describe_stack_events().stack_name("shop").send().await.unwrap();
    let deleted = pages.stack_events.take().unwrap();
    let deleted = deleted.iter().find(|event| event.resource_status().unwrap().as_str() == "DELETE_COMPLETE");
    assert_eq!(deleted.unwrap().physical_resource_id(), Some("thing-1"));
    let story = bench.story("shop").await;
    let words = "Requested update required the provider to create a new physical resource";
    assert!(story.iter().any(|(id, _, reason)| id == "Thing" && reason == words), "{story:?}");
}

#[tokio::test]
async fn a_custom_resource_that_fails_is_rolled_back_and_deleted() {
    let bench = answering("{resource: Thing, on: create, status: FAILED, reason: no paint}").await;
    assert_eq!(status(&bench.create("shop", CUSTOM).await), "ROLLBACK_COMPLETE");
    let told = reason(&bench, "shop", "Thing", "CREATE_FAILED").await;
    let words =
        "Received response status [FAILED] from custom resource. Message returned: no paint (RequestId: ";
    assert!(told.starts_with(words) && told.ends_with(')'), "{told}");
    let statuses = bench.statuses("shop", "Thing").await;
    assert_eq!(statuses[1..], ["CREATE_FAILED", "DELETE_IN_PROGRESS", "DELETE_COMPLETE"]);
}

#[tokio::test]
async fn a_custom_resource_that_never_answers_times_out() {
    let bench = answering("{resource: Thing, on: create, never: true}").await;
    let template = CUSTOM.replace("Size: 1", "ServiceTimeout: 120");
    assert_eq!(status(&bench.create("shop", &template).await), "ROLLBACK_COMPLETE");
    let told = reason(&bench, "shop", "Thing", "CREATE_FAILED").await;
    let begin = "CloudFormation did not receive a response from your Custom Resource. Please check your logs for \
                 requestId [";
    let end = "]. If you are using the Python cfn-response module, you may need to update your Lambda function code \
               so that CloudFormation can attach the updated version.";
    assert!(told.starts_with(begin) && told.ends_with(end), "{told}");
    let page = bench.client.describe_stack_events().stack_name("shop").send().await.unwrap();
    let mut times =
        page.stack_events().iter().rev().filter(|event| event.logical_resource_id() == Some("Thing"));
    let (began, failed) =
        (times.next().unwrap().timestamp().unwrap(), times.next().unwrap().timestamp().unwrap());
    assert!((120..=122).contains(&(failed.secs() - began.secs())), "{began:?} {failed:?}");
}

#[tokio::test]
async fn an_answer_without_the_attribute_fails_its_reader() {
    let bench = answering("{resource: Thing, data: {Size: 1}}").await;
    let id = bench.create("shop", CUSTOM).await.stack_id.unwrap();
    let told = reason(&bench, "shop", "shop", "ROLLBACK_IN_PROGRESS").await;
    let words = format!(
        "CustomResource attribute error: Vendor response doesn't contain Colour key in object {id}|Thing|"
    );
    assert!(told.starts_with(&words), "{told}");
    let end = " in S3 bucket cloudformation-custom-resource-storage-euwest1. Rollback requested by user.";
    assert!(told.ends_with(end), "{told}");
}

#[tokio::test]
async fn what_nobody_may_see_is_shown_as_asterisks() {
    let bench = answering("{resource: Thing, data: {Colour: secret}, noEcho: true}").await;
    bench.create("shop", CUSTOM).await;
    assert_eq!(output(&bench, "shop", "Colour").await, "*****");
}

#[tokio::test]
async fn the_deletion_of_a_custom_resource_fails_once() {
    let bench =
        answering("{on: delete, status: FAILED, reason: in use, times: once}, {data: {Colour: red}}").await;
    let id = bench.create("shop", CUSTOM).await.stack_id.unwrap();
    bench.client.delete_stack().stack_name("shop").send().await.unwrap();
    assert_eq!(status(&bench.settled(&id).await), "DELETE_FAILED");
    let told = reason(&bench, &id, "Thing", "DELETE_FAILED").await;
    assert!(told.contains("Message returned: in use (RequestId: "), "{told}");
    bench.client.delete_stack().stack_name("shop").send().await.unwrap();
    assert_eq!(status(&bench.settled(&id).await), "DELETE_COMPLETE");
}

#[tokio::test]
async fn a_wait_condition_gets_signals_by_rule() {
    let bench = answering("{resource: Ready, data: {disk: formatted, net: up}}").await;
    bench.create("shop", WAIT).await;
    assert_eq!(output(&bench, "shop", "Data").await, r#"{"disk":"formatted","net":"up"}"#);
    rule(&bench, "{resource: Ready, status: FAILED, reason: no disk}").await;
    bench.create("two", WAIT).await;
    let told = reason(&bench, "two", "Ready", "CREATE_FAILED").await;
    assert_eq!(told, "WaitCondition received failed message: 'no disk' for uniqueId: signal-1");
    rule(&bench, "{resource: Ready, signals: 1}").await;
    bench.create("three", WAIT).await;
    let told = reason(&bench, "three", "Ready", "CREATE_FAILED").await;
    assert_eq!(told, "WaitCondition timed out. Received 1 conditions when expecting 2");
}

/// Puts a body to the address of a handle: status and answer.
async fn put(bench: &Bench, address: &str, header: &str, body: &str) -> (u16, String) {
    let path = address.strip_prefix(&bench.url()).unwrap();
    let request = format!(
        "PUT {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n{header}content-length: {}\r\n\r\n{body}",
        bench.running.address,
        body.len()
    );
    raw(bench.running.address, request.as_bytes()).await
}

/// Creates a stack with a resource that is never answered, in a world fast enough, and waits until it waits.
async fn waiting(template: &str, id: &str) -> Bench {
    let bench = Bench::with(Options { speed: Speed::Times(100.0), ..Options::default() }).await;
    rule(&bench, &format!("{{resource: {id}, never: true}}")).await;
    bench.client.create_stack().stack_name("shop").template_body(template).send().await.unwrap();
    loop {
        let initiated = |(one, _, told): &(String, String, String)| one == id && told.ends_with("Initiated");
        if bench.story("shop").await.iter().any(initiated) {
            return bench;
        }
    }
}

/// Reads a stack until it has settled, however often that is.
async fn ended(bench: &Bench) -> String {
    loop {
        let stack = bench.stack("shop").await;
        if !status(&stack).ends_with("_IN_PROGRESS") {
            return status(&stack).to_owned();
        }
    }
}

#[tokio::test]
async fn a_handle_takes_signals_over_http() {
    let bench = waiting(WAIT, "Ready").await;
    let handle = bench.client.describe_stack_resource().stack_name("shop").logical_resource_id("Handle");
    let handle = handle.send().await.unwrap().stack_resource_detail.unwrap();
    let address = handle.physical_resource_id.unwrap();
    let signal = |id: &str| {
        format!(r#"{{"Status": "SUCCESS", "Reason": "ok", "UniqueId": "{id}", "Data": "d-{id}"}}"#)
    };
    let (code, answer) = put(&bench, &address, "content-type: application/json\r\n", &signal("a")).await;
    assert_eq!(code, 403);
    assert!(answer.contains("<Code>SignatureDoesNotMatch</Code>"), "{answer}");
    assert_eq!(put(&bench, &format!("{address}x"), "", &signal("a")).await.0, 403);
    assert_eq!(put(&bench, &address, "", "{}").await.0, 400);
    assert_eq!(put(&bench, &address, "", &signal("a")).await.0, 200);
    assert_eq!(put(&bench, &address, "", &signal("b")).await.0, 200);
    assert_eq!(ended(&bench).await, "CREATE_COMPLETE");
    assert_eq!(output(&bench, "shop", "Data").await, r#"{"a":"d-a","b":"d-b"}"#);
}

#[tokio::test]
async fn a_creation_policy_is_signalled() {
    let bench = waiting(POLICY, "Server").await;
    let signal = |id: &str, status: ResourceSignalStatus| {
        let request = bench.client.signal_resource().stack_name("shop").logical_resource_id("Server");
        request.unique_id(id).status(status).send()
    };
    signal("i-1", ResourceSignalStatus::Success).await.unwrap();
    let (code, text) = refusal(signal("i-1", ResourceSignalStatus::Success).await);
    assert_eq!(code, "ValidationError");
    let words = "Signal with ID i-1 for resource Server already exists. Signals may only be updated with a FAILURE \
                 status.";
    assert_eq!(text, words);
    signal("i-2", ResourceSignalStatus::Success).await.unwrap();
    assert_eq!(ended(&bench).await, "CREATE_COMPLETE");
    let story = bench.story("shop").await;
    let told: Vec<_> =
        story.iter().filter(|(id, ..)| id == "Server").map(|(.., told)| told.as_str()).collect();
    let expected = [
        "",
        "Resource creation Initiated",
        "Received SUCCESS signal with UniqueId i-1",
        "Received SUCCESS signal with UniqueId i-2",
        "",
    ];
    assert_eq!(told, expected);
    let (_, text) = refusal(signal("i-3", ResourceSignalStatus::Success).await);
    let id = bench.stack("shop").await.stack_id.unwrap();
    assert_eq!(text, format!("Stack {id} is in CREATE_COMPLETE state and cannot be signaled"));
}

#[tokio::test]
async fn a_failure_signal_ends_the_wait_and_none_at_all_does_too() {
    let bench = waiting(POLICY, "Server").await;
    let request = bench.client.signal_resource().stack_name("shop").logical_resource_id("Server");
    request.unique_id("i-1").status(ResourceSignalStatus::Failure).send().await.unwrap();
    assert_eq!(ended(&bench).await, "ROLLBACK_COMPLETE");
    let told = reason(&bench, "shop", "Server", "CREATE_FAILED").await;
    assert_eq!(told, "Received FAILURE signal with UniqueId i-1");
    let bench = answering("{resource: Server, signals: 1}").await;
    bench.create("late", POLICY).await;
    let told = reason(&bench, "late", "Server", "CREATE_FAILED").await;
    assert_eq!(told, "Failed to receive 1 resource signal(s) within the specified duration");
}

#[tokio::test]
async fn rules_that_make_no_sense_are_refused() {
    let bench = Bench::new().await;
    let (code, told) = ask(&bench, "PUT", "answers: [{never: true, data: {A: b}}]").await;
    assert_eq!(code, 400);
    assert!(told["message"].as_str().unwrap().contains("says nothing else"), "{told}");
    let (_, told) = ask(&bench, "PUT", "answers: [{data: {A: b}, times: once, on: create}]").await;
    assert_eq!(told["answered"].to_string(), "[0]");
}
