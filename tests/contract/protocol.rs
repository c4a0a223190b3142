//! The wire itself: forms of errors, unsigned and malformed requests.

use super::Bench;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Sends one request as it is and reads the answer: status and body.
pub(super) async fn raw(address: SocketAddr, request: &[u8]) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    (status, body.to_owned())
}

/// Sends an unsigned request.
pub(super) async fn http(address: SocketAddr, method: &str, path: &str, body: &str) -> (u16, String) {
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    raw(address, request.as_bytes()).await
}

#[tokio::test]
async fn unsigned_queries_are_answered_in_the_form_of_aws() {
    let bench = Bench::new().await;
    let address = bench.running.address;
    let (status, body) = http(address, "POST", "/", "Action=ListStacks&Version=2010-05-15").await;
    assert_eq!(status, 200);
    assert!(body.starts_with(
        "<ListStacksResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"><ListStacksResult>"
    ));
    assert!(body.contains("<StackSummaries/>") && body.contains("<ResponseMetadata><RequestId>"), "{body}");
    let (_, body) = http(address, "POST", "/", "Action=DeleteStack&Version=2010-05-15&StackName=x").await;
    assert!(!body.contains("DeleteStackResult"), "{body}");
    let (status, body) =
        http(address, "POST", "/", "Action=DescribeStacks&Version=2010-05-15&StackName=x%26y").await;
    assert_eq!(status, 400);
    assert!(body.starts_with("<ErrorResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"><Error><Type>Sender</Type><Code>ValidationError</Code><Message>1 validation error detected: Value 'x&amp;y' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*</Message></Error><RequestId>"), "{body}");
    let (_, body) = http(address, "GET", "/?Action=GetCallerIdentity&Version=2011-06-15", "").await;
    assert!(body.contains("<Account>000000000000</Account>"), "{body}");
}

#[tokio::test]
async fn malformed_requests_get_proper_errors() {
    let bench = Bench::new().await;
    let address = bench.running.address;
    for (body, code) in [
        ("Action=Nonsense&Version=2010-05-15", "InvalidAction"),
        ("Version=2010-05-15", "MissingAction"),
        ("", "MissingAction"),
        ("%%%%", "MissingAction"),
        ("Action=CreateStack", "ValidationError"),
        ("Action=CreateStack&StackName=a&TemplateBody=%00%01%02", "ValidationError"),
        ("Action=CreateStack&StackName=a&TemplateBody=", "ValidationError"),
        ("Action=DescribeStacks&NextToken=zz", "ValidationError"),
        ("Action=DescribeStacks&Version=2009-01-01", "NoSuchVersion"),
        ("Action=StartResourceScan&Version=2010-05-15", "NotImplemented"),
        ("Action=ListStacks&StackStatusFilter.1=CREATE_COMPLETE", "MalformedInput"),
        (
            "Action=UpdateTerminationProtection&StackName=a&EnableTerminationProtection=maybe",
            "MalformedInput",
        ),
        ("Action=AssumeRole&Version=2011-06-15&RoleArn=x&RoleSessionName=y", "ValidationError"),
        ("Action=AssumeRole&Version=2011-06-15", "ValidationError"),
    ] {
        let (status, text) = http(address, "POST", "/", body).await;
        assert_eq!(status, 400, "{body}");
        assert!(text.contains(&format!("<Code>{code}</Code>")), "{body}: {text}");
    }
    let deep = format!("Action=CreateStack&StackName=a&TemplateBody={}", "%5B".repeat(17_000));
    let (status, text) = http(address, "POST", "/", &deep).await;
    assert_eq!(status, 400, "{text}");
    let targeted = "POST / HTTP/1.1\r\nhost: x\r\nx-amz-target: AmazonSSM.GetParameter\r\nconnection: close\r\ncontent-length: 3\r\n\r\n{{{";
    let (status, text) = raw(address, targeted.as_bytes()).await;
    assert_eq!(status, 400);
    assert!(text.contains("SerializationException"), "{text}");
    let (status, text) = http(address, "GET", "/no-bucket/key", "").await;
    assert_eq!(status, 404);
    assert!(text.contains("<Code>NoSuchBucket</Code>"), "{text}");
}
