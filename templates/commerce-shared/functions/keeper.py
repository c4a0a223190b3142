"""Keeps the search in order, once a day: how new indices are made, and when old ones are forgotten.

The archive keeps everything for years; the search is for what people still ask about.
"""
import datetime
import json
import os
import re
import urllib.request

KINDS = ["trail", "configuration", "connections", "balancers", "workloads"]
MONTH = re.compile(r"^(?:" + "|".join(KINDS) + r")-(\d{4})\.(\d{2})$")


def call(method, path, body=None):
    """What the search answers. The request is signed as the role of the function."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.session import Session

    url = f"https://{os.environ['ENDPOINT']}{path}"
    data = None if body is None else json.dumps(body).encode()
    signed = AWSRequest(method, url, data=data, headers={"Content-Type": "application/json"})
    SigV4Auth(Session().get_credentials(), "es", os.environ["AWS_REGION"]).add_auth(signed)
    request = urllib.request.Request(url, data, dict(signed.headers), method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def template():
    """How an index begins: whole words as they are, addresses as addresses, a copy on another node if there is one."""
    nodes = int(os.environ["NODES"])
    words = {"words": {"match_mapping_type": "string", "mapping": {"type": "keyword", "ignore_above": 1024}}}
    texts = {name: {"type": "text"} for name in ("answer", "configuration", "message", "request", "text")}
    return {
        "index_patterns": [f"{kind}-*" for kind in KINDS],
        "template": {
            "settings": {"number_of_shards": 1, "number_of_replicas": 1 if nodes > 1 else 0, "refresh_interval": "30s"},
            "mappings": {
                "dynamic_templates": [words],
                "properties": {"@timestamp": {"type": "date"}, **texts,
                               "account": {"type": "keyword"}, "finding": {"type": "keyword"}},
            },
        },
    }


def is_over(name, today, days):
    """Whether all of an index's month is longer ago than that."""
    found = MONTH.match(name)
    if not found:
        return False
    year, month = int(found[1]), int(found[2])
    after = datetime.date(year + month // 12, month % 12 + 1, 1)
    return after <= today - datetime.timedelta(days=days)


def handle(event, context):
    call("PUT", "/_index_template/archive", template())
    today = datetime.datetime.now(datetime.UTC).date()
    names = [index["index"] for index in call("GET", "/_cat/indices?format=json&h=index")]
    for name in sorted(names):
        if is_over(name, today, int(os.environ["DAYS"])):
            call("DELETE", f"/{name}")
            print(json.dumps({"forgotten": name}))
