"""python3 -m unittest discover -s templates/commerce/functions"""
import contextlib
import io
import json
import os
import unittest
from unittest import mock

import start


class Exists(Exception):
    pass


class StartTest(unittest.TestCase):
    def setUp(self):
        self.machine = mock.Mock()
        self.machine.exceptions.ExecutionAlreadyExists = Exists
        self.enterContext(mock.patch.object(start, "client", lambda: self.machine))
        self.enterContext(mock.patch.dict(os.environ, {"MACHINE": "arn:machine"}))
        self.printed = self.enterContext(contextlib.redirect_stdout(io.StringIO()))

    def handle(self, *bodies):
        records = [{"messageId": f"m-{place}", "body": body} for place, body in enumerate(bodies)]
        return [one["itemIdentifier"] for one in start.handle({"Records": records}, None)["batchItemFailures"]]

    def test_a_checkout_is_named_after_its_order_and_its_input_is_the_same_each_time(self):
        self.assertEqual(self.handle('{"order": "o-1", "customer": "ada"}', '{"customer":"ada","order":"o-1","more":1}'), [])
        first, second = self.machine.start_execution.call_args_list
        self.assertEqual(first, second)
        self.assertEqual((first.kwargs["name"], first.kwargs["stateMachineArn"]), ("o-1", "arn:machine"))
        self.assertEqual(json.loads(first.kwargs["input"]), {"customer": "ada", "order": "o-1"})

    def test_one_that_was_begun_before_is_done(self):
        self.machine.start_execution.side_effect = Exists()
        self.assertEqual(self.handle('{"order": "o-1", "customer": "ada"}'), [])
        self.assertIn("was begun before", self.printed.getvalue())

    def test_one_that_fails_comes_back_and_the_others_are_done(self):
        self.assertEqual(self.handle("no json", '{"order": "o-1"}', '{"order": "o-2", "customer": "ada"}'), ["m-0", "m-1"])
        self.machine.start_execution.assert_called_once()


if __name__ == "__main__":
    unittest.main()
