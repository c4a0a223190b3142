"""Asks OpenSearch with the role of this function: every request is signed."""
import http.client
import json
import os
from functools import cache


class SearchError(Exception):
    """OpenSearch did not do it."""

    def __init__(self, status, said):
        super().__init__(f"OpenSearch answered {status}: {said[:500]}")
        self.status = status
        self.said = said


@cache
def session():
    import boto3  # Lambda has it; tests do without

    return boto3.Session()


def signed(method, url, body):
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest

    request = AWSRequest(method, url, data=body, headers={"Content-Type": "application/json"})
    SigV4Auth(session().get_credentials(), "es", os.environ["AWS_REGION"]).add_auth(request)
    return dict(request.headers)


def search(method, path, question=None):
    """The answer as it is, parsed."""
    host = os.environ["SEARCH_HOST"]
    body = b"" if question is None else json.dumps(question).encode()
    connection = http.client.HTTPSConnection(host, timeout=20)
    try:
        connection.request(method, path, body, signed(method, f"https://{host}{path}", body))
        answer = connection.getresponse()
        said = answer.read().decode()
    finally:
        connection.close()
    if answer.status >= 300:
        raise SearchError(answer.status, said)
    return json.loads(said)
