//! Express mode: an operation is complete once configurations are applied.

use super::{Bench, status};
use aws_sdk_cloudformation::types::{DeploymentConfig, DeploymentConfigMode, Stack};

const DATABASE: &str = r#"{"Resources": {"Domain": {"Type": "AWS::OpenSearchService::Domain"}}}"#;

fn config(mode: DeploymentConfigMode) -> DeploymentConfig {
    DeploymentConfig::builder().mode(mode).build()
}

fn seconds(events: &[aws_sdk_cloudformation::types::StackEvent]) -> i64 {
    let at = |event: &aws_sdk_cloudformation::types::StackEvent| event.timestamp().unwrap().secs();
    at(events.first().unwrap()) - at(events.last().unwrap())
}

async fn created(bench: &Bench, name: &str, mode: DeploymentConfigMode) -> (Stack, i64) {
    let request = bench.client.create_stack().stack_name(name).template_body(DATABASE);
    request.deployment_config(config(mode)).send().await.unwrap();
    let stack = bench.settled(name).await;
    let events = bench.client.describe_stack_events().stack_name(name).send().await.unwrap();
    (stack, seconds(events.stack_events()))
}

#[tokio::test]
async fn an_express_stack_does_not_wait_for_its_resources() {
    let bench = Bench::new().await;
    let (standard, slow) = created(&bench, "standard", DeploymentConfigMode::Standard).await;
    let (express, fast) = created(&bench, "express", DeploymentConfigMode::Express).await;
    assert_eq!((status(&standard), status(&express)), ("CREATE_COMPLETE", "CREATE_COMPLETE"));
    assert!(fast < 60 && slow > 600, "{fast} {slow}");
    assert_eq!(standard.deployment_config(), None);
    let mode = express.deployment_config().unwrap().mode().unwrap().clone();
    assert_eq!(mode, DeploymentConfigMode::Express);
}

#[tokio::test]
async fn nothing_is_rolled_back_in_express_mode_unless_that_is_asked_for() {
    let bench = Bench::failing("Domain").await;
    let (kept, _) = created(&bench, "kept", DeploymentConfigMode::Express).await;
    assert_eq!((status(&kept), kept.disable_rollback()), ("CREATE_FAILED", Some(true)));
    let asked =
        DeploymentConfig::builder().mode(DeploymentConfigMode::Express).disable_rollback(false).build();
    let request = bench.client.create_stack().stack_name("undone").template_body(DATABASE);
    request.deployment_config(asked).send().await.unwrap();
    assert_eq!(status(&bench.settled("undone").await), "ROLLBACK_COMPLETE");
}
