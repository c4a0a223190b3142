//! The physical identifier of a new resource, in each type's form.
//!
//! A given name is taken; otherwise the published primary identifier tells what is needed: a name, an ARN, an id.

use serde_json::Value;

use super::arn::arn;
use super::draw::Draw;
use super::instance::Birth;
use crate::registry::{self, ResourceType};
use crate::sandbox::language::{plain_text, url_suffix};

/// Types whose id is a prefix and seventeen hexadecimal digits.
static PREFIXES: &[(&str, &str)] = &[
    ("AWS::EC2::CustomerGateway", "cgw-"),
    ("AWS::EC2::DHCPOptions", "dopt-"),
    ("AWS::EC2::EgressOnlyInternetGateway", "eigw-"),
    ("AWS::EC2::FlowLog", "fl-"),
    ("AWS::EC2::Instance", "i-"),
    ("AWS::EC2::InternetGateway", "igw-"),
    ("AWS::EC2::LaunchTemplate", "lt-"),
    ("AWS::EC2::NatGateway", "nat-"),
    ("AWS::EC2::NetworkAcl", "acl-"),
    ("AWS::EC2::NetworkInterface", "eni-"),
    ("AWS::EC2::PrefixList", "pl-"),
    ("AWS::EC2::RouteTable", "rtb-"),
    ("AWS::EC2::SecurityGroup", "sg-"),
    ("AWS::EC2::SecurityGroupEgress", "sgr-"),
    ("AWS::EC2::SecurityGroupIngress", "sgr-"),
    ("AWS::EC2::Subnet", "subnet-"),
    ("AWS::EC2::SubnetRouteTableAssociation", "rtbassoc-"),
    ("AWS::EC2::TransitGateway", "tgw-"),
    ("AWS::EC2::VPC", "vpc-"),
    ("AWS::EC2::VPCCidrBlock", "vpc-cidr-assoc-"),
    ("AWS::EC2::VPCEndpoint", "vpce-"),
    ("AWS::EC2::VPCPeeringConnection", "pcx-"),
    ("AWS::EC2::VPNGateway", "vgw-"),
    ("AWS::EC2::Volume", "vol-"),
    ("AWS::EFS::AccessPoint", "fsap-"),
    ("AWS::EFS::FileSystem", "fs-"),
    ("AWS::EFS::MountTarget", "fsmt-"),
];

/// Types whose names are short, or in small letters: the type, the longest name, whether small.
static NAMES: &[(&str, usize, bool)] = &[
    ("AWS::ECR::Repository", 256, true),
    ("AWS::ElastiCache::ParameterGroup", 255, true),
    ("AWS::ElastiCache::ReplicationGroup", 40, true),
    ("AWS::ElastiCache::SubnetGroup", 255, true),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", 32, false),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", 32, false),
    ("AWS::IAM::InstanceProfile", 128, false),
    ("AWS::IAM::Role", 64, false),
    ("AWS::IAM::User", 64, false),
    ("AWS::Lambda::Function", 64, false),
    ("AWS::RDS::DBCluster", 63, true),
    ("AWS::RDS::DBClusterParameterGroup", 255, true),
    ("AWS::RDS::DBInstance", 63, true),
    ("AWS::RDS::DBParameterGroup", 255, true),
    ("AWS::RDS::DBSubnetGroup", 255, true),
    ("AWS::S3::Bucket", 63, true),
    ("AWS::SQS::Queue", 80, false),
];

/// The physical identifier.
pub fn physical_id(birth: &Birth<'_>) -> String {
    let draw = Draw { seed: birth.seed };
    if let Some((_, prefix)) = PREFIXES.iter().find(|(known, _)| *known == birth.resource_type) {
        return format!("{prefix}{}", draw.hexadecimal("id", 17));
    }
    if let Some(special) = special(birth, &draw) {
        return special;
    }
    let Some(published) = registry::find(birth.resource_type) else { return name(birth) };
    match published.primary_identifier.as_slice() {
        [only] => single(birth, &published, only, &draw),
        several if several.iter().any(|path| path == "Id") || several.is_empty() => name(birth),
        several if belongs_to_api(birth.resource_type) => {
            let own = several.iter().find(|path| !["RestApiId", "ApiId"].contains(&path.as_str()));
            own.map_or_else(|| name(birth), |own| single(birth, &published, own, &draw))
        }
        several => {
            let part = |path: &String| single(birth, &published, path, &draw);
            several.iter().map(part).collect::<Vec<_>>().join("|")
        }
    }
}

/// Whether a type is a part of an API: `Ref` gives its own id or name, though the whole identifier names the API too.
fn belongs_to_api(resource_type: &str) -> bool {
    let part =
        resource_type.starts_with("AWS::ApiGateway::") || resource_type.starts_with("AWS::ApiGatewayV2::");
    part && !resource_type.ends_with("::Method") && !resource_type.ends_with("Mapping")
}

/// The types whose identifier follows a rule of its own.
fn special(birth: &Birth<'_>, draw: &Draw<'_>) -> Option<String> {
    messages(birth, draw).or_else(|| balancers(birth, draw)).or_else(|| networks(birth, draw))
}

/// Messages, secrets, parameters and their relatives.
fn messages(birth: &Birth<'_>, draw: &Draw<'_>) -> Option<String> {
    let identity = birth.identity;
    Some(match birth.resource_type {
        "AWS::SNS::Topic" => arn(birth.resource_type, &given_or_name(birth, "TopicName"), identity),
        "AWS::SQS::Queue" => {
            let suffix = url_suffix(&identity.partition);
            let queue = given_or_name(birth, "QueueName");
            format!("https://sqs.{}.{suffix}/{}/{queue}", identity.region, identity.account)
        }
        "AWS::SNS::Subscription" => format!("{}:{}", given(birth, "TopicArn")?, draw.uuid("id")),
        "AWS::SecretsManager::Secret" => {
            let name = match given(birth, "Name") {
                Some(name) => name,
                None => format!("{}-{}", birth.logical_id, draw.mixed("name", 12)),
            };
            arn(birth.resource_type, &format!("{name}-{}", draw.mixed("secret", 6)), identity)
        }
        // Both stand for the secret that they belong to.
        "AWS::SecretsManager::SecretTargetAttachment" | "AWS::SecretsManager::RotationSchedule" => {
            given(birth, "SecretId")?
        }
        "AWS::CodeArtifact::Repository" => {
            let place = format!("{}/{}", given(birth, "DomainName")?, given_or_name(birth, "RepositoryName"));
            arn(birth.resource_type, &place, identity)
        }
        "AWS::IAM::OIDCProvider" => {
            let address = given(birth, "Url")?;
            arn(birth.resource_type, address.strip_prefix("https://").unwrap_or(&address), identity)
        }
        "AWS::Events::Rule" => match given(birth, "EventBusName") {
            Some(bus) => format!("{bus}|{}", given_or_name(birth, "Name")),
            None => given_or_name(birth, "Name"),
        },
        "AWS::AppSync::GraphQLApi" => arn(birth.resource_type, &draw.lower("id", 26), identity),
        "AWS::AppSync::GraphQLSchema" => format!("{}GraphQLSchema", given(birth, "ApiId")?),
        "AWS::AppSync::DataSource" => {
            let place = format!("{}/datasources/{}", given(birth, "ApiId")?, given(birth, "Name")?);
            arn("AWS::AppSync::GraphQLApi", &place, identity)
        }
        "AWS::AppSync::Resolver" => {
            let (kind, field) = (given(birth, "TypeName")?, given(birth, "FieldName")?);
            let place = format!("{}/types/{kind}/resolvers/{field}", given(birth, "ApiId")?);
            arn("AWS::AppSync::GraphQLApi", &place, identity)
        }
        "AWS::KMS::Key" | "AWS::KMS::ReplicaKey" => draw.uuid("id"),
        "AWS::Cognito::UserPool" => format!("{}_{}", identity.region, draw.mixed("id", 9)),
        "AWS::SSM::Parameter" => {
            let kept = given(birth, "Name");
            kept.unwrap_or_else(|| format!("CFN-{}-{}", birth.logical_id, draw.mixed("name", 12)))
        }
        _ => return None,
    })
}

/// What stands before servers, and the servers' groups.
fn balancers(birth: &Birth<'_>, draw: &Draw<'_>) -> Option<String> {
    let identity = birth.identity;
    Some(match birth.resource_type {
        "AWS::ElasticLoadBalancingV2::LoadBalancer" => {
            let kind = match given(birth, "Type").as_deref() {
                Some("network") => "net",
                Some("gateway") => "gwy",
                _ => "app",
            };
            let name = given_or_name(birth, "Name");
            arn(birth.resource_type, &format!("{kind}/{name}/{}", draw.hexadecimal("id", 16)), identity)
        }
        "AWS::ElasticLoadBalancingV2::TargetGroup" => {
            let name = given_or_name(birth, "Name");
            arn(birth.resource_type, &format!("targetgroup/{name}/{}", draw.hexadecimal("id", 16)), identity)
        }
        "AWS::ElasticLoadBalancingV2::Listener" => {
            let balancer = given(birth, "LoadBalancerArn")?;
            let id = draw.hexadecimal("id", 16);
            format!("{}/{id}", balancer.replacen(":loadbalancer/", ":listener/", 1))
        }
        "AWS::ElasticLoadBalancingV2::ListenerRule" => {
            let listener = given(birth, "ListenerArn")?;
            let id = draw.hexadecimal("id", 16);
            format!("{}/{id}", listener.replacen(":listener/", ":listener-rule/", 1))
        }
        "AWS::Route53::RecordSet" => given(birth, "Name")?,
        "AWS::Route53::HostedZone" => format!("Z{}", draw.upper("id", 19)),
        "AWS::CertificateManager::Certificate" => arn(birth.resource_type, &draw.uuid("id"), identity),
        "AWS::CloudFront::Distribution" => format!("E{}", draw.upper("id", 13)),
        "AWS::AutoScaling::ScalingPolicy" => {
            let group = given(birth, "AutoScalingGroupName")?;
            let policy = given_or_name(birth, "PolicyName");
            let id = draw.uuid("id");
            arn(
                birth.resource_type,
                &format!("{id}:autoScalingGroupName/{group}:policyName/{policy}"),
                identity,
            )
        }
        "AWS::ECS::TaskDefinition" => {
            arn(birth.resource_type, &format!("{}:1", given_or_name(birth, "Family")), identity)
        }
        _ => return None,
    })
}

/// Networks, functions and the rest.
fn networks(birth: &Birth<'_>, draw: &Draw<'_>) -> Option<String> {
    let identity = birth.identity;
    Some(match birth.resource_type {
        "AWS::EC2::EIP" => format!("203.0.113.{}", draw.number("ip", 254)),
        "AWS::EC2::VPCGatewayAttachment" => format!("IGW|{}", given(birth, "VpcId")?),
        "AWS::EC2::Route" => {
            let target =
                given(birth, "DestinationCidrBlock").or_else(|| given(birth, "DestinationIpv6CidrBlock"));
            format!("{}|{}", given(birth, "RouteTableId")?, target.unwrap_or_default())
        }
        "AWS::ApiGateway::RestApi" => draw.lower("id", 10),
        "AWS::IAM::ManagedPolicy" => {
            arn(birth.resource_type, &given_or_name(birth, "ManagedPolicyName"), identity)
        }
        "AWS::IAM::AccessKey" => format!("AKIA{}", draw.upper("id", 16)),
        "AWS::EC2::KeyPair" => given_or_name(birth, "KeyName"),
        "AWS::Lambda::LayerVersion" => {
            arn(birth.resource_type, &format!("{}:1", given_or_name(birth, "LayerName")), identity)
        }
        "AWS::Lambda::Version" => {
            let function = given(birth, "FunctionName")?;
            let function = function.rsplit(':').next().unwrap_or_default();
            arn(birth.resource_type, &format!("{function}:1"), identity)
        }
        "AWS::CloudFormation::WaitConditionHandle" => format!(
            "https://cloudformation-waitcondition-{region}.s3.{region}.amazonaws.com/{}/{}?token={}",
            identity.stack_id.replace(':', "%3A"),
            birth.logical_id,
            draw.mixed("token", 32),
            region = identity.region
        ),
        "AWS::CloudFormation::WaitCondition" => {
            let handle = given(birth, "Handle")?;
            let place = handle.split('?').next()?.splitn(4, '/').nth(3)?;
            place.replace("%3A", ":")
        }
        _ => return None,
    })
}

/// One path of the primary identifier.
fn single(birth: &Birth<'_>, published: &ResourceType, path: &str, draw: &Draw<'_>) -> String {
    if let Some(given) = birth.properties.pointer(&format!("/{path}")).and_then(plain_text) {
        return given;
    }
    let last = path.rsplit('/').next().unwrap_or(path);
    if last.ends_with("Arn") || last.ends_with("ARN") {
        let named = name_property(published).and_then(|property| given(birth, &property));
        return arn(birth.resource_type, &named.unwrap_or_else(|| name(birth)), birth.identity);
    }
    let set_by_service = published.is_read_only(path);
    if set_by_service && last.ends_with("Id") && last != "Id" {
        return draw.lower(path, 10);
    }
    name(birth)
}

/// The property that names a thing of this type.
fn name_property(published: &ResourceType) -> Option<String> {
    let short = published.name.rsplit("::").next().unwrap_or_default();
    let candidates = [format!("{short}Name"), "Name".to_owned()];
    let writable = |name: &String| published.properties.contains_key(name) && !published.is_read_only(name);
    candidates.into_iter().find(writable)
}

fn given(birth: &Birth<'_>, property: &str) -> Option<String> {
    birth.properties.get(property).and_then(plain_text).filter(|text| !text.is_empty())
}

fn given_or_name(birth: &Birth<'_>, property: &str) -> String {
    given(birth, property).unwrap_or_else(|| name(birth))
}

/// `<stack>-<logical id>-<twelve letters and digits>`, within the type's limits.
fn name(birth: &Birth<'_>) -> String {
    let draw = Draw { seed: birth.seed };
    let rule = NAMES.iter().find(|(known, ..)| *known == birth.resource_type);
    let (limit, small) = rule.map_or((255, false), |(_, limit, small)| (*limit, *small));
    let tail = if small { draw.lower("name", 12) } else { draw.mixed("name", 12) };
    let room = limit.saturating_sub(tail.len() + 2);
    let (stack, logical) = (birth.identity.stack_name.as_str(), birth.logical_id);
    let logical: String = logical.chars().take(room.saturating_sub(stack.len().min(room / 2))).collect();
    let stack: String = stack.chars().take(room.saturating_sub(logical.len())).collect();
    let name = format!("{stack}-{logical}-{tail}");
    let fifo = matches!(
        birth.properties.get("FifoTopic").or_else(|| birth.properties.get("FifoQueue")),
        Some(Value::Bool(true))
    );
    let name = if fifo { format!("{name}.fifo") } else { name };
    if small { name.to_lowercase() } else { name }
}

/// The name that a template gives a resource itself, when it does: nobody else can take it meanwhile.
pub fn custom_name(resource_type: &str, properties: &Value) -> Option<String> {
    let published = registry::find(resource_type)?;
    let path = match published.primary_identifier.as_slice() {
        [only] if !published.is_read_only(only) => only.clone(),
        [only] if only.ends_with("Arn") || only == "QueueUrl" => name_property(&published)?,
        _ => return None,
    };
    let short = published.name.rsplit("::").next().unwrap_or_default();
    let naming = path.ends_with("Name") || path.ends_with("Identifier") || path == format!("{short}Id");
    if !naming || !published.is_create_only(&path) {
        return None;
    }
    properties.pointer(&format!("/{path}")).and_then(plain_text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::resources::examples::{fits, of_thing};
    use serde_json::json;

    fn check(resource_type: &str, properties: Value, expected: &str) {
        let found = of_thing(resource_type, &properties, physical_id);
        assert!(fits(&found, expected), "{resource_type}: {found}, expected {expected}");
    }

    #[test]
    fn identifiers_have_each_types_form() {
        check("AWS::S3::Bucket", json!({"BucketName": "b"}), "b");
        check("AWS::S3::Bucket", json!({}), "shop-thing-*");
        check("AWS::SNS::Topic", json!({"TopicName": "t"}), "arn:aws:sns:eu-west-1:123456789012:t");
        check("AWS::SNS::Topic", json!({}), "arn:aws:sns:eu-west-1:123456789012:Shop-Thing-*");
        check("AWS::SQS::Queue", json!({}), "https://sqs.eu-west-1.amazonaws.com/123456789012/Shop-Thing-*");
        check("AWS::SSM::Parameter", json!({}), "CFN-Thing-*");
        check("AWS::EC2::VPC", json!({}), "vpc-*");
        check("AWS::IAM::Role", json!({}), "Shop-Thing-*");
        check("AWS::IAM::Policy", json!({}), "Shop-Thing-*");
        check("AWS::RDS::DBInstance", json!({}), "shop-thing-*");
        check("AWS::Lambda::Function", json!({"FunctionName": "f"}), "f");
        check("Custom::Thing", json!({}), "Shop-Thing-*");
        let handle = "https://x.amazonaws.com/arn%3Aaws%3Acloudformation%3Ar%3A1%3Astack/s/1/Handle?token=t";
        let condition = "arn:aws:cloudformation:r:1:stack/s/1/Handle";
        check("AWS::CloudFormation::WaitCondition", json!({"Handle": handle}), condition);
        let secret = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:s-AbCdEf";
        check("AWS::SecretsManager::SecretTargetAttachment", json!({"SecretId": secret}), secret);
        let provider = "arn:aws:iam::123456789012:oidc-provider/id.example.com/a";
        check("AWS::IAM::OIDCProvider", json!({"Url": "https://id.example.com/a"}), provider);
        let packages = json!({"DomainName": "d", "RepositoryName": "r"});
        let repository = "arn:aws:codeartifact:eu-west-1:123456789012:repository/d/r";
        check("AWS::CodeArtifact::Repository", packages, repository);
        check("AWS::ECS::Cluster", json!({}), "Shop-Thing-*");
        check("AWS::Events::Rule", json!({"Name": "r"}), "r");
    }

    #[test]
    fn custom_names_are_recognised() {
        for (kind, properties, expected) in [
            ("AWS::S3::Bucket", json!({"BucketName": "b"}), Some("b")),
            ("AWS::S3::Bucket", json!({}), None),
            ("AWS::SNS::Topic", json!({"TopicName": "t"}), Some("t")),
            ("AWS::SSM::Parameter", json!({"Name": "/p"}), Some("/p")),
            ("AWS::EC2::VPC", json!({"CidrBlock": "10.0.0.0/16"}), None),
            ("AWS::RDS::DBInstance", json!({"DBInstanceIdentifier": "d"}), Some("d")),
        ] {
            assert_eq!(custom_name(kind, &properties).as_deref(), expected, "{kind}");
        }
    }
}
