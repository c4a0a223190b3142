//! Every shipped system and environment renders and checks without a word, and comes up and goes on the sandbox.

use std::fs;

use crate::support::Workplace;

const SYSTEMS: [&str; 5] = ["commerce", "push", "quiz", "router", "tracker"];

#[test]
fn shipped_systems_pass_every_check() {
    let place = Workplace::shipped("shipped-check");
    let told = place.run(&["check", "--strict"]);
    assert_eq!(told.exit, 0, "{}", told.text);
}

#[test]
fn bodies_are_the_same_in_all_environments() {
    let place = Workplace::shipped("shipped-bodies");
    let rendered = place.run(&["render", "--out", "rendered"]);
    assert_eq!(rendered.exit, 0, "{}", rendered.text);
    for system in SYSTEMS {
        let folder = |environment: &str| place.root.join("rendered").join(system).join(environment);
        let mut compared = 0;
        for entry in fs::read_dir(folder("production")).expect("production is rendered") {
            let name =
                entry.expect("the folder can be read").file_name().into_string().expect("a name is text");
            if !name.ends_with(".yaml") {
                continue;
            }
            let wanted = fs::read_to_string(folder("production").join(&name)).expect("the body can be read");
            for environment in ["dev", "staging"] {
                // A stack with a condition need not be everywhere.
                if let Ok(body) = fs::read_to_string(folder(environment).join(&name)) {
                    assert_eq!(body, wanted, "{system}/{environment} {name}");
                    compared += 1;
                }
            }
        }
        assert!(compared > 20, "{system}: {compared} bodies were compared");
    }
}

#[test]
fn commerce_comes_up_settles_and_goes() {
    let (from, to) = ("values:\n", "values:\n  cpu_target: 40\n");
    assert_lives("commerce", (from, to));
}

#[test]
fn push_comes_up_settles_and_goes() {
    assert_lives("push", ("database_backup_days: 3", "database_backup_days: 4"));
}

#[test]
fn quiz_comes_up_settles_and_goes() {
    assert_lives("quiz", ("values:\n", "values:\n  cpu_target: 40\n"));
}

#[test]
fn router_comes_up_settles_and_goes() {
    assert_lives("router", ("values:\n", "values:\n  cpu_target: 40\n"));
}

#[test]
fn tracker_comes_up_settles_and_goes() {
    assert_lives("tracker", ("values:\n", "values:\n  mail_out: postmark\n"));
}

/// All environments of a system come up with one command and plan to nothing; a value of staging is changed; all go.
fn assert_lives(system: &str, (from, to): (&str, &str)) {
    let place = Workplace::shipped(&format!("shipped-{system}"));
    let staging = format!("{system}/staging");
    let deployed = place.run(&["deploy", system, "--sandbox", "--yes"]);
    assert_eq!(deployed.exit, 0, "{}", deployed.text);
    let planned = place.run(&["plan", system, "--sandbox", "--exit-code"]);
    assert_eq!(planned.exit, 0, "{}", planned.text);
    assert!(planned.output.contains("Plan: no changes"), "{}", planned.text);

    let compared = place.run(&["diff", &staging, &format!("{system}/production")]);
    assert!(compared.output.contains(" 0 undeclared"), "{}", compared.text);

    place.replace(&format!("environments/{staging}.yaml"), from, to);
    let another = place.run(&["plan", &staging, "--sandbox", "--exit-code"]);
    assert_eq!(another.exit, 2, "{}", another.text);
    let updated = place.run(&["deploy", &staging, "--sandbox", "--yes"]);
    assert_eq!(updated.exit, 0, "{}", updated.text);

    let destroyed = place.run(&["destroy", system, "--sandbox", "--yes", "--allow", "*"]);
    assert_eq!(destroyed.exit, 0, "{}", destroyed.text);
    let status = place.run(&["status", system, "--sandbox"]);
    let left = status.output.lines().filter(|line| line.starts_with("  ") && !line.contains("not deployed"));
    assert_eq!(left.count(), 0, "{}", status.text);
}
