//! HTTP as clients speak it: methods, versions, lengths, headers, and the two forms of answers.

use super::Bench;
use super::protocol::{http, raw};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const LIST: &str = "Action=ListStacks&Version=2010-05-15";

/// Sends bytes and reads everything that comes back, head and all.
async fn whole(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

fn header<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let head = answer.split("\r\n\r\n").next()?;
    head.lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

fn element<'a>(answer: &'a str, name: &str) -> &'a str {
    answer.split(&format!("<{name}>")).nth(1).unwrap().split("</").next().unwrap()
}

#[tokio::test]
async fn answers_carry_identifier_and_date() {
    let bench = Bench::new().await;
    for form in [LIST, "Action=Nonsense"] {
        let length = form.len();
        let request = format!(
            "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{form}"
        );
        let answer = whole(bench.running.address, &request).await;
        let id = header(&answer, "x-amzn-RequestId").unwrap();
        assert_eq!((id, id.len()), (element(&answer, "RequestId"), 36));
        assert_eq!(header(&answer, "content-type"), Some("text/xml"));
        assert!(header(&answer, "date").is_some_and(|date| date.ends_with(" GMT")), "{answer}");
    }
}

#[tokio::test]
async fn the_forms_of_http_are_all_understood() {
    let bench = Bench::new().await;
    let address = bench.running.address;
    let (status, body) = http(address, "GET", &format!("/?{LIST}"), "").await;
    assert!(status == 200 && body.starts_with("<ListStacksResponse"), "{body}");
    // Parameters may stand in both places.
    let (status, _) = http(address, "POST", "/?Version=2010-05-15", "Action=ListStacks").await;
    assert_eq!(status, 200);
    let old = format!("GET /?{LIST} HTTP/1.0\r\nhost: x\r\n\r\n");
    assert!(whole(address, &old).await.starts_with("HTTP/1.0 200"));
    let (first, second) = LIST.split_at(9);
    let (one, two) = (first.len(), second.len());
    let chunked = format!(
        "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n{one:x}\r\n{first}\r\n{two:x}\r\n{second}\r\n0\r\n\r\n"
    );
    assert_eq!(raw(address, chunked.as_bytes()).await.0, 200);
    let answer =
        whole(address, &format!("HEAD /?{LIST} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("\r\n\r\n"), "{answer}");
}

#[tokio::test]
async fn a_connection_carries_many_requests() {
    let bench = Bench::new().await;
    let length = LIST.len();
    let request = format!("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n{LIST}");
    let last =
        format!("POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{LIST}");
    let answer = whole(bench.running.address, &format!("{request}{request}{last}")).await;
    assert_eq!(answer.matches("HTTP/1.1 200").count(), 3);
}

#[tokio::test]
async fn a_body_that_waits_for_leave_gets_it() {
    let bench = Bench::new().await;
    let mut stream = TcpStream::connect(bench.running.address).await.unwrap();
    let length = LIST.len();
    let head = format!(
        "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\nexpect: 100-continue\r\ncontent-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut leave = [0; 25];
    stream.read_exact(&mut leave).await.unwrap();
    assert_eq!(&leave, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(LIST.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn bodies_that_cannot_be_read_are_refused() {
    let bench = Bench::new().await;
    let address = bench.running.address;
    let huge =
        "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 99999999999\r\n\r\nAction=";
    let (status, body) = raw(address, huge.as_bytes()).await;
    assert_eq!((status, element(&body, "Code")), (413, "RequestEntityTooLarge"), "{body}");
    let zipped = b"POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\n\x1f\x8b\x08\x00";
    let (status, body) = raw(address, zipped).await;
    assert_eq!((status, element(&body, "Code")), (400, "MissingAction"), "{body}");
}

#[tokio::test]
async fn who_wants_json_gets_json() {
    let bench = Bench::new().await;
    bench.create("notes", r#"{"Resources":{"N":{"Type":"AWS::SNS::Topic"}}}"#).await;
    let address = bench.running.address;
    let account =
        "authorization: AWS4-HMAC-SHA256 Credential=111122223333/1/eu-west-1/cloudformation/aws4_request\r\n";
    let ask = |query: &str| {
        format!(
            "GET /?{query} HTTP/1.1\r\nhost: x\r\nconnection: close\r\naccept: application/json\r\n{account}\r\n"
        )
    };
    let (status, body) = raw(address, ask("Action=DescribeStacks&StackName=notes").as_bytes()).await;
    assert_eq!(status, 200);
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    let stack = &body["DescribeStacksResponse"]["DescribeStacksResult"]["Stacks"][0];
    assert_eq!(stack["StackName"], "notes");
    assert_eq!(stack["DisableRollback"], false);
    assert!(stack["CreationTime"].is_f64() && stack.get("DeletionTime").is_none(), "{stack}");
    assert!(body["DescribeStacksResponse"]["ResponseMetadata"]["RequestId"].is_string());
    let (status, body) = raw(address, ask("Action=DeleteChangeSet&ChangeSetName=a").as_bytes()).await;
    assert_eq!(status, 400);
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["Error"]["Code"], "ValidationError");
    assert_eq!(body["Error"]["Type"], "Sender");
    let (_, body) = http(address, "GET", "/?Action=ListExports&ContentType=JSON", "").await;
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["ListExportsResponse"]["ListExportsResult"]["Exports"], serde_json::json!([]));
}

#[tokio::test]
async fn errors_have_the_status_that_the_model_says() {
    let bench = Bench::new().await;
    let address = bench.running.address;
    for (form, status, code) in [
        (
            "Action=DescribeChangeSet&ChangeSetName=arn:aws:cloudformation:a:1:changeSet/a/b",
            404,
            "ChangeSetNotFound",
        ),
        ("Action=DescribeStackSet&StackSetName=a", 404, "StackSetNotFoundException"),
        ("Action=DescribeStacks&StackName=a", 400, "ValidationError"),
        ("Action=CreateGeneratedTemplate&GeneratedTemplateName=a", 400, "NotImplemented"),
    ] {
        let (answered, body) = http(address, "POST", "/", form).await;
        assert_eq!(
            (answered, element(&body, "Code"), element(&body, "Type")),
            (status, code, "Sender"),
            "{form}"
        );
    }
}

#[tokio::test]
async fn results_are_absent_empty_or_full() {
    let bench = Bench::new().await;
    bench.create("notes", r#"{"Resources":{"N":{"Type":"AWS::SNS::Topic"}}}"#).await;
    let account =
        "authorization: AWS4-HMAC-SHA256 Credential=111122223333/1/eu-west-1/cloudformation/aws4_request\r\n";
    let ask = async |query: &str| {
        let request = format!("GET /?{query} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{account}\r\n");
        raw(bench.running.address, request.as_bytes()).await.1
    };
    let metadata = "<ResponseMetadata><RequestId>";
    let stack = ask("Action=DescribeStacks&StackName=notes").await;
    assert!(stack.contains("<Tags/>") && stack.contains("<NotificationARNs/>"), "{stack}");
    assert!(
        !stack.contains("Outputs") && !stack.contains("Capabilities") && !stack.contains("NextToken"),
        "{stack}"
    );
    assert!(stack.contains("<DisableRollback>false</DisableRollback>"), "{stack}");
    let time = element(&stack, "CreationTime");
    assert!(time.len() == 24 && time.ends_with('Z') && &time[19..20] == ".", "{time}");
    let policy = ask("Action=SetStackPolicy&StackName=notes").await;
    assert!(
        policy.starts_with(&format!(
            "<SetStackPolicyResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\">{metadata}"
        )),
        "{policy}"
    );
    let deleted = ask("Action=DeleteChangeSet&StackName=notes&ChangeSetName=none").await;
    assert!(
        deleted.contains(&format!("<DeleteChangeSetResult></DeleteChangeSetResult>{metadata}")),
        "{deleted}"
    );
}
