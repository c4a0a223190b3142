"""python3 -m unittest discover -s templates/push/functions"""
import contextlib
import io
import json
import os
import unittest
from pathlib import Path
from unittest import mock

import segments
from segment import WrongSegment


class SegmentsTest(unittest.TestCase):
    asked = {"do": "send", "publisher": "daily-news", "segment": {"tag": "sport"}, "notification": "n-1"}

    def setUp(self):
        self.names = [f"s-{number:05}" for number in range(2_500)]
        self.questions, self.sent, self.refusals = [], [], []
        self.runs = None
        self.queue = mock.Mock()
        self.queue.send_message_batch.side_effect = self.take
        for context in [
            mock.patch.object(segments, "queue", lambda: self.queue),
            mock.patch.object(segments, "search", self.search),
            mock.patch.dict(os.environ, {"INDEX": "subscribers", "QUEUE": "https://queue"}),
            contextlib.redirect_stdout(io.StringIO()),
        ]:
            self.enterContext(context)

    def search(self, method, path, question):
        self.questions.append((method, path, question))
        if path == "/subscribers/_count":
            return {"count": len(self.names)}
        after = question.get("search_after", [""])[0]
        found = [name for name in self.names if name > after][:question["size"]]
        return {"hits": {"hits": [{"_source": {"subscriber": name, "endpoint": f"https://e/{name}"}} for name in found]}}

    def take(self, QueueUrl, Entries):
        refused = self.refusals.pop() if self.refusals else []
        self.sent += [json.loads(one["MessageBody"]) for one in Entries if one["Id"] not in refused]
        return {"Failed": [{"Id": one, "Code": "Busy"} for one in refused]}

    def run_once(self, asked):
        """`runs` says for how many pages there is time."""
        left = iter([300_000] * self.runs + [0] if self.runs is not None else [300_000] * 100)
        return segments.handle(asked, mock.Mock(get_remaining_time_in_millis=lambda: next(left)))

    def test_a_segment_is_counted_without_reading_it(self):
        self.assertEqual(self.run_once({**self.asked, "do": "count"}), {"count": 2_500})
        (method, path, question), = self.questions
        self.assertEqual((method, path, list(question)), ("POST", "/subscribers/_count", ["query"]))
        self.assertEqual(self.sent, [])

    def test_each_subscriber_gets_one_message_under_a_name_of_its_own(self):
        said = self.run_once(self.asked)
        self.assertEqual((said["queued"], said["after"]), (2_500, None))
        self.assertEqual(sorted(one["id"] for one in self.sent), [f"n-1/{name}" for name in self.names])
        self.assertIn({
            "id": "n-1/s-00007", "publisher": "daily-news", "subscriber": "s-00007", "endpoint": "https://e/s-00007",
        }, self.sent)

    def test_who_runs_out_of_time_goes_on_where_it_stopped(self):
        self.runs = 1
        said, rounds = self.run_once(self.asked), 1
        self.assertEqual((said["queued"], said["after"]), (1_000, "s-00999"))
        while said["after"] is not None:
            said, rounds = self.run_once(said), rounds + 1
        self.assertEqual((rounds, said["queued"], len(self.sent)), (3, 2_500, 2_500))

    def test_the_state_machine_asks_until_all_are_queued_and_gives_up_on_what_is_wrong(self):
        machine = json.loads((Path(__file__).parent.parent / "send.json").read_text())
        task, choice = machine["States"]["Queue"], machine["States"]["AllQueued"]
        self.assertEqual((machine["StartAt"], task["Next"], choice["Default"]), ("Queue", "AllQueued", "Queue"))
        self.assertEqual(choice["Choices"], [{"Variable": "$.after", "IsNull": True, "Next": "Done"}])
        self.assertEqual(task["Retry"][0], {"ErrorEquals": [WrongSegment.__name__], "MaxAttempts": 0})
        self.runs, state, said = 1, "Queue", self.asked
        while state != "Done":
            said = self.run_once(said)
            state = "Done" if said["after"] is None else choice["Default"]
        self.assertEqual(len(self.sent), 2_500)

    def test_without_time_nothing_is_begun(self):
        self.runs = 0
        self.assertEqual(self.run_once({**self.asked, "after": "s-00999", "queued": 1_000})["after"], "s-00999")
        self.assertEqual(self.questions, [])

    def test_a_full_last_page_is_followed_by_an_empty_one(self):
        self.names = self.names[:1_000]
        self.assertEqual(self.run_once(self.asked)["after"], None)
        self.assertEqual((len(self.questions), len(self.sent)), (2, 1_000))
        self.names, self.sent = [], []
        self.assertEqual(self.run_once(self.asked)["queued"], 0)

    def test_what_the_queue_refuses_is_said_again_and_no_more(self):
        self.names = self.names[:10]
        self.refusals = [["3", "4"]]
        self.run_once(self.asked)
        self.assertEqual(sorted(one["subscriber"] for one in self.sent), self.names)
        self.refusals = [["3"], ["3"], ["3"]]
        with self.assertRaisesRegex(segments.Unqueued, "Busy"):
            self.run_once(self.asked)

    def test_what_cannot_be_understood_is_refused_before_anything_is_done(self):
        for change in (
            {"do": "delete"}, {"do": None}, {"publisher": "*"}, {"segment": {"tag": 7}}, {"notification": "a/b"}, {"notification": None},
        ):
            with self.assertRaises(WrongSegment, msg=change):
                self.run_once({**self.asked, **change})
        self.assertEqual((self.questions, self.sent), ([], []))


if __name__ == "__main__":
    unittest.main()
