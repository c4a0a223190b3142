//! Each stack of a shipped system that holds data fails once while it comes up, and the next deployment mends it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::support::{Workplace, copy};

/// What cannot be made again from templates, as `policies/data.guard` has it, but for logs and secrets.
const HOLDS_DATA: [&str; 10] = [
    "AWS::Cognito::UserPool",
    "AWS::DynamoDB::Table",
    "AWS::ECR::Repository",
    "AWS::EFS::FileSystem",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::KMS::Key",
    "AWS::Kinesis::Stream",
    "AWS::OpenSearchService::Domain",
    "AWS::RDS::DBInstance",
    "AWS::S3::Bucket",
];

#[test]
fn commerce_is_mended_wherever_it_fails() {
    assert_mended("commerce/dev", &["commerce/shared"], 5);
}

#[test]
fn the_shared_accounts_of_commerce_are_mended_wherever_they_fail() {
    assert_mended("commerce/shared", &[], 4);
}

#[test]
fn push_is_mended_wherever_it_fails() {
    assert_mended("push/dev", &[], 5);
}

#[test]
fn the_pipeline_of_push_is_mended_wherever_it_fails() {
    assert_mended("push/tooling", &[], 3);
}

#[test]
fn quiz_is_mended_wherever_it_fails() {
    assert_mended("quiz/dev", &[], 5);
}

#[test]
fn router_is_mended_wherever_it_fails() {
    assert_mended("router/dev", &[], 5);
}

#[test]
fn tracker_is_mended_wherever_it_fails() {
    assert_mended("tracker/dev", &[], 5);
}

/// Lets each stack that holds data fail in turn, in a world in which `before` stands; there are `least` of them.
fn assert_mended(environment: &str, before: &[&str], least: usize) {
    let name = environment.replace('/', "-");
    let place = Workplace::shipped(&format!("failures-{name}"));
    assert_eq!(place.run(&["render", environment, "--out", "rendered"]).exit, 0);
    let holding = holding(&place.root.join("rendered").join(environment));
    assert!(holding.len() >= least, "{environment}: {holding:?}");
    let (world, beginning) = (place.root.join(".formwork"), place.root.join("beginning"));
    for earlier in before {
        let deployed = place.run(&["deploy", earlier, "--sandbox", "--yes"]);
        assert_eq!(deployed.exit, 0, "{}", deployed.text);
        copy(&world, &beginning);
    }
    for (stack, resource) in holding {
        let _ = fs::remove_dir_all(&world);
        if beginning.exists() {
            copy(&beginning, &world);
        }
        let (stack, region) = in_region(&stack);
        let whom = format!("resource: {resource}, stack: acme-{name}-{stack}, region: \"{region}\"");
        let fault = format!("{{fail: no capacity, {whom}}}");
        place.write("bad-day.yaml", &format!("faults:\n  - {fault}\n"));
        let failed = place.run(&["deploy", environment, "--sandbox", "--yes", "--scenario", "bad-day.yaml"]);
        assert_ne!(failed.exit, 0, "{stack} did not fail: {}", failed.text);
        let told = [format!("✗ {stack} "), resource.clone(), "no capacity".to_owned(), " failed".to_owned()];
        for words in told {
            assert!(failed.text.contains(&words), "{stack}: `{words}` is not in\n{}", failed.text);
        }
        let mended = place.run(&["deploy", environment, "--sandbox", "--yes"]);
        assert_eq!(mended.exit, 0, "{stack}: {}", mended.text);
        let planned = place.run(&["plan", environment, "--sandbox", "--exit-code"]);
        assert_eq!(planned.exit, 0, "{stack}: {}", planned.text);
    }
}

/// The name of a stack and its region. The name of a file ends with the region, or the role of the account, where there
/// are several; stacks of one name in several accounts fail together.
fn in_region(file: &str) -> (&str, &str) {
    let places = [("eu-west-1", "eu-west-1"), ("us-east-1", "us-east-1"), ("logging", "*"), ("shared", "*")];
    let found = places.into_iter().find_map(|(place, region)| {
        let stack = file.strip_suffix(place)?.strip_suffix('-')?;
        Some((stack, region))
    });
    found.unwrap_or((file, "*"))
}

/// The rendered stacks that hold data, each with the first resource that does; of those with equal bodies only one.
fn holding(folder: &Path) -> Vec<(String, String)> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("the environment is rendered") {
        let path = entry.expect("the folder can be read").path();
        let name = path.file_name().expect("an entry has a name").to_string_lossy().into_owned();
        let Some(stack) = name.strip_suffix(".yaml") else { continue };
        let body = fs::read_to_string(&path).expect("a body is text");
        if let Some(resource) = first_that_holds(&body) {
            found.insert(body, (stack.to_owned(), resource));
        }
    }
    found.into_values().collect()
}

/// The logical id over the first `Type` that holds data.
fn first_that_holds(body: &str) -> Option<String> {
    let mut logical_id = "";
    for line in body.lines() {
        if let Some(kind) = line.strip_prefix("    Type: ") {
            if HOLDS_DATA.contains(&kind) {
                return Some(logical_id.to_owned());
            }
        } else if let Some(id) = line.strip_prefix("  ").and_then(|rest| rest.strip_suffix(':')) {
            logical_id = id;
        }
    }
    None
}
