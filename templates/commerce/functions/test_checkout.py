"""python3 -m unittest discover -s templates/commerce/functions

Carries out the checkout as its definition says, with the functions themselves, on tables and a provider made for tests.
"""
import contextlib
import io
import json
import os
import pathlib
import unittest
from unittest import mock

import payment
import stock
import test_payment
import test_stock

DEFINITION = pathlib.Path(__file__).parent.parent / "checkout.json"
STEPS = {"Reserve": stock.reserve, "Confirm": stock.confirm, "Release": stock.release,
         "Pay": payment.pay, "Refund": payment.refund}


class Machine:
    """As much of the language of state machines as the definition uses."""

    def __init__(self, states, send):
        self.states, self.send = states, send
        self.path = []
        self.broken = {}

    def run(self, name, value):
        while True:
            state = self.states[name]
            self.path.append(name)
            if state["Type"] != "Task":
                return state["Type"], state.get("Error")
            try:
                value = self.attempt(name, state, value)
                name = state["Next"]
            except Exception as why:
                error = type(why).__name__
                catch = next((one for one in state.get("Catch", []) if {error, "States.ALL"} & set(one["ErrorEquals"])), None)
                if catch is None:
                    return "Fail", error
                assert catch["ResultPath"] == "$.failure"
                value = {**value, "failure": {"Error": error, "Cause": str(why)}}
                name = catch["Next"]

    def attempt(self, name, state, value):
        used = 0
        while True:
            try:
                return self.call(name, state, value)
            except Exception as why:
                error = type(why).__name__
                retry = next((one for one in state["Retry"] if {error, "States.ALL"} & set(one["ErrorEquals"])), None)
                used += 1
                if retry is None or used > retry["MaxAttempts"]:
                    raise

    def call(self, name, state, value):
        failures = self.broken.get(name, [])
        before = failures.pop(0) if failures else None
        if before == "before":
            raise TimeoutError(name)
        if state["Resource"] == "${SendMessage}":
            told = self.send({key.removesuffix(".$"): value[path.removeprefix("$.")]
                              for key, path in state["Parameters"]["MessageBody"].items()}) or value
        else:
            assert state["Parameters"] == {"FunctionName": f"${{{name}Function}}", "Payload.$": "$"}
            told = json.loads(json.dumps(STEPS[name](value, None)))
        if before == "after":  # it was done, and nobody heard of it
            raise TimeoutError(name)
        return told


class CheckoutTest(test_stock.ShopTest):
    def setUp(self):
        super().setUp()
        self.provider = test_payment.Provider()
        self.enterContext(mock.patch.object(payment.urllib.request, "urlopen", self.provider.open))
        self.enterContext(mock.patch.object(payment, "key", lambda: "k-1"))
        self.enterContext(mock.patch.dict(os.environ, {"PROVIDER": "stripe"}))
        self.definition = json.loads(DEFINITION.read_text())
        self.sent = []
        self.machine = Machine(self.definition["States"], self.sent.append)

    def check_out(self):
        ended = self.machine.run(self.definition["StartAt"], test_stock.ASKED)
        return ended, self.machine.path

    def nothing_is_left(self):
        self.assertEqual((self.available("lamp"), self.available("desk"), self.state()), (5, 1, "cancelled"))
        self.assertEqual((self.hold("lamp"), self.hold("desk")), (None, None))
        self.assertEqual((sum(self.provider.moved), self.sent), (0, []))

    def test_an_order_is_reserved_paid_confirmed_and_sent(self):
        self.assertEqual(self.check_out(), (("Succeed", None), ["Reserve", "Pay", "Confirm", "Send", "Confirmed"]))
        self.assertEqual((self.state(), self.available("lamp"), self.provider.moved), ("confirmed", 3, [4200]))
        self.assertEqual(self.sent, [test_stock.ASKED])

    def test_too_few_pieces_end_the_order_before_money_moves(self):
        self.order(("desk", 2))
        self.assertEqual(self.check_out()[1], ["Reserve", "Release", "Cancelled"])
        self.nothing_is_left()
        self.assertEqual(self.provider.answers, {})

    def test_an_order_that_nobody_can_fulfil_ends_at_once(self):
        self.order(("lamp", -2))
        self.assertEqual(self.check_out()[1], ["Reserve", "Release", "Cancelled"])
        self.nothing_is_left()

    def test_a_bank_that_says_no_gives_everything_back(self):
        self.provider.declines = True
        self.assertEqual(self.check_out()[1], ["Reserve", "Pay", "Refund", "Release", "Cancelled"])
        self.nothing_is_left()

    def test_whatever_fails_however_often_ends_confirmed_or_undone(self):
        """Every step in every way: once, and for good; before it is done, and after."""
        for name in ["Reserve", "Pay", "Confirm", "Send"]:
            for moment in ["before", "after"]:
                for times in [1, 50]:
                    if (name, moment, times) == ("Send", "after", 50):
                        continue  # a message that was sent cannot be called back: the service sees that the order is cancelled
                    with self.subTest(name, moment=moment, times=times):
                        self.setUp()
                        self.machine.broken = {name: [moment] * times}
                        ended, path = self.check_out()
                        self.assertEqual(ended, ("Succeed", None))
                        if times == 1:
                            self.assertEqual((path[-1], self.state(), self.provider.moved),
                                             ("Confirmed", "confirmed", [4200]))
                        else:
                            self.assertEqual(path[-1], "Cancelled")
                            self.nothing_is_left()

    def test_undoing_is_tried_for_long(self):
        self.provider.declines = True
        self.machine.broken = {"Refund": ["before"] * 20, "Release": ["after"] * 20}
        self.assertEqual(self.check_out()[1][-1], "Cancelled")
        self.nothing_is_left()

    def test_what_cannot_be_undone_fails_at_that_step_and_goes_on_from_there(self):
        self.provider.declines = True
        self.machine.broken = {"Release": ["before"] * 21}
        ended, path = self.check_out()
        self.assertEqual((ended, path[-1]), (("Fail", "TimeoutError"), "Release"))
        self.assertEqual(self.machine.run("Release", test_stock.ASKED), ("Succeed", None))
        self.nothing_is_left()

    def test_a_hold_that_expired_before_the_payment_was_through_gives_the_money_back(self):
        confirm = STEPS["Confirm"]

        def late(asked, context):
            with contextlib.redirect_stdout(io.StringIO()):
                stock.expire({"Records": [self.expired("desk")]}, None)
            return confirm(asked, context)

        with mock.patch.dict(STEPS, {"Confirm": late}):
            self.assertEqual(self.check_out()[1], ["Reserve", "Pay", "Confirm", "Refund", "Release", "Cancelled"])
        self.assertEqual(self.provider.moved, [4200, -4200])
        self.nothing_is_left()

    def test_an_order_that_is_none_changes_nothing(self):
        self.assertEqual(self.machine.run("Reserve", {"customer": "ada", "order": "o-9"}), ("Fail", "NotAnOrder"))
        self.assertEqual(self.state(), "placed")

    def test_every_step_has_a_limit_and_leads_somewhere(self):
        states = self.definition["States"]
        for name, state in states.items():
            if state["Type"] == "Task":
                self.assertGreater(state["TimeoutSeconds"], 50, name)
                self.assertIn(state["Next"], states)
                for catch in state.get("Catch", []):
                    self.assertIn(catch["Next"], states)
                # What undoes has nothing to fall back on.
                undoes = name in ("Refund", "Release")
                self.assertEqual("Catch" in state, not undoes, name)
                self.assertEqual((state.get("Catch") or state["Retry"])[-1]["ErrorEquals"], ["States.ALL"], name)


if __name__ == "__main__":
    unittest.main()
