//! Drift-aware change sets: what is, what was deployed and what is wished, and the way back to the template.

use super::drift::{behind, detected};
use super::{Bench, sentence, status};
use aws_sdk_cloudformation::operation::describe_change_set::DescribeChangeSetOutput;
use aws_sdk_cloudformation::types::{
    BeforeValueFrom, ChangeSource, DeploymentMode, ResourceChange, StackDriftStatus, StackResourceDriftStatus,
};

const STORE: &str = r#"{"Resources": {
    "Kept": {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "/kept", "Type": "String", "Value": "small"}},
    "Lost": {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "/lost", "Type": "String", "Value": "there"}},
    "Late": {"Type": "AWS::SNS::Topic", "DependsOn": ["Kept", "Lost"], "Properties": {"DisplayName": "x"}}}}"#;

impl Bench {
    async fn aware(&self, name: &str, template: &str) -> DescribeChangeSetOutput {
        let request = self.client.create_change_set().stack_name("store").change_set_name(name);
        let request = request.template_body(template).deployment_mode(DeploymentMode::RevertDrift);
        // Failures are wanted here when the set is carried out, not before.
        let id = request.disable_validation(true).send().await.unwrap().id.unwrap();
        self.decided(&id).await
    }

    async fn value(&self, stack: &str, logical_id: &str) -> StackResourceDriftStatus {
        let request =
            self.client.detect_stack_resource_drift().stack_name(stack).logical_resource_id(logical_id);
        let drift = request.send().await.unwrap().stack_resource_drift.unwrap();
        drift.stack_resource_drift_status().unwrap().clone()
    }
}

async fn grow(bench: &Bench, value: &str) {
    let body = format!(r#"{{"Name": "/kept", "Value": "{value}", "Overwrite": true}}"#);
    behind(bench, "PutParameter", &body).await;
}

fn row<'a>(set: &'a DescribeChangeSetOutput, id: &str) -> &'a ResourceChange {
    let mut rows = set.changes().iter().filter_map(|change| change.resource_change());
    rows.find(|row| row.logical_resource_id() == Some(id)).unwrap()
}

#[tokio::test]
async fn drift_is_undone_though_the_template_is_the_same() {
    let bench = Bench::new().await;
    bench.create("store", STORE).await;
    grow(&bench, "large").await;
    let set = bench.aware("back", STORE).await;
    assert_eq!(sentence(&set), ("CREATE_COMPLETE", "AVAILABLE", ""));
    assert_eq!(set.deployment_mode(), Some(&DeploymentMode::RevertDrift));
    assert_eq!(set.stack_drift_status(), Some(&StackDriftStatus::Drifted));
    assert_eq!(set.changes().len(), 1);
    let kept = row(&set, "Kept");
    assert_eq!(kept.action().unwrap().as_str(), "Modify");
    assert_eq!(kept.resource_drift_status(), Some(&StackResourceDriftStatus::Modified));
    assert!(kept.before_context().unwrap().contains("large"));
    assert!(kept.after_context().unwrap().contains("small"));
    assert!(kept.previous_deployment_context().unwrap().contains("small"));
    let [detail] = kept.details() else { panic!("{kept:?}") };
    assert_eq!(detail.change_source(), Some(&ChangeSource::NoModification));
    let target = detail.target().unwrap();
    assert_eq!((target.before_value(), target.after_value()), (Some("large"), Some("small")));
    assert_eq!(target.before_value_from(), Some(&BeforeValueFrom::ActualState));
    assert_eq!(target.after_value_from().unwrap().as_str(), "TEMPLATE");
    let drift = target.drift().unwrap();
    assert_eq!((drift.previous_value(), drift.actual_value()), (Some("small"), Some("large")));
    assert!(drift.drift_detection_timestamp().is_some());
    assert_eq!(status(&bench.carried_out(&set).await), "UPDATE_COMPLETE");
    assert_eq!(bench.statuses("store", "Kept").await[3..], ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"]);
    assert_eq!(detected(&bench, "store").await, (StackDriftStatus::InSync, 0));
}

#[tokio::test]
async fn a_template_that_follows_reality_touches_nothing() {
    let bench = Bench::new().await;
    bench.create("store", STORE).await;
    grow(&bench, "large").await;
    let set = bench.aware("follow", &STORE.replace("small", "large")).await;
    let kept = row(&set, "Kept");
    assert_eq!(kept.action().unwrap().as_str(), "SyncWithActual");
    assert_eq!(kept.replacement(), None);
    let target = kept.details()[0].target().unwrap();
    assert_eq!(target.attribute_change_type().unwrap().as_str(), "SyncWithActual");
    assert_eq!((target.before_value(), target.after_value()), (Some("large"), Some("large")));
    assert_eq!(status(&bench.carried_out(&set).await), "UPDATE_COMPLETE");
    assert_eq!(bench.statuses("store", "Kept").await.len(), 3, "it is not touched");
    assert_eq!(detected(&bench, "store").await, (StackDriftStatus::InSync, 0));
}

#[tokio::test]
async fn a_third_value_is_told_with_both_others() {
    let bench = Bench::new().await;
    bench.create("store", STORE).await;
    grow(&bench, "large").await;
    let set = bench.aware("third", &STORE.replace("small", "medium")).await;
    let [detail] = row(&set, "Kept").details() else { panic!("{set:?}") };
    assert_eq!(detail.change_source(), Some(&ChangeSource::DirectModification));
    let target = detail.target().unwrap();
    assert_eq!((target.before_value(), target.after_value()), (Some("large"), Some("medium")));
    assert_eq!(target.drift().unwrap().previous_value(), Some("small"));
}

#[tokio::test]
async fn what_others_deleted_is_made_again() {
    let bench = Bench::new().await;
    bench.create("store", STORE).await;
    behind(&bench, "DeleteParameter", r#"{"Name": "/lost"}"#).await;
    let set = bench.aware("again", STORE).await;
    let lost = row(&set, "Lost");
    assert_eq!(lost.action().unwrap().as_str(), "Add");
    assert_eq!(lost.resource_drift_status(), Some(&StackResourceDriftStatus::Deleted));
    assert_eq!(status(&bench.carried_out(&set).await), "UPDATE_COMPLETE");
    assert_eq!(bench.value("store", "Lost").await, StackResourceDriftStatus::InSync);
}

#[tokio::test]
async fn without_drift_there_is_nothing_to_undo() {
    let bench = Bench::new().await;
    bench.create("store", STORE).await;
    let set = bench.aware("nothing", STORE).await;
    let text = "The submitted information didn't contain changes. Submit different information to create a change set.";
    assert_eq!(sentence(&set), ("FAILED", "UNAVAILABLE", text));
    assert_eq!(set.stack_drift_status(), Some(&StackDriftStatus::InSync));
    let plain =
        bench.client.create_change_set().stack_name("store").change_set_name("plain").template_body(STORE);
    let plain = bench.decided(plain.send().await.unwrap().id().unwrap()).await;
    assert_eq!((plain.stack_drift_status(), plain.deployment_mode()), (None, None));
}

#[tokio::test]
async fn a_rollback_leads_back_to_what_was_found() {
    let bench = Bench::with(formwork::sandbox::Options::default()).await;
    bench.create("store", STORE).await;
    grow(&bench, "large").await;
    let bad = STORE.replace(r#""DisplayName": "x""#, r#""DisplayName": "x", "Bad": 1"#);
    let set = bench.aware("fails", &bad).await;
    assert_eq!(status(&bench.carried_out(&set).await), "UPDATE_ROLLBACK_COMPLETE");
    let request = bench.client.detect_stack_resource_drift().stack_name("store").logical_resource_id("Kept");
    let drift = request.send().await.unwrap().stack_resource_drift.unwrap();
    assert_eq!(drift.stack_resource_drift_status(), Some(&StackResourceDriftStatus::Modified));
    assert!(drift.actual_properties().unwrap().contains("large"), "{drift:?}");
}

#[tokio::test]
async fn hidden_values_stay_hidden() {
    let bench = Bench::new().await;
    let template = r#"{"Parameters": {"Key": {"Type": "String", "NoEcho": true, "Default": "hush"}}, "Resources": {
        "Kept": {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "/kept", "Type": "String", "Value": {"Ref": "Key"}}},
        "Open": {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "/open", "Type": "String", "Value": "seen"}}}}"#;
    bench.create("store", template).await;
    grow(&bench, "hush-hush").await;
    behind(&bench, "PutParameter", r#"{"Name": "/open", "Value": "other", "Overwrite": true}"#).await;
    let set = bench.aware("back", template).await;
    let target = row(&set, "Kept").details()[0].target().unwrap();
    assert_eq!((target.before_value(), target.after_value()), (Some("****"), Some("****")));
    assert_eq!(target.drift().unwrap().actual_value(), Some("****"));
    assert!(!format!("{set:?}").contains("hush"));
    let target = row(&set, "Open").details()[0].target().unwrap();
    assert_eq!((target.before_value(), target.after_value()), (Some("other"), Some("seen")));
}
