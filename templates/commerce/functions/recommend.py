"""Keeps what is recommended to each customer, from the stream of what customers do.

Whoever looks at a product is led to what the catalog calls similar to it; interest halves in two weeks, so that old
ones make room. The stream may tell of an event twice: a customer's item remembers the newest ones.
"""
import base64
import json
import os
import time
from functools import cache

WEIGHTS = {"viewed": 1.0, "carted": 3.0, "bought": 5.0}
HALVED_AFTER = 14 * 86400
KEPT = 50
REMEMBERED = 100


class Again(Exception):
    """Somebody else changed the item at this moment."""


@cache
def client():
    import boto3  # Lambda has it; tests do without

    return boto3.client("dynamodb")


def similar(product):
    """What the catalog calls similar to a product: a number from 0 to 1 for each."""
    found = client().get_item(
        TableName=os.environ["CATALOG"],
        Key={"product": {"S": product}, "part": {"S": "similar"}},
    )
    return {name: float(value["N"]) for name, value in found.get("Item", {}).get("products", {"M": {}})["M"].items()}


def read(customer):
    found = client().get_item(TableName=os.environ["PROFILES"], Key=key(customer), ConsistentRead=True).get("Item")
    if found is None:
        return {"version": 0, "at": 0.0, "interest": {}, "bought": [], "seen": []}
    return {"version": int(found["version"]["N"]), **json.loads(found["state"]["S"])}


def key(customer):
    return {"customer": {"S": customer}, "part": {"S": "recommendations"}}


def learn(state, event, neighbours):
    """What is known after an event. Pure: the same state and event give the same."""
    if event["id"] in state["seen"]:
        return state
    passed = max(0.0, event["at"] - state["at"])
    interest = {product: weight * 0.5 ** (passed / HALVED_AFTER) for product, weight in state["interest"].items()}
    for product, likeness in neighbours.items():
        interest[product] = interest.get(product, 0.0) + WEIGHTS[event["kind"]] * likeness
    bought = state["bought"]
    if event["kind"] == "bought" and event["product"] not in bought:
        bought = [*bought, event["product"]][-REMEMBERED:]
    best = sorted((item for item in interest.items() if item[0] not in bought), key=lambda item: (-item[1], item[0]))
    return {
        "version": state["version"],
        "at": max(state["at"], event["at"]),
        "interest": dict(best[:KEPT]),
        "bought": bought,
        "seen": [*state["seen"], event["id"]][-REMEMBERED:],
    }


def write(customer, state):
    """Stores what is known, if nobody else has since it was read."""
    held = {name: value for name, value in state.items() if name != "version"}
    try:
        client().put_item(
            TableName=os.environ["PROFILES"],
            Item={
                **key(customer),
                "products": {"L": [{"S": product} for product in state["interest"]]},
                "state": {"S": json.dumps(held)},
                "version": {"N": str(state["version"] + 1)},
            },
            ConditionExpression="attribute_not_exists(version) OR version = :version",
            ExpressionAttributeValues={":version": {"N": str(state["version"])}},
        )
    except client().exceptions.ConditionalCheckFailedException as why:
        raise Again(customer) from why


def do(record):
    event = json.loads(base64.b64decode(record["kinesis"]["data"]))
    if event["kind"] not in WEIGHTS:
        return
    event["at"] = min(float(event["at"]), time.time())  # a clock that is ahead must not make the rest old
    before = read(event["customer"])
    after = learn(before, event, similar(event["product"]))
    if after is not before:
        write(event["customer"], after)


def handle(batch, context):
    """Goes through the records in order. From the first that fails on they come again: half of them, then a quarter."""
    for record in batch["Records"]:
        try:
            do(record)
        except Exception as why:
            print(json.dumps({"record": record["kinesis"]["sequenceNumber"], "error": type(why).__name__,
                              "why": str(why)}))
            return {"batchItemFailures": [{"itemIdentifier": record["kinesis"]["sequenceNumber"]}]}
    return {"batchItemFailures": []}
