//! What `DescribeStacks` shows of a stack, what a request leaves as it was, and what holds for an account.

use super::faults::ask;
use super::{Bench, client, status};
use aws_sdk_cloudformation::types::{
    Parameter, RollbackConfiguration, RollbackTrigger, StackDriftStatus, StackStatus, Tag,
};

const ONE: &str = "Resources: {A: {Type: AWS::SNS::Topic}}";
const ROLE: &str = "arn:aws:iam::111122223333:role/deploy";
const TOLD: &str = "arn:aws:sns:eu-west-1:111122223333:told";

#[tokio::test]
async fn a_fresh_stack_shows_so_much_and_no_more() {
    let bench = Bench::new().await;
    let stack = bench.create("fresh", ONE).await;
    assert_eq!((stack.disable_rollback(), stack.enable_termination_protection()), (Some(false), Some(false)));
    assert_eq!(stack.drift_information().unwrap().stack_drift_status(), Some(&StackDriftStatus::NotChecked));
    assert_eq!(stack.notification_arns.as_deref(), Some(&[][..]));
    assert_eq!(stack.tags.as_deref(), Some(&[][..]));
    let rollback = stack.rollback_configuration().unwrap();
    assert!(rollback.rollback_triggers().is_empty() && rollback.monitoring_time_in_minutes().is_none());
    assert!(stack.capabilities.is_none() && stack.outputs.is_none() && stack.parameters.is_none());
    assert!(stack.change_set_id().is_none() && stack.last_updated_time().is_none());
    assert!(stack.creation_time().is_some() && stack.stack_status_reason().is_none());
    let id = stack.stack_id().unwrap();
    assert!(id.starts_with("arn:aws:cloudformation:eu-west-1:111122223333:stack/fresh/"), "{id}");
    assert_eq!(id.rsplit('/').next().unwrap().len(), 36);
    let request =
        bench.client.create_change_set().stack_name("drafted").change_set_name("c").template_body(ONE);
    let set = request.change_set_type("CREATE".into()).send().await.unwrap().id.unwrap();
    assert!(set.starts_with("arn:aws:cloudformation:eu-west-1:111122223333:changeSet/c/"), "{set}");
    let describe = || bench.client.describe_change_set().change_set_name(&set).send();
    while describe().await.unwrap().execution_status().unwrap().as_str() != "AVAILABLE" {}
    bench.client.execute_change_set().change_set_name(&set).send().await.unwrap();
    let stack = bench.settled("drafted").await;
    assert_eq!(stack.change_set_id(), Some(set.as_str()));
    assert!(stack.last_updated_time().is_some());
}

#[tokio::test]
async fn what_is_left_out_stays_and_what_is_empty_goes() {
    let bench = Bench::new().await;
    let alarm = RollbackTrigger::builder()
        .arn("arn:aws:cloudwatch:eu-west-1:111122223333:alarm:late")
        .r#type("AWS::CloudWatch::Alarm")
        .build();
    let watched =
        RollbackConfiguration::builder().rollback_triggers(alarm).monitoring_time_in_minutes(3).build();
    let declared = "Parameters: {P: {Type: String}}\nResources: {A: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Ref P}}}";
    let parameter = |value: &str| Parameter::builder().parameter_key("P").parameter_value(value).build();
    let create =
        bench.client.create_stack().stack_name("s").template_body(declared).parameters(parameter("1"));
    let create = create.tags(Tag::builder().key("team").value("a").build()).notification_arns(TOLD);
    create.rollback_configuration(watched).role_arn(ROLE).send().await.unwrap();
    bench.settled("s").await;
    let update = |value: &str| {
        bench.client.update_stack().stack_name("s").use_previous_template(true).parameters(parameter(value))
    };
    update("2").send().await.unwrap();
    let stack = bench.settled("s").await;
    assert_eq!(
        (stack.tags().len(), stack.notification_arns(), stack.role_arn()),
        (1, &[TOLD.to_owned()][..], Some(ROLE))
    );
    let kept = stack.rollback_configuration().unwrap();
    assert_eq!((kept.rollback_triggers().len(), kept.monitoring_time_in_minutes()), (1, Some(3)));
    let nothing = RollbackConfiguration::builder().set_rollback_triggers(Some(Vec::new())).build();
    let update = update("3").set_tags(Some(Vec::new())).set_notification_arns(Some(Vec::new()));
    update.rollback_configuration(nothing).send().await.unwrap();
    let stack = bench.settled("s").await;
    assert!(stack.tags().is_empty() && stack.notification_arns().is_empty());
    assert!(stack.rollback_configuration().unwrap().rollback_triggers().is_empty());
    assert_eq!(stack.role_arn(), Some(ROLE), "a role can be replaced but not taken away");
}

#[tokio::test]
async fn a_rollback_of_a_creation_may_delete_what_is_retained() {
    let bench = Bench::failing("B").await;
    let template = |policy: &str| {
        format!(
            "Resources: {{A: {{Type: AWS::SNS::Topic, DeletionPolicy: {policy}}}, B: {{Type: AWS::SNS::Topic, DependsOn: A}}}}"
        )
    };
    let last = async |name: &str, policy: &str, anyway: bool| {
        let create = bench.client.create_stack().stack_name(name).template_body(template(policy));
        create.retain_except_on_create(anyway).send().await.unwrap();
        assert_eq!(status(&bench.settled(name).await), "ROLLBACK_COMPLETE");
        bench.statuses(name, "A").await.last().unwrap().clone()
    };
    assert_eq!(last("kept", "Retain", false).await, "DELETE_SKIPPED");
    assert_eq!(last("anyway", "Retain", true).await, "DELETE_COMPLETE");
    assert_eq!(last("policy", "RetainExceptOnCreate", false).await, "DELETE_COMPLETE");
}

#[tokio::test]
async fn outputs_are_those_of_the_last_whole_state() {
    let bench = Bench::new().await;
    let template = |value: &str| format!("Outputs: {{O: {{Value: {value}}}}}\n{ONE}");
    let (code, _) = ask(&bench, "PUT", "faults: [{stuck: forever, resource: A}]").await;
    assert_eq!(code, 200);
    bench.client.create_stack().stack_name("s").template_body(template("one")).send().await.unwrap();
    for _ in 0..20 {
        assert!(bench.stack("s").await.outputs().is_empty());
    }
    ask(&bench, "DELETE", "").await;
    bench.create("t", &template("one")).await;
    ask(&bench, "PUT", "faults: [{stuck: forever, resource: A}]").await;
    let changed = template("two").replace("Topic}", "Topic, Properties: {DisplayName: x}}");
    bench.client.update_stack().stack_name("t").template_body(changed).send().await.unwrap();
    for _ in 0..20 {
        let stack = bench.stack("t").await;
        assert_eq!(status(&stack), "UPDATE_IN_PROGRESS");
        assert_eq!(stack.outputs()[0].output_value(), Some("one"));
    }
}

#[tokio::test]
async fn an_account_has_limits_and_deleted_stacks_are_listed() {
    let bench = Bench::new().await;
    let limits = bench.client.describe_account_limits().send().await.unwrap();
    let names: Vec<&str> = limits.account_limits().iter().filter_map(|limit| limit.name()).collect();
    assert_eq!(names, ["StackLimit", "StackOutputsLimit", "ConcurrentResourcesLimit"]);
    let id = bench.create("gone", ONE).await.stack_id.unwrap();
    bench.client.delete_stack().stack_name("gone").send().await.unwrap();
    bench.settled(&id).await;
    let listed = bench.client.list_stacks().send().await.unwrap();
    assert_eq!(listed.stack_summaries()[0].stack_status(), Some(&StackStatus::DeleteComplete));
    let live =
        bench.client.list_stacks().stack_status_filter(StackStatus::CreateComplete).send().await.unwrap();
    assert!(live.stack_summaries().is_empty());
    assert!(bench.client.describe_stacks().send().await.unwrap().stacks().is_empty());
    for found in [
        bench.client.describe_stack_events().stack_name(&id).send().await.is_ok(),
        bench.client.describe_stack_resources().stack_name(&id).send().await.is_ok(),
        bench.client.get_template().stack_name(&id).send().await.is_ok(),
    ] {
        assert!(found, "a deleted stack is read by its id");
    }
}

#[tokio::test]
async fn a_hundred_resources_are_described_and_all_are_listed() {
    let bench = Bench::new().await;
    let resources: Vec<String> = (0..120)
        .map(|number| format!("H{number}: {{Type: AWS::CloudFormation::WaitConditionHandle}}"))
        .collect();
    bench.create("many", &format!("Resources: {{{}}}", resources.join(", "))).await;
    let described = bench.client.describe_stack_resources().stack_name("many").send().await.unwrap();
    assert_eq!(described.stack_resources().len(), 100);
    let listed = bench.client.list_stack_resources().stack_name("many").into_paginator().items().send();
    assert_eq!(listed.collect::<Result<Vec<_>, _>>().await.unwrap().len(), 120);
}

#[tokio::test]
async fn operations_of_a_stack_are_told_last_first() {
    let bench = Bench::failing("B").await;
    bench.create("s", ONE).await;
    let operations = async || -> Vec<String> {
        let listed = bench.client.list_stacks().send().await.unwrap();
        let found = listed.stack_summaries()[0].last_operations().iter();
        found.map(|one| one.operation_type().unwrap().as_str().to_owned()).collect()
    };
    assert_eq!(operations().await, ["CREATE_STACK"]);
    bench.update("s", "Resources: {A: {Type: AWS::SNS::Topic}, B: {Type: AWS::SNS::Topic}}").await;
    assert_eq!(operations().await, ["ROLLBACK", "UPDATE_STACK"]);
}

#[tokio::test]
async fn a_policy_that_comes_with_an_update_holds_from_its_end() {
    let bench = Bench::new().await;
    bench.create("s", ONE).await;
    let policy =
        r#"{"Statement": [{"Effect": "Deny", "Action": "Update:*", "Principal": "*", "Resource": "*"}]}"#;
    let named = |name: &str| ONE.replace("Topic}", &format!("Topic, Properties: {{DisplayName: {name}}}}}"));
    let update = bench.client.update_stack().stack_name("s").template_body(named("first"));
    update.stack_policy_body(policy).send().await.unwrap();
    assert_eq!(status(&bench.settled("s").await), "UPDATE_COMPLETE");
    assert_eq!(status(&bench.update("s", &named("second")).await), "UPDATE_ROLLBACK_COMPLETE");
    // It guards against updates, not against the deletion of the stack.
    let id = bench.stack("s").await.stack_id.unwrap();
    bench.client.delete_stack().stack_name("s").send().await.unwrap();
    assert_eq!(status(&bench.settled(&id).await), "DELETE_COMPLETE");
}

#[tokio::test]
async fn outputs_are_read_across_regions_and_accounts() {
    let bench = Bench::new().await;
    let source = |value: &str| format!("Outputs: {{Zone: {{Value: {value}}}}}\n{ONE}");
    for (account, region, value) in
        [("111122223333", "us-east-1", "there"), ("444455556666", "eu-west-1", "theirs")]
    {
        let there = client(&bench.running, account, region);
        there.create_stack().stack_name("network").template_body(source(value)).send().await.unwrap();
        while there.describe_stacks().stack_name("network").send().await.unwrap().stacks()[0]
            .outputs()
            .is_empty()
        {}
    }
    for (name, more, expected) in [
        ("region", "Region: us-east-1", "there"),
        ("account", "RoleArn: 'arn:aws:iam::444455556666:role/reader'", "theirs"),
    ] {
        let template = format!(
            "Resources: {{P: {{Type: AWS::SSM::Parameter, Properties: {{Type: String, \
             Value: {{'Fn::GetStackOutput': {{StackName: network, OutputName: Zone, {more}}}}}}}}}}}\n\
             Outputs: {{V: {{Value: !GetAtt P.Value}}}}"
        );
        assert_eq!(bench.create(name, &template).await.outputs()[0].output_value(), Some(expected));
    }
}
