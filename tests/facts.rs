//! Facts: values that are known only when something is deployed, or only where the program runs.

use crate::assert_session;
use crate::support::{Sandbox, Workplace};
use std::fs;
use std::path::Path;

const PRODUCER: &str = "\
Parameters:
  Name: {Type: String}
Resources:
  Queue:
    Type: AWS::SQS::Queue
Outputs:
  Name:
    Value: !Sub \"${Name} in ${AWS::AccountId} ${AWS::Region}\"
";

/// What it is given comes out again, so that a test can see what arrived.
const CONSUMER: &str = "\
Parameters:
  Given: {Type: String}
Resources:
  Topic:
    Type: AWS::SNS::Topic
Outputs:
  Given:
    Value: !Ref Given
";

const ENVIRONMENT: &str = "\
blueprint: app
accounts:
  web: {id: \"111111111111\"}
  data: {id: \"022222222222\", role: deployer}
regions: [eu-west-1, us-east-1]
";

/// A project whose stack `producer` is in every account and region, and whose `consumer` is given something.
fn project(name: &str, given: &str) -> Workplace {
    let blueprint = format!(
        "accounts: [web, data]
stacks:
  producer:
    template: producer.yaml
    account: all
    regions: all
    parameters: {{Name: \"<%= account.role %>\"}}
  consumer:
    template: consumer.yaml
    account: web
    parameters:
      Given: {given}
"
    );
    Workplace::with(
        name,
        &[
            ("formwork.yaml", "project: acme\n"),
            ("templates/app/blueprint.yaml", &blueprint),
            ("templates/app/producer.yaml", PRODUCER),
            ("templates/app/consumer.yaml", CONSUMER),
            ("templates/app/motd.txt", "good morning\n"),
            ("environments/app/dev.yaml", ENVIRONMENT),
        ],
    )
}

/// Deploys on the embedded sandbox, and gives what the consumer was given.
fn given(place: &Workplace) -> String {
    let deployed = place.run(&["deploy", "app/dev", "--sandbox", "--yes"]);
    assert_eq!(deployed.exit, 0, "{}", deployed.text);
    let planned = place.run(&["plan", "app/dev", "--sandbox", "--exit-code"]);
    assert_eq!(planned.exit, 0, "{}", planned.text);
    told(place, &["--sandbox"], &[])
}

fn told(place: &Workplace, words: &[&str], variables: &[(&str, &str)]) -> String {
    let outputs =
        place.run_with(&[&["outputs", "app/dev", "--stack", "consumer"], words].concat(), variables);
    let line = outputs.output.lines().find_map(|line| line.trim().strip_prefix("Given  "));
    line.unwrap_or_else(|| panic!("nothing was given: {}", outputs.text)).to_owned()
}

#[test]
fn outputs_of_this_place_other_regions_and_other_accounts() {
    let check = |name: &str, reference: &str, expected: &str| {
        assert_eq!(given(&project(name, reference)), expected, "{reference}");
    };
    check("output-here", "!Output producer.Name", "web in 111111111111 eu-west-1");
    check(
        "output-region",
        "!Output {stack: producer, key: Name, region: us-east-1}",
        "web in 111111111111 us-east-1",
    );
    check(
        "output-account",
        "!Output {stack: producer, key: Name, account: data}",
        "data in 022222222222 eu-west-1",
    );
    check(
        "output-list",
        "[!Output producer.Name, \"and\", !Output {stack: producer, key: Name, account: data, region: us-east-1}]",
        "web in 111111111111 eu-west-1,and,data in 022222222222 us-east-1",
    );
    check(
        "outputs",
        "!Outputs producer.Name",
        "data in 022222222222 eu-west-1,data in 022222222222 us-east-1,web in 111111111111 eu-west-1,web in 111111111111 us-east-1",
    );
}

#[test]
fn files_accounts_and_secrets() {
    assert_eq!(given(&project("file", "!File motd.txt")), "good morning");
    assert_eq!(given(&project("account", "!Account data")), "022222222222");
    let place = project("secret", "!Secret \"app/database#password\"");
    assert_eq!(given(&place), "{{resolve:secretsmanager:app/database:SecretString:password}}");
}

#[test]
fn outputs_of_another_environment() {
    let place = project("elsewhere", "!Output shared:dns.Name");
    place.write(
        "environments/shared.yaml",
        "blueprint: shared\naccounts: {web: {id: \"111111111111\"}}\nregions: [eu-west-1]\n",
    );
    place.write(
        "templates/shared/blueprint.yaml",
        "accounts: [web]\nstacks:\n  dns: {template: dns.yaml, parameters: {Name: dns}}\n",
    );
    place.write("templates/shared/dns.yaml", PRODUCER);
    assert_session!("elsewhere-missing", place.run(&["deploy", "app/dev", "--sandbox", "--yes"]).text);
    let shared = place.run(&["deploy", "shared", "--sandbox", "--yes"]);
    assert_eq!(shared.exit, 0, "{}", shared.text);
    assert_eq!(given(&place), "dns in 111111111111 eu-west-1");
}

#[test]
fn variables_of_the_process() {
    let place = project("variable", "!Env RELEASE");
    assert_session!("variable-missing", place.run(&["plan", "app/dev", "--sandbox"]).text);
    let release = [("RELEASE", "v7")];
    let deployed = place.run_with(&["deploy", "app/dev", "--sandbox", "--yes"], &release);
    assert_eq!(deployed.exit, 0, "{}", deployed.text);
    assert_eq!(told(&place, &["--sandbox"], &release), "v7");
}

#[test]
fn parameters_of_systems_manager() {
    let place = project("parameter", "!Ssm /acme/release");
    let sandbox = Sandbox::start(&place, &[]);
    let address = ["--endpoint-url", &sandbox.url];
    let keys = [("AWS_ACCESS_KEY_ID", "111111111111"), ("AWS_SECRET_ACCESS_KEY", "x")];
    assert_session!(
        "parameter-missing",
        place.run_with(&[&["plan", "app/dev"], &address[..]].concat(), &keys).text
    );
    put_parameter(&sandbox, "{\"Name\":\"/acme/release\",\"Value\":\"v8\",\"Type\":\"String\"}");
    let deployed = place.run_with(&[&["deploy", "app/dev", "--yes"], &address[..]].concat(), &keys);
    assert_eq!(deployed.exit, 0, "{}", deployed.text);
    assert_eq!(told(&place, &address, &keys), "v8");
}

/// What `aws ssm put-parameter` would send.
fn put_parameter(sandbox: &Sandbox, body: &str) {
    let headers = "x-amz-target: AmazonSSM.PutParameter\r\ncontent-type: application/x-amz-json-1.1";
    let answer = sandbox.ask("ssm", headers, body);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn a_large_template_goes_through_the_bucket() {
    let place = project("large", "given");
    place.write(
        "formwork.yaml",
        "project: acme\nartifacts: {bucket: \"acme-artifacts-<%= account.id %>-<%= region %>\"}\n",
    );
    let mut template = CONSUMER.to_owned();
    let words = "a description that makes the template large ".repeat(80);
    for number in 0..20 {
        let topic = format!(
            "  Topic{number}:\n    Type: AWS::SNS::Topic\n    Metadata: {{About: {words}{number}}}\n"
        );
        template = template.replace("Outputs:\n", &format!("{topic}Outputs:\n"));
    }
    assert!(template.len() > 51_200);
    place.write("templates/app/consumer.yaml", &template);
    assert_eq!(given(&place), "given");
    place.replace("templates/app/consumer.yaml", "  Topic7:", "  Topic77:");
    let planned = place.run(&["plan", "app/dev", "--sandbox", "--exit-code"]);
    assert_session!("large-change", planned.text);
}

#[test]
fn what_is_hidden_stays_hidden() {
    let secret = "correct-horse-battery";
    let place = project("hidden", "!Env PASSWORD");
    place.replace("templates/app/consumer.yaml", "{Type: String}", "{Type: String, NoEcho: true}");
    place.replace("templates/app/consumer.yaml", "Value: !Ref Given", "Value: !GetAtt Topic.TopicName");
    place.replace(
        "templates/app/consumer.yaml",
        "    Type: AWS::SNS::Topic\n",
        "    Type: AWS::SNS::Topic\n    Properties: {DisplayName: !Ref Given}\n",
    );
    let variables = [("PASSWORD", secret)];
    assert_session!(
        "hidden-plan",
        place.run_with(&["plan", "app/dev", "--sandbox", "--stack", "consumer"], &variables).text
    );
    let mut told = String::new();
    let sessions: &[&[&str]] = &[
        &["plan", "app/dev", "--sandbox", "-v"],
        &["plan", "app/dev", "--sandbox", "--output", "json"],
        &["deploy", "app/dev", "--sandbox", "--yes", "--fail", "Topic", "-v"],
        &["deploy", "app/dev", "--sandbox", "--yes", "--output", "json"],
        &["plan", "app/dev", "--sandbox", "-v"],
        &["status", "app/dev", "--sandbox", "-v"],
        &["outputs", "app/dev", "--sandbox", "--output", "json"],
        &["explain", "app/dev", "consumer.Given"],
        &["render", "app/dev", "--stack", "consumer"],
        &["destroy", "app/dev", "--sandbox", "--yes", "-v"],
    ];
    for words in sessions {
        told.push_str(&place.run_with(words, &variables).text);
    }
    assert!(told.contains("Given  ****"), "{told}");
    assert!(told.contains("from !Env PASSWORD"), "{told}");
    let runs = texts(&place.root.join(".formwork/runs"));
    assert!(runs.lines().count() > 10, "{runs}");
    assert!(!runs.contains(secret), "a journal tells the secret:\n{runs}");
    assert!(!told.contains(secret), "a session tells the secret:\n{told}");
}

/// All files of a folder as one text.
fn texts(folder: &Path) -> String {
    let files = fs::read_dir(folder).expect("the folder is there");
    files.map(|file| fs::read_to_string(file.expect("it can be read").path()).expect("it is text")).collect()
}
