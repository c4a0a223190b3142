//! Requests sent again: the same client token has one effect, and is not taken for anything else.

use super::state::Folder;
use super::{Bench, refusal, status};
use aws_sdk_cloudformation::types::ChangeSetType;
use formwork::sandbox::Speed;

const ONE: &str = r#"{"Resources":{"One":{"Type":"AWS::SNS::Topic"}}}"#;
const TWO: &str = r#"{"Resources":{"One":{"Type":"AWS::SNS::Topic"},"Two":{"Type":"AWS::SNS::Topic"}}}"#;

fn taken() -> (String, String) {
    ("TokenAlreadyExistsException".to_owned(), "A client request token already exists.".to_owned())
}

#[tokio::test]
async fn a_creation_sent_again_is_the_same_creation() {
    let bench = Bench::new().await;
    let create = |body: &str| {
        bench.client.create_stack().stack_name("post").template_body(body).client_request_token("t-1")
    };
    let first = create(ONE).send().await.unwrap();
    let again = create(ONE).send().await.unwrap();
    assert_eq!(first.stack_id(), again.stack_id());
    bench.settled("post").await;
    assert_eq!(create(ONE).send().await.unwrap().stack_id(), first.stack_id());
    assert_eq!(bench.statuses("post", "post").await, ["CREATE_IN_PROGRESS", "CREATE_COMPLETE"]);
    assert_eq!(refusal(create(TWO).send().await), taken());
    let other = bench.client.create_stack().stack_name("post").template_body(ONE).client_request_token("t-2");
    assert_eq!(refusal(other.send().await).0, "AlreadyExistsException");
}

#[tokio::test]
async fn a_token_belongs_to_one_operation() {
    let bench = Bench::new().await;
    bench.create("post", ONE).await;
    let update = |token: &str, body: &str| {
        bench.client.update_stack().stack_name("post").template_body(body).client_request_token(token)
    };
    let first = update("u-1", TWO).send().await.unwrap();
    bench.settled("post").await;
    // Without the token this would be refused: there is nothing left to update.
    assert_eq!(update("u-1", TWO).send().await.unwrap().stack_id(), first.stack_id());
    assert_eq!(refusal(update("u-2", TWO).send().await).1, "No updates are to be performed.");
    assert_eq!(refusal(update("u-1", ONE).send().await), taken());
    let delete = || bench.client.delete_stack().stack_name("post");
    assert_eq!(refusal(delete().client_request_token("u-1").send().await), taken());
    assert_eq!(status(&bench.stack("post").await), "UPDATE_COMPLETE");
    // A request that was refused has used up nothing.
    delete().client_request_token("u-2").send().await.unwrap();
    delete().client_request_token("u-2").send().await.unwrap();
}

#[tokio::test]
async fn change_sets_are_made_and_executed_once() {
    let bench = Bench::new().await;
    let create = |name: &str| {
        let create = bench.client.create_change_set().stack_name("plan").change_set_name(name);
        create.template_body(ONE).change_set_type(ChangeSetType::Create).client_token("c-1")
    };
    let first = create("first").send().await.unwrap();
    assert_eq!(create("first").send().await.unwrap().id(), first.id());
    assert_eq!(refusal(create("second").send().await), taken());
    for _ in 0..10 {
        let described = bench.client.describe_change_set().change_set_name(first.id().unwrap()).send().await;
        if described.unwrap().status().unwrap().as_str() == "CREATE_COMPLETE" {
            break;
        }
    }
    // The word may be that of the creation: tokens of change sets are another kind.
    let execute =
        || bench.client.execute_change_set().change_set_name(first.id().unwrap()).client_request_token("c-1");
    execute().send().await.unwrap();
    bench.settled("plan").await;
    execute().send().await.unwrap();
    let (code, _) = refusal(execute().client_request_token("x-2").send().await);
    assert_eq!(code, "InvalidChangeSetStatus");
    assert_eq!(bench.statuses("plan", "One").await.len(), 3);
}

#[tokio::test]
async fn a_deleted_change_set_can_be_made_again() {
    let bench = Bench::new().await;
    let create = || {
        let create = bench.client.create_change_set().stack_name("plan").change_set_name("draft");
        create.template_body(ONE).change_set_type(ChangeSetType::Create).client_token("c-1")
    };
    let first = create().send().await.unwrap();
    bench.client.delete_change_set().change_set_name(first.id().unwrap()).send().await.unwrap();
    let second = create().send().await.unwrap();
    assert_eq!(first.stack_id(), second.stack_id());
    assert_ne!(first.id(), second.id());
}

#[tokio::test]
async fn stack_sets_and_their_operations_are_made_once() {
    let bench = Bench::new().await;
    let create = |body: &str| {
        bench
            .client
            .create_stack_set()
            .stack_set_name("fleet")
            .template_body(body)
            .client_request_token("s-1")
    };
    let first = create(ONE).send().await.unwrap();
    assert_eq!(create(ONE).send().await.unwrap().stack_set_id(), first.stack_set_id());
    assert_eq!(refusal(create(TWO).send().await).0, "CreatedButModifiedException");
    let instances = |region: &str| {
        let create = bench.client.create_stack_instances().stack_set_name("fleet").operation_id("o-1");
        create.accounts("111122223333").regions(region)
    };
    assert_eq!(instances("eu-west-1").send().await.unwrap().operation_id(), Some("o-1"));
    assert_eq!(instances("eu-west-1").send().await.unwrap().operation_id(), Some("o-1"));
    let (code, _) = refusal(instances("us-east-1").send().await);
    assert_eq!(code, "OperationIdAlreadyExistsException");
}

#[tokio::test]
async fn tokens_survive_the_process() {
    let folder = Folder::new("tokens");
    let mut ids = Vec::new();
    for _ in 0..2 {
        let bench = Bench::with(folder.options(Speed::Max)).await;
        let create = bench.client.create_stack().stack_name("post").template_body(ONE);
        let answer = create.client_request_token("t-1").send().await.unwrap();
        ids.push(answer.stack_id().unwrap().to_owned());
        bench.running.stop().await;
    }
    assert_eq!(ids[0], ids[1]);
}
