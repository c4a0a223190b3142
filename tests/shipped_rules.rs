//! Each rule of `policies/` finds what it is for, and lets pass what it asks for.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::support::Workplace;

/// A rule, a type, and the rest of a resource: first as it breaks the rule, then as the rule asks for it.
const CASES: [(&str, &str, &str, &str); 34] = [
    (
        "policy_not_boundless",
        "AWS::IAM::ManagedPolicy",
        r#"Properties: {PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "*", Resource: "*"}]}}"#,
        r#"Properties: {PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "sqs:*", Resource: "*"}]}}"#,
    ),
    (
        "role_not_boundless",
        "AWS::IAM::Role",
        r#"Properties: {AssumeRolePolicyDocument: {}, Policies: [{PolicyName: p, PolicyDocument: {Statement: [{Effect: Allow, Action: ["*"], Resource: ["*"]}]}}]}"#,
        r#"Properties: {AssumeRolePolicyDocument: {}, Policies: [{PolicyName: p, PolicyDocument: {Statement: [{Effect: Deny, Action: ["*"], Resource: ["*"]}]}}]}"#,
    ),
    (
        "role_not_administrator",
        "AWS::IAM::Role",
        "Properties: {AssumeRolePolicyDocument: {}, ManagedPolicyArns: [!Sub 'arn:${AWS::Partition}:iam::aws:policy/AdministratorAccess']}",
        "Properties: {AssumeRolePolicyDocument: {}, ManagedPolicyArns: [!Sub 'arn:${AWS::Partition}:iam::aws:policy/ReadOnlyAccess']}",
    ),
    (
        "database_encrypted",
        "AWS::RDS::DBInstance",
        "Properties: {PubliclyAccessible: false}",
        "Properties: {StorageEncrypted: true}",
    ),
    (
        "cluster_encrypted",
        "AWS::RDS::DBCluster",
        "Properties: {StorageEncrypted: false}",
        "Properties: {StorageEncrypted: true}",
    ),
    (
        "file_system_encrypted",
        "AWS::EFS::FileSystem",
        "Properties: {Encrypted: false}",
        "Properties: {Encrypted: true}",
    ),
    (
        "bucket_encrypted",
        "AWS::S3::Bucket",
        "Properties: {BucketName: a}",
        "Properties: {BucketEncryption: {ServerSideEncryptionConfiguration: []}}",
    ),
    (
        "table_encrypted",
        "AWS::DynamoDB::Table",
        "Properties: {KeySchema: []}",
        "Properties: {SSESpecification: {SSEEnabled: true}}",
    ),
    (
        "queue_encrypted",
        "AWS::SQS::Queue",
        "Properties: {DelaySeconds: 1}",
        "Properties: {SqsManagedSseEnabled: true}",
    ),
    (
        "topic_encrypted",
        "AWS::SNS::Topic",
        "Properties: {DisplayName: a}",
        "Properties: {KmsMasterKeyId: !Ref AWS::StackName}",
    ),
    (
        "cache_encrypted",
        "AWS::ElastiCache::ReplicationGroup",
        "Properties: {AtRestEncryptionEnabled: true}",
        "Properties: {AtRestEncryptionEnabled: true, TransitEncryptionEnabled: true}",
    ),
    (
        "search_encrypted",
        "AWS::OpenSearchService::Domain",
        "Properties: {EncryptionAtRestOptions: {Enabled: true}, NodeToNodeEncryptionOptions: {Enabled: true}}",
        "Properties: {EncryptionAtRestOptions: {Enabled: true}, NodeToNodeEncryptionOptions: {Enabled: true}, DomainEndpointOptions: {EnforceHTTPS: true}}",
    ),
    (
        "stream_encrypted",
        "AWS::Kinesis::Stream",
        "Properties: {ShardCount: 1}",
        "Properties: {StreamEncryption: {EncryptionType: KMS, KeyId: alias/aws/kinesis}}",
    ),
    (
        "delivery_encrypted",
        "AWS::KinesisFirehose::DeliveryStream",
        "Properties: {DeliveryStreamType: DirectPut}",
        "Properties: {DeliveryStreamEncryptionConfigurationInput: {KeyType: AWS_OWNED_CMK}}",
    ),
    ("volume_encrypted", "AWS::EC2::Volume", "Properties: {Size: 1}", "Properties: {Encrypted: true}"),
    (
        "logs_kept_for_a_time",
        "AWS::Logs::LogGroup",
        "Properties: {LogGroupName: a}",
        "Properties: {RetentionInDays: 7}",
    ),
    (
        "database_private",
        "AWS::RDS::DBInstance",
        "Properties: {StorageEncrypted: true}",
        "Properties: {PubliclyAccessible: false}",
    ),
    (
        "bucket_private",
        "AWS::S3::Bucket",
        "Properties: {PublicAccessBlockConfiguration: {BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true}}",
        "Properties: {PublicAccessBlockConfiguration: {BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true}}",
    ),
    (
        "search_private",
        "AWS::OpenSearchService::Domain",
        "Properties: {EngineVersion: OpenSearch_2.19}",
        "Properties: {VPCOptions: {SubnetIds: []}}",
    ),
    (
        "database_backed_up",
        "AWS::RDS::DBInstance",
        "Properties: {BackupRetentionPeriod: 0}",
        "Properties: {BackupRetentionPeriod: 1}",
    ),
    (
        "cluster_backed_up",
        "AWS::RDS::DBCluster",
        "Properties: {StorageEncrypted: true}",
        "Properties: {BackupRetentionPeriod: 1}",
    ),
    (
        "table_backed_up",
        "AWS::DynamoDB::Table",
        "Properties: {PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: false}}",
        "Properties: {PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true}}",
    ),
    (
        "cache_backed_up",
        "AWS::ElastiCache::ReplicationGroup",
        "Properties: {SnapshotRetentionLimit: 0}",
        "Properties: {SnapshotRetentionLimit: 1}",
    ),
    (
        "file_system_backed_up",
        "AWS::EFS::FileSystem",
        "Properties: {BackupPolicy: {Status: DISABLED}}",
        "Properties: {BackupPolicy: {Status: ENABLED}}",
    ),
    (
        "deletion_decided",
        "AWS::Cognito::UserPool",
        "DeletionPolicy: Retain",
        "DeletionPolicy: Retain\n    UpdateReplacePolicy: Retain",
    ),
    (
        "database_deletion_decided",
        "AWS::RDS::DBInstance",
        "UpdateReplacePolicy: Snapshot",
        "DeletionPolicy: Snapshot\n    UpdateReplacePolicy: Snapshot",
    ),
    (
        "group_not_open",
        "AWS::EC2::SecurityGroup",
        "Properties: {SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 0.0.0.0/0}]}",
        "Properties: {SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 10.0.0.0/8}, {IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 0.0.0.0/0}]}",
    ),
    (
        "opening_not_open",
        "AWS::EC2::SecurityGroupIngress",
        r#"Properties: {IpProtocol: "-1", CidrIpv6: "::/0"}"#,
        r#"Properties: {IpProtocol: tcp, FromPort: 80, ToPort: 80, CidrIpv6: "::/0"}"#,
    ),
    (
        "subnet_gives_no_public_addresses",
        "AWS::EC2::Subnet",
        "Properties: {MapPublicIpOnLaunch: true}",
        "Properties: {MapPublicIpOnLaunch: false}",
    ),
    (
        "service_has_no_public_address",
        "AWS::ECS::Service",
        "Properties: {NetworkConfiguration: {AwsvpcConfiguration: {AssignPublicIp: ENABLED}}}",
        "Properties: {NetworkConfiguration: {AwsvpcConfiguration: {AssignPublicIp: DISABLED}}}",
    ),
    (
        "function_address_asks_who_calls",
        "AWS::Lambda::Url",
        "Properties: {AuthType: NONE}",
        "Properties: {AuthType: AWS_IAM}",
    ),
    (
        "listener_encrypted",
        "AWS::ElasticLoadBalancingV2::Listener",
        "Properties: {Protocol: HTTP, DefaultActions: [{Type: forward}]}",
        "Properties: {Protocol: HTTP, DefaultActions: [{Type: redirect}]}",
    ),
    (
        "launch_template_guards_credentials",
        "AWS::EC2::LaunchTemplate",
        "Properties: {LaunchTemplateData: {InstanceType: t4g.small}}",
        "Properties: {LaunchTemplateData: {MetadataOptions: {HttpTokens: required}}}",
    ),
    (
        "server_guards_credentials",
        "AWS::EC2::Instance",
        "Properties: {MetadataOptions: {HttpTokens: optional}}",
        "Properties: {MetadataOptions: {HttpTokens: required}}",
    ),
];

#[test]
fn every_shipped_rule_is_in_the_table() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    let mut written = BTreeSet::new();
    for entry in fs::read_dir(folder).expect("the rules are there") {
        let text = fs::read_to_string(entry.expect("an entry can be read").path()).expect("rules are text");
        let rules = text.lines().filter_map(|line| line.strip_prefix("rule ")?.split(' ').next());
        written.extend(rules.map(str::to_owned));
    }
    let tried: BTreeSet<String> = CASES.iter().map(|(rule, ..)| (*rule).to_owned()).collect();
    assert_eq!(written, tried);
}

#[test]
fn every_shipped_rule_finds_what_it_is_for() {
    let found = broken_rules("rules-broken", |(_, kind, breaking, _)| body(kind, breaking));
    for (rule, ..) in CASES {
        assert!(found.contains(&told(rule)), "`{rule}` finds nothing: {found:#?}");
    }
}

#[test]
fn every_shipped_rule_lets_pass_what_it_asks_for() {
    let found = broken_rules("rules-kept", |(_, kind, _, keeping)| body(kind, keeping));
    for (rule, ..) in CASES {
        assert!(!found.contains(&told(rule)), "`{rule}` finds something: {found:#?}");
    }
}

/// The file of a rule's template, and the rule.
fn told(rule: &str) -> (String, String) {
    (format!("templates/app/{rule}.yaml"), rule.to_owned())
}

fn body(kind: &str, rest: &str) -> String {
    format!("Resources:\n  One:\n    Type: {kind}\n    {rest}\n")
}

/// Which rules are told for which templates, when each rule has a stack of its own.
fn broken_rules(
    name: &str,
    write: impl Fn((&str, &str, &str, &str)) -> String,
) -> BTreeSet<(String, String)> {
    let place = Workplace::shipped(name);
    for folder in ["templates", "environments"] {
        fs::remove_dir_all(place.root.join(folder)).expect("the systems can be taken away");
    }
    let account = "blueprint: app\naccounts: {workload: \"111122223333\"}\n";
    place.write("environments/app/dev.yaml", account);
    let mut blueprint = "description: rules\naccounts: [workload]\nstacks:\n".to_owned();
    for case in CASES {
        let file = case.0;
        blueprint += &format!("  {}: {{template: {file}.yaml}}\n", file.replace('_', "-"));
        place.write(&format!("templates/app/{file}.yaml"), &write(case));
    }
    place.write("templates/app/blueprint.yaml", &blueprint);
    let checked = place.run(&["check", "--output", "json"]);
    let findings = checked.output.lines().filter_map(|line| {
        let finding: serde_json::Value = serde_json::from_str(line).expect("a line is an object");
        let rule = finding["message"].as_str()?.strip_prefix('`')?.split('`').next()?.to_owned();
        let file = finding["place"]["file"].as_str()?.to_owned();
        (finding["code"] == "FW0501").then_some((file, rule))
    });
    findings.collect()
}
