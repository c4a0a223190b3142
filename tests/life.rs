//! The whole life of a system, through the program, on the sandbox.

use crate::support::Workplace;

#[test]
fn three_replicas_come_up_change_differ_and_go() {
    let quiz = Workplace::shipped("life");

    let deployed = quiz.run(&["deploy", "quiz", "--sandbox", "--yes"]);
    assert_eq!(deployed.exit, 0, "{}", deployed.text);

    let planned = quiz.run(&["plan", "quiz", "--sandbox", "--exit-code"]);
    assert_eq!(planned.exit, 0, "{}", planned.text);
    assert!(planned.output.contains("Plan: no changes"), "{}", planned.text);

    quiz.replace(
        "templates/shared/notices.yaml",
        "Resources:\n",
        "Resources:\n  News:\n    Type: AWS::SNS::Topic\n    Properties: {KmsMasterKeyId: !Ref KeyArn}\n\n",
    );
    let changed = quiz.run(&["plan", "quiz", "--sandbox", "--exit-code"]);
    assert_eq!(changed.exit, 2, "{}", changed.text);
    assert_eq!(changed.output.matches("+ News").count(), 3, "{}", changed.text);
    assert_eq!(changed.output.matches("~ update").count(), 3, "{}", changed.text);
    assert!(changed.output.contains("Plan: 3 to update"), "{}", changed.text);
    assert!(changed.output.contains("resources: 3 to add"), "{}", changed.text);

    let again = quiz.run(&["plan", "quiz", "--sandbox", "--exit-code"]);
    assert_eq!(again.output, changed.output, "a plan leaves nothing behind");

    let updated = quiz.run(&["deploy", "quiz", "--sandbox", "--yes"]);
    assert_eq!(updated.exit, 0, "{}", updated.text);
    let settled = quiz.run(&["plan", "quiz", "--sandbox", "--exit-code"]);
    assert_eq!(settled.exit, 0, "{}", settled.text);

    let compared = quiz.run(&["diff", "quiz/staging", "quiz/production", "--exit-code"]);
    assert_eq!(compared.exit, 2, "{}", compared.text);
    assert!(compared.output.contains("0 undeclared"), "{}", compared.text);

    let refused = quiz.run(&["destroy", "quiz/production", "--sandbox", "--yes"]);
    assert_eq!(refused.exit, 4, "{}", refused.text);

    let destroyed = quiz.run(&["destroy", "quiz", "--sandbox", "--yes", "--allow", "*"]);
    assert_eq!(destroyed.exit, 0, "{}", destroyed.text);
    let status = quiz.run(&["status", "quiz", "--sandbox"]);
    assert_eq!(status.exit, 0, "{}", status.text);
    let left: Vec<&str> = status
        .output
        .lines()
        .filter(|line| line.starts_with("  ") && !line.contains("not deployed"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}
