"""Takes orders from the queue and begins a checkout for each, named after the order: a second one of the same name does not begin."""
import json
import os
from functools import cache


@cache
def client():
    import boto3  # Lambda has it; tests do without

    return boto3.client("stepfunctions")


def start(record):
    asked = json.loads(record["body"])
    # Equal to the letter each time: a name that comes again with another input would be refused.
    order = json.dumps({"customer": asked["customer"], "order": asked["order"]})
    try:
        client().start_execution(stateMachineArn=os.environ["MACHINE"], name=asked["order"], input=order)
    except client().exceptions.ExecutionAlreadyExists:
        print(json.dumps({"order": asked["order"], "outcome": "was begun before"}))


def handle(batch, context):
    """Does each message by itself: those that fail come back, the others are done."""
    failed = []
    for record in batch["Records"]:
        try:
            start(record)
        except Exception as why:  # one bad message must not hold up the others
            print(json.dumps({"message": record["messageId"], "error": type(why).__name__, "why": str(why)}))
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
