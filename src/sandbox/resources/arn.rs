//! Amazon resource names: the service and the resource part for each type.
//!
//! Types that are not listed follow the common form `service:region:account:kind/name`.

use crate::sandbox::language::Identity;

/// How the names of a type are written: the type, the service, the part before the identifier, and whether region and
/// account are part of it.
struct Form {
    service: &'static str,
    prefix: &'static str,
    region: bool,
    account: bool,
}

const fn form(service: &'static str, prefix: &'static str) -> Form {
    Form { service, prefix, region: true, account: true }
}

const fn global(service: &'static str, prefix: &'static str) -> Form {
    Form { service, prefix, region: false, account: true }
}

static FORMS: &[(&str, Form)] = &[
    (
        "AWS::ApiGateway::RestApi",
        Form { service: "apigateway", prefix: "/restapis/", region: true, account: false },
    ),
    ("AWS::AppSync::GraphQLApi", form("appsync", "apis/")),
    ("AWS::AutoScaling::AutoScalingGroup", form("autoscaling", "autoScalingGroup:")),
    ("AWS::AutoScaling::ScalingPolicy", form("autoscaling", "scalingPolicy:")),
    ("AWS::Backup::BackupVault", form("backup", "backup-vault:")),
    ("AWS::CertificateManager::Certificate", form("acm", "certificate/")),
    ("AWS::CloudFront::Distribution", global("cloudfront", "distribution/")),
    ("AWS::CloudWatch::Alarm", form("cloudwatch", "alarm:")),
    ("AWS::CloudWatch::CompositeAlarm", form("cloudwatch", "alarm:")),
    ("AWS::Cognito::UserPool", form("cognito-idp", "userpool/")),
    ("AWS::DynamoDB::GlobalTable", form("dynamodb", "table/")),
    ("AWS::DynamoDB::Table", form("dynamodb", "table/")),
    ("AWS::ECR::Repository", form("ecr", "repository/")),
    ("AWS::ECS::Cluster", form("ecs", "cluster/")),
    ("AWS::ECS::Service", form("ecs", "service/")),
    ("AWS::ECS::TaskDefinition", form("ecs", "task-definition/")),
    ("AWS::EFS::AccessPoint", form("elasticfilesystem", "access-point/")),
    ("AWS::EFS::FileSystem", form("elasticfilesystem", "file-system/")),
    ("AWS::ElastiCache::ReplicationGroup", form("elasticache", "replicationgroup:")),
    ("AWS::ElasticLoadBalancingV2::Listener", form("elasticloadbalancing", "listener/")),
    ("AWS::ElasticLoadBalancingV2::ListenerRule", form("elasticloadbalancing", "listener-rule/")),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", form("elasticloadbalancing", "loadbalancer/")),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", form("elasticloadbalancing", "")),
    ("AWS::Events::EventBus", form("events", "event-bus/")),
    ("AWS::Events::Rule", form("events", "rule/")),
    ("AWS::IAM::Group", global("iam", "group/")),
    ("AWS::IAM::InstanceProfile", global("iam", "instance-profile/")),
    ("AWS::IAM::ManagedPolicy", global("iam", "policy/")),
    ("AWS::IAM::OIDCProvider", global("iam", "oidc-provider/")),
    ("AWS::IAM::Role", global("iam", "role/")),
    ("AWS::IAM::SAMLProvider", global("iam", "saml-provider/")),
    ("AWS::IAM::User", global("iam", "user/")),
    ("AWS::KMS::Key", form("kms", "key/")),
    ("AWS::Kinesis::Stream", form("kinesis", "stream/")),
    ("AWS::KinesisFirehose::DeliveryStream", form("firehose", "deliverystream/")),
    ("AWS::Lambda::Alias", form("lambda", "function:")),
    ("AWS::Lambda::CodeSigningConfig", form("lambda", "code-signing-config:")),
    ("AWS::Lambda::EventSourceMapping", form("lambda", "event-source-mapping:")),
    ("AWS::Lambda::Function", form("lambda", "function:")),
    ("AWS::Lambda::LayerVersion", form("lambda", "layer:")),
    ("AWS::Lambda::Version", form("lambda", "function:")),
    ("AWS::Logs::LogGroup", form("logs", "log-group:")),
    ("AWS::RDS::DBCluster", form("rds", "cluster:")),
    ("AWS::RDS::DBClusterParameterGroup", form("rds", "cluster-pg:")),
    ("AWS::RDS::DBInstance", form("rds", "db:")),
    ("AWS::RDS::DBParameterGroup", form("rds", "pg:")),
    ("AWS::RDS::DBSubnetGroup", form("rds", "subgrp:")),
    ("AWS::S3::Bucket", Form { service: "s3", prefix: "", region: false, account: false }),
    ("AWS::SNS::Subscription", form("sns", "")),
    ("AWS::SNS::Topic", form("sns", "")),
    ("AWS::SQS::Queue", form("sqs", "")),
    ("AWS::SSM::Parameter", form("ssm", "parameter")),
    ("AWS::SecretsManager::Secret", form("secretsmanager", "secret:")),
    ("AWS::StepFunctions::Activity", form("states", "activity:")),
    ("AWS::StepFunctions::StateMachine", form("states", "stateMachine:")),
];

/// Services whose things are in no region.
const GLOBAL: [&str; 4] = ["cloudfront", "iam", "organizations", "route53"];

/// The full name of a thing of this type.
pub fn arn(resource_type: &str, name: &str, identity: &Identity) -> String {
    let known = FORMS.iter().find(|(known, _)| *known == resource_type).map(|(_, form)| form);
    let partition = if identity.partition.is_empty() { "aws" } else { &identity.partition };
    let Some(form) = known else {
        let mut parts = resource_type.split("::").skip(1);
        let service = service(parts.next().unwrap_or_default());
        let kind = dashed(parts.next().unwrap_or_default());
        let region = if GLOBAL.contains(&service.as_str()) { "" } else { &identity.region };
        return format!("arn:{partition}:{service}:{region}:{}:{kind}/{name}", identity.account);
    };
    let region = if form.region { identity.region.as_str() } else { "" };
    let account = if form.account { identity.account.as_str() } else { "" };
    let slash = if resource_type == "AWS::SSM::Parameter" && !name.starts_with('/') { "/" } else { "" };
    let end = if resource_type == "AWS::Logs::LogGroup" { ":*" } else { "" };
    format!("arn:{partition}:{}:{region}:{account}:{}{slash}{name}{end}", form.service, form.prefix)
}

/// The prefix of a service in names.
pub fn service(name: &str) -> String {
    match name {
        "ApiGatewayV2" => "apigateway".into(),
        "CertificateManager" => "acm".into(),
        "Cognito" => "cognito-idp".into(),
        "EFS" => "elasticfilesystem".into(),
        "ElasticLoadBalancing" | "ElasticLoadBalancingV2" => "elasticloadbalancing".into(),
        "Elasticsearch" | "OpenSearchService" => "es".into(),
        "KinesisFirehose" => "firehose".into(),
        "StepFunctions" => "states".into(),
        other => other.to_lowercase(),
    }
}

/// `DBSubnetGroup` is `db-subnet-group`.
pub fn dashed(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut result = String::with_capacity(name.len() + 4);
    for (index, letter) in letters.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|at| letters.get(at));
        let starts = before.is_some_and(char::is_ascii_lowercase)
            || (before.is_some() && letters.get(index + 1).is_some_and(char::is_ascii_lowercase));
        if letter.is_ascii_uppercase() && starts {
            result.push('-');
        }
        result.push(letter.to_ascii_lowercase());
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_each_services_form() {
        let identity = Identity {
            account: "123456789012".into(),
            region: "eu-west-1".into(),
            partition: "aws".into(),
            ..Identity::default()
        };
        for (kind, name, expected) in [
            ("AWS::SNS::Topic", "t", "arn:aws:sns:eu-west-1:123456789012:t"),
            ("AWS::S3::Bucket", "b", "arn:aws:s3:::b"),
            ("AWS::IAM::Role", "r", "arn:aws:iam::123456789012:role/r"),
            ("AWS::SSM::Parameter", "p", "arn:aws:ssm:eu-west-1:123456789012:parameter/p"),
            ("AWS::SSM::Parameter", "/a/p", "arn:aws:ssm:eu-west-1:123456789012:parameter/a/p"),
            ("AWS::Logs::LogGroup", "g", "arn:aws:logs:eu-west-1:123456789012:log-group:g:*"),
            ("AWS::IAM::OIDCProvider", "a.b", "arn:aws:iam::123456789012:oidc-provider/a.b"),
            ("AWS::Organizations::Policy", "p", "arn:aws:organizations::123456789012:policy/p"),
            ("AWS::Batch::JobQueue", "q", "arn:aws:batch:eu-west-1:123456789012:job-queue/q"),
        ] {
            assert_eq!(arn(kind, name, &identity), expected);
        }
    }

    #[test]
    fn words_are_divided() {
        for (name, expected) in
            [("DBSubnetGroup", "db-subnet-group"), ("VPC", "vpc"), ("JobQueue", "job-queue")]
        {
            assert_eq!(dashed(name), expected);
        }
    }
}
