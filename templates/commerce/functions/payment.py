"""The steps of a checkout that move money. A step that is repeated moves it once: each request carries a key made of the order.

The payment is made first, without money, then carried out. So one that nobody knows the end of can be found again by the
same key, and be undone.
"""
import json
import os
import urllib.error
import urllib.parse
import urllib.request
from functools import cache

PAYMENTS = "https://api.stripe.com/v1"


class Refused(Exception):
    """The customer's bank said no: trying again would not help."""


@cache
def key():
    import boto3  # Lambda has it; tests do without

    found = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["SECRET"])
    return json.loads(found["SecretString"])["key"]


def call(path, once=None, fields=None):
    """Asks the provider. With `once` a repeated request is answered as the first one was, and nothing is done again."""
    headers = {"Authorization": f"Bearer {key()}"}
    body = None
    if once is not None:
        headers |= {"Idempotency-Key": once, "Content-Type": "application/x-www-form-urlencoded"}
        body = urllib.parse.urlencode(fields or {}).encode()
    request = urllib.request.Request(f"{PAYMENTS}/{path}", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as why:
        if why.code == 401:
            key.cache_clear()  # the next try takes the key that somebody has put in since
        if why.code == 402:
            raise Refused(json.load(why)["error"].get("code", "declined")) from why
        raise


def prepared(asked):
    """The payment of the order, made if it is not there; no money moves by this."""
    return call("payment_intents", f"prepare-{asked['order']}", {
        "amount": asked["amount"],
        "currency": asked["currency"],
        "payment_method": asked["method"],
        "payment_method_types[]": "card",
        "metadata[order]": asked["order"],
    })["id"]


def pay(asked, context):
    if os.environ["PROVIDER"] == "none":
        return {**asked, "payment": "none"}
    payment = prepared(asked)
    done = call(f"payment_intents/{payment}/confirm", f"pay-{asked['order']}", {"error_on_requires_action": "true"})
    if done["status"] != "succeeded":
        raise Refused(done["status"])
    return {**asked, "payment": payment}


def refund(asked, context):
    """Gives back the money of an order, if any moved."""
    if os.environ["PROVIDER"] == "none":
        return asked
    # One that was carried out is known. One that nobody knows the end of is found by its key, for a day.
    payment = asked.get("payment") or prepared(asked)
    status = call(f"payment_intents/{payment}")["status"]
    if status == "succeeded":
        call("refunds", f"refund-{asked['order']}", {"payment_intent": payment})
    elif status != "canceled":
        call(f"payment_intents/{payment}/cancel", f"cancel-{asked['order']}")
    return asked
