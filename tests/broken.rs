//! Broken projects: each kind of mistake in each file, with the exact message, place and excerpt.

use crate::assert_session;
use crate::support::Workplace;

/// A mistake: its name, the file it is made in, what is replaced there, and by what.
type Mistake = (&'static str, &'static str, &'static str, &'static str);

const DEV: &str = "environments/app/dev.yaml";
const STAGING: &str = "environments/app/staging.yaml";
const ACCOUNTS: &str = "environments/accounts.yaml";
const PROJECT: &str = "formwork.yaml";
const BLUEPRINT: &str = "templates/app/blueprint.yaml";
const QUEUE: &str = "templates/app/queue.yaml";
const ALARMS: &str = "templates/app/alarms.yaml";

const MISTAKES: &[Mistake] = &[
    ("project: unknown key", PROJECT, "requires:", "require:"),
    ("project: no name", PROJECT, "project: acme\n", ""),
    ("project: needs a newer formwork", PROJECT, ">=0.1", ">=99.0"),
    (
        "project: bad name of stacks",
        PROJECT,
        "<%= project %>-<%= environment.slug %>-<%= stack.name %>",
        "1-<%= stack.name %>",
    ),
    ("project: regions are no list", PROJECT, "regions: [eu-west-1]", "regions: eu-west-1"),
    ("project: unknown name in an expression", PROJECT, "environment.slug", "enviroment.slug"),
    ("project: syntax", PROJECT, "defaults:", "defaults: ["),
    ("accounts: id too short", ACCOUNTS, "\"111111111111\"", "\"11111111111\""),
    ("accounts: id with letters", ACCOUNTS, "\"111111111111\"", "\"11111111111a\""),
    ("accounts: unknown key", ACCOUNTS, "{id: \"111111111111\", role:", "{id: \"111111111111\", rôle:"),
    ("accounts: duplicate name", ACCOUNTS, "staging: {id", "development: {id"),
    ("accounts: no id", ACCOUNTS, "{id: \"111111111111\", role: formwork-deploy}", "{role: formwork-deploy}"),
    ("environment: unknown key", DEV, "values:", "valeus:"),
    (
        "environment: duplicate key",
        DEV,
        "  retention_days: 1\n",
        "  retention_days: 1\n  retention_days: 2\n",
    ),
    ("environment: unknown blueprint", DEV, "blueprint: app", "blueprint: ap"),
    ("environment: unknown account name", DEV, "workload: development", "workload: develpment"),
    ("environment: unknown account role", DEV, "{workload: development}", "{worklaod: development}"),
    ("environment: account role not mapped", DEV, "accounts: {workload: development}\n", ""),
    ("environment: undeclared value", DEV, "retention_days: 1", "retention_day: 1"),
    ("environment: wrong type of value", DEV, "retention_days: 1", "retention_days: one"),
    ("environment: list for a text", DEV, "alarm_email: dev@example.com", "alarm_email: [dev@example.com]"),
    ("environment: required value missing", DEV, "  alarm_email: dev@example.com\n", ""),
    ("environment: bad protection", DEV, "blueprint: app\n", "blueprint: app\nprotection: closed\n"),
    ("environment: bad region", DEV, "blueprint: app\n", "blueprint: app\nregions: [eu-west]\n"),
    ("environment: tab", DEV, "values:\n", "values:\n\tretention_days: 1\n"),
    ("environment: anchor", DEV, "values:", "values: &v"),
    ("environment: mirrors itself", STAGING, "mirrors: app/production", "mirrors: app/staging"),
    ("environment: mirrors the unknown", STAGING, "mirrors: app/production", "mirrors: app/prodution"),
    ("blueprint: unknown key of a stack", BLUEPRINT, "    template: queue.yaml", "    templates: queue.yaml"),
    ("blueprint: template not there", BLUEPRINT, "template: queue.yaml", "template: queues.yaml"),
    (
        "blueprint: template outside the project",
        BLUEPRINT,
        "template: queue.yaml",
        "template: ../../../../etc/passwd",
    ),
    ("blueprint: unknown type of value", BLUEPRINT, "type: integer", "type: integre"),
    (
        "blueprint: undefined value",
        BLUEPRINT,
        "values.retention_days * 86400",
        "values.retention_dyas * 86400",
    ),
    (
        "blueprint: syntax of an expression",
        BLUEPRINT,
        "values.retention_days * 86400",
        "values.retention_days *",
    ),
    (
        "blueprint: unknown filter",
        BLUEPRINT,
        "values.retention_days * 86400",
        "values.retention_days | to_jsn",
    ),
    (
        "blueprint: unknown stack in an output",
        BLUEPRINT,
        "queue.DeadLetterQueueName",
        "qeue.DeadLetterQueueName",
    ),
    ("blueprint: unknown output", BLUEPRINT, "queue.DeadLetterQueueName", "queue.DeadLetterQueuName"),
    ("blueprint: output without a dot", BLUEPRINT, "!Output queue.DeadLetterQueueName", "!Output queue"),
    ("blueprint: unknown tag", BLUEPRINT, "!Output queue", "!Outptu queue"),
    ("blueprint: undeclared parameter", BLUEPRINT, "RetentionSeconds:", "RetentionSecond:"),
    (
        "blueprint: cycle of stacks",
        BLUEPRINT,
        "template: queue.yaml",
        "template: queue.yaml\n    after: [alarms]",
    ),
    (
        "blueprint: unknown stack in after",
        BLUEPRINT,
        "template: queue.yaml",
        "template: queue.yaml\n    after: [alarm]",
    ),
    (
        "blueprint: failed assertion",
        BLUEPRINT,
        "template: queue.yaml",
        "template: queue.yaml\n    assert:\n      - {that: <%= values.retention_days > 3 %>, message: messages must wait longer than three days}",
    ),
    (
        "blueprint: stacks of one name",
        BLUEPRINT,
        "template: queue.yaml",
        "template: queue.yaml\n    name: alarms",
    ),
    (
        "blueprint: unused value",
        BLUEPRINT,
        "  alarm_email: {",
        "  colour: {type: string, default: red}\n  alarm_email: {",
    ),
    ("template: parameter below its limit", DEV, "retention_days: 1", "retention_days: 0"),
    ("template: dangling reference", QUEUE, "!Ref RetentionSeconds", "!Ref RetentionSecond"),
    ("template: dangling attribute", QUEUE, "!GetAtt DeadLetters.Arn", "!GetAtt DeadLetter.Arn"),
    ("template: unknown attribute", QUEUE, "!GetAtt DeadLetters.Arn", "!GetAtt DeadLetters.Arnn"),
    (
        "template: unknown type of resource",
        QUEUE,
        "  Queue:\n    Type: AWS::SQS::Queue",
        "  Queue:\n    Type: AWS::SQS::Queu",
    ),
    ("template: unknown property", QUEUE, "RedrivePolicy:", "RedrivePolcy:"),
    ("template: no type", QUEUE, "  Queue:\n    Type: AWS::SQS::Queue\n", "  Queue:\n"),
    ("template: unknown section", QUEUE, "Outputs:", "Output:"),
    ("template: duplicate resource", QUEUE, "  Queue:\n    Type", "  DeadLetters:\n    Type"),
    (
        "template: undefined value",
        QUEUE,
        "MessageRetentionPeriod: 1209600",
        "MessageRetentionPeriod: <%= values.retention %>",
    ),
    (
        "template: list inside text",
        QUEUE,
        "Description: A queue and its dead letters",
        "Description: in <%= regions %>",
    ),
    ("template: block that never ends", QUEUE, "Resources:\n", "Resources:\n#% if region\n"),
    (
        "template: unknown function",
        QUEUE,
        "MessageRetentionPeriod: 1209600",
        "MessageRetentionPeriod: <%= retention() %>",
    ),
    (
        "template: loops forever",
        QUEUE,
        "Outputs:\n",
        "Outputs:\n#% for a in range(99999)\n#% for b in range(99999)\n#% endfor\n#% endfor\n",
    ),
    (
        "template: expands without end",
        QUEUE,
        "Outputs:\n",
        "#% for a in range(90000)\n# <%= 'x' * 900 %>\n#% endfor\nOutputs:\n",
    ),
    ("template: includes itself", QUEUE, "Outputs:\n", "<% include 'queue.yaml' %>\nOutputs:\n"),
    (
        "template: reads outside the project",
        QUEUE,
        "MessageRetentionPeriod: 1209600",
        "MessageRetentionPeriod: <%= file('../../../../../etc/passwd') %>",
    ),
    ("template: wrong number of arguments", ALARMS, "Value: !Ref DeadLetterQueueName", "Value: !Join [\"\"]"),
    (
        "template: secret in plain sight",
        ALARMS,
        "  DeadLetterQueueName:\n    Type: String",
        "  DeadLetterQueueName:\n    Type: String\n  ApiPassword:\n    Type: String\n    Default: correct-horse",
    ),
    (
        "template: colon in a plain text",
        ALARMS,
        "AlarmDescription: Messages",
        "AlarmDescription: Note: messages",
    ),
];

#[test]
fn every_mistake_is_told_with_its_place() {
    for (name, file, from, to) in MISTAKES {
        let workplace = Workplace::starter(&format!("broken-{}", name.replace([' ', ':'], "-")));
        workplace.replace(file, from, to);
        let told = workplace.run(&["check", "app"]);
        assert_session!(format!("broken-{}", name.replace(": ", "-").replace(' ', "-")), told.text);
    }
}

#[test]
fn all_mistakes_of_all_files_are_told_in_one_run() {
    let workplace = Workplace::starter("broken-everything");
    workplace.replace(PROJECT, "requires:", "require:");
    workplace.replace(ACCOUNTS, "\"111111111111\"", "\"1\"");
    workplace.replace(DEV, "retention_days: 1", "retention_days: one");
    workplace.replace(BLUEPRINT, "type: string", "type: strin");
    let told = workplace.run(&["check"]);
    assert_eq!(told.exit, 3, "{}", told.text);
    for file in [PROJECT, ACCOUNTS, DEV, BLUEPRINT] {
        assert!(told.text.contains(&format!("--> {file}:")), "{file} is not spoken of in\n{}", told.text);
    }
}
