"""Begins the profile of a customer whose address has been proved. Cognito calls it and lets the customer in when it is done."""
import os
import time
from functools import cache


@cache
def client():
    import boto3  # Lambda has it; tests do without

    return boto3.client("dynamodb")


def handle(event, context):
    # The same trigger is called when somebody has a new password, and it may be called twice: what is there stays.
    if event["triggerSource"] == "PostConfirmation_ConfirmSignUp":
        try:
            client().put_item(
                TableName=os.environ["PROFILES"],
                Item={
                    "customer": {"S": event["request"]["userAttributes"]["sub"]},
                    "part": {"S": "profile"},
                    "since": {"N": str(int(time.time()))},
                },
                ConditionExpression="attribute_not_exists(part)",
            )
        except client().exceptions.ConditionalCheckFailedException:
            pass
    return event
