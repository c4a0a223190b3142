"""collect.py ACCOUNTS FOLDER: writes every document inside the resources of all deployed stacks into FOLDER/KIND/*.json.

A document is taken from the events of its stack, where it stands with all references resolved. Equal ones are written once.
"""
import hashlib
import json
import pathlib
import re
import sys

import boto3

REGIONS = ["eu-west-1", "us-east-1"]
MACHINE = "AWS::StepFunctions::StateMachine"
DASHBOARD = "AWS::CloudWatch::Dashboard"
# Types whose policies belong to who acts; the others' belong to what is acted on.
HOLDERS = ("AWS::IAM::", "AWS::SSO::", "AWS::Organizations::")


def properties(account, region):
    """Type and resolved properties of every resource that stands."""
    client = boto3.client("cloudformation", region_name=region, aws_access_key_id=account, aws_secret_access_key="test")
    for page in client.get_paginator("list_stacks").paginate():
        for stack in page["StackSummaries"]:
            if stack["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
                raise SystemExit(f"error: {stack['StackName']} is {stack['StackStatus']}")
            newest = {}
            for page in client.get_paginator("describe_stack_events").paginate(StackName=stack["StackId"]):
                for event in page["StackEvents"]:
                    newest.setdefault(event["LogicalResourceId"], event)
            for event in newest.values():
                if event.get("ResourceProperties"):
                    yield stack["StackName"], event["LogicalResourceId"], event["ResourceType"], json.loads(event["ResourceProperties"])


def policies(value):
    """Every policy somewhere inside a value, also those written as text."""
    if isinstance(value, str) and '"Statement"' in value:
        value = json.loads(value)
    if isinstance(value, dict):
        if "Effect" in json.dumps(value.get("Statement", "")):
            yield value
        else:
            for member in value.values():
                yield from policies(member)
    elif isinstance(value, list):
        for member in value:
            yield from policies(member)


def documents(resource_type, told):
    """Kind and document of all that a resource carries."""
    if resource_type == DASHBOARD:
        yield "dashboard", json.loads(told["DashboardBody"])
    elif resource_type == MACHINE:
        text = told["DefinitionString"]
        for name, value in told.get("DefinitionSubstitutions", {}).items():
            text = text.replace("${" + name + "}", str(value))
        yield "machine", json.loads(text)
    trust = told.pop("AssumeRolePolicyDocument", None)
    if trust:
        yield "trust", json.loads(trust) if isinstance(trust, str) else trust
    for policy in policies(told):
        yield "right" if resource_type.startswith(HOLDERS) else "rule", policy


def main(accounts, folder):
    written = {}
    ids = re.findall(r'id: "(\d{12})"', pathlib.Path(accounts).read_text())
    for account in ids:
        for region in REGIONS:
            for stack, logical_id, resource_type, told in properties(account, region):
                for kind, document in documents(resource_type, told):
                    text = json.dumps(document, indent=1, sort_keys=True)
                    name = f"{stack}-{logical_id}-{hashlib.sha256(text.encode()).hexdigest()[:8]}.json"
                    path = pathlib.Path(folder, kind, name)
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(text)
                    written[kind] = written.get(kind, 0) + 1
    if min(written.get(kind, 0) for kind in ("trust", "right", "rule", "dashboard", "machine")) == 0:
        raise SystemExit(f"error: there are not all kinds of documents: {written}")
    print("documents:", ", ".join(f"{count} {kind}" for kind, count in sorted(written.items())))


main(*sys.argv[1:])
