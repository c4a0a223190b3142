//! How long things take on AWS, as the sandbox estimates: told after a deployment, whatever time it took here.

use std::fs;

use crate::support::{Sandbox, Workplace};
use serde_json::Value;

const ESTIMATE: &str = "Takes about 3 min on AWS, as the sandbox estimates:\n  queue 2 min → alarms 21 s\n";

/// What is told of a deployment on a fresh sandbox.
fn deployed(place: &Workplace, more: &[&str]) -> String {
    let _ = fs::remove_dir_all(place.root.join(".formwork"));
    let told = place.run(&[&["deploy", "app/dev", "--sandbox", "--yes"], more].concat());
    assert_eq!(told.exit, 0, "{}", told.text);
    told.output
}

#[test]
fn a_deployment_ends_with_an_estimate_that_is_the_same_each_time() {
    let place = Workplace::starter("times");
    for more in [&[] as &[&str], &[], &["--speed", "1000"]] {
        let told = deployed(&place, more);
        assert!(told.ends_with(ESTIMATE), "{more:?} {told}");
        assert!(told.contains("queue   created  2m14s"), "{more:?} {told}");
    }
}

#[test]
fn of_several_environments_the_one_that_it_depends_on_is_named_once() {
    let place = Workplace::starter("times-several");
    let told = place.run(&["deploy", "app", "--sandbox", "--yes"]);
    assert!(
        told.output.contains("sandbox estimates:\n  app/dev: queue 2 min → alarms 21 s\n"),
        "{}",
        told.text
    );
}

#[test]
fn programs_are_told_the_seconds() {
    let place = Workplace::starter("times-json");
    let told = deployed(&place, &["--output", "json"]);
    let line = told.lines().last().expect("there is a summary");
    let summary: Value = serde_json::from_str(line).expect(line);
    assert_eq!(summary["simulated"], true);
    let stacks = summary["longest_way"]["stacks"].as_array().expect("a list");
    let way: Vec<(&str, u64)> = stacks
        .iter()
        .map(|stack| (stack["stack"].as_str().unwrap_or(""), stack["seconds"].as_u64().unwrap_or(0)))
        .collect();
    assert_eq!(way, [("queue", 134), ("alarms", 21)]);
    assert_eq!(summary["longest_way"]["seconds"], 155);
    assert_eq!(summary["took"][0]["stack"], "queue");
    assert_eq!(summary["took"][0]["seconds"], 134);
}

#[test]
fn what_failed_says_nothing_of_how_long_it_takes() {
    let place = Workplace::starter("times-failed");
    let told = place.run(&["deploy", "app/dev", "--sandbox", "--yes", "--fail", "Topic"]);
    assert_eq!(told.exit, 5, "{}", told.text);
    assert!(!told.output.contains("Takes about"), "{}", told.text);
}

#[test]
fn an_update_and_a_destruction_have_times_of_their_own() {
    let place = Workplace::starter("times-update");
    deployed(&place, &[]);
    let updated = place.run(&["deploy", "app/dev", "--sandbox", "--yes", "--set", "retention_days=3"]);
    assert!(
        updated.output.contains("Takes about 14 s on AWS, as the sandbox estimates\n"),
        "{}",
        updated.text
    );
    let destroyed = place.run(&["destroy", "app/dev", "--sandbox", "--yes"]);
    assert!(destroyed.output.contains("  alarms "), "{}", destroyed.text);
    assert!(destroyed.output.contains(" → queue "), "{}", destroyed.text);
}

#[test]
fn what_is_not_known_to_be_simulated_is_told_as_it_happened() {
    let place = Workplace::starter("times-elsewhere");
    let sandbox = Sandbox::start(&place, &[]);
    let keys = [("AWS_ACCESS_KEY_ID", "111111111111"), ("AWS_SECRET_ACCESS_KEY", "any")];
    let told = place.run_with(&["deploy", "app/dev", "--yes", "--endpoint-url", &sandbox.url], &keys);
    assert_eq!(told.exit, 0, "{}", told.text);
    let expected = "The longest way took 3 min:\n  queue 2 min → alarms 21 s\n";
    assert!(told.output.ends_with(expected), "{}", told.text);
}
