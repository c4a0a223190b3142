//! Templates: read back, summarized, refused; in the request or in a bucket.

use super::protocol::http;
use super::{ACCOUNT, Bench, refusal, status};

const ROLE: &str = r#"
Parameters:
  Name: {Type: String}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties: {RoleName: !Ref Name, AssumeRolePolicyDocument: {}}
"#;

#[tokio::test]
async fn the_original_is_kept_as_it_was_sent() {
    let bench = Bench::new().await;
    let text = "# a comment\nResources:\n  Topic: {Type: AWS::SNS::Topic}   # <&>\r\n";
    bench.create("topic", text).await;
    let template = bench.client.get_template().stack_name("topic");
    let template = template.template_stage("Original".into()).send().await.unwrap();
    assert_eq!(template.template_body(), Some(text));
    assert_eq!(template.stages_available().len(), 2);
}

#[tokio::test]
async fn capabilities_must_be_acknowledged() {
    let bench = Bench::new().await;
    let summary = bench.client.get_template_summary().template_body(ROLE).send().await.unwrap();
    assert_eq!(summary.capabilities()[0].as_str(), "CAPABILITY_NAMED_IAM");
    assert_eq!(summary.resource_types(), ["AWS::IAM::Role"]);
    assert_eq!(summary.parameters()[0].parameter_key(), Some("Name"));
    let parameter = aws_sdk_cloudformation::types::Parameter::builder();
    let parameter = parameter.parameter_key("Name").parameter_value("deploy").build();
    let create =
        || bench.client.create_stack().stack_name("role").template_body(ROLE).parameters(parameter.clone());
    let (code, text) = refusal(create().send().await);
    assert_eq!(code, "InsufficientCapabilitiesException");
    assert_eq!(text, "Requires capabilities : [CAPABILITY_NAMED_IAM]");
    create().capabilities("CAPABILITY_NAMED_IAM".into()).send().await.unwrap();
    let (_, text) = refusal(bench.client.create_stack().stack_name("b").template_body(ROLE).send().await);
    assert_eq!(text, "Parameters: [Name] must have values");
}

#[tokio::test]
async fn bad_templates_are_refused_at_once() {
    let bench = Bench::new().await;
    let cases = [
        ("{}", "Template format error: At least one Resources member must be defined."),
        (
            "Resources: {A: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Ref B}}}",
            "Template format error: Unresolved resource dependencies [B] in the Resources block of the template",
        ),
        (
            "Resources: {A: {}}",
            "Template format error: [/Resources/A] Every Resources object must contain a Type member.",
        ),
    ];
    for (template, expected) in cases {
        let request = bench.client.validate_template().template_body(template).send().await;
        if let Err(error) = request {
            let (_, text) = refusal::<(), _, _>(Err(error));
            assert_eq!(text, expected);
        }
        let (code, text) =
            refusal(bench.client.create_stack().stack_name("bad").template_body(template).send().await);
        assert_eq!((code.as_str(), text.as_str()), ("ValidationError", expected));
    }
    let long = format!("Resources: {{A: {{Type: AWS::SNS::Topic}}}} # {}", "x".repeat(51_200));
    let (_, text) = refusal(bench.client.create_stack().stack_name("long").template_body(long).send().await);
    assert!(
        text.ends_with("failed to satisfy constraint: Member must have length less than or equal to 51200")
    );
    let (_, text) = refusal(bench.client.create_stack().stack_name("none").send().await);
    assert_eq!(text, "Either Template URL or Template Body must be specified.");
}

#[tokio::test]
async fn a_large_template_comes_from_a_bucket() {
    let bench = Bench::new().await;
    let large = format!("Resources: {{A: {{Type: AWS::SNS::Topic}}}} # {}", "x".repeat(60_000));
    let address = bench.running.address;
    assert_eq!(http(address, "PUT", "/templates", "").await.0, 200);
    assert_eq!(http(address, "PUT", "/templates/a%20b/large.yaml", &large).await.0, 200);
    let (status_code, body) = http(address, "GET", "/templates/a%20b/large.yaml", "").await;
    assert_eq!((status_code, body.len()), (200, large.len()));
    let urls = [
        format!("http://{address}/templates/a%20b/large.yaml"),
        "https://templates.s3.eu-west-1.amazonaws.com/a%20b/large.yaml".to_owned(),
        "https://s3.amazonaws.com/templates/a%20b/large.yaml".to_owned(),
    ];
    for (number, url) in urls.iter().enumerate() {
        let name = format!("large-{number}");
        bench.client.create_stack().stack_name(&name).template_url(url).send().await.unwrap();
        assert_eq!(status(&bench.settled(&name).await), "CREATE_COMPLETE");
    }
    let refused = |url: &str| bench.client.create_stack().stack_name("no").template_url(url).send();
    let (_, text) = refusal(refused("https://example.com/a.yaml").await);
    assert_eq!(text, "TemplateURL must be a supported URL.");
    let (_, text) = refusal(refused("s3://templates/large.yaml").await);
    assert_eq!(text, "S3 error: Domain name specified in templates is not a valid S3 domain");
    assert!(refused("https://templates.s3.amazonaws.com/none").await.is_err());
    assert!(!ACCOUNT.is_empty());
}
