"""Finds the newest version of a Beanstalk platform, for CloudFormation: Custom::NewestPlatform with `Branch`.

Beanstalk takes a platform by its exact version, and an account that never had an older one gets only the newest. The
answer changes only when the stack asks again, which it does with every new bundle. The resource is the platform: its
name is the platform's, so a newer one replaces it, and there is nothing to delete.
"""
from answer import settle


def handle(event, context):
    settle(event, lambda: find(event))


def beanstalk():
    import boto3  # Lambda has it; tests do without

    return boto3.client("elasticbeanstalk")


def find(event):
    if event["RequestType"] == "Delete":
        return event["PhysicalResourceId"], {}
    branch = event["ResourceProperties"]["Branch"]
    versions = beanstalk().list_platform_versions(Filters=[
        {"Type": "PlatformBranchName", "Operator": "=", "Values": [branch]},
        {"Type": "PlatformLifecycleState", "Operator": "=", "Values": ["recommended"]},
    ])["PlatformSummaryList"]
    if not versions:
        raise LookupError(f"Beanstalk has no platform {branch!r}; `aws elasticbeanstalk list-platform-branches` lists them")
    return versions[0]["PlatformArn"], {"Version": versions[0]["PlatformVersion"]}
