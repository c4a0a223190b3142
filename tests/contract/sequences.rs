//! Whole stories: every event of an operation, first to last, with its reason.

use super::faults::ask;
use super::{Bench, PATIENCE, refusal, status};
use aws_sdk_cloudformation::types::{ChangeSetType, StackEvent};

const INITIATED: &str = "Resource creation Initiated";

/// What is expected: logical id, status, reason.
type Told<'a> = (&'a str, &'a str, &'a str);

async fn order(bench: &Bench, faults: &str) {
    let (status, body) = ask(bench, "PUT", &format!("faults: [{faults}]")).await;
    assert_eq!(status, 200, "{body}");
}

/// Asserts the story of a stack from an event on; a reason that ends in `…` is the beginning of what is told.
async fn told(bench: &Bench, stack: &str, from: usize, expected: &[Told<'_>]) {
    let story = bench.story(stack).await;
    let shown = format!("{:#?}", &story[from..]);
    assert_eq!(story.len() - from, expected.len(), "{shown}");
    for ((id, status, reason), wanted) in story[from..].iter().zip(expected) {
        assert_eq!((id.as_str(), status.as_str()), (wanted.0, wanted.1), "{shown}");
        match wanted.2.strip_suffix('…') {
            Some(start) => assert!(reason.starts_with(start), "{shown}"),
            None => assert_eq!(reason, wanted.2, "{shown}"),
        }
    }
}

/// Creates a change set, waits until it can be executed, and executes it.
async fn carried_out(bench: &Bench, stack: &str, kind: ChangeSetType, template: &str) -> String {
    let request =
        bench.client.create_change_set().stack_name(stack).change_set_name("c").template_body(template);
    let id = request.change_set_type(kind).send().await.unwrap().id.unwrap();
    for _ in 0..PATIENCE {
        let set = bench.client.describe_change_set().change_set_name(&id).send().await.unwrap();
        if set.execution_status().unwrap().as_str() == "AVAILABLE" {
            break;
        }
    }
    bench.client.execute_change_set().change_set_name(&id).send().await.unwrap();
    bench.settled(stack).await;
    id
}

const CHAIN: &str = "Resources: {A: {Type: AWS::SNS::Topic}, B: {Type: AWS::SNS::Topic, DependsOn: A}}";
const CHAIN_CHANGED: &str = "Resources: {A: {Type: AWS::SNS::Topic, Properties: {DisplayName: x}}, C: {Type: AWS::SNS::Topic, DependsOn: A}}";

#[tokio::test]
async fn a_creation_by_change_set() {
    let bench = Bench::new().await;
    carried_out(&bench, "shop", ChangeSetType::Create, CHAIN).await;
    told(
        &bench,
        "shop",
        0,
        &[
            ("shop", "REVIEW_IN_PROGRESS", "User Initiated"),
            ("shop", "CREATE_IN_PROGRESS", "User Initiated"),
            ("A", "CREATE_IN_PROGRESS", ""),
            ("A", "CREATE_IN_PROGRESS", INITIATED),
            ("A", "CREATE_COMPLETE", ""),
            ("B", "CREATE_IN_PROGRESS", ""),
            ("B", "CREATE_IN_PROGRESS", INITIATED),
            ("B", "CREATE_COMPLETE", ""),
            ("shop", "CREATE_COMPLETE", ""),
        ],
    )
    .await;
}

#[tokio::test]
async fn an_update_in_place_adds_changes_and_removes() {
    let bench = Bench::new().await;
    bench.create("shop", CHAIN).await;
    carried_out(&bench, "shop", ChangeSetType::Update, CHAIN_CHANGED).await;
    told(
        &bench,
        "shop",
        8,
        &[
            ("shop", "UPDATE_IN_PROGRESS", "User Initiated"),
            ("A", "UPDATE_IN_PROGRESS", ""),
            ("A", "UPDATE_COMPLETE", ""),
            ("C", "CREATE_IN_PROGRESS", ""),
            ("C", "CREATE_IN_PROGRESS", INITIATED),
            ("C", "CREATE_COMPLETE", ""),
            ("shop", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", ""),
            ("B", "DELETE_IN_PROGRESS", ""),
            ("B", "DELETE_COMPLETE", ""),
            ("shop", "UPDATE_COMPLETE", ""),
        ],
    )
    .await;
}

#[tokio::test]
async fn an_update_without_anything_to_delete_is_cleaned_up_too() {
    let bench = Bench::new().await;
    bench.create("shop", "Resources: {A: {Type: AWS::SNS::Topic}}").await;
    bench.update("shop", "Resources: {A: {Type: AWS::SNS::Topic, Properties: {DisplayName: x}}}").await;
    told(
        &bench,
        "shop",
        5,
        &[
            ("shop", "UPDATE_IN_PROGRESS", "User Initiated"),
            ("A", "UPDATE_IN_PROGRESS", ""),
            ("A", "UPDATE_COMPLETE", ""),
            ("shop", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", ""),
            ("shop", "UPDATE_COMPLETE", ""),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_replacement_shows_old_and_new_identifiers() {
    let bench = Bench::new().await;
    let topic = |name: &str| {
        format!("Resources: {{A: {{Type: AWS::SNS::Topic, Properties: {{TopicName: {name}}}}}}}")
    };
    bench.create("shop", &topic("old")).await;
    bench.update("shop", &topic("new")).await;
    let page = bench.client.describe_stack_events().stack_name("shop").send().await.unwrap();
    let mut events: Vec<&StackEvent> = page.stack_events().iter().collect();
    events.reverse();
    let arn = |name: &str| format!("arn:aws:sns:eu-west-1:111122223333:{name}");
    let needs = "Requested update requires the creation of a new physical resource; hence creating one.";
    let expected = [
        ("UPDATE_IN_PROGRESS", needs, arn("old")),
        ("UPDATE_IN_PROGRESS", INITIATED, arn("new")),
        ("UPDATE_COMPLETE", "", arn("new")),
        ("DELETE_IN_PROGRESS", "", arn("old")),
        ("DELETE_COMPLETE", "", arn("old")),
    ];
    let found: Vec<(&str, &str, String)> = events[5..]
        .iter()
        .filter(|event| event.logical_resource_id() == Some("A"))
        .map(|event| {
            let status = event.resource_status().unwrap().as_str();
            let id = event.physical_resource_id().unwrap_or_default().to_owned();
            (status, event.resource_status_reason().unwrap_or_default(), id)
        })
        .collect();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_creation_that_fails_and_is_rolled_back() {
    let bench = Bench::new().await;
    order(&bench, "{fail: no room, resource: B}").await;
    bench.create("shop", CHAIN).await;
    let handler = "Resource handler returned message: \"no room\" (RequestToken: …";
    told(
        &bench,
        "shop",
        0,
        &[
            ("shop", "CREATE_IN_PROGRESS", "User Initiated"),
            ("A", "CREATE_IN_PROGRESS", ""),
            ("A", "CREATE_IN_PROGRESS", INITIATED),
            ("A", "CREATE_COMPLETE", ""),
            ("B", "CREATE_IN_PROGRESS", ""),
            ("B", "CREATE_FAILED", handler),
            (
                "shop",
                "ROLLBACK_IN_PROGRESS",
                "The following resource(s) failed to create: [B]. Rollback requested by user.",
            ),
            ("B", "DELETE_COMPLETE", ""),
            ("A", "DELETE_IN_PROGRESS", ""),
            ("A", "DELETE_COMPLETE", ""),
            ("shop", "ROLLBACK_COMPLETE", ""),
        ],
    )
    .await;
}

#[tokio::test]
async fn an_update_that_fails_and_is_rolled_back() {
    let bench = Bench::new().await;
    bench.create("shop", CHAIN).await;
    order(&bench, "{fail: no room, resource: D}").await;
    let changed =
        CHAIN_CHANGED.replace("DependsOn: A}}", "DependsOn: A}, D: {Type: AWS::SNS::Topic, DependsOn: C}}");
    bench.update("shop", &changed).await;
    told(
        &bench,
        "shop",
        8,
        &[
            ("shop", "UPDATE_IN_PROGRESS", "User Initiated"),
            ("A", "UPDATE_IN_PROGRESS", ""),
            ("A", "UPDATE_COMPLETE", ""),
            ("C", "CREATE_IN_PROGRESS", ""),
            ("C", "CREATE_IN_PROGRESS", INITIATED),
            ("C", "CREATE_COMPLETE", ""),
            ("D", "CREATE_IN_PROGRESS", ""),
            ("D", "CREATE_FAILED", "Resource handler returned message: \"no room\" (RequestToken: …"),
            ("shop", "UPDATE_ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create: [D]. "),
            ("A", "UPDATE_IN_PROGRESS", ""),
            ("A", "UPDATE_COMPLETE", ""),
            ("shop", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", ""),
            ("C", "DELETE_IN_PROGRESS", ""),
            ("C", "DELETE_COMPLETE", ""),
            ("shop", "UPDATE_ROLLBACK_COMPLETE", ""),
        ],
    )
    .await;
}

#[tokio::test]
async fn siblings_of_a_failed_update_are_cancelled() {
    let bench = Bench::new().await;
    let pair = |text: &str| {
        format!(
            "Resources: {{Bad: {{Type: AWS::SNS::Topic, Properties: {{DisplayName: {text}}}}}, \
             Slow: {{Type: AWS::RDS::DBInstance, Properties: {{DBInstanceClass: db.t4g.micro, Engine: postgres, \
             AllocatedStorage: '20', MasterUsername: admin1, MasterUserPassword: {text}{text}}}}}}}"
        )
    };
    bench.create("shop", &pair("first")).await;
    order(&bench, "{fail: no, resource: Bad, on: update}").await;
    let stack = bench.update("shop", &pair("other")).await;
    assert_eq!(status(&stack), "UPDATE_ROLLBACK_COMPLETE");
    let story = bench.story("shop").await;
    let slow = story.iter().find(|(id, status, _)| id == "Slow" && status == "UPDATE_FAILED").unwrap();
    assert_eq!(slow.2, "Resource update cancelled");
    let rollback = story.iter().find(|(_, status, _)| status == "UPDATE_ROLLBACK_IN_PROGRESS").unwrap();
    assert!(rollback.2.starts_with("The following resource(s) failed to update: [Bad"), "{rollback:?}");
}

#[tokio::test]
async fn a_deletion_keeps_skips_and_fails() {
    let bench = Bench::new().await;
    let template = "Resources: {Kept: {Type: AWS::SNS::Topic, DeletionPolicy: Retain}, \
                    Bad: {Type: AWS::SNS::Topic, DependsOn: Kept}}";
    let id = bench.create("shop", template).await.stack_id.unwrap();
    order(&bench, "{fail: in use, resource: Bad, on: delete, times: once}").await;
    for _ in 0..2 {
        bench.client.delete_stack().stack_name(&id).send().await.unwrap();
        bench.settled(&id).await;
    }
    told(
        &bench,
        &id,
        8,
        &[
            ("shop", "DELETE_IN_PROGRESS", "User Initiated"),
            ("Bad", "DELETE_IN_PROGRESS", ""),
            ("Bad", "DELETE_FAILED", "Resource handler returned message: \"in use\" (RequestToken: …"),
            ("shop", "DELETE_FAILED", "The following resource(s) failed to delete: [Bad]. "),
            ("shop", "DELETE_IN_PROGRESS", "User Initiated"),
            ("Bad", "DELETE_IN_PROGRESS", ""),
            ("Bad", "DELETE_COMPLETE", ""),
            ("Kept", "DELETE_SKIPPED", ""),
            ("shop", "DELETE_COMPLETE", ""),
        ],
    )
    .await;
}

#[tokio::test]
async fn properties_that_do_not_fit_fail_the_resource() {
    let bench = Bench::new().await;
    bench.create("shop", "Resources: {A: {Type: AWS::SSM::Parameter, Properties: {Value: x}}}").await;
    told(
        &bench,
        "shop",
        0,
        &[
            ("shop", "CREATE_IN_PROGRESS", "User Initiated"),
            ("A", "CREATE_IN_PROGRESS", ""),
            ("A", "CREATE_FAILED", "Property validation failure: [The property {/Type} is required]"),
            (
                "shop",
                "ROLLBACK_IN_PROGRESS",
                "The following resource(s) failed to create: [A]. Rollback requested by user.",
            ),
            ("A", "DELETE_COMPLETE", ""),
            ("shop", "ROLLBACK_COMPLETE", ""),
        ],
    )
    .await;
}

#[tokio::test]
async fn what_is_named_by_hand_is_not_replaced() {
    let bench = Bench::new().await;
    let topic = |more: &str| {
        format!("Resources: {{A: {{Type: AWS::SNS::Topic, Properties: {{TopicName: news.fifo{more}}}}}}}")
    };
    bench.create("shop", &topic("")).await;
    bench.update("shop", &topic(", FifoTopic: true")).await;
    let failed =
        bench.story("shop").await.into_iter().find(|(_, status, _)| status == "UPDATE_FAILED").unwrap();
    assert_eq!(
        failed.2,
        "CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename news.fifo and \
         update the stack again."
    );
}

#[tokio::test]
async fn an_export_that_is_in_use_can_be_neither_changed_nor_taken_away() {
    let bench = Bench::new().await;
    let source = |outputs: &str| format!("{outputs}\nResources: {{A: {{Type: AWS::SNS::Topic}}}}");
    let exporting =
        |value: &str| source(&format!("Outputs: {{O: {{Value: {value}, Export: {{Name: word}}}}}}"));
    bench.create("source", &exporting("one")).await;
    let user =
        "Resources: {P: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: !ImportValue word}}}";
    bench.create("user", user).await;
    for (template, expected) in [
        (exporting("two"), "Export word cannot be updated as it is in use by user"),
        (source("Metadata: {m: 1}"), "Export word cannot be deleted as it is in use by user"),
    ] {
        assert_eq!(
            status(&bench.update("source", &template).await),
            "UPDATE_ROLLBACK_COMPLETE",
            "{template}"
        );
        let story = bench.story("source").await;
        let rollback =
            story.iter().rev().find(|(_, status, _)| status == "UPDATE_ROLLBACK_IN_PROGRESS").unwrap();
        assert!(rollback.2.starts_with(expected), "{rollback:?}");
    }
}

#[tokio::test]
async fn events_have_their_identifiers() {
    let bench = Bench::new().await;
    let create =
        bench.client.create_stack().stack_name("shop").template_body(CHAIN).client_request_token("word");
    let created = create.send().await.unwrap();
    bench.settled("shop").await;
    let page = bench.client.describe_stack_events().stack_name("shop").send().await.unwrap();
    let newest = page.stack_events().first().unwrap();
    assert_eq!(
        (newest.logical_resource_id(), newest.resource_type()),
        (Some("shop"), Some("AWS::CloudFormation::Stack"))
    );
    assert_eq!(newest.physical_resource_id(), created.stack_id());
    for event in page.stack_events() {
        assert_eq!(event.client_request_token(), Some("word"));
        assert_eq!((event.stack_id(), event.stack_name()), (created.stack_id(), Some("shop")));
        let (id, logical) = (event.event_id().unwrap(), event.logical_resource_id().unwrap());
        let status = event.resource_status().unwrap().as_str();
        match logical {
            "shop" => assert_eq!(id.len(), 36, "{id}"),
            _ => assert!(id.starts_with(&format!("{logical}-{status}-20")), "{id}"),
        }
    }
    let of_a: Vec<&StackEvent> =
        page.stack_events().iter().rev().filter(|event| event.logical_resource_id() == Some("A")).collect();
    assert_eq!(of_a[0].physical_resource_id(), Some(""));
    assert!(of_a[1].physical_resource_id().unwrap().starts_with("arn:aws:sns:"));
    assert_eq!(of_a[1].resource_properties(), Some("{}"));
    let events = bench.client.describe_events().stack_name("shop").send().await.unwrap();
    let operations: std::collections::BTreeSet<&str> =
        events.operation_events().iter().filter_map(|event| event.operation_id()).collect();
    let [operation] = operations.into_iter().collect::<Vec<_>>()[..] else {
        panic!("one operation made them all")
    };
    let by_id = bench.client.describe_events().operation_id(operation).send().await.unwrap();
    assert_eq!(by_id.operation_events().len(), events.operation_events().len());
    let failing = "Resources: {A: {Type: AWS::SSM::Parameter, Properties: {Value: x}}}";
    bench.create("bad", failing).await;
    let filter = aws_sdk_cloudformation::types::EventFilter::builder().failed_events(true).build();
    let failed = bench.client.describe_events().stack_name("bad").filters(filter).send().await.unwrap();
    let ids: Vec<Option<&str>> =
        failed.operation_events().iter().map(|event| event.logical_resource_id()).collect();
    assert!(ids.contains(&Some("A")) && failed.operation_events().len() < 3, "{ids:?}");
}

#[tokio::test]
async fn an_executed_change_set_outlives_its_stack_and_a_failed_one_is_spent() {
    let bench = Bench::new().await;
    let read = async |id: &str| {
        let set = bench.client.describe_change_set().change_set_name(id).send().await.unwrap();
        set.execution_status().unwrap().as_str().to_owned()
    };
    let executed = carried_out(&bench, "shop", ChangeSetType::Create, CHAIN).await;
    let id = bench.stack("shop").await.stack_id.unwrap();
    bench.client.delete_stack().stack_name("shop").send().await.unwrap();
    bench.settled(&id).await;
    assert_eq!(read(&executed).await, "EXECUTE_COMPLETE");
    order(&bench, "{fail: no, resource: B}").await;
    let failed = carried_out(&bench, "other", ChangeSetType::Create, CHAIN).await;
    assert_eq!(read(&failed).await, "EXECUTE_FAILED");
    let (code, text) = refusal(bench.client.execute_change_set().change_set_name(&failed).send().await);
    assert_eq!(code, "InvalidChangeSetStatus");
    assert!(
        text.ends_with("cannot be executed in its current execution status of [EXECUTE_FAILED]"),
        "{text}"
    );
}
