//! Exports and imports between stacks.

use super::{Bench, refusal, status};

const SOURCE: &str = r#"{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
    "Outputs": {"Place": {"Value": {"Ref": "Topic"}, "Export": {"Name": "topic-place"}}}}"#;
const USER: &str = r#"{"Resources": {"Note": {"Type": "AWS::SSM::Parameter",
    "Properties": {"Type": "String", "Value": {"Fn::ImportValue": "topic-place"}}}}}"#;

#[tokio::test]
async fn an_export_in_use_guards_its_stack() {
    let bench = Bench::new().await;
    bench.create("source", SOURCE).await;
    let exports = bench.client.list_exports().send().await.unwrap();
    assert_eq!(exports.exports()[0].name(), Some("topic-place"));
    let (_, text) = refusal(bench.client.list_imports().export_name("topic-place").send().await);
    assert_eq!(text, "Export 'topic-place' is not imported by any stack.");
    assert_eq!(status(&bench.create("user", USER).await), "CREATE_COMPLETE");
    let imports = bench.client.list_imports().export_name("topic-place").send().await.unwrap();
    assert_eq!(imports.imports(), ["user"]);
    let (_, text) = refusal(bench.client.delete_stack().stack_name("source").send().await);
    assert_eq!(text, "Export topic-place cannot be deleted as it is in use by user");
    let without = r#"{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}"#;
    assert_eq!(status(&bench.update("source", without).await), "UPDATE_ROLLBACK_COMPLETE");
    let id = bench.stack("user").await.stack_id.unwrap();
    bench.client.delete_stack().stack_name("user").send().await.unwrap();
    bench.settled(&id).await;
    bench.client.delete_stack().stack_name("source").send().await.unwrap();
}

#[tokio::test]
async fn a_missing_import_and_a_taken_name_roll_back() {
    let bench = Bench::new().await;
    let stack = bench.create("user", USER).await;
    assert_eq!(status(&stack), "ROLLBACK_COMPLETE");
    let story = bench.story("user").await;
    assert!(
        story.iter().any(|(_, _, reason)| reason.starts_with("No export named topic-place found")),
        "{story:?}"
    );
    bench.create("source", SOURCE).await;
    assert_eq!(status(&bench.create("twin", SOURCE).await), "ROLLBACK_COMPLETE");
    let story = bench.story("twin").await;
    let reason =
        "Export with name topic-place is already exported by stack source. Rollback requested by user.";
    assert!(story.iter().any(|(_, _, told)| told == reason), "{story:?}");
}
