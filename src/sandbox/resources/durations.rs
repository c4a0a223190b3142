//! How long work on a resource takes: the simulation's assumption, by type.
//!
//! Nobody publishes these figures as such. Where AWS's guides name one, it is taken; where not, the middle of what logs of deployments in
//! public repositories show (looked up in November 2026); where those are few, a round number of the order that people see. A
//! comment says which. Nothing but estimates depends on their being exact.

use serde_json::Value;

/// What is done to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// It is made.
    Create,
    /// It is changed in place.
    Update,
    /// It is removed.
    Delete,
}

/// Seconds to create, update and delete, of types that take longer than [`USUAL`].
static DURATIONS: &[(&str, [u64; 3])] = &[
    // 1m11s to 2m15s in three logs, until the servers are in service.
    ("AWS::AutoScaling::AutoScalingGroup", [90, 60, 90]),
    // With a record in the zone; 1m01s in a log.
    ("AWS::CertificateManager::Certificate", [120, 10, 10]),
    // 3 and 12.5 minutes in two logs.
    ("AWS::CloudFront::Distribution", [300, 240, 300]),
    ("AWS::DynamoDB::Table", [20, 15, 15]),
    ("AWS::EC2::EIP", [15, 10, 10]),
    ("AWS::EC2::Instance", [40, 60, 60]),
    ("AWS::EC2::InternetGateway", [15, 5, 10]),
    // 1m25s to 2m05s in eight logs.
    ("AWS::EC2::NatGateway", [105, 10, 60]),
    // One of the kind `Gateway`, which is the default: 6 seconds in eight logs.
    ("AWS::EC2::VPCEndpoint", [6, 5, 10]),
    // Until the wanted number of tasks runs and is healthy; 1m15s in a log with one task.
    ("AWS::ECS::Service", [150, 150, 60]),
    ("AWS::EFS::FileSystem", [15, 10, 15]),
    ("AWS::EFS::MountTarget", [90, 10, 90]),
    // 8m23s to 11m23s in ten logs.
    ("AWS::EKS::Cluster", [600, 300, 300]),
    // 5m58s to 9m15s in four logs.
    ("AWS::ElastiCache::ReplicationGroup", [480, 300, 300]),
    // "About 5 minutes", Elastic Beanstalk Developer Guide, deploying a Flask application.
    ("AWS::ElasticBeanstalk::Environment", [300, 180, 240]),
    // 2m19s to 2m52s in three logs.
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", [145, 10, 30]),
    ("AWS::IAM::InstanceProfile", [120, 5, 5]),
    ("AWS::IAM::Role", [17, 10, 5]),
    // 21 and 31 seconds in two logs.
    ("AWS::Kinesis::Stream", [30, 20, 30]),
    ("AWS::KinesisFirehose::DeliveryStream", [75, 10, 30]),
    ("AWS::KMS::Key", [20, 10, 5]),
    ("AWS::Lambda::EventSourceMapping", [25, 20, 20]),
    ("AWS::Lambda::Function", [12, 10, 5]),
    // "Typically 15–30 minutes", OpenSearch Service Developer Guide, getting started; changes take a similar time.
    ("AWS::OpenSearchService::Domain", [1320, 1200, 600]),
    ("AWS::RDS::DBCluster", [300, 240, 240]),
    // Without a standby: 5m15s to 10m12s in six logs.
    ("AWS::RDS::DBInstance", [420, 300, 300]),
    ("AWS::Redshift::Cluster", [300, 300, 180]),
    // 36s to 1m12s in three logs; a record 35 seconds in one: until all name servers have it.
    ("AWS::Route53::HostedZone", [40, 35, 30]),
    ("AWS::Route53::RecordSet", [35, 35, 30]),
    ("AWS::S3::Bucket", [22, 10, 5]),
    // 30 to 60 seconds, documentation of Alchemy's provider for AWS.
    ("AWS::ServiceDiscovery::PrivateDnsNamespace", [45, 10, 45]),
    ("AWS::SNS::Topic", [12, 8, 5]),
    ("AWS::SQS::Queue", [65, 10, 30]),
];

/// The same for resources that have a property with a value, before the table of types is asked.
static VARIANTS: &[(&str, &str, &str, [u64; 3])] = &[
    ("AWS::EC2::VPCEndpoint", "VpcEndpointType", "Interface", [60, 30, 60]),
    // 14 to 17 minutes in three logs of production databases; 15 to 20 in hashicorp/terraform#498, of 2014.
    ("AWS::RDS::DBInstance", "MultiAZ", "true", [900, 420, 420]),
];

/// Seconds to create, update and delete anything else.
const USUAL: [u64; 3] = [5, 5, 3];

/// The simulated seconds that the work takes.
pub fn duration_seconds(resource_type: &str, properties: &Value, work: Work) -> u64 {
    let variant = VARIANTS.iter().find(|(name, property, value, _)| {
        *name == resource_type && properties.get(property).is_some_and(|found| reads(found, value))
    });
    let known =
        DURATIONS.iter().find(|(name, _)| *name == resource_type).map_or(USUAL, |(_, seconds)| *seconds);
    let [create, update, delete] = variant.map_or(known, |(.., seconds)| *seconds);
    match work {
        Work::Create => create,
        Work::Update => update,
        Work::Delete => delete,
    }
}

/// Whether a property reads like a text; CloudFormation takes `true` and `"true"` for the same.
fn reads(found: &Value, text: &str) -> bool {
    match found {
        Value::String(found) => found == text,
        Value::Bool(found) => text.parse() == Ok(*found),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(resource_type: &str, properties: &Value, expected: [u64; 3]) {
        let seconds = [Work::Create, Work::Update, Work::Delete]
            .map(|work| duration_seconds(resource_type, properties, work));
        assert_eq!(seconds, expected, "{resource_type} {properties}");
    }

    #[test]
    fn a_type_has_its_time_and_some_a_variant() {
        check("AWS::RDS::DBInstance", &json!({}), [420, 300, 300]);
        check("AWS::RDS::DBInstance", &json!({"MultiAZ": false}), [420, 300, 300]);
        check("AWS::RDS::DBInstance", &json!({"MultiAZ": true}), [900, 420, 420]);
        check("AWS::RDS::DBInstance", &json!({"MultiAZ": "true"}), [900, 420, 420]);
        check("AWS::EC2::VPCEndpoint", &json!({"VpcEndpointType": "Interface"}), [60, 30, 60]);
        check("AWS::CloudWatch::Alarm", &Value::Null, USUAL);
    }

    #[test]
    fn types_are_listed_once() {
        let names: Vec<&str> = DURATIONS.iter().map(|(name, _)| *name).collect();
        let listed: std::collections::BTreeSet<&str> = names.iter().copied().collect();
        assert_eq!(listed.len(), names.len());
        assert!(VARIANTS.iter().all(|(name, ..)| listed.contains(name)));
    }
}
