"""Answers publishers: hands notifications to the queue or, for a segment, to who queues them, and clicks to the stream.

Who a publisher is follows from the key, never from what the body says. The form of a body was checked before it came
here. A part that was not taken is named in the answer, so that the publisher can send that part again.
"""
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache

QUEUE_BATCH = 10
# As many as the stream takes at once.
LONGEST_LIST = 500
# An execution takes 256 KB, and each of its steps hands the segment on.
LONGEST_SEGMENT = 200_000
# A key that is taken away or changed is known after this time.
OWNER_SECONDS = 300
TRIES = 3

owners = {}


class Unknown(Exception):
    """Nobody owns the key."""


class Wrong(Exception):
    """What was asked for cannot be understood."""


@cache
def client(service):
    import boto3  # Lambda has it; tests do without

    return boto3.client(service)


def owner_of(key):
    """The publisher that a key belongs to."""
    found = owners.get(key)
    if not found or found[1] < time.time():
        ssm = client("ssm")
        try:
            name = ssm.get_parameter(Name=f"{os.environ['OWNERS']}/{key}")["Parameter"]["Value"]
        except ssm.exceptions.ParameterNotFound as missing:
            raise Unknown(key) from missing
        found = owners[key] = (name, time.time() + OWNER_SECONDS)
    return found[0]


def answer(status, body):
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": json.dumps(body)}


def listed(body, name):
    """API Gateway does not count what is in a list."""
    if not 1 <= len(body[name]) <= LONGEST_LIST:
        raise Wrong(f"`{name}` has from 1 to {LONGEST_LIST} entries")
    return body[name]


def named(publisher, body):
    """A notification's name, unlike that of every other publisher: theirs have no `_`."""
    return f"{publisher}_{body['id']}"


def result(count, left, what):
    """What was taken; what was not, by its name or number."""
    if left:
        return answer(503, {"accepted": count - len(left), what: left})
    return answer(202, {"accepted": count})


def send(entries):
    """Puts up to ten messages into the queue. Returns the numbers of those that it did not take."""
    for _ in range(TRIES):
        failed = client("sqs").send_message_batch(QueueUrl=os.environ["QUEUE"], Entries=entries).get("Failed", [])
        refused = {one["Id"] for one in failed}
        entries = [entry for entry in entries if entry["Id"] in refused]
        if not entries:
            break
    return [int(entry["Id"]) for entry in entries]


def notify(publisher, body):
    """One message for each subscriber. Its id says which notification of whom for whom: that is done once."""
    subscribers = listed(body, "subscribers")
    entries = [
        {"Id": str(number), "MessageBody": json.dumps({
            "id": f"{named(publisher, body)}/{subscriber['id']}",
            "publisher": publisher,
            "subscriber": subscriber["id"],
            "endpoint": subscriber["endpoint"],
        })}
        for number, subscriber in enumerate(subscribers)
    ]
    batches = [entries[at:at + QUEUE_BATCH] for at in range(0, len(entries), QUEUE_BATCH)]
    client("sqs")  # made once, before there are threads
    with ThreadPoolExecutor(max_workers=8) as pool:
        left = [number for refused in pool.map(send, batches) for number in refused]
    return result(len(subscribers), [subscribers[number]["id"] for number in left], "subscribers")


def record(publisher, body):
    """One row for each click; the rows are those of the table of the catalog."""
    now = int(time.time() * 1000)
    rows = [
        {"Data": (json.dumps({"at": now, **click, "publisher": publisher}) + "\n").encode()}
        for click in listed(body, "clicks")
    ]
    waiting = list(range(len(rows)))
    for _ in range(TRIES):
        taken = client("firehose").put_record_batch(
            DeliveryStreamName=os.environ["CLICK_STREAM"], Records=[rows[number] for number in waiting])
        waiting = [number for number, one in zip(waiting, taken["RequestResponses"]) if "ErrorCode" in one]
        if not waiting:
            break
    return result(len(rows), waiting, "clicks")


def counted(publisher, segment):
    said = client("lambda").invoke(FunctionName=os.environ["SEGMENTS"], Payload=json.dumps({
        "do": "count", "publisher": publisher, "segment": segment,
    }))
    found = json.load(said["Payload"])
    if said.get("FunctionError"):
        if found.get("errorType") == "WrongSegment":
            raise Wrong(found["errorMessage"])
        raise RuntimeError(f"the segment was not counted: {found}")
    return found["count"]


def count(publisher, body):
    return answer(200, {"subscribers": counted(publisher, body["segment"])})


def broadcast(publisher, body):
    """Counts first: a segment that is wrong is told here, and not only to whoever watches the alarms."""
    if len(json.dumps(body["segment"])) > LONGEST_SEGMENT:
        raise Wrong(f"the segment of a broadcast has {LONGEST_SEGMENT} letters at most")
    subscribers = counted(publisher, body["segment"])
    states = client("stepfunctions")
    name = named(publisher, body)
    try:
        states.start_execution(stateMachineArn=os.environ["SEND"], name=name, input=json.dumps({
            "do": "send", "publisher": publisher, "segment": body["segment"], "notification": name,
        }))
    except states.exceptions.ExecutionAlreadyExists:
        return answer(409, {"message": "a notification of this id went to a segment before"})
    return answer(202, {"subscribers": subscribers})


DOERS = {"/notifications": notify, "/broadcasts": broadcast, "/segments": count, "/clicks": record}


def is_json(headers):
    """API Gateway looks at the form of no other bodies; one without a type it takes for JSON. Nothing says that it takes
    `Application/JSON` for the same, so such a body may not have been looked at."""
    kinds = [value for name, value in (headers or {}).items() if name.lower() == "content-type"]
    return not kinds or kinds[0].split(";")[0].strip() == "application/json"


def handle(event, context):
    if not is_json(event["headers"]):
        return answer(415, {"message": "a body has the type application/json"})
    try:
        publisher = owner_of(event["requestContext"]["identity"]["apiKeyId"])
    except Unknown:
        return answer(403, {"message": "this key belongs to nobody"})
    try:
        said = DOERS[event["resource"]](publisher, json.loads(event["body"]))
    except Wrong as why:
        said = answer(400, {"message": str(why)})
    print(json.dumps({"publisher": publisher, "path": event["resource"], "status": said["statusCode"]}))
    return said
