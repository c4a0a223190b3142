//! What happens to stacks over the years: replacements, removals, failures, protection, tags, and choosing among them.

use crate::assert_session;
use crate::support::{Output, Workplace};

const ENVIRONMENT: &str = "blueprint: app\naccounts: {workload: {id: \"111111111111\"}}\nvalues: {}\n";

const TABLE: &str = "\
Parameters:
  Key: {Type: String, Default: id}
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Delete
    UpdateReplacePolicy: Delete
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: !Ref Key, AttributeType: S}]
      KeySchema: [{AttributeName: !Ref Key, KeyType: HASH}]
  News:
    Type: AWS::SNS::Topic
Outputs:
  Name:
    Value: !Sub \"table in ${AWS::Region}\"
";

const FILES: &str = "\
Resources:
  Files:
    Type: AWS::EFS::FileSystem
    DeletionPolicy: Delete
    UpdateReplacePolicy: Delete
    Properties:
      Encrypted: false
Outputs:
  Name:
    Value: !Ref Files
";

const TOPIC: &str = "\
Parameters:
  Label: {Type: String, Default: none}
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      DisplayName: !Ref Label
  Extra:
    Type: AWS::SNS::Topic
Outputs:
  Name:
    Value: !GetAtt Topic.TopicName
";

/// A project with one environment `app/dev`, whose blueprint has these stacks.
fn project(name: &str, stacks: &str) -> Workplace {
    Workplace::with(
        name,
        &[
            ("formwork.yaml", "project: acme\ndefaults: {regions: [eu-west-1]}\n"),
            (
                "templates/app/blueprint.yaml",
                &format!("accounts: [workload]\nvalues: {{}}\nstacks:\n{stacks}"),
            ),
            ("templates/app/table.yaml", TABLE),
            ("templates/app/topic.yaml", TOPIC),
            ("environments/app/dev.yaml", ENVIRONMENT),
        ],
    )
}

fn run(place: &Workplace, words: &[&str]) -> Output {
    place.run(&[words, &["--sandbox"]].concat())
}

fn deploy(place: &Workplace, words: &[&str]) -> Output {
    run(place, &[&["deploy", "app/dev", "--yes"], words].concat())
}

fn plan(place: &Workplace) -> String {
    run(place, &["plan", "app/dev", "--exit-code"]).text
}

/// Deploys, which has to end well.
fn deployed(place: &Workplace) -> String {
    let told = deploy(place, &[]);
    assert_eq!(told.exit, 0, "{}", told.text);
    told.text
}

fn assert_settled(place: &Workplace) {
    let told = plan(place);
    assert!(told.contains("Plan: no changes") && told.ends_with("exit 0\n"), "{told}");
}

/// The results without the messages, whose order is open where several stacks run at once.
fn results(output: &Output) -> String {
    format!("{}--- exit {}\n", output.output, output.exit)
}

#[test]
fn a_replacement_is_marked_and_its_danger_told() {
    let place = project(
        "replacement",
        "  files: {template: files.yaml}\n  reader: {template: topic.yaml, parameters: {Label: !Output files.Name}}\n",
    );
    place.write("templates/app/files.yaml", FILES);
    deployed(&place);
    place.replace("templates/app/files.yaml", "Encrypted: false", "Encrypted: true");
    assert_session!("replacement-plan", plan(&place));
    let told = deployed(&place);
    assert!(told.contains("✓ reader  updated"), "what takes an output follows: {told}");
    assert_settled(&place);
}

#[test]
fn what_may_be_replaced_is_told() {
    let place = project("may-replace", "  table: {template: table.yaml}\n");
    deployed(&place);
    place.replace(
        "templates/app/blueprint.yaml",
        "{template: table.yaml}",
        "{template: table.yaml, parameters: {Key: number}}",
    );
    assert_session!("may-replace-plan", plan(&place));
    deployed(&place);
    assert_settled(&place);
}

#[test]
fn what_is_removed_from_a_template_is_told() {
    let place = project("removal", "  table: {template: table.yaml}\n");
    deployed(&place);
    let table = TABLE.split("  News:").next().expect("there is a beginning").replace("Table:\n", "Other:\n");
    place.write("templates/app/table.yaml", &table);
    assert_session!("removal-plan", plan(&place));
    deployed(&place);
    assert_settled(&place);
}

#[test]
fn what_is_kept_is_let_go() {
    let place = project("kept", "  table: {template: table.yaml}\n");
    place.replace("templates/app/table.yaml", "DeletionPolicy: Delete", "DeletionPolicy: Retain");
    deployed(&place);
    assert_session!("kept-destroy", run(&place, &["destroy", "app/dev", "--yes"]).text);
}

#[test]
fn stacks_that_are_no_longer_declared_are_listed_and_left() {
    let place = project("orphan", "  one: {template: topic.yaml}\n  two: {template: topic.yaml}\n");
    deployed(&place);
    place.replace("templates/app/blueprint.yaml", "  two: {template: topic.yaml}\n", "");
    assert_session!("orphan-plan", plan(&place));
}

#[test]
fn an_update_that_fails_is_rolled_back_and_can_be_mended() {
    let place = project("rolled-back", "  one: {template: topic.yaml, parameters: {Label: a}}\n");
    deployed(&place);
    place.replace("templates/app/blueprint.yaml", "Label: a", "Label: b");
    assert_session!("rolled-back-deploy", deploy(&place, &["--fail", "Topic"]).text);
    assert_session!("rolled-back-status", run(&place, &["status", "app/dev"]).text);
    assert_session!("rolled-back-plan", plan(&place));
    deployed(&place);
    assert_settled(&place);
}

#[test]
fn protection_is_set_and_lifted_in_steps() {
    let place = project("protection-steps", "  one: {template: topic.yaml, protect: true}\n");
    assert_session!("protect-on", deployed(&place));
    assert_session!("protect-destroy", run(&place, &["destroy", "app/dev", "--yes"]).text);
    place.replace("templates/app/blueprint.yaml", "protect: true", "protect: false");
    assert_session!("protect-off", deployed(&place));
    assert_settled(&place);
    place.replace("templates/app/blueprint.yaml", "protect: false", "protect: true");
    deployed(&place);
    let gone = run(&place, &["destroy", "app/dev", "--yes", "--allow", "one"]);
    assert_session!("protect-allowed", gone.text);
}

#[test]
fn one_protected_stack_holds_back_the_whole_destruction() {
    let place = project(
        "protected-whole",
        "  one: {template: topic.yaml, protect: true}\n  two: {template: topic.yaml}\n",
    );
    deployed(&place);
    assert_session!("protected-whole", run(&place, &["destroy", "app/dev", "--yes"]).text);
    assert_settled(&place);
}

#[test]
fn tags_and_policies_are_changes_too() {
    let place = project("tags", "  one: {template: topic.yaml, tags: {team: blue}}\n");
    deployed(&place);
    place.replace("templates/app/blueprint.yaml", "{team: blue}", "{team: red, cost: \"7\"}");
    assert_session!("tags-plan", plan(&place));
    deployed(&place);
    assert_settled(&place);
    place.replace(
        "templates/app/blueprint.yaml",
        "template: topic.yaml,",
        "template: topic.yaml, policy: {Statement: [{Effect: Allow, Action: \"Update:*\", Principal: \"*\", Resource: \"*\"}]},",
    );
    assert_session!("policy-deploy", deployed(&place));
    assert_settled(&place);
}

#[test]
fn two_failures_at_once_are_both_told() {
    let place = project(
        "failures",
        "  one: {template: topic.yaml}\n  table: {template: table.yaml}\n  last: {template: topic.yaml, after: [one, table]}\n",
    );
    let failed = deploy(&place, &["--fail", "Topic", "--fail", "Table"]);
    // Whichever fails first is the one that is named.
    assert_session!("failures", results(&failed).replace("blocked by table", "blocked by one"));
    deployed(&place);
}

#[test]
fn fail_fast_starts_nothing_more() {
    let place = project(
        "fail-fast",
        "  one: {template: topic.yaml}\n  table: {template: table.yaml}\n  reader: {template: table.yaml, after: [table]}\n",
    );
    let failed = deploy(&place, &["--fail", "Topic", "--fail-fast", "--parallel", "1"]);
    assert_session!("fail-fast", results(&failed));
}

#[test]
fn stacks_are_chosen_by_pattern() {
    let place = project(
        "chosen",
        "  web-one: {template: topic.yaml}\n  web-two: {template: topic.yaml, parameters: {Label: !Output table.Name}}\n  table: {template: table.yaml}\n",
    );
    assert_session!("chosen-refused", deploy(&place, &["--stack", "web-*"]).text);
    let table = deploy(&place, &["--stack", "table", "--stack", "*-one"]);
    assert_eq!(table.exit, 0, "{}", table.text);
    let web = deploy(&place, &["--stack", "web-*"]);
    assert_session!("chosen", web.text);
    assert_settled(&place);
}

#[test]
fn what_a_failure_leaves_behind_is_declared() {
    let check = |policy: &str| {
        let place = project(
            &format!("failure-{policy}"),
            &format!("  one: {{template: topic.yaml, on_failure: {policy}}}\n"),
        );
        let failed = deploy(&place, &["--fail", "Extra"]);
        assert_eq!(failed.exit, 1, "{}", failed.text);
        assert_session!(format!("failure-{policy}-status"), run(&place, &["status", "app/dev"]).text);
        assert_session!(format!("failure-{policy}-mended"), deployed(&place));
        assert_settled(&place);
    };
    check("rollback");
    check("keep");
    check("delete");
}

#[test]
fn an_update_that_fails_and_is_kept_can_be_mended() {
    let place =
        project("kept-update", "  one: {template: topic.yaml, on_failure: keep, parameters: {Label: a}}\n");
    deployed(&place);
    place.replace("templates/app/blueprint.yaml", "Label: a", "Label: b");
    let failed = deploy(&place, &["--fail", "Topic"]);
    assert_eq!(failed.exit, 1, "{}", failed.text);
    assert_session!("kept-update-status", run(&place, &["status", "app/dev"]).text);
    assert_session!("kept-update-mended", deployed(&place));
    assert_settled(&place);
}

#[test]
fn overlays_by_account_and_by_region() {
    let place = project(
        "overlays",
        "  one: {template: topic.yaml, account: all, regions: all, parameters: {Label: <%= values.label %>}}\n",
    );
    place.replace(
        "templates/app/blueprint.yaml",
        "[workload]\nvalues: {}",
        "[web, data]\nvalues: {label: {type: string, default: base}}",
    );
    place.write(
        "environments/app/dev.yaml",
        "blueprint: app
accounts: {web: {id: \"111111111111\"}, data: {id: \"022222222222\", role: deployer}}
regions: [eu-west-1, us-east-1]
by_account: {data: {values: {label: by account}}}
by_region: {us-east-1: {values: {label: by region}}}
",
    );
    assert_session!("overlays", plan(&place));
    deployed(&place);
    assert_settled(&place);
}

#[test]
fn items_and_conditions_make_and_take_away_stacks() {
    let place = project(
        "items",
        "  one: {template: topic.yaml, for_each: <%= values.names %>, name: \"one-<%= item %>\", parameters: {Label: <%= item %>}}\n  \
         two: {template: table.yaml, condition: <%= values.table %>}\n",
    );
    place.replace(
        "templates/app/blueprint.yaml",
        "values: {}",
        "values: {names: {type: list of string, default: [a, b]}, table: {type: boolean, default: true}}",
    );
    assert_session!("items", results(&deploy(&place, &[])));
    place.replace("environments/app/dev.yaml", "values: {}", "values: {names: [b, c], table: false}");
    assert_session!("items-changed", plan(&place));
}
