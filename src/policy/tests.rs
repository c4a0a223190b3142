//! Rules over small bodies: what is told, where, and what the library must survive.

use super::*;
use crate::template::document;

fn source(path: &str, text: &str) -> Arc<Source> {
    Arc::new(Source { path: path.to_owned(), text: text.to_owned() })
}

fn body(text: &str) -> Body {
    let document = document::load(&source("templates/a.yaml", text)).expect("the body is YAML");
    Body { sha256: String::new(), document, template: "templates/a.yaml".to_owned() }
}

/// Each broken rule that is not suppressed as `RULE LINE:COLUMN MESSAGE`.
fn broken(rules: &str, text: &str) -> Vec<String> {
    let (policy, body) = (source("policies/a.guard", rules), body(text));
    assert_eq!(guard::parse(&policy), Ok(true));
    let verdict =
        guard::verdict(&policy, &guard::data(&body.document.root)).expect("the rules can be applied");
    let shown = |one: &Broken| {
        let place = spot::place(&body.document, &one.path);
        format!("{} {}:{} {}", one.rule, place.line(), place.column(), one.message)
    };
    verdict.iter().filter(|one| !spot::is_suppressed(&body, one)).map(shown).collect()
}

const QUEUE: &str = "\
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      DelaySeconds: 7
      QueueName: !Sub ${AWS::StackName}-queue
";

#[test]
fn a_value_a_missing_property_and_a_comparison_have_their_places() {
    let rules =
        |clause: &str| format!("rule r {{ Resources.*[ Type == 'AWS::SQS::Queue' ] {{ {clause} }} }}");
    assert_eq!(broken(&rules("Properties.DelaySeconds < 5 <<soon>>"), QUEUE), ["r 5:21 soon"]);
    assert_eq!(broken(&rules("Properties.Tags exists <<tags>>"), QUEUE), ["r 4:5 tags"]);
    assert_eq!(broken(&rules("DeletionPolicy exists <<kept>>"), QUEUE), ["r 2:3 kept"]);
    assert_eq!(broken(&rules("Properties.QueueName.'Fn::Sub' == /x$/ <<name>>"), QUEUE), ["r 6:23 name"]);
    assert!(broken(&rules("Properties.DelaySeconds == 7"), QUEUE).is_empty());
    let plain = broken(&rules("Properties.DelaySeconds < 5"), QUEUE);
    assert!(plain[0].contains("does not hold: `") && plain[0].contains("DelaySeconds"), "{plain:?}");
}

#[test]
fn alternatives_are_one_mistake_in_the_words_of_the_last() {
    let rules = "rule r { Resources.* { Properties.KmsMasterKeyId exists or Properties.SqsManagedSseEnabled == true <<open Fix: close it>> } }";
    assert_eq!(broken(rules, QUEUE), ["r 4:5 open"]);
}

#[test]
fn rules_that_name_rules_and_rules_without_a_name_are_told() {
    let rules = "rule a { Resources.*.Properties.DelaySeconds < 5 <<soon>> }\nrule b { a <<both>> }\n";
    let told = broken(rules, QUEUE);
    assert!(told.contains(&"a 5:21 soon".to_owned()), "{told:?}");
    assert!(told.iter().any(|told| told.starts_with("b ")), "{told:?}");
    assert_eq!(broken("Resources.*.Properties.DelaySeconds < 5 <<soon>>", QUEUE), ["default 5:21 soon"]);
}

#[test]
fn a_resource_suppresses_a_rule_by_its_name() {
    let rules = "rule r { Resources.*.Properties.DelaySeconds < 5 <<soon>> }";
    let with = |name: &str| format!("{QUEUE}    Metadata: {{guard: {{SuppressedRules: [{name}]}}}}\n");
    assert!(broken(rules, &with("r")).is_empty());
    assert_eq!(broken(rules, &with("s")), ["r 5:21 soon"]);
}

#[test]
fn more_than_a_buffer_of_mistakes_is_told_whole() {
    let queue = |at: usize| format!("  Q{at}: {{Type: AWS::SQS::Queue, Properties: {{DelaySeconds: 9}}}}\n");
    let many: String = (0..400).map(queue).collect();
    let rules = "rule r { Resources.*.Properties.DelaySeconds < 5 <<soon>> }";
    assert_eq!(broken(rules, &format!("Resources:\n{many}")).len(), 400);
}

#[test]
fn a_file_that_is_not_rules_is_told_where() {
    let place = |text: &str| {
        let finding = guard::parse(&source("policies/a.guard", text)).expect_err("these are no rules");
        finding.place.map(|place| place.to_string())
    };
    assert_eq!(
        place("rule a {\n  Resources.* {\n    Type === 1\n  }\n}\n").as_deref(),
        Some("policies/a.guard:3:12")
    );
    assert_eq!(place("rule {\n").as_deref(), Some("policies/a.guard:1:6"));
    assert_eq!(place("rule a {\n  b\n}\nrule b {\n  a\n}\n").as_deref(), Some("policies/a.guard:1:1"));
    assert_eq!(guard::parse(&source("policies/a.guard", "# nothing yet\n\n")), Ok(false));
}

#[test]
fn odd_bodies_and_odd_rules_end_in_an_answer() {
    let deep = format!("Resources: {}1{}\n", "[".repeat(60), "]".repeat(60));
    let long = format!("Resources:\n  {}: 1\n", "k".repeat(2_000));
    let bodies = [
        "{}",
        "[]",
        "text",
        "1",
        "Resources:\n",
        "Resources: [1, null, ~]\n",
        "Resources: {A: 1, B: [], C: {Type: }}\n",
        "Resources: {A: {Type: [AWS::S3::Bucket], Properties: x}}\n",
        "Resources: {A: {Type: AWS::S3::Bucket, Properties: {N: 99999999999999999999999, F: 1e999, G: .inf, H: -.5}}}\n",
        "Resources: {'a/b': {Type: AWS::S3::Bucket}, '': {Type: AWS::S3::Bucket}, 'ä\u{1f600}\\n': {Type: AWS::S3::Bucket}}\n",
        "Resources: {A: !If [x, {Type: AWS::S3::Bucket}, !Ref AWS::NoValue], 'Fn::ForEach::X': [a, [b], {c: d}]}\n",
        "Resources: {A: {Type: AWS::IAM::Role, Properties: {Policies: {PolicyDocument: {Statement: x}}, ManagedPolicyArns: {a: b}}}}\n",
        &deep,
        &long,
    ];
    let own = [include_str!("../../policies/data.guard"), include_str!("../../policies/access.guard")];
    let odd = [
        "rule r { Resources.*.Properties.N > 5 }",
        "rule r { Resources.* { Properties { N in [1, 2] or F == r(1, 3) or this is_struct } } }",
        "rule r { Resources[ keys == /x/ ] !empty }",
        "let a = count(Resources.*)\nrule r { %a > 100 }",
        "rule r { %nothing exists }",
        "rule r { Resources.*.Type == %b }\nlet b = Resources.A.Type",
        "rule r { not s }\nrule s when t { Resources exists }\nrule t { Parameters exists }",
        "rule r(x) { %x exists }\nrule s { r(Resources.*) }",
        "rule r { Resources.*.Properties[ N == /((a+)+)$/ ] empty }",
    ];
    for rules in own.iter().chain(&odd) {
        let policy = source("policies/a.guard", rules);
        // Some of them are refused, others cannot be applied; none may end the program.
        let _ = guard::parse(&policy);
        for text in bodies {
            let body = body(text);
            if let Ok(verdict) = guard::verdict(&policy, &guard::data(&body.document.root)) {
                verdict.iter().for_each(|one| drop(spot::place(&body.document, &one.path)));
            }
        }
    }
}
