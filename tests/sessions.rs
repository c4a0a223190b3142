//! A session for each command: what is typed, and everything that comes back.

use crate::assert_session;
use crate::support::Workplace;
use std::io::{Read, Write};
use std::net::TcpListener;

#[test]
fn help_names_every_command() {
    let place = Workplace::empty("help");
    assert_session!("help", place.run(&["--help"]).text);
    for command in [
        "init",
        "render",
        "check",
        "plan",
        "deploy",
        "destroy",
        "status",
        "outputs",
        "diff",
        "explain",
        "graph",
        "sandbox",
        "completions",
    ] {
        let told = place.run(&[command, "--help"]);
        assert_eq!(told.exit, 0, "{}", told.text);
        assert!(told.output.contains("Examples:"), "`{command} --help` has no examples");
    }
}

#[test]
fn a_new_project_is_made_once() {
    let place = Workplace::empty("init");
    assert_session!("init", place.run(&["init", "acme"]).text);
    assert_session!("init-again", place.run(&["init", "acme"]).text);
}

#[test]
fn a_body_is_printed_to_the_byte() {
    let place = Workplace::starter("render");
    let rendered = place.run(&["render", "app/dev", "--stack", "queue"]);
    assert_eq!(rendered.output, place.read("templates/app/queue.yaml"));
    assert_session!("render-out", place.run(&["render", "app", "--out", "rendered"]).text);
    let parameters = place.read("rendered/app/production/queue.parameters.json");
    assert_eq!(parameters, "{\n  \"RetentionSeconds\": \"1209600\"\n}\n");
}

#[test]
fn check_is_quiet_about_good_projects() {
    assert_session!("check", Workplace::starter("check").run(&["check"]).text);
}

#[test]
fn an_environment_that_is_not_there() {
    let place = Workplace::starter("unknown");
    assert_session!("unknown-environment", place.run(&["check", "app/prodution"]).text);
    assert_session!("unknown-command", place.run(&["deplo"]).text);
    assert_session!("unknown-setting", place.run(&["check", "app/dev", "--set", "retention_dys=3"]).text);
    assert_session!("unknown-stack", place.run(&["plan", "app/dev", "--sandbox", "--stack", "que"]).text);
    assert_session!("stray-option", place.run(&["deploy", "app/dev", "--yes", "--fail", "Queue"]).text);
    assert_session!("no-project", Workplace::empty("no-project").run(&["check", "--project", "/"]).text);
}

#[test]
fn plan_shows_new_stacks_and_what_is_known_later() {
    assert_session!("plan-new", Workplace::starter("plan").run(&["plan", "app/dev", "--sandbox"]).text);
}

#[test]
fn deploy_asks_before_it_changes() {
    let place = Workplace::starter("asks");
    assert_session!("deploy-asks", place.run(&["deploy", "app/dev", "--sandbox"]).text);
    let status = place.run(&["status", "app/dev", "--sandbox"]);
    assert_eq!(status.output.matches("not deployed").count(), 2, "{}", status.text);
}

#[test]
fn deploy_status_outputs_update_destroy() {
    let place = Workplace::starter("deploy");
    assert_session!("deploy", place.run(&["deploy", "app/dev", "--sandbox", "--yes"]).text);
    assert_session!("deploy-again", place.run(&["deploy", "app/dev", "--sandbox", "--yes"]).text);
    assert_session!("status", place.run(&["status", "app", "--sandbox"]).text);
    assert_session!("outputs", place.run(&["outputs", "app/dev", "--sandbox"]).text);
    place.replace("environments/app/dev.yaml", "retention_days: 1", "retention_days: 2");
    assert_session!("plan-change", place.run(&["plan", "app/dev", "--sandbox", "--exit-code"]).text);
    assert_session!("deploy-change", place.run(&["deploy", "app/dev", "--sandbox", "--yes"]).text);
    assert_session!("destroy", place.run(&["destroy", "app/dev", "--sandbox", "--yes"]).text);
    assert_session!("destroy-again", place.run(&["destroy", "app/dev", "--sandbox", "--yes"]).text);
}

#[test]
fn a_failure_blocks_its_dependants_and_shows_the_cause_at_its_line() {
    let place = Workplace::starter("fails");
    let failed = place.run(&["deploy", "app/dev", "--sandbox", "--yes", "--fail", "DeadLetters"]);
    assert_session!("deploy-fails", failed.text);
    assert_session!("plan-after-failure", place.run(&["plan", "app/dev", "--sandbox"]).text);
    let mended = place.run(&["deploy", "app/dev", "--sandbox", "--yes"]);
    assert_eq!(mended.exit, 0, "{}", mended.text);
}

#[test]
fn diff_tells_declared_from_undeclared() {
    let place = Workplace::starter("diff");
    assert_session!("diff", place.run(&["diff", "app/staging", "app/production"]).text);
    place.replace(
        "templates/app/queue.yaml",
        "maxReceiveCount: 5",
        "maxReceiveCount: <%= 5 if environment.name == 'app/production' else 3 %>",
    );
    assert_session!(
        "diff-undeclared",
        place.run(&["diff", "app/staging", "app/production", "--exit-code"]).text
    );
}

#[test]
fn explain_tells_where_a_value_came_from() {
    let place = Workplace::starter("explain");
    assert_session!(
        "explain-parameter",
        place.run(&["explain", "app/staging", "queue.RetentionSeconds"]).text
    );
    assert_session!(
        "explain-setting",
        place.run(&["explain", "app/dev", "values.retention_days", "--set", "retention_days=3"]).text
    );
    assert_session!("explain-code", place.run(&["explain", "FW0201"]).text);
    assert_session!("explain-unknown", place.run(&["explain", "app/dev", "queue.RetentionSecond"]).text);
}

#[test]
fn graph_in_four_forms() {
    let place = Workplace::starter("graph");
    for format in ["text", "dot", "mermaid", "svg"] {
        assert_session!(format!("graph-{format}"), place.run(&["graph", "app/dev", "--format", format]).text);
    }
}

#[test]
fn json_is_one_object_a_line() {
    let place = Workplace::starter("json");
    for words in [
        vec!["plan", "app/dev", "--sandbox"],
        vec!["deploy", "app/dev", "--sandbox", "--yes"],
        vec!["status", "app/dev", "--sandbox"],
        vec!["render", "app/dev"],
        vec!["explain", "app/dev", "queue.RetentionSeconds"],
        vec!["diff", "app/dev", "app/staging"],
        vec!["destroy", "app/dev", "--sandbox", "--yes"],
    ] {
        let told = place.run(&[words.as_slice(), &["--output", "json"]].concat());
        assert_eq!(told.exit, 0, "{}", told.text);
        assert!(!told.output.is_empty(), "{words:?} printed nothing");
        for line in told.output.lines() {
            let object: serde_json::Value = serde_json::from_str(line).expect(line);
            assert_eq!(object["version"], 1, "{line}");
            assert!(object["type"].is_string(), "{line}");
        }
    }
}

#[test]
fn completions_are_scripts() {
    let place = Workplace::empty("completions");
    for (shell, mark) in
        [("bash", "_formwork()"), ("zsh", "#compdef formwork"), ("fish", "complete -c formwork")]
    {
        assert!(place.run(&["completions", shell]).output.contains(mark), "{shell}");
    }
}

#[test]
fn a_protected_environment_wants_its_name() {
    let place = Workplace::starter("protected");
    assert_session!("protected", place.run(&["deploy", "app/production", "--yes"]).text);
    place.replace("environments/app/production.yaml", "protection: confirm", "protection: sealed");
    assert_session!(
        "sealed",
        place.run(&["destroy", "app/production", "--yes", "--confirm", "app/production"]).text
    );
}

#[test]
fn expired_credentials_are_told_once() {
    let place = Workplace::starter("expired");
    let address = answering(
        "403 Forbidden",
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>ExpiredToken</Code>\
         <Message>The security token included in the request is expired</Message></Error><RequestId>1</RequestId></ErrorResponse>",
    );
    let told = place.run_with(
        &["plan", "app/dev", "--endpoint-url", &address],
        &[("AWS_ACCESS_KEY_ID", "111111111111"), ("AWS_SECRET_ACCESS_KEY", "x")],
    );
    assert_session!("expired-credentials", told.text);
}

#[test]
fn an_unreachable_endpoint_is_told_soon() {
    let place = Workplace::starter("unreachable");
    let told = place.run_with(
        &["plan", "app/dev", "--endpoint-url", "http://127.0.0.1:9"],
        &[("AWS_ACCESS_KEY_ID", "111111111111"), ("AWS_SECRET_ACCESS_KEY", "x")],
    );
    assert_session!("unreachable-endpoint", told.text);
}

#[test]
fn a_state_folder_that_cannot_be_written() {
    let place = Workplace::starter("unwritable");
    place.write(".formwork", "a file where a folder should be");
    assert_session!("unwritable-state", place.run(&["plan", "app/dev", "--sandbox"]).text);
}

/// A server on this machine that gives every request the same answer.
fn answering(status: &'static str, body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it listens");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = stream;
            let mut request = [0; 16384];
            let _ = stream.read(&mut request);
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\ncontent-type: text/xml\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    format!("http://{address}")
}
