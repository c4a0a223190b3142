//! Stacks inside stacks.

use super::protocol::http;
use super::{Bench, status};

const CHILD: &str = r#"{"Parameters": {"Label": {"Type": "String"}},
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Label"}}}},
    "Outputs": {"Place": {"Value": {"Ref": "Topic"}}}}"#;

fn parent(address: std::net::SocketAddr, label: &str) -> String {
    format!(
        r#"{{"Resources": {{
            "Child": {{"Type": "AWS::CloudFormation::Stack", "Properties": {{
                "TemplateURL": "http://{address}/templates/child.json", "Parameters": {{"Label": "{label}"}}}}}},
            "Note": {{"Type": "AWS::SSM::Parameter", "Properties": {{"Type": "String",
                "Value": {{"Fn::GetAtt": ["Child", "Outputs.Place"]}}}}}}}},
        "Outputs": {{"Place": {{"Value": {{"Fn::GetAtt": ["Child", "Outputs.Place"]}}}}}}}}"#
    )
}

async fn bench(options: Option<&str>) -> Bench {
    let bench = match options {
        Some(failing) => Bench::failing(failing).await,
        None => Bench::new().await,
    };
    let address = bench.running.address;
    http(address, "PUT", "/templates", "").await;
    http(address, "PUT", "/templates/child.json", CHILD).await;
    bench
}

#[tokio::test]
async fn a_child_lives_with_its_parent() {
    let bench = bench(None).await;
    let address = bench.running.address;
    let stack = bench.create("parent", &parent(address, "one")).await;
    assert_eq!(status(&stack), "CREATE_COMPLETE");
    let detail = bench.client.describe_stack_resource().stack_name("parent").logical_resource_id("Child");
    let child = detail.send().await.unwrap().stack_resource_detail.unwrap().physical_resource_id.unwrap();
    let described = bench.stack(&child).await;
    assert_eq!(status(&described), "CREATE_COMPLETE");
    assert_eq!(described.parent_id(), stack.stack_id());
    assert_eq!(described.outputs()[0].output_value(), stack.outputs()[0].output_value());
    assert!(described.stack_name().unwrap().starts_with("parent-Child-"));
    assert_eq!(status(&bench.update("parent", &parent(address, "two")).await), "UPDATE_COMPLETE");
    assert_eq!(status(&bench.stack(&child).await), "UPDATE_COMPLETE");
    bench.client.delete_stack().stack_name("parent").send().await.unwrap();
    assert_eq!(status(&bench.settled(stack.stack_id().unwrap()).await), "DELETE_COMPLETE");
    assert_eq!(status(&bench.stack(&child).await), "DELETE_COMPLETE");
}

#[tokio::test]
async fn a_failed_child_fails_its_parent() {
    let bench = bench(Some("Topic")).await;
    let stack = bench.create("parent", &parent(bench.running.address, "one")).await;
    assert_eq!(status(&stack), "ROLLBACK_COMPLETE");
    let story = bench.story("parent").await;
    let failure = story.iter().find(|(id, status, _)| id == "Child" && status == "CREATE_FAILED").unwrap();
    assert!(failure.2.starts_with("Embedded stack arn:aws:cloudformation:"), "{failure:?}");
    assert!(
        failure
            .2
            .ends_with("was not successfully created: The following resource(s) failed to create: [Topic]. "),
        "{failure:?}"
    );
}

#[tokio::test]
async fn a_child_that_fails_an_update_tells_its_parent() {
    let bench = bench(None).await;
    let address = bench.running.address;
    bench.create("parent", &parent(address, "one")).await;
    let (code, told) =
        super::faults::ask(&bench, "PUT", "faults: [{fail: no, resource: Topic, on: update}]").await;
    assert_eq!(code, 200, "{told}");
    assert_eq!(status(&bench.update("parent", &parent(address, "two")).await), "UPDATE_ROLLBACK_COMPLETE");
    let story = bench.story("parent").await;
    let failed = story.iter().find(|(id, status, _)| id == "Child" && status == "UPDATE_FAILED").unwrap();
    assert!(failed.2.starts_with("Embedded stack arn:aws:cloudformation:"), "{failed:?}");
    let words = " was not successfully updated. Currently in UPDATE_ROLLBACK_IN_PROGRESS with reason: The following \
                 resource(s) failed to update: [Topic]. ";
    assert!(failed.2.ends_with(words), "{failed:?}");
}

#[tokio::test]
async fn every_update_looks_into_the_children() {
    let bench = bench(None).await;
    let template = parent(bench.running.address, "one");
    bench.create("parent", &template).await;
    let other = template.replace(r#""Type": "String","#, r#""Type": "String", "Description": "x","#);
    assert_eq!(status(&bench.update("parent", &other).await), "UPDATE_COMPLETE");
    assert_eq!(bench.statuses("parent", "Child").await[3..], ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"]);
    let detail = bench.client.describe_stack_resource().stack_name("parent").logical_resource_id("Child");
    let child = detail.send().await.unwrap().stack_resource_detail.unwrap().physical_resource_id.unwrap();
    assert_eq!(status(&bench.stack(&child).await), "CREATE_COMPLETE", "there was nothing to change in it");
}
