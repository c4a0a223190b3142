//! Stack refactors: resources change their stack or their name, and nothing else.

use super::{Bench, refusal, status};
use aws_sdk_cloudformation::operation::describe_stack_refactor::DescribeStackRefactorOutput;
use aws_sdk_cloudformation::types::{ResourceLocation, ResourceMapping, StackDefinition};

const BOTH: &str = r#"
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs}}
  Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: !GetAtt Queue.QueueName}}
"#;
const TOPIC: &str = r#"
Resources:
  Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: !ImportValue queue-name}}
"#;
const QUEUE: &str = r#"
Resources:
  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs}}
Outputs:
  Name: {Value: !GetAtt Jobs.QueueName, Export: {Name: queue-name}}
"#;
const OTHER: &str = "Resources: {Log: {Type: AWS::Logs::LogGroup}}";

fn definition(name: &str, template: &str) -> StackDefinition {
    StackDefinition::builder().stack_name(name).template_body(template).build()
}

fn mapping(from: (&str, &str), to: (&str, &str)) -> ResourceMapping {
    let place = |(stack, id): (&str, &str)| {
        ResourceLocation::builder().stack_name(stack).logical_resource_id(id).build()
    };
    ResourceMapping::builder().source(place(from)).destination(place(to)).build()
}

/// Creates a refactor and waits until it is prepared.
async fn prepared(
    bench: &Bench,
    definitions: &[(&str, &str)],
    mappings: Vec<ResourceMapping>,
    creation: bool,
) -> DescribeStackRefactorOutput {
    let mut request = bench.client.create_stack_refactor().enable_stack_creation(creation);
    for (name, template) in definitions {
        request = request.stack_definitions(definition(name, template));
    }
    for one in mappings {
        request = request.resource_mappings(one);
    }
    let id = request.send().await.unwrap().stack_refactor_id.unwrap();
    until(bench, &id, |one| one.status().unwrap().as_str() != "CREATE_IN_PROGRESS").await
}

async fn described(bench: &Bench, id: &str) -> DescribeStackRefactorOutput {
    bench.client.describe_stack_refactor().stack_refactor_id(id).send().await.unwrap()
}

async fn until(
    bench: &Bench,
    id: &str,
    reached: impl Fn(&DescribeStackRefactorOutput) -> bool,
) -> DescribeStackRefactorOutput {
    for _ in 0..super::PATIENCE {
        let found = described(bench, id).await;
        if reached(&found) {
            return found;
        }
    }
    panic!("the refactor does not go on");
}

async fn executed(bench: &Bench, id: &str) {
    bench.client.execute_stack_refactor().stack_refactor_id(id).send().await.unwrap();
    until(bench, id, |one| one.execution_status().unwrap().as_str() == "EXECUTE_COMPLETE").await;
}

async fn physical(bench: &Bench, stack: &str, id: &str) -> String {
    let one = bench.client.describe_stack_resource().stack_name(stack).logical_resource_id(id).send().await;
    one.unwrap().stack_resource_detail.unwrap().physical_resource_id.unwrap()
}

#[tokio::test]
async fn a_resource_moves_to_another_stack_under_another_name() {
    let bench = Bench::new().await;
    bench.create("shop", BOTH).await;
    bench.create("jobs", OTHER).await;
    let (queue, topic) = (physical(&bench, "shop", "Queue").await, physical(&bench, "shop", "Topic").await);
    let after = QUEUE.replace("Resources:", "Resources:\n  Log: {Type: AWS::Logs::LogGroup}");
    let found = prepared(&bench, &[("shop", TOPIC), ("jobs", &after)], Vec::new(), false).await;
    assert_eq!(found.status_reason(), None);
    assert_eq!(found.execution_status().unwrap().as_str(), "AVAILABLE");
    let id = found.stack_refactor_id().unwrap();
    let actions = bench.client.list_stack_refactor_actions().stack_refactor_id(id).send().await.unwrap();
    let [action] = actions.stack_refactor_actions() else { panic!("{actions:?}") };
    assert_eq!(action.action().unwrap().as_str(), "MOVE");
    assert_eq!(action.detection().unwrap().as_str(), "AUTO");
    assert_eq!(action.description(), Some("No configuration changes detected."));
    assert_eq!(action.physical_resource_id(), Some(queue.as_str()));
    let target = action.resource_mapping().unwrap().destination().unwrap();
    assert_eq!(target.logical_resource_id(), Some("Jobs"));
    assert!(target.stack_name().unwrap().contains(":stack/jobs/"));
    executed(&bench, id).await;
    for name in ["shop", "jobs"] {
        assert_eq!(status(&bench.settled(name).await), "UPDATE_COMPLETE");
    }
    assert_eq!(physical(&bench, "jobs", "Jobs").await, queue);
    assert_eq!(physical(&bench, "shop", "Topic").await, topic);
    let statuses = bench.statuses("shop", "Queue").await;
    assert_eq!(statuses[3..], ["EXPORT_IN_PROGRESS", "EXPORT_COMPLETE"]);
    assert_eq!(bench.statuses("jobs", "Jobs").await, ["IMPORT_IN_PROGRESS", "IMPORT_COMPLETE"]);
    let template = bench.client.get_template().stack_name("shop").send().await.unwrap();
    assert_eq!(template.template_body(), Some(TOPIC));
    let (_, text) = refusal(bench.client.delete_stack().stack_name("jobs").send().await);
    assert_eq!(text, "Export queue-name cannot be deleted as it is in use by shop");
    let (_, text) = refusal(bench.client.update_stack().stack_name("shop").template_body(TOPIC).send().await);
    assert_eq!(text, "No updates are to be performed.");
    bench.client.delete_stack().stack_name("shop").send().await.unwrap();
}

#[tokio::test]
async fn a_refactor_is_prepared_first() {
    let bench = Bench::slow().await;
    bench.client.create_stack().stack_name("shop").template_body(OTHER).send().await.unwrap();
    let request = bench.client.create_stack_refactor().stack_definitions(definition("shop", OTHER));
    let id = request.description("tidy").send().await.unwrap().stack_refactor_id.unwrap();
    let found = described(&bench, &id).await;
    assert_eq!(found.status().unwrap().as_str(), "CREATE_IN_PROGRESS");
    assert_eq!(found.execution_status().unwrap().as_str(), "UNAVAILABLE");
    assert_eq!(found.description(), Some("tidy"));
    let (_, text) = refusal(bench.client.execute_stack_refactor().stack_refactor_id(&id).send().await);
    let words = "cannot be executed in its current execution status of [UNAVAILABLE]";
    assert_eq!(text, format!("StackRefactor [{id}] {words}"));
}

#[tokio::test]
async fn a_stack_is_created_by_a_refactor_if_that_is_wanted() {
    let bench = Bench::new().await;
    bench.create("shop", BOTH).await;
    let definitions = [("shop", TOPIC), ("jobs", QUEUE)];
    let request = bench.client.create_stack_refactor();
    let request =
        request.stack_definitions(definition("shop", TOPIC)).stack_definitions(definition("jobs", QUEUE));
    assert_eq!(refusal(request.send().await).1, "Stack [jobs] does not exist");
    let conditional = format!("{QUEUE}Conditions: {{Never: !Equals [a, b]}}\n");
    let found = prepared(&bench, &[("shop", TOPIC), ("jobs", &conditional)], Vec::new(), true).await;
    let words =
        "Following template sections are not allowed when creating a stack while refactoring: Conditions";
    assert!(found.status_reason().unwrap().ends_with(words), "{found:?}");
    assert_eq!(found.stack_ids()[1], "jobs", "a stack that was not planned has no identifier");
    let found =
        prepared(&bench, &definitions, vec![mapping(("shop", "Queue"), ("jobs", "Jobs"))], true).await;
    let id = found.stack_refactor_id().unwrap();
    let actions = bench.client.list_stack_refactor_actions().stack_refactor_id(id).send().await.unwrap();
    let told: Vec<_> = actions
        .stack_refactor_actions()
        .iter()
        .map(|one| {
            (
                one.action().unwrap().as_str(),
                one.entity().unwrap().as_str(),
                one.detection().unwrap().as_str(),
            )
        })
        .collect();
    assert_eq!(told, [("MOVE", "RESOURCE", "MANUAL"), ("CREATE", "STACK", "MANUAL")]);
    executed(&bench, id).await;
    let stack = bench.settled("jobs").await;
    assert_eq!(status(&stack), "CREATE_COMPLETE");
    assert_eq!(stack.stack_id(), Some(found.stack_ids()[1].as_str()));
    let statuses = bench.statuses("jobs", "jobs").await;
    assert_eq!(statuses, ["CREATE_IN_PROGRESS", "CREATE_COMPLETE"]);
}

#[tokio::test]
async fn a_resource_gets_another_name_in_its_stack() {
    let bench = Bench::new().await;
    bench.create("shop", OTHER).await;
    let old = physical(&bench, "shop", "Log").await;
    let found = prepared(&bench, &[("shop", &OTHER.replace("Log:", "Journal:"))], Vec::new(), false).await;
    executed(&bench, found.stack_refactor_id().unwrap()).await;
    assert_eq!(physical(&bench, "shop", "Journal").await, old);
    let (_, text) = refusal(
        bench.client.describe_stack_resource().stack_name("shop").logical_resource_id("Log").send().await,
    );
    assert_eq!(text, "Resource Log does not exist for stack shop");
}

#[tokio::test]
async fn what_would_change_more_is_refused() {
    let bench = Bench::new().await;
    let id = bench.create("shop", BOTH).await.stack_id.unwrap();
    let other = bench.create("jobs", OTHER).await.stack_id.unwrap();
    let check = async |shop: &str, jobs: &str, expected: String| {
        let found = prepared(&bench, &[("shop", shop), ("jobs", jobs)], Vec::new(), false).await;
        assert_eq!(found.status().unwrap().as_str(), "CREATE_FAILED");
        assert_eq!(found.execution_status().unwrap().as_str(), "UNAVAILABLE");
        assert_eq!(found.status_reason(), Some(expected.as_str()));
    };
    let changed = BOTH.replace("QueueName: jobs", "QueueName: other");
    check(&changed, OTHER, format!("{id}: Stack Refactor does not support modifying resources: [Queue]"))
        .await;
    let more = format!("{BOTH}  More: {{Type: AWS::SNS::Topic}}\n");
    let words = "Stack Refactor does not support creating resources: [More] in stack shop";
    check(&more, OTHER, words.to_owned()).await;
    let less = "Resources: {Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs}}}";
    let words = "Stack Refactor does not support deleting resources: [Topic] in stack shop";
    check(less, OTHER, words.to_owned()).await;
    let metadata = OTHER.replace("Resources: {", "Resources: {CDKMetadata: {Type: AWS::CDK::Metadata}, ");
    let words = "Stack Refactor does not support creating resources: [CDKMetadata] in stack jobs";
    check(BOTH, &metadata, words.to_owned()).await;
    bench.update("jobs", &metadata).await;
    check(BOTH, &metadata, format!("{other}: Stack Refactor does not support AWS::CDK::Metadata.")).await;
    let stays = vec![mapping(("shop", "Queue"), ("jobs", "Queue"))];
    let found = prepared(&bench, &[("shop", BOTH), ("jobs", OTHER)], stays, false).await;
    let words = "The resource Queue defined in the resources mapping did no move from its original stack shop. \
                 Review your stack template desired state.";
    assert_eq!(found.status_reason(), Some(words));
}

#[tokio::test]
async fn a_refactor_is_obsolete_when_its_stack_was_updated() {
    let bench = Bench::new().await;
    let stack = bench.create("shop", OTHER).await.stack_id.unwrap();
    let found = prepared(&bench, &[("shop", &OTHER.replace("Log:", "Journal:"))], Vec::new(), false).await;
    let id = found.stack_refactor_id().unwrap();
    bench.update("shop", &OTHER.replace("LogGroup", "LogGroup, Properties: {RetentionInDays: 7}")).await;
    let found = described(&bench, id).await;
    assert_eq!(found.execution_status().unwrap().as_str(), "OBSOLETE");
    assert_eq!(found.execution_status_reason(), Some(format!("{stack}: Stack was updated.").as_str()));
    let (code, text) = refusal(bench.client.execute_stack_refactor().stack_refactor_id(id).send().await);
    assert_eq!(code, "ValidationError");
    assert!(text.ends_with("in its current execution status of [OBSOLETE]"), "{text}");
    let all = bench.client.list_stack_refactors().send().await.unwrap();
    assert_eq!(all.stack_refactor_summaries().len(), 1);
    let (code, _) = refusal(bench.client.describe_stack_refactor().stack_refactor_id("no").send().await);
    assert_eq!(code, "StackRefactorNotFoundException");
}
