//! How long work on a resource takes: the simulation's assumption, by type.
//!
//! The figures are round numbers of the order that people see; nothing depends on their being exact.

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

/// Seconds to create, update and delete.
static DURATIONS: &[(&str, [u64; 3])] = &[
    ("AWS::AutoScaling::AutoScalingGroup", [90, 60, 90]),
    ("AWS::CertificateManager::Certificate", [120, 10, 10]),
    ("AWS::CloudFront::Distribution", [300, 240, 300]),
    ("AWS::DynamoDB::Table", [20, 15, 15]),
    ("AWS::EC2::EIP", [15, 10, 10]),
    ("AWS::EC2::Instance", [40, 60, 60]),
    ("AWS::EC2::InternetGateway", [15, 5, 10]),
    ("AWS::EC2::NatGateway", [100, 10, 60]),
    ("AWS::EC2::VPCEndpoint", [60, 30, 60]),
    ("AWS::ECS::Service", [120, 120, 60]),
    ("AWS::EFS::FileSystem", [15, 10, 15]),
    ("AWS::EFS::MountTarget", [90, 10, 90]),
    ("AWS::EKS::Cluster", [600, 300, 300]),
    ("AWS::ElastiCache::ReplicationGroup", [480, 300, 300]),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", [150, 10, 30]),
    ("AWS::IAM::InstanceProfile", [120, 5, 5]),
    ("AWS::IAM::Role", [17, 10, 5]),
    ("AWS::KMS::Key", [20, 10, 5]),
    ("AWS::Lambda::Function", [12, 10, 5]),
    ("AWS::OpenSearchService::Domain", [900, 900, 600]),
    ("AWS::RDS::DBCluster", [300, 240, 240]),
    ("AWS::RDS::DBInstance", [420, 300, 300]),
    ("AWS::Redshift::Cluster", [300, 300, 180]),
    ("AWS::Route53::HostedZone", [35, 35, 30]),
    ("AWS::Route53::RecordSet", [35, 35, 30]),
    ("AWS::S3::Bucket", [22, 10, 5]),
    ("AWS::SNS::Topic", [12, 8, 5]),
    ("AWS::SQS::Queue", [65, 10, 30]),
];

/// The simulated seconds that the work takes.
pub fn duration_seconds(resource_type: &str, work: Work) -> u64 {
    let known = DURATIONS.iter().find(|(name, _)| *name == resource_type);
    let [create, update, delete] = known.map_or([5, 5, 3], |(_, seconds)| *seconds);
    match work {
        Work::Create => create,
        Work::Update => update,
        Work::Delete => delete,
    }
}
