"""python3 -m unittest discover -s templates/tracker/functions"""
import base64
import contextlib
import hashlib
import hmac
import io
import json
import os
import unittest
from unittest import mock

import worker


class Refused(Exception):
    def __init__(self, item):
        super().__init__("the condition does not hold")
        self.response = {"Item": item}


class Table:
    """The few things of DynamoDB that a worker uses, on a dictionary."""

    class exceptions:
        ConditionalCheckFailedException = Refused

    def __init__(self):
        self.items = {}

    def put_item(self, TableName, Item, ConditionExpression=None, ExpressionAttributeValues=None, **_):
        name = Item["name"]["S"]
        old = self.items.get(name)
        if ConditionExpression and old and int(old["expires"]["N"]) >= int(ExpressionAttributeValues[":now"]["N"]):
            raise Refused(old)
        self.items[name] = Item

    def delete_item(self, TableName, Key):
        self.items.pop(Key["name"]["S"], None)


def record(message, name="m-1"):
    return {"messageId": name, "body": json.dumps(message)}


class WorkerTest(unittest.TestCase):
    mail = {"to": "ada@example.com", "subject": "Hello", "text": "A task is yours."}
    event = {"channel": "board/7", "name": "moved", "data": {"card": 3}}

    def setUp(self):
        self.now = 1_000_000
        self.provider = None
        self.table = Table()
        self.keys = {
            "postmark": {"key": "k-1"}, "sendgrid": {"key": "k-2"}, "ably": {"key": "k-3"},
            "pusher": {"key": "k-4", "app": "9", "secret": "s-1", "cluster": "eu"},
        }
        secrets = mock.Mock(get_secret_value=lambda SecretId: {"SecretString": json.dumps(self.keys)})
        self.clients = {"dynamodb": self.table, "sesv2": mock.Mock(), "s3": mock.Mock(), "secretsmanager": secrets}
        self.posts = []
        self.printed = io.StringIO()
        for context in [
            mock.patch.object(worker, "client", self.clients.__getitem__),
            mock.patch.object(worker, "post", lambda *call: self.posts.append(call)),
            mock.patch.object(worker.time, "time", lambda: self.now),
            contextlib.redirect_stdout(self.printed),
        ]:
            self.enterContext(context)

    def work(self, work, provider, *records):
        facts = {"WORK": work, "PROVIDER": provider, "SENDER": "tracker@example.com", "TABLE": "t", "BUCKET": "b",
                 "SECONDS": "30", "SECRET": "s"}
        # Lambda starts a function anew when its variables change.
        if self.provider != (work, provider):
            self.provider = (work, provider)
            worker.key.cache_clear()
        with mock.patch.dict(os.environ, facts):
            return worker.handle({"Records": list(records)}, None)["batchItemFailures"]

    def test_each_mail_provider_gets_the_mail_in_its_form(self):
        self.assertEqual(self.work("mail-out", "ses", record(self.mail, "a")), [])
        sent = self.clients["sesv2"].send_email.call_args.kwargs
        self.assertEqual(sent["Destination"], {"ToAddresses": ["ada@example.com"]})
        self.work("mail-out", "postmark", record(self.mail, "b"))
        self.work("mail-out", "sendgrid", record(self.mail, "c"))
        (postmark, token, first), (sendgrid, bearer, second) = self.posts
        self.assertEqual((postmark, token), ("https://api.postmarkapp.com/email", {"X-Postmark-Server-Token": "k-1"}))
        self.assertEqual(json.loads(first)["TextBody"], "A task is yours.")
        self.assertEqual((sendgrid, bearer), ("https://api.sendgrid.com/v3/mail/send", {"Authorization": "Bearer k-2"}))
        self.assertEqual(json.loads(second)["personalizations"], [{"to": [{"email": "ada@example.com"}]}])

    def test_each_push_provider_gets_the_event_in_its_form(self):
        self.work("events", "ably", record(self.event, "a"))
        self.work("events", "pusher", record(self.event, "b"))
        (ably, basic, _), (pusher, _, body) = self.posts
        self.assertEqual(ably, "https://rest.ably.io/channels/board%2F7/messages")
        self.assertEqual(basic, {"Authorization": "Basic " + base64.b64encode(b"k-3").decode()})
        address, query = pusher.split("?")
        self.assertEqual(address, "https://api-eu.pusher.com/apps/9/events")
        signed, signature = query.split("&auth_signature=")
        expected = hmac.new(b"s-1", f"POST\n/apps/9/events\n{signed}".encode(), hashlib.sha256).hexdigest()
        self.assertEqual(signature, expected)
        self.assertIn(hashlib.md5(body).hexdigest(), signed)

    def test_a_key_that_is_put_in_later_is_found(self):
        key = self.keys.pop("postmark")
        self.assertEqual(self.work("mail-out", "postmark", record(self.mail)), [{"itemIdentifier": "m-1"}])
        self.assertIn("no key for postmark", self.printed.getvalue())
        self.keys["postmark"] = key
        self.assertEqual(self.work("mail-out", "postmark", record(self.mail)), [])
        self.assertEqual(len(self.posts), 1)

    def test_where_nobody_does_it_the_message_is_left(self):
        for work in worker.DOERS:
            self.assertEqual(self.work(work, "none", record(self.mail, work)), [])
        self.assertEqual(self.posts, [])
        self.assertEqual(self.printed.getvalue().count("nobody does this here"), 3)

    def test_a_message_that_comes_twice_is_done_once(self):
        self.work("mail-out", "postmark", record(self.mail))
        self.assertEqual(self.work("mail-out", "postmark", record(self.mail)), [])
        named = {**self.mail, "id": "invoice-4"}
        self.work("mail-out", "postmark", record(named, "x"), record(named, "y"))
        self.assertEqual(len(self.posts), 2)

    def test_a_message_that_another_run_has_comes_back_and_is_taken_over_after_its_time(self):
        self.table.items["work/mail-out/m-1"] = worker.claimed("work/mail-out/m-1", "running", self.now + 40)
        self.assertEqual(self.work("mail-out", "postmark", record(self.mail)), [{"itemIdentifier": "m-1"}])
        self.assertEqual(self.posts, [])
        self.now += 41
        self.assertEqual(self.work("mail-out", "postmark", record(self.mail)), [])
        self.assertEqual(len(self.posts), 1)

    def test_one_that_fails_comes_back_and_the_others_are_done(self):
        bad = {"messageId": "bad", "body": "no json"}
        half = record({"to": "ada@example.com"}, "half")
        failed = self.work("mail-out", "postmark", bad, half, record(self.mail))
        self.assertEqual([one["itemIdentifier"] for one in failed], ["bad", "half"])
        self.assertEqual(len(self.posts), 1)
        self.assertNotIn("work/mail-out/half", self.table.items, "its claim is given back")

    def test_a_mail_that_came_in_becomes_a_value(self):
        raw = b"From: ada@example.com\r\nTo: board-7@example.com\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\nPlease add this.\r\n"
        self.clients["s3"].get_object.return_value = {"Body": io.BytesIO(raw)}
        self.assertEqual(self.work("mail-in", "postmark", record({"file": "incoming/8"})), [])
        value = self.table.items["mail-in/8"]
        self.assertEqual(value["subject"]["S"], "Grüße")
        self.assertEqual(value["text"]["S"].strip(), "Please add this.")

    def test_a_mail_lies_where_mails_lie(self):
        failed = self.work("mail-in", "mailgun", record({"file": "uploads/8"}))
        self.assertEqual(len(failed), 1)
        self.clients["s3"].get_object.assert_not_called()


if __name__ == "__main__":
    unittest.main()
