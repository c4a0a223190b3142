//! EC2: networks and what belongs to them, as they are declared. XML, so that everything is a list of `item`.

use super::super::refusal::Refusal;
use super::held::Held;
use super::{Asked, ec2_networks};
use serde_json::{Value, json};

/// How a type is asked for: operation, type, name of the list of ids in the request, filter for the id, name of the list
/// in the answer, code of the refusal, and how a row is written.
struct Kind {
    operation: &'static str,
    resource_type: &'static str,
    ids: &'static str,
    filter: &'static str,
    answer: &'static str,
    missing: &'static str,
    row: fn(&Asked<'_>, &Held<'_>) -> Value,
    /// What every network has of the type from its beginning: the attribute that names it, and its row.
    born: Option<Born>,
}

type Born = (&'static str, fn(&Held<'_>) -> Value);

const KINDS: &[Kind] = &[
    Kind {
        operation: "DescribeVpcs",
        resource_type: "AWS::EC2::VPC",
        ids: "VpcId",
        filter: "vpc-id",
        answer: "vpcSet",
        missing: "InvalidVpcID.NotFound",
        row: ec2_networks::vpc,
        born: None,
    },
    Kind {
        operation: "DescribeSubnets",
        resource_type: "AWS::EC2::Subnet",
        ids: "SubnetId",
        filter: "subnet-id",
        answer: "subnetSet",
        missing: "InvalidSubnetID.NotFound",
        row: ec2_networks::subnet,
        born: None,
    },
    Kind {
        operation: "DescribeSecurityGroups",
        resource_type: "AWS::EC2::SecurityGroup",
        ids: "GroupId",
        filter: "group-id",
        answer: "securityGroupInfo",
        missing: "InvalidGroup.NotFound",
        row: ec2_networks::security_group,
        born: Some(("DefaultSecurityGroup", ec2_networks::default_group)),
    },
    Kind {
        operation: "DescribeRouteTables",
        resource_type: "AWS::EC2::RouteTable",
        ids: "RouteTableId",
        filter: "route-table-id",
        answer: "routeTableSet",
        missing: "InvalidRouteTableID.NotFound",
        row: ec2_networks::route_table,
        born: None,
    },
    Kind {
        operation: "DescribeNetworkAcls",
        resource_type: "AWS::EC2::NetworkAcl",
        ids: "NetworkAclId",
        filter: "network-acl-id",
        answer: "networkAclSet",
        missing: "InvalidNetworkAclID.NotFound",
        row: ec2_networks::network_acl,
        born: Some(("DefaultNetworkAcl", ec2_networks::default_acl)),
    },
    Kind {
        operation: "DescribeDhcpOptions",
        resource_type: "AWS::EC2::DHCPOptions",
        ids: "DhcpOptionsId",
        filter: "dhcp-options-id",
        answer: "dhcpOptionsSet",
        missing: "InvalidDhcpOptionID.NotFound",
        row: ec2_networks::dhcp_options,
        born: None,
    },
    Kind {
        operation: "DescribeInternetGateways",
        resource_type: "AWS::EC2::InternetGateway",
        ids: "InternetGatewayId",
        filter: "internet-gateway-id",
        answer: "internetGatewaySet",
        missing: "InvalidInternetGatewayID.NotFound",
        row: ec2_networks::internet_gateway,
        born: None,
    },
    Kind {
        operation: "DescribeManagedPrefixLists",
        resource_type: "AWS::EC2::PrefixList",
        ids: "PrefixListId",
        filter: "prefix-list-id",
        answer: "prefixListSet",
        missing: "InvalidPrefixListID.NotFound",
        row: ec2_networks::prefix_list,
        born: None,
    },
    Kind {
        operation: "DescribeKeyPairs",
        resource_type: "AWS::EC2::KeyPair",
        ids: "KeyName",
        filter: "key-name",
        answer: "keySet",
        missing: "InvalidKeyPair.NotFound",
        row: ec2_networks::key_pair,
        born: None,
    },
    Kind {
        operation: "DescribeInstances",
        resource_type: "AWS::EC2::Instance",
        ids: "InstanceId",
        filter: "instance-id",
        answer: "reservationSet",
        missing: "InvalidInstanceID.NotFound",
        row: ec2_networks::reservation,
        born: None,
    },
];

/// Answers a question.
pub(super) fn answer(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let kind =
        KINDS.iter().find(|kind| kind.operation == asked.operation).ok_or_else(|| asked.not_simulated())?;
    let all = asked.all(kind.resource_type);
    let born: Vec<(String, Value)> = match kind.born {
        Some((name, row)) => {
            asked.all("AWS::EC2::VPC").iter().map(|vpc| (vpc.attribute(name), row(vpc))).collect()
        }
        None => Vec::new(),
    };
    let ids = asked.texts(kind.ids);
    let exists = |id: &str| all.iter().any(|held| held.id() == id) || born.iter().any(|(own, _)| own == id);
    if let Some(unknown) = ids.iter().flatten().find(|id| !exists(id)) {
        let text =
            format!("The {} '{unknown}' does not exist", kind.filter.replace('-', " ").replace("id", "ID"));
        return Err(Refusal::new(400, kind.missing, text));
    }
    let wanted = |held: &Held<'_>| ids.as_ref().is_none_or(|ids| ids.contains(&held.id()));
    let filters = asked.input.get("Filter").and_then(Value::as_array).cloned().unwrap_or_default();
    let found =
        all.iter().filter(|held| wanted(held) && filters.iter().all(|filter| passes(kind, held, filter)));
    let mut rows: Vec<Value> = found.map(|held| (kind.row)(asked, held)).collect();
    let named = |id: &String| ids.as_ref().is_none_or(|ids| ids.contains(&id.as_str()));
    rows.extend(born.into_iter().filter(|(id, _)| filters.is_empty() && named(id)).map(|(_, row)| row));
    Ok(json!({kind.answer: rows}))
}

/// Whether a resource passes a filter; filters that are not simulated let everything pass.
fn passes(kind: &Kind, held: &Held<'_>, filter: &Value) -> bool {
    let name = filter.get("Name").and_then(Value::as_str).unwrap_or_default();
    let values: Vec<&str> = filter
        .get("Value")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let is = |text: Option<String>| text.is_some_and(|text| values.contains(&text.as_str()));
    match name {
        name if name == kind.filter => values.contains(&held.id()),
        "vpc-id" => is(held.text("VpcId")),
        "cidr" | "cidr-block" => is(held.text("CidrBlock")),
        "group-name" => is(held.text("GroupName")),
        "tag-key" => held.all_tags().iter().any(|(key, _)| values.contains(&key.as_str())),
        name => match name.strip_prefix("tag:") {
            Some(key) => {
                held.all_tags().iter().any(|(own, value)| own == key && values.contains(&value.as_str()))
            }
            None => true,
        },
    }
}
