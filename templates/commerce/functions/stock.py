"""The steps of a checkout that change orders and stock. Each changes all it has to at once or nothing, and may be repeated.

An order is `placed`, then `reserved`, then `confirmed`; or it ends `cancelled`. While it is reserved, each of its products
has a hold, which says how many pieces are kept for it. A hold that nobody takes back expires.
"""
import json
import os
import time
from functools import cache

HOLD_SECONDS = 3600
MARK_SECONDS = 7 * 86400
MOST_PRODUCTS = 49  # a transaction has room for a hundred changes: one of the order, two of each product


class OutOfStock(Exception):
    """There are too few pieces of a product."""


class BadOrder(Exception):
    """Nobody can order this."""


class HoldLost(Exception):
    """What was kept for the order was given back before it was confirmed."""


class Again(Exception):
    """Somebody else changed the same things at this moment; the step has to be repeated."""


class WrongState(Exception):
    """The order is not where this step could go on."""


@cache
def client():
    import boto3  # Lambda has it; tests do without

    return boto3.client("dynamodb")


def order_key(asked):
    return {"customer": {"S": asked["customer"]}, "order": {"S": asked["order"]}}


def read(asked):
    order = client().get_item(TableName=os.environ["ORDERS"], Key=order_key(asked), ConsistentRead=True).get("Item")
    if order is None:
        raise WrongState(f"there is no order {asked['order']}")
    return order


def lines(order):
    """How many pieces of which product; the same product in two lines is one."""
    counts = {}
    for line in order["lines"]["L"]:
        product, count = line["M"]["product"]["S"], int(line["M"]["count"]["N"])
        counts[product] = counts.get(product, 0) + count
    return sorted(counts.items())


def hold_key(product, order):
    return {"product": {"S": product}, "part": {"S": f"hold#{order}"}}


def move(asked, before, after, **more):
    """Changes the state of the order, if it is the one before."""
    sets = "".join(f", {name} = :{name}" for name in more)
    values = {f":{name}": {"S": value} for name, value in more.items()}
    return {"Update": {
        "TableName": os.environ["ORDERS"],
        "Key": order_key(asked),
        "UpdateExpression": f"SET #state = :after{sets}",
        "ConditionExpression": "#state = :before",
        "ExpressionAttributeNames": {"#state": "state"},
        "ExpressionAttributeValues": {":before": {"S": before}, ":after": {"S": after}, **values},
    }}


def put_hold(product, order, count):
    return {"Put": {
        "TableName": os.environ["CATALOG"],
        "Item": {**hold_key(product, order), "count": {"N": str(count)},
                 "expires": {"N": str(int(time.time()) + HOLD_SECONDS)}},
        "ConditionExpression": "attribute_not_exists(part)",
    }}


def drop_hold(product, order):
    return {"Delete": {
        "TableName": os.environ["CATALOG"],
        "Key": hold_key(product, order),
        "ConditionExpression": "attribute_exists(part)",
    }}


def take(product, count):
    return {"Update": {
        "TableName": os.environ["CATALOG"],
        "Key": {"product": {"S": product}, "part": {"S": "stock"}},
        "UpdateExpression": "SET available = available - :count",
        "ConditionExpression": "available >= :count",
        "ExpressionAttributeValues": {":count": {"N": str(count)}},
    }}


def give_back(product, count):
    return {"Update": {
        "TableName": os.environ["CATALOG"],
        "Key": {"product": {"S": product}, "part": {"S": "stock"}},
        "UpdateExpression": "SET available = available + :count",
        "ConditionExpression": "attribute_exists(part)",
        "ExpressionAttributeValues": {":count": {"N": str(count)}},
    }}


def write(changes):
    """Carries out all changes or none. Tells which ones were in the way, by their place; none when all is done."""
    try:
        client().transact_write_items(TransactItems=changes)
    except client().exceptions.TransactionCanceledException as why:
        reasons = [reason.get("Code") for reason in why.response["CancellationReasons"]]
        refused = [place for place, reason in enumerate(reasons) if reason == "ConditionalCheckFailed"]
        if not refused:
            raise Again(", ".join(sorted({reason for reason in reasons if reason not in (None, "None")}))) from why
        return refused
    return []


def reserve(asked, context):
    """Keeps the pieces of an order for it. What it gives is all that the next steps need."""
    order = read(asked)
    counts = lines(order)
    if not 1 <= len(counts) <= MOST_PRODUCTS or any(count < 1 for _, count in counts):
        raise BadOrder(f"{len(counts)} products, or a count below 1")
    if order["state"]["S"] == "placed":
        changes = [move(asked, "placed", "reserved")]
        for product, count in counts:
            changes += [take(product, count), put_hold(product, asked["order"], count)]
        refused = write(changes)
        if 0 in refused:
            raise Again("the order changed meanwhile")
        if refused:
            raise OutOfStock(", ".join(sorted({counts[(place - 1) // 2][0] for place in refused})))
    elif order["state"]["S"] != "reserved":  # reserved: this step was done, and is repeated
        raise WrongState(f"the order is {order['state']['S']}")
    return {
        "customer": asked["customer"],
        "order": asked["order"],
        "amount": int(order["amount"]["N"]),
        "currency": order["currency"]["S"],
        "method": order["method"]["S"],
    }


def confirm(asked, context):
    """Makes the order one that is paid: its pieces are sold, and nothing is kept any longer."""
    order = read(asked)
    if order["state"]["S"] == "reserved":
        drops = [drop_hold(product, asked["order"]) for product, _ in lines(order)]
        refused = write([move(asked, "reserved", "confirmed", payment=asked["payment"]), *drops])
        if 0 in refused:
            raise Again("the order changed meanwhile")
        if refused:
            raise HoldLost(asked["order"])
    elif order["state"]["S"] != "confirmed":
        raise WrongState(f"the order is {order['state']['S']}")
    return asked


def release(asked, context):
    """Ends an order that cannot be fulfilled, and gives back what was kept for it."""
    order = read(asked)
    state = order["state"]["S"]
    if state != "cancelled":
        changes = [move(asked, state, "cancelled", why=asked.get("failure", {}).get("Error", "unknown"))]
        for product, count in lines(order):
            if state == "reserved" and has_hold(product, asked["order"]):
                changes += [drop_hold(product, asked["order"]), give_back(product, count)]
            elif state == "confirmed":  # sold, and not sent: sending comes last
                changes.append(give_back(product, count))
        if write(changes):
            raise Again("the order changed meanwhile")
    return asked


def has_hold(product, order):
    found = client().get_item(TableName=os.environ["CATALOG"], Key=hold_key(product, order), ConsistentRead=True)
    return "Item" in found


def expire(batch, context):
    """Gives back the pieces of holds that expired. The stream may tell of one twice: a mark lets it count once."""
    for record in batch["Records"]:
        try:
            give_back_once(record["dynamodb"]["OldImage"])
        except Exception as why:
            print(json.dumps({"error": type(why).__name__, "why": str(why)}))
            # The stream goes on from this one.
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}


def give_back_once(hold):
    product, part = hold["product"]["S"], hold["part"]["S"]
    mark = {"Put": {
        "TableName": os.environ["CATALOG"],
        "Item": {"product": {"S": product}, "part": {"S": f"returned-{part}"},
                 "expires": {"N": str(int(time.time()) + MARK_SECONDS)}},
        "ConditionExpression": "attribute_not_exists(part)",
    }}
    refused = write([mark, give_back(product, int(hold["count"]["N"]))])
    if refused:
        print(json.dumps({"product": product, "hold": part,
                          "outcome": "was given back before" if 0 in refused else "the product is gone"}))
