"""Finds the newest version of a Beanstalk platform, for the stack that makes an environment on it.

Beanstalk takes a platform by its exact version, and an account that never had an older one gets only the newest. The
answer changes only when the stack asks again, which it does with every new bundle. The resource is the platform: its
identifier is the platform's, so a newer one replaces it, and there is nothing to delete.
"""
import json
import urllib.request


def beanstalk():
    import boto3  # Lambda has it; tests do without

    return boto3.client("elasticbeanstalk")


def newest(branch):
    versions = beanstalk().list_platform_versions(Filters=[
        {"Type": "PlatformBranchName", "Operator": "=", "Values": [branch]},
        {"Type": "PlatformLifecycleState", "Operator": "=", "Values": ["recommended"]},
    ])["PlatformSummaryList"]
    if not versions:
        raise LookupError(f"Beanstalk has no platform {branch!r}; `aws elasticbeanstalk list-platform-branches` lists them")
    return versions[0]


def put(url, body):
    """Signed for exactly this: without a content type."""
    request = urllib.request.Request(url, body, {"Content-Type": ""}, method="PUT")
    with urllib.request.urlopen(request, timeout=10) as answer:
        answer.read()


def handle(event, context):
    """CloudFormation waits for an answer, whatever happens; without one it gives up after an hour."""
    answer = {
        "Status": "SUCCESS",
        "PhysicalResourceId": event.get("PhysicalResourceId", event["LogicalResourceId"]),
        **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
    }
    try:
        if event["RequestType"] != "Delete":
            found = newest(event["ResourceProperties"]["Branch"])
            answer |= {"PhysicalResourceId": found["PlatformArn"], "Data": {"Version": found["PlatformVersion"]}}
    except Exception as why:  # told to CloudFormation, which stops the deployment with it
        answer |= {"Status": "FAILED", "Reason": f"{type(why).__name__}: {why}"}
    print(json.dumps(answer))
    put(event["ResponseURL"], json.dumps(answer).encode())
