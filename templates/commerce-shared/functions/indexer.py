"""Makes what arrives in the log archive searchable, and counts what somebody has to look at.

Each message of the queue names a file of the archive. What the trail tells is counted before anything is written to the
search, and again when a message comes back: an alarm too many is better than one too few. A document is named after
what it holds, so that a file which is read twice is in the search once.
"""
import csv
import datetime
import fnmatch
import gzip
import hashlib
import io
import json
import os
import urllib.request
from collections import Counter
from functools import cache

BULK_BYTES = 4 * 1024 * 1024  # small nodes take 10 MB at once
READ_CHARACTERS = 1024 * 1024
TEXT_CHARACTERS = 8_000  # of a request or an answer

# What a file is, is told by the folder it lies in. What matches none of these is for programs, such as the trail's digests.
FOLDERS = [
    ("AWSLogs/*/CloudTrail/*.json.gz", "trail"),
    ("AWSLogs/*/Config/*.json.gz", "configuration"),
    ("connections/AWSLogs/*/vpcflowlogs/*.log.gz", "connections"),
    ("balancers/AWSLogs/*/elasticloadbalancing/*.log.gz", "balancers"),
    ("workloads/*/logs/*", "workloads"),
]

BALANCER_FIELDS = [
    "type", "@timestamp", "balancer", "client", "target", "request_seconds", "target_seconds", "response_seconds",
    "balancer_status", "target_status", "received_bytes", "sent_bytes", "request", "agent", "cipher", "protocol",
    "target_group", "trace", "domain", "certificate", "rule", "created", "actions", "redirect", "error",
]
BALANCER_NUMBERS = {"balancer_status", "target_status", "received_bytes", "sent_bytes", "request_seconds", "target_seconds",
                    "response_seconds"}
CONNECTION_NUMBERS = {"start", "end", "bytes", "packets", "srcport", "dstport", "protocol"}


@cache
def client(service):
    import boto3  # Lambda has it; tests do without

    return boto3.client(service)


def post(path, body):
    """What the search answers. The request is signed as the role of the function."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.session import Session

    url = f"https://{os.environ['ENDPOINT']}{path}"
    signed = AWSRequest("POST", url, data=body, headers={"Content-Type": "application/x-ndjson"})
    SigV4Auth(Session().get_credentials(), "es", os.environ["AWS_REGION"]).add_auth(signed)
    request = urllib.request.Request(url, body, dict(signed.headers), method="POST")
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def kind_of(key):
    return next((kind for pattern, kind in FOLDERS if fnmatch.fnmatchcase(key, pattern)), None)


def lines_of(data):
    """The text of a file, unpacked if it is packed; workloads write many packed parts one behind the other."""
    stored = io.BytesIO(data)
    return io.TextIOWrapper(gzip.GzipFile(fileobj=stored) if data[:2] == b"\x1f\x8b" else stored, "utf-8", "replace")


def objects_of(stream):
    """The JSON objects of a stream, whether they stand one a line or right behind each other."""
    decoder, text = json.JSONDecoder(), ""
    while part := stream.read(READ_CHARACTERS):
        text, at = text + part.replace("\n", ""), 0
        while at < len(text):
            try:
                found, at = decoder.raw_decode(text, at)
            except ValueError:
                break  # the rest of it is in the next part
            yield found
        text = text[at:]
    if text:
        raise ValueError("the last object of the file is not whole")


def text_of(value):
    """Nested things become text: their fields are too many, and of too many types, for fields of their own."""
    return None if value is None else json.dumps(value, sort_keys=True)[:TEXT_CHARACTERS]


def moment(milliseconds):
    return datetime.datetime.fromtimestamp(milliseconds / 1000, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def number(text):
    return float(text) if "." in text else int(text)


def trail(stream, key):
    for event in json.load(stream)["Records"]:
        who = event.get("userIdentity") or {}
        yield f"{event['eventID']}-{event.get('recipientAccountId', '')}", {
            "@timestamp": event["eventTime"], "account": event.get("recipientAccountId"), "region": event.get("awsRegion"),
            "service": event["eventSource"], "action": event["eventName"], "who": who.get("arn") or who.get("invokedBy"),
            "kind_of_identity": who.get("type"), "address": event.get("sourceIPAddress"), "agent": event.get("userAgent"),
            "error": event.get("errorCode"), "message": event.get("errorMessage"),
            "request": text_of(event.get("requestParameters")), "answer": text_of(event.get("responseElements")),
            "finding": sorted(findings(event)),
        }


def configuration(stream, key):
    for item in json.load(stream).get("configurationItems", []):
        name = f"{item.get('ARN') or item.get('resourceId')} {item['configurationItemCaptureTime']}"
        yield hashlib.sha256(name.encode()).hexdigest(), {
            "@timestamp": item["configurationItemCaptureTime"], "account": item.get("awsAccountId"),
            "region": item.get("awsRegion"), "type": item.get("resourceType"), "resource": item.get("resourceId"),
            "name": item.get("resourceName"), "status": item.get("configurationItemStatus"),
            "configuration": text_of(item.get("configuration")),
        }


def connections(stream, key):
    fields = stream.readline().split()
    for at, line in enumerate(stream):
        found = {field: value for field, value in zip(fields, line.split()) if value != "-"}
        found.update({field: number(found[field]) for field in CONNECTION_NUMBERS & found.keys()})
        yield numbered(key, at), {"@timestamp": moment(found["start"] * 1000), "account": found.get("account-id"), **found}


def balancers(stream, key):
    for at, values in enumerate(csv.reader(stream, delimiter=" ")):
        found = {field: value for field, value in zip(BALANCER_FIELDS, values) if value != "-"}
        found.update({field: number(found[field]) for field in BALANCER_NUMBERS & found.keys()})
        yield numbered(key, at), found


def workloads(stream, key):
    for message in objects_of(stream):
        if message.get("messageType") != "DATA_MESSAGE":
            continue
        for event in message["logEvents"]:
            yield hashlib.sha256(f"{message['owner']} {event['id']}".encode()).hexdigest(), {
                "@timestamp": moment(event["timestamp"]), "account": message["owner"], "group": message["logGroup"],
                "stream": message["logStream"], "text": event["message"],
            }


READERS = {"trail": trail, "configuration": configuration, "connections": connections, "balancers": balancers,
           "workloads": workloads}


def numbered(key, line):
    return hashlib.sha256(f"{key} {line}".encode()).hexdigest()


# What has to be looked at, by calls that were allowed. What templates do has been looked at before, so the first ones
# are left out where the deploy role made them; records and keys are told whoever touched them.
REVIEWED = {
    "OrganizationChanged": ["organizations.amazonaws.com *"],
    "RightsChanged": ["iam.amazonaws.com Put*Policy", "iam.amazonaws.com Attach*Policy", "iam.amazonaws.com CreatePolicy*",
                      "iam.amazonaws.com CreateUser", "iam.amazonaws.com CreateAccessKey", "iam.amazonaws.com *LoginProfile",
                      "iam.amazonaws.com UpdateAssumeRolePolicy", "iam.amazonaws.com *OpenIDConnectProvider*",
                      "iam.amazonaws.com *SAMLProvider", "sso.amazonaws.com Attach*", "sso.amazonaws.com Put*",
                      "sso.amazonaws.com CreateAccountAssignment"],
    "NetworkOpened": ["ec2.amazonaws.com AuthorizeSecurityGroupIngress", "ec2.amazonaws.com CreateInternetGateway",
                      "ec2.amazonaws.com CreateVpcPeeringConnection", "ec2.amazonaws.com ModifySnapshotAttribute",
                      "s3.amazonaws.com *PublicAccessBlock"],
}
ALWAYS = {
    "KeyEndangered": ["kms.amazonaws.com DisableKey", "kms.amazonaws.com ScheduleKeyDeletion",
                      "kms.amazonaws.com DeleteImportedKeyMaterial"],
    "RecordingChanged": ["cloudtrail.amazonaws.com StopLogging", "cloudtrail.amazonaws.com DeleteTrail",
                         "cloudtrail.amazonaws.com UpdateTrail", "cloudtrail.amazonaws.com Put*Selectors",
                         "config.amazonaws.com Stop*", "config.amazonaws.com Delete*", "ec2.amazonaws.com DeleteFlowLogs"],
}
SIGN_INS = {"ConsoleLogin", "CredentialVerification", "UserAuthentication"}
REFUSALS = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}


def findings(event):
    """The names of what has to be looked at in one event of the trail."""
    who = event.get("userIdentity") or {}
    issuer = ((who.get("sessionContext") or {}).get("sessionIssuer") or {}).get("userName", "")
    name, error = event["eventName"], event.get("errorCode", "")
    if who.get("type") == "Root" and not who.get("invokedBy") and event.get("eventType") != "AwsServiceEvent":
        yield "RootUsed"
    if issuer == os.environ["BOOTSTRAP_ROLE"] or issuer.startswith(f"AWSReservedSSO_{os.environ['EMERGENCY_SET']}_"):
        yield "EmergencyUsed"
    results = [(event.get(part) or {}).get(name) for part in ("responseElements", "serviceEventDetails")]
    if name in SIGN_INS and "Failure" in results:
        yield "SignInFailed"
    if error.rpartition(".")[2] in REFUSALS:
        yield "CallRefused"
    if error or event.get("readOnly"):
        return
    call = f"{event['eventSource']} {name}"
    watched = ALWAYS if issuer == os.environ["DEPLOY_ROLE"] else {**REVIEWED, **ALWAYS}
    for finding, calls in watched.items():
        if any(fnmatch.fnmatchcase(call, pattern) for pattern in calls):
            yield finding
    bucket = (event.get("requestParameters") or {}).get("bucketName")
    if event["eventSource"] == "s3.amazonaws.com" and bucket in os.environ["ARCHIVE_BUCKETS"].split(","):
        yield "RecordingChanged"


def tell(documents):
    """Prints what was found, as numbers that CloudWatch takes from the log, and in words for who looks into it."""
    counted = Counter({"TrailEvents": len(documents)})
    for _, document in documents:
        counted.update(document["finding"])
        if document["finding"]:
            told = ("account", "who", "service", "action", "address", "error")
            print(json.dumps({"found": document["finding"], "time": document["@timestamp"],
                              **{name: document[name] for name in told}}))
    publish(counted)


def publish(counted):
    print(json.dumps({
        "_aws": {"Timestamp": int(datetime.datetime.now(datetime.UTC).timestamp() * 1000), "CloudWatchMetrics": [{
            "Namespace": os.environ["NAMESPACE"], "Dimensions": [[]],
            "Metrics": [{"Name": name, "Unit": "Count"} for name in counted],
        }]},
        **counted,
    }))


def index(kind, documents):
    """Writes documents into the index of their kind and month."""
    body, size = [], 0
    for name, document in documents:
        month = document["@timestamp"][:7].replace("-", ".")
        action = {"index": {"_index": f"{kind}-{month}", "_id": name}}
        lines = f"{json.dumps(action)}\n{json.dumps(document)}\n".encode()
        if body and size + len(lines) > BULK_BYTES:
            send(b"".join(body))
            body, size = [], 0
        body.append(lines)
        size += len(lines)
    if body:
        send(b"".join(body))


def send(body):
    answer = post("/_bulk", body)
    if not answer.get("errors"):
        return
    refused = [item["index"] for item in answer["items"] if item["index"]["status"] >= 300]
    if any(item["status"] == 429 or item["status"] >= 500 for item in refused):
        raise RuntimeError(f"the search is too busy for {len(refused)} documents")
    # Asking again would not help: they do not fit the index. They stay in the archive.
    print(json.dumps({"refused": len(refused), "first": refused[0]}))
    publish(Counter({"DocumentsRefused": len(refused)}))


def read(record):
    stored = json.loads(record["body"])["detail"]
    bucket, key = stored["bucket"]["name"], stored["object"]["key"]
    kind = kind_of(key)
    if kind is None:
        return
    data = client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    documents = READERS[kind](lines_of(data), key)
    if kind == "trail":
        documents = list(documents)
        tell(documents)
    index(kind, documents)


def handle(batch, context):
    """Reads each file by itself: those that fail come back, the others are done."""
    failed = []
    for record in batch["Records"]:
        try:
            read(record)
        except Exception as why:  # one bad file must not hold up the others
            print(json.dumps({"message": record["messageId"], "error": type(why).__name__, "why": str(why)}))
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
