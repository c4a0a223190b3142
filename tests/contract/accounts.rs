//! Accounts and regions: who is calling, and what one does not see of another.

use super::{ACCOUNT, Bench, client};
use aws_sdk_sts::Client;
use aws_sdk_sts::config::{BehaviorVersion, Credentials, Region};

const TOPIC: &str = "Resources: {Topic: {Type: AWS::SNS::Topic}}";

fn sts(url: String, credentials: Credentials) -> Client {
    let config = aws_sdk_sts::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .endpoint_url(url)
        .credentials_provider(credentials)
        .build();
    Client::from_conf(config)
}

#[tokio::test]
async fn the_key_names_the_account_and_a_role_leads_to_another() {
    let bench = Bench::new().await;
    let own = sts(bench.url(), Credentials::new("012345678901", "x", None, None, "test"));
    let identity = own.get_caller_identity().send().await.unwrap();
    assert_eq!(identity.account(), Some("012345678901"));
    let role = "arn:aws:iam::444455556666:role/path/deploy";
    let assumed = own.assume_role().role_arn(role).role_session_name("run-1").send().await.unwrap();
    let given = assumed.credentials().unwrap();
    let session = Some(given.session_token().to_owned());
    let other = sts(
        bench.url(),
        Credentials::new(given.access_key_id(), given.secret_access_key(), session, None, "t"),
    );
    let identity = other.get_caller_identity().send().await.unwrap();
    assert_eq!(identity.account(), Some("444455556666"));
    assert_eq!(identity.arn(), Some("arn:aws:sts::444455556666:assumed-role/deploy/run-1"));
    let bad = own.assume_role().role_arn("nonsense").role_session_name("run-1").send().await;
    assert!(bad.is_err());
}

#[tokio::test]
async fn accounts_and_regions_are_worlds_of_their_own() {
    let bench = Bench::new().await;
    let stack = bench.create("topic", TOPIC).await;
    assert!(
        stack
            .stack_id()
            .unwrap()
            .starts_with(&format!("arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/topic/"))
    );
    for (account, region) in [("999988887777", "eu-west-1"), (ACCOUNT, "us-east-1")] {
        let other = client(&bench.running, account, region);
        assert!(other.describe_stacks().send().await.unwrap().stacks().is_empty());
        assert!(other.describe_stacks().stack_name("topic").send().await.is_err());
        other.create_stack().stack_name("topic").template_body(TOPIC).send().await.unwrap();
    }
}
