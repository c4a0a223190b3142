//! Change sets of a whole hierarchy of stacks: one for each stack, all through the topmost.

use super::protocol::http;
use super::{Bench, refusal, sentence, status};
use aws_sdk_cloudformation::operation::describe_change_set::DescribeChangeSetOutput;
use aws_sdk_cloudformation::types::{ChangeSetType, ResourceChange};

const CHILD: &str = r#"{"Parameters": {"Label": {"Type": "String", "AllowedValues": ["one", "two", "three"]}},
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Label"}}}}}"#;

fn parent(bench: &Bench, label: &str) -> String {
    let address = bench.running.address;
    format!(
        r#"{{"Resources": {{
            "Child": {{"Type": "AWS::CloudFormation::Stack", "Properties": {{
                "TemplateURL": "http://{address}/templates/child.json", "Parameters": {{"Label": "{label}"}}}}}},
            "Note": {{"Type": "AWS::SNS::Topic", "Properties": {{"DisplayName": "{label}"}}}}}}}}"#
    )
}

async fn bench() -> Bench {
    let bench = Bench::new().await;
    http(bench.running.address, "PUT", "/templates", "").await;
    http(bench.running.address, "PUT", "/templates/child.json", CHILD).await;
    bench
}

impl Bench {
    async fn hierarchy(&self, name: &str, kind: ChangeSetType, template: &str) -> DescribeChangeSetOutput {
        let request = self.client.create_change_set().stack_name("house").change_set_name(name);
        let request = request.change_set_type(kind).template_body(template).include_nested_stacks(true);
        // Failures are wanted here when the set is carried out, not before.
        let id = request.disable_validation(true).send().await.unwrap().id.unwrap();
        self.decided(&id).await
    }
}

fn row<'a>(set: &'a DescribeChangeSetOutput, id: &str) -> &'a ResourceChange {
    let mut rows = set.changes().iter().filter_map(|change| change.resource_change());
    rows.find(|row| row.logical_resource_id() == Some(id)).unwrap()
}

#[tokio::test]
async fn a_hierarchy_is_reviewed_and_made_through_its_root() {
    let bench = bench().await;
    let root = bench.hierarchy("plan", ChangeSetType::Create, &parent(&bench, "one")).await;
    assert_eq!(sentence(&root), ("CREATE_COMPLETE", "AVAILABLE", ""));
    assert_eq!((root.parent_change_set_id(), root.root_change_set_id()), (None, None));
    assert_eq!(row(&root, "Note").change_set_id(), None);
    let id = row(&root, "Child").change_set_id().unwrap();
    assert!(id.contains(":changeSet/plan-Child-"), "{id}");
    let child = bench.decided(id).await;
    assert_eq!(sentence(&child), ("CREATE_COMPLETE", "UNAVAILABLE", "Executable from root change set"));
    assert_eq!(child.parent_change_set_id(), root.change_set_id());
    assert_eq!(child.root_change_set_id(), root.change_set_id());
    assert_eq!(child.include_nested_stacks(), Some(true));
    assert!(child.stack_name().unwrap().starts_with("house-Child-"));
    assert_eq!(row(&child, "Topic").action().unwrap().as_str(), "Add");
    let stack = bench.stack(child.stack_id().unwrap()).await;
    assert_eq!((status(&stack), stack.parent_id()), ("REVIEW_IN_PROGRESS", root.stack_id()));
    let (code, text) = refusal(bench.client.execute_change_set().change_set_name(id).send().await);
    assert_eq!(code, "InvalidChangeSetStatus");
    assert_eq!(
        text,
        format!("ChangeSet [{id}] cannot be executed in its current execution status of [UNAVAILABLE]")
    );
    let (code, _) = refusal(bench.client.delete_change_set().change_set_name(id).send().await);
    assert_eq!(code, "InvalidChangeSetStatus");
    assert_eq!(status(&bench.carried_out(&root).await), "CREATE_COMPLETE");
    let made = bench.stack(child.stack_id().unwrap()).await;
    assert_eq!((status(&made), made.change_set_id()), ("CREATE_COMPLETE", Some(id)));
    assert_eq!(bench.decided(id).await.execution_status().unwrap().as_str(), "EXECUTE_COMPLETE");
}

#[tokio::test]
async fn a_change_below_is_announced_and_made() {
    let bench = bench().await;
    bench.create("house", &parent(&bench, "one")).await;
    let root = bench.hierarchy("change", ChangeSetType::Update, &parent(&bench, "two")).await;
    assert_eq!(sentence(&root), ("CREATE_COMPLETE", "AVAILABLE", ""));
    let child = bench.decided(row(&root, "Child").change_set_id().unwrap()).await;
    assert_eq!(child.stack_id(), row(&root, "Child").physical_resource_id());
    let target = row(&child, "Topic").details()[0].target().unwrap();
    assert_eq!((target.before_value(), target.after_value()), (Some("one"), Some("two")));
    let listed = bench.client.list_change_sets().stack_name(child.stack_id().unwrap()).send().await.unwrap();
    assert_eq!(listed.summaries()[0].root_change_set_id(), root.change_set_id());
    assert_eq!(status(&bench.carried_out(&root).await), "UPDATE_COMPLETE");
    assert_eq!(status(&bench.stack(child.stack_id().unwrap()).await), "UPDATE_COMPLETE");
}

#[tokio::test]
async fn a_child_without_changes_does_not_stop_its_parent() {
    let bench = bench().await;
    bench.create("house", &parent(&bench, "one")).await;
    let template = parent(&bench, "one").replace(r#""DisplayName": "one""#, r#""DisplayName": "new""#);
    let root = bench.hierarchy("change", ChangeSetType::Update, &template).await;
    assert_eq!(sentence(&root), ("CREATE_COMPLETE", "AVAILABLE", ""));
    let child = bench.decided(row(&root, "Child").change_set_id().unwrap()).await;
    let text = "The submitted information didn't contain changes. Submit different information to create a change set.";
    assert_eq!(sentence(&child), ("FAILED", "UNAVAILABLE", text));
    assert_eq!(status(&bench.carried_out(&root).await), "UPDATE_COMPLETE");
    assert_eq!(status(&bench.stack(child.stack_id().unwrap()).await), "CREATE_COMPLETE");
}

#[tokio::test]
async fn a_failed_child_fails_its_parent() {
    let bench = bench().await;
    bench.create("house", &parent(&bench, "one")).await;
    let root = bench.hierarchy("change", ChangeSetType::Update, &parent(&bench, "four")).await;
    let (state, execution, reason) = sentence(&root);
    assert_eq!((state, execution), ("FAILED", "UNAVAILABLE"));
    let id = reason.strip_prefix("Nested change set ").unwrap();
    let id = id.strip_suffix(" was not successfully created: Currently in FAILED.").unwrap();
    let child = bench.decided(id).await;
    assert_eq!(child.status().unwrap().as_str(), "FAILED");
    assert_eq!(child.status_reason(), Some("Parameter 'Label' must be one of AllowedValues"));
    assert!(root.changes().is_empty());
}

#[tokio::test]
async fn a_hierarchy_is_deleted_from_its_root_in_its_own_time() {
    let bench = bench().await;
    let root = bench.hierarchy("plan", ChangeSetType::Create, &parent(&bench, "one")).await;
    let child = bench.decided(row(&root, "Child").change_set_id().unwrap()).await;
    let id = root.change_set_id().unwrap();
    bench.client.delete_change_set().change_set_name(id).send().await.unwrap();
    let mut seen = Vec::new();
    let gone = loop {
        match bench.client.describe_change_set().change_set_name(id).send().await {
            Ok(set) => seen.push(set.status().unwrap().as_str().to_owned()),
            gone => break refusal(gone),
        }
        assert!(seen.len() < super::PATIENCE);
    };
    assert_eq!(seen.last().map(String::as_str), Some("DELETE_IN_PROGRESS"));
    assert_eq!(gone.0, "ChangeSetNotFound");
    let stack = bench.settled(child.stack_id().unwrap()).await;
    assert_eq!(status(&stack), "DELETE_COMPLETE");
    assert_eq!(status(&bench.stack("house").await), "REVIEW_IN_PROGRESS");
}

#[tokio::test]
async fn another_execution_removes_the_hierarchy() {
    let bench = bench().await;
    bench.create("house", r#"{"Resources": {"Note": {"Type": "AWS::SNS::Topic"}}}"#).await;
    let plan = bench.hierarchy("plan", ChangeSetType::Update, &parent(&bench, "one")).await;
    let child = bench.decided(row(&plan, "Child").change_set_id().unwrap()).await;
    assert_eq!(status(&bench.stack(child.stack_id().unwrap()).await), "REVIEW_IN_PROGRESS");
    let other = bench.client.create_change_set().stack_name("house").change_set_name("other");
    let template =
        r#"{"Resources": {"Note": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "x"}}}}"#;
    let other = other.template_body(template).send().await.unwrap();
    let other = bench.decided(other.id().unwrap()).await;
    assert_eq!(status(&bench.carried_out(&other).await), "UPDATE_COMPLETE");
    assert_eq!(status(&bench.settled(child.stack_id().unwrap()).await), "DELETE_COMPLETE");
    let (code, _) = refusal(
        bench.client.describe_change_set().change_set_name(plan.change_set_id().unwrap()).send().await,
    );
    assert_eq!(code, "ChangeSetNotFound");
}

#[tokio::test]
async fn what_was_never_made_goes_with_the_failed_root() {
    let bench = bench().await;
    let template = parent(&bench, "one")
        .replace(
            r#""Note": {"Type": "AWS::SNS::Topic", "Properties": {"#,
            r#""Note": {"Type": "AWS::SNS::Topic", "Properties": {"Colour": 1, "#,
        )
        .replace(r#""Child": {"#, r#""Child": {"DependsOn": "Note", "#);
    let root = bench.hierarchy("plan", ChangeSetType::Create, &template).await;
    let child = bench.decided(row(&root, "Child").change_set_id().unwrap()).await;
    assert_eq!(status(&bench.carried_out(&root).await), "ROLLBACK_COMPLETE");
    assert_eq!(status(&bench.settled(child.stack_id().unwrap()).await), "DELETE_COMPLETE");
}

#[tokio::test]
async fn hierarchies_are_as_deep_as_their_stacks() {
    let bench = bench().await;
    let address = bench.running.address;
    let middle = format!(
        r#"{{"Resources": {{"Inner": {{"Type": "AWS::CloudFormation::Stack", "Properties": {{
            "TemplateURL": "http://{address}/templates/child.json", "Parameters": {{"Label": "two"}}}}}}}}}}"#
    );
    http(address, "PUT", "/templates/middle.json", &middle).await;
    let template = format!(
        r#"{{"Resources": {{"Outer": {{"Type": "AWS::CloudFormation::Stack", "Properties": {{
            "TemplateURL": "http://{address}/templates/middle.json"}}}}}}}}"#
    );
    let root = bench.hierarchy("deep", ChangeSetType::Create, &template).await;
    let outer = bench.decided(row(&root, "Outer").change_set_id().unwrap()).await;
    let inner = bench.decided(row(&outer, "Inner").change_set_id().unwrap()).await;
    assert_eq!(inner.parent_change_set_id(), outer.change_set_id());
    assert_eq!(inner.root_change_set_id(), root.change_set_id());
    assert_eq!(row(&inner, "Topic").action().unwrap().as_str(), "Add");
    assert_eq!(status(&bench.carried_out(&root).await), "CREATE_COMPLETE");
    let made = bench.stack(inner.stack_id().unwrap()).await;
    assert_eq!((status(&made), made.root_id()), ("CREATE_COMPLETE", root.stack_id()));
}
