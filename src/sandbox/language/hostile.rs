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
