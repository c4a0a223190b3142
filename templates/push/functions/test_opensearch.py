"""python3 -m unittest discover -s templates/push/functions"""
import importlib.util
import os
import unittest
from unittest import mock

import opensearch


class Credentials:
    access_key, secret_key, token = "AKIDEXAMPLE", "secret", "session"


class OpenSearchTest(unittest.TestCase):
    def setUp(self):
        session = mock.Mock(get_credentials=Credentials)
        self.enterContext(mock.patch.object(opensearch, "session", lambda: session))
        self.enterContext(mock.patch.dict(os.environ, {"AWS_REGION": "eu-west-1", "SEARCH_HOST": "search.example.com"}))

    @unittest.skipUnless(importlib.util.find_spec("botocore"), "botocore, which Lambda has, is not here")
    def test_every_request_is_signed_by_the_role(self):
        headers = opensearch.signed("POST", "https://search.example.com/subscribers/_search?a=b", b"{}")
        self.assertRegex(headers["Authorization"], r"^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/\d{8}/eu-west-1/es/aws4_request,")
        self.assertIn("SignedHeaders=content-type;host;x-amz-date;x-amz-security-token", headers["Authorization"])
        self.assertEqual(headers["X-Amz-Security-Token"], "session")

    def ask(self, status, said):
        unsigned = mock.patch.object(opensearch, "signed", lambda *_: {"A": "b"})
        with mock.patch("http.client.HTTPSConnection") as connection, unsigned:
            connection.return_value.getresponse.return_value = mock.Mock(status=status, read=lambda: said)
            try:
                return opensearch.search("POST", "/subscribers/_count", {"query": {}})
            finally:
                connection.assert_called_once_with("search.example.com", timeout=20)
                connection.return_value.request.assert_called_once_with(
                    "POST", "/subscribers/_count", b'{"query": {}}', {"A": "b"})
                connection.return_value.close.assert_called_once_with()

    def test_an_answer_is_parsed(self):
        self.assertEqual(self.ask(200, b'{"count": 3}'), {"count": 3})

    def test_a_refusal_says_why(self):
        with self.assertRaisesRegex(opensearch.SearchError, "OpenSearch answered 403: no permissions") as refused:
            self.ask(403, b"no permissions")
        self.assertEqual(refused.exception.status, 403)


if __name__ == "__main__":
    unittest.main()
