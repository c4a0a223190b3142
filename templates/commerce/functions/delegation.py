"""Enters the name servers of this account's zone into the zone above it, which belongs to another account.

CloudFormation asks for it as a custom resource, and is answered at the address it gives. When the zone goes, what keeps
it from going is cleared out of it: a certificate leaves its proof behind.
"""
import json
import time
import urllib.request

SECONDS_TO_LIVE = 300
# The role of this function was made a moment ago, and AWS may not know its rights everywhere yet.
PAUSES = [5, 10, 15]


def session(asked):
    """A client of Route 53 with the right that the zone's owner gives away: to whom, he tells by the session's name."""
    import boto3  # Lambda has it; tests do without

    key = take(boto3.client("sts"), asked)["Credentials"]
    return boto3.client(
        "route53",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        aws_session_token=key["SessionToken"],
    )


def take(sts, asked):
    for pause in [*PAUSES, None]:
        try:
            return sts.assume_role(RoleArn=asked["RoleArn"], RoleSessionName=asked["Account"])
        except sts.exceptions.ClientError as why:
            if pause is None or why.response["Error"]["Code"] != "AccessDenied":
                raise
            time.sleep(pause)


def own():
    """A client of Route 53 for the zone of this account."""
    import boto3

    return boto3.client("route53")


def change(route53, action, asked):
    route53.change_resource_record_sets(HostedZoneId=asked["ParentZoneId"], ChangeBatch={"Changes": [{
        "Action": action,
        "ResourceRecordSet": {
            "Name": asked["ZoneName"],
            "Type": "NS",
            "TTL": SECONDS_TO_LIVE,
            "ResourceRecords": [{"Value": server} for server in sorted(asked["NameServers"])],
        },
    }]})


def enter(asked):
    if not asked["ZoneName"].endswith("." + asked["ParentZoneName"]):
        raise ValueError(f"{asked['ZoneName']} is not below {asked['ParentZoneName']}")
    change(session(asked), "UPSERT", asked)


def remove(asked):
    """Takes the entry out as it was written. One that is gone, or that somebody has changed since, is left."""
    route53 = session(asked)
    try:
        change(route53, "DELETE", asked)
    except route53.exceptions.InvalidChangeBatch as why:
        print(json.dumps({"zone": asked["ZoneName"], "outcome": "nothing to remove", "why": str(why)}))


def clear_proofs(asked):
    """Takes the proofs of certificates out of the zone, which is not deleted as long as it holds any."""
    route53 = own()
    for page in route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=asked["ZoneId"]):
        proofs = [record for record in page["ResourceRecordSets"] if record["Type"] == "CNAME"
                  and record["ResourceRecords"][0]["Value"].rstrip(".").endswith(".acm-validations.aws")]
        changes = [{"Action": "DELETE", "ResourceRecordSet": proof} for proof in proofs]
        if changes:
            route53.change_resource_record_sets(HostedZoneId=asked["ZoneId"], ChangeBatch={"Changes": changes})


def answer(event, status, name, reason):
    body = json.dumps({
        "Status": status,
        "Reason": reason,
        "PhysicalResourceId": name,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
    }).encode()
    # The address is signed for a request without a content type.
    request = urllib.request.Request(event["ResponseURL"], body, {"Content-Type": ""}, method="PUT")
    with urllib.request.urlopen(request, timeout=20) as told:
        told.read()


def handle(event, context):
    asked = event["ResourceProperties"]
    # Another name is another resource: CloudFormation then has the old one removed once the new one is there.
    name = f"{asked['ParentZoneId']}/{asked['ZoneName']}"
    current = event.get("PhysicalResourceId", "not entered")
    try:
        if event["RequestType"] != "Delete":
            enter(asked)
            current = name
        elif current == name:
            remove(asked)
            clear_proofs(asked)
        # Else nothing was entered: so CloudFormation clears up after a creation that failed.
        status, reason = "SUCCESS", "done"
    except Exception as why:  # CloudFormation would wait for an hour if nobody answered
        print(json.dumps({"zone": asked.get("ZoneName"), "error": type(why).__name__, "why": str(why)}))
        status, reason = "FAILED", f"{type(why).__name__}: {why}"
    answer(event, status, current, reason)
