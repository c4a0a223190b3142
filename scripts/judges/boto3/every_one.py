"""Every waiter and every paginator that boto3's CloudFormation client has, used on a sandbox.

Which there are is asked of the client: one that a newer boto3 brings fails here until it is used. Lists are made longer
than a page wherever that is possible, so that tokens are followed.
"""
import json
import sys

import boto3
from botocore.exceptions import ClientError, WaiterError

# Waiters look, and then sleep: 30 seconds for most, which is more than a sandbox in a hurry needs.
PATIENCE = {"Delay": 1, "MaxAttempts": 60}
MANY = 120

client = boto3.client("cloudformation")
used = {"waiters": set(), "paginators": {}}


def wait(name, **arguments):
    client.get_waiter(name).wait(WaiterConfig=PATIENCE, **arguments)
    used["waiters"].add(name)


def pages(operation, **arguments):
    """All entries of a list, and notes how many pages they came in."""
    paginator = client.get_paginator(operation)
    found = list(paginator.paginate(**arguments))
    (key,) = [expression.expression for expression in paginator.result_keys][:1]
    before = used["paginators"].get(operation, (0, 0))
    entries = [entry for page in found for entry in page.get(key, [])]
    used["paginators"][operation] = max(before, (len(found), len(entries)))
    return entries


def expect(what, got, expected):
    if got != expected:
        sys.exit(f"error: {what}: expected {repr(expected)[:1000]}, got {repr(got)[:1000]}")


def refused(code, function, *arguments, **named):
    try:
        function(*arguments, **named)
    except ClientError as error:
        expect("the code of a refusal", error.response["Error"]["Code"], code)
        return
    sys.exit(f"error: {named or arguments} was not refused with {code}")


def template(resources, outputs=None):
    return json.dumps({"Resources": resources, **({"Outputs": outputs} if outputs else {})})


def parameters(count, start=0):
    def one(number):
        return {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": str(number)}}

    return {f"P{number}": one(number) for number in range(start, start + count)}


HANDLE = {"Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}


def stacks():
    """120 stacks with an export each, all of which import that of the first."""
    for number in range(MANY):
        export = {"Value": str(number), "Export": {"Name": f"export-{number:03}"}}
        imported = {"Value": {"Fn::ImportValue": "export-000"}}
        outputs = {"Own": export, **({"Imported": imported} if number else {})}
        client.create_stack(StackName=f"many-{number:03}", TemplateBody=template(HANDLE, outputs))
        if number == 0:
            wait("stack_exists", StackName="many-000")
            wait("stack_create_complete", StackName="many-000")
    wait("stack_create_complete", StackName=f"many-{MANY - 1:03}")
    names = {stack["StackName"] for stack in pages("describe_stacks")}
    expect("stacks", names, {f"many-{number:03}" for number in range(MANY)})
    listed = pages("list_stacks", StackStatusFilter=["CREATE_COMPLETE"])
    expect("listed stacks", {stack["StackName"] for stack in listed}, names)
    exports = [export["Name"] for export in pages("list_exports")]
    expect("exports", sorted(exports), [f"export-{number:03}" for number in range(MANY)])
    importers = pages("list_imports", ExportName="export-000")
    expect("importers", len(set(importers)), MANY - 1)
    refused("ValidationError", pages, "list_imports", ExportName="export-001")
    limits = {limit["Name"] for limit in pages("describe_account_limits")}
    expect("limits", "StackLimit" in limits, True)


def change_sets():
    """A stack of 120 resources by a change set, then 120 change sets of it, then a failed update that is rolled back."""
    name = "large"
    body = template(parameters(MANY))
    client.create_change_set(StackName=name, ChangeSetName="first", ChangeSetType="CREATE", TemplateBody=body)
    wait("change_set_create_complete", StackName=name, ChangeSetName="first")
    changes = pages("describe_change_set", StackName=name, ChangeSetName="first")
    expect("changes", len({change["ResourceChange"]["LogicalResourceId"] for change in changes}), MANY)
    client.execute_change_set(StackName=name, ChangeSetName="first")
    wait("stack_create_complete", StackName=name)
    resources = pages("list_stack_resources", StackName=name)
    expect("resources", len({resource["LogicalResourceId"] for resource in resources}), MANY)
    events = pages("describe_stack_events", StackName=name)
    expect("events", len({event["EventId"] for event in events}), 3 * MANY + 3)
    operation = pages("describe_events", StackName=name)
    expect("events of operations", len({event["EventId"] for event in operation}) >= 3 * MANY, True)

    larger = template(parameters(MANY + 1))
    for number in range(MANY):
        client.create_change_set(StackName=name, ChangeSetName=f"again-{number}", TemplateBody=larger)
    wait("change_set_create_complete", StackName=name, ChangeSetName=f"again-{MANY - 1}")
    sets = pages("list_change_sets", StackName=name)
    expect("change sets", len({one["ChangeSetName"] for one in sets}), MANY)

    client.update_stack(StackName=name, TemplateBody=larger)
    wait("stack_update_complete", StackName=name)
    expect("what became of them", {one["ExecutionStatus"] for one in pages("list_change_sets", StackName=name)}, {"OBSOLETE"})
    try:
        client.create_change_set(StackName=name, ChangeSetName="nothing", TemplateBody=larger)
        wait("change_set_create_complete", StackName=name, ChangeSetName="nothing")
        sys.exit("error: a change set without changes was waited for in peace")
    except WaiterError:
        pass


def rollback():
    """An update that fails and stays failed until it is rolled back."""
    good = template(parameters(1))
    same = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "x", "Name": "/judge/same"}}
    client.create_stack(StackName="owner", TemplateBody=template({"Same": same}))
    client.create_stack(StackName="back", TemplateBody=good)
    wait("stack_create_complete", StackName="owner")
    wait("stack_create_complete", StackName="back")
    bad = template({**parameters(2), "Same": same})
    client.update_stack(StackName="back", TemplateBody=bad, DisableRollback=True)
    try:
        wait("stack_update_complete", StackName="back")
        sys.exit("error: an update that fails was waited for in peace")
    except WaiterError:
        pass
    client.rollback_stack(StackName="back")
    wait("stack_rollback_complete", StackName="back")


def imported():
    """A bucket that is there already is taken over by a stack."""
    boto3.client("s3").create_bucket(
        Bucket="judge-imported", CreateBucketConfiguration={"LocationConstraint": client.meta.region_name}
    )
    bucket = {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain", "Properties": {"BucketName": "judge-imported"}}
    subject = {
        "ResourceType": "AWS::S3::Bucket",
        "LogicalResourceId": "Bucket",
        "ResourceIdentifier": {"BucketName": "judge-imported"},
    }
    names = {"StackName": "imported", "ChangeSetName": "import"}
    client.create_change_set(
        **names, ChangeSetType="IMPORT", ResourcesToImport=[subject], TemplateBody=template({"Bucket": bucket})
    )
    wait("change_set_create_complete", **names)
    (change,) = pages("describe_change_set", **names)
    expect("the change", change["ResourceChange"]["Action"], "Import")
    client.execute_change_set(**names)
    wait("stack_import_complete", StackName="imported")


def refactored():
    """Resources move from one stack to another."""
    here, there = parameters(3), parameters(1, start=3)
    client.create_stack(StackName="here", TemplateBody=template(here))
    client.create_stack(StackName="there", TemplateBody=template(there))
    wait("stack_create_complete", StackName="here")
    wait("stack_create_complete", StackName="there")
    moved = {name: here.pop(name) for name in ("P1", "P2")}
    mappings = [
        {
            "Source": {"StackName": "here", "LogicalResourceId": name},
            "Destination": {"StackName": "there", "LogicalResourceId": name},
        }
        for name in moved
    ]
    definitions = [
        {"StackName": "here", "TemplateBody": template(here)},
        {"StackName": "there", "TemplateBody": template({**there, **moved})},
    ]
    answer = client.create_stack_refactor(StackDefinitions=definitions, ResourceMappings=mappings)
    identifier = answer["StackRefactorId"]
    wait("stack_refactor_create_complete", StackRefactorId=identifier)
    actions = pages("list_stack_refactor_actions", StackRefactorId=identifier, PaginationConfig={"PageSize": 1})
    moves = [action["ResourceMapping"]["Source"]["LogicalResourceId"] for action in actions if action["Action"] == "MOVE"]
    expect("moves", sorted(moves), ["P1", "P2"])
    client.execute_stack_refactor(StackRefactorId=identifier)
    wait("stack_refactor_execute_complete", StackRefactorId=identifier)
    resources = pages("list_stack_resources", StackName="there")
    expect("moved resources", sorted(one["LogicalResourceId"] for one in resources), ["P1", "P2", "P3"])
    refactors = pages("list_stack_refactors")
    expect("refactors", [one["StackRefactorId"] for one in refactors], [identifier])


def stack_sets():
    """Three sets, one of them in six places, listed two at a time."""
    two = {"PaginationConfig": {"PageSize": 2}}
    for name in ("first", "second", "third"):
        client.create_stack_set(StackSetName=name, TemplateBody=template(HANDLE))
    expect("stack sets", len(pages("list_stack_sets", Status="ACTIVE", **two)), 3)
    accounts, regions = ["111122223333", "444455556666"], ["eu-west-1", "eu-north-1", "us-east-1"]
    for region in regions:
        answer = client.create_stack_instances(StackSetName="first", Accounts=accounts, Regions=[region])
        operation = {"StackSetName": "first", "OperationId": answer["OperationId"]}
        for _ in range(PATIENCE["MaxAttempts"]):
            status = client.describe_stack_set_operation(**operation)["StackSetOperation"]["Status"]
            if status not in ("RUNNING", "QUEUED"):
                break
        expect("the operation", status, "SUCCEEDED")
    instances = pages("list_stack_instances", StackSetName="first", **two)
    places = {(instance["Account"], instance["Region"]) for instance in instances}
    expect("instances", places, {(account, region) for account in accounts for region in regions})
    operations = pages("list_stack_set_operations", StackSetName="first", **two)
    expect("operations", [one["Action"] for one in operations], ["CREATE"] * 3)
    results = pages("list_stack_set_operation_results", **operation, PaginationConfig={"PageSize": 1})
    expect("results", sorted(result["Account"] for result in results), accounts)


def types():
    """What the registry has, and a type of one's own."""
    listed = pages("list_types", Visibility="PUBLIC", Type="RESOURCE", ProvisioningType="FULLY_MUTABLE")
    expect("public types", "AWS::SQS::Queue" in {one["TypeName"] for one in listed}, True)
    answer = client.register_type(
        Type="RESOURCE", TypeName="Judge::Queue::Resource", SchemaHandlerPackage="s3://judge-imported/package.zip"
    )
    wait("type_registration_complete", RegistrationToken=answer["RegistrationToken"])


def scans():
    """The generator of templates: in an account that nobody has scanned."""
    expect("scans", pages("list_resource_scans"), [])
    expect("generated templates", pages("list_generated_templates"), [])
    scan = f"arn:aws:cloudformation:{client.meta.region_name}:012345678901:resourceScan/0a1b2c3d-0000-0000-0000-000000000000"
    for operation, more in (
        ("list_resource_scan_resources", {}),
        (
            "list_resource_scan_related_resources",
            {"Resources": [{"ResourceType": "AWS::SQS::Queue", "ResourceIdentifier": {"QueueUrl": "x"}}]},
        ),
    ):
        refused("ResourceScanNotFound", pages, operation, ResourceScanId=scan, **more)
        used["paginators"].setdefault(operation, (0, 0))


def deletion():
    for number in range(1, MANY):
        client.delete_stack(StackName=f"many-{number:03}")
    for name in ("many-119", "large", "here"):
        client.delete_stack(StackName=name)
        wait("stack_delete_complete", StackName=name)
    expect("imports in the end", client.describe_stacks(StackName="many-000")["Stacks"][0]["StackStatus"], "CREATE_COMPLETE")


def complete():
    """Says what was used; fails when the client has more."""
    operations = client.meta.method_to_api_mapping
    lists = {operation for operation in operations if client.can_paginate(operation)}
    missing = sorted(set(client.waiter_names) - used["waiters"]) + sorted(lists - set(used["paginators"]))
    if missing:
        sys.exit(f"error: not exercised: {', '.join(missing)}")
    several = sum(count > 1 for count, _ in used["paginators"].values())
    print(
        f"boto3 {boto3.__version__}: all {len(used['waiters'])} waiters and all {len(lists)} paginators,"
        f" {several} of them over more than a page"
    )


for part in (stacks, change_sets, rollback, imported, refactored, stack_sets, types, scans, deletion, complete):
    part()
