//! Aliases: a second name for a stack. The SDK does not know these operations yet: they are asked for by hand.

use super::protocol::http;
use super::{Bench, client, refusal, status};

const TOPIC: &str = r#"{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}"#;

impl Bench {
    /// A sandbox seen as the account that unsigned requests are of.
    async fn unsigned() -> Self {
        let bench = Self::new().await;
        let client = client(&bench.running, "000000000000", "us-east-1");
        Self { client, ..bench }
    }

    /// The status of the answer, its code if it is an error, and whether it has no result element.
    async fn ask_alias(&self, query: &str) -> (u16, String, bool) {
        let body = format!("Version=2010-05-15&{query}");
        let (status, text) = http(self.running.address, "POST", "/", &body).await;
        let code = text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
        (status, code.map(|(code, _)| code.to_owned()).unwrap_or_default(), !text.contains("Result"))
    }

    async fn set_alias(&self, stack: &str, alias: &str) -> (u16, String, bool) {
        self.ask_alias(&format!("Action=SetAlias&StackName={stack}&AliasName={alias}")).await
    }

    /// The alias that `DescribeStacks` shows.
    async fn alias_of(&self, stack: &str) -> Option<String> {
        let body = format!("Version=2010-05-15&Action=DescribeStacks&StackName={stack}");
        let (_, text) = http(self.running.address, "POST", "/", &body).await;
        let (_, rest) = text.split_once("<AliasName>")?;
        rest.split_once("</AliasName>").map(|(alias, _)| alias.to_owned())
    }
}

#[tokio::test]
async fn a_stack_answers_to_its_alias_until_that_is_removed() {
    let bench = Bench::unsigned().await;
    let id = bench.create("shop-v1", TOPIC).await.stack_id().unwrap().to_owned();
    assert_eq!(bench.set_alias("shop-v1", "shop").await, (200, String::new(), true));
    let stack = bench.stack("shop").await;
    assert_eq!((stack.stack_id(), stack.stack_name()), (Some(id.as_str()), Some("shop-v1")));
    assert_eq!(bench.alias_of("shop").await.as_deref(), Some("shop"));
    let resources = bench.client.list_stack_resources().stack_name("shop").send().await.unwrap();
    assert_eq!(resources.stack_resource_summaries().len(), 1);
    assert_eq!(bench.ask_alias("Action=RemoveAlias&AliasName=shop").await, (200, String::new(), true));
    assert_eq!(
        refusal(bench.client.describe_stacks().stack_name("shop").send().await),
        ("ValidationError".to_owned(), "Stack with id shop does not exist".to_owned())
    );
    assert_eq!(bench.alias_of("shop-v1").await, None);
}

#[tokio::test]
async fn an_alias_is_free_and_the_only_one() {
    let bench = Bench::unsigned().await;
    bench.create("one", TOPIC).await;
    bench.create("two", TOPIC).await;
    assert_eq!(bench.set_alias("one", "two").await.1, "AlreadyExistsException");
    assert_eq!(bench.set_alias("one", "first").await.0, 200);
    assert_eq!(bench.set_alias("two", "first").await.1, "AlreadyExistsException");
    assert_eq!(bench.set_alias("one", "primary").await.1, "LimitExceededException");
    let taken = bench.client.create_stack().stack_name("first").template_body(TOPIC).send().await;
    assert_eq!(refusal(taken).0, "AlreadyExistsException");
    assert_eq!(bench.ask_alias("Action=RemoveAlias&AliasName=nobody").await.1, "ValidationError");
}

#[tokio::test]
async fn the_alias_of_a_deleted_stack_is_free() {
    let bench = Bench::unsigned().await;
    let id = bench.create("one", TOPIC).await.stack_id().unwrap().to_owned();
    bench.set_alias("one", "shop").await;
    bench.client.delete_stack().stack_name("shop").send().await.unwrap();
    assert_eq!(status(&bench.settled(&id).await), "DELETE_COMPLETE");
    bench.create("two", TOPIC).await;
    assert_eq!(bench.set_alias("two", "shop").await.0, 200);
    assert_eq!(bench.stack("shop").await.stack_name(), Some("two"));
}
