//! Stacks from creation to deletion, and how they are listed.

use super::{Bench, refusal, status};
use aws_sdk_cloudformation::types::{Parameter, Tag};

const QUEUE: &str = r#"
Description: A queue and where it is
Parameters:
  Label: {Type: String, Default: plain}
  Password: {Type: String, NoEcho: true, Default: hidden}
Resources:
  Queue: {Type: AWS::SQS::Queue}
  Place:
    Type: AWS::SSM::Parameter
    Properties: {Type: String, Value: !Sub "${Queue.Arn} ${Label}"}
Outputs:
  Place: {Description: Where, Value: !Ref Place}
"#;

#[tokio::test]
async fn a_creation_is_asynchronous_and_goes_by_dependencies() {
    let slow = Bench::slow().await;
    slow.client.create_stack().stack_name("queue").template_body(QUEUE).send().await.unwrap();
    assert_eq!(status(&slow.stack("queue").await), "CREATE_IN_PROGRESS");
    let bench = Bench::new().await;
    let stack = bench.create("queue", QUEUE).await;
    assert_eq!(status(&stack), "CREATE_COMPLETE");
    assert_eq!(stack.description(), Some("A queue and where it is"));
    assert_eq!(stack.outputs()[0].output_key(), Some("Place"));
    let hidden = stack.parameters().iter().find(|one| one.parameter_key() == Some("Password")).unwrap();
    assert_eq!(hidden.parameter_value(), Some("****"));
    let story = bench.story("queue").await;
    let told: Vec<(&str, &str, &str)> =
        story.iter().map(|(id, status, reason)| (id.as_str(), status.as_str(), reason.as_str())).collect();
    assert_eq!(told[0], ("queue", "CREATE_IN_PROGRESS", "User Initiated"));
    assert_eq!(told[1], ("Queue", "CREATE_IN_PROGRESS", ""));
    assert_eq!(told[2], ("Queue", "CREATE_IN_PROGRESS", "Resource creation Initiated"));
    let at = |wanted: (&str, &str, &str)| told.iter().position(|one| *one == wanted).unwrap();
    assert!(at(("Queue", "CREATE_COMPLETE", "")) < at(("Place", "CREATE_IN_PROGRESS", "")));
    assert_eq!(*told.last().unwrap(), ("queue", "CREATE_COMPLETE", ""));
}

#[tokio::test]
async fn a_deleted_stack_is_found_by_its_id_only() {
    let bench = Bench::new().await;
    let id = bench.create("queue", QUEUE).await.stack_id().unwrap().to_owned();
    bench.client.delete_stack().stack_name("queue").send().await.unwrap();
    let gone = bench.settled(&id).await;
    assert_eq!(status(&gone), "DELETE_COMPLETE");
    assert!(gone.deletion_time().is_some() && !gone.outputs().is_empty());
    let (code, text) = refusal(bench.client.describe_stacks().stack_name("queue").send().await);
    assert_eq!((code.as_str(), text.as_str()), ("ValidationError", "Stack with id queue does not exist"));
    bench.client.delete_stack().stack_name("queue").send().await.unwrap();
    let again = bench.create("queue", QUEUE).await;
    assert_ne!(again.stack_id(), Some(id.as_str()));
}

#[tokio::test]
async fn names_are_taken_once() {
    let bench = Bench::new().await;
    bench.create("queue", QUEUE).await;
    let (code, text) =
        refusal(bench.client.create_stack().stack_name("queue").template_body(QUEUE).send().await);
    assert_eq!((code.as_str(), text.as_str()), ("AlreadyExistsException", "Stack [queue] already exists"));
    let (_, text) = refusal(bench.client.create_stack().stack_name("a_b").template_body(QUEUE).send().await);
    assert!(text.starts_with("1 validation error detected: Value 'a_b' at 'stackName'"), "{text}");
}

#[tokio::test]
async fn the_same_token_creates_once() {
    let bench = Bench::new().await;
    let request =
        || bench.client.create_stack().stack_name("queue").template_body(QUEUE).client_request_token("t-1");
    let first = request().send().await.unwrap();
    let second = request().send().await.unwrap();
    assert_eq!(first.stack_id(), second.stack_id());
    bench.settled("queue").await;
    let events = bench.client.describe_stack_events().stack_name("queue").send().await.unwrap();
    assert!(events.stack_events().iter().all(|event| event.client_request_token() == Some("t-1")));
}

#[tokio::test]
async fn tags_are_kept_when_left_out_and_cleared_when_empty() {
    let bench = Bench::new().await;
    let tag = Tag::builder().key("team").value("a").build();
    bench.client.create_stack().stack_name("queue").template_body(QUEUE).tags(tag).send().await.unwrap();
    bench.settled("queue").await;
    let label = |text: &str| Parameter::builder().parameter_key("Label").parameter_value(text).build();
    let update = || bench.client.update_stack().stack_name("queue").use_previous_template(true);
    update().parameters(label("other")).send().await.unwrap();
    assert_eq!(bench.settled("queue").await.tags().len(), 1);
    update().parameters(label("other")).set_tags(Some(vec![])).send().await.unwrap();
    assert_eq!(bench.settled("queue").await.tags().len(), 0);
    let (_, text) = refusal(update().parameters(label("other")).send().await);
    assert_eq!(text, "No updates are to be performed.");
}

#[tokio::test]
async fn lists_come_in_pages_the_newest_first() {
    let bench = Bench::new().await;
    for number in 0..105 {
        let name = format!("stack-{number}");
        bench.client.create_stack().stack_name(name).template_body(QUEUE).send().await.unwrap();
    }
    let first = bench.client.describe_stacks().send().await.unwrap();
    assert_eq!((first.stacks().len(), first.stacks()[0].stack_name()), (100, Some("stack-104")));
    let rest = bench.client.describe_stacks().next_token(first.next_token().unwrap()).send().await.unwrap();
    assert_eq!((rest.stacks().len(), rest.next_token()), (5, None));
    let listed =
        bench.client.list_stacks().into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
    assert_eq!(listed.unwrap().len(), 105);
}

#[tokio::test]
async fn resources_are_described_in_three_ways() {
    let bench = Bench::new().await;
    bench.create("queue", QUEUE).await;
    let listed = bench.client.list_stack_resources().stack_name("queue").send().await.unwrap();
    assert_eq!(listed.stack_resource_summaries().len(), 2);
    let all = bench.client.describe_stack_resources().stack_name("queue").send().await.unwrap();
    assert_eq!(all.stack_resources().len(), 2);
    let one = bench.client.describe_stack_resource().stack_name("queue").logical_resource_id("Queue");
    let one = one.send().await.unwrap();
    assert_eq!(one.stack_resource_detail().unwrap().resource_type(), Some("AWS::SQS::Queue"));
    let (_, text) = refusal(
        bench.client.describe_stack_resource().stack_name("queue").logical_resource_id("X").send().await,
    );
    assert_eq!(text, "Resource X does not exist for stack queue");
    let (_, text) = refusal(bench.client.describe_stack_resources().stack_name("none").send().await);
    assert_eq!(text, "Stack 'none' does not exist");
}
