"""Tells CloudFormation how a custom resource went, in every case: it would wait for an hour otherwise."""
import json
import time
import urllib.request

ATTEMPTS = 5


def settle(event, work):
    """Does `work`, which gives the resource's name and its attributes, and tells how that went."""
    name = event.get("PhysicalResourceId") or f"{event['LogicalResourceId']}-not-made"
    status, reason, attributes = "SUCCESS", "", {}
    try:
        name, attributes = work()
    except Exception as why:
        status, reason = "FAILED", f"{type(why).__name__}: {why}"[:1000]
    said = {
        "Status": status, "Reason": reason, "PhysicalResourceId": name, "Data": attributes,
        "StackId": event["StackId"], "RequestId": event["RequestId"], "LogicalResourceId": event["LogicalResourceId"],
    }
    print(json.dumps(said))
    tell(event["ResponseURL"], json.dumps(said).encode())


def tell(url, body):
    for attempt in range(1, ATTEMPTS + 1):
        try:
            # The address is signed for a request without a type of content.
            request = urllib.request.Request(url, body, {"Content-Type": ""}, method="PUT")
            with urllib.request.urlopen(request, timeout=5) as heard:
                heard.read()
            return
        except OSError as why:
            print(json.dumps({"untold": str(why), "attempt": attempt}))
            if attempt == ATTEMPTS:
                raise
            time.sleep(attempt)
