"""Takes the messages of the queue and delivers each once: one browser is to be woken for one notification.

A message is {"id", "publisher", "subscriber", "endpoint"}; one without an id has that of the queue. Many functions run
at once and a queue may deliver twice, so each message is claimed in Redis first. A message that another run holds is
left for later; one that fails comes back; one that is done already is let go.
"""
import json
import os
import re
from functools import cache

from once import Held, Once
from opensearch import SearchError, search
from resp import Redis, Refused
from web_push import SIGNED_SECONDS, URGENCIES, Gone, authorization, deliver, headers_of, origin_of

# A message is not begun when the function might be stopped before it is done.
LEAST_MILLISECONDS = 30_000

# Names become part of paths, and must not lead elsewhere.
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Late(Exception):
    """The time of this run is nearly up."""


@cache
def client(service):
    import boto3  # Lambda has it; tests do without

    return boto3.client(service)


@cache
def redis():
    secret = client("secretsmanager").get_secret_value(SecretId=os.environ["CACHE_SECRET"])
    return Redis(os.environ["CACHE_HOST"], os.environ["CACHE_PORT"], json.loads(secret["SecretString"])["token"])


def once():
    # Lambda stops a run when its time is up, so none outlives its lock.
    milliseconds = (int(os.environ["SECONDS"]) + 10) * 1000
    return Once(redis(), milliseconds, int(os.environ["DONE_SECONDS"]))


def looked_up(name, seconds, look):
    """What `look` gives, kept in Redis for others and for later."""
    kept = redis().ask("GET", name)
    if kept is None:
        kept = look()
        redis().ask("SET", name, kept, "EX", seconds)
    return kept


def settings_of(publisher):
    """How this publisher's pushes are sent: {"keep_seconds", "urgency", "paused"}, of which each may be left out."""
    if not NAME.fullmatch(publisher):
        raise ValueError(f"no publisher's name: {publisher[:100]!r}")
    name = f"{os.environ['PUBLISHERS']}/{publisher}"
    text = looked_up(f"push:publisher:{publisher}", int(os.environ["LOOK_UP_SECONDS"]),
                     lambda: client("ssm").get_parameter(Name=name)["Parameter"]["Value"])
    settings = {"keep_seconds": 86400, "urgency": "normal", "paused": False, **json.loads(text)}
    if settings["urgency"] not in URGENCIES:
        raise ValueError(f"the urgency of {publisher} is none of {', '.join(URGENCIES)}")
    return settings


def push(message):
    """How it ended, in a word."""
    settings = settings_of(message["publisher"])
    if settings["paused"]:
        return "paused"
    origin = origin_of(message["endpoint"], os.environ["PUSH_HOSTS"].split(","))
    if os.environ["DELIVERY"] == "none":
        return "nobody delivers here"
    signed = looked_up(f"push:signed:{origin}", SIGNED_SECONDS // 2, lambda: authorization(
        origin, os.environ["CONTACT"], client("kms"), os.environ["SIGNING_KEY"]))
    try:
        deliver(message["endpoint"], headers_of(message, settings, signed))
    except Gone:
        forget(message)
        return "gone"
    return "delivered"


def forget(message):
    """Takes a subscriber out of the index, unless the browser has subscribed anew meanwhile."""
    if not NAME.fullmatch(message["subscriber"]):
        raise ValueError(f"no subscriber's name: {message['subscriber'][:100]!r}")
    document = f"/{os.environ['INDEX']}/_doc/{message['subscriber']}"
    try:
        found = search("GET", document)
        if found["_source"]["endpoint"] == message["endpoint"]:
            search("DELETE", f"{document}?if_seq_no={found['_seq_no']}&if_primary_term={found['_primary_term']}")
    except SearchError as why:
        # Not there any more, or changed just now: neither is ours to delete.
        if why.status not in (404, 409):
            raise


def do(record):
    message = {"id": record["messageId"], **json.loads(record["body"])}
    name = message["id"]
    token = once().claim(name)
    if token is None:
        return "done already"
    try:
        outcome = push(message)
    except Exception:
        once().release(name, token)
        raise
    return outcome if once().finish(name, token) else f"{outcome}, after its lock ran out"


def handle(batch, context):
    """Does each message by itself: those that fail or that another run holds come back, the others are done."""
    failed = []
    for record in batch["Records"]:
        said = {"message": record["messageId"]}
        try:
            if context.get_remaining_time_in_millis() < LEAST_MILLISECONDS:
                raise Late("left for another run")
            said["outcome"] = do(record)
        except Exception as why:  # one bad message must not hold up the others
            if isinstance(why, Refused):
                redis.cache_clear()  # the token may have been changed since
            said["outcome"] = "held" if isinstance(why, Held) else "left"
            said |= {"error": type(why).__name__, "why": str(why)}
            failed.append({"itemIdentifier": record["messageId"]})
        print(json.dumps(said))
    return {"batchItemFailures": failed}
