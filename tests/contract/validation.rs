//! Requests that the published model does not allow, and the texts that AWS has for them.

use super::protocol::http;
use super::{Bench, refusal};
use aws_sdk_cloudformation::types::{Capability, OnFailure, Tag};

const TOPIC: &str = r#"{"Resources":{"Bell":{"Type":"AWS::SNS::Topic"}}}"#;

/// Sends an unsigned request that is refused, and gives code and text.
async fn refused(bench: &Bench, form: &str) -> (String, String) {
    let (status, body) =
        http(bench.running.address, "POST", "/", &format!("Version=2010-05-15&{form}")).await;
    assert_eq!(status, 400, "{form}: {body}");
    let document = roxmltree::Document::parse(&body).unwrap();
    let text = |name: &str| {
        let node = document.descendants().find(|node| node.tag_name().name() == name).unwrap();
        node.text().unwrap_or_default().to_owned()
    };
    assert_eq!(text("Type"), "Sender");
    (text("Code"), text("Message"))
}

async fn check(bench: &Bench, form: &str, code: &str, message: &str) {
    assert_eq!(refused(bench, form).await, (code.to_owned(), message.to_owned()), "{form}");
}

/// One violation: the request, the value as AWS shows it, the member, the constraint.
type Violation = (&'static str, &'static str, &'static str, &'static str);

const NULL: &str = "Member must not be null";
const STACK_NAME: &str =
    "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*";
const NAME: &str = "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*";

const VIOLATIONS: &[Violation] = &[
    ("Action=DeleteStack", "null", "stackName", NULL),
    ("Action=GetStackPolicy", "null", "stackName", NULL),
    ("Action=DescribeStacks&StackName=under_score", "'under_score'", "stackName", STACK_NAME),
    ("Action=DeleteStack&StackName=9lives", "'9lives'", "stackName", STACK_NAME),
    ("Action=CreateChangeSet&StackName=s&ChangeSetName=-c", "'-c'", "changeSetName", NAME),
    (
        "Action=CreateStack&StackName=s&ClientRequestToken=a/b",
        "'a/b'",
        "clientRequestToken",
        "Member must satisfy regular expression pattern: [a-zA-Z0-9][-a-zA-Z0-9]*",
    ),
    (
        "Action=CreateStack&StackName=s&RoleARN=role",
        "'role'",
        "roleARN",
        "Member must have length greater than or equal to 20",
    ),
    (
        "Action=DescribeStackResourceDrifts&StackName=s&MaxResults=101",
        "'101'",
        "maxResults",
        "Member must have value less than or equal to 100",
    ),
    (
        "Action=GetTemplate&StackName=s&TemplateStage=processed",
        "'processed'",
        "templateStage",
        "Member must satisfy enum value set: [Processed, Original]",
    ),
    (
        "Action=CreateStack&StackName=s&Parameters.member.1.ParameterKey=a&Tags.member.1.Key=k&Tags.member.1.Value=",
        "''",
        "tags.1.member.value",
        "Member must have length greater than or equal to 1",
    ),
    (
        "Action=CreateStack&StackName=s&Tags.member.2.Key=k&Tags.member.2.Value=v&Tags.member.1.Value=w",
        "null",
        "tags.1.member.key",
        NULL,
    ),
    (
        "Action=CreateChangeSet&StackName=s&ChangeSetName=c&RollbackConfiguration.MonitoringTimeInMinutes=181",
        "'181'",
        "rollbackConfiguration.monitoringTimeInMinutes",
        "Member must have value less than or equal to 180",
    ),
    ("Action=CreateStackSet&StackSetName=under_score", "'under_score'", "stackSetName", NAME),
    (
        "Action=ActivateType&MajorVersion=0",
        "'0'",
        "majorVersion",
        "Member must have value greater than or equal to 1",
    ),
];

#[tokio::test]
async fn members_break_constraints_in_the_words_of_aws() {
    let bench = Bench::new().await;
    for (form, value, member, constraint) in VIOLATIONS {
        let text = format!(
            "1 validation error detected: Value {value} at '{member}' failed to satisfy constraint: {constraint}"
        );
        check(&bench, form, "ValidationError", &text).await;
    }
}

#[tokio::test]
async fn lists_are_judged_as_a_whole() {
    let bench = Bench::new().await;
    let text = "1 validation error detected: Value '[CREATE_COMPLETE, DONE]' at 'stackStatusFilter' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [";
    let form = "Action=ListStacks&StackStatusFilter.member.1=CREATE_COMPLETE&StackStatusFilter.member.2=DONE";
    let (code, message) = refused(&bench, form).await;
    assert_eq!(code, "ValidationError");
    assert!(
        message.starts_with(text) && message.ends_with("CREATE_FAILED, CREATE_IN_PROGRESS]]"),
        "{message}"
    );
    let many: String = (1..=6).map(|number| format!("&NotificationARNs.member.{number}=t{number}")).collect();
    check(
        &bench,
        &format!("Action=CreateStack&StackName=s{many}"),
        "ValidationError",
        "1 validation error detected: Value '[t1, t2, t3, t4, t5, t6]' at 'notificationARNs' failed to satisfy constraint: Member must have length less than or equal to 5",
    )
    .await;
    check(
        &bench,
        "Action=CreateChangeSet&StackName=s&ChangeSetName=c&ResourcesToImport.member.1.ResourceType=T&ResourcesToImport.member.1.LogicalResourceId=L&ResourcesToImport.member.1.ResourceIdentifier.entry.1.key=K&ResourcesToImport.member.1.ResourceIdentifier.entry.1.value=",
        "ValidationError",
        "1 validation error detected: Value '{K=}' at 'resourcesToImport.1.member.resourceIdentifier' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 2048, Member must have length greater than or equal to 1]",
    )
    .await;
}

#[tokio::test]
async fn violations_are_counted() {
    let bench = Bench::new().await;
    let (_, message) = refused(&bench, "Action=CreateStack&StackName=&OnFailure=NEVER").await;
    let (count, violations) = message.split_once(" detected: ").unwrap();
    assert_eq!(count, "3 validation errors");
    let mut violations: Vec<&str> = violations.split("; ").collect();
    violations.sort_unstable();
    let stack_name = format!("Value '' at 'stackName' failed to satisfy constraint: {STACK_NAME}");
    let expected = [
        "Value '' at 'stackName' failed to satisfy constraint: Member must have length greater than or equal to 1",
        &stack_name,
        "Value 'NEVER' at 'onFailure' failed to satisfy constraint: Member must satisfy enum value set: [DELETE, ROLLBACK, DO_NOTHING]",
    ];
    assert_eq!(violations, expected);
}

#[tokio::test]
async fn what_cannot_be_read_is_malformed() {
    let bench = Bench::new().await;
    for (form, text) in [
        (
            "Action=ListStacks&StackStatusFilter.1=CREATE_COMPLETE",
            "Top level element may not be treated as a list",
        ),
        ("Action=ListStacks&StackStatusFilter.member.0=CREATE_COMPLETE", "0 is not a valid index"),
        ("Action=CreateStack&StackName=s&DisableRollback=yes", "boolean must follow xsd1.1 definition"),
        ("Action=CreateStack&StackName=s&DisableRollback=", "missing value for boolean type"),
        // What cannot be read is told before what is not allowed.
        ("Action=CreateStack&StackName=_&TimeoutInMinutes=soon", "integer must follow xsd1.1 definition"),
    ] {
        check(&bench, form, "MalformedInput", text).await;
    }
}

#[tokio::test]
async fn nothing_is_done_for_a_request_that_is_refused() {
    let bench = Bench::new().await;
    let create = || bench.client.create_stack().template_body(TOPIC);
    let (code, text) = refusal(create().stack_name("bells_").send().await);
    assert_eq!(code, "ValidationError");
    assert!(text.contains("at 'stackName' failed to satisfy constraint"), "{text}");
    let long = "b".repeat(129);
    let (_, text) = refusal(create().stack_name(&long).send().await);
    assert_eq!(
        text,
        format!(
            "1 validation error detected: Value '{long}' at 'stackName' failed to satisfy constraint: Member must have length less than or equal to 128"
        )
    );
    let odd = create().stack_name("bells").on_failure(OnFailure::from("SHRUG"));
    refusal(odd.send().await);
    let odd = create().stack_name("bells").capabilities(Capability::from("CAPABILITY_FLY"));
    refusal(odd.send().await);
    let key = "k".repeat(129);
    let tag = Tag::builder().key(&key).value("v").build();
    let (_, text) = refusal(create().stack_name("bells").tags(tag).send().await);
    assert_eq!(
        text,
        format!(
            "1 validation error detected: Value '{key}' at 'tags.1.member.key' failed to satisfy constraint: Member must have length less than or equal to 128"
        )
    );
    let body = format!("{TOPIC}{}", " ".repeat(51_200));
    let (_, text) = refusal(bench.client.validate_template().template_body(&body).send().await);
    assert_eq!(
        text,
        format!(
            "1 validation error detected: Value '{body}' at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to 51200"
        )
    );
    let listed = bench.client.list_stacks().send().await.unwrap();
    assert!(listed.stack_summaries().is_empty());
}
