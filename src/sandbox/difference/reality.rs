//! What resources are like when a drift-aware change set is made, and what of their drift counts.
//!
//! Drift of properties that cannot be read back, that AWS itself sets, or that would need a new resource is left
//! alone, and so are tags whose keys no template names: the User Guide's considerations on drift-aware change sets.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::property::same;
use crate::registry::ResourceType;

/// What was found, by logical id.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Reality {
    /// When somebody looked, in milliseconds.
    pub at: i64,
    /// The resources.
    pub resources: BTreeMap<String, Found>,
}

impl Reality {
    /// Whether any resource has drifted.
    pub fn drifted(&self) -> bool {
        self.resources.values().any(|found| matches!(found.state, State::Modified | State::Deleted))
    }
}

/// How a resource was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// As its stack made it.
    InSync,
    /// Changed by others.
    Modified,
    /// Gone.
    Deleted,
    /// Of a type that cannot be looked at.
    Unsupported,
}

/// Why a property's drift does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ignored {
    /// AWS changes it as it sees fit.
    ManagedByAws,
    /// It cannot be read back.
    WriteOnly,
    /// It holds a secret.
    Sensitive,
}

/// One resource as it was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// How it was found.
    pub state: State,
    /// Its properties, those whose drift does not count as they were deployed.
    pub properties: Value,
    /// The properties that were not held against anything, as `/Properties/Name`.
    pub ignored: Vec<(String, Ignored)>,
}

/// Properties that AWS changes itself: type, property, and the property that must be on for it.
const MANAGED: [(&str, &str, Option<&str>); 6] = [
    ("AWS::AutoScaling::AutoScalingGroup", "DesiredCapacity", None),
    ("AWS::ApplicationAutoScaling::ScalableTarget", "MinCapacity", None),
    ("AWS::ECS::Service", "DesiredCount", None),
    ("AWS::DynamoDB::Table", "ProvisionedThroughput", None),
    ("AWS::RDS::DBInstance", "EngineVersion", Some("AutoMinorVersionUpgrade")),
    ("AWS::RDS::DBCluster", "EngineVersion", Some("AutoMinorVersionUpgrade")),
];

/// Judges a resource: what was deployed, what it is like now (nothing when it is gone), its published type, and the
/// properties that hold secrets.
pub fn found(
    deployed: &Value,
    actual: Option<&Value>,
    published: Option<&ResourceType>,
    secret: &BTreeSet<String>,
) -> Found {
    let Some(actual) = actual else {
        return Found { state: State::Deleted, properties: Value::Null, ignored: Vec::new() };
    };
    let (Value::Object(before), Value::Object(now)) = (deployed, actual) else {
        return Found { state: State::InSync, properties: deployed.clone(), ignored: Vec::new() };
    };
    let mut ignored = Vec::new();
    let mut properties = Map::new();
    let names = before.keys().chain(now.keys().filter(|name| !before.contains_key(*name)));
    for name in names {
        let reason = reason(name, before, published, secret);
        ignored.extend(reason.map(|reason| (format!("/Properties/{name}"), reason)));
        let immutable = published.is_some_and(|known| known.is_create_only(name));
        let tags = published.and_then(|known| known.tag_property.as_deref()) == Some(name);
        let value = match (before.get(name), now.get(name)) {
            (old, _) if reason.is_some() || immutable => old.cloned(),
            (old, Some(new)) if tags => Some(own_tags(old, new)),
            (_, new) => new.cloned(),
        };
        properties.extend(value.map(|value| (name.clone(), value)));
    }
    let properties = Value::Object(properties);
    let state = if same(deployed, &properties) { State::InSync } else { State::Modified };
    Found { state, properties, ignored }
}

fn reason(
    name: &str,
    deployed: &Map<String, Value>,
    published: Option<&ResourceType>,
    secret: &BTreeSet<String>,
) -> Option<Ignored> {
    let known = published?;
    let on = |switch: &str| {
        deployed.get(switch).is_some_and(|value| matches!(value, Value::Bool(true)) || value == "true")
    };
    let managed = MANAGED
        .iter()
        .any(|(kind, property, switch)| *kind == known.name && *property == name && switch.is_none_or(on));
    if secret.contains(name) {
        Some(Ignored::Sensitive)
    } else if known.write_only.iter().any(|path| path == name) {
        Some(Ignored::WriteOnly)
    } else {
        managed.then_some(Ignored::ManagedByAws)
    }
}

/// The tags whose keys were deployed; others are nobody's business.
fn own_tags(deployed: Option<&Value>, actual: &Value) -> Value {
    let key = |tag: &Value| tag.get("Key").cloned();
    match (deployed, actual) {
        (Some(Value::Array(old)), Value::Array(new)) => {
            let own = |tag: &&Value| old.iter().any(|known| key(known) == key(tag));
            Value::Array(new.iter().filter(own).cloned().collect())
        }
        (Some(Value::Object(old)), Value::Object(new)) => Value::Object(
            new.iter()
                .filter(|(name, _)| old.contains_key(*name))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        ),
        (old, _) => old.cloned().unwrap_or_else(|| actual.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry;
    use serde_json::json;

    fn check(kind: &str, deployed: Value, actual: Option<Value>, state: State, properties: Value) {
        let published = registry::find(kind);
        let found = found(&deployed, actual.as_ref(), published.as_deref(), &BTreeSet::new());
        assert_eq!((found.state, found.properties), (state, properties), "{kind} {deployed}");
    }

    #[test]
    fn drift_counts_where_it_can_be_undone() {
        let topic = "AWS::SNS::Topic";
        check(
            topic,
            json!({"DisplayName": "a"}),
            Some(json!({"DisplayName": "a"})),
            State::InSync,
            json!({"DisplayName": "a"}),
        );
        check(
            topic,
            json!({"DisplayName": "a"}),
            Some(json!({"DisplayName": "b"})),
            State::Modified,
            json!({"DisplayName": "b"}),
        );
        check(topic, json!({"DisplayName": "a"}), None, State::Deleted, Value::Null);
        // A name cannot be changed, and foreign tags are left alone.
        check(
            topic,
            json!({"TopicName": "a"}),
            Some(json!({"TopicName": "b"})),
            State::InSync,
            json!({"TopicName": "a"}),
        );
        check(
            topic,
            json!({"Tags": [{"Key": "a", "Value": "1"}]}),
            Some(json!({"Tags": [{"Key": "a", "Value": "2"}, {"Key": "foreign", "Value": "3"}]})),
            State::Modified,
            json!({"Tags": [{"Key": "a", "Value": "2"}]}),
        );
    }

    #[test]
    fn what_is_not_compared_is_told() {
        let published = registry::find("AWS::AutoScaling::AutoScalingGroup");
        let (old, new) = (
            json!({"DesiredCapacity": "1", "MinSize": "1"}),
            json!({"DesiredCapacity": "4", "MinSize": "1"}),
        );
        let judged = found(&old, Some(&new), published.as_deref(), &BTreeSet::new());
        assert_eq!(judged.state, State::InSync);
        assert_eq!(judged.ignored, [("/Properties/DesiredCapacity".to_owned(), Ignored::ManagedByAws)]);
        let secret = BTreeSet::from(["MinSize".to_owned()]);
        let judged = found(&old, Some(&json!({"MinSize": "2"})), published.as_deref(), &secret);
        assert!(judged.ignored.contains(&("/Properties/MinSize".to_owned(), Ignored::Sensitive)));
    }
}
