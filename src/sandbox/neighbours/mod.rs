//! The neighbours of CloudFormation: services that are asked what stacks have made, and answer from its properties.
//!
//! Reads only. Nothing is kept here: a topic exists because a stack holds it. One file a service says what an operation
//! shows; `wire` knows the protocols, `held` how a resource looks to its own service.

mod buckets;
mod dynamodb;
mod ec2;
mod ec2_networks;
mod gateway;
mod held;
mod iam;
mod kinesis;
mod kms;
mod lambda;
mod logs;
mod monitoring;
mod sns;
mod sqs;
mod wire;

use super::query::Input;
use super::refusal::Refusal;
use super::request::Request;
use super::response::Response;
use super::world::{Place, World};
use held::Held;
use serde_json::Value;

/// What a service makes of a question.
type Answer = fn(&Asked<'_>) -> Result<Value, Refusal>;

/// The services by the name in the signature.
const SERVICES: &[(&str, Answer)] = &[
    ("apigateway", gateway::answer),
    ("dynamodb", dynamodb::answer),
    ("ec2", ec2::answer),
    ("events", monitoring::events),
    ("iam", iam::answer),
    ("kinesis", kinesis::answer),
    ("kms", kms::answer),
    ("lambda", lambda::answer),
    ("logs", logs::answer),
    ("monitoring", monitoring::answer),
    ("resource-groups", monitoring::groups),
    ("sns", sns::answer),
    ("sqs", sqs::answer),
];

/// A question to a service.
pub(super) struct Asked<'a> {
    world: &'a World,
    place: Place,
    operation: String,
    input: Value,
}

/// Whether a service answers here.
pub(super) fn is_known(service: &str) -> bool {
    SERVICES.iter().any(|(name, _)| *name == service)
}

/// Answers a request for a service that is known.
pub(super) fn answer(world: &mut World, request: &Request) -> Response {
    let id = world.request_id();
    let service = request.caller.service.as_deref().unwrap_or_default();
    let form = wire::Form::of(request, service);
    let result = wire::read(request, service, form).and_then(|(operation, input)| {
        let asked = Asked { world, place: request.caller.place(), operation, input };
        let found = SERVICES.iter().find(|(name, _)| *name == service);
        match found {
            Some((_, answer)) => answer(&asked).map(|result| (asked.operation.clone(), result)),
            None => Err(not_simulated(&asked.operation)),
        }
    });
    match result {
        Ok((operation, result)) => wire::written(form, service, &operation, &id, &result),
        Err(refusal) => wire::refused(form, service, &id, &refusal),
    }
}

/// What is set of a bucket, by the query of the request; nothing where no setting is asked for.
pub(super) fn setting(
    world: &World,
    place: &Place,
    bucket: &str,
    query: &Input,
) -> Option<Result<String, Refusal>> {
    buckets::setting(&asking(world, place), bucket, query)
}

/// Description and tags that a stack gives to something which the world keeps itself.
pub(super) fn about(
    world: &World,
    place: &Place,
    resource_type: &str,
    physical_id: &str,
) -> (Option<String>, Vec<(String, String)>) {
    let asked = asking(world, place);
    let held = asked.one(resource_type, physical_id);
    held.map(|held| (held.text("Description"), held.all_tags())).unwrap_or_default()
}

/// A question that no request asks.
fn asking<'a>(world: &'a World, place: &Place) -> Asked<'a> {
    Asked { world, place: place.clone(), operation: String::new(), input: Value::Null }
}

/// The refusal of an operation that there may be, but not here.
fn not_simulated(operation: &str) -> Refusal {
    Refusal::new(400, "InvalidAction", format!("The sandbox does not simulate the operation {operation}."))
}

impl<'a> Asked<'a> {
    /// All resources of a type that the caller's stacks hold, in its region.
    fn all(&self, resource_type: &str) -> Vec<Held<'a>> {
        let here = self.world.regions.get_key_value(&self.place).map(|(place, _)| place);
        here.map(|place| self.holding(place, resource_type)).unwrap_or_default()
    }

    /// The same in all regions, for services that know none.
    fn everywhere(&self, resource_type: &str) -> Vec<Held<'a>> {
        let own = self.world.regions.keys().filter(|place| place.account == self.place.account);
        own.flat_map(|place| self.holding(place, resource_type)).collect()
    }

    fn holding(&self, place: &'a Place, resource_type: &str) -> Vec<Held<'a>> {
        let seed = self.world.seed;
        let stacks = self.world.regions.get(place).into_iter().flat_map(|region| region.stacks.values());
        let held = stacks.filter(|stack| stack.has(resource_type)).flat_map(|stack| {
            stack.instances.values().map(move |instance| Held { place, seed, stack: Some(stack), instance })
        });
        held.filter(|held| held.instance.resource_type == resource_type).collect()
    }

    /// The resource of this physical identifier.
    fn one(&self, resource_type: &str, physical_id: &str) -> Option<Held<'a>> {
        self.all(resource_type).into_iter().find(|held| held.instance.physical_id == physical_id)
    }

    /// A text of the input.
    fn text(&self, name: &str) -> Option<&str> {
        self.input.get(name).and_then(Value::as_str)
    }

    /// A text of the input, empty where there is none.
    fn name(&self, name: &str) -> &str {
        self.text(name).unwrap_or_default()
    }

    /// The texts of a list of the input; none where it was not given.
    fn texts(&self, name: &str) -> Option<Vec<&str>> {
        let list = self.input.get(name)?.as_array()?;
        Some(list.iter().filter_map(Value::as_str).collect())
    }

    fn not_simulated(&self) -> Refusal {
        not_simulated(&self.operation)
    }
}

/// A value without the members that are null, at any depth: what is not set is not shown.
fn shown(value: Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields
                .into_iter()
                .filter(|(_, field)| !field.is_null())
                .map(|(name, field)| (name, shown(field)))
                .collect(),
        ),
        Value::Array(items) => items.into_iter().map(shown).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::clock::{Clock, Speed};
    use super::super::resources::Instance;
    use super::super::status::StackStatus;
    use super::super::store::Store;
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    const OPERATIONS: &[&str] = &[
        "ListTopics",
        "GetTopicAttributes",
        "ListTagsForResource",
        "ListSubscriptions",
        "ListSubscriptionsByTopic",
        "GetSubscriptionAttributes",
        "ListQueues",
        "GetQueueUrl",
        "GetQueueAttributes",
        "ListQueueTags",
        "ListRoles",
        "GetRole",
        "ListRoleTags",
        "ListRolePolicies",
        "GetRolePolicy",
        "ListAttachedRolePolicies",
        "ListPolicies",
        "GetPolicy",
        "GetPolicyVersion",
        "ListTables",
        "DescribeTable",
        "ListTagsOfResource",
        "DescribeTimeToLive",
        "DescribeKinesisStreamingDestination",
        "ListStreams",
        "DescribeStream",
        "DescribeStreamSummary",
        "ListShards",
        "ListTagsForStream",
        "ListKeys",
        "ListAliases",
        "DescribeKey",
        "GetKeyPolicy",
        "GetKeyRotationStatus",
        "ListResourceTags",
        "DescribeAlarms",
        "DescribeLogGroups",
        "DescribeLogStreams",
        "ListEventBuses",
        "DescribeEventBus",
        "ListRules",
        "DescribeRule",
        "ListTargetsByRule",
        "GetGroup",
        "ListFunctions",
        "GetFunction",
        "GetFunctionConfiguration",
        "ListVersionsByFunction",
        "GetAlias",
        "GetFunctionUrlConfig",
        "GetCodeSigningConfig",
        "GetRestApis",
        "GetRestApi",
        "GetResources",
        "GetMethod",
        "GetStages",
        "GetStage",
        "GetDeployments",
        "GetModels",
        "GetRequestValidators",
        "DescribeVpcs",
        "DescribeSubnets",
        "DescribeSecurityGroups",
        "DescribeRouteTables",
        "DescribeNetworkAcls",
        "DescribeDhcpOptions",
        "DescribeInternetGateways",
        "DescribeManagedPrefixLists",
        "DescribeKeyPairs",
        "DescribeInstances",
    ];
    const TYPES: &[&str] = &[
        "SNS::Topic",
        "SNS::Subscription",
        "SNS::TopicPolicy",
        "SQS::Queue",
        "IAM::Role",
        "IAM::Policy",
        "IAM::ManagedPolicy",
        "DynamoDB::Table",
        "Kinesis::Stream",
        "KMS::Key",
        "KMS::Alias",
        "CloudWatch::Alarm",
        "CloudWatch::CompositeAlarm",
        "Logs::LogGroup",
        "Logs::LogStream",
        "Events::EventBus",
        "Events::EventBusPolicy",
        "Events::Rule",
        "ResourceGroups::Group",
        "Lambda::Function",
        "Lambda::Version",
        "Lambda::Alias",
        "Lambda::Permission",
        "Lambda::Url",
        "Lambda::CodeSigningConfig",
        "ApiGateway::RestApi",
        "ApiGateway::Resource",
        "ApiGateway::Method",
        "ApiGateway::Stage",
        "ApiGateway::Deployment",
        "ApiGateway::Model",
        "ApiGateway::RequestValidator",
        "EC2::VPC",
        "EC2::Subnet",
        "EC2::SecurityGroup",
        "EC2::RouteTable",
        "EC2::Route",
        "EC2::NetworkAcl",
        "EC2::DHCPOptions",
        "EC2::InternetGateway",
        "EC2::PrefixList",
        "EC2::KeyPair",
        "EC2::Instance",
        "S3::Bucket",
        "S3::BucketPolicy",
    ];
    /// Names of properties and inputs that the answers look at, and some values of no use for them.
    const NAMES: &[&str] = &[
        "Tags",
        "RestApiId",
        "restApiId",
        "ParentId",
        "Integration",
        "MethodSettings",
        "CidrBlock",
        "ShardCount",
        "AlarmRule",
        "Policies",
        "Code",
        "FunctionName",
        "SecurityGroupIngress",
        "CanarySetting",
        "TopicArn",
        "Filter",
        "RoleName",
        "TableName",
        "StreamName",
        "KeyId",
        "Name",
        "StageName",
        "CorsConfiguration",
        "Schema",
        "Statement",
        "GlobalSecondaryIndexes",
        "Dimensions",
        "RequestParameters",
        "AssumeRolePolicyDocument",
        "QueueUrl",
    ];

    fn value() -> impl Strategy<Value = Value> {
        let plain = prop::sample::select(vec![
            json!(null),
            json!("x"),
            json!(""),
            json!("é/%:"),
            json!(-1),
            json!(1e300),
            json!(true),
            json!("99999999999"),
            json!("ALARM(é) AND OK("),
            json!("10.0.0.0/99"),
            json!("arn:aws:x:::"),
        ]);
        plain.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::Array),
                prop::collection::btree_map(prop::sample::select(NAMES), inner, 0..3).prop_map(|fields| {
                    fields.into_iter().map(|(name, field)| (name.to_owned(), field)).collect()
                }),
            ]
        })
    }

    fn fields() -> impl Strategy<Value = Value> {
        prop::collection::btree_map(prop::sample::select(NAMES), value(), 0..12)
            .prop_map(|fields| fields.into_iter().map(|(name, field)| (name.to_owned(), field)).collect())
    }

    /// Asks every service for everything, of a stack whose resources all have these properties.
    fn visit(properties: &Value, input: &Value) {
        let mut world = World::new(7, Clock::new(Speed::Max, 0), Store::memory());
        let place = Place { account: "111122223333".into(), region: "eu-west-1".into() };
        let mut stack = world.fresh(&place, "strange", StackStatus::CreateComplete, 0);
        for name in TYPES {
            let instance = Instance {
                logical_id: name.replace(':', ""),
                resource_type: format!("AWS::{name}"),
                physical_id: "x".into(),
                properties: properties.clone(),
                ..Instance::default()
            };
            stack.instances.insert(instance.logical_id.clone(), instance);
        }
        world.put(&place, stack);
        // Whatever is not drawn names the one thing that there is.
        let mut all: serde_json::Map<String, Value> = [
            "RoleName",
            "TableName",
            "StreamName",
            "KeyId",
            "restApiId",
            "FunctionName",
            "TopicArn",
            "QueueUrl",
            "Name",
            "PolicyArn",
            "SubscriptionArn",
            "ResourceArn",
            "logGroupName",
            "GroupName",
            "CodeSigningConfigArn",
        ]
        .into_iter()
        .map(|name| (name.to_owned(), "x".into()))
        .collect();
        all.extend(input.as_object().cloned().unwrap_or_default());
        for given in [&Value::Object(all), input] {
            for (_, answer) in SERVICES {
                for operation in OPERATIONS {
                    let asked = Asked {
                        world: &world,
                        place: place.clone(),
                        operation: (*operation).to_owned(),
                        input: given.clone(),
                    };
                    if let Ok(result) = answer(&asked) {
                        wire::written(wire::Form::Ec2, "ec2", operation, "id", &result);
                    }
                }
            }
        }
        for query in ["cors", "website", "object-lock", "tagging", "policy", "versioning", "encryption"] {
            let _ = setting(&world, &place, "x", &Input::parse(query));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn nothing_that_a_stack_holds_makes_a_service_panic(properties in fields(), input in fields()) {
            visit(&properties, &input);
        }
    }
}
