//! Stack sets: one template in many accounts and regions.

use super::{Bench, client, refusal};
use aws_sdk_cloudformation::types::{
    Parameter, StackInstanceFilter, StackInstanceFilterName, StackInstanceSummary, StackSetOperation,
    StackSetOperationPreferences, StackSetOperationResultSummary,
};

pub(super) const TOPIC: &str = r#"
Parameters: {Title: {Type: String, Default: none}}
Resources: {Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Ref Title}}}
"#;
pub(super) const ACCOUNTS: [&str; 3] = ["111122223333", "444455556666", "777788889999"];

pub(super) fn parameter(name: &str, value: &str) -> Parameter {
    Parameter::builder().parameter_key(name).parameter_value(value).build()
}

pub(super) fn owned(texts: &[&str]) -> Option<Vec<String>> {
    Some(texts.iter().map(|text| (*text).to_owned()).collect())
}

impl Bench {
    /// Reads an operation on the set `base` until it has ended.
    pub(super) async fn operation(&self, id: Option<&str>) -> StackSetOperation {
        for _ in 0..super::PATIENCE {
            let request = self.client.describe_stack_set_operation().stack_set_name("base");
            let answer = request.operation_id(id.unwrap()).send().await.unwrap();
            let operation = answer.stack_set_operation().unwrap().clone();
            if !matches!(operation.status().unwrap().as_str(), "RUNNING" | "QUEUED" | "STOPPING") {
                return operation;
            }
        }
        panic!("the operation does not end");
    }

    /// Has instances made in some accounts and regions: status and id of the operation.
    pub(super) async fn deployed(
        &self,
        accounts: &[&str],
        regions: &[&str],
        preferences: Option<StackSetOperationPreferences>,
    ) -> (String, String) {
        let request = self.client.create_stack_instances().stack_set_name("base");
        let request = request.set_accounts(owned(accounts)).set_regions(owned(regions));
        let answer = request.set_operation_preferences(preferences).send().await.unwrap();
        let ended = self.operation(answer.operation_id()).await;
        (ended.status().unwrap().as_str().to_owned(), ended.operation_id().unwrap().to_owned())
    }

    pub(super) async fn base(&self, template: &str) {
        let request = self.client.create_stack_set().stack_set_name("base").template_body(template);
        request.send().await.unwrap();
    }

    pub(super) async fn instances(&self) -> Vec<StackInstanceSummary> {
        let answer = self.client.list_stack_instances().stack_set_name("base").send().await.unwrap();
        answer.summaries().to_vec()
    }

    pub(super) async fn results(&self, id: &str) -> Vec<StackSetOperationResultSummary> {
        let request = self.client.list_stack_set_operation_results().stack_set_name("base");
        request.operation_id(id).send().await.unwrap().summaries().to_vec()
    }
}

/// Status and detailed status of an instance.
pub(super) fn standing(one: &StackInstanceSummary) -> (&str, &str) {
    let detail = one.stack_instance_status().unwrap().detailed_status().unwrap().as_str();
    (one.status().unwrap().as_str(), detail)
}

#[tokio::test]
async fn a_set_has_its_stacks_in_many_places_until_they_are_deleted() {
    let bench = Bench::new().await;
    bench.base(TOPIC).await;
    let regions = ["eu-west-1", "us-east-1"];
    assert_eq!(bench.deployed(&ACCOUNTS[..2], &regions, None).await.0, "SUCCEEDED");
    let listed = bench.instances().await;
    assert_eq!(listed.len(), 4);
    assert!(listed.iter().all(|one| standing(one) == ("CURRENT", "SUCCEEDED")));
    let there = client(&bench.running, ACCOUNTS[1], "us-east-1").describe_stacks().send().await.unwrap();
    assert!(there.stacks()[0].stack_name().unwrap().starts_with("StackSet-base-"));
    let told = refusal(bench.client.delete_stack_set().stack_set_name("base").send().await);
    assert_eq!(told, ("StackSetNotEmptyException".into(), "StackSet is not empty".into()));
    let request = bench.client.delete_stack_instances().stack_set_name("base").retain_stacks(false);
    let request = request.set_accounts(owned(&ACCOUNTS[..2])).set_regions(owned(&regions));
    let answer = request.send().await.unwrap();
    let ended = bench.operation(answer.operation_id()).await;
    assert_eq!((ended.status().unwrap().as_str(), ended.retain_stacks()), ("SUCCEEDED", Some(false)));
    assert!(bench.instances().await.is_empty());
    bench.client.delete_stack_set().stack_set_name("base").send().await.unwrap();
    let all = bench.client.list_stack_sets().send().await.unwrap();
    let statuses: Vec<_> = all.summaries().iter().map(|one| one.status().unwrap().as_str()).collect();
    assert_eq!(statuses, ["DELETED"]);
    let gone = bench.client.describe_stack_set().stack_set_name("base").send().await;
    assert_eq!(refusal(gone).0, "StackSetNotFoundException");
    bench.base(TOPIC).await;
}

#[tokio::test]
async fn stacks_that_are_retained_stay_and_can_be_taken_back() {
    let bench = Bench::new().await;
    bench.base(TOPIC).await;
    bench.deployed(&ACCOUNTS[1..2], &["eu-west-1"], None).await;
    let stack = bench.instances().await[0].stack_id().unwrap().to_owned();
    let request = bench.client.delete_stack_instances().stack_set_name("base").retain_stacks(true);
    let answer = request.accounts(ACCOUNTS[1]).regions("eu-west-1").send().await.unwrap();
    assert_eq!(bench.operation(answer.operation_id()).await.retain_stacks(), Some(true));
    assert!(bench.instances().await.is_empty());
    let there = client(&bench.running, ACCOUNTS[1], "eu-west-1");
    let status = there.describe_stacks().send().await.unwrap().stacks()[0].stack_status().unwrap().clone();
    assert_eq!(status.as_str(), "CREATE_COMPLETE");
    let import = |id: &str| bench.client.import_stacks_to_stack_set().stack_set_name("base").stack_ids(id);
    let answer = import(&stack).send().await.unwrap();
    assert_eq!(bench.operation(answer.operation_id()).await.status().unwrap().as_str(), "SUCCEEDED");
    let [one] = &bench.instances().await[..] else { panic!("one was imported") };
    assert_eq!((one.stack_id(), standing(one)), (Some(stack.as_str()), ("CURRENT", "SUCCEEDED")));
    let nobody = stack.replace("eu-west-1", "eu-west-2");
    let told = refusal(import(&nobody).send().await);
    assert_eq!(told, ("StackNotFoundException".into(), format!("Stack with id {nobody} does not exist")));
}

#[tokio::test]
async fn a_stack_of_another_template_is_not_taken_in() {
    let bench = Bench::new().await;
    bench.base(TOPIC).await;
    let other = bench.create("other", "Resources: {Queue: {Type: AWS::SQS::Queue}}").await;
    let request = bench.client.import_stacks_to_stack_set().stack_set_name("base");
    let answer = request.stack_ids(other.stack_id().unwrap()).send().await.unwrap();
    assert_eq!(bench.operation(answer.operation_id()).await.status().unwrap().as_str(), "FAILED");
    assert_eq!(standing(&bench.instances().await[0]), ("OUTDATED", "FAILED_IMPORT"));
}

#[tokio::test]
async fn an_update_reaches_every_stack() {
    let bench = Bench::new().await;
    let request = bench.client.create_stack_set().stack_set_name("base").template_body(TOPIC);
    request.parameters(parameter("Title", "first")).send().await.unwrap();
    bench.deployed(&ACCOUNTS[..2], &["us-east-1"], None).await;
    let request = bench.client.update_stack_set().stack_set_name("base").use_previous_template(true);
    let answer = request.parameters(parameter("Title", "second")).send().await.unwrap();
    assert_eq!(bench.operation(answer.operation_id()).await.status().unwrap().as_str(), "SUCCEEDED");
    for account in &ACCOUNTS[..2] {
        let stacks = client(&bench.running, account, "us-east-1").describe_stacks().send().await.unwrap();
        assert_eq!(stacks.stacks()[0].parameters()[0].parameter_value(), Some("second"));
    }
    let again = bench.client.update_stack_set().stack_set_name("base").use_previous_template(true);
    let answer = again.send().await.unwrap();
    let results = bench.operation(answer.operation_id()).await;
    let results = bench.results(results.operation_id().unwrap()).await;
    let told: Vec<_> = results.iter().filter_map(|one| one.status_reason()).collect();
    assert_eq!(told, ["No updates are to be performed."; 2]);
    let all = bench.client.list_stack_set_operations().stack_set_name("base").send().await.unwrap();
    let actions: Vec<_> = all.summaries().iter().map(|one| one.action().unwrap().as_str()).collect();
    assert_eq!(actions, ["UPDATE", "UPDATE", "CREATE"]);
}

#[tokio::test]
async fn instances_override_parameters_and_go_back_to_those_of_the_set() {
    let bench = Bench::new().await;
    bench.base(TOPIC).await;
    bench.deployed(&ACCOUNTS[..2], &["eu-west-1"], None).await;
    let update = || bench.client.update_stack_instances().stack_set_name("base").regions("eu-west-1");
    let there = client(&bench.running, ACCOUNTS[1], "eu-west-1");
    let title = async || {
        let stacks = there.describe_stacks().send().await.unwrap();
        stacks.stacks()[0].parameters()[0].parameter_value().unwrap().to_owned()
    };
    let request = update().accounts(ACCOUNTS[1]).parameter_overrides(parameter("Title", "own"));
    let answer = request.send().await.unwrap();
    bench.operation(answer.operation_id()).await;
    assert_eq!(title().await, "own");
    let one = bench.client.describe_stack_instance().stack_set_name("base");
    let one = one.stack_instance_account(ACCOUNTS[1]).stack_instance_region("eu-west-1");
    let shown = one.clone().send().await.unwrap().stack_instance().unwrap().clone();
    assert_eq!(shown.parameter_overrides()[0].parameter_value(), Some("own"));
    // Nothing said of overrides: they stay. An empty list would not reach the wire, another value does.
    let answer = update().accounts(ACCOUNTS[1]).send().await.unwrap();
    bench.operation(answer.operation_id()).await;
    assert_eq!(title().await, "own");
    let kept = Parameter::builder().parameter_key("Title").use_previous_value(true).build();
    let answer = update().accounts(ACCOUNTS[1]).parameter_overrides(kept).send().await.unwrap();
    bench.operation(answer.operation_id()).await;
    assert_eq!(title().await, "own");
    let absent = refusal(update().accounts(ACCOUNTS[2]).send().await);
    let text = "Stack instance for account 777788889999 and region eu-west-1 not found";
    assert_eq!(absent, ("StackInstanceNotFoundException".into(), text.into()));
    let unknown = update().accounts(ACCOUNTS[1]).parameter_overrides(parameter("Color", "red")).send().await;
    let text = "Parameters: [Color] do not exist in the template";
    assert_eq!(refusal(unknown), ("ValidationError".into(), text.into()));
}

#[tokio::test]
async fn an_operation_fails_where_its_stacks_do() {
    let bench = Bench::failing("Topic").await;
    bench.base(TOPIC).await;
    let (status, id) = bench.deployed(&ACCOUNTS[..2], &["eu-west-1"], None).await;
    assert_eq!(status, "FAILED");
    let results = bench.results(&id).await;
    let told: Vec<_> = results
        .iter()
        .map(|one| (one.status().unwrap().as_str(), one.status_reason().unwrap().to_owned()))
        .collect();
    let reason = "ResourceLogicalId:Topic, ResourceType:AWS::SNS::Topic, ResourceStatusReason:";
    assert!(told[0].0 == "FAILED" && told[0].1.starts_with(reason), "{told:?}");
    assert_eq!(told[1], ("CANCELLED", "Cancelled since failure tolerance has exceeded".into()));
    assert!(results[1].account_gate_result().is_none());
    let gate = results[0].account_gate_result().unwrap().status_reason().unwrap();
    assert_eq!(
        gate,
        "Function not found: arn:aws:lambda:eu-west-1:111122223333:function:AWSCloudFormationStackSetAccountGate"
    );
    let stacks = bench.client.describe_stacks().send().await.unwrap();
    assert!(stacks.stacks().is_empty(), "what could not be created is deleted");
    let listed = bench.instances().await;
    let standings: Vec<_> = listed.iter().map(standing).collect();
    assert_eq!(standings, [("OUTDATED", "FAILED"), ("OUTDATED", "CANCELLED")]);
    let filter = StackInstanceFilter::builder().name(StackInstanceFilterName::DetailedStatus);
    let request = bench.client.list_stack_instances().stack_set_name("base");
    let found = request.filters(filter.values("CANCELLED").build()).send().await.unwrap();
    assert_eq!(found.summaries().len(), 1);
}

#[tokio::test]
async fn what_is_not_there_or_taken_or_at_work_is_refused() {
    let bench = Bench::slow().await;
    let instances = |set: &str| {
        let request = bench.client.create_stack_instances().stack_set_name(set);
        request.accounts(ACCOUNTS[0]).regions("eu-west-1").operation_id("mine").send()
    };
    let told = refusal(instances("nowhere").await);
    assert_eq!(told, ("StackSetNotFoundException".into(), "StackSet nowhere not found".into()));
    bench.base(TOPIC).await;
    let again = bench.client.create_stack_set().stack_set_name("base").template_body(TOPIC).send().await;
    assert_eq!(refusal(again).0, "NameAlreadyExistsException");
    instances("base").await.unwrap();
    assert_eq!(instances("base").await.unwrap().operation_id(), Some("mine"));
    let reused = bench.client.create_stack_instances().stack_set_name("base").regions("eu-west-1");
    let reused = reused.accounts(ACCOUNTS[1]).operation_id("mine").send().await;
    assert_eq!(refusal(reused).0, "OperationIdAlreadyExistsException");
    let other = bench.client.create_stack_instances().stack_set_name("base");
    let other = other.accounts(ACCOUNTS[1]).regions("eu-west-1").send().await;
    let (code, text) = refusal(other);
    assert_eq!(code, "OperationInProgressException");
    assert!(text.starts_with("Another Operation on StackSet arn:aws:cloudformation:eu-west-1:"), "{text}");
    assert!(text.ends_with(" is in progress: mine"), "{text}");
    let request = bench.client.describe_stack_set_operation().stack_set_name("base").operation_id("none");
    assert_eq!(refusal(request.send().await).0, "OperationNotFoundException");
    let units = aws_sdk_cloudformation::types::DeploymentTargets::builder().organizational_unit_ids("r-abcd");
    let request = bench.client.create_stack_instances().stack_set_name("base").regions("eu-west-1");
    let (_, text) = refusal(request.deployment_targets(units.build()).send().await);
    assert_eq!(text, "StackSets with SELF_MANAGED permission model can only have accounts as target");
}

#[tokio::test]
async fn the_same_creation_is_answered_the_same() {
    let bench = Bench::new().await;
    let create = |template: &str| {
        let request = bench.client.create_stack_set().stack_set_name("base").client_request_token("one");
        request.template_body(template).send()
    };
    let first = create(TOPIC).await.unwrap();
    assert_eq!(create(TOPIC).await.unwrap().stack_set_id(), first.stack_set_id());
    let (code, _) = refusal(create("Resources: {Queue: {Type: AWS::SQS::Queue}}").await);
    assert_eq!(code, "CreatedButModifiedException");
}
