//! The words of refusals that no other subject's tests hold: who does not exist, what a state forbids, what a request
//! may not say.

use super::faults::ask;
use super::organizations::asked;
use super::protocol::http;
use super::{ACCOUNT, Bench, refusal, status};
use aws_sdk_cloudformation::types::{
    ChangeSetType, OnFailure, Parameter, RollbackConfiguration, RollbackTrigger,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const ONE: &str = "Resources: {A: {Type: AWS::SNS::Topic}}";
const TWO: &str = "Resources: {A: {Type: AWS::SNS::Topic, Properties: {DisplayName: new}}}";

/// Asserts code and text of a refusal that is a `ValidationError`.
fn invalid(found: (String, String), expected: &str) {
    assert_eq!(found, ("ValidationError".to_owned(), expected.to_owned()));
}

async fn order(bench: &Bench, faults: &str) {
    let (status, body) = ask(bench, "PUT", &format!("faults: [{faults}]")).await;
    assert_eq!(status, 200, "{body}");
}

/// Stores a large object; the connection stays open both ways until the answer is there.
async fn put_whole(address: std::net::SocketAddr, path: &str, body: &str) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let length = body.len();
    let head =
        format!("PUT {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn who_does_not_exist_is_said_in_the_form_of_the_operation() {
    let bench = Bench::new().await;
    let client = &bench.client;
    for found in [
        refusal(client.describe_stacks().stack_name("none").send().await),
        refusal(client.get_template().stack_name("none").send().await),
        refusal(client.get_template_summary().stack_name("none").send().await),
        refusal(client.list_stack_resources().stack_name("none").send().await),
    ] {
        invalid(found, "Stack with id none does not exist");
    }
    let update = client.create_change_set().stack_name("none").change_set_name("c").template_body(ONE);
    for found in [
        refusal(client.describe_stack_events().stack_name("none").send().await),
        refusal(client.describe_change_set().stack_name("none").change_set_name("c").send().await),
        refusal(client.delete_change_set().stack_name("none").change_set_name("c").send().await),
        refusal(update.change_set_type(ChangeSetType::Update).send().await),
        refusal(client.update_stack().stack_name("none").template_body(ONE).send().await),
    ] {
        invalid(found, "Stack [none] does not exist");
    }
    for found in [
        refusal(client.describe_stack_resource().stack_name("none").logical_resource_id("A").send().await),
        refusal(client.describe_stack_resources().stack_name("none").send().await),
    ] {
        invalid(found, "Stack 'none' does not exist");
    }
    client.delete_stack().stack_name("none").send().await.unwrap();
}

#[tokio::test]
async fn a_state_that_allows_no_update_is_named() {
    let bench = Bench::new().await;
    let check = async |id: &str, state: &str| {
        let expected = format!("Stack:{id} is in {state} state and can not be updated.");
        let update = bench.client.update_stack().stack_name(id).template_body(TWO);
        invalid(refusal(update.send().await), &expected);
        let set = bench.client.create_change_set().stack_name(id).change_set_name("c").template_body(TWO);
        invalid(refusal(set.send().await), &expected);
    };
    let id = bench.create("gone", ONE).await.stack_id.unwrap();
    bench.client.delete_stack().stack_name("gone").send().await.unwrap();
    bench.settled(&id).await;
    check(&id, "DELETE_COMPLETE").await;
    let id = bench.create("busy", ONE).await.stack_id.unwrap();
    order(&bench, "{stuck: forever, resource: A, on: update}").await;
    bench.client.update_stack().stack_name("busy").template_body(TWO).send().await.unwrap();
    check(&id, "UPDATE_IN_PROGRESS").await;
    order(&bench, "{fail: no, resource: A, on: [create, delete]}").await;
    let id = bench.create("dead", ONE).await.stack_id.unwrap();
    check(&id, "ROLLBACK_COMPLETE").await;
    order(&bench, "{fail: no, resource: A, on: delete}").await;
    let id = bench.create("kept", ONE).await.stack_id.unwrap();
    bench.client.delete_stack().stack_name("kept").send().await.unwrap();
    assert_eq!(status(&bench.settled(&id).await), "DELETE_FAILED");
    check(&id, "DELETE_FAILED").await;
}

#[tokio::test]
async fn what_a_deletion_may_not_be() {
    let bench = Bench::new().await;
    let id = bench.create("busy", ONE).await.stack_id.unwrap();
    let delete = || bench.client.delete_stack().stack_name("busy");
    invalid(
        refusal(delete().deletion_mode("FORCE_DELETE_STACK".into()).send().await),
        &format!(
            "Invalid operation on stack [{id}]. You can activate DeletionMode FORCE_DELETE_STACK in a delete stack \
             operation only when the stack is in the DELETE_FAILED state."
        ),
    );
    order(&bench, "{stuck: forever, resource: A}").await;
    bench.client.update_stack().stack_name("busy").template_body(TWO).send().await.unwrap();
    let expected = format!("Stack [{id}] cannot be deleted while in status UPDATE_IN_PROGRESS");
    invalid(refusal(delete().send().await), &expected);
}

#[tokio::test]
async fn a_paused_failure_tells_both_ways_out() {
    let bench = Bench::new().await;
    bench.create("one", ONE).await;
    order(&bench, "{fail: no, resource: A, on: update}").await;
    let update = |keep: bool| {
        bench.client.update_stack().stack_name("one").template_body(TWO).disable_rollback(keep).send()
    };
    update(true).await.unwrap();
    assert_eq!(status(&bench.settled("one").await), "UPDATE_FAILED");
    invalid(
        refusal(update(false).await),
        "This stack is currently in a non-terminal [UPDATE_FAILED] state. To update the stack from this state, please \
         use the disable-rollback parameter with update-stack API. To rollback to the last known good state, use the \
         rollback-stack API",
    );
}

#[tokio::test]
async fn change_sets_are_refused_by_name_and_by_identifier() {
    let bench = Bench::new().await;
    let id = bench.create("one", ONE).await.stack_id.unwrap();
    let create = bench.client.create_change_set().stack_name(&id).change_set_name("c").template_body(TWO);
    invalid(
        refusal(create.change_set_type(ChangeSetType::Create).send().await),
        &format!("Stack [{id}] already exists and cannot be created again with the changeSet [c]."),
    );
    let (code, text) =
        refusal(bench.client.describe_change_set().stack_name("one").change_set_name("c").send().await);
    assert_eq!((code.as_str(), text.as_str()), ("ChangeSetNotFound", "ChangeSet [c] does not exist"));
    let create = bench.client.create_change_set().stack_name("one").change_set_name("c").template_body(TWO);
    let set = create.send().await.unwrap().id.unwrap();
    let describe = || bench.client.describe_change_set().change_set_name(&set).send();
    while describe().await.unwrap().execution_status().unwrap().as_str() != "AVAILABLE" {}
    bench.update("one", TWO).await;
    let (code, text) = refusal(bench.client.execute_change_set().change_set_name(&set).send().await);
    assert_eq!(code, "InvalidChangeSetStatus");
    assert_eq!(
        text,
        format!("ChangeSet [{set}] cannot be executed in its current execution status of [OBSOLETE]")
    );
    bench.client.delete_change_set().change_set_name(&set).send().await.unwrap();
    let (code, text) = refusal(describe().await);
    assert_eq!((code, text), ("ChangeSetNotFound".to_owned(), format!("ChangeSet [{set}] does not exist")));
}

#[tokio::test]
async fn a_stack_under_review_is_named_but_has_no_template() {
    let bench = Bench::new().await;
    let create = bench.client.create_change_set().stack_name("new").change_set_name("c").template_body(ONE);
    let create = create.change_set_type(ChangeSetType::Create);
    let id = create.clone().send().await.unwrap().stack_id.unwrap();
    invalid(
        refusal(bench.client.get_template_summary().stack_name("new").send().await),
        "GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks.",
    );
    let resources = bench.client.list_stack_resources().stack_name("new").send().await.unwrap();
    assert!(resources.stack_resource_summaries().is_empty());
    let update = bench.client.create_change_set().stack_name("new").change_set_name("u").template_body(TWO);
    assert_eq!(refusal(update.change_set_type(ChangeSetType::Update).send().await).0, "ValidationError");
    // A further change set of type CREATE is welcome, and the stack outlives them all.
    create.clone().change_set_name("d").send().await.unwrap();
    for name in ["c", "d"] {
        bench.client.delete_change_set().stack_name("new").change_set_name(name).send().await.unwrap();
    }
    let stack = bench.stack("new").await;
    assert_eq!((status(&stack), stack.stack_id()), ("REVIEW_IN_PROGRESS", Some(id.as_str())));
}

#[tokio::test]
async fn settings_of_a_stack_are_held_to_their_form() {
    let bench = Bench::new().await;
    let create = || bench.client.create_stack().stack_name("s").template_body(ONE);
    invalid(
        refusal(create().resource_types("AWS::EC2:*").send().await),
        "Resource type AWS::SNS::Topic is not allowed by parameter ResourceTypes [AWS::EC2:*]",
    );
    let triggered = |arn: &str, kind: &str| {
        let trigger = RollbackTrigger::builder().arn(arn).r#type(kind).build();
        create()
            .rollback_configuration(RollbackConfiguration::builder().rollback_triggers(trigger).build())
            .send()
    };
    let alarm = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:late";
    invalid(refusal(triggered(alarm, "AWS::SNS::Topic").await), "Rollback Trigger Type not supported");
    invalid(
        refusal(triggered("arn:aws:cloudwatch:eu-west-1:111122223333:late", "AWS::CloudWatch::Alarm").await),
        "RelativeId of a Rollback Trigger's ARN is incorrect",
    );
    let policy =
        r#"{"Statement": [{"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}]}"#;
    let both = create().stack_policy_body(policy).stack_policy_url("https://b.s3.amazonaws.com/p.json");
    invalid(refusal(both.send().await), "You cannot specify both StackPolicyURL and StackPolicyBody");
    let (code, _) = refusal(create().disable_rollback(true).on_failure(OnFailure::Rollback).send().await);
    assert_eq!(code, "ValidationError");
    assert!(bench.client.describe_stacks().send().await.unwrap().stacks().is_empty());
}

#[tokio::test]
async fn templates_are_refused_in_full() {
    let bench = Bench::new().await;
    let address = bench.running.address;
    http(address, "PUT", "/templates", "").await;
    let large = format!("{ONE} # {}", "x".repeat(1_000_001));
    put_whole(address, "/templates/large.yaml", &large).await;
    let from = |url: &str| bench.client.validate_template().template_url(url).send();
    invalid(
        refusal(from("https://templates.s3.amazonaws.com/large.yaml").await),
        "Template may not exceed 1000000 bytes in size.",
    );
    let create = |body: &str| bench.client.create_stack().stack_name("s").template_body(body);
    for (template, expected) in [
        (
            "Resources: {my-a: {Type: AWS::SNS::Topic}}",
            "Template format error: Resource name my-a is non alphanumeric.",
        ),
        (
            "Resources: {'AWS::NoValue': {Type: AWS::SNS::Topic}}",
            "Template format error: Resource name AWS::NoValue is non alphanumeric.",
        ),
        (
            "Resources: {A: {Type: AWS::SNS::Topic, DependsOn: B}, B: {Type: AWS::SNS::Topic, DependsOn: A}}",
            "Circular dependency between resources: [A, B]",
        ),
        (
            "Mappings: {M: {K: {a: b}}}\nResources: {A: {Type: AWS::SNS::Topic, Properties: {DisplayName: !FindInMap [M, K, z]}}}",
            "Template error: Unable to get mapping for M::K::z",
        ),
        ("Resources: {A: {Type: AWS::SNS::Topic}", "Template format error: YAML not well-formed."),
        (
            "Resources: {A: {Type: AWS::SNS::Nothing}}",
            "Template format error: Unrecognized resource types: [AWS::SNS::Nothing]",
        ),
    ] {
        let (code, text) = refusal(create(template).send().await);
        assert_eq!(code, "ValidationError", "{template}");
        assert!(text.starts_with(expected), "{template}: {text}");
    }
}

#[tokio::test]
async fn values_of_parameters_are_refused_in_full() {
    let bench = Bench::new().await;
    let create = |body: &str| bench.client.create_stack().stack_name("s").template_body(body);
    let declared = format!("Parameters: {{P: {{Type: String, Default: x}}}}\n{ONE}");
    let previous = |value: Option<&str>| {
        let parameter = Parameter::builder().parameter_key("P").use_previous_value(true);
        parameter.set_parameter_value(value.map(str::to_owned)).build()
    };
    invalid(
        refusal(create(&declared).parameters(previous(None)).send().await),
        "Invalid input for parameter key P. Cannot specify usePreviousValue as true for a parameter key not in the \
         previous template",
    );
    invalid(
        refusal(create(&declared).parameters(previous(Some("y"))).send().await),
        "Invalid input for parameter key P. Cannot specify usePreviousValue as true and non empty value for a parameter",
    );
    let secret = r#"{"Name": "/secret", "Type": "SecureString", "Value": "x"}"#;
    let (stored, body) = asked(&bench, (ACCOUNT, "eu-west-1"), "ssm", "AmazonSSM.PutParameter", secret).await;
    assert_eq!(stored, 200, "{body}");
    let declared =
        format!("Parameters: {{P: {{Type: 'AWS::SSM::Parameter::Value<String>', Default: /secret}}}}\n{ONE}");
    invalid(
        refusal(create(&declared).send().await),
        "Parameters [/secret] referenced by template have types not supported by CloudFormation.",
    );
}
