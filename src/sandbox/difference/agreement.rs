//! Announcement and deed agree: for any two small stacks, what is done to a resource was announced before.
//!
//! Tests only.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::foreseen::in_order;
use super::{Action, Aim, Current, Deed, Difference, Reality, Replacement, State, compare, decide, found};
use crate::sandbox::language::{Desired, GivenParameter, Identity, Nothing, Template, resolve_parameters};
use crate::sandbox::resources::{Birth, Instance, Instances, create, update};

/// The properties of the topic at a position; it may name topics before it.
fn properties(position: usize) -> impl Strategy<Value = Value> {
    let other = move |make: fn(String) -> Value| {
        let before = position.max(1);
        (0..before).prop_map(move |index| make(format!("T{index}"))).boxed()
    };
    let mut texts = vec![
        prop::sample::select(vec!["x", "y"]).prop_map(Value::from).boxed(),
        Just(json!({"Ref": "P"})).boxed(),
        Just(json!({"Fn::Sub": "is ${P}"})).boxed(),
        Just(json!({"Fn::If": ["C", "x", {"Ref": "AWS::NoValue"}]})).boxed(),
    ];
    if position > 0 {
        texts.push(other(|name| json!({"Ref": name})));
        texts.push(other(|name| json!({"Fn::GetAtt": [name, "TopicName"]})));
        texts.push(other(|name| json!({"Fn::GetAtt": [name, "DisplayName"]})));
        texts.push(other(|name| json!({"Fn::Join": ["-", ["a", {"Fn::GetAtt": [name, "TopicArn"]}]]})));
    }
    let text = prop::strategy::Union::new(texts);
    let name = prop::option::of(prop::sample::select(vec!["one", "two"]));
    (name, prop::option::of(text), any::<bool>()).prop_map(move |(name, text, fifo)| {
        let mut found = Map::new();
        found.extend(name.map(|name| ("TopicName".to_owned(), format!("{name}{position}").into())));
        found.extend(text.map(|text| ("DisplayName".to_owned(), text)));
        found.extend(fifo.then(|| ("FifoTopic".to_owned(), Value::Bool(true))));
        Value::Object(found)
    })
}

fn stack() -> impl Strategy<Value = (Value, String)> {
    let topics = (prop::option::of(properties(1)), prop::option::of(properties(2)));
    (properties(0), topics, prop::sample::select(vec!["p", "q"])).prop_map(
        |(first, (second, third), parameter)| {
            let mut resources = Map::new();
            let topic = |properties: Value| json!({"Type": "AWS::SNS::Topic", "Properties": properties});
            resources.insert("T0".into(), topic(first));
            resources.insert("T1".into(), topic(second.unwrap_or_else(|| json!({}))));
            resources.extend(third.map(|third| ("T2".to_owned(), topic(third))));
            let template = json!({
                "Parameters": {"P": {"Type": "String"}},
                "Conditions": {"C": {"Fn::Equals": [{"Ref": "P"}, "p"]}},
                "Resources": resources,
            });
            (template, parameter.to_owned())
        },
    )
}

fn wish((template, parameter): &(Value, String)) -> Desired {
    let template = Template::read(&template.to_string()).expect("it is sound");
    let given = GivenParameter { name: "P".into(), value: Some(parameter.clone()), use_previous: false };
    let parameters = resolve_parameters(&template, &[given], None, &Nothing).expect("it is given");
    let identity = Identity { stack_name: "shop".into(), ..Identity::default() };
    Desired::new(&template, parameters, identity, Vec::new(), &Nothing).expect("it is sound")
}

fn born(wish: &Desired, logical_id: &str, properties: &Value, seed: &str) -> Instance {
    let resource_type = "AWS::SNS::Topic";
    create(&Birth { identity: wish.identity(), logical_id, resource_type, properties, seed })
}

fn announced(difference: &Difference, logical_id: &str) -> Option<(Action, Replacement)> {
    let change = difference.changes.iter().find(|change| change.logical_id == logical_id)?;
    Some((change.action, change.replacement))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_done_was_announced(before in stack(), after in stack()) {
        let (old, new) = (wish(&before), wish(&after));
        let mut instances = Instances::new();
        for declaration in in_order(&old) {
            let name = declaration.logical_id;
            let properties = old.properties(name, &instances, &Nothing).expect("all exists");
            instances.insert(name.to_owned(), born(&old, name, &properties, "old"));
        }
        let current = Current { desired: &old, instances: &instances };
        let difference = compare(Some(current), &new, Aim::default(), &Nothing).expect("it can be compared");
        let mut now = instances.clone();
        for declaration in in_order(&new) {
            let name = declaration.logical_id;
            let told = announced(&difference, name);
            let properties = new.properties(name, &now, &Nothing).expect("all exists");
            let Some(instance) = instances.get(name) else {
                prop_assert_eq!(told.map(|(action, _)| action), Some(Action::Add));
                now.insert(name.to_owned(), born(&new, name, &properties, "new"));
                continue;
            };
            let fresh = match decide(instance, "AWS::SNS::Topic", &properties) {
                Ok(Deed::Nothing) => continue,
                Ok(Deed::Modify) => {
                    prop_assert_eq!(told.map(|(action, _)| action), Some(Action::Modify), "{}", name);
                    update(instance, &properties)
                }
                Ok(Deed::Replace) | Err(_) => {
                    let replacement = told.map(|(_, replacement)| replacement);
                    prop_assert!(replacement >= Some(Replacement::Conditional), "{}: {:?}", name, told);
                    born(&new, name, &properties, "new")
                }
            };
            now.insert(name.to_owned(), fresh);
        }
        for name in instances.keys().filter(|name| new.resource(name).is_none()) {
            prop_assert_eq!(announced(&difference, name).map(|(action, _)| action), Some(Action::Remove));
        }
        let settled = Current { desired: &new, instances: &now };
        let rest = compare(Some(settled), &new, Aim::default(), &Nothing).expect("it can be compared");
        let left: Vec<_> = rest.changes.iter().filter(|change| new.resource(&change.logical_id).is_some()).collect();
        prop_assert!(left.is_empty(), "{:?}", left);
    }

    #[test]
    fn what_is_done_about_drift_was_announced(
        before in stack(),
        after in stack(),
        drift in prop::collection::vec(prop::option::of(prop::sample::select(vec!["", "x", "drifted"])), 3),
    ) {
        let (old, new) = (wish(&before), wish(&after));
        let mut instances = Instances::new();
        for declaration in in_order(&old) {
            let name = declaration.logical_id;
            let properties = old.properties(name, &instances, &Nothing).expect("all exists");
            instances.insert(name.to_owned(), born(&old, name, &properties, "old"));
        }
        let published = crate::registry::find("AWS::SNS::Topic");
        let mut reality = Reality::default();
        for ((name, instance), drift) in instances.iter().zip(&drift) {
            // Nothing: others deleted it. An empty text: nobody touched it.
            let mut actual = instance.properties.clone();
            if drift.is_some_and(|text| !text.is_empty()) {
                actual["DisplayName"] = drift.unwrap_or_default().into();
            }
            let actual = drift.map(|_| &actual);
            let judged = found(&instance.properties, actual, published.as_deref(), &Default::default());
            reality.resources.insert(name.clone(), judged);
        }
        let aim = Aim { imports: None, reality: Some(&reality) };
        let current = Current { desired: &old, instances: &instances };
        let difference = compare(Some(current), &new, aim, &Nothing).expect("it can be compared");
        let mut now = instances.clone();
        for declaration in in_order(&new) {
            let name = declaration.logical_id;
            let told = announced(&difference, name);
            let properties = new.properties(name, &now, &Nothing).expect("all exists");
            let judged = reality.resources.get(name);
            let lives = instances.get(name).filter(|_| judged.is_some_and(|found| found.state != State::Deleted));
            let Some(instance) = lives else {
                prop_assert_eq!(told.map(|(action, _)| action), Some(Action::Add), "{}", name);
                now.insert(name.to_owned(), born(&new, name, &properties, "new"));
                continue;
            };
            let properties_now = judged.map_or(Value::Null, |found| found.properties.clone());
            let actual = Instance { properties: properties_now, ..instance.clone() };
            let fresh = match decide(&actual, "AWS::SNS::Topic", &properties) {
                Ok(Deed::Nothing) => {
                    let action = told.map(|(action, _)| action);
                    let known = instance.properties != properties;
                    prop_assert!(!known || action.is_some(), "{}: what is learnt is told", name);
                    update(instance, &properties)
                }
                Ok(Deed::Modify) => {
                    prop_assert_eq!(told.map(|(action, _)| action), Some(Action::Modify), "{}", name);
                    update(instance, &properties)
                }
                Ok(Deed::Replace) | Err(_) => {
                    let replacement = told.map(|(_, replacement)| replacement);
                    prop_assert!(replacement >= Some(Replacement::Conditional), "{}: {:?}", name, told);
                    born(&new, name, &properties, "new")
                }
            };
            now.insert(name.to_owned(), fresh);
        }
    }
}
