//! SNS: topics, their attributes, subscriptions and tags.

use super::super::refusal::Refusal;
use super::held::{Held, pairs};
use super::{Asked, shown};
use serde_json::{Value, json};

const TOPIC: &str = "AWS::SNS::Topic";
const SUBSCRIPTION: &str = "AWS::SNS::Subscription";

/// Answers a question.
pub(super) fn answer(asked: &Asked<'_>) -> Result<Value, Refusal> {
    match asked.operation.as_str() {
        "ListTopics" => {
            let topics = asked.all(TOPIC);
            Ok(
                json!({"Topics": topics.iter().map(|topic| json!({"TopicArn": topic.id()})).collect::<Vec<_>>()}),
            )
        }
        "GetTopicAttributes" => Ok(entries(attributes(asked, &topic(asked, "TopicArn")?))),
        "ListTagsForResource" => Ok(json!({"Tags": pairs(topic(asked, "ResourceArn")?.tags())})),
        "ListSubscriptions" => Ok(subscriptions(asked, |_| true)),
        "ListSubscriptionsByTopic" => {
            let topic = topic(asked, "TopicArn")?;
            Ok(subscriptions(asked, |found| found.text("TopicArn").as_deref() == Some(topic.id())))
        }
        "GetSubscriptionAttributes" => {
            let missing = || Refusal::new(404, "NotFound", "Subscription does not exist");
            let found = asked.one(SUBSCRIPTION, asked.name("SubscriptionArn")).ok_or_else(missing)?;
            Ok(entries(subscription_attributes(&found)))
        }
        _ => Err(asked.not_simulated()),
    }
}

fn topic<'a>(asked: &Asked<'a>, name: &str) -> Result<Held<'a>, Refusal> {
    let missing = || Refusal::new(404, "NotFound", "Topic does not exist");
    asked.one(TOPIC, asked.name(name)).ok_or_else(missing)
}

/// A map as Query writes it.
fn entries(attributes: Value) -> Value {
    let fields = attributes.as_object().cloned().unwrap_or_default();
    let entries: Vec<Value> = fields
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(key, value)| json!({"key": key, "value": value}))
        .collect();
    json!({"Attributes": {"entry": entries}})
}

fn attributes(asked: &Asked<'_>, topic: &Held<'_>) -> Value {
    let fifo = topic.flag("FifoTopic") == Some(true);
    json!({
        "TopicArn": topic.id(),
        "Owner": topic.place.account,
        "DisplayName": topic.or("DisplayName", ""),
        "Policy": policy(asked, topic).to_string(),
        "EffectiveDeliveryPolicy": delivery().to_string(),
        // The counters lag behind: after a deployment they say that there is nobody.
        "SubscriptionsPending": "0",
        "SubscriptionsConfirmed": "0",
        "SubscriptionsDeleted": "0",
        "KmsMasterKeyId": topic.text("KmsMasterKeyId"),
        "FifoTopic": fifo.then_some("true"),
        "ContentBasedDeduplication": fifo.then(|| topic.or("ContentBasedDeduplication", "false")),
        "FifoThroughputScope": topic.text("FifoThroughputScope"),
        "TracingConfig": topic.text("TracingConfig"),
        "SignatureVersion": topic.text("SignatureVersion"),
    })
}

/// The policy that the stack gives the topic, else the one that every topic begins with.
fn policy(asked: &Asked<'_>, topic: &Held<'_>) -> Value {
    let given = asked
        .all("AWS::SNS::TopicPolicy")
        .into_iter()
        .find(|policy| policy.list("Topics").iter().any(|one| one.as_str() == Some(topic.id())));
    if let Some(given) = given {
        return given.given("PolicyDocument").clone();
    }
    let actions = [
        "GetTopicAttributes",
        "SetTopicAttributes",
        "AddPermission",
        "RemovePermission",
        "DeleteTopic",
        "Subscribe",
        "ListSubscriptionsByTopic",
        "Publish",
    ];
    json!({
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [{
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": actions.map(|action| format!("SNS:{action}")),
            "Resource": topic.id(),
            "Condition": {"StringEquals": {"AWS:SourceOwner": topic.place.account}},
        }],
    })
}

/// How every topic delivers to addresses of the web.
fn delivery() -> Value {
    json!({"http": {
        "defaultHealthyRetryPolicy": {
            "minDelayTarget": 20, "maxDelayTarget": 20, "numRetries": 3, "numMaxDelayRetries": 0,
            "numNoDelayRetries": 0, "numMinDelayRetries": 0, "backoffFunction": "linear",
        },
        "disableSubscriptionOverrides": false,
        "defaultRequestPolicy": {"headerContentType": "text/plain; charset=UTF-8"},
    }})
}

/// Whether somebody outside AWS has to agree before anything is delivered.
fn needs_confirmation(subscription: &Held<'_>) -> bool {
    matches!(subscription.or("Protocol", "").as_str(), "email" | "email-json" | "http" | "https")
}

fn subscriptions(asked: &Asked<'_>, wanted: impl Fn(&Held<'_>) -> bool) -> Value {
    let found = asked.all(SUBSCRIPTION).into_iter().filter(|one| wanted(one));
    let row = |one: Held<'_>| {
        shown(json!({
            "SubscriptionArn": if needs_confirmation(&one) { "PendingConfirmation" } else { one.id() },
            "Owner": one.place.account,
            "Protocol": one.text("Protocol"),
            "Endpoint": one.text("Endpoint"),
            "TopicArn": one.text("TopicArn"),
        }))
    };
    json!({"Subscriptions": found.map(row).collect::<Vec<_>>()})
}

fn subscription_attributes(found: &Held<'_>) -> Value {
    let pending = needs_confirmation(found);
    let written = |name: &str| {
        let value = found.given(name);
        value.is_object().then(|| value.to_string())
    };
    json!({
        "SubscriptionArn": found.id(),
        "TopicArn": found.text("TopicArn"),
        "Owner": found.place.account,
        "Protocol": found.text("Protocol"),
        "Endpoint": found.text("Endpoint"),
        "PendingConfirmation": pending.to_string(),
        "ConfirmationWasAuthenticated": (!pending).to_string(),
        "RawMessageDelivery": found.or("RawMessageDelivery", "false"),
        "FilterPolicy": written("FilterPolicy"),
        "FilterPolicyScope": written("FilterPolicy").map(|_| found.or("FilterPolicyScope", "MessageAttributes")),
        "RedrivePolicy": written("RedrivePolicy"),
        "SubscriptionPrincipal": format!("arn:{}:iam::{}:user/rehearsal",
            super::super::caller::partition(&found.place.region), found.place.account),
    })
}
