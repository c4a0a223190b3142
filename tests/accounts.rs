//! Signing in: the right account or nothing at all, roles, profiles, and the address of the service.

use crate::assert_session;
use crate::support::{Sandbox, Workplace};

const FILES: &[(&str, &str)] = &[
    ("formwork.yaml", "project: acme\ndefaults: {regions: [eu-west-1]}\n"),
    ("templates/app/blueprint.yaml", "accounts: [workload]\nstacks:\n  queue: {template: queue.yaml}\n"),
    (
        "templates/app/queue.yaml",
        "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\nOutputs:\n  Arn:\n    Value: !GetAtt Queue.Arn\n",
    ),
    ("environments/app/dev.yaml", "blueprint: app\naccounts: {workload: {id: \"111111111111\"}}\n"),
];

const TWO_ACCOUNTS: &[(&str, &str)] = &[
    (
        "templates/app/blueprint.yaml",
        "accounts: [web, data]\nstacks:\n  queue: {template: queue.yaml, account: all}\n",
    ),
    (
        "environments/app/dev.yaml",
        "blueprint: app
accounts:
  web: {id: \"222222222222\", role: deployer}
  data: {id: \"033333333333\", role: deployer, external_id: formwork-of-acme}
",
    ),
];

fn keys(account: &str) -> [(&str, &str); 2] {
    [("AWS_ACCESS_KEY_ID", account), ("AWS_SECRET_ACCESS_KEY", "x")]
}

#[test]
fn a_wrong_account_is_refused_before_anything_is_done() {
    let place = Workplace::with("wrong-account", FILES);
    let sandbox = Sandbox::start(&place, &["--state", "sandbox"]);
    let words = ["deploy", "app/dev", "--yes", "--endpoint-url", &sandbox.url];
    let refused = place.run_with(&words, &keys("999999999999"));
    assert_eq!(refused.exit, 4);
    assert_session!("wrong-account", refused.text);
    let status =
        place.run_with(&["status", "app/dev", "--endpoint-url", &sandbox.url], &keys("999999999999"));
    assert_session!("wrong-account-status", status.text);

    let status =
        place.run_with(&["status", "app/dev", "--endpoint-url", &sandbox.url], &keys("111111111111"));
    assert!(status.output.contains("not deployed"), "{}", status.text);
    place.replace("environments/app/dev.yaml", "111111111111", "999999999999");
    let status =
        place.run_with(&["status", "app/dev", "--endpoint-url", &sandbox.url], &keys("999999999999"));
    assert!(status.output.contains("not deployed"), "{}", status.text);
}

#[test]
fn roles_lead_each_stack_into_its_account() {
    let place = Workplace::with("roles", FILES);
    TWO_ACCOUNTS.iter().for_each(|(path, text)| place.write(path, text));
    let sandbox = Sandbox::start(&place, &[]);
    let address = ["--endpoint-url", &sandbox.url];
    let deployed =
        place.run_with(&[&["deploy", "app/dev", "--yes"], &address[..]].concat(), &keys("111111111111"));
    assert_eq!(deployed.exit, 0, "{}", deployed.text);
    // Which of the two is done first is open, so the messages are not compared.
    assert_session!("roles-deploy", deployed.output);
    let outputs = place.run_with(&[&["outputs", "app/dev"], &address[..]].concat(), &keys("111111111111"));
    for account in ["222222222222", "033333333333"] {
        assert!(outputs.output.contains(&format!("arn:aws:sqs:eu-west-1:{account}:")), "{}", outputs.text);
    }
}

#[test]
fn one_wrong_account_holds_back_all_of_them() {
    let place = Workplace::with("half-wrong", FILES);
    TWO_ACCOUNTS.iter().for_each(|(path, text)| place.write(path, text));
    place.replace("environments/app/dev.yaml", "033333333333\", role: deployer", "033333333333\"");
    let sandbox = Sandbox::start(&place, &[]);
    let address = ["--endpoint-url", &sandbox.url];
    let refused =
        place.run_with(&[&["deploy", "app/dev", "--yes"], &address[..]].concat(), &keys("111111111111"));
    assert_session!("half-wrong", refused.text);
    place.replace("environments/app/dev.yaml", "033333333333\"", "033333333333\", role: deployer");
    let status = place.run_with(&[&["status", "app/dev"], &address[..]].concat(), &keys("111111111111"));
    assert_eq!(status.output.matches("not deployed").count(), 2, "{}", status.text);
}

#[test]
fn a_profile_is_taken_from_the_configuration() {
    let place = Workplace::with("profile", FILES);
    place.replace("environments/app/dev.yaml", "\"111111111111\"", "\"111111111111\", profile: team");
    place.write(
        "aws.ini",
        "[profile team]\naws_access_key_id = 111111111111\naws_secret_access_key = x\n\n\
         [default]\naws_access_key_id = 999999999999\naws_secret_access_key = x\n",
    );
    let sandbox = Sandbox::start(&place, &[]);
    let words = ["deploy", "app/dev", "--yes", "--endpoint-url", &sandbox.url];
    let deployed = place.run_with(&words, &[("AWS_CONFIG_FILE", "aws.ini")]);
    assert_eq!(deployed.exit, 0, "{}", deployed.text);

    place.replace("environments/app/dev.yaml", "profile: team", "profile: taem");
    let words = ["plan", "app/dev", "--endpoint-url", &sandbox.url];
    assert_session!("unknown-profile", place.run_with(&words, &[("AWS_CONFIG_FILE", "aws.ini")]).text);
}

#[test]
fn without_credentials_one_is_told_so() {
    let place = Workplace::with("no-credentials", FILES);
    let sandbox = Sandbox::start(&place, &[]);
    assert_session!("no-credentials", place.run(&["plan", "app/dev", "--endpoint-url", &sandbox.url]).text);
}

#[test]
fn the_variables_of_addresses_are_honoured() {
    let place = Workplace::with("addresses", FILES);
    let sandbox = Sandbox::start(&place, &[]);
    let [id, secret] = keys("111111111111");
    let deployed =
        place.run_with(&["deploy", "app/dev", "--yes"], &[id, secret, ("AWS_ENDPOINT_URL", &sandbox.url)]);
    assert_eq!(deployed.exit, 0, "{}", deployed.text);
    let planned = place.run_with(
        &["plan", "app/dev", "--exit-code"],
        &[
            id,
            secret,
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
            ("AWS_ENDPOINT_URL_CLOUDFORMATION", &sandbox.url),
            ("AWS_ENDPOINT_URL_STS", &sandbox.url),
        ],
    );
    assert_eq!(planned.exit, 0, "{}", planned.text);
    assert!(planned.output.contains("no changes"), "{}", planned.text);
}
