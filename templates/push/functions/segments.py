"""Counts the subscribers of a segment, or puts a notification for each of them into the queue.

    {"do": "count", "publisher": …, "segment": …}                      gives {"count"}
    {"do": "send", "publisher": …, "segment": …, "notification": …}    gives the same, with "queued" and "after"

When the time of a run is up, `after` names the last subscriber that was queued: asked again with what it gave, it
goes on there. When all are queued, `after` is null. Queueing a subscriber twice does no harm: the message has the
same name.
"""
import json
import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from opensearch import search
from segment import NAME, WrongSegment, question_of

PAGE = 1000
# A page is begun only when it is sure to be done.
LEAST_MILLISECONDS = 60_000


class Unqueued(Exception):
    """The queue did not take all of it."""


@cache
def queue():
    import boto3  # Lambda has it; tests do without
    from botocore.config import Config

    return boto3.client("sqs", config=Config(max_pool_connections=10))


def handle(asked, context):
    if asked.get("do") not in ("count", "send"):
        raise WrongSegment("`do` has to be `count` or `send`")
    question = question_of(asked.get("publisher"), asked.get("segment"))
    if asked["do"] == "count":
        return {"count": search("POST", f"/{os.environ['INDEX']}/_count", {"query": question})["count"]}
    if not isinstance(asked.get("notification"), str) or not NAME.fullmatch(asked["notification"]):
        raise WrongSegment("`notification` has to be a notification's name")
    return send(asked, question, context)


def send(asked, question, context):
    queued, after = asked.get("queued", 0), asked.get("after")
    while context.get_remaining_time_in_millis() >= LEAST_MILLISECONDS:
        found = page(question, after)
        put([message(asked, one["_source"]) for one in found])
        queued += len(found)
        after = found[-1]["_source"]["subscriber"] if len(found) == PAGE else None
        if after is None:
            break
    said = {**asked, "queued": queued, "after": after}
    print(json.dumps({name: said[name] for name in ("publisher", "notification", "queued", "after")}))
    return said


def page(question, after):
    """The next subscribers by name: who comes or goes meanwhile moves nobody else."""
    asked = {"query": question, "size": PAGE, "sort": [{"subscriber": "asc"}], "_source": ["subscriber", "endpoint"],
             "track_total_hits": False}
    if after is not None:
        asked["search_after"] = [after]
    answer = search("POST", f"/{os.environ['INDEX']}/_search?allow_partial_search_results=false", asked)
    return answer["hits"]["hits"]


def message(asked, subscriber):
    return json.dumps({
        "id": f"{asked['notification']}/{subscriber['subscriber']}",
        "publisher": asked["publisher"],
        "subscriber": subscriber["subscriber"],
        "endpoint": subscriber["endpoint"],
    })


def put(messages):
    tens = [messages[begin:begin + 10] for begin in range(0, len(messages), 10)]
    with ThreadPoolExecutor(10) as ten_at_once:
        for _ in ten_at_once.map(put_ten, tens):
            pass


def put_ten(messages):
    entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(messages)]
    for _ in range(3):
        refused = queue().send_message_batch(QueueUrl=os.environ["QUEUE"], Entries=entries).get("Failed", [])
        if not refused:
            return
        entries = [entry for entry in entries if entry["Id"] in {one["Id"] for one in refused}]
    raise Unqueued(refused[0].get("Message") or refused[0]["Code"])
