//! Every shipped system and environment renders and checks without a word, and comes up and goes on the sandbox.

use std::fs;

use crate::support::Workplace;

const SYSTEMS: [&str; 2] = ["quiz", "tracker"];

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
fn a_tracker_comes_up_settles_and_goes() {
    let place = Workplace::shipped("shipped-tracker");
    let deployed = place.run(&["deploy", "tracker", "--sandbox", "--yes"]);
    assert_eq!(deployed.exit, 0, "{}", deployed.text);
    let planned = place.run(&["plan", "tracker", "--sandbox", "--exit-code"]);
    assert_eq!(planned.exit, 0, "{}", planned.text);
    assert!(planned.output.contains("Plan: no changes"), "{}", planned.text);

    let compared = place.run(&["diff", "tracker/staging", "tracker/production"]);
    assert!(compared.output.contains("0 undeclared"), "{}", compared.text);

    place.replace("environments/tracker/staging.yaml", "values:\n", "values:\n  mail_out: postmark\n");
    let another = place.run(&["plan", "tracker/staging", "--sandbox", "--exit-code"]);
    assert_eq!(another.exit, 2, "{}", another.text);
    let updated = place.run(&["deploy", "tracker/staging", "--sandbox", "--yes"]);
    assert_eq!(updated.exit, 0, "{}", updated.text);

    let destroyed = place.run(&["destroy", "tracker", "--sandbox", "--yes", "--allow", "*"]);
    assert_eq!(destroyed.exit, 0, "{}", destroyed.text);
}
