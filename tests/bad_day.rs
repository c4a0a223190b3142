//! Bad days, rehearsed: what the sandbox lets go wrong, the client survives or tells.

use crate::support::{Running, Sandbox, Workplace};

/// Two stacks in a row, and one beside them.
const FILES: &[(&str, &str)] = &[
    ("formwork.yaml", "project: acme\ndefaults: {regions: [eu-west-1]}\n"),
    (
        "templates/app/blueprint.yaml",
        "accounts: [workload]
stacks:
  base: {template: topic.yaml, parameters: {Name: base}}
  beside: {template: pair.yaml}
  later: {template: topic.yaml, parameters: {Name: !Output base.Name}}
",
    ),
    (
        "templates/app/topic.yaml",
        "Parameters:\n  Name: {Type: String}\nResources:\n  Topic:\n    Type: AWS::SNS::Topic\n    \
         Properties: {DisplayName: !Ref Name}\nOutputs:\n  Name: {Value: !GetAtt Topic.TopicName}\n",
    ),
    (
        "templates/app/pair.yaml",
        "Resources:\n  First:\n    Type: AWS::SNS::Topic\n    Properties: {DisplayName: one}\n  \
         Second:\n    Type: AWS::SNS::Topic\n",
    ),
    ("environments/app/dev.yaml", "blueprint: app\naccounts: {workload: {id: \"111111111111\"}}\n"),
];
const DEPLOY: [&str; 4] = ["deploy", "app/dev", "--sandbox", "--yes"];
const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "111111111111"), ("AWS_SECRET_ACCESS_KEY", "x")];

/// Deploys to the embedded sandbox on a day like this; gives the exit code and what was told.
fn deploy(place: &Workplace, faults: &str, more: &[&str]) -> (i32, String) {
    place.write("bad-day.yaml", faults);
    let words = [&DEPLOY[..], &["--scenario", "bad-day.yaml"], more].concat();
    let told = place.run(&words);
    (told.exit, told.text)
}

/// A deployment that comes through, and leaves nothing to do.
fn comes_through(name: &str, faults: &str) -> String {
    let place = Workplace::with(name, FILES);
    let (exit, told) = deploy(&place, faults, &["-v"]);
    assert_eq!(exit, 0, "{told}");
    let settled = place.run(&["plan", "app/dev", "--sandbox", "--exit-code"]);
    assert_eq!(settled.exit, 0, "{}", settled.text);
    told
}

#[test]
fn throttling_slows_down_and_fails_nothing() {
    let place = Workplace::starter("throttled");
    // Twenty simulated seconds a second: two calls in each of them.
    let (exit, told) = deploy(&place, "faults: [{throttle: 2}]", &["--speed", "20", "-v"]);
    assert_eq!(exit, 0, "{told}");
    assert!(!told.contains("failed"), "{told}");
}

#[test]
fn errors_of_the_service_are_borne() {
    comes_through("troubled", "faults: [{error: 500, every: 4}, {error: 503, every: 7, service: sts}]");
}

#[test]
fn lost_requests_are_sent_again() {
    comes_through("unheard", "faults: [{drop: request, every: 4}]");
}

#[test]
fn lost_answers_do_nothing_twice() {
    let told = comes_through("unanswered", "faults: [{drop: answer, every: 3}]");
    assert!(!told.contains("AlreadyExists"), "{told}");
}

#[test]
fn late_reads_mislead_nobody() {
    let place = Workplace::with("stale", FILES);
    assert_eq!(place.run(&DEPLOY).exit, 0);
    place.replace("templates/app/pair.yaml", "DisplayName: one", "DisplayName: two");
    let (exit, told) = deploy(&place, "faults: [{stale: 0.2, operation: [DescribeStacks, ListStacks]}]", &[]);
    assert_eq!(exit, 0, "{told}");
    let settled = place.run(&["plan", "app/dev", "--sandbox", "--exit-code"]);
    assert_eq!(settled.exit, 0, "{}", settled.text);
}

#[test]
fn slow_answers_are_waited_for() {
    comes_through("slow", "faults: [{slow: 0.3, every: 5}]");
}

#[test]
fn credentials_that_lapse_are_told_with_a_way_on() {
    let place = Workplace::with("lapsed", FILES);
    let (exit, told) = deploy(&place, "faults: [{expire: true, service: cloudformation}]", &[]);
    assert_eq!(exit, 4, "{told}");
    assert!(told.contains("expired") && told.contains("help: "), "{told}");
}

#[test]
fn credentials_that_lapse_on_the_way_are_told_and_the_next_run_goes_on() {
    let place = Workplace::with("lapsing", FILES);
    let (exit, told) =
        deploy(&place, "faults: [{expire: true, after: 14, times: 2, operation: Describe*}]", &[]);
    assert!([0, 1, 5].contains(&exit), "{told}");
    assert!(told.contains("The security token included in the request is expired"), "{told}");
    let again = place.run(&DEPLOY);
    assert_eq!(again.exit, 0, "{}", again.text);
}

#[test]
fn credentials_that_lapse_for_good_end_the_watch() {
    let place = Workplace::with("lapsed-for-good", FILES);
    let faults = "faults: [{stuck: forever, resource: Topic, stack: '*base'}, {expire: true, after: 80}]";
    let (exit, told) = deploy(&place, faults, &[]);
    assert!([1, 5].contains(&exit), "{told}");
    assert!(told.contains("nobody could see how it ended: there are no valid credentials"), "{told}");
    assert!(told.contains("sign in again and repeat the command"), "{told}");
}

#[test]
fn a_denied_action_is_told_in_the_words_of_aws() {
    let place = Workplace::with("denied", FILES);
    let (_, told) = deploy(
        &place,
        "faults: [{deny: true, operation: [CreateStack, ExecuteChangeSet], stack: '*beside'}]",
        &[],
    );
    assert!(told.contains("not authorized to perform: cloudformation:"), "{told}");
    let again = place.run(&DEPLOY);
    assert_eq!(again.exit, 0, "{}", again.text);
}

#[test]
fn a_full_account_is_told() {
    let place = Workplace::with("full", FILES);
    let (exit, told) = deploy(&place, "faults: [{quota: 2}]", &[]);
    assert_ne!(exit, 0, "{told}");
    assert!(told.contains("Limit for stack has been exceeded"), "{told}");
}

#[test]
fn a_stuck_operation_can_be_left_and_found_again() {
    let place = Workplace::with("stuck", FILES);
    place.write("bad-day.yaml", "faults: [{stuck: 60000, stack: '*base'}]");
    let sandbox = Sandbox::start(&place, &["--scenario", "bad-day.yaml", "--speed", "10000"]);
    let words = ["deploy", "app/dev", "--yes", "-v", "--endpoint-url", &sandbox.url];
    let mut running = Running::start(&place, &words, &KEYS);
    running.wait_for(&["base", "CREATE_IN_PROGRESS", "Topic"]);
    running.signal("INT");
    running.wait_for(&["stopping: nothing more is started"]);
    running.signal("INT");
    let (exit, output, messages) = running.end();
    assert_eq!(exit, 130, "{output}{messages}");
    let again = place.run_with(&["deploy", "app/dev", "--yes", "--endpoint-url", &sandbox.url], &KEYS);
    assert_eq!(again.exit, 0, "{}", again.text);
}

/// Deploys, changes the pair so that its second topic fails.
fn broken_update(place: &Workplace, faults: &str) -> (i32, String) {
    let (exit, told) = deploy(place, "{}", &[]);
    assert_eq!(exit, 0, "{told}");
    let pair = place.read("templates/app/pair.yaml");
    let changed = pair.replace("DisplayName: one", "DisplayName: two");
    place.write(
        "templates/app/pair.yaml",
        &(changed + "  Third: {Type: AWS::SNS::Topic, DependsOn: First}\n"),
    );
    deploy(place, faults, &[])
}

#[test]
fn a_rollback_that_failed_is_continued_by_the_next_plan() {
    let place = Workplace::with("unrolled", FILES);
    let faults =
        "faults:\n- {fail: no room, resource: Third}\n- {fail: never, resource: First, on: rollback}\n";
    let (exit, told) = broken_update(&place, faults);
    assert_ne!(exit, 0, "{told}");
    assert!(told.contains("no room"), "{told}");
    let planned = place.run(&["plan", "app/dev", "--sandbox"]);
    assert!(planned.text.contains("continue the rollback"), "{}", planned.text);
    let again = place.run(&DEPLOY);
    assert_eq!(again.exit, 0, "{}", again.text);
    let settled = place.run(&["plan", "app/dev", "--sandbox", "--exit-code"]);
    assert_eq!(settled.exit, 0, "{}", settled.text);
}

#[test]
fn what_an_update_leaves_behind_is_told() {
    let place = Workplace::with("littered", FILES);
    let (exit, told) = deploy(&place, "{}", &[]);
    assert_eq!(exit, 0, "{told}");
    place.replace("templates/app/pair.yaml", "  Second:\n    Type: AWS::SNS::Topic\n", "");
    let (exit, told) = deploy(&place, "faults: [{fail: still in use, resource: Second, on: cleanup}]", &[]);
    assert!([0, 1, 5].contains(&exit), "{told}");
    assert!(told.contains("Second") && told.contains("still in use"), "{told}");
}

#[test]
fn a_scenario_with_a_mistake_is_told_with_its_line() {
    let place = Workplace::with("misspelt", FILES);
    let (exit, told) = deploy(&place, "faults:\n- fail: no\n  resorce: Third\n", &[]);
    assert_eq!(exit, 3, "{told}");
    assert!(told.contains("bad-day.yaml:3") && told.contains("unknown field `resorce`"), "{told}");
    let stray = place.run(&["plan", "app/dev", "--scenario", "bad-day.yaml"]);
    assert_eq!(stray.exit, 3, "{}", stray.text);
    assert!(stray.text.contains("`--scenario` works on the sandbox only"), "{}", stray.text);
}
