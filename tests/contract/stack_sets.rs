//! Stack sets: one template in many accounts and regions.

use super::{Bench, client, refusal};
use aws_sdk_cloudformation::types::{Parameter, StackSetOperationStatus};

const TOPIC: &str = r#"
Parameters: {Title: {Type: String, Default: none}}
Resources: {Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Ref Title}}}
"#;
const ACCOUNTS: [&str; 2] = ["111122223333", "444455556666"];

fn title(value: &str) -> Parameter {
    Parameter::builder().parameter_key("Title").parameter_value(value).build()
}

impl Bench {
    async fn operation(&self, id: Option<&str>) -> StackSetOperationStatus {
        for _ in 0..super::PATIENCE {
            let request = self.client.describe_stack_set_operation().stack_set_name("base");
            let answer = request.operation_id(id.unwrap()).send().await.unwrap();
            let status = answer.stack_set_operation().unwrap().status().unwrap().clone();
            if status != StackSetOperationStatus::Running {
                return status;
            }
        }
        panic!("the operation does not end");
    }

    async fn instances(&self) -> StackSetOperationStatus {
        let request = self.client.create_stack_instances().stack_set_name("base");
        let request = request.set_accounts(Some(ACCOUNTS.map(str::to_owned).to_vec()));
        let answer = request.regions("eu-west-1").regions("us-east-1").send().await.unwrap();
        self.operation(answer.operation_id()).await
    }

    async fn base(&self, template: &str) {
        let request = self.client.create_stack_set().stack_set_name("base").template_body(template);
        request.send().await.unwrap();
    }
}

#[tokio::test]
async fn a_set_has_its_stacks_in_many_places_until_they_are_deleted() {
    let bench = Bench::new().await;
    bench.base(TOPIC).await;
    assert_eq!(bench.instances().await, StackSetOperationStatus::Succeeded);
    let listed = bench.client.list_stack_instances().stack_set_name("base").send().await.unwrap();
    assert_eq!(listed.summaries().len(), 4);
    let there = client(&bench.running, ACCOUNTS[1], "us-east-1").describe_stacks().send().await.unwrap();
    assert!(there.stacks()[0].stack_name().unwrap().starts_with("StackSet-base-"));
    let (code, _) = refusal(bench.client.delete_stack_set().stack_set_name("base").send().await);
    assert_eq!(code, "StackSetNotEmptyException");
    let request = bench.client.delete_stack_instances().stack_set_name("base").retain_stacks(false);
    let request = request.set_accounts(Some(ACCOUNTS.map(str::to_owned).to_vec()));
    let answer = request.regions("eu-west-1").regions("us-east-1").send().await.unwrap();
    assert_eq!(bench.operation(answer.operation_id()).await, StackSetOperationStatus::Succeeded);
    let listed = bench.client.list_stack_instances().stack_set_name("base").send().await.unwrap();
    assert!(listed.summaries().is_empty());
    bench.client.delete_stack_set().stack_set_name("base").send().await.unwrap();
    assert!(bench.client.list_stack_sets().send().await.unwrap().summaries().is_empty());
}

#[tokio::test]
async fn an_update_reaches_every_stack() {
    let bench = Bench::new().await;
    let request = bench.client.create_stack_set().stack_set_name("base").template_body(TOPIC);
    request.parameters(title("first")).send().await.unwrap();
    bench.instances().await;
    let request = bench.client.update_stack_set().stack_set_name("base").use_previous_template(true);
    let answer = request.parameters(title("second")).send().await.unwrap();
    assert_eq!(bench.operation(answer.operation_id()).await, StackSetOperationStatus::Succeeded);
    for account in ACCOUNTS {
        let stacks = client(&bench.running, account, "us-east-1").describe_stacks().send().await.unwrap();
        assert_eq!(stacks.stacks()[0].parameters()[0].parameter_value(), Some("second"));
    }
    let all = bench.client.list_stack_set_operations().stack_set_name("base").send().await.unwrap();
    let actions: Vec<_> = all.summaries().iter().map(|one| one.action().unwrap().as_str()).collect();
    assert_eq!(actions, ["UPDATE", "CREATE"]);
}

#[tokio::test]
async fn an_operation_fails_where_its_stacks_do() {
    let bench = Bench::failing("Topic").await;
    bench.base(TOPIC).await;
    assert_eq!(bench.instances().await, StackSetOperationStatus::Failed);
    let there = client(&bench.running, ACCOUNTS[1], "us-east-1").describe_stacks().send().await.unwrap();
    assert!(there.stacks().is_empty(), "what could not be created is deleted");
}

#[tokio::test]
async fn what_is_not_there_or_taken_or_at_work_is_refused() {
    let bench = Bench::slow().await;
    let instances = |set: &str| {
        let request = bench.client.create_stack_instances().stack_set_name(set);
        request.accounts(ACCOUNTS[0]).regions("eu-west-1").send()
    };
    let told = refusal(instances("nowhere").await);
    assert_eq!(told, ("StackSetNotFoundException".into(), "StackSet nowhere not found".into()));
    bench.base(TOPIC).await;
    let again = bench.client.create_stack_set().stack_set_name("base").template_body(TOPIC).send().await;
    assert_eq!(refusal(again).0, "NameAlreadyExistsException");
    let first = instances("base").await.unwrap();
    let (code, text) = refusal(instances("base").await);
    assert_eq!(code, "OperationInProgressException");
    assert!(text.ends_with(&format!(" is in progress: {}", first.operation_id().unwrap())), "{text}");
    let request = bench.client.describe_stack_set_operation().stack_set_name("base").operation_id("none");
    assert_eq!(refusal(request.send().await).0, "OperationNotFoundException");
}
