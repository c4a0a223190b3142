"""python3 -m unittest discover -s templates/commerce/functions"""
import base64
import contextlib
import io
import json
import os
import unittest
from unittest import mock

import recommend
from fake_tables import Tables

NOW = 1_000_000.0
EMPTY = {"version": 0, "at": 0.0, "interest": {}, "bought": [], "seen": []}


def event(name, product, kind="viewed", at=NOW):
    return {"id": name, "customer": "ada", "product": product, "kind": kind, "at": at}


class RecommendTest(unittest.TestCase):
    def setUp(self):
        self.tables = Tables(catalog=("product", "part"), profiles=("customer", "part"))
        self.similar("lamp", desk=0.5, bulb=1)
        self.similar("desk", chair=1)
        self.enterContext(mock.patch.object(recommend, "client", lambda: self.tables))
        self.enterContext(mock.patch.object(recommend.time, "time", lambda: NOW))
        self.enterContext(mock.patch.dict(os.environ, {"CATALOG": "catalog", "PROFILES": "profiles"}))
        self.printed = self.enterContext(contextlib.redirect_stdout(io.StringIO()))

    def similar(self, product, **products):
        likeness = {name: {"N": str(value)} for name, value in products.items()}
        self.tables.put("catalog", product=product, part="similar", products={"M": likeness})

    def handle(self, *events):
        records = [{"kinesis": {"data": base64.b64encode(one if isinstance(one, bytes) else json.dumps(one).encode()),
                                "sequenceNumber": str(place)}} for place, one in enumerate(events)]
        return [one["itemIdentifier"] for one in recommend.handle({"Records": records}, None)["batchItemFailures"]]

    def recommended(self):
        return [product["S"] for product in self.tables.get("profiles", "ada", "recommendations")["products"]]

    def test_what_is_looked_at_leads_to_what_is_similar_to_it(self):
        self.assertEqual(self.handle(event("e-1", "lamp"), event("e-2", "desk", "carted")), [])
        self.assertEqual(self.recommended(), ["chair", "bulb", "desk"])

    def test_an_event_that_comes_twice_counts_once(self):
        self.handle(event("e-1", "lamp"))
        before = self.tables.get("profiles", "ada", "recommendations")
        self.handle(event("e-1", "lamp"))
        self.assertEqual(self.tables.get("profiles", "ada", "recommendations"), before)

    def test_what_was_bought_is_not_recommended(self):
        self.handle(event("e-1", "lamp"), event("e-2", "desk", "bought"), event("e-3", "lamp"))
        self.assertEqual(self.recommended(), ["chair", "bulb"])

    def test_interest_halves_in_two_weeks(self):
        state = recommend.learn(EMPTY, event("e-1", "lamp"), {"bulb": 1.0})
        later = NOW + recommend.HALVED_AFTER
        after = recommend.learn(state, event("e-2", "desk", at=later), {"chair": 1.0})
        self.assertEqual(after["interest"], {"chair": 1.0, "bulb": 0.5})

    def test_a_late_event_makes_nothing_older(self):
        state = recommend.learn(EMPTY, event("e-1", "lamp"), {"bulb": 1.0})
        after = recommend.learn(state, event("e-2", "desk", at=NOW - 500), {"chair": 1.0})
        self.assertEqual((after["at"], after["interest"]["bulb"]), (NOW, 1.0))

    def test_a_clock_that_is_ahead_makes_nothing_older(self):
        self.handle(event("e-1", "lamp", at=NOW * 9))
        self.assertEqual(json.loads(self.tables.get("profiles", "ada", "recommendations")["state"])["at"], NOW)

    def test_a_profile_stays_small(self):
        state = EMPTY
        for number in range(300):
            state = recommend.learn(state, event(f"e-{number}", "lamp", "bought"), {f"p-{number}": 1.0})
        self.assertEqual((len(state["interest"]), len(state["seen"])), (recommend.KEPT, recommend.REMEMBERED))

    def test_two_at_once_do_not_overwrite_each_other(self):
        stale = recommend.read("ada")
        self.handle(event("e-1", "lamp"))
        with self.assertRaises(recommend.Again):
            recommend.write("ada", recommend.learn(stale, event("e-2", "desk"), {"chair": 1.0}))
        self.assertEqual(self.recommended(), ["bulb", "desk"])

    def test_it_goes_on_from_the_first_event_that_fails(self):
        self.assertEqual(self.handle(event("e-1", "lamp"), b"no json", event("e-3", "desk")), ["1"])
        self.assertEqual(self.recommended(), ["bulb", "desk"])

    def test_what_means_nothing_is_passed_over(self):
        self.assertEqual(self.handle(event("e-1", "lamp", "scrolled"), event("e-2", "unknown")), [])
        self.assertEqual(self.recommended(), [])


if __name__ == "__main__":
    unittest.main()
