//! Bytes that are no request, or hardly one: the server answers or hangs up, and goes on.

use super::Bench;
use proptest::prelude::*;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Sends bytes and reads what comes back until the server hangs up.
async fn send(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The server may have hung up before it has read all.
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await;
    assert!(read.is_ok(), "no end: {bytes:?}");
    answer
}

fn status(answer: &[u8]) -> Option<u16> {
    let text = String::from_utf8_lossy(answer);
    text.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()
}

/// A request with something wrong in it: a start line, headers, a body.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let start = prop::sample::select(vec![
        "POST / HTTP/1.1",
        "GET /?Action=ListStacks HTTP/1.1",
        "GET / HTTP/1.0",
        "POST /%%%?%zz=%f HTTP/1.1",
        "PUT /bucket/../../etc HTTP/1.1",
        "HEAD / HTTP/1.1",
        "OPTIONS * HTTP/1.1",
        "CONNECT a:1 HTTP/1.1",
        "POST / HTTP/9.9",
        "",
    ]);
    let header = prop::sample::select(vec![
        "host: x",
        "content-length: 5",
        "content-length: -1",
        "content-length: 99999999999999999999",
        "transfer-encoding: chunked",
        "content-type: application/x-www-form-urlencoded",
        "content-encoding: gzip",
        "expect: 100-continue",
        "authorization: AWS4-HMAC-SHA256 Credential=////, SignedHeaders=, Signature=",
        "authorization: AWS4-HMAC-SHA256 Credential=a/b/c/cloudformation/d",
        "authorization: AWS4-HMAC-SHA256 Credential=a/b/c/ssm/d",
        "authorization: AWS4-HMAC-SHA256 Credential=a/b/c/s3/d",
        "x-amz-target: AmazonSSM.GetParameter",
        "x-amz-security-token: FormworkSession\u{7f}zz",
        "x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "accept: application/json",
        "connection: keep-alive",
        ": nothing",
        "no colon",
    ]);
    let body = prop_oneof![
        prop::sample::select(vec![
            "",
            "Action=ListStacks",
            "{}",
            "5\r\nhello\r\n0\r\n\r\n",
            "FFFFFFFFFFFFFFFF\r\n"
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..200),
    ];
    let request = (start, prop::collection::vec(header, 0..5), body).prop_map(|(start, headers, body)| {
        [format!("{start}\r\n{}\r\n\r\n", headers.join("\r\n")).into_bytes(), body].concat()
    });
    prop_oneof![9 => request, 1 => prop::collection::vec(any::<u8>(), 0..500)]
}

#[test]
fn no_bytes_break_the_server() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let bench = runtime.block_on(Bench::new());
    let address = bench.running.address;
    let config = ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(bytes in bytes())| {
        let answer = runtime.block_on(send(address, &bytes));
        prop_assert!(answer.is_empty() || status(&answer).is_some_and(|status| status < 500 || status == 501));
    });
    runtime.block_on(async { bench.client.list_stacks().send().await.unwrap() });
}
