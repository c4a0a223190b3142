//! What `Fn::GetAtt` reads of a resource beyond its properties, in each attribute's form.
//!
//! Which attributes a type has, its published schema says; what they look like follows from their names. The values
//! are the simulation's own, but of the right kind.

use serde_json::{Map, Value};

use super::arn::{arn, service};
use super::draw::Draw;
use super::instance::Birth;
use crate::registry::{self, Shape};
use crate::sandbox::language::{plain_text, url_suffix};

/// The attributes of a new resource that the service sets, and the name it chose or was given: a given property wins
/// as long as it is given.
pub fn attributes(birth: &Birth<'_>, physical_id: &str) -> Map<String, Value> {
    let mut found = Map::new();
    let Some(published) = registry::find(birth.resource_type) else { return found };
    let writer = Writer { birth, physical_id, draw: Draw { seed: birth.seed } };
    for name in published.attributes() {
        let path = name.replace('.', "/");
        let named = !name.ends_with("Arn") || physical_id.starts_with("arn:");
        let identifies = published.primary_identifier == [path.clone()] && named;
        let shape = published.shape(&path).cloned().unwrap_or_default();
        let value = match shape {
            _ if identifies => physical_id.into(),
            Shape::Object(_) | Shape::Map(_) => continue,
            _ if !published.is_read_only(&path) => match writer.chosen(&name) {
                Some(chosen) => chosen.into(),
                None => continue,
            },
            Shape::Boolean => Value::Bool(false),
            Shape::List(item) => writer.list(&name, published.resolve(&item)),
            _ => writer.text(&name).into(),
        };
        found.insert(name, value);
    }
    found
}

struct Writer<'a> {
    birth: &'a Birth<'a>,
    physical_id: &'a str,
    draw: Draw<'a>,
}

impl Writer<'_> {
    /// The name that the service chose, for the property that holds it.
    fn chosen(&self, name: &str) -> Option<&str> {
        let short = self.birth.resource_type.rsplit("::").next().unwrap_or_default();
        (name == "Name" || name.strip_suffix("Name") == Some(short)).then(|| self.name())
    }

    /// The name inside the physical identifier.
    fn name(&self) -> &str {
        match self.birth.resource_type {
            "AWS::ElasticLoadBalancingV2::LoadBalancer" | "AWS::ElasticLoadBalancingV2::TargetGroup" => {
                self.physical_id.rsplit('/').nth(1).unwrap_or(self.physical_id)
            }
            _ if self.physical_id.starts_with("arn:") || self.physical_id.starts_with("https:") => {
                self.physical_id.rsplit([':', '/']).next().unwrap_or(self.physical_id)
            }
            _ => self.physical_id,
        }
    }

    fn list(&self, name: &str, item: &Shape) -> Value {
        if !matches!(item, Shape::String | Shape::Any) {
            return Value::Array(Vec::new());
        }
        match name {
            "NameServers" => {
                (0..4).map(|number| Value::from(format!("ns-{number}.awsdns-0{number}.org"))).collect()
            }
            "Ipv6CidrBlocks" => Value::Array(Vec::new()),
            _ => Value::from(vec![self.text(name.trim_end_matches('s'))]),
        }
    }

    fn text(&self, name: &str) -> String {
        let last = name.rsplit('.').next().unwrap_or(name);
        self.of_store(name).or_else(|| self.of_server(name)).unwrap_or_else(|| self.by_form(name, last))
    }

    /// Stores and databases: attributes that follow a rule of their own.
    fn of_store(&self, name: &str) -> Option<String> {
        let (identity, id) = (self.birth.identity, self.physical_id);
        let (region, suffix) = (identity.region.as_str(), url_suffix(&identity.partition));
        let place = self.draw.lower("place", 12);
        Some(match (self.birth.resource_type, name) {
            ("AWS::S3::Bucket", "DomainName") => format!("{id}.s3.{suffix}"),
            ("AWS::S3::Bucket", "RegionalDomainName") => format!("{id}.s3.{region}.{suffix}"),
            ("AWS::S3::Bucket", "DualStackDomainName") => format!("{id}.s3.dualstack.{region}.{suffix}"),
            ("AWS::S3::Bucket", "WebsiteURL") => format!("http://{id}.s3-website-{region}.{suffix}"),
            ("AWS::DynamoDB::Table" | "AWS::DynamoDB::GlobalTable", "StreamArn") => {
                format!("{}/stream/2026-01-01T00:00:00.000", arn(self.birth.resource_type, id, identity))
            }
            ("AWS::SQS::Queue", "Arn") => arn(self.birth.resource_type, self.name(), identity),
            ("AWS::RDS::DBInstance" | "AWS::RDS::DBCluster", "Endpoint.Port") => self.database_port(),
            ("AWS::RDS::DBInstance", "Endpoint.Address") => format!("{id}.{place}.{region}.rds.{suffix}"),
            ("AWS::RDS::DBCluster", "Endpoint.Address") => {
                format!("{id}.cluster-{place}.{region}.rds.{suffix}")
            }
            ("AWS::RDS::DBCluster", "ReadEndpoint.Address") => {
                format!("{id}.cluster-ro-{place}.{region}.rds.{suffix}")
            }
            (_, "MasterUserSecret.SecretArn") => {
                let name = format!("rds!db-{}-{}", self.draw.uuid("secret"), self.draw.mixed("secret", 6));
                arn("AWS::SecretsManager::Secret", &name, identity)
            }
            ("AWS::ElastiCache::ReplicationGroup", "PrimaryEndPoint.Address") => {
                format!("master.{id}.{}.cache.{suffix}", &place[..6])
            }
            ("AWS::ElastiCache::ReplicationGroup", "ReaderEndPoint.Address" | "ReadEndPoint.Addresses") => {
                format!("replica.{id}.{}.cache.{suffix}", &place[..6])
            }
            ("AWS::ElastiCache::ReplicationGroup", "ConfigurationEndPoint.Address") => {
                format!("clustercfg.{id}.{}.cache.{suffix}", &place[..6])
            }
            ("AWS::ECR::Repository", "RepositoryUri") => {
                format!("{}.dkr.ecr.{region}.{suffix}/{id}", identity.account)
            }
            _ => return None,
        })
    }

    /// All others that follow a rule of their own.
    fn of_server(&self, name: &str) -> Option<String> {
        let (identity, id) = (self.birth.identity, self.physical_id);
        let (region, suffix) = (identity.region.as_str(), url_suffix(&identity.partition));
        Some(match (self.birth.resource_type, name) {
            ("AWS::Events::Rule", "Arn") => arn(self.birth.resource_type, &id.replace('|', "/"), identity),
            ("AWS::AppSync::GraphQLApi", "ApiId") => id.rsplit('/').next().unwrap_or(id).to_owned(),
            // With a load balancer, which environments have unless told otherwise, its name.
            ("AWS::ElasticBeanstalk::Environment", "EndpointURL") => {
                let balancer =
                    format!("awseb-{}-{}", self.draw.lower("stack", 9), self.draw.digits("dns", 9));
                format!("{balancer}.{region}.elb.{suffix}")
            }
            ("AWS::ElasticLoadBalancingV2::LoadBalancer", "LoadBalancerFullName") => {
                id.split_once(":loadbalancer/").map_or(id, |(_, rest)| rest).to_owned()
            }
            ("AWS::ElasticLoadBalancingV2::LoadBalancer", "DNSName") => {
                format!("{}-{}.{region}.elb.{suffix}", self.name(), self.draw.digits("dns", 9))
            }
            ("AWS::ElasticLoadBalancingV2::TargetGroup", "TargetGroupFullName") => {
                let parts: Vec<&str> = id.rsplitn(4, ['/', ':']).collect();
                parts.iter().take(3).rev().copied().collect::<Vec<_>>().join("/")
            }
            ("AWS::EC2::SecurityGroup", "GroupId" | "Id") => id.to_owned(),
            ("AWS::EC2::VPC", "DefaultSecurityGroup") => format!("sg-{}", self.draw.hexadecimal(name, 17)),
            ("AWS::EC2::VPC", "DefaultNetworkAcl") => format!("acl-{}", self.draw.hexadecimal(name, 17)),
            ("AWS::EC2::KeyPair", "KeyPairId") => format!("key-{}", self.draw.hexadecimal(name, 17)),
            ("AWS::EC2::KeyPair", "KeyFingerprint") => {
                let digits = self.draw.hexadecimal(name, 40);
                digits
                    .as_bytes()
                    .chunks(2)
                    .map(|pair| String::from_utf8_lossy(pair))
                    .collect::<Vec<_>>()
                    .join(":")
            }
            ("AWS::EC2::EIP", "AllocationId") => format!("eipalloc-{}", self.draw.hexadecimal(name, 17)),
            ("AWS::EC2::EIP", "PublicIp") => id.to_owned(),
            ("AWS::EC2::LaunchTemplate", "LatestVersionNumber" | "DefaultVersionNumber") => "1".into(),
            ("AWS::CloudFront::Distribution", "DomainName") => {
                format!("d{}.cloudfront.net", self.draw.lower(name, 13))
            }
            ("AWS::KMS::Key", "Arn") => arn(self.birth.resource_type, id, identity),
            ("AWS::AutoScaling::AutoScalingGroup", "AutoScalingGroupARN") => {
                let inner = format!("{}:autoScalingGroupName/{id}", self.draw.uuid(name));
                arn(self.birth.resource_type, &inner, identity)
            }
            ("AWS::Lambda::Version", "Version") => "1".into(),
            ("AWS::IAM::Role", "RoleId") => format!("AROA{}", self.draw.upper(name, 17)),
            ("AWS::Cognito::UserPool", "ProviderName") => format!("cognito-idp.{region}.{suffix}/{id}"),
            ("AWS::Cognito::UserPool", "ProviderURL") => {
                format!("https://cognito-idp.{region}.{suffix}/{id}")
            }
            _ => return None,
        })
    }

    fn database_port(&self) -> String {
        if let Some(given) = self.birth.properties.get("Port").and_then(plain_text) {
            return given;
        }
        let engine = self.birth.properties.get("Engine").and_then(plain_text).unwrap_or_default();
        let port = match engine.as_str() {
            engine if engine.contains("postgres") => 5432,
            engine if engine.starts_with("oracle") => 1521,
            engine if engine.starts_with("sqlserver") => 1433,
            engine if engine.starts_with("docdb") => 27017,
            _ => 3306,
        };
        port.to_string()
    }

    /// What the end of the name promises.
    fn by_form(&self, name: &str, last: &str) -> String {
        let kind = self.birth.resource_type;
        let identity = self.birth.identity;
        let service_name = service(kind.split("::").nth(1).unwrap_or_default());
        let short = kind.rsplit("::").next().unwrap_or_default();
        let suffix = url_suffix(&identity.partition);
        let ends = |endings: &[&str]| endings.iter().any(|ending| last.ends_with(ending));
        if ends(&["Arn", "ARN"]) {
            if self.physical_id.starts_with("arn:") {
                return self.physical_id.to_owned();
            }
            return arn(kind, self.name(), identity);
        }
        if last == "Name" || last.strip_suffix("Name") == Some(short) {
            return self.name().to_owned();
        }
        if last.strip_suffix("Id") == Some(short) {
            return self.physical_id.to_owned();
        }
        if ends(&["HostedZoneID", "HostedZoneId"]) {
            return format!("Z{}", self.draw.upper(name, 13));
        }
        if ends(&["Port"]) {
            let redis = kind.starts_with("AWS::ElastiCache");
            let given = self.birth.properties.get("Port").and_then(plain_text);
            return given.unwrap_or_else(|| if redis { "6379" } else { "443" }.into());
        }
        if ends(&["Ip", "IpAddress"]) {
            return format!("10.0.{}.{}", self.draw.number(name, 250), 1 + self.draw.number(last, 250));
        }
        if ends(&["Url", "URL", "Uri", "URI"]) {
            return format!(
                "https://{}.{service_name}.{}.{suffix}",
                self.draw.lower(name, 10),
                identity.region
            );
        }
        if ends(&["Address", "DNSName", "DnsName", "DomainName", "Endpoint", "EndPoint"]) {
            let place = self.draw.lower("place", 12);
            return format!(
                "{}.{place}.{}.{service_name}.{suffix}",
                self.name().to_lowercase(),
                identity.region
            );
        }
        if ends(&["Date", "Time", "Timestamp", "At", "CreatedOn"]) {
            return "2026-01-01T00:00:00.000Z".into();
        }
        if ends(&["Status", "State"]) {
            return "ACTIVE".into();
        }
        if ends(&["Count", "Number", "Version"]) {
            return "1".into();
        }
        match last {
            "VpcId" => format!("vpc-{}", self.draw.hexadecimal(name, 17)),
            "Id" => self.physical_id.to_owned(),
            _ if ends(&["Id"]) => self.draw.lower(name, 10),
            _ => format!("{}-{}", self.birth.logical_id, self.draw.lower(name, 8)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::instance::create;
    use super::*;
    use crate::sandbox::resources::examples::{fits, of_thing};
    use serde_json::json;

    fn check(resource_type: &str, properties: Value, name: &str, expected: &str) {
        let instance = of_thing(resource_type, &properties, create);
        let found = instance.attribute(name).as_ref().and_then(plain_text).unwrap_or_default();
        assert!(fits(&found, expected), "{resource_type} {name}: {found}, expected {expected}");
    }

    #[test]
    fn attributes_have_their_form() {
        check(
            "AWS::SNS::Topic",
            json!({"TopicName": "t"}),
            "TopicArn",
            "arn:aws:sns:eu-west-1:123456789012:t",
        );
        check("AWS::SNS::Topic", json!({}), "TopicName", "Shop-Thing-*");
        check("AWS::SNS::Topic", json!({"DisplayName": "d"}), "DisplayName", "d");
        check("AWS::SSM::Parameter", json!({"Value": 3, "Type": "String"}), "Value", "3");
        check("AWS::SQS::Queue", json!({"QueueName": "q"}), "Arn", "arn:aws:sqs:eu-west-1:123456789012:q");
        check(
            "AWS::S3::Bucket",
            json!({"BucketName": "b"}),
            "RegionalDomainName",
            "b.s3.eu-west-1.amazonaws.com",
        );
        check("AWS::IAM::Role", json!({"RoleName": "r"}), "Arn", "arn:aws:iam::123456789012:role/r");
        check(
            "AWS::DynamoDB::Table",
            json!({"TableName": "t", "StreamSpecification": {"StreamViewType": "NEW_IMAGE"}}),
            "StreamArn",
            "arn:aws:dynamodb:eu-west-1:123456789012:table/t/stream/*",
        );
        check("AWS::RDS::DBInstance", json!({"Engine": "postgres"}), "Endpoint.Port", "5432");
        check(
            "AWS::RDS::DBInstance",
            json!({}),
            "Endpoint.Address",
            "shop-thing-*.eu-west-1.rds.amazonaws.com",
        );
        check("AWS::EC2::VPC", json!({"CidrBlock": "10.0.0.0/16"}), "CidrBlock", "10.0.0.0/16");
        check("AWS::EC2::SecurityGroup", json!({}), "GroupId", "sg-*");
        check("AWS::EC2::LaunchTemplate", json!({}), "LatestVersionNumber", "1");
        check(
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            json!({"Name": "lb"}),
            "LoadBalancerFullName",
            "app/lb/*",
        );
        check(
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            json!({"Name": "lb"}),
            "DNSName",
            "lb-*.eu-west-1.elb.amazonaws.com",
        );
        check(
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            json!({"Name": "tg"}),
            "TargetGroupFullName",
            "targetgroup/tg/*",
        );
        check("AWS::KMS::Key", json!({}), "Arn", "arn:aws:kms:eu-west-1:123456789012:key/*");
        check("AWS::EFS::FileSystem", json!({}), "FileSystemId", "fs-*");
        check(
            "AWS::Lambda::Function",
            json!({"FunctionName": "f"}),
            "Arn",
            "arn:aws:lambda:eu-west-1:123456789012:function:f",
        );
        check("AWS::SNS::Topic", json!({}), "Colour", "");
    }
}
