"""python3 -m unittest discover -s templates/push/functions"""
import contextlib
import io
import json
import os
import threading
import unittest
from unittest import mock

import api


class Missing(Exception):
    pass


class Parameters:
    class exceptions:
        ParameterNotFound = Missing

    def __init__(self):
        self.values = {"/acme/push-dev/keys/k-1": "daily-planet"}
        self.asked = 0

    def get_parameter(self, Name):
        self.asked += 1
        if Name not in self.values:
            raise Missing(Name)
        return {"Parameter": {"Value": self.values[Name]}}


class Queue:
    """Takes messages, but for those whose text holds a word, as often as is said."""

    def __init__(self):
        self.messages = []
        self.refuse = {}
        self.lock = threading.Lock()

    def send_message_batch(self, QueueUrl, Entries):
        assert len(Entries) <= 10
        failed = []
        with self.lock:
            for entry in Entries:
                word = next((word for word, times in self.refuse.items() if times and word in entry["MessageBody"]), None)
                if word:
                    self.refuse[word] -= 1
                    failed.append({"Id": entry["Id"], "SenderFault": False, "Code": "InternalError"})
                else:
                    self.messages.append(json.loads(entry["MessageBody"]))
        return {"Failed": failed} if failed else {}


class Stream:
    def __init__(self):
        self.rows = []
        self.refuse = []

    def put_record_batch(self, DeliveryStreamName, Records):
        refused = self.refuse.pop(0) if self.refuse else set()
        answers = []
        for number, one in enumerate(Records):
            if number in refused:
                answers.append({"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "slow down"})
            else:
                assert one["Data"].endswith(b"\n")
                self.rows.append(json.loads(one["Data"]))
                answers.append({"RecordId": "r"})
        return {"FailedPutCount": len(refused), "RequestResponses": answers}


class Exists(Exception):
    pass


class States:
    class exceptions:
        ExecutionAlreadyExists = Exists

    def __init__(self):
        self.started = {}

    def start_execution(self, stateMachineArn, name, input):
        if name in self.started:
            raise Exists(name)
        self.started[name] = json.loads(input)


class Segments:
    """The function that counts, with what it answers."""

    def __init__(self):
        self.answer = {"count": 41_000}

    def invoke(self, FunctionName, Payload):
        asked = json.loads(Payload)
        assert (asked["do"], asked["publisher"]) == ("count", "daily-planet")
        failed = {"FunctionError": "Unhandled"} if "errorType" in self.answer else {}
        return {"Payload": io.BytesIO(json.dumps(self.answer).encode()), **failed}


class ApiTest(unittest.TestCase):
    def setUp(self):
        self.now = 1_000_000.5
        api.owners.clear()
        self.ssm, self.queue, self.stream = Parameters(), Queue(), Stream()
        self.states, self.segments = States(), Segments()
        clients = {"ssm": self.ssm, "sqs": self.queue, "firehose": self.stream, "stepfunctions": self.states,
                   "lambda": self.segments}
        facts = {"QUEUE": "https://queue", "CLICK_STREAM": "clicks", "OWNERS": "/acme/push-dev/keys", "SEGMENTS": "f",
                 "SEND": "m"}
        for context in [
            mock.patch.object(api, "client", clients.__getitem__),
            mock.patch.object(api.time, "time", lambda: self.now),
            mock.patch.dict(os.environ, facts),
            contextlib.redirect_stdout(io.StringIO()),
        ]:
            self.enterContext(context)

    def ask(self, path, body, key="k-1", headers=None):
        said = api.handle({
            "resource": path, "body": json.dumps(body), "headers": headers,
            "requestContext": {"identity": {"apiKeyId": key}},
        }, None)
        return said["statusCode"], json.loads(said["body"])

    def notify(self, count, **more):
        subscribers = [{"id": f"s-{number}", "endpoint": f"https://push.example.com/{number}"} for number in range(count)]
        return self.ask("/notifications", {"id": "n-1", "subscribers": subscribers, **more})

    def click(self, *clicks):
        return self.ask("/clicks", {"clicks": [{"notification": "n-1", "subscriber": "s-1", "kind": "clicked", **one} for one in clicks]})

    def test_each_subscriber_gets_a_message_that_names_the_notification(self):
        self.assertEqual(self.notify(23), (202, {"accepted": 23}))
        self.assertEqual(len({message["id"] for message in self.queue.messages}), 23)
        first = next(message for message in self.queue.messages if message["subscriber"] == "s-0")
        self.assertEqual(first, {
            "id": "daily-planet_n-1/s-0", "publisher": "daily-planet", "subscriber": "s-0",
            "endpoint": "https://push.example.com/0",
        })

    def test_the_same_notification_asked_for_again_has_the_same_ids(self):
        self.notify(3)
        self.notify(3)
        self.assertEqual(len({message["id"] for message in self.queue.messages}), 3)

    def test_what_the_queue_refuses_for_a_moment_is_tried_again(self):
        self.queue.refuse = {"s-7": 2}
        self.assertEqual(self.notify(12), (202, {"accepted": 12}))
        self.assertEqual(len(self.queue.messages), 12, "and nothing else is sent twice")

    def test_what_the_queue_does_not_take_is_named(self):
        self.queue.refuse = {"s-7": 100, "s-11": 100}
        self.assertEqual(self.notify(12), (503, {"accepted": 10, "subscribers": ["s-7", "s-11"]}))

    def test_a_click_is_a_row_of_the_publisher_whose_key_it_is(self):
        self.assertEqual(self.click({"country": "DE"}, {"at": 5, "publisher": "somebody-else"}), (202, {"accepted": 2}))
        row = {"notification": "n-1", "subscriber": "s-1", "kind": "clicked", "publisher": "daily-planet"}
        self.assertEqual(self.stream.rows, [{**row, "at": 1_000_000_500, "country": "DE"}, {**row, "at": 5}])

    def test_only_the_clicks_that_were_refused_are_tried_again(self):
        self.stream.refuse = [{0, 2}, {1}]
        self.assertEqual(self.click({"at": 0}, {"at": 1}, {"at": 2}), (202, {"accepted": 3}))
        self.assertEqual([row["at"] for row in self.stream.rows], [1, 0, 2])

    def test_clicks_that_are_not_taken_are_named_by_their_number(self):
        self.stream.refuse = [{1, 2}, {1}, {0}]
        self.assertEqual(self.click({"at": 0}, {"at": 1}, {"at": 2}), (503, {"accepted": 2, "clicks": [2]}))

    def test_a_segment_is_counted(self):
        self.assertEqual(self.ask("/segments", {"segment": {"tag": "sport"}}), (200, {"subscribers": 41_000}))

    def test_a_broadcast_is_started_under_a_name_that_no_other_publisher_can_use(self):
        body = {"id": "n-1", "segment": {"tag": "sport"}}
        self.assertEqual(self.ask("/broadcasts", body), (202, {"subscribers": 41_000}))
        self.assertEqual(self.states.started, {"daily-planet_n-1": {
            "do": "send", "publisher": "daily-planet", "segment": {"tag": "sport"}, "notification": "daily-planet_n-1",
        }})
        self.assertEqual(self.ask("/broadcasts", body)[0], 409, "and once only")

    def test_a_segment_that_is_wrong_is_told_and_nothing_is_started(self):
        self.segments.answer = {"errorType": "WrongSegment", "errorMessage": "`segment.tagg` is not known"}
        for path in ("/segments", "/broadcasts"):
            said = self.ask(path, {"id": "n-1", "segment": {"tagg": "sport"}})
            self.assertEqual(said, (400, {"message": "`segment.tagg` is not known"}))
        self.assertEqual(self.states.started, {})

    def test_a_segment_that_no_execution_takes_is_told_and_nothing_is_started(self):
        segment = {"tag": ["x" * 64] * (api.LONGEST_SEGMENT // 64)}
        self.assertEqual(self.ask("/broadcasts", {"id": "n-1", "segment": segment})[0], 400)
        self.assertEqual(self.ask("/segments", {"segment": segment})[0], 200, "counting it is another matter")
        self.assertEqual(self.states.started, {})

    def test_a_search_that_fails_is_not_the_publishers_fault(self):
        self.segments.answer = {"errorType": "SearchError", "errorMessage": "OpenSearch answered 503"}
        with self.assertRaisesRegex(RuntimeError, "not counted"):
            self.ask("/segments", {"segment": {}})

    def test_lists_are_neither_empty_nor_too_long(self):
        self.assertEqual(self.notify(501), (400, {"message": "`subscribers` has from 1 to 500 entries"}))
        self.assertEqual(self.click()[0], 400)
        self.assertEqual((self.queue.messages, self.stream.rows), ([], []))

    def test_a_body_of_another_type_was_not_looked_at_and_is_refused(self):
        for kind, status in [("text/plain", 415), ("application/json; charset=utf-8", 200), ("Application/JSON", 415)]:
            said = self.ask("/segments", {"segment": {"all": []}}, headers={"content-type": kind})
            self.assertEqual(said[0], status, kind)

    def test_a_key_that_nobody_owns_is_refused(self):
        self.assertEqual(self.ask("/clicks", {"clicks": []}, key="k-2")[0], 403)
        self.assertEqual(self.stream.rows, [])

    def test_an_owner_is_looked_up_now_and_then(self):
        self.click({})
        self.click({})
        self.assertEqual(self.ssm.asked, 1)
        del self.ssm.values["/acme/push-dev/keys/k-1"]
        self.now += api.OWNER_SECONDS + 1
        self.assertEqual(self.click({})[0], 403)


if __name__ == "__main__":
    unittest.main()
