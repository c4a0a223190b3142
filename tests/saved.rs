//! Saved plans: carried out exactly as they were reviewed, or not at all.

use crate::assert_session;
use crate::support::{Output, Running, Sandbox, Workplace, schema};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Instant;

/// The environment `base/dev` gives an output and a parameter of Systems Manager to `app/dev`, which takes them, two
/// variables, one of them a secret, and values. `last` takes an output of `topic`.
const FILES: &[(&str, &str)] = &[
    ("formwork.yaml", "project: acme\ndefaults: {regions: [eu-west-1], tags: {owner: platform}}\n"),
    (
        "templates/base/blueprint.yaml",
        "accounts: [workload]
values:
  release: {type: string}
  name: {type: string}
stacks:
  facts: {template: facts.yaml, parameters: {Release: <%= values.release %>, Name: <%= values.name %>}}
",
    ),
    (
        "templates/base/facts.yaml",
        "Parameters:
  Release: {Type: String}
  Name: {Type: String}
Resources:
  Parameter:
    Type: AWS::SSM::Parameter
    Properties: {Name: /acme/release, Type: String, Value: !Ref Release}
Outputs:
  Name: {Value: !Ref Name}
",
    ),
    (
        "templates/app/blueprint.yaml",
        "accounts: [workload]
values:
  label: {type: string}
stacks:
  topic:
    template: topic.yaml
    parameters:
      Label: <%= values.label %>
      Build: !Env BUILD
      Password: !Env PASSWORD
      Release: !Ssm /acme/release
  table:
    template: table.yaml
    parameters: {Shared: !Output base/dev:facts.Name}
  last:
    template: last.yaml
    parameters: {Name: !Output topic.Name}
",
    ),
    (
        "templates/app/topic.yaml",
        "Parameters:
  Label: {Type: String}
  Build: {Type: String}
  Password: {Type: String, NoEcho: true}
  Release: {Type: String}
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties: {DisplayName: !Sub \"${Label} ${Build} ${Release} ${Password}\"}
Outputs:
  Name: {Value: !Ref Label}
",
    ),
    (
        "templates/app/table.yaml",
        "Parameters:
  Shared: {Type: String}
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Delete
    UpdateReplacePolicy: Delete
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: !Ref Shared, AttributeType: S}]
      KeySchema: [{AttributeName: !Ref Shared, KeyType: HASH}]
",
    ),
    (
        "templates/app/last.yaml",
        "Parameters:
  Name: {Type: String}
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties: {DisplayName: !Ref Name}
",
    ),
    (
        "environments/base/dev.yaml",
        "blueprint: base\naccounts: {workload: {id: \"111111111111\"}}\nvalues: {release: v1, name: id}\n",
    ),
    (
        "environments/app/dev.yaml",
        "blueprint: app\naccounts: {workload: {id: \"111111111111\"}}\nvalues: {label: one}\n",
    ),
];

const SECRET: &str = "correct-horse-battery";
const VARIABLES: [(&str, &str); 2] = [("BUILD", "41"), ("PASSWORD", SECRET)];
const KEYS: [(&str, &str); 4] = [
    ("AWS_ACCESS_KEY_ID", "111111111111"),
    ("AWS_SECRET_ACCESS_KEY", "x"),
    ("BUILD", "41"),
    ("PASSWORD", SECRET),
];

fn run(place: &Workplace, words: &[&str]) -> Output {
    place.run_with(&[words, &["--sandbox"]].concat(), &VARIABLES)
}

fn good(place: &Workplace, words: &[&str]) -> Output {
    let output = run(place, words);
    assert_eq!(output.exit, 0, "{}", output.text);
    output
}

/// The project with `base/dev` deployed.
fn project(name: &str) -> Workplace {
    let place = Workplace::with(name, FILES);
    good(&place, &["deploy", "base/dev", "--yes"]);
    place
}

/// The project with all deployed, a change in its files, and a saved plan of it.
fn planned(name: &str) -> Workplace {
    let place = project(name);
    good(&place, &["deploy", "app/dev", "--yes"]);
    place.replace("environments/app/dev.yaml", "label: one", "label: two");
    good(&place, &["plan", "app/dev", "-o", "plan.json"]);
    place
}

/// All that the sandbox keeps, by file.
fn kept(place: &Workplace) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    collect(&place.root.join(".formwork/sandbox"), &mut found);
    found
}

fn collect(folder: &Path, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).expect("the sandbox has a folder") {
        let path = entry.expect("it can be read").path();
        match path.is_dir() {
            true => collect(&path, found),
            false => {
                let bytes = fs::read(&path).expect("it can be read");
                found.insert(path.display().to_string(), String::from_utf8_lossy(&bytes).into_owned());
            }
        }
    }
}

/// Tries to carry the saved plan out, which has to be refused and to change nothing.
fn refused(place: &Workplace, words: &[&str], variables: &[(&str, &str)]) -> String {
    let before = kept(place);
    let words = [&["deploy", "--plan", "plan.json", "--yes", "--sandbox"], words].concat();
    let output = place.run_with(&words, variables);
    assert_eq!(output.exit, 4, "{}", output.text);
    assert!(kept(place) == before, "something was changed: {}", output.text);
    output.text
}

#[test]
fn a_new_environment_by_a_saved_plan() {
    let place = project("saved-new");
    assert_session!("saved-new-plan", good(&place, &["plan", "app/dev", "-o", "plan.json"]).text);
    let deployed = good(&place, &["deploy", "--plan", "plan.json", "--yes"]);
    assert_session!("saved-new-deploy", deployed.output);
    good(&place, &["plan", "app/dev", "--exit-code"]);
    assert_session!("saved-new-again", refused(&place, &[], &VARIABLES));
}

#[test]
fn an_update_by_a_saved_plan() {
    let place = planned("saved-update");
    let plan = place.read("plan.json");
    assert!(!plan.contains(SECRET), "{plan}");
    assert_session!("saved-update-file", stable(&plan));
    assert_session!("saved-update-deploy", good(&place, &["deploy", "--plan", "plan.json", "--yes"]).output);
    good(&place, &["plan", "app/dev", "--exit-code"]);
    // Where nothing is to be done, a saved plan may be carried out as often as one likes.
    good(&place, &["plan", "app/dev", "-o", "nothing.json"]);
    for _ in 0..2 {
        let nothing = good(&place, &["deploy", "--plan", "nothing.json", "--yes"]);
        assert!(nothing.output.contains("Plan: no changes, 3 stacks unchanged"), "{}", nothing.text);
    }
}

/// `docs/schemas/plan.json` describes every file that is written, to the last field.
#[test]
fn the_file_is_as_its_schema_says() {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schemas/plan.json");
    let schema = serde_json::from_str(&fs::read_to_string(schema).expect("it is there")).expect("it is JSON");
    let place = project("saved-schema");
    let check = |words: &[&str]| {
        good(&place, &[&["plan", "-o", "plan.json"], words].concat());
        let plan = serde_json::from_str(&place.read("plan.json")).expect("it is JSON");
        assert_eq!(schema::violations(&schema, &plan), [""; 0]);
    };
    place.replace(
        "templates/app/blueprint.yaml",
        "  table:\n",
        "  table:\n    protect: true\n    timeout: 20\n    policy: {Statement: [{Effect: Allow, Action: \"Update:*\", \
         Principal: \"*\", Resource: \"*\"}]}\n",
    );
    check(&["app/dev", "--stack", "t*", "--set", "label=x"]);
    let other = serde_json::json!({"type": "formwork-plan", "version": 2, "sha256": "x", "also": 1});
    assert_eq!(schema::violations(&schema, &other).len(), 4, "the schema says something");
    check(&["app/dev"]);
    good(&place, &["deploy", "app/dev", "--yes"]);
    check(&["app/dev"]);
    place.replace("environments/base/dev.yaml", "name: id", "name: key");
    place.replace("templates/app/table.yaml", "AttributeName: !Ref Shared", "AttributeName: other");
    place.replace("environments/app/dev.yaml", "label: one", "label: two");
    place.replace("formwork.yaml", "owner: platform", "owner: else");
    check(&["base/dev", "app/dev"]);
    let failed = run(&place, &["deploy", "app/dev", "--yes", "--stack", "last", "--fail", "Topic"]);
    assert_eq!(failed.exit, 1, "{}", failed.text);
    check(&["app/dev"]);
}

/// A plan's file without what differs between runs.
fn stable(plan: &str) -> String {
    let line = |line: &str| match line.trim_start().split_once(": ") {
        Some((name @ ("\"sha256\"" | "\"hidden\"" | "\"run\""), _)) => format!("{name}: …"),
        _ => line.to_owned(),
    };
    let text: Vec<String> = plan.lines().map(line).collect();
    let mut out = text.join("\n");
    while let Some(at) = out.find("changeSet/formwork-") {
        let end = out[at..].find("-saved").map_or(out.len(), |end| at + end);
        out.replace_range(at..end, "changeSet/…");
    }
    out
}

#[test]
fn whatever_moved_is_told_and_nothing_is_changed() {
    let place = planned("saved-moved");
    let told = |name: &str, change: (&str, &str, &str)| {
        let (file, from, to) = change;
        place.replace(file, from, to);
        assert_session!(format!("saved-moved-{name}"), refused(&place, &[], &VARIABLES));
        place.replace(file, to, from);
    };
    told(
        "template",
        (
            "templates/app/topic.yaml",
            "    Type: AWS::SNS::Topic\n",
            "    Type: AWS::SNS::Topic\n    Metadata: {By: hand}\n",
        ),
    );
    told("value", ("environments/app/dev.yaml", "label: two", "label: three"));
    told("tag", ("formwork.yaml", "owner: platform", "owner: else"));
    told(
        "settings",
        (
            "templates/app/blueprint.yaml",
            "  table:\n",
            "  table:\n    timeout: 20\n    on_failure: keep\n    protect: true\n    after: [topic]\n",
        ),
    );
    told(
        "stack-added",
        (
            "templates/app/blueprint.yaml",
            "  last:\n",
            "  more: {template: last.yaml, parameters: {Name: more}}\n  last:\n",
        ),
    );
    told("stack-renamed", ("templates/app/blueprint.yaml", "  last:\n", "  final:\n"));
    told("account", ("environments/app/dev.yaml", "111111111111", "222222222222"));
    let variables = |build, password| [("BUILD", build), ("PASSWORD", password)];
    assert_session!("saved-moved-variable", refused(&place, &[], &variables("42", SECRET)));
    let secret = refused(&place, &[], &variables("41", "staple"));
    assert!(!secret.contains("staple") && !secret.contains(SECRET), "{secret}");
    assert_session!("saved-moved-secret", secret);
    assert_session!("saved-moved-variable-gone", refused(&place, &[], &VARIABLES[..1]));

    place.replace("environments/base/dev.yaml", "release: v1, name: id", "release: v2, name: key");
    good(&place, &["deploy", "base/dev", "--yes"]);
    assert_session!("saved-moved-inputs", refused(&place, &[], &VARIABLES));
    place.replace("environments/base/dev.yaml", "release: v2, name: key", "release: v1, name: id");
    good(&place, &["deploy", "base/dev", "--yes"]);

    // All is as it was: the refusals left the plan alone.
    good(&place, &["deploy", "--plan", "plan.json", "--yes"]);
}

#[test]
fn whatever_happened_to_the_stacks_is_told_and_nothing_is_changed() {
    let place = planned("saved-live");
    good(&place, &["plan", "--discard", "plan.json"]);
    assert_session!("saved-live-discarded", refused(&place, &[], &VARIABLES));
    good(&place, &["plan", "app/dev", "-o", "plan.json"]);
    good(&place, &["deploy", "app/dev", "--yes", "--stack", "topic"]);
    assert_session!("saved-live-deployed", refused(&place, &[], &VARIABLES));
    good(&place, &["destroy", "app/dev", "--yes"]);
    assert_session!("saved-live-destroyed", refused(&place, &[], &VARIABLES));
    let failed = run(&place, &["deploy", "app/dev", "--yes", "--fail", "Topic"]);
    assert_eq!(failed.exit, 5, "{}", failed.text);
    assert_session!("saved-live-broken", refused(&place, &[], &VARIABLES));
}

/// The two environments of one plan: `app/dev` takes what `base/dev` will give.
#[test]
fn two_environments_in_one_plan() {
    let place = project("saved-two");
    good(&place, &["deploy", "app/dev", "--yes"]);
    place.replace("environments/base/dev.yaml", "name: id", "name: key");
    place.replace("environments/app/dev.yaml", "label: one", "label: two");
    place.replace("templates/app/table.yaml", "PAY_PER_REQUEST", "PROVISIONED");
    assert_session!(
        "saved-two-plan",
        good(&place, &["plan", "base/dev", "app/dev", "-o", "out/plan.json"]).text
    );
    let deployed = run(&place, &["deploy", "--plan", "out/plan.json", "--yes"]);
    // The other name makes the table anew, which nobody saw in the plan.
    assert_session!("saved-two-deploy", deployed.output);
    assert_eq!(left(&place), (0, 0));
    good(&place, &["deploy", "base/dev", "app/dev", "--yes"]);
    good(&place, &["plan", "base/dev", "app/dev", "--exit-code"]);
}

/// How many change sets can still be executed, and how many stacks are in review, on the embedded sandbox.
fn left(place: &Workplace) -> (usize, usize) {
    open_on(&Sandbox::start(place, &["--state", ".formwork/sandbox"]))
}

fn open_on(sandbox: &Sandbox) -> (usize, usize) {
    let stacks = sandbox.cloudformation("Action=DescribeStacks");
    (counted(sandbox, "<ExecutionStatus>AVAILABLE<"), stacks.matches(">REVIEW_IN_PROGRESS<").count())
}

/// How many change sets there are, whatever their status.
fn open_or_pending(sandbox: &Sandbox) -> usize {
    counted(sandbox, "<ChangeSetId>")
}

fn counted(sandbox: &Sandbox, mark: &str) -> usize {
    let listed = |name: &String| sandbox.cloudformation(&format!("Action=ListChangeSets&StackName={name}"));
    stacks(sandbox).iter().map(|name| listed(name).matches(mark).count()).sum()
}

/// The names of the stacks.
fn stacks(sandbox: &Sandbox) -> Vec<String> {
    let told = sandbox.cloudformation("Action=DescribeStacks");
    let names = told.split("<StackName>").skip(1).filter_map(|rest| rest.split('<').next());
    names.map(str::to_owned).collect()
}

#[test]
fn a_failure_leaves_nothing_of_the_plan() {
    let place = planned("saved-fails");
    place.replace("templates/app/table.yaml", "PAY_PER_REQUEST", "PROVISIONED");
    good(&place, &["plan", "app/dev", "-o", "plan.json"]);
    let failed = run(&place, &["deploy", "--plan", "plan.json", "--yes", "--fail", "Topic"]);
    assert_eq!(failed.exit, 5, "{}", failed.text);
    assert_eq!(left(&place), (0, 0));
    assert_session!("saved-fails-again", refused(&place, &[], &VARIABLES));
    good(&place, &["deploy", "app/dev", "--yes"]);
}

#[test]
fn files_that_are_no_plan() {
    let place = planned("saved-bad");
    let plan = place.read("plan.json");
    let mut told = String::new();
    let mut check = |what: &str, text: &str| {
        place.write("bad.json", text);
        let output = run(&place, &["deploy", "--plan", "bad.json", "--yes"]);
        assert_eq!(output.exit, 3, "{what}: {}", output.text);
        told.push_str(&format!("## {what}\n{}", output.text));
    };
    check("empty", "");
    check("cut off", &plan[..plan.len() / 2]);
    check("something else", "{\"version\": 1, \"type\": \"planned_stack\"}");
    check("of another version", &plan.replace("\"version\": 1", "\"version\": 2"));
    check("a parameter edited", &plan.replace("\"known\": \"two\"", "\"known\": \"three\""));
    check("a stack's change set taken out", &plan.replace("\"made_review\": false", "\"made_review\": true"));
    check("a field added", &plan.replace("\"only\": []", "\"only\": [], \"also\": 1"));
    check("of another project", &{
        place.replace("formwork.yaml", "project: acme", "project: other");
        plan.clone()
    });
    place.replace("formwork.yaml", "project: other", "project: acme");
    told.push_str(&run(&place, &["deploy", "--plan", "none.json", "--yes"]).text);
    told.push_str(&run(&place, &["deploy", "--plan", "plan.json", "--yes", "--stack", "topic"]).text);
    told.push_str(&run(&place, &["deploy", "--plan", "plan.json", "--yes", "--set", "label=x"]).text);
    assert_session!("saved-bad", told);
    // Spaces and line ends are nobody's mistake.
    place.write("plan.json", &plan.replace('\n', "\r\n").replace("  ", "\t"));
    good(&place, &["deploy", "--plan", "plan.json", "--yes"]);
}

#[test]
fn settings_and_choices_belong_to_the_plan() {
    let place = project("saved-set");
    good(&place, &["plan", "app/dev", "--set", "label=x", "--stack", "t*", "-o", "plan.json"]);
    let without = run(&place, &["deploy", "--plan", "plan.json", "--yes"]);
    assert_eq!(without.exit, 3, "{}", without.text);
    assert!(without.text.contains("the plan was made with `--set` of label"), "{}", without.text);
    let other = refused(&place, &["--set", "label=y"], &VARIABLES);
    assert!(other.contains("parameter Label was \"x\", is \"y\""), "{other}");
    let deployed = good(&place, &["deploy", "--plan", "plan.json", "--yes", "--set", "label=x"]);
    assert!(deployed.output.contains("Deployment: 2 done"), "{}", deployed.text);
}

#[test]
fn what_a_plan_keeps_can_be_taken_away_and_a_newer_one_takes_its_place() {
    let place = project("saved-discard");
    let before = good(&place, &["status", "app/dev"]).output;
    good(&place, &["plan", "app/dev", "-o", "first.json"]);
    good(&place, &["plan", "app/dev", "-o", "second.json"]);
    let plain = good(&place, &["plan", "app/dev"]);
    assert!(plain.output.contains("Plan: 3 to create"), "{}", plain.text);
    let first = run(&place, &["deploy", "--plan", "first.json", "--yes"]);
    assert_eq!(first.exit, 4, "{}", first.text);
    assert_session!("saved-replaced", first.text);
    assert_eq!(left(&place), (2, 2), "the second plan's alone");
    assert_session!("saved-discard", good(&place, &["plan", "--discard", "second.json"]).text);
    good(&place, &["plan", "--discard", "second.json"]);
    assert_eq!(good(&place, &["status", "app/dev"]).output, before);
    assert_eq!(left(&place), (0, 0));
}

/// A file that is written over says nothing any more of what its plan kept.
#[test]
fn a_plan_of_other_stacks_in_the_same_file_leaves_nothing_of_the_first() {
    let place = project("saved-over");
    good(&place, &["plan", "app/dev", "-o", "plan.json"]);
    assert_eq!(left(&place), (2, 2));
    place.replace("environments/base/dev.yaml", "release: v1", "release: v2");
    let over = good(&place, &["plan", "base/dev", "-o", "plan.json"]);
    let told = "plan.json held a plan of app/dev before; nothing of that is kept any more";
    assert!(over.text.contains(told), "{}", over.text);
    assert_eq!(left(&place), (1, 0), "that of `base/dev`");
    place.replace("environments/base/dev.yaml", "release: v2", "release: v1");
    good(&place, &["plan", "base/dev", "-o", "other.json"]);
    assert_eq!(left(&place), (0, 0), "nothing is to be changed any more");
}

#[test]
fn a_plan_with_refusals_is_not_saved() {
    let place = project("saved-refused");
    let told = run(&place, &["plan", "app/dev", "--stack", "last", "-o", "plan.json"]);
    assert_eq!(told.exit, 4, "{}", told.text);
    assert_session!("saved-refused", told.text);
    assert!(!place.root.join("plan.json").exists());
}

#[test]
fn a_file_that_cannot_be_written_leaves_nothing() {
    let place = project("saved-unwritable");
    place.write("out", "a file where a folder should be");
    let told = run(&place, &["plan", "app/dev", "-o", "out/plan.json"]);
    assert_eq!(told.exit, 3, "{}", told.text);
    assert!(told.text.contains("could not write `out/plan.json`"), "{}", told.text);
    assert_eq!(left(&place), (0, 0));
}

/// The project lies in another folder there, and another caller works on it; nothing else is needed but the file.
#[test]
fn a_plan_is_carried_out_on_another_machine() {
    let (here, there) = (Workplace::with("saved-here", FILES), Workplace::with("saved-there", FILES));
    let sandbox = Sandbox::start(&here, &[]);
    let run = |place: &Workplace, words: &[&str], user: &str| {
        let variables = [&KEYS[..], &[("USER", user)]].concat();
        let output = place.run_with(&[words, &["--endpoint-url", &sandbox.url]].concat(), &variables);
        assert_eq!(output.exit, 0, "{}", output.text);
    };
    run(&here, &["deploy", "base/dev", "--yes"], "ann");
    run(&here, &["plan", "app", "-o", "plan.json"], "ann");
    there.write("plans/app.json", &here.read("plan.json"));
    run(&there, &["deploy", "--plan", "plans/app.json", "--yes"], "bob");
    run(&here, &["plan", "app", "--exit-code"], "ann");
}

/// On an address instead of the embedded sandbox, where protections hold.
#[test]
fn a_sealed_environment_takes_saved_plans_only() {
    let place = Workplace::starter("saved-sealed");
    let sandbox = Sandbox::start(&place, &[]);
    let run = |words: &[&str]| place.run_with(&[words, &["--endpoint-url", &sandbox.url]].concat(), &KEYS);
    for protection in ["confirm", "sealed"] {
        let file = format!("{protection}.json");
        let saved = run(&["plan", "app/production", "-o", &file]);
        assert_eq!(saved.exit, 0, "{}", saved.text);
        let unseen = run(&["deploy", "app/production", "--yes"]);
        assert_eq!(unseen.exit, 4, "{}", unseen.text);
        let unasked = run(&["deploy", "--plan", &file]);
        assert_eq!(unasked.exit, 4, "{}", unasked.text);
        assert!(unasked.text.contains("nobody can be asked"), "{}", unasked.text);
        let deployed = run(&["deploy", "--plan", &file, "--yes"]);
        assert_eq!(deployed.exit, 0, "{}", deployed.text);
        let name = "environments/app/production.yaml";
        let changed = place.read(name).replace("retention_days: 14", "retention_days: 13");
        place.write(name, &changed.replace("protection: confirm", "protection: sealed"));
    }
}

#[test]
fn an_interrupted_plan_keeps_nothing_and_a_killed_one_is_replaced() {
    let place = Workplace::with("saved-killed", FILES);
    // In real time a change set takes seconds.
    let sandbox = Sandbox::start(&place, &["--speed", "1", "--state", "sandbox"]);
    let words = ["plan", "base/dev", "-o", "plan.json", "--endpoint-url", &sandbox.url];
    let until = |there: usize| {
        let begun = Instant::now();
        while open_or_pending(&sandbox) != there || (there == 0 && stacks(&sandbox).len() > there) {
            assert!(begun.elapsed().as_secs() < 20, "there are never {there} change sets");
        }
    };
    let stopped = |signal: &str, exit: i32| {
        let running = Running::start(&place, &words, &KEYS);
        until(1);
        running.signal(signal);
        let (ended, output, messages) = running.end();
        assert_eq!(ended, exit, "{output}{messages}");
        assert!(!place.root.join("plan.json").exists(), "{output}{messages}");
    };
    stopped("INT", 130);
    until(0);
    stopped("KILL", -1);
    assert_eq!(open_or_pending(&sandbox), 1);
    let planned = place.run_with(&words, &KEYS);
    assert_eq!(planned.exit, 0, "{}", planned.text);
    assert_eq!(open_on(&sandbox), (1, 1));
    let address = ["--endpoint-url", &sandbox.url];
    let deployed =
        place.run_with(&[&["deploy", "--plan", "plan.json", "--yes"], &address[..]].concat(), &KEYS);
    assert_eq!(deployed.exit, 0, "{}", deployed.text);
    assert_eq!(open_on(&sandbox), (0, 0));
}
