"""Makes the index of subscribers, for CloudFormation: Custom::SubscriberIndex with `Index`, `Shards` and `Body`.

Making it twice is making it once. A changed body changes what OpenSearch can change in place, which is adding fields;
anything else is refused, and CloudFormation goes back. An index with subscribers is never deleted.
"""
import json
import os
import time

from answer import settle
from opensearch import SearchError, search

# A new domain may not answer yet, or not know its rules yet.
PASSING = (403, 429, 500, 502, 503, 504)


def handle(event, context):
    work = delete if event["RequestType"] == "Delete" else make
    settle(event, lambda: work(event, context))


def make(event, context):
    asked = event["ResourceProperties"]
    name, body = asked["Index"], json.loads(asked["Body"])
    shards = {"number_of_shards": int(asked["Shards"])}
    try:
        patiently(context, "PUT", f"/{name}", {**body, "settings": {**body["settings"], **shards}})
    except SearchError as why:
        if "resource_already_exists_exception" not in why.said:
            raise
        patiently(context, "PUT", f"/{name}/_mapping", body["mappings"])
        patiently(context, "PUT", f"/{name}/_settings", body["settings"])
    return f"{os.environ['SEARCH_HOST']}/{name}", {"Index": name}


def delete(event, context):
    """Of an index that was never filled nothing is left; one with subscribers stays, as the domain does."""
    name = event["PhysicalResourceId"]
    host, _, index = name.partition("/")
    if index and host == os.environ["SEARCH_HOST"]:
        try:
            if search("GET", f"/{index}/_count")["count"] == 0:
                search("DELETE", f"/{index}")
        except (OSError, SearchError) as why:
            print(json.dumps({"kept": name, "why": str(why)}))
    return name, {}


def patiently(context, method, path, question):
    while True:
        try:
            return search(method, path, question)
        except (OSError, SearchError) as why:
            passing = not isinstance(why, SearchError) or why.status in PASSING
            # The answer to CloudFormation needs time too, and so does another attempt.
            if not passing or context.get_remaining_time_in_millis() < 75_000:
                raise
            print(json.dumps({"waiting": str(why)}))
            time.sleep(5)
