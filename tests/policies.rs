//! A project's own rules: told with both places, suppressed by name, and told themselves when they are broken.

use crate::support::Workplace;

const RULES: &str = "\
# Short delays only.
let queues = Resources.*[ Type == 'AWS::SQS::Queue' ]

rule short_retention when %queues !empty {
  %queues.Properties.MessageRetentionPeriod < 1000 <<a message is kept too long Fix: less than 1000 seconds>>
}
";

#[test]
fn a_broken_rule_is_told_with_its_place_and_ends_deployments() {
    let place = Workplace::starter("policy-broken");
    assert_eq!(place.run(&["check"]).exit, 0);
    place.write("policies/queues.guard", RULES);
    let told = place.run(&["check", "app/dev"]);
    assert_eq!(told.exit, 3, "{}", told.text);
    for words in [
        "error[FW0501]: `short_retention`: a message is kept too long",
        "--> templates/app/queue.yaml:",
        "MessageRetentionPeriod: 1209600",
        "policies/queues.guard:4:1",
        "help: less than 1000 seconds",
    ] {
        assert!(told.text.contains(words), "`{words}` is not in\n{}", told.text);
    }
    let plan = place.run(&["plan", "app/dev", "--sandbox"]);
    assert_eq!(plan.exit, 3, "{}", plan.text);
    assert!(plan.text.contains("FW0501"), "{}", plan.text);
}

#[test]
fn programs_get_both_places() {
    let place = Workplace::starter("policy-json");
    place.write("policies/queues.guard", RULES);
    let told = place.run(&["check", "app/dev", "--output", "json"]);
    let first: serde_json::Value =
        serde_json::from_str(told.output.lines().next().unwrap_or_default()).expect("a line is an object");
    assert_eq!(first["code"], "FW0501");
    assert_eq!(first["place"]["file"], "templates/app/queue.yaml");
    assert_eq!(first["related"][0]["place"]["file"], "policies/queues.guard");
    assert_eq!(first["related"][0]["place"]["line"], 4);
}

#[test]
fn a_resource_suppresses_a_rule() {
    let place = Workplace::starter("policy-suppressed");
    place.write("policies/queues.guard", RULES);
    let queue = "    Type: AWS::SQS::Queue\n";
    let suppressed = format!("{queue}    Metadata: {{guard: {{SuppressedRules: [short_retention]}}}}\n");
    place.replace("templates/app/queue.yaml", queue, &suppressed);
    let told = place.run(&["check"]);
    assert_eq!(told.exit, 0, "{}", told.text);
}

#[test]
fn a_broken_file_of_rules_is_told_and_the_others_are_used() {
    let place = Workplace::starter("policy-unusable");
    place.write("policies/a.guard", "rule a {\n  Resources.* {\n    Type === 1\n  }\n}\n");
    place.write("policies/b.guard", "rule a {\n  b\n}\nrule b {\n  a\n}\n");
    place.write("policies/queues.guard", RULES);
    place.write("policies/notes.txt", "no rules");
    let told = place.run(&["check"]);
    assert_eq!(told.exit, 3, "{}", told.text);
    for words in
        ["error[FW0502]", "policies/a.guard:3:", "`a` is defined by itself", "policies/b.guard:1:1", "FW0501"]
    {
        assert!(told.text.contains(words), "`{words}` is not in\n{}", told.text);
    }
    assert!(!told.text.contains("notes.txt"), "{}", told.text);
}

#[test]
fn shipped_rules_find_what_they_are_for() {
    let place = Workplace::shipped("policy-shipped");
    let replaced = [
        ("shared/database.yaml", "PubliclyAccessible: false", "PubliclyAccessible: true", "database_private"),
        ("shared/database.yaml", "StorageEncrypted: true", "StorageEncrypted: false", "database_encrypted"),
        ("shared/cache.yaml", "    DeletionPolicy: Snapshot\n", "", "deletion_decided"),
        (
            "shared/notices.yaml",
            "      KmsMasterKeyId: !Ref KeyArn\n",
            "      DisplayName: alarms\n",
            "topic_encrypted",
        ),
        ("quiz/uploads.yaml", "Encrypted: true", "Encrypted: false", "file_system_encrypted"),
    ];
    for (file, from, to, _) in replaced {
        place.replace(&format!("templates/{file}"), from, to);
    }
    let told = place.run(&["check"]);
    assert_eq!(told.exit, 3, "{}", told.text);
    for (.., rule) in replaced {
        assert!(told.text.contains(&format!("error[FW0501]: `{rule}`")), "`{rule}` is not in\n{}", told.text);
    }
}
