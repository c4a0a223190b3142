"""python3 -m unittest discover -s templates/push/functions"""
import contextlib
import io
import json
import os
import unittest
from unittest import mock

import answer
import index
import opensearch
import public_key

BODY = {"settings": {"auto_expand_replicas": "0-1"}, "mappings": {"properties": {"location": {"type": "geo_point"}}}}


def event(kind, **more):
    return {
        "RequestType": kind, "ResponseURL": "https://answer",
        "StackId": "stack", "RequestId": "request", "LogicalResourceId": "Index",
        "ResourceProperties": {"Index": "subscribers", "Shards": "3", "Body": json.dumps(BODY)}, **more,
    }


class Domain:
    """As much of OpenSearch as making an index needs."""

    def __init__(self):
        self.asked = []
        self.indices = {}
        self.failures = []

    def search(self, method, path, question=None):
        self.asked.append(f"{method} {path}")
        if self.failures:
            raise self.failures.pop(0)
        name, _, rest = path.strip("/").partition("/")
        if method == "PUT" and not rest:
            if name in self.indices:
                raise opensearch.SearchError(400, '{"error": {"type": "resource_already_exists_exception"}}')
            self.indices[name] = {**question, "count": 0}
        elif name not in self.indices:
            raise opensearch.SearchError(404, "index_not_found_exception")
        elif method == "DELETE":
            del self.indices[name]
        elif rest == "_count":
            return {"count": self.indices[name]["count"]}
        return {"acknowledged": True}


class IndexTest(unittest.TestCase):
    def setUp(self):
        self.domain = Domain()
        self.told = []
        self.left = 300_000
        for context in [
            mock.patch.object(index, "search", self.domain.search),
            mock.patch.object(answer, "tell", lambda url, body: self.told.append((url, json.loads(body)))),
            mock.patch.object(index.time, "sleep", self.sleep),
            mock.patch.dict(os.environ, {"SEARCH_HOST": "search.example.com"}),
            contextlib.redirect_stdout(io.StringIO()),
        ]:
            self.enterContext(context)

    def sleep(self, seconds):
        self.left -= seconds * 1000

    def ask(self, asked):
        index.handle(asked, mock.Mock(get_remaining_time_in_millis=lambda: self.left))
        (url, said), = self.told
        self.told.clear()
        self.assertEqual(url, "https://answer")
        self.assertEqual((said["StackId"], said["RequestId"], said["LogicalResourceId"]), ("stack", "request", "Index"))
        return said

    def test_an_index_is_made_with_its_mapping_and_its_parts(self):
        said = self.ask(event("Create"))
        self.assertEqual((said["Status"], said["PhysicalResourceId"], said["Data"]), (
            "SUCCESS", "search.example.com/subscribers", {"Index": "subscribers"}))
        made = self.domain.indices["subscribers"]
        self.assertEqual(made["settings"], {"auto_expand_replicas": "0-1", "number_of_shards": 3})
        self.assertEqual(made["mappings"]["properties"]["location"], {"type": "geo_point"})

    def test_one_that_is_there_is_changed_in_place(self):
        self.ask(event("Create"))
        said = self.ask(event("Update", PhysicalResourceId="search.example.com/subscribers"))
        self.assertEqual((said["Status"], said["PhysicalResourceId"]), ("SUCCESS", "search.example.com/subscribers"))
        self.assertEqual(self.domain.asked[1:], ["PUT /subscribers", "PUT /subscribers/_mapping", "PUT /subscribers/_settings"])

    def test_what_opensearch_refuses_fails_and_says_why(self):
        self.domain.failures = [opensearch.SearchError(400, "mapper_parsing_exception")]
        said = self.ask(event("Create"))
        self.assertEqual((said["Status"], said["PhysicalResourceId"]), ("FAILED", "Index-not-made"))
        self.assertIn("mapper_parsing_exception", said["Reason"])
        self.domain.failures = [opensearch.SearchError(400, "x" * 5_000)]
        self.assertLess(len(json.dumps(self.ask(event("Create")))), 4_096)

    def test_a_domain_that_is_not_ready_is_waited_for_but_not_for_ever(self):
        unready = opensearch.SearchError(403, "no permissions"), OSError("no way there"), opensearch.SearchError(503, "")
        self.domain.failures = list(unready)
        self.assertEqual(self.ask(event("Create"))["Status"], "SUCCESS")
        self.domain.failures = [OSError("no way there")] * 100
        self.assertEqual(self.ask(event("Create"))["Status"], "FAILED")
        self.assertGreater(self.left, 60_000)

    def test_an_empty_index_goes_and_one_with_subscribers_stays(self):
        gone = event("Delete", PhysicalResourceId="search.example.com/subscribers")
        self.ask(event("Create"))
        self.domain.indices["subscribers"]["count"] = 7
        self.assertEqual(self.ask(gone)["Status"], "SUCCESS")
        self.assertIn("subscribers", self.domain.indices)
        self.domain.indices["subscribers"]["count"] = 0
        self.assertEqual(self.ask(gone)["Status"], "SUCCESS")
        self.assertEqual(self.domain.indices, {})

    def test_nothing_keeps_a_stack_from_being_deleted(self):
        for failure in (OSError("the domain is gone"), opensearch.SearchError(404, ""), opensearch.SearchError(500, "")):
            self.domain.failures = [failure]
            gone = event("Delete", PhysicalResourceId="search.example.com/subscribers")
            self.assertEqual(self.ask(gone)["Status"], "SUCCESS")
        self.domain.asked.clear()
        for name in ("Index-not-made", "other.example.com/subscribers"):
            self.assertEqual(self.ask(event("Delete", PhysicalResourceId=name))["PhysicalResourceId"], name)
        self.assertEqual(self.domain.asked, [])


class AnswerTest(unittest.TestCase):
    def setUp(self):
        self.enterContext(contextlib.redirect_stdout(io.StringIO()))
        self.enterContext(mock.patch.object(answer.time, "sleep"))

    def test_cloudformation_is_told_without_a_type_of_content(self):
        with mock.patch("urllib.request.urlopen") as urlopen:
            answer.settle(event("Create"), lambda: ("name", {}))
        request = urlopen.call_args.args[0]
        self.assertEqual((request.get_method(), request.full_url), ("PUT", "https://answer"))
        self.assertEqual(request.get_header("Content-type"), "")
        self.assertEqual(json.loads(request.data)["Status"], "SUCCESS")

    def test_it_is_told_again_when_nobody_hears(self):
        deaf = OSError("deaf")
        with mock.patch("urllib.request.urlopen", side_effect=[deaf, deaf, mock.MagicMock()]) as urlopen:
            answer.settle(event("Create"), lambda: ("name", {}))
        self.assertEqual(urlopen.call_count, 3)
        with mock.patch("urllib.request.urlopen", side_effect=deaf) as urlopen, self.assertRaises(OSError):
            answer.settle(event("Create"), lambda: ("name", {}))
        self.assertEqual(urlopen.call_count, answer.ATTEMPTS)


class PublicKeyTest(unittest.TestCase):
    def read(self, asked):
        kms = mock.Mock()
        kms.get_public_key.return_value = {"PublicKey": b"x" * 26 + b"\x04" + b"\xfb" * 64}
        with mock.patch.dict("sys.modules", boto3=mock.Mock(client=lambda service: kms)):
            return public_key.read(asked)

    def test_browsers_get_the_point_without_padding(self):
        name, _ = self.read(event("Create", ResourceProperties={"KeyArn": "key"}))
        self.assertRegex(name, r"^B[\w-]{86}$")

    def test_when_it_is_deleted_nothing_is_to_be_done(self):
        self.assertEqual(self.read(event("Delete", PhysicalResourceId="BPoint")), ("BPoint", {}))


if __name__ == "__main__":
    unittest.main()
