//! What a resource does outside its stack, as data for the world.

use serde_json::{Map, Value};

use super::Instance;
use super::draw::Draw;
use crate::sandbox::language::plain_text;

/// Something that exists in the world as long as the resource does, or that the engine must do itself.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// A value in the parameter store.
    StoredParameter {
        /// Its name.
        name: String,
        /// `String`, `StringList` or `SecureString`.
        kind: String,
        /// Its value.
        value: String,
    },
    /// A secret.
    Secret {
        /// Its ARN.
        arn: String,
        /// Its name.
        name: String,
        /// Its text.
        value: String,
    },
    /// A bucket.
    Bucket {
        /// Its name.
        name: String,
    },
    /// A stack inside the stack: the engine creates, updates and deletes it.
    NestedStack {
        /// Where its template is.
        template_url: String,
        /// Its parameters.
        parameters: Vec<(String, String)>,
        /// Its tags.
        tags: Vec<(String, String)>,
        /// Its notification topics.
        notification_arns: Vec<String>,
        /// `TimeoutInMinutes`.
        timeout_minutes: Option<u64>,
    },
    /// Waits for signals.
    WaitCondition {
        /// The signals that are waited for.
        count: u64,
        /// How long.
        timeout_seconds: u64,
    },
}

/// The effects of a resource, by its properties: empty for ordinary types.
pub fn effects(instance: &Instance) -> Vec<Effect> {
    let properties = &instance.properties;
    let text = |name: &str| properties.get(name).and_then(plain_text);
    let number = |name: &str| text(name).and_then(|text| text.parse::<u64>().ok());
    let effect = match instance.resource_type.as_str() {
        "AWS::SSM::Parameter" => Effect::StoredParameter {
            name: instance.physical_id.clone(),
            kind: text("Type").unwrap_or_else(|| "String".into()),
            value: text("Value").unwrap_or_default(),
        },
        "AWS::SecretsManager::Secret" => secret(instance),
        "AWS::S3::Bucket" => Effect::Bucket { name: instance.physical_id.clone() },
        "AWS::CloudFormation::Stack" => Effect::NestedStack {
            template_url: text("TemplateURL").unwrap_or_default(),
            parameters: pairs(properties.get("Parameters")),
            tags: tags(properties.get("Tags")),
            notification_arns: texts(properties.get("NotificationARNs")),
            timeout_minutes: number("TimeoutInMinutes"),
        },
        "AWS::CloudFormation::WaitCondition" => Effect::WaitCondition {
            count: number("Count").unwrap_or(1),
            timeout_seconds: number("Timeout").unwrap_or(0),
        },
        _ => return Vec::new(),
    };
    vec![effect]
}

fn texts(value: Option<&Value>) -> Vec<String> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(plain_text).collect()
}

fn tags(value: Option<&Value>) -> Vec<(String, String)> {
    let items = value.and_then(Value::as_array).into_iter().flatten();
    items.filter_map(|tag| Some((plain_text(tag.get("Key")?)?, plain_text(tag.get("Value")?)?))).collect()
}

/// Parameters of a nested stack: a list is one text with commas.
fn pairs(value: Option<&Value>) -> Vec<(String, String)> {
    let entries = value.and_then(Value::as_object).into_iter().flatten();
    let written = |value: &Value| match value {
        Value::Array(_) => Some(texts(Some(value)).join(",")),
        other => plain_text(other),
    };
    entries.filter_map(|(name, value)| Some((name.clone(), written(value)?))).collect()
}

fn secret(instance: &Instance) -> Effect {
    let properties = &instance.properties;
    let arn = instance.physical_id.clone();
    let stored = arn.rsplit(":secret:").next().unwrap_or_default();
    let name = stored.rsplit_once('-').map_or(stored, |(name, _)| name).to_owned();
    let given = properties.get("SecretString").and_then(plain_text);
    let value = given.unwrap_or_else(|| generated(&arn, properties.get("GenerateSecretString")));
    Effect::Secret { arn, name, value }
}

/// A drawn password, inside the wanted JSON text when there is one.
fn generated(seed: &str, wanted: Option<&Value>) -> String {
    let Some(wanted) = wanted else { return String::new() };
    let text = |name: &str| wanted.get(name).and_then(plain_text);
    let length = text("PasswordLength").and_then(|text| text.parse().ok()).unwrap_or(32_usize).min(4_096);
    let password = Draw { seed }.mixed("password", length);
    match (text("SecretStringTemplate"), text("GenerateStringKey")) {
        (Some(template), Some(key)) => {
            let mut object: Map<String, Value> = serde_json::from_str(&template).unwrap_or_default();
            object.insert(key, password.into());
            Value::Object(object).to_string()
        }
        _ => password,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(resource_type: &str, physical_id: &str, properties: Value, test: impl Fn(&[Effect]) -> bool) {
        let instance = Instance {
            resource_type: resource_type.into(),
            physical_id: physical_id.into(),
            properties,
            ..Instance::default()
        };
        let found = effects(&instance);
        assert!(test(&found), "{resource_type}: {found:?}");
    }

    #[test]
    fn special_types_have_effects() {
        check("AWS::SNS::Topic", "t", json!({}), <[Effect]>::is_empty);
        check(
            "AWS::SSM::Parameter",
            "/p",
            json!({"Type": "String", "Value": 3}),
            |found| matches!(found, [Effect::StoredParameter { name, value, .. }] if name == "/p" && value == "3"),
        );
        let properties =
            json!({"GenerateSecretString": {"SecretStringTemplate": "{\"u\":1}", "GenerateStringKey": "p"}});
        check(
            "AWS::SecretsManager::Secret",
            "arn:aws:secretsmanager:r:1:secret:db-Abc123",
            properties,
            |found| matches!(found, [Effect::Secret { name, value, .. }] if name == "db" && value.starts_with("{\"u\":1,\"p\":\"")),
        );
        check(
            "AWS::CloudFormation::Stack",
            "",
            json!({"TemplateURL": "u", "Parameters": {"L": ["a", "b"]}}),
            |found| matches!(found, [Effect::NestedStack { parameters, .. }] if parameters == &[("L".to_owned(), "a,b".to_owned())]),
        );
    }
}
