"""Settings of the account that CloudFormation has no resource for: a custom resource that gives each its value.

`Settings` is a mapping, name by value. What was set stays when the resource goes: others may rely on it by then.
"""
import boto3
import cfnresponse


def handle(event, context):
    try:
        if event["RequestType"] != "Delete":
            containers = boto3.client("ecs")
            for name, value in event["ResourceProperties"]["Settings"].items():
                containers.put_account_setting_default(name=name, value=value)
        cfnresponse.send(event, context, cfnresponse.SUCCESS, {}, "settings")
    # Whatever went wrong has to be told: CloudFormation would wait for an hour.
    except Exception as problem:  # pylint: disable=broad-except
        print(f"cannot set: {problem!r}")
        cfnresponse.send(event, context, cfnresponse.FAILED, {}, "settings", reason=str(problem))
