//! Ctrl-C and worse in the middle of a deployment, and coming back afterwards.

use crate::assert_session;
use crate::support::{Running, Sandbox, Workplace};

/// `base` is slow (a database takes seven simulated minutes), `later` needs it, and `beside` is quick.
const FILES: &[(&str, &str)] = &[
    ("formwork.yaml", "project: acme\ndefaults: {regions: [eu-west-1]}\n"),
    (
        "templates/app/blueprint.yaml",
        "accounts: [workload]
stacks:
  base: {template: base.yaml}
  beside: {template: topic.yaml, parameters: {Name: beside}}
  later: {template: topic.yaml, parameters: {Name: !Output base.Name}}
",
    ),
    (
        "templates/app/base.yaml",
        "Resources:
  Database:
    Type: AWS::RDS::DBInstance
    DeletionPolicy: Delete
    UpdateReplacePolicy: Delete
    Properties:
      DBInstanceClass: db.t4g.micro
      Engine: postgres
      AllocatedStorage: \"20\"
      MasterUsername: root
      ManageMasterUserPassword: true
Outputs:
  Name:
    Value: base
",
    ),
    (
        "templates/app/topic.yaml",
        "Parameters:\n  Name: {Type: String}\nResources:\n  Topic:\n    Type: AWS::SNS::Topic\n    \
         Properties: {DisplayName: !Ref Name}\n",
    ),
    ("environments/app/dev.yaml", "blueprint: app\naccounts: {workload: {id: \"111111111111\"}}\n"),
];

const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "111111111111"), ("AWS_SECRET_ACCESS_KEY", "x")];

/// Starts a deployment and waits until the database is being made and the quick stack is there.
fn begun(place: &Workplace, sandbox: &Sandbox) -> Running {
    let words = ["deploy", "app/dev", "--yes", "-v", "--endpoint-url", &sandbox.url];
    let mut running = Running::start(place, &words, &KEYS);
    running.wait_for(&["base", "CREATE_IN_PROGRESS", "Database"]);
    running.wait_for(&["beside", "done"]);
    running
}

/// Deploys once more, which has to end well; gives what was told.
fn completed(place: &Workplace, sandbox: &Sandbox) -> String {
    let again = place.run_with(&["deploy", "app/dev", "--yes", "--endpoint-url", &sandbox.url], &KEYS);
    assert_eq!(again.exit, 0, "{}", again.text);
    let planned = place.run_with(&["plan", "app/dev", "--exit-code", "--endpoint-url", &sandbox.url], &KEYS);
    assert_eq!(planned.exit, 0, "{}", planned.text);
    again.text
}

#[test]
fn the_first_ctrl_c_finishes_what_runs() {
    let place = Workplace::with("interrupted", FILES);
    let sandbox = Sandbox::start(&place, &["--speed", "100"]);
    let running = begun(&place, &sandbox);
    running.signal("INT");
    let (exit, output, messages) = running.end();
    assert_eq!(exit, 130, "{output}{messages}");
    assert!(messages.contains("stopping: nothing more is started"), "{messages}");
    assert!(!messages.contains("later   creating"), "{messages}");
    assert!(output.contains("✓ base    created"), "{output}");
    assert!(output.contains("· later   cancelled"), "{output}");
    assert!(output.contains("Deployment: 2 done, 1 cancelled"), "{output}");

    let told = completed(&place, &sandbox);
    assert!(told.contains("Plan: 1 to create, 2 unchanged"), "{told}");
}

#[test]
fn the_second_ctrl_c_leaves_at_once() {
    let place = Workplace::with("left", FILES);
    let sandbox = Sandbox::start(&place, &["--speed", "60"]);
    let mut running = begun(&place, &sandbox);
    running.signal("INT");
    running.wait_for(&["stopping: nothing more is started"]);
    running.signal("INT");
    let (exit, output, messages) = running.end();
    assert_eq!(exit, 130, "{output}{messages}");
    let status = place.run_with(&["status", "app/dev", "--endpoint-url", &sandbox.url], &KEYS);
    assert!(status.output.contains("CREATE_IN_PROGRESS"), "{}", status.text);
    assert!(messages.contains("base    left while creating: it goes on by itself"), "{messages}");
    let (_, summary) = output.split_once("resources: 3 to add\n").expect("a plan comes first");
    assert_session!("left", summary);

    let told = completed(&place, &sandbox);
    assert!(told.contains("wait for the operation that is running"), "{told}");
}

#[test]
fn after_a_kill_nothing_is_done_twice() {
    let place = Workplace::with("killed", FILES);
    let sandbox = Sandbox::start(&place, &["--speed", "60"]);
    let running = begun(&place, &sandbox);
    running.signal("KILL");
    let (exit, ..) = running.end();
    assert_eq!(exit, -1);

    let told = completed(&place, &sandbox);
    assert!(told.contains("wait for the operation that is running"), "{told}");
    assert!(told.contains("unchanged: beside"), "{told}");
    assert!(!told.contains("FAILED"), "{told}");
}

#[test]
fn a_saved_plan_that_was_killed_is_not_begun_again() {
    let place = Workplace::with("killed-saved", FILES);
    let sandbox = Sandbox::start(&place, &["--speed", "60"]);
    let address = ["--endpoint-url", &sandbox.url];
    let planned = place.run_with(&[&["plan", "app/dev", "-o", "plan.json"], &address[..]].concat(), &KEYS);
    assert_eq!(planned.exit, 0, "{}", planned.text);
    let words = [&["deploy", "--plan", "plan.json", "--yes", "-v"], &address[..]].concat();
    let mut running = Running::start(&place, &words, &KEYS);
    running.wait_for(&["base", "CREATE_IN_PROGRESS", "Database"]);
    running.signal("KILL");
    let (exit, ..) = running.end();
    assert_eq!(exit, -1);

    let again = place.run_with(&words, &KEYS);
    assert_eq!(again.exit, 4, "{}", again.text);
    assert!(again.text.contains("base: stack was not deployed, is CREATE_IN_PROGRESS"), "{}", again.text);
    let told = completed(&place, &sandbox);
    assert!(told.contains("wait for the operation that is running"), "{told}");
}
