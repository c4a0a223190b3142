//! Operations that no other subject asks: those that are answered, and those that are not simulated.

use super::organizations::asked;
use super::{ACCOUNT, Bench, refusal};
use aws_sdk_cloudformation::types::{HandlerErrorCode, OperationStatus, ScannedResourceIdentifier};

const ONE: &str = "Resources: {A: {Type: AWS::SNS::Topic}}";

#[tokio::test]
async fn what_is_not_simulated_says_so() {
    let bench = Bench::new().await;
    let client = &bench.client;
    let progress =
        client.record_handler_progress().bearer_token("a-1").operation_status(OperationStatus::Failed);
    for (name, found) in [
        ("StartResourceScan", refusal(client.start_resource_scan().send().await)),
        (
            "CreateGeneratedTemplate",
            refusal(client.create_generated_template().generated_template_name("made").send().await),
        ),
        (
            "UpdateGeneratedTemplate",
            refusal(client.update_generated_template().generated_template_name("made").send().await),
        ),
        ("RegisterPublisher", refusal(client.register_publisher().send().await)),
        (
            "RecordHandlerProgress",
            refusal(progress.error_code(HandlerErrorCode::InternalFailure).send().await),
        ),
    ] {
        let text = format!("{name} is an operation of CloudFormation that the sandbox does not simulate.");
        assert_eq!(found, ("NotImplemented".to_owned(), text));
    }
}

#[tokio::test]
async fn no_scan_and_no_generated_template_is_found() {
    let bench = Bench::new().await;
    let scan =
        "arn:aws:cloudformation:eu-west-1:111122223333:resourceScan/3c1c1d4e-0000-4000-8000-000000000000";
    let topic = ScannedResourceIdentifier::builder().resource_type("AWS::SNS::Topic");
    let related = bench.client.list_resource_scan_related_resources().resource_scan_id(scan);
    let related = related.resources(topic.resource_identifier("TopicArn", "t").build());
    assert_eq!(refusal(related.send().await).0, "ResourceScanNotFound");
    let described = bench.client.describe_generated_template().generated_template_name("made");
    assert_eq!(refusal(described.send().await).0, "GeneratedTemplateNotFound");
    let deleted = bench.client.delete_generated_template().generated_template_name("made");
    assert_eq!(refusal(deleted.send().await).0, "GeneratedTemplateNotFound");
}

#[tokio::test]
async fn the_cost_of_a_template_has_an_address() {
    let bench = Bench::new().await;
    let told = bench.client.estimate_template_cost().template_body(ONE).send().await.unwrap();
    assert!(told.url().unwrap().starts_with("https://calculator"));
    let (code, text) = refusal(bench.client.estimate_template_cost().template_body("{}").send().await);
    assert_eq!(code, "ValidationError");
    assert_eq!(text, "Template format error: At least one Resources member must be defined.");
}

#[tokio::test]
async fn no_hooks_are_planned_for_a_change_set() {
    let bench = Bench::new().await;
    let create = bench.client.create_change_set().stack_name("s").change_set_name("c").template_body(ONE);
    let id = create.change_set_type("CREATE".into()).send().await.unwrap().id.unwrap();
    let hooks = bench.client.describe_change_set_hooks().change_set_name(&id).send().await.unwrap();
    assert_eq!((hooks.change_set_id(), hooks.hooks().len()), (Some(id.as_str()), 0));
    let unknown = bench.client.describe_change_set_hooks().stack_name("s").change_set_name("d").send().await;
    assert_eq!(refusal(unknown).0, "ChangeSetNotFound");
}

#[tokio::test]
async fn trusted_access_ends_as_it_began() {
    let bench = Bench::new().await;
    let client = &bench.client;
    let (code, _) = refusal(client.deactivate_organizations_access().send().await);
    assert_eq!(code, "InvalidOperationException", "only the management account decides");
    let target = "AWSOrganizationsV20161128.CreateOrganization";
    let (status, body) =
        asked(&bench, (ACCOUNT, "us-east-1"), "organizations", target, r#"{"FeatureSet": "ALL"}"#).await;
    assert_eq!(status, 200, "{body}");
    let access = async || {
        let told = client.describe_organizations_access().send().await.unwrap();
        told.status().unwrap().as_str().to_owned()
    };
    client.activate_organizations_access().send().await.unwrap();
    assert_eq!(access().await, "ENABLED");
    client.deactivate_organizations_access().send().await.unwrap();
    assert_eq!(access().await, "DISABLED");
}
