//! The rows of EC2's answers: what a network and its parts look like to EC2.

use super::Asked;
use super::held::Held;
use serde_json::{Value, json};

/// Tags as EC2 writes them.
fn tags(held: &Held<'_>) -> Value {
    held.all_tags().into_iter().map(|(key, value)| json!({"key": key, "value": value})).collect()
}

/// A network.
pub(super) fn vpc(asked: &Asked<'_>, vpc: &Held<'_>) -> Value {
    let cidr = vpc.or("CidrBlock", "");
    let options = asked.all("AWS::EC2::VPCDHCPOptionsAssociation").into_iter();
    let options = options
        .filter(|one| one.text("VpcId").as_deref() == Some(vpc.id()))
        .find_map(|one| one.text("DhcpOptionsId"));
    json!({
        "vpcId": vpc.id(),
        "ownerId": vpc.place.account,
        "state": "available",
        "cidrBlock": cidr,
        "cidrBlockAssociationSet": [{"cidrBlock": cidr, "cidrBlockState": {"state": "associated"}}],
        "dhcpOptionsId": options.unwrap_or_else(|| "default".to_owned()),
        "instanceTenancy": vpc.or("InstanceTenancy", "default"),
        "isDefault": false,
        "tagSet": tags(vpc),
    })
}

/// The network that every account begins with: things that name none lie in it.
fn default_vpc(held: &Held<'_>) -> String {
    let place = held.place;
    let digits = super::super::identifiers::digest(held.seed, &["vpc", &place.account, &place.region]);
    format!("vpc-{}", &digits[..17])
}

/// A part of a network.
pub(super) fn subnet(_: &Asked<'_>, subnet: &Held<'_>) -> Value {
    let zone = subnet.or("AvailabilityZone", &format!("{}a", subnet.place.region));
    let bits =
        subnet.or("CidrBlock", "").rsplit('/').next().and_then(|bits| bits.parse::<u32>().ok()).unwrap_or(24);
    // Five addresses of every subnet are the service's own.
    let free = 2_i64.pow(32 - bits.clamp(16, 28)) - 5;
    json!({
        "subnetId": subnet.id(),
        "subnetArn": subnet.arn("ec2", &format!("subnet/{}", subnet.id())),
        "vpcId": subnet.text("VpcId"),
        "ownerId": subnet.place.account,
        "state": "available",
        "cidrBlock": subnet.text("CidrBlock"),
        "availabilityZone": zone,
        "availableIpAddressCount": free,
        "defaultForAz": false,
        "mapPublicIpOnLaunch": subnet.flag("MapPublicIpOnLaunch").unwrap_or(false),
        "assignIpv6AddressOnCreation": subnet.flag("AssignIpv6AddressOnCreation").unwrap_or(false),
        "tagSet": tags(subnet),
    })
}

/// A security group with the rules in it and those beside it.
pub(super) fn security_group(asked: &Asked<'_>, group: &Held<'_>) -> Value {
    let rules = |inside: &str, beside: &str| -> Vec<Value> {
        let mut found = group.list(inside);
        let own =
            asked.all(beside).into_iter().filter(|rule| rule.text("GroupId").as_deref() == Some(group.id()));
        found.extend(own.map(|rule| rule.instance.properties.clone()));
        found.iter().map(|rule| permission(group, rule)).collect()
    };
    let mut egress = rules("SecurityGroupEgress", "AWS::EC2::SecurityGroupEgress");
    if group.list("SecurityGroupEgress").is_empty() {
        // Without rules of its own everything may leave.
        egress.insert(0, permission(group, &json!({"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"})));
    }
    let name = group.text("GroupName").unwrap_or_else(|| {
        let end = super::super::identifiers::digest(
            group.seed,
            &[&group.place.account, &group.place.region, group.id()],
        )[..12]
            .to_owned();
        let stack = group.stack.map_or("", |stack| &stack.name);
        format!("{stack}-{}-{end}", group.instance.logical_id)
    });
    json!({
        "groupId": group.id(),
        "groupName": name,
        "groupDescription": group.text("GroupDescription"),
        "ownerId": group.place.account,
        "vpcId": group.text("VpcId").unwrap_or_else(|| default_vpc(group)),
        "securityGroupArn": group.arn("ec2", &format!("security-group/{}", group.id())),
        "ipPermissions": rules("SecurityGroupIngress", "AWS::EC2::SecurityGroupIngress"),
        "ipPermissionsEgress": egress,
        "tagSet": tags(group),
    })
}

fn permission(group: &Held<'_>, rule: &Value) -> Value {
    let text = |name: &str| rule.get(name).and_then(super::super::language::plain_text);
    let number = |name: &str| text(name).and_then(|text| text.parse::<i64>().ok());
    let list = |entries: &[(&str, Option<String>)], known: bool| -> Value {
        if !known {
            return json!([]);
        }
        let fields = entries.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into()));
        json!([fields.collect::<serde_json::Map<_, _>>()])
    };
    let described = || ("description", text("Description"));
    let other = text("SourceSecurityGroupId").or_else(|| text("DestinationSecurityGroupId"));
    let prefix = text("SourcePrefixListId").or_else(|| text("DestinationPrefixListId"));
    let owner = text("SourceSecurityGroupOwnerId").unwrap_or_else(|| group.place.account.clone());
    json!({
        "ipProtocol": text("IpProtocol"),
        "fromPort": number("FromPort"),
        "toPort": number("ToPort"),
        "ipRanges": list(&[("cidrIp", text("CidrIp")), described()], text("CidrIp").is_some()),
        "ipv6Ranges": list(&[("cidrIpv6", text("CidrIpv6")), described()], text("CidrIpv6").is_some()),
        "prefixListIds": list(&[("prefixListId", prefix.clone()), described()], prefix.is_some()),
        "groups": list(&[("groupId", other.clone()), ("userId", Some(owner)), described()], other.is_some()),
    })
}

/// The security group that a network has from its beginning: all that is in it may reach one another.
pub(super) fn default_group(vpc: &Held<'_>) -> Value {
    let id = vpc.attribute("DefaultSecurityGroup");
    json!({
        "groupId": id,
        "groupName": "default",
        "groupDescription": "default VPC security group",
        "ownerId": vpc.place.account,
        "vpcId": vpc.id(),
        "securityGroupArn": vpc.arn("ec2", &format!("security-group/{id}")),
        "ipPermissions": [permission(vpc, &json!({"IpProtocol": "-1", "SourceSecurityGroupId": id}))],
        "ipPermissionsEgress": [permission(vpc, &json!({"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}))],
        "tagSet": [],
    })
}

/// The list of rules that a network has from its beginning: everything is let through.
pub(super) fn default_acl(vpc: &Held<'_>) -> Value {
    let entry = |egress: bool, number: i64, action: &str| {
        json!({
            "ruleNumber": number, "protocol": "-1", "ruleAction": action, "egress": egress, "cidrBlock": "0.0.0.0/0",
        })
    };
    let entries = [true, false].map(|egress| [entry(egress, 100, "allow"), entry(egress, 32767, "deny")]);
    json!({
        "networkAclId": vpc.attribute("DefaultNetworkAcl"),
        "vpcId": vpc.id(),
        "ownerId": vpc.place.account,
        "default": true,
        "entrySet": entries.concat(),
        "associationSet": [],
        "tagSet": [],
    })
}

/// A route table with its associations and routes.
pub(super) fn route_table(asked: &Asked<'_>, table: &Held<'_>) -> Value {
    let own = |one: &Held<'_>| one.text("RouteTableId").as_deref() == Some(table.id());
    let associations =
        asked.all("AWS::EC2::SubnetRouteTableAssociation").into_iter().filter(own).map(|one| {
            json!({
                "routeTableAssociationId": one.id(),
                "routeTableId": table.id(),
                "subnetId": one.text("SubnetId"),
                "main": false,
                "associationState": {"state": "associated"},
            })
        });
    let vpc = asked.one("AWS::EC2::VPC", &table.or("VpcId", ""));
    let mut routes = vec![json!({
        "destinationCidrBlock": vpc.map(|vpc| vpc.or("CidrBlock", "")),
        "gatewayId": "local",
        "state": "active",
        "origin": "CreateRouteTable",
    })];
    routes.extend(asked.all("AWS::EC2::Route").into_iter().filter(own).map(|route| {
        json!({
            "destinationCidrBlock": route.text("DestinationCidrBlock"),
            "destinationIpv6CidrBlock": route.text("DestinationIpv6CidrBlock"),
            "gatewayId": route.text("GatewayId").or_else(|| route.text("VpcEndpointId")),
            "natGatewayId": route.text("NatGatewayId"),
            "transitGatewayId": route.text("TransitGatewayId"),
            "vpcPeeringConnectionId": route.text("VpcPeeringConnectionId"),
            "networkInterfaceId": route.text("NetworkInterfaceId"),
            "state": "active",
            "origin": "CreateRoute",
        })
    }));
    json!({
        "routeTableId": table.id(),
        "vpcId": table.text("VpcId"),
        "ownerId": table.place.account,
        "associationSet": associations.collect::<Vec<_>>(),
        "routeSet": routes,
        "propagatingVgwSet": [],
        "tagSet": tags(table),
    })
}

/// A network's list of rules; the last rule each way refuses the rest.
pub(super) fn network_acl(asked: &Asked<'_>, acl: &Held<'_>) -> Value {
    let own = |one: &Held<'_>| one.text("NetworkAclId").as_deref() == Some(acl.id());
    let entries = asked.all("AWS::EC2::NetworkAclEntry").into_iter().filter(own).map(|entry| {
        json!({
            "ruleNumber": entry.whole("RuleNumber"),
            "protocol": entry.text("Protocol"),
            "ruleAction": entry.text("RuleAction"),
            "egress": entry.flag("Egress").unwrap_or(false),
            "cidrBlock": entry.text("CidrBlock"),
            "ipv6CidrBlock": entry.text("Ipv6CidrBlock"),
            "portRange": entry.given("PortRange").is_object().then(|| json!({
                "from": entry.whole("PortRange/From"), "to": entry.whole("PortRange/To"),
            })),
        })
    });
    let mut entries: Vec<Value> = entries.collect();
    entries.extend([true, false].map(|egress| {
        json!({
            "ruleNumber": 32767, "protocol": "-1", "ruleAction": "deny", "egress": egress, "cidrBlock": "0.0.0.0/0",
        })
    }));
    let associations = asked.all("AWS::EC2::SubnetNetworkAclAssociation").into_iter().filter(own).map(|one| {
        json!({
            "networkAclAssociationId": one.id(), "networkAclId": acl.id(), "subnetId": one.text("SubnetId"),
        })
    });
    json!({
        "networkAclId": acl.id(),
        "vpcId": acl.text("VpcId"),
        "ownerId": acl.place.account,
        "default": false,
        "entrySet": entries,
        "associationSet": associations.collect::<Vec<_>>(),
        "tagSet": tags(acl),
    })
}

/// What a network tells the machines in it.
pub(super) fn dhcp_options(_: &Asked<'_>, options: &Held<'_>) -> Value {
    let values = |name: &str| -> Vec<Value> {
        match options.given(name) {
            Value::Array(items) => items.iter().map(|item| json!({"value": item})).collect(),
            _ => options.text(name).into_iter().map(|text| json!({"value": text})).collect(),
        }
    };
    let configurations = [
        ("domain-name", "DomainName"),
        ("domain-name-servers", "DomainNameServers"),
        ("netbios-name-servers", "NetbiosNameServers"),
        ("netbios-node-type", "NetbiosNodeType"),
        ("ntp-servers", "NtpServers"),
    ];
    let rows = configurations.into_iter().map(|(key, name)| json!({"key": key, "valueSet": values(name)}));
    json!({
        "dhcpOptionsId": options.id(),
        "ownerId": options.place.account,
        "dhcpConfigurationSet": rows.filter(|row| row["valueSet"] != json!([])).collect::<Vec<_>>(),
        "tagSet": tags(options),
    })
}

/// The way out of a network.
pub(super) fn internet_gateway(asked: &Asked<'_>, gateway: &Held<'_>) -> Value {
    let own = |one: &Held<'_>| one.text("InternetGatewayId").as_deref() == Some(gateway.id());
    let attachments = asked.all("AWS::EC2::VPCGatewayAttachment").into_iter().filter(own);
    let attachments = attachments.map(|one| json!({"vpcId": one.text("VpcId"), "state": "available"}));
    json!({
        "internetGatewayId": gateway.id(),
        "ownerId": gateway.place.account,
        "attachmentSet": attachments.collect::<Vec<_>>(),
        "tagSet": tags(gateway),
    })
}

/// A list of addresses; it carries only the tags of its own.
pub(super) fn prefix_list(_: &Asked<'_>, list: &Held<'_>) -> Value {
    let own = list.tags().into_iter().map(|(key, value)| json!({"key": key, "value": value}));
    json!({
        "prefixListId": list.id(),
        "prefixListName": list.text("PrefixListName"),
        "prefixListArn": list.arn("ec2", &format!("prefix-list/{}", list.id())),
        "addressFamily": list.text("AddressFamily"),
        "state": "create-complete",
        "maxEntries": list.whole("MaxEntries").unwrap_or_else(|| i64::try_from(list.list("Entries").len()).unwrap_or(0)),
        "version": 1,
        "ownerId": list.place.account,
        "tagSet": own.collect::<Vec<_>>(),
    })
}

/// A key pair.
pub(super) fn key_pair(_: &Asked<'_>, pair: &Held<'_>) -> Value {
    json!({
        "keyPairId": pair.attribute("KeyPairId"),
        "keyName": pair.id(),
        "keyFingerprint": pair.attribute("KeyFingerprint"),
        "keyType": pair.or("KeyType", "rsa"),
        "createTime": super::super::clock::timestamp(pair.at()),
        "tagSet": tags(pair),
    })
}

/// A machine, alone in its reservation.
pub(super) fn reservation(_: &Asked<'_>, machine: &Held<'_>) -> Value {
    let zone = machine.or("AvailabilityZone", &format!("{}a", machine.place.region));
    json!({
        "reservationId": format!("r-{}", machine.id().trim_start_matches("i-")),
        "ownerId": machine.place.account,
        "instancesSet": [{
            "instanceId": machine.id(),
            "imageId": machine.text("ImageId"),
            "instanceState": {"code": 16, "name": "running"},
            "instanceType": machine.or("InstanceType", "m1.small"),
            "keyName": machine.text("KeyName"),
            "launchTime": super::super::clock::timestamp(machine.at()),
            "placement": {"availabilityZone": zone, "tenancy": machine.or("Tenancy", "default")},
            "privateIpAddress": machine.attribute("PrivateIp"),
            "subnetId": machine.text("SubnetId"),
            "tagSet": tags(machine),
        }],
    })
}
