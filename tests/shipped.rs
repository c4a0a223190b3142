//! Every shipped system and environment renders and checks without a word.

use crate::support::Workplace;

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
    for stack in ["network", "database", "web"] {
        let body = |environment: &str| place.read(&format!("rendered/quiz/{environment}/{stack}.yaml"));
        assert_eq!(body("dev"), body("production"), "{stack}");
        assert_eq!(body("staging"), body("production"), "{stack}");
    }
}
