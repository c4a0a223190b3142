"""Gives CloudFormation the public half of a signing key as browsers want it: Custom::PublicKey with `KeyArn`."""
import base64

from answer import settle


def handle(event, context):
    settle(event, lambda: read(event))


def read(event):
    if event["RequestType"] == "Delete":
        return event["PhysicalResourceId"], {}
    import boto3  # Lambda has it; tests do without

    arn = event["ResourceProperties"]["KeyArn"]
    # The last 65 bytes are the point itself; browsers take it in the base64 of web addresses.
    point = boto3.client("kms").get_public_key(KeyId=arn)["PublicKey"][-65:]
    return arn, {"Browser": base64.urlsafe_b64encode(point).rstrip(b"=").decode()}
