//! How the whole behaves: against a server that lives inside the test and writes down what it was asked.

use super::*;
use crate::cloudformation::{
    ChangeSetKind, ChangeSetRequest, ChangeSetState, CloudFormation, ParameterValue, ServiceError,
    TemplateSource,
};
use crate::model::account::{Account, AccountId, Target};
use crate::model::change::Action;
use crate::model::secret::Secret;
use crate::model::stack::{Mode, OnFailure};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;
use tokio::time::Instant;

const ACCOUNT: &str = "111111111111";

/// A request as the server sees it.
#[derive(Clone, Debug)]
struct Asked {
    /// The operation, or method and path where it is no query.
    what: String,
    /// The access key id it was signed with.
    key: String,
    /// The decoded form, or nothing.
    form: BTreeMap<String, String>,
    headers: Vec<(String, String)>,
    body: String,
}

impl Asked {
    fn field(&self, name: &str) -> &str {
        self.form.get(name).map_or("(absent)", String::as_str)
    }
}

/// A status and a body; no answer at all for status 0.
type Reply = (u16, String);
type Play = dyn Fn(&Asked, usize) -> Reply + Send + Sync;

/// Answers by a function of the request and of how often its operation was asked before.
#[derive(Clone)]
struct Server {
    play: Arc<Play>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Server")
    }
}

impl Server {
    fn new(play: impl Fn(&Asked, usize) -> Reply + Send + Sync + 'static) -> Self {
        Self { play: Arc::new(play), asked: Arc::default() }
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    fn what(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.what).collect()
    }

    fn answer(&self, asked: Asked) -> Reply {
        let before = self.what().iter().filter(|what| **what == asked.what).count();
        self.asked.lock().unwrap().push(asked.clone());
        if let Some(reply) = identity(&asked) {
            let own = (self.play)(&asked, before);
            return if own.0 == 404 { reply } else { own };
        }
        (self.play)(&asked, before)
    }
}

/// What a sandbox's STS answers: the access key id names the account, an assumed role's is `ASIA` and the account.
fn identity(asked: &Asked) -> Option<Reply> {
    match asked.what.as_str() {
        "GetCallerIdentity" => {
            let account = asked.key.trim_start_matches("ASIA");
            Some((
                200,
                format!(
                    "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>{account}</Account>\
                     <Arn>arn:aws:iam::{account}:root</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>"
                ),
            ))
        }
        "AssumeRole" => {
            let account = asked.field("RoleArn").split(':').nth(4).unwrap_or_default();
            Some((200, assumed(&format!("ASIA{account}"), "2099-01-01T00:00:00Z")))
        }
        _ => None,
    }
}

fn assumed(key: &str, expiry: &str) -> String {
    format!(
        "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>{key}</AccessKeyId>\
         <SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>{expiry}</Expiration>\
         </Credentials></AssumeRoleResult></AssumeRoleResponse>"
    )
}

impl HttpConnector for Server {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (parts, body) = request.try_into_http1x().unwrap().into_parts();
        let body = String::from_utf8_lossy(body.bytes().unwrap_or_default()).into_owned();
        let header = |name: &str| {
            parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
        };
        let key = header("authorization");
        let key = key.split("Credential=").nth(1).and_then(|rest| rest.split('/').next());
        let form: BTreeMap<String, String> = match header("content-type").contains("form") {
            true => body.split('&').map(decoded).collect(),
            false => BTreeMap::new(),
        };
        let path = parts.uri.path_and_query().map(|path| path.as_str()).unwrap_or_default();
        let what = form.get("Action").cloned().unwrap_or_else(|| format!("{} {path}", parts.method));
        let headers = parts
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), value.to_str().unwrap_or_default().to_owned()));
        let key = key.unwrap_or_default().to_owned();
        let asked = Asked { what, key, form, headers: headers.collect(), body };
        let (status, text) = self.answer(asked);
        if status == 0 {
            return HttpConnectorFuture::ready(Err(ConnectorError::io("connection refused".into())));
        }
        let response = http::Response::builder().status(status).body(SdkBody::from(text)).unwrap();
        HttpConnectorFuture::ready(Ok(HttpResponse::try_from(response).unwrap()))
    }
}

impl HttpClient for Server {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

fn decoded(pair: &str) -> (String, String) {
    let plain = |text: &str| {
        let text = text.replace('+', " ");
        let mut bytes = Vec::new();
        let mut rest = text.as_bytes();
        while let Some((first, others)) = rest.split_first() {
            rest = others;
            if *first == b'%' {
                let digits = std::str::from_utf8(&others[..2]).unwrap();
                bytes.push(u8::from_str_radix(digits, 16).unwrap());
                rest = &others[2..];
            } else {
                bytes.push(*first);
            }
        }
        String::from_utf8(bytes).unwrap()
    };
    let (name, value) = pair.split_once('=').unwrap();
    (plain(name), plain(value))
}

fn target() -> Target {
    Target { account: AccountId::parse(ACCOUNT).unwrap(), region: "eu-west-1".into() }
}

fn settings(assume: Option<&str>) -> Settings {
    let account = Account {
        role: "workload".into(),
        id: target().account,
        name: None,
        assume: assume.map(str::to_owned),
        profile: None,
        external_id: Some("ours".into()),
    };
    let accounts = BTreeMap::from([(target().account, Arc::new(account))]);
    Settings { session: "anna".into(), ..Settings::sandbox(accounts, "http://sandbox.test") }
}

fn cloud(settings: Settings, server: &Server) -> Cloud {
    Cloud::with_http(settings, Some(SharedHttpClient::new(server.clone())))
}

fn stack_xml(name: &str, account: &str, status: &str) -> String {
    format!(
        "<member><StackId>arn:aws:cloudformation:eu-west-1:{account}:stack/{name}/1</StackId>\
         <StackName>{name}</StackName><StackStatus>{status}</StackStatus>\
         <CreationTime>2026-01-31T12:00:00.123Z</CreationTime></member>"
    )
}

fn stacks_xml(members: &str, token: &str) -> String {
    let token = if token.is_empty() { String::new() } else { format!("<NextToken>{token}</NextToken>") };
    format!(
        "<DescribeStacksResponse><DescribeStacksResult><Stacks>{members}</Stacks>{token}\
         </DescribeStacksResult></DescribeStacksResponse>"
    )
}

fn refusal(code: &str, message: &str) -> String {
    format!("<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>")
}

fn request() -> ChangeSetRequest {
    ChangeSetRequest {
        stack: "quiz".into(),
        name: "formwork-1".into(),
        kind: ChangeSetKind::Update,
        template: TemplateSource::Body("Resources: {}".into()),
        parameters: vec![
            ("Size".into(), ParameterValue::Plain("1".into())),
            ("Key".into(), ParameterValue::Hidden(Secret::new("s3cr3t"))),
            ("Old".into(), ParameterValue::Previous),
        ],
        tags: Vec::new(),
        capabilities: vec!["CAPABILITY_NAMED_IAM".into()],
        role: None,
        notifications: Vec::new(),
        on_failure: OnFailure::Rollback,
        mode: Mode::Standard,
        token: "token-1".into(),
        description: String::new(),
    }
}

const CREATED: &str = "<CreateChangeSetResponse><CreateChangeSetResult><Id>arn:cs</Id>\
    <StackId>arn:aws:cloudformation:eu-west-1:111111111111:stack/quiz/1</StackId></CreateChangeSetResult>\
    </CreateChangeSetResponse>";

#[tokio::test]
async fn nothing_is_asked_of_an_account_that_is_not_the_one_that_was_meant() {
    let other = "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>999999999999</Account>\
                 <Arn>arn:aws:iam::999999999999:user/anna</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>";
    let server = Server::new(move |asked, _| match asked.what.as_str() {
        "GetCallerIdentity" => (200, other.to_owned()),
        _ => (404, String::new()),
    });
    let cloud = cloud(settings(None), &server);
    let expected = ServiceError::WrongAccount {
        target: target(),
        actual: "999999999999".into(),
        arn: "arn:aws:iam::999999999999:user/anna".into(),
    };
    assert_eq!(cloud.sign_in(&target()).await.unwrap_err(), expected);
    assert_eq!(cloud.stacks(&target()).await.unwrap_err(), expected);
    assert_eq!(cloud.create_change_set(&target(), &request()).await.unwrap_err(), expected);
    assert_eq!(cloud.delete_stack(&target(), "quiz", None, "t").await.unwrap_err(), expected);
    assert_eq!(cloud.upload(&target(), "bucket", "key", "body").await.unwrap_err(), expected);
    assert_eq!(cloud.ssm_parameter(&target(), "/a").await.unwrap_err(), expected);
    assert!(server.what().iter().all(|what| what == "GetCallerIdentity"), "{:?}", server.what());
}

#[tokio::test]
async fn an_assumed_role_that_leads_elsewhere_is_never_used() {
    let server = Server::new(|asked, _| match asked.what.as_str() {
        "AssumeRole" => (200, assumed("ASIA222222222222", "2099-01-01T00:00:00Z")),
        _ => (404, String::new()),
    });
    let error = cloud(settings(Some("deploy")), &server).stacks(&target()).await.unwrap_err();
    assert!(matches!(error, ServiceError::WrongAccount { actual, .. } if actual == "222222222222"));
    assert_eq!(server.what(), ["GetCallerIdentity", "AssumeRole", "GetCallerIdentity"]);
}

#[tokio::test]
async fn accounts_that_are_not_mapped_are_not_entered() {
    let server = Server::new(|_, _| (404, String::new()));
    let elsewhere = Target { account: AccountId::parse("333333333333").unwrap(), ..target() };
    let error = cloud(settings(None), &server).stacks(&elsewhere).await.unwrap_err();
    assert!(matches!(error, ServiceError::Credentials { .. }), "{error}");
    assert!(server.what().is_empty());
}

#[tokio::test]
async fn roles_are_assumed_once_with_all_that_they_ask_for() {
    let server = Server::new(|asked, _| {
        match asked.what.as_str() {
        "GetCallerIdentity" if asked.key == "000000000000" => (
            200,
            "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>000000000000</Account>\
             <Arn>arn:aws-us-gov:iam::000000000000:root</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>"
                .into(),
        ),
        "DescribeStacks" => (200, stacks_xml("", "")),
        _ => (404, String::new()),
    }
    });
    let mut settings = settings(Some("deploy"));
    settings.session_tags = vec![("project".into(), "acme".into())];
    let cloud = Arc::new(cloud(settings, &server));
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let cloud = cloud.clone();
        calls.spawn(async move { cloud.stacks(&target()).await });
    }
    assert!(calls.join_all().await.iter().all(Result::is_ok));
    let asked = server.asked();
    let first: Vec<_> = asked.iter().take(4).map(|asked| (asked.what.as_str(), asked.key.as_str())).collect();
    let expected = [
        ("GetCallerIdentity", "000000000000"),
        ("AssumeRole", "000000000000"),
        ("GetCallerIdentity", "ASIA111111111111"),
        ("DescribeStacks", "ASIA111111111111"),
    ];
    assert_eq!(first, expected);
    assert_eq!(asked.len(), 23);
    let assume = &asked[1];
    assert_eq!(assume.field("RoleArn"), "arn:aws-us-gov:iam::111111111111:role/deploy");
    assert_eq!(assume.field("RoleSessionName"), "formwork-anna");
    assert_eq!(assume.field("ExternalId"), "ours");
    assert_eq!(assume.field("Tags.member.1.Key"), "project");
}

#[tokio::test]
async fn lapsing_credentials_are_renewed_and_guarded_anew() {
    let server = Server::new(|asked, before| match asked.what.as_str() {
        "AssumeRole" if before == 0 => (200, assumed("ASIA111111111111", "2001-01-01T00:00:00Z")),
        "AssumeRole" => (200, assumed("ASIA222222222222", "2099-01-01T00:00:00Z")),
        "DescribeStacks" => (200, stacks_xml("", "")),
        _ => (404, String::new()),
    });
    let cloud = cloud(settings(Some("arn:aws:iam::111111111111:role/deploy")), &server);
    cloud.sign_in(&target()).await.unwrap();
    assert!(matches!(cloud.stacks(&target()).await, Err(ServiceError::WrongAccount { .. })));
    assert_eq!(server.what(), ["AssumeRole", "GetCallerIdentity", "AssumeRole", "GetCallerIdentity"]);
}

#[tokio::test(start_paused = true)]
async fn lapsed_credentials_are_told_at_once_and_the_next_call_signs_in_anew() {
    let server = Server::new(|asked, before| match asked.what.as_str() {
        "DescribeStacks" if before == 0 => (403, refusal("ExpiredToken", "The security token is expired")),
        "DescribeStacks" => (200, stacks_xml("", "")),
        _ => (404, String::new()),
    });
    let cloud = cloud(settings(None), &server);
    let error = cloud.stacks(&target()).await.unwrap_err();
    let ServiceError::Credentials { message, .. } = error else { panic!("{error}") };
    assert_eq!(message, "the sandbox's own credentials: The security token is expired (ExpiredToken)");
    assert_eq!(server.what(), ["GetCallerIdentity", "DescribeStacks"]);
    cloud.stacks(&target()).await.unwrap();
    assert_eq!(server.what()[2..], ["GetCallerIdentity", "DescribeStacks"]);
}

#[tokio::test]
async fn a_region_that_is_not_enabled_is_told_as_that() {
    let server = Server::new(|asked, _| match asked.what.as_str() {
        "DescribeStacks" => (403, refusal("InvalidClientTokenId", "The security token is invalid.")),
        _ => (404, String::new()),
    });
    let error = cloud(settings(None), &server).stacks(&target()).await.unwrap_err();
    assert!(
        error.to_string().ends_with("perhaps the account has not enabled the region `eu-west-1`"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn throttling_slows_down_and_does_not_fail() {
    let server = Server::new(|asked, before| match asked.what.as_str() {
        "CreateChangeSet" if before < 12 => (400, refusal("Throttling", "Rate exceeded")),
        "CreateChangeSet" => (200, CREATED.into()),
        _ => (404, String::new()),
    });
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ear = heard.clone();
    let mut settings = settings(None);
    settings.rates = Rates::Published;
    settings.observer = Arc::new(move |text| ear.lock().unwrap().push(text));
    let cloud = cloud(settings, &server);
    assert_eq!(cloud.create_change_set(&target(), &request()).await.unwrap(), "arn:cs");
    assert_eq!(server.what().len(), 14);
    let heard = heard.lock().unwrap();
    let expected =
        "AWS asks to slow down: CreateChangeSet in 111111111111/eu-west-1 is now asked 0.8 times a second";
    assert_eq!(heard[0], expected);
}

#[tokio::test(start_paused = true)]
async fn silence_is_told_within_ten_seconds() {
    let server = Server::new(|_, _| (0, String::new()));
    let begun = Instant::now();
    let error = cloud(settings(None), &server).stacks(&target()).await.unwrap_err();
    let ServiceError::Unreachable { operation, message, .. } = &error else { panic!("{error}") };
    assert_eq!(
        (*operation, message.as_str()),
        ("GetCallerIdentity", "http://sandbox.test: connection refused")
    );
    assert!(begun.elapsed() < Duration::from_secs(11), "{:?}", begun.elapsed());
    assert!(server.what().len() >= 3);
}

#[tokio::test(start_paused = true)]
async fn troubles_of_the_service_are_waited_out() {
    let server = Server::new(|asked, before| match (asked.what.as_str(), before) {
        ("DescribeStacks", 0) => (503, "<html>".into()),
        ("DescribeStacks", 1) => (500, refusal("InternalFailure", "x")),
        ("DescribeStacks", 2) => (0, String::new()),
        ("DescribeStacks", _) => (200, stacks_xml("", "")),
        _ => (404, String::new()),
    });
    cloud(settings(None), &server).stacks(&target()).await.unwrap();
    assert_eq!(server.what().len(), 5);
}

#[tokio::test]
async fn stacks_come_from_all_pages_without_deleted_ones() {
    let server = Server::new(|asked, _| match (asked.what.as_str(), asked.field("NextToken")) {
        ("DescribeStacks", "(absent)") => {
            (200, stacks_xml(&stack_xml("a", ACCOUNT, "CREATE_COMPLETE"), "more"))
        }
        ("DescribeStacks", "more") => (200, stacks_xml("", "last")),
        ("DescribeStacks", _) => {
            let gone = stack_xml("gone", ACCOUNT, "DELETE_COMPLETE");
            (200, stacks_xml(&(gone + &stack_xml("b", ACCOUNT, "REVIEW_IN_PROGRESS")), ""))
        }
        _ => (404, String::new()),
    });
    let stacks = cloud(settings(None), &server).stacks(&target()).await.unwrap();
    let names: Vec<_> = stacks.iter().map(|stack| stack.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(stacks[0].created, "2026-01-31T12:00:00.123Z");
}

#[tokio::test]
async fn stacks_of_another_account_are_refused() {
    let server = Server::new(|asked, _| match asked.what.as_str() {
        "DescribeStacks" => (200, stacks_xml(&stack_xml("a", "222222222222", "CREATE_COMPLETE"), "")),
        _ => (404, String::new()),
    });
    let cloud = cloud(settings(None), &server);
    assert!(matches!(cloud.stacks(&target()).await, Err(ServiceError::WrongAccount { .. })));
    assert!(matches!(cloud.stack(&target(), "a").await, Err(ServiceError::WrongAccount { .. })));
}

#[tokio::test]
async fn what_is_absent_is_told_apart_from_what_is_refused() {
    let server = Server::new(|asked, _| match asked.what.as_str() {
        "DescribeStacks" => (400, refusal("ValidationError", "Stack with id quiz does not exist")),
        "DescribeStackEvents" => (400, refusal("ValidationError", "Stack [quiz] does not exist")),
        "DeleteStack" => (400, refusal("ValidationError", "Stack [quiz] does not exist")),
        "DescribeChangeSet" | "DeleteChangeSet" => {
            (404, refusal("ChangeSetNotFound", "ChangeSet [c] does not exist"))
        }
        "CreateChangeSet" => {
            (400, refusal("InsufficientCapabilitiesException", "Requires capabilities : [X]"))
        }
        _ => (404, String::new()),
    });
    let cloud = cloud(settings(None), &server);
    let absent = |what: &str| ServiceError::Absent { what: what.into(), target: target() };
    assert_eq!(cloud.stack(&target(), "quiz").await.unwrap_err(), absent("stack `quiz`"));
    assert_eq!(cloud.events(&target(), "quiz", None).await.unwrap_err(), absent("stack `quiz`"));
    assert_eq!(cloud.change_set(&target(), "c").await.unwrap_err(), absent("change set `c`"));
    cloud.delete_change_set(&target(), "c").await.unwrap();
    cloud.delete_stack(&target(), "quiz", None, "t").await.unwrap();
    let error = cloud.create_change_set(&target(), &request()).await.unwrap_err();
    assert!(matches!(error, ServiceError::Refused { operation: "CreateChangeSet", .. }), "{error}");
}

#[tokio::test]
async fn empty_lists_are_sent_so_that_they_clear() {
    let server = Server::new(|asked, _| match asked.what.as_str() {
        "CreateChangeSet" => (200, CREATED.into()),
        _ => (404, String::new()),
    });
    let cloud = cloud(settings(None), &server);
    cloud.create_change_set(&target(), &request()).await.unwrap();
    let tagged = ChangeSetRequest {
        tags: vec![("a".into(), "b".into())],
        mode: Mode::Express,
        on_failure: OnFailure::Delete,
        kind: ChangeSetKind::Create,
        ..request()
    };
    cloud.create_change_set(&target(), &tagged).await.unwrap();
    let asked = server.asked();
    let check = |at: usize, field: &str, expected: &str| {
        assert_eq!(asked[at].field(field), expected, "{field}: {}", asked[at].body);
    };
    check(1, "Tags", "");
    check(1, "NotificationARNs", "");
    check(1, "ClientToken", "token-1");
    check(1, "ChangeSetType", "UPDATE");
    check(1, "OnStackFailure", "(absent)");
    check(1, "DeploymentConfig.Mode", "(absent)");
    check(1, "RoleARN", "(absent)");
    check(1, "Parameters.member.1.ParameterValue", "1");
    check(1, "Parameters.member.2.ParameterValue", "s3cr3t");
    check(1, "Parameters.member.3.UsePreviousValue", "true");
    check(2, "Tags", "(absent)");
    check(2, "Tags.member.1.Key", "a");
    check(2, "OnStackFailure", "DELETE");
    check(2, "DeploymentConfig.Mode", "EXPRESS");
}

#[tokio::test]
async fn rollback_is_spoken_of_at_execution_unless_it_was_at_creation() {
    let server = Server::new(|asked, _| match asked.what.as_str() {
        "CreateChangeSet" => (200, CREATED.into()),
        "ExecuteChangeSet" if asked.field("ChangeSetName") == "again" => (
            400,
            refusal(
                "InvalidChangeSetStatus",
                "ChangeSet [again] cannot be executed in its current execution status of [EXECUTE_IN_PROGRESS]",
            ),
        ),
        "ExecuteChangeSet" => {
            (200, "<ExecuteChangeSetResponse><ExecuteChangeSetResult/></ExecuteChangeSetResponse>".into())
        }
        _ => (404, String::new()),
    });
    let cloud = cloud(settings(None), &server);
    let deleting =
        ChangeSetRequest { on_failure: OnFailure::Delete, kind: ChangeSetKind::Create, ..request() };
    cloud.execute_change_set(&target(), "other", true, "t").await.unwrap();
    cloud.execute_change_set(&target(), "other", false, "t").await.unwrap();
    let id = cloud.create_change_set(&target(), &deleting).await.unwrap();
    cloud.execute_change_set(&target(), &id, false, "t").await.unwrap();
    cloud.execute_change_set(&target(), "again", false, "t").await.unwrap();
    let said: Vec<_> = server
        .asked()
        .iter()
        .filter(|asked| asked.what == "ExecuteChangeSet")
        .map(|asked| asked.field("DisableRollback").to_owned())
        .collect();
    assert_eq!(said, ["true", "false", "(absent)", "false"]);
}

fn change_set_xml(reason: &str, changes: &str, token: &str) -> String {
    format!(
        "<DescribeChangeSetResponse><DescribeChangeSetResult><ChangeSetId>arn:cs</ChangeSetId>\
         <StackId>arn:aws:cloudformation:eu-west-1:111111111111:stack/quiz/1</StackId>\
         <Status>CREATE_COMPLETE</Status><ExecutionStatus>AVAILABLE</ExecutionStatus>\
         <StatusReason>{reason}</StatusReason><Changes>{changes}</Changes>{token}</DescribeChangeSetResult>\
         </DescribeChangeSetResponse>"
    )
}

fn change_xml(id: &str, action: &str, details: &str) -> String {
    format!(
        "<member><Type>Resource</Type><ResourceChange><Action>{action}</Action>\
         <LogicalResourceId>{id}</LogicalResourceId><ResourceType>AWS::SNS::Topic</ResourceType>\
         <Details>{details}</Details></ResourceChange></member>"
    )
}

#[tokio::test]
async fn a_change_set_is_read_whole_also_when_the_service_leaves_something_out() {
    let detail = "<member><Target><Attribute>Properties</Attribute><Name>DisplayName</Name>\
                  <Path>/Properties/DisplayName</Path><BeforeValue>a</BeforeValue><AfterValue>b</AfterValue>\
                  <RequiresRecreation>Never</RequiresRecreation></Target></member>";
    let server = Server::new(move |asked, _| {
        let warning =
            "[WARN] --include-property-values option can return incomplete ChangeSet data because: x";
        let token = "<NextToken>2</NextToken>";
        let at = (asked.what.as_str(), asked.field("IncludePropertyValues"), asked.field("NextToken"));
        match at {
            ("DescribeChangeSet", "true", "(absent)") => {
                (200, change_set_xml(warning, &change_xml("B", "Modify", detail), token))
            }
            ("DescribeChangeSet", "true", _) => (200, change_set_xml("", &change_xml("C", "Add", ""), "")),
            ("DescribeChangeSet", _, "(absent)") => {
                (200, change_set_xml("", &change_xml("A", "Remove", ""), token))
            }
            ("DescribeChangeSet", _, _) => (200, change_set_xml("", &change_xml("B", "Modify", ""), "")),
            _ => (404, String::new()),
        }
    });
    let set = cloud(settings(None), &server).change_set(&target(), "arn:cs").await.unwrap();
    assert_eq!(set.state, ChangeSetState::Ready);
    let found: Vec<_> =
        set.changes.iter().map(|change| (change.logical_id.as_str(), change.action)).collect();
    assert_eq!(found, [("A", Action::Remove), ("B", Action::Modify), ("C", Action::Add)]);
    assert_eq!(set.changes[1].properties[0].after.as_deref(), Some("b"));
    assert_eq!(server.what().len(), 5);
}

#[tokio::test]
async fn events_come_oldest_first_until_the_known_one() {
    let page = |ids: &[&str], token: &str| {
        let event = |id: &&str| format!("<member><EventId>{id}</EventId><StackId>s</StackId></member>");
        let events: String = ids.iter().map(event).collect();
        format!(
            "<DescribeStackEventsResponse><DescribeStackEventsResult><StackEvents>{events}</StackEvents>{token}\
             </DescribeStackEventsResult></DescribeStackEventsResponse>"
        )
    };
    let server = Server::new(move |asked, _| match (asked.what.as_str(), asked.field("NextToken")) {
        ("DescribeStackEvents", "(absent)") => (200, page(&["5", "4"], "<NextToken>n</NextToken>")),
        ("DescribeStackEvents", _) => (200, page(&["3", "2", "1"], "")),
        _ => (404, String::new()),
    });
    let cloud = cloud(settings(None), &server);
    let check = async |after: Option<&str>, expected: &[&str], calls: usize| {
        let before = server.what().len();
        let events = cloud.events(&target(), "s", after).await.unwrap();
        let ids: Vec<_> = events.iter().map(|event| event.id.as_str()).collect();
        assert_eq!(ids, expected);
        assert_eq!(server.what().len() - before, calls);
    };
    cloud.sign_in(&target()).await.unwrap();
    check(None, &["1", "2", "3", "4", "5"], 2).await;
    check(Some("2"), &["3", "4", "5"], 2).await;
    check(Some("4"), &["5"], 1).await;
    check(Some("5"), &[], 1).await;
    assert_eq!(cloud.last_event(&target(), "s").await.unwrap().as_deref(), Some("5"));
}

#[tokio::test]
async fn a_template_goes_into_a_bucket_that_is_made_once() {
    let server = Server::new(|asked, before| match asked.what.as_str() {
        "HEAD /artifacts" => (404, String::new()),
        "HEAD /artifacts/t/1.yaml" if before == 0 => (404, String::new()),
        "GetCallerIdentity" => (404, String::new()),
        _ => (200, String::new()),
    });
    let cloud = cloud(settings(None), &server);
    let url = cloud.upload(&target(), "artifacts", "t/1.yaml", "Resources: {}").await.unwrap();
    assert_eq!(url, "http://sandbox.test/artifacts/t/1.yaml");
    cloud.upload(&target(), "artifacts", "t/1.yaml", "Resources: {}").await.unwrap();
    let expected = [
        "GetCallerIdentity",
        "HEAD /artifacts",
        "PUT /artifacts",
        "PUT /artifacts?encryption",
        "PUT /artifacts?publicAccessBlock",
        "HEAD /artifacts/t/1.yaml",
        "PUT /artifacts/t/1.yaml",
        "HEAD /artifacts/t/1.yaml",
    ];
    assert_eq!(server.what(), expected);
    let asked = server.asked();
    assert!(asked[2].body.contains("<LocationConstraint>eu-west-1</LocationConstraint>"));
    assert_eq!(asked[6].body, "Resources: {}");
    let owner = ("x-amz-expected-bucket-owner".to_owned(), ACCOUNT.to_owned());
    assert!(asked[6].headers.contains(&owner));
    assert!(asked[6].headers.iter().any(|(name, _)| name == "x-amz-content-sha256"));
}

#[tokio::test(start_paused = true)]
async fn a_parameter_of_systems_manager_is_read() {
    let server = Server::new(|asked, before| match asked.what.as_str() {
        "POST /" if before == 0 => {
            (400, r#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#.into())
        }
        "POST /" if asked.body.contains("/ami") => {
            (200, r#"{"Parameter":{"Type":"String","Value":"ami-1"}}"#.into())
        }
        "POST /" => (400, r#"{"__type":"ParameterNotFound"}"#.into()),
        _ => (404, String::new()),
    });
    let cloud = cloud(settings(None), &server);
    assert_eq!(cloud.ssm_parameter(&target(), "/ami").await.unwrap(), "ami-1");
    let absent = ServiceError::Absent { what: "parameter `/none`".into(), target: target() };
    assert_eq!(cloud.ssm_parameter(&target(), "/none").await.unwrap_err(), absent);
}
