//! Imports: existing resources become part of a stack, in an import of their own or on the way of a deployment.

use super::drift::{behind, detected};
use super::{Bench, refusal, sentence, status};
use aws_sdk_cloudformation::operation::describe_change_set::DescribeChangeSetOutput;
use aws_sdk_cloudformation::types::{
    ChangeAction, ChangeSetType, ResourceChange, ResourceToImport, StackDriftStatus,
};
use formwork::sandbox::Speed;

const OLD: &str = r#"{"Resources": {"Note": {"Type": "AWS::SSM::Parameter",
    "Properties": {"Name": "/note", "Type": "String", "Value": "mine"}}}}"#;
const WITH_LIST: &str = r#"{"Resources": {
    "Note": {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "/note", "Type": "String", "Value": "mine"}},
    "List": {"Type": "AWS::SSM::Parameter", "DeletionPolicy": "Retain",
        "Properties": {"Name": "/list", "Type": "String", "Value": "found"}}}}"#;
const LIST: &str = r#"{"Resources": {"List": {"Type": "AWS::SSM::Parameter", "DeletionPolicy": "Retain",
    "Properties": {"Name": "/list", "Type": "String", "Value": "found"}}}}"#;
const VERIFY: &str = "Verify that resources and their properties defined in the template match the intended \
    configuration of the resource import to avoid unexpected changes.";

fn entry(logical_id: &str, kind: &str, pairs: &[(&str, &str)]) -> ResourceToImport {
    let entry = ResourceToImport::builder().logical_resource_id(logical_id).resource_type(kind);
    let pair = |entry: aws_sdk_cloudformation::types::builders::ResourceToImportBuilder,
                (key, value): &(&str, &str)| { entry.resource_identifier(*key, *value) };
    pairs.iter().fold(entry, pair).build()
}

fn list() -> ResourceToImport {
    entry("List", "AWS::SSM::Parameter", &[("Name", "/list")])
}

impl Bench {
    async fn store(&self, name: &str, value: &str) {
        behind(
            self,
            "PutParameter",
            &format!(r#"{{"Name": "{name}", "Value": "{value}", "Type": "String"}}"#),
        )
        .await;
    }

    /// Asks for an import: the change set, or code and text of the refusal.
    async fn import(
        &self,
        stack: &str,
        template: &str,
        entries: Vec<ResourceToImport>,
    ) -> Result<DescribeChangeSetOutput, (String, String)> {
        let request = self.client.create_change_set().stack_name(stack).change_set_name("import");
        let request = request.change_set_type(ChangeSetType::Import).template_body(template);
        let answer = request.set_resources_to_import(Some(entries)).send().await;
        match answer {
            Ok(answer) => Ok(self.decided(answer.id().unwrap()).await),
            Err(error) => Err(refusal::<(), _, _>(Err(error))),
        }
    }

    async fn refused(&self, template: &str, entries: Vec<ResourceToImport>) -> String {
        let (code, text) = self.import("notes", template, entries).await.unwrap_err();
        assert_eq!(code, "ValidationError");
        text
    }
}

fn only(set: &DescribeChangeSetOutput) -> &ResourceChange {
    let [change] = set.changes() else { panic!("{:?}", set.changes()) };
    change.resource_change().unwrap()
}

#[tokio::test]
async fn an_existing_resource_joins_a_stack() {
    let bench = Bench::new().await;
    bench.create("notes", OLD).await;
    bench.store("/list", "found").await;
    let set = bench.import("notes", WITH_LIST, vec![list()]).await.unwrap();
    assert_eq!(sentence(&set), ("CREATE_COMPLETE", "AVAILABLE", VERIFY));
    let change = only(&set);
    assert_eq!(change.action(), Some(&ChangeAction::Import));
    assert_eq!((change.logical_resource_id(), change.physical_resource_id()), (Some("List"), Some("/list")));
    assert_eq!(change.replacement(), None);
    assert!(change.scope().is_empty() && change.details().is_empty());
    let stack = bench.carried_out(&set).await;
    assert_eq!(status(&stack), "IMPORT_COMPLETE");
    let story = bench.story("notes").await;
    let told: Vec<(&str, &str, &str)> = story[5..]
        .iter()
        .map(|(id, status, reason)| (id.as_str(), status.as_str(), reason.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("notes", "IMPORT_IN_PROGRESS", "User Initiated"),
            ("List", "IMPORT_IN_PROGRESS", "Resource import started."),
            ("List", "IMPORT_IN_PROGRESS", ""),
            ("List", "IMPORT_COMPLETE", "Resource import completed."),
            ("List", "UPDATE_IN_PROGRESS", "Apply stack-level tags to imported resource if applicable."),
            ("List", "UPDATE_COMPLETE", ""),
            ("notes", "IMPORT_COMPLETE", ""),
        ]
    );
    let done = bench.decided(set.change_set_id().unwrap()).await;
    assert_eq!(done.execution_status().unwrap().as_str(), "EXECUTE_COMPLETE");
    assert_eq!(detected(&bench, "notes").await, (StackDriftStatus::InSync, 0));
    let changed = WITH_LIST.replace("found", "changed");
    assert_eq!(status(&bench.update("notes", &changed).await), "UPDATE_COMPLETE");
}

#[tokio::test]
async fn an_import_changes_nothing_about_the_resource() {
    let bench = Bench::new().await;
    bench.create("notes", OLD).await;
    bench.store("/list", "other").await;
    let set = bench.import("notes", WITH_LIST, vec![list()]).await.unwrap();
    bench.carried_out(&set).await;
    assert_eq!(detected(&bench, "notes").await, (StackDriftStatus::Drifted, 1));
}

#[tokio::test]
async fn a_stack_is_made_of_what_exists() {
    let bench = Bench::new().await;
    bench.store("/list", "found").await;
    let set = bench.import("fresh", LIST, vec![list()]).await.unwrap();
    assert_eq!(sentence(&set), ("CREATE_COMPLETE", "AVAILABLE", VERIFY));
    let review = bench.stack("fresh").await;
    assert_eq!(
        (status(&review), review.stack_status_reason()),
        ("REVIEW_IN_PROGRESS", Some("User Initiated"))
    );
    assert_eq!(status(&bench.carried_out(&set).await), "IMPORT_COMPLETE");
    let detail = bench.client.describe_stack_resource().stack_name("fresh").logical_resource_id("List");
    let detail = detail.send().await.unwrap().stack_resource_detail.unwrap();
    assert_eq!(
        (detail.physical_resource_id(), detail.resource_status().unwrap().as_str()),
        (Some("/list"), "UPDATE_COMPLETE")
    );
}

#[tokio::test]
async fn what_a_stack_leaves_behind_can_join_another() {
    let bench = Bench::new().await;
    let keeper = r#"{"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "DeletionPolicy": "Retain",
        "Properties": {"TopicName": "news", "DisplayName": "News"}}}}"#;
    bench.create("keeper", keeper).await;
    let detail = bench.client.describe_stack_resource().stack_name("keeper").logical_resource_id("Topic");
    let arn = detail.send().await.unwrap().stack_resource_detail.unwrap().physical_resource_id.unwrap();
    let topic = || vec![entry("Topic", "AWS::SNS::Topic", &[("TopicArn", arn.as_str())])];
    let held = bench.import("heir", keeper, topic()).await.unwrap();
    let owner = bench.stack("keeper").await.stack_id.unwrap();
    assert_eq!(
        sentence(&held),
        ("FAILED", "UNAVAILABLE", format!("{arn} already exists in stack {owner}").as_str())
    );
    assert!(held.changes().is_empty());
    bench.client.delete_change_set().change_set_name(held.change_set_id().unwrap()).send().await.unwrap();
    bench.client.delete_stack().stack_name("keeper").send().await.unwrap();
    bench.settled(&owner).await;
    // It exists, and nobody can make another of its name.
    let stack = bench.create("rival", keeper).await;
    assert_eq!(status(&stack), "ROLLBACK_COMPLETE");
    let set = bench.import("heir", &keeper.replace("News", "Old news"), topic()).await.unwrap();
    assert_eq!(status(&bench.carried_out(&set).await), "IMPORT_COMPLETE");
    assert_eq!(detected(&bench, "heir").await, (StackDriftStatus::Drifted, 1));
}

#[tokio::test]
async fn what_does_not_exist_fails_the_change_set() {
    let bench = Bench::new().await;
    for (kind, key, value, expected) in [
        (
            "AWS::SSM::Parameter",
            "Name",
            "/none",
            "Resource of type 'AWS::SSM::Parameter' with identifier '/none' was not found.",
        ),
        ("AWS::S3::Bucket", "BucketName", "none", "Bucket not found"),
        ("AWS::DynamoDB::Table", "TableName", "none", "Table: none does not exist."),
    ] {
        let template =
            format!(r#"{{"Resources": {{"Thing": {{"Type": "{kind}", "DeletionPolicy": "Retain"}}}}}}"#);
        let stack = format!("stack{}", value.len() + key.len());
        let set = bench.import(&stack, &template, vec![entry("Thing", kind, &[(key, value)])]).await.unwrap();
        assert_eq!(sentence(&set), ("FAILED", "UNAVAILABLE", expected), "{kind}");
        assert_eq!(status(&bench.stack(&stack).await), "REVIEW_IN_PROGRESS");
    }
}

#[tokio::test]
async fn an_import_names_what_it_takes_in() {
    let bench = Bench::new().await;
    bench.create("notes", OLD).await;
    bench.store("/list", "found").await;
    let of = |kind: &str, key: &str, value: &str| vec![entry("List", kind, &[(key, value)])];
    let parameter = "AWS::SSM::Parameter";
    for (template, entries, expected) in [
        (WITH_LIST, vec![], "Must Provide at least one resource to import"),
        (WITH_LIST, vec![list(), list()], "Every resource to import must have unique LogicalResourceId"),
        (
            WITH_LIST,
            vec![entry("Ghost", parameter, &[("Name", "/list")])],
            "The logical resource ids [Ghost] provided in ResourceToImport do not exist in the template.",
        ),
        (
            WITH_LIST,
            of("AWS::SNS::Topic", "TopicName", "list"),
            "Invalid resource identifier for resource type AWS::SNS::Topic. Expected [TopicArn]",
        ),
        (
            WITH_LIST,
            of("AWS::SNS::Topic", "TopicArn", "list"),
            "Resource type of [List] passed in ResourceToImport does not match with resource type defined in the \
             template. Resource type in ResourceToImport: AWS::SNS::Topic; Resource type in Template: \
             AWS::SSM::Parameter.",
        ),
        (
            WITH_LIST,
            of("Custom::Thing", "Name", "list"),
            "ResourceTypes [Custom::Thing] are not supported for Import",
        ),
    ] {
        assert_eq!(bench.refused(template, entries).await, expected);
    }
    let bare = ResourceToImport::builder().logical_resource_id("List").resource_type(parameter).build();
    let text = bench.refused(WITH_LIST, vec![bare]).await;
    assert!(text.contains("'resourcesToImport.1.member.resourceIdentifier'"), "{text}");
}

#[tokio::test]
async fn an_import_does_nothing_else() {
    let bench = Bench::new().await;
    bench.create("notes", OLD).await;
    bench.store("/list", "found").await;
    let parameter = "AWS::SSM::Parameter";
    let more = WITH_LIST.replace(r#""List":"#, r#""Extra": {"Type": "AWS::SNS::Topic"}, "List":"#);
    let outputs = WITH_LIST.replacen('{', r#"{"Outputs": {"O": {"Value": "x"}},"#, 1);
    let modified = "You have modified resources [Note] in your template that are not being imported. Update, create or \
        delete operations cannot be executed during import operations.";
    for (template, entries, expected) in [
        (
            OLD,
            vec![entry("Note", parameter, &[("Name", "/note")])],
            "The template should contain at least one new resource to import.",
        ),
        (
            WITH_LIST,
            vec![entry("Note", parameter, &[("Name", "/note")])],
            "Resources [Note] passed in ResourceToImport are already in a stack and cannot be imported.",
        ),
        (more.as_str(), vec![list()], "Resources [Extra] is missing from ResourceToImport list"),
        (WITH_LIST.replace("mine", "yours").as_str(), vec![list()], modified),
        (LIST, vec![list()], modified),
        (
            WITH_LIST.replace(r#""DeletionPolicy": "Retain","#, "").as_str(),
            vec![list()],
            "The following resources to import [List] must have DeletionPolicy attribute specified in the template.",
        ),
        (
            outputs.as_str(),
            vec![list()],
            "As part of the import operation, you cannot modify or add [Outputs]",
        ),
    ] {
        assert_eq!(bench.refused(template, entries).await, expected);
    }
    let sets = bench.client.list_change_sets().stack_name("notes").send().await.unwrap();
    assert!(sets.summaries().is_empty());
    let (_, text) = bench.import("nowhere", WITH_LIST, vec![list()]).await.unwrap_err();
    assert_eq!(text, "Resources [Note] is missing from ResourceToImport list");
    let (_, text) = refusal(bench.client.describe_stacks().stack_name("nowhere").send().await);
    assert_eq!(text, "Stack with id nowhere does not exist");
}

#[tokio::test]
async fn a_failed_import_lets_everything_go() {
    let bench = Bench::new().await;
    bench.create("notes", OLD).await;
    bench.store("/list", "found").await;
    let set = bench.import("notes", WITH_LIST, vec![list()]).await.unwrap();
    behind(&bench, "DeleteParameter", r#"{"Name": "/list"}"#).await;
    let stack = bench.carried_out(&set).await;
    assert_eq!(status(&stack), "IMPORT_ROLLBACK_COMPLETE");
    let story = bench.story("notes").await;
    let told: Vec<(&str, &str)> =
        story[5..].iter().map(|(id, status, _)| (id.as_str(), status.as_str())).collect();
    assert_eq!(
        told,
        [
            ("notes", "IMPORT_IN_PROGRESS"),
            ("List", "IMPORT_IN_PROGRESS"),
            ("List", "IMPORT_FAILED"),
            ("notes", "IMPORT_ROLLBACK_IN_PROGRESS"),
            ("List", "IMPORT_ROLLBACK_IN_PROGRESS"),
            ("List", "IMPORT_ROLLBACK_COMPLETE"),
            ("notes", "IMPORT_ROLLBACK_COMPLETE"),
        ]
    );
    assert_eq!(story[7].2, "Resource of type 'AWS::SSM::Parameter' with identifier '/list' was not found.");
    assert_eq!(story[8].2, "The following resource(s) failed to import: [List]. ");
    let resources = bench.client.list_stack_resources().stack_name("notes").send().await.unwrap();
    assert_eq!(resources.stack_resource_summaries().len(), 1);
    assert_eq!(status(&bench.update("notes", &OLD.replace("mine", "yours")).await), "UPDATE_COMPLETE");
    bench.store("/list", "found").await;
    let set = bench.import("fresh", LIST, vec![list()]).await.unwrap();
    behind(&bench, "DeleteParameter", r#"{"Name": "/list"}"#).await;
    assert_eq!(status(&bench.carried_out(&set).await), "ROLLBACK_COMPLETE");
}

#[tokio::test]
async fn what_exists_is_imported_on_the_way() {
    let bench = Bench::new().await;
    bench.store("/list", "found").await;
    let set = |template: &str, name: &str| {
        let request = bench.client.create_change_set().stack_name("notes").change_set_name(name);
        request
            .change_set_type(ChangeSetType::Create)
            .template_body(template)
            .import_existing_resources(true)
            .send()
    };
    let unkept = WITH_LIST.replace(r#""DeletionPolicy": "Retain","#, "");
    let failed = bench.decided(set(&unkept, "unkept").await.unwrap().id().unwrap()).await;
    let text = "CloudFormation is attempting to import some resources because they already exist in your account. The \
        resources must have the DeletionPolicy attribute set to 'Retain' or 'RetainExceptOnCreate' in the template for \
        successful import. The affected resources are List ({Name=/list})";
    assert_eq!(sentence(&failed), ("FAILED", "UNAVAILABLE", text));
    let good = bench.decided(set(WITH_LIST, "kept").await.unwrap().id().unwrap()).await;
    assert_eq!(sentence(&good), ("CREATE_COMPLETE", "AVAILABLE", ""));
    let actions: Vec<(&str, &str)> = good
        .changes()
        .iter()
        .filter_map(|change| change.resource_change())
        .map(|change| (change.logical_resource_id().unwrap(), change.action().unwrap().as_str()))
        .collect();
    assert_eq!(actions, [("Note", "Add"), ("List", "Import")]);
    assert_eq!(good.import_existing_resources(), Some(true));
    assert_eq!(status(&bench.carried_out(&good).await), "CREATE_COMPLETE");
    let statuses = bench.statuses("notes", "List").await;
    assert_eq!(
        statuses,
        [
            "IMPORT_IN_PROGRESS",
            "IMPORT_IN_PROGRESS",
            "IMPORT_COMPLETE",
            "UPDATE_IN_PROGRESS",
            "UPDATE_COMPLETE"
        ]
    );
}

#[tokio::test]
async fn an_import_and_what_was_left_behind_survive_a_restart() {
    let folder = super::state::Folder::new("import");
    let bench = Bench::with(folder.options(Speed::Max)).await;
    let keeper = r#"{"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "DeletionPolicy": "Retain",
        "Properties": {"TopicName": "news"}}}}"#;
    bench.create("keeper", keeper).await;
    bench.client.delete_stack().stack_name("keeper").send().await.unwrap();
    let owner =
        bench.client.list_stacks().send().await.unwrap().stack_summaries()[0].stack_id.clone().unwrap();
    bench.settled(&owner).await;
    let arn = "arn:aws:sns:eu-west-1:111122223333:news";
    let topic = vec![entry("Topic", "AWS::SNS::Topic", &[("TopicArn", arn)])];
    let set = bench.import("heir", keeper, topic).await.unwrap();
    bench.running.stop().await;
    let bench = Bench::with(folder.options(Speed::Max)).await;
    assert_eq!(status(&bench.carried_out(&set).await), "IMPORT_COMPLETE");
}

#[tokio::test]
async fn the_keys_of_an_import_are_told_with_the_template() {
    let bench = Bench::new().await;
    let template = r#"{"Resources": {"A": {"Type": "AWS::SNS::Topic"}, "B": {"Type": "AWS::SNS::Topic"},
        "S": {"Type": "AWS::ApiGateway::Stage", "Properties": {"RestApiId": "a"}}, "C": {"Type": "Custom::Thing"}}}"#;
    let summary = bench.client.get_template_summary().template_body(template).send().await.unwrap();
    let told: Vec<(&str, &[String], &[String])> = summary
        .resource_identifier_summaries()
        .iter()
        .map(|one| (one.resource_type().unwrap(), one.logical_resource_ids(), one.resource_identifiers()))
        .collect();
    let of = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(told.len(), 2);
    assert_eq!(told[0], ("AWS::SNS::Topic", &of(&["A", "B"])[..], &of(&["TopicArn"])[..]));
    assert_eq!(told[1], ("AWS::ApiGateway::Stage", &of(&["S"])[..], &of(&["RestApiId,StageName"])[..]));
}

#[tokio::test]
async fn what_was_taken_in_is_let_go_when_the_creation_fails() {
    let bench = Bench::new().await;
    bench.store("/list", "found").await;
    let template = WITH_LIST
        .replace(r#""Value": "mine""#, r#""Value": "mine", "Wrong": 1"#)
        .replace(r#""/note", "#, r#"{"Fn::Sub": ["${L}-note", {"L": {"Ref": "List"}}]}, "#)
        .replace("Retain", "RetainExceptOnCreate");
    let request = bench.client.create_change_set().stack_name("notes").change_set_name("create");
    let request = request.change_set_type(ChangeSetType::Create).template_body(template);
    let request = request.disable_validation(true);
    let set = request.import_existing_resources(true).send().await.unwrap();
    let set = bench.decided(set.id().unwrap()).await;
    assert_eq!(status(&bench.carried_out(&set).await), "ROLLBACK_COMPLETE");
    assert_eq!(bench.statuses("notes", "List").await.last().map(String::as_str), Some("DELETE_SKIPPED"));
    let set = bench.import("fresh", LIST, vec![list()]).await.unwrap();
    assert_eq!(sentence(&set).0, "CREATE_COMPLETE", "it lives on, and no stack holds it");
}

#[tokio::test]
async fn a_stack_joins_another_and_leaves_it() {
    let bench = Bench::new().await;
    let address = bench.running.address;
    let child =
        r#"{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}, "Outputs": {"Word": {"Value": "hello"}}}"#;
    super::protocol::http(address, "PUT", "/templates", "").await;
    super::protocol::http(address, "PUT", "/templates/child.json", child).await;
    let id = bench.create("child", child).await.stack_id.unwrap();
    let parent = format!(
        r#"{{"Resources": {{"Child": {{"Type": "AWS::CloudFormation::Stack", "DeletionPolicy": "Retain",
            "Properties": {{"TemplateURL": "http://{address}/templates/child.json"}}}}}}}}"#
    );
    let entries = vec![entry("Child", "AWS::CloudFormation::Stack", &[("StackId", id.as_str())])];
    let set = bench.import("parent", &parent, entries).await.unwrap();
    assert_eq!(only(&set).physical_resource_id(), Some(id.as_str()));
    let stack = bench.carried_out(&set).await;
    assert_eq!(status(&stack), "IMPORT_COMPLETE");
    assert_eq!(bench.stack(&id).await.parent_id(), stack.stack_id());
    bench.client.delete_stack().stack_name("parent").send().await.unwrap();
    assert_eq!(status(&bench.settled(stack.stack_id().unwrap()).await), "DELETE_COMPLETE");
    let left = bench.stack(&id).await;
    assert_eq!((status(&left), left.parent_id()), ("CREATE_COMPLETE", None));
}

#[tokio::test]
async fn an_import_fails_on_demand_and_so_does_its_rollback() {
    let bench = Bench::new().await;
    bench.create("notes", OLD).await;
    bench.store("/list", "found").await;
    let orders = r#"{"faults": [{"fail": "not today", "resource": "List"},
        {"fail": "nor back", "resource": "List", "on": ["rollback"], "times": "once"}]}"#;
    super::protocol::http(bench.running.address, "PUT", "/_sandbox/faults", orders).await;
    let set = bench.import("notes", WITH_LIST, vec![list()]).await.unwrap();
    let stack = bench.carried_out(&set).await;
    assert_eq!(status(&stack), "IMPORT_ROLLBACK_FAILED");
    let done = bench.decided(set.change_set_id().unwrap()).await;
    assert_eq!(done.execution_status().unwrap().as_str(), "EXECUTE_FAILED");
    let statuses = bench.statuses("notes", "List").await;
    assert_eq!(
        statuses,
        ["IMPORT_IN_PROGRESS", "IMPORT_FAILED", "IMPORT_ROLLBACK_IN_PROGRESS", "IMPORT_ROLLBACK_FAILED"]
    );
    let (_, text) = refusal(bench.client.update_stack().stack_name("notes").template_body(OLD).send().await);
    assert!(text.ends_with("is in IMPORT_ROLLBACK_FAILED state and can not be updated."), "{text}");
    bench.client.delete_stack().stack_name("notes").send().await.unwrap();
    assert_eq!(status(&bench.settled(stack.stack_id().unwrap()).await), "DELETE_COMPLETE");
}
