//! S3: objects, their versions and conditions, uploads in parts, and what keeps a stack's bucket from being deleted.
//!
//! The SDK of S3 is not among the dependencies, so that the requests are written as it writes them.

use super::state::Folder;
use super::{Bench, status};
use formwork::sandbox::Speed;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Sends one request and reads the answer to its end: status and body. The connection stays open until the server
/// closes it, since a long body is not read at once.
async fn sent(address: SocketAddr, request: &[u8]) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    (head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0), body.to_owned())
}

/// Sends a signed request; `line` is method and path, `head` what other headers there are.
async fn ask(bench: &Bench, line: &str, head: &str, body: &str) -> (u16, String) {
    let (address, length) = (bench.running.address, body.len());
    let scope = "Credential=111122223333/20260101/eu-west-1/s3/aws4_request";
    let request = format!(
        "{line} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{head}authorization: AWS4-HMAC-SHA256 {scope}, \
         SignedHeaders=host, Signature=0\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    sent(address, request.as_bytes()).await
}

async fn code(bench: &Bench, line: &str, head: &str, body: &str) -> (u16, String) {
    let (status, answer) = ask(bench, line, head, body).await;
    (status, between(&answer, "Code").to_owned())
}

/// The text of the first element of a name.
fn between<'a>(text: &'a str, name: &str) -> &'a str {
    let start = format!("<{name}>");
    let rest = text.split_once(start.as_str()).map(|(_, rest)| rest).unwrap_or_default();
    rest.split("</").next().unwrap_or_default()
}

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// The MD5 of `one`.
const ONE: &str = "\"f97c5d29941bfb1b2fdab0874906ab82\"";
const ENABLED: &str = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";

#[tokio::test]
async fn writes_and_reads_keep_their_conditions() {
    let bench = Bench::new().await;
    assert_eq!(ask(&bench, "PUT /shelf", "", "").await.0, 200);
    assert_eq!(ask(&bench, "PUT /shelf/k", "if-none-match: *\r\n", "one").await.0, 200);
    let failed = refused(412, "PreconditionFailed");
    assert_eq!(code(&bench, "PUT /shelf/k", "if-none-match: *\r\n", "two").await, failed);
    assert_eq!(code(&bench, "PUT /shelf/k", "if-match: \"other\"\r\n", "two").await, failed);
    let absent = code(&bench, "PUT /shelf/none", "if-match: \"other\"\r\n", "two").await;
    assert_eq!(absent, refused(404, "NoSuchKey"));
    let listed = ask(&bench, "GET /shelf?list-type=2", "", "").await.1;
    assert_eq!(between(&listed, "ETag"), ONE.replace('"', "&quot;"));
    let same = format!("if-none-match: {ONE}\r\n");
    assert_eq!(ask(&bench, "GET /shelf/k", &same, "").await, (304, String::new()));
    assert_eq!(ask(&bench, "GET /shelf/k", "if-match: \"other\"\r\n", "").await.0, 412);
    let early = "if-unmodified-since: Mon, 01 Jan 2001 00:00:00 GMT\r\n";
    assert_eq!(ask(&bench, "GET /shelf/k", early, "").await.0, 412);
    let late = "if-modified-since: Fri, 01 Jan 2100 00:00:00 GMT\r\n";
    assert_eq!(ask(&bench, "HEAD /shelf/k", late, "").await.0, 304);
    assert_eq!(ask(&bench, "PUT /shelf/k", &format!("if-match: {ONE}\r\n"), "second").await.0, 200);
    assert_eq!(ask(&bench, "GET /shelf/k", "range: bytes=1-3\r\n", "").await, (206, "eco".into()));
    assert_eq!(code(&bench, "GET /shelf/k", "range: bytes=9-\r\n", "").await, refused(416, "InvalidRange"));
    let copy = ask(&bench, "PUT /shelf/copy", "x-amz-copy-source: /shelf/k\r\n", "").await;
    assert!(copy.1.contains("<CopyObjectResult"), "{copy:?}");
    assert_eq!(ask(&bench, "GET /shelf/copy", "", "").await.1, "second");
}

#[tokio::test]
async fn versions_are_kept_and_survive() {
    let folder = Folder::new("versions");
    let bench = Bench::with(folder.options(Speed::Max)).await;
    ask(&bench, "PUT /shelf", "", "").await;
    ask(&bench, "PUT /shelf/k", "", "first").await;
    assert_eq!(ask(&bench, "PUT /shelf?versioning", "", ENABLED).await.0, 200);
    ask(&bench, "PUT /shelf/k", "", "one").await;
    assert_eq!(ask(&bench, "DELETE /shelf/k", "", "").await.0, 204);
    assert_eq!(code(&bench, "GET /shelf/k", "", "").await, refused(404, "NoSuchKey"));
    let before = ask(&bench, "GET /shelf?versions", "", "").await.1;
    bench.running.stop().await;

    let bench = Bench::with(folder.options(Speed::Max)).await;
    let versions = ask(&bench, "GET /shelf?versions", "", "").await.1;
    assert_eq!(versions, before);
    let ids: Vec<&str> =
        versions.split("<VersionId>").skip(1).map(|rest| rest.split('<').next().unwrap()).collect();
    let [marker, one, "null"] = ids[..] else { panic!("{versions}") };
    assert_eq!(versions.matches("<DeleteMarker>").count(), 1);
    assert!(versions.contains(&format!("<VersionId>{marker}</VersionId><IsLatest>true</IsLatest>")));
    assert_eq!(ask(&bench, "GET /shelf/k?versionId=null", "", "").await, (200, "first".into()));
    assert_eq!(ask(&bench, &format!("GET /shelf/k?versionId={one}"), "", "").await.1, "one");
    let of_marker = code(&bench, &format!("GET /shelf/k?versionId={marker}"), "", "").await;
    assert_eq!(of_marker, refused(405, "MethodNotAllowed"));
    let unknown = format!("GET /shelf/k?versionId={}", "0".repeat(32));
    assert_eq!(code(&bench, &unknown, "", "").await, refused(404, "NoSuchVersion"));
    let page = ask(&bench, "GET /shelf?versions&max-keys=1", "", "").await.1;
    assert_eq!((between(&page, "IsTruncated"), between(&page, "NextVersionIdMarker")), ("true", marker));
    let next = format!("GET /shelf?versions&max-keys=1&key-marker=k&version-id-marker={marker}");
    assert_eq!(between(&ask(&bench, &next, "", "").await.1, "VersionId"), one);
    ask(&bench, &format!("DELETE /shelf/k?versionId={marker}"), "", "").await;
    assert_eq!(ask(&bench, "GET /shelf/k", "", "").await, (200, "one".into()));
    let full = ask(&bench, "DELETE /shelf", "", "").await;
    let text = "The bucket you tried to delete is not empty. You must delete all versions in the bucket.";
    assert_eq!((full.0, between(&full.1, "Message")), (409, text));
    let many = format!(
        "<Delete><Object><Key>k</Key><VersionId>{one}</VersionId></Object>\
         <Object><Key>k</Key><VersionId>null</VersionId></Object></Delete>"
    );
    let gone = ask(&bench, "POST /shelf?delete", "", &many).await.1;
    assert_eq!(gone.matches("<Deleted>").count(), 2, "{gone}");
    assert_eq!(ask(&bench, "DELETE /shelf", "", "").await.0, 204);
}

#[tokio::test]
async fn parts_make_an_object() {
    let bench = Bench::new().await;
    ask(&bench, "PUT /shelf", "", "").await;
    let begun = ask(&bench, "POST /shelf/big?uploads", "", "").await.1;
    let id = between(&begun, "UploadId");
    let long = "x".repeat(5 * 1024 * 1024);
    for (number, body) in [(1, long.as_str()), (2, "one")] {
        let line = format!("PUT /shelf/big?partNumber={number}&uploadId={id}");
        assert_eq!(ask(&bench, &line, "", body).await.0, 200);
    }
    let parts = ask(&bench, &format!("GET /shelf/big?uploadId={id}"), "", "").await.1;
    let first = between(&parts, "ETag").to_owned();
    let line = format!("POST /shelf/big?uploadId={id}");
    let row =
        |number: u8, etag: &str| format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>");
    let list =
        |rows: &[String]| format!("<CompleteMultipartUpload>{}</CompleteMultipartUpload>", rows.concat());
    let backwards = list(&[row(2, ONE), row(1, &first)]);
    assert_eq!(code(&bench, &line, "", &backwards).await, refused(400, "InvalidPartOrder"));
    assert_eq!(code(&bench, &line, "", &list(&[row(3, ONE)])).await, refused(400, "InvalidPart"));
    assert_eq!(code(&bench, &line, "", "<Complete").await, refused(400, "MalformedXML"));
    let whole = ask(&bench, &line, "", &list(&[row(1, &first), row(2, ONE)])).await.1;
    assert!(between(&whole, "ETag").ends_with("-2&quot;"), "{whole}");
    assert_eq!(ask(&bench, "GET /shelf/big", "range: bytes=-4\r\n", "").await, (206, "xone".into()));
    assert_eq!(code(&bench, &line, "", &list(&[row(1, ONE)])).await, refused(404, "NoSuchUpload"));
}

#[tokio::test]
async fn buckets_are_refused_in_the_words_of_s3() {
    let bench = Bench::new().await;
    assert_eq!(code(&bench, "PUT /Not_A_Name", "", "").await, refused(400, "InvalidBucketName"));
    assert_eq!(code(&bench, "GET /nowhere/k", "", "").await, refused(404, "NoSuchBucket"));
    ask(&bench, "PUT /shelf", "", "").await;
    assert_eq!(code(&bench, "PUT /shelf", "", "").await, refused(409, "BucketAlreadyOwnedByYou"));
    assert_eq!(code(&bench, "POST /shelf", "", "").await, refused(405, "MethodNotAllowed"));
    let scope = "authorization: AWS4-HMAC-SHA256 Credential=111122223333/20260101/us-west-2/s3/aws4_request, \
                 SignedHeaders=host, Signature=0\r\n";
    let address = bench.running.address;
    let elsewhere = format!("GET /shelf HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{scope}\r\n");
    let (status, body) = sent(address, elsewhere.as_bytes()).await;
    assert_eq!((status, between(&body, "Code")), (301, "PermanentRedirect"));
}

const BUCKET: &str = "Resources: {Files: {Type: AWS::S3::Bucket, Properties: {BucketName: shelf}}}";

#[tokio::test]
async fn a_bucket_with_objects_cannot_be_deleted() {
    let bench = Bench::new().await;
    let id = bench.create("files", BUCKET).await.stack_id.unwrap();
    ask(&bench, "PUT /shelf/k", "", "one").await;
    bench.client.delete_stack().stack_name("files").send().await.unwrap();
    let stack = bench.settled(&id).await;
    assert_eq!(status(&stack), "DELETE_FAILED");
    let story = bench.story(&id).await;
    let reason = &story.iter().find(|(_, status, _)| status == "DELETE_FAILED").unwrap().2;
    let text = "Resource handler returned message: \"The bucket you tried to delete is not empty (Service: S3, \
                Status Code: 409, Request ID: ";
    assert!(
        reason.starts_with(text) && reason.ends_with("HandlerErrorCode: GeneralServiceException)"),
        "{reason}"
    );
    ask(&bench, "DELETE /shelf/k", "", "").await;
    bench.client.delete_stack().stack_name(&id).send().await.unwrap();
    assert_eq!(status(&bench.settled(&id).await), "DELETE_COMPLETE");
    assert_eq!(ask(&bench, "HEAD /shelf", "", "").await.0, 404);
}

#[tokio::test]
async fn a_stack_says_whether_versions_are_kept() {
    let bench = Bench::new().await;
    let versioned = BUCKET.replace("shelf}", "shelf, VersioningConfiguration: {Status: Enabled}}");
    bench.create("files", &versioned).await;
    let told = ask(&bench, "GET /shelf?versioning", "", "").await.1;
    assert_eq!(between(&told, "Status"), "Enabled");
    bench.update("files", BUCKET).await;
    let told = ask(&bench, "GET /shelf?versioning", "", "").await.1;
    assert_eq!(between(&told, "Status"), "Suspended");
}

#[tokio::test]
async fn a_transform_without_work_leaves_the_template_as_it_is() {
    let bench = Bench::new().await;
    for (name, section, expected) in [
        ("plain", "", "CREATE_COMPLETE"),
        ("global", "Globals: {Function: {Timeout: 3}}\n", "ROLLBACK_COMPLETE"),
    ] {
        let body = BUCKET.replace("shelf", name);
        let template = format!("Transform: AWS::Serverless-2016-10-31\n{section}{body}");
        let create = bench.client.create_stack().stack_name(name).template_body(template);
        create.capabilities("CAPABILITY_AUTO_EXPAND".into()).send().await.unwrap();
        assert_eq!(status(&bench.settled(name).await), expected);
    }
}
