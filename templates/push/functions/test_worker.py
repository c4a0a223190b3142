"""python3 -m unittest discover -s templates/push/functions; scripts/judges/once.sh does it with a real Redis"""
import contextlib
import io
import json
import os
import unittest
from unittest import mock

import once
import opensearch
import worker
from web_push import Gone, Undelivered


class Cache:
    """The few commands that a worker says, on a dictionary."""

    def __init__(self):
        self.keys = {}
        self.refuses = None

    def ask(self, command, *words):
        if self.refuses:
            raise self.refuses
        return getattr(self, command.lower())(*words)

    def get(self, key):
        return self.keys.get(key)

    def set(self, key, value, *how):
        before = self.keys.get(key)
        if "NX" in how and before is not None:
            return before
        self.keys[key] = str(value)
        return None if "GET" in how else "OK"

    def eval(self, script, _, key, token, *rest):
        holder = self.keys.get(key)
        if script == once.RELEASE:
            return 1 if holder == token and self.keys.pop(key) else 0
        if holder not in (None, token, *rest[:1]):
            return 0
        self.keys[key] = rest[0]
        return 1


def record(message, name="m-1"):
    return {"messageId": name, "body": json.dumps(message)}


class WorkerTest(unittest.TestCase):
    message = {
        "id": "n-1/s-1", "publisher": "daily-news", "subscriber": "s-1", "endpoint": "https://fcm.googleapis.com/send/a",
    }

    def setUp(self):
        self.cache = Cache()
        self.settings = {"daily-news": {"urgency": "high", "keep_seconds": 600}}
        self.delivered, self.asked, self.left = [], [], 200_000
        self.answers = {}
        self.gone = None
        self.printed = io.StringIO()
        self.ssm = mock.Mock()
        self.ssm.get_parameter.side_effect = lambda Name: {
            "Parameter": {"Value": json.dumps(self.settings[Name.removeprefix("/acme/push-dev/publishers/")])}}
        for context in [
            mock.patch.object(worker, "client", {"ssm": self.ssm, "kms": mock.Mock()}.__getitem__),
            mock.patch.object(worker, "redis", mock.Mock(side_effect=lambda: self.cache)),
            mock.patch.object(worker, "authorization", mock.Mock(side_effect=lambda origin, *_: f"signed for {origin}")),
            mock.patch.object(worker, "deliver", self.deliver),
            mock.patch.object(worker, "search", self.search),
            mock.patch.dict(os.environ, {
                "SECONDS": "120", "DONE_SECONDS": "432000", "LOOK_UP_SECONDS": "300", "PUBLISHERS": "/acme/push-dev/publishers",
                "PUSH_HOSTS": "fcm.googleapis.com", "DELIVERY": "push-services", "CONTACT": "mailto:a@example.com",
                "SIGNING_KEY": "key", "INDEX": "subscribers"}),
            contextlib.redirect_stdout(self.printed),
        ]:
            self.enterContext(context)

    def deliver(self, endpoint, headers):
        if self.gone:
            raise self.gone
        self.delivered.append((endpoint, headers))

    def search(self, method, path):
        self.asked.append(f"{method} {path}")
        answer = self.answers.get(method, {})
        if isinstance(answer, Exception):
            raise answer
        return answer

    def work(self, *records):
        context = mock.Mock(get_remaining_time_in_millis=lambda: self.left)
        failed = worker.handle({"Records": list(records)}, context)["batchItemFailures"]
        return [one["itemIdentifier"] for one in failed]

    def outcomes(self):
        return [json.loads(line)["outcome"] for line in self.printed.getvalue().splitlines()]

    def test_a_notification_is_delivered_as_its_publisher_wants_it(self):
        self.assertEqual(self.work(record(self.message)), [])
        (endpoint, headers), = self.delivered
        self.assertEqual(endpoint, self.message["endpoint"])
        self.assertEqual(headers["Authorization"], "signed for https://fcm.googleapis.com")
        self.assertEqual((headers["Urgency"], headers["TTL"]), ("high", "600"))

    def test_what_is_looked_up_is_looked_up_once(self):
        self.work(record(self.message, "a"), record({**self.message, "id": "n-1/s-2"}, "b"))
        self.assertEqual(len(self.delivered), 2)
        self.assertEqual(self.ssm.get_parameter.call_count, 1)
        self.assertEqual(worker.authorization.call_count, 1)

    def test_a_message_that_comes_twice_is_delivered_once(self):
        self.assertEqual(self.work(record(self.message, "a"), record(self.message, "b")), [])
        self.assertEqual(self.work(record(self.message, "a")), [])
        self.assertEqual(self.outcomes(), ["delivered", "done already", "done already"])
        self.assertEqual(len(self.delivered), 1)

    def test_a_message_without_a_name_has_that_of_the_queue(self):
        nameless = {key: value for key, value in self.message.items() if key != "id"}
        self.work(record(nameless, "a"), record(nameless, "b"), record(nameless, "a"))
        self.assertEqual(self.outcomes(), ["delivered", "delivered", "done already"])

    def test_a_message_that_another_run_holds_is_left(self):
        self.cache.keys[once.key_of("n-1/s-1")] = "somebody's token"
        self.assertEqual(self.work(record(self.message)), ["m-1"])
        self.assertEqual((self.delivered, self.outcomes()), ([], ["held"]))

    def test_what_was_not_delivered_is_given_back_and_the_others_are_done(self):
        bad = {"messageId": "bad", "body": "no json"}
        half = record({"subscriber": "s-9"}, "half")
        self.gone = Undelivered("busy")
        self.assertEqual(self.work(bad, half, record(self.message)), ["bad", "half", "m-1"])
        self.gone = None
        self.assertEqual(self.work(record(self.message)), [])
        self.assertEqual([key for key in self.cache.keys if "once" in key], ["push:once:n-1/s-1"])

    def test_without_redis_nothing_is_delivered(self):
        self.cache.refuses = ConnectionRefusedError("no Redis")
        self.assertEqual(self.work(record(self.message)), ["m-1"])
        self.assertEqual(self.delivered, [])
        worker.redis.cache_clear.assert_not_called()
        # A token that is refused may have been changed: it is read again.
        self.cache.refuses = worker.Refused("WRONGPASS")
        self.work(record(self.message))
        worker.redis.cache_clear.assert_called_once_with()

    def test_when_the_time_is_nearly_up_nothing_is_begun(self):
        self.left = 29_000
        self.assertEqual(self.work(record(self.message)), ["m-1"])
        self.assertEqual((self.delivered, self.cache.keys), ([], {}))

    def test_a_lock_that_ran_out_meanwhile_is_told(self):
        def somebody_takes_over(*_):
            self.cache.keys[once.key_of("n-1/s-1")] = "somebody's token"

        with mock.patch.object(worker, "deliver", somebody_takes_over):
            self.assertEqual(self.work(record(self.message)), [])
        self.assertEqual(self.outcomes(), ["delivered, after its lock ran out"])
        self.assertEqual(self.cache.keys[once.key_of("n-1/s-1")], "somebody's token")

    def test_a_browser_that_is_gone_is_forgotten(self):
        self.gone = Gone("gone")
        self.answers["GET"] = {"_source": {"endpoint": self.message["endpoint"]}, "_seq_no": 4, "_primary_term": 2}
        self.assertEqual(self.work(record(self.message)), [])
        self.assertEqual(self.outcomes(), ["gone"])
        self.assertEqual(self.asked, [
            "GET /subscribers/_doc/s-1", "DELETE /subscribers/_doc/s-1?if_seq_no=4&if_primary_term=2"])

    def test_a_browser_that_subscribed_anew_meanwhile_stays(self):
        self.gone = Gone("gone")
        self.answers["GET"] = {"_source": {"endpoint": "https://fcm.googleapis.com/send/new"}}
        self.work(record(self.message))
        self.assertEqual(self.asked, ["GET /subscribers/_doc/s-1"])
        for number, status in enumerate((404, 409)):
            self.answers["GET"] = opensearch.SearchError(status, "")
            self.assertEqual(self.work(record({**self.message, "id": f"n-2/{number}"})), [])
        self.answers["GET"] = opensearch.SearchError(503, "")
        self.assertEqual(self.work(record({**self.message, "id": "n-3/s-1"})), ["m-1"])

    def test_a_publisher_may_pause_and_a_whole_environment_too(self):
        self.settings["daily-news"] = {"paused": True}
        self.assertEqual(self.work(record(self.message)), [])
        self.settings["other"] = {}
        with mock.patch.dict(os.environ, {"DELIVERY": "none"}):
            self.assertEqual(self.work(record({**self.message, "id": "n-2/s-1", "publisher": "other"})), [])
        self.assertEqual((self.delivered, self.outcomes()), ([], ["paused", "nobody delivers here"]))

    def test_names_and_addresses_lead_nowhere_else(self):
        self.settings["../secret"] = {}
        self.settings["loud"] = {"urgency": "screaming"}
        for change in ({"publisher": "../secret"}, {"publisher": "loud"}, {"endpoint": "https://169.254.170.2/v2/credentials"}):
            self.assertEqual(self.work(record({**self.message, **change})), ["m-1"], change)
        self.gone = Gone("gone")
        self.assertEqual(self.work(record({**self.message, "subscriber": "../_search"})), ["m-1"])
        self.assertEqual((self.delivered, self.asked), ([], []))


if __name__ == "__main__":
    unittest.main()
