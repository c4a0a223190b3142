//! The registry: AWS's own types, private ones, and the operations that need what the sandbox has not.

use super::{Bench, refusal};
use aws_sdk_cloudformation::types::{
    Category, ListHookResultsTargetType, RegistrationStatus, RegistryType, TypeConfigurationIdentifier,
    TypeFilters, Visibility,
};
use serde_json::Value;

const PACKAGE: &str = "s3://packages/thing.zip";

#[tokio::test]
async fn types_of_aws_are_described_with_their_schema() {
    let bench = Bench::new().await;
    let request =
        bench.client.describe_type().r#type(RegistryType::Resource).type_name("AWS::SSM::Parameter");
    let found = request.send().await.unwrap();
    assert_eq!(found.arn(), Some("arn:aws:cloudformation:eu-west-1::type/resource/AWS-SSM-Parameter"));
    assert_eq!(found.visibility().unwrap().as_str(), "PUBLIC");
    assert_eq!(found.provisioning_type().unwrap().as_str(), "FULLY_MUTABLE");
    let schema: Value = serde_json::from_str(found.schema().unwrap()).unwrap();
    assert_eq!(schema["typeName"], "AWS::SSM::Parameter");
    assert_eq!(schema["primaryIdentifier"][0], "/properties/Name");
    assert_eq!(schema["properties"]["Type"]["enum"][0], "String");
    let by_arn = bench.client.describe_type().arn(found.arn().unwrap()).send().await.unwrap();
    assert_eq!(by_arn.type_name(), Some("AWS::SSM::Parameter"));
    let request = bench.client.describe_type().r#type(RegistryType::Resource).type_name("AWS::SSM::Nothing");
    let (code, text) = refusal(request.send().await);
    assert_eq!(code, "TypeNotFoundException");
    assert_eq!(text, "The type 'AWS::SSM::Nothing' cannot be found.");
}

#[tokio::test]
async fn types_are_listed_page_by_page() {
    let bench = Bench::new().await;
    let filters = TypeFilters::builder().category(Category::AwsTypes).type_name_prefix("AWS::EC2::").build();
    let request = bench.client.list_types().visibility(Visibility::Public).r#type(RegistryType::Resource);
    let mut pages = request.filters(filters).max_results(50).into_paginator().send();
    let (mut names, mut count) = (Vec::new(), 0);
    while let Some(page) = pages.next().await {
        let page = page.unwrap();
        names.extend(page.type_summaries().iter().map(|one| one.type_name().unwrap().to_owned()));
        count += 1;
    }
    assert!(count > 1 && names.len() > 50);
    assert!(names.iter().all(|name| name.starts_with("AWS::EC2::")));
    assert!(names.contains(&"AWS::EC2::VPC".to_owned()));
    let own = bench.client.list_types().send().await.unwrap();
    assert_eq!(own.type_summaries().len(), 0, "without a visibility private ones are meant");
}

#[tokio::test]
async fn a_private_type_is_registered_in_versions() {
    let bench = Bench::new().await;
    let register = || {
        let request = bench.client.register_type().r#type(RegistryType::Resource);
        request.type_name("Acme::Shop::Thing").schema_handler_package(PACKAGE).send()
    };
    let first = register().await.unwrap().registration_token.unwrap();
    let told = bench.client.describe_type_registration().registration_token(&first).send().await.unwrap();
    assert_eq!(told.progress_status().unwrap().as_str(), "COMPLETE");
    let arn = "arn:aws:cloudformation:eu-west-1:111122223333:type/resource/Acme-Shop-Thing";
    assert_eq!(told.type_arn(), Some(arn));
    assert_eq!(told.type_version_arn(), Some(format!("{arn}/00000001").as_str()));
    register().await.unwrap();
    let tokens = bench.client.list_type_registrations().type_name("Acme::Shop::Thing").send().await.unwrap();
    assert_eq!(tokens.registration_token_list().len(), 0, "those in progress are meant");
    let tokens =
        bench.client.list_type_registrations().registration_status_filter(RegistrationStatus::Complete);
    assert_eq!(tokens.send().await.unwrap().registration_token_list().len(), 2);
    let described = || bench.client.describe_type().arn(arn).send();
    assert_eq!(described().await.unwrap().default_version_id(), Some("00000001"));
    bench.client.set_type_default_version().arn(format!("{arn}/00000002")).send().await.unwrap();
    assert_eq!(described().await.unwrap().default_version_id(), Some("00000002"));
    let versions = bench.client.list_type_versions().arn(arn).send().await.unwrap();
    let told: Vec<_> = versions
        .type_version_summaries()
        .iter()
        .map(|one| (one.version_id().unwrap(), one.is_default_version().unwrap()))
        .collect();
    assert_eq!(told, [("00000001", false), ("00000002", true)]);
    let (code, _) = refusal(bench.client.deregister_type().arn(arn).send().await);
    assert_eq!(code, "CFNRegistryException", "two versions are in use");
    bench.client.deregister_type().arn(format!("{arn}/00000001")).send().await.unwrap();
    bench.client.deregister_type().arn(arn).send().await.unwrap();
    assert_eq!(described().await.unwrap().deprecated_status().unwrap().as_str(), "DEPRECATED");
    assert_eq!(bench.client.list_types().send().await.unwrap().type_summaries().len(), 0);
}

#[tokio::test]
async fn a_private_type_is_configured() {
    let bench = Bench::new().await;
    let request = bench.client.register_type().r#type(RegistryType::Hook).type_name("Acme::Shop::Guard");
    request.schema_handler_package(PACKAGE).send().await.unwrap();
    let set = bench.client.set_type_configuration().type_name("Acme::Shop::Guard");
    let set = set.r#type(aws_sdk_cloudformation::types::ThirdPartyType::Hook).configuration(r#"{"A":1}"#);
    let arn = set.send().await.unwrap().configuration_arn.unwrap();
    let wanted =
        "arn:aws:cloudformation:eu-west-1:111122223333:type-configuration/hook/Acme-Shop-Guard/default";
    assert_eq!(arn, wanted);
    let identifier = |arn: &str| TypeConfigurationIdentifier::builder().type_configuration_arn(arn).build();
    let found = bench
        .client
        .batch_describe_type_configurations()
        .type_configuration_identifiers(identifier(&arn))
        .type_configuration_identifiers(identifier(&arn.replace("Guard", "Other")))
        .send()
        .await
        .unwrap();
    assert_eq!(found.type_configurations()[0].configuration(), Some(r#"{"A":1}"#));
    assert_eq!(found.errors().len(), 1);
    assert_eq!(found.unprocessed_type_configurations().len(), 1);
}

#[tokio::test]
async fn what_needs_others_is_refused() {
    let bench = Bench::new().await;
    let codes = [
        refusal(bench.client.describe_publisher().send().await),
        refusal(bench.client.publish_type().type_name("Acme::Shop::Thing").send().await),
        refusal(bench.client.activate_type().type_name("Acme::Shop::Thing").send().await),
        refusal(bench.client.deactivate_type().type_name("Acme::Shop::Thing").send().await),
        refusal(bench.client.test_type().type_name("Acme::Shop::Thing").send().await),
        refusal(
            bench
                .client
                .get_hook_result()
                .hook_result_id("00000000-0000-0000-0000-000000000000")
                .send()
                .await,
        ),
    ];
    let codes: Vec<_> = codes.iter().map(|(code, _)| code.as_str()).collect();
    let expected = [
        "CFNRegistryException",
        "CFNRegistryException",
        "TypeNotFoundException",
        "TypeNotFoundException",
        "TypeNotFoundException",
        "HookResultNotFound",
    ];
    assert_eq!(codes, expected);
    let results =
        bench.client.list_hook_results().target_type(ListHookResultsTargetType::Stack).target_id("shop");
    let results = results.send().await.unwrap();
    assert_eq!((results.target_id(), results.hook_results().len()), (Some("shop"), 0));
}
