"""Takes the messages of one queue: mails that came in, mails to be sent, or events to be pushed.

Queues may deliver a message twice. A claim in the table lets each be done once: it lasts as long as a run may take,
then as a mark that it is done. A message whose claim is held by another run comes back later.
"""
import base64
import email
import email.policy
import hashlib
import hmac
import json
import os
import time
import urllib.parse
import urllib.request
from functools import cache

MARK_SECONDS = 14 * 86400


class Busy(Exception):
    """Another run has the message."""


@cache
def client(service):
    import boto3  # Lambda has it; tests do without

    return boto3.client(service)


@cache
def key():
    """What the provider knows us by. The secret has such a mapping for each provider; it is read once, see `do`."""
    secret = json.loads(client("secretsmanager").get_secret_value(SecretId=os.environ["SECRET"])["SecretString"])
    if os.environ["PROVIDER"] not in secret:
        raise LookupError(f"the secret of {os.environ['WORK']} has no key for {os.environ['PROVIDER']}")
    return secret[os.environ["PROVIDER"]]


def post(url, headers, body):
    request = urllib.request.Request(url, body, {"Content-Type": "application/json", **headers}, method="POST")
    with urllib.request.urlopen(request, timeout=10) as answer:
        answer.read()


def send_by_ses(mail):
    client("sesv2").send_email(
        FromEmailAddress=os.environ["SENDER"],
        Destination={"ToAddresses": [mail["to"]]},
        Content={"Simple": {"Subject": {"Data": mail["subject"]}, "Body": {"Text": {"Data": mail["text"]}}}},
    )


def send_by_postmark(mail):
    body = {"From": os.environ["SENDER"], "To": mail["to"], "Subject": mail["subject"], "TextBody": mail["text"]}
    post("https://api.postmarkapp.com/email", {"X-Postmark-Server-Token": key()["key"]}, json.dumps(body).encode())


def send_by_sendgrid(mail):
    body = {
        "personalizations": [{"to": [{"email": mail["to"]}]}],
        "from": {"email": os.environ["SENDER"]},
        "subject": mail["subject"],
        "content": [{"type": "text/plain", "value": mail["text"]}],
    }
    headers = {"Authorization": f"Bearer {key()['key']}"}
    post("https://api.sendgrid.com/v3/mail/send", headers, json.dumps(body).encode())


def push_by_ably(event):
    channel = urllib.parse.quote(event["channel"], safe="")
    headers = {"Authorization": "Basic " + base64.b64encode(key()["key"].encode()).decode()}
    body = {"name": event["name"], "data": event["data"]}
    post(f"https://rest.ably.io/channels/{channel}/messages", headers, json.dumps(body).encode())


def push_by_pusher(event):
    body = json.dumps({"channel": event["channel"], "name": event["name"], "data": json.dumps(event["data"])}).encode()
    path = f"/apps/{key()['app']}/events"
    query = urllib.parse.urlencode({
        "auth_key": key()["key"],
        "auth_timestamp": int(time.time()),
        "auth_version": "1.0",
        "body_md5": hashlib.md5(body, usedforsecurity=False).hexdigest(),
    })
    signature = hmac.new(key()["secret"].encode(), f"POST\n{path}\n{query}".encode(), hashlib.sha256).hexdigest()
    post(f"https://api-{key()['cluster']}.pusher.com{path}?{query}&auth_signature={signature}", {}, body)


def read_mail(message):
    """Makes a value of the table, `mail-in/…`, out of a raw mail that the program put into the bucket."""
    if not message["file"].startswith("incoming/"):
        raise ValueError("a mail lies under incoming/")
    raw = client("s3").get_object(Bucket=os.environ["BUCKET"], Key=message["file"])["Body"].read()
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    text = mail.get_body(("plain", "html"))
    client("dynamodb").put_item(TableName=os.environ["TABLE"], Item={
        "name": {"S": "mail-in/" + message["file"].removeprefix("incoming/")},
        "from": {"S": str(mail["from"] or "")},
        "to": {"S": str(mail["to"] or "")},
        "subject": {"S": str(mail["subject"] or "")},
        "text": {"S": text.get_content()[:200_000] if text else ""},
        "expires": {"N": str(int(time.time()) + MARK_SECONDS)},
    })


def leave(message):
    print(json.dumps({"work": os.environ["WORK"], "outcome": "nobody does this here"}))


DOERS = {
    "mail-in": {"mailgun": read_mail, "postmark": read_mail, "none": leave},
    "mail-out": {"ses": send_by_ses, "postmark": send_by_postmark, "sendgrid": send_by_sendgrid, "none": leave},
    "events": {"ably": push_by_ably, "pusher": push_by_pusher, "none": leave},
}


def claim(name):
    """True when the message is this run's to do, false when it is done already."""
    now = int(time.time())
    dynamodb = client("dynamodb")
    try:
        dynamodb.put_item(
            TableName=os.environ["TABLE"],
            Item=claimed(name, "running", now + int(os.environ["SECONDS"]) + 10),
            ConditionExpression="attribute_not_exists(#name) OR expires < :now",
            ExpressionAttributeNames={"#name": "name"},
            ExpressionAttributeValues={":now": {"N": str(now)}},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except dynamodb.exceptions.ConditionalCheckFailedException as refused:
        if refused.response["Item"]["state"]["S"] == "done":
            return False
        raise Busy(name) from refused
    return True


def claimed(name, state, expires):
    return {"name": {"S": name}, "state": {"S": state}, "expires": {"N": str(expires)}}


def do(record):
    message = json.loads(record["body"])
    # The sender may name a message, so that the same one put into the queue twice is done once too.
    name = f"work/{os.environ['WORK']}/{message.get('id') or record['messageId']}"
    if not claim(name):
        return
    try:
        DOERS[os.environ["WORK"]][os.environ["PROVIDER"]](message)
    except Exception:
        key.cache_clear()  # the next try takes the key that somebody has put in since
        client("dynamodb").delete_item(TableName=os.environ["TABLE"], Key={"name": {"S": name}})
        raise
    done = claimed(name, "done", int(time.time()) + MARK_SECONDS)
    client("dynamodb").put_item(TableName=os.environ["TABLE"], Item=done)


def handle(batch, context):
    """Does each message by itself: those that fail come back, the others are done."""
    failed = []
    for record in batch["Records"]:
        try:
            do(record)
        except Exception as why:  # one bad message must not hold up the others
            print(json.dumps({"work": os.environ["WORK"], "message": record["messageId"],
                              "error": type(why).__name__, "why": str(why)}))
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
