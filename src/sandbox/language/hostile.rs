//! Whatever is sent as a template: it is refused or understood, in bounded time, and nothing breaks.
//!
//! Tests only: texts without sense, templates with senseless function calls, and templates that grow.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::surroundings::Nothing;
use super::{Desired, Identity, ParameterValues, Template};
use crate::sandbox::difference::{Aim, Current, compare};
use crate::sandbox::resources::{Birth, Instances, create, effects, validate};

/// Everything that is done with a template between its arrival and the end of its deployment.
fn live(text: &str) -> Option<()> {
    let template = Template::read(text).ok()?;
    template.capabilities();
    template.parameters();
    let wish =
        Desired::new(&template, ParameterValues::new(), Identity::default(), Vec::new(), &Nothing).ok()?;
    compare(None, &wish, Aim::default(), &Nothing).ok()?;
    let mut instances = Instances::new();
    for declaration in wish.resources() {
        let name = declaration.logical_id;
        let Ok(properties) = wish.properties(name, &instances, &Nothing) else { continue };
        let _ = validate(declaration.resource_type, &properties);
        let birth = Birth {
            identity: wish.identity(),
            logical_id: name,
            resource_type: declaration.resource_type,
            properties: &properties,
            seed: name,
        };
        let instance = create(&birth);
        effects(&instance);
        instances.insert(name.to_owned(), instance);
    }
    let _ = wish.outputs(&instances, &Nothing);
    compare(Some(Current { desired: &wish, instances: &instances }), &wish, Aim::default(), &Nothing).ok()?;
    Some(())
}

fn node() -> impl Strategy<Value = Value> {
    let names = prop::sample::select(vec![
        "A",
        "B",
        "P",
        "AWS::Region",
        "AWS::NoValue",
        "",
        "${A}",
        "${",
        "0",
        "x,y",
        "10.0.0.0/8",
    ]);
    let leaf = prop_oneof![
        names.prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null)
    ];
    let functions = prop::sample::select(vec![
        "Ref",
        "Fn::GetAtt",
        "Fn::Sub",
        "Fn::Join",
        "Fn::Split",
        "Fn::Select",
        "Fn::FindInMap",
        "Fn::If",
        "Fn::Cidr",
        "Fn::GetAZs",
        "Fn::Base64",
        "Fn::ImportValue",
        "Fn::Transform",
        "Fn::Length",
        "Fn::ToJsonString",
        "Fn::Equals",
        "Fn::Not",
        "Condition",
        "Fn::GetStackOutput",
        "Fn::ForEach::L",
        "plain",
    ]);
    leaf.prop_recursive(5, 40, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            (functions.clone(), inner.clone()).prop_map(|(name, argument)| json!({ name: argument })),
            (functions.clone(), prop::collection::vec(inner, 0..4))
                .prop_map(|(name, parts)| json!({ name: parts })),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_refused_or_understood(text in "\\PC{0,200}") {
        let _ = live(&text);
    }

    #[test]
    fn any_lines_are_refused_or_understood(text in "(Resources:\n)?([ ]{0,6}[-?:&*!|>{}\\[\\]'\"A-Z ,.]{0,12}\n){0,12}") {
        let _ = live(&text);
    }

    #[test]
    fn any_calls_are_refused_or_understood(first in node(), second in node(), condition in node(), output in node(), extended: bool) {
        let topic = |node: Value| json!({"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": node}});
        let mut template = json!({
            "Conditions": {"C": condition},
            "Mappings": {"M": {"K": {"A": "x"}}},
            "Resources": {"A": topic(first), "B": topic(second)},
            "Outputs": {"O": {"Value": output}},
        });
        if extended {
            template["Transform"] = "AWS::LanguageExtensions".into();
        }
        let _ = live(&template.to_string());
    }
}

/// A sound template that uses most of the language; mutations of it reach far.
const SOUND: &str = "
Transform: AWS::LanguageExtensions
Parameters: {P: {Type: CommaDelimitedList, Default: 'a,b', AllowedPattern: '[a-z]+'}, Q: {Type: String, Default: x}}
Rules: {R: {Assertions: [{Assert: !Contains [!Ref P, a], AssertDescription: it must}]}}
Mappings: {M: {K: {A: [x, y], B: z}}}
Conditions: {C: !Equals [!Ref Q, x], D: !Not [!Condition C], 'Fn::ForEach::L': [I, !Ref P, {'E${I}': !Or [!Condition C, !Condition D]}]}
Resources:
  A: {Type: AWS::SNS::Topic, DeletionPolicy: !If [C, Retain, Delete], Metadata: {K: !Ref B}, Properties: {DisplayName: !Sub ['${X}-${Q}', {X: !Select [0, !Ref P]}]}}
  B: {Type: AWS::SSM::Parameter, Condition: C, Properties: {Type: String, Value: {'Fn::ToJsonString': {a: !FindInMap [M, K, B, {DefaultValue: 1}]}}}}
  'Fn::ForEach::T': [I, !Split [',', 'a,b'], {'T&{I}': {Type: AWS::SQS::Queue, DependsOn: [A], Properties: {QueueName: !Join ['-', [!Ref I, !GetAtt A.TopicName, {'Fn::Length': !Ref P}]]}}}]
Outputs: {O: {Value: !GetAtt A.TopicName, Export: {Name: !Sub '${AWS::StackName}-o'}}, 'Fn::ForEach::U': [I, [a], {'O${I}': {Value: !Base64 x}}]}
";

/// One change to the bytes of a text: where, how many bytes are taken out, and what is put in.
fn mutation() -> impl Strategy<Value = (usize, usize, String)> {
    let piece = prop::sample::select(vec![
        "",
        "{",
        "}",
        "[",
        "]",
        ": ",
        "!",
        "&a ",
        "*a",
        "!Ref ",
        "'Fn::Sub': ",
        "${",
        "\n",
        "\n  ",
        "- ",
        "Fn::ForEach::X",
        "null",
        "AWS::NoValue",
        "\u{0}",
        "\u{feff}",
        "ü",
        "9999999999999999999",
        "-1",
        "<<: ",
        "? ",
        "%",
        "'",
        "\"",
        "#",
        "|\n",
        "Fn::Transform",
    ]);
    (any::<usize>(), 0..12usize, piece.prop_map(str::to_owned))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_templates_are_refused_or_understood(mutations in prop::collection::vec(mutation(), 1..6), json: bool) {
        let text = if json {
            serde_json::to_string(&super::source::yaml(SOUND).expect("it is sound")).expect("it is JSON")
        } else {
            SOUND.to_owned()
        };
        let mut bytes = text.into_bytes();
        for (place, taken, piece) in mutations {
            let start = place % (bytes.len() + 1);
            let end = (start + taken).min(bytes.len());
            bytes.splice(start..end, piece.into_bytes());
        }
        let text = String::from_utf8_lossy(&bytes);
        let _ = live(&text);
        let _ = live_with_defaults(&text);
    }
}

#[test]
fn the_sound_template_is_understood() {
    assert_eq!(live_with_defaults(SOUND), Some(()));
}

/// As [`live`], with the parameters' defaults.
fn live_with_defaults(text: &str) -> Option<()> {
    let template = Template::read(text).ok()?;
    let parameters = super::resolve_parameters(&template, &[], None, &Nothing).ok()?;
    let wish = Desired::new(&template, parameters, Identity::default(), Vec::new(), &Nothing).ok()?;
    wish.foresee(&Nothing).ok()
}

#[test]
fn text_that_grows_with_its_depth_is_stopped() {
    let seed = Value::from("\"\\\"".repeat(40));
    for function in ["Fn::Base64", "Fn::ToJsonString"] {
        let mut node = seed.clone();
        for _ in 0..45 {
            node = if function == "Fn::Base64" {
                json!({ function: node })
            } else {
                json!({ function: [node] })
            };
        }
        let topic = json!({"A": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": node}}});
        let template = json!({"Transform": "AWS::LanguageExtensions", "Resources": topic});
        assert_eq!(live_with_defaults(&template.to_string()), None, "{function}");
    }
}

#[test]
fn anchors_and_depth_do_not_multiply() {
    let mut laughs = String::from("a0: &a0 ha\n");
    for level in 1..40 {
        let earlier = level - 1;
        laughs.push_str(&format!("a{level}: &a{level} [*a{earlier}, *a{earlier}, *a{earlier}]\n"));
    }
    assert_eq!(live(&laughs), None);
    for (opening, closing) in [("[", "]"), ("{a: ", "}"), ("!Not [", "]"), ("{\"Fn::Not\": [", "]}")] {
        let deep = format!(
            "Conditions: {{C: {}x{}}}\nResources: {{A: {{Type: AWS::SNS::Topic}}}}",
            opening.repeat(20_000),
            closing.repeat(20_000)
        );
        assert_eq!(live(&deep), None, "{opening}");
    }
}

#[test]
fn loops_are_bounded_by_what_they_make() {
    let items: Vec<String> = (0..2_000).map(|item| format!("{item}{}", "x".repeat(20))).collect();
    let long = "${I}".repeat(10_000);
    let body =
        json!({"R${I}": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::Sub": long}}}});
    let template =
        json!({"Transform": "AWS::LanguageExtensions", "Resources": {"Fn::ForEach::L": ["I", items, body]}});
    assert_eq!(live_with_defaults(&template.to_string()), None);
}

#[test]
fn conditions_that_share_conditions_are_decided_once() {
    let conditions: Map<String, Value> = (0..200)
        .map(|number| {
            let next = json!({"Condition": format!("C{}", number + 1)});
            let node = if number == 199 {
                json!({"Fn::Equals": ["a", "a"]})
            } else {
                json!({"Fn::And": [next, next]})
            };
            (format!("C{number}"), node)
        })
        .collect();
    let template = json!({"Conditions": conditions, "Resources": {"A": {"Type": "AWS::SNS::Topic"}}});
    assert_eq!(live(&template.to_string()), Some(()));
}

#[test]
fn what_doubles_itself_is_stopped() {
    let mut node = Value::from("0123456789");
    for _ in 0..40 {
        node = json!({"Fn::Sub": ["${X}${X}", {"X": node}]});
    }
    let template =
        json!({"Resources": {"A": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": node}}}});
    let _ = live(&template.to_string());
    let mut body = json!({"T${I0}": {"Type": "AWS::SNS::Topic"}});
    for level in 0..6 {
        let key = format!("Fn::ForEach::L{level}");
        let items: Vec<String> = (0..50).map(|item| item.to_string()).collect();
        body = Value::Object(Map::from_iter([(key, json!([format!("I{level}"), items, body]))]));
    }
    let template = json!({"Transform": "AWS::LanguageExtensions", "Resources": body});
    assert_eq!(live(&template.to_string()), None);
}

#[test]
fn long_chains_do_not_go_deep() {
    let conditions: Map<String, Value> = (0..5_000)
        .map(|number| (format!("C{number}"), json!({"Fn::Not": [{"Condition": format!("C{}", number + 1)}]})))
        .collect();
    let template = json!({"Conditions": conditions, "Resources": {"A": {"Type": "AWS::SNS::Topic"}}});
    assert_eq!(live(&template.to_string()), None);
    let resources: Map<String, Value> = (0..500)
        .map(|number| {
            let next = if number == 499 { json!([]) } else { json!([format!("R{}", number + 1)]) };
            (format!("R{number}"), json!({"Type": "AWS::SNS::Topic", "DependsOn": next}))
        })
        .collect();
    assert_eq!(live(&json!({"Resources": resources}).to_string()), Some(()));
}
