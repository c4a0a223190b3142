"""python3 -m unittest discover -s templates/commerce/functions"""
import contextlib
import io
import os
import unittest
from unittest import mock

import stock
from fake_tables import Tables

ASKED = {"customer": "ada", "order": "o-1"}
NAMES = {"ORDERS": "orders", "CATALOG": "catalog"}


def ordered(*counts):
    return {"L": [{"M": {"product": {"S": product}, "count": {"N": str(count)}}} for product, count in counts]}


class ShopTest(unittest.TestCase):
    """A shop with five lamps, one desk, and an order of two lamps and the desk."""

    def setUp(self):
        self.tables = Tables(orders=("customer", "order"), catalog=("product", "part"))
        self.tables.put("catalog", product="lamp", part="stock", available=5)
        self.tables.put("catalog", product="desk", part="stock", available=1)
        self.order(("lamp", 2), ("desk", 1))
        self.enterContext(mock.patch.object(stock, "client", lambda: self.tables))
        self.enterContext(mock.patch.object(stock.time, "time", lambda: 1_000_000))
        self.enterContext(mock.patch.dict(os.environ, NAMES))

    def order(self, *counts):
        self.tables.put("orders", **ASKED, state="placed", amount=4200, currency="eur", method="card-1",
                        lines=ordered(*counts))

    def state(self):
        return self.tables.get("orders", "ada", "o-1")["state"]

    def available(self, product):
        return int(self.tables.get("catalog", product, "stock")["available"])

    def hold(self, product):
        return self.tables.get("catalog", product, "hold#o-1")

    def expired(self, product, number="1"):
        hold = self.tables.items["catalog"].pop((product, "hold#o-1"))
        return {"dynamodb": {"OldImage": hold, "SequenceNumber": number}}


class StockTest(ShopTest):
    def test_what_is_ordered_is_kept_for_the_order(self):
        told = stock.reserve(ASKED, None)
        self.assertEqual(told, {**ASKED, "amount": 4200, "currency": "eur", "method": "card-1"})
        self.assertEqual((self.available("lamp"), self.available("desk")), (3, 0))
        self.assertEqual(self.hold("lamp")["count"], "2")
        self.assertEqual(int(self.hold("desk")["expires"]), 1_000_000 + stock.HOLD_SECONDS)
        self.assertEqual(self.state(), "reserved")

    def test_a_step_that_is_repeated_is_done_once(self):
        first = stock.reserve(ASKED, None)
        writes = self.tables.writes
        self.assertEqual(stock.reserve(ASKED, None), first)
        self.assertEqual(self.tables.writes, writes)
        paid = {**first, "payment": "p-1"}
        stock.confirm(paid, None)
        writes = self.tables.writes
        self.assertEqual(stock.confirm(paid, None), paid)
        self.assertEqual(self.tables.writes, writes)

    def test_too_few_pieces_of_one_product_keep_nothing_of_any(self):
        self.order(("lamp", 2), ("desk", 2))
        with self.assertRaisesRegex(stock.OutOfStock, "^desk$"):
            stock.reserve(ASKED, None)
        self.assertEqual((self.available("lamp"), self.available("desk")), (5, 1))
        self.assertIsNone(self.hold("lamp"))
        self.assertEqual(self.state(), "placed")

    def test_a_product_in_two_lines_is_one(self):
        self.order(("lamp", 2), ("lamp", 3))
        stock.reserve(ASKED, None)
        self.assertEqual(self.available("lamp"), 0)
        self.assertEqual(self.hold("lamp")["count"], "5")

    def test_what_nobody_can_order_is_refused(self):
        for counts in [[], [("lamp", -1)], [("lamp", 0)], [(f"p-{number}", 1) for number in range(50)]]:
            self.order(*counts)
            with self.assertRaises(stock.BadOrder):
                stock.reserve(ASKED, None)
        self.assertEqual(self.available("lamp"), 5)

    def test_as_many_products_as_a_transaction_has_room_for(self):
        counts = [(f"p-{number}", 1) for number in range(stock.MOST_PRODUCTS)]
        for product, _ in counts:
            self.tables.put("catalog", product=product, part="stock", available=1)
        self.order(*counts)
        stock.reserve(ASKED, None)
        stock.release(ASKED, None)
        self.assertEqual({self.available(product) for product, _ in counts}, {1})

    def test_who_meets_somebody_else_tries_again(self):
        self.tables.conflicts = 1
        with self.assertRaisesRegex(stock.Again, "TransactionConflict"):
            stock.reserve(ASKED, None)
        stock.reserve(ASKED, None)
        self.assertEqual(self.available("lamp"), 3)

    def test_an_order_that_is_not_there_or_is_past_this_is_refused(self):
        with self.assertRaisesRegex(stock.WrongState, "no order o-2"):
            stock.reserve({"customer": "ada", "order": "o-2"}, None)
        stock.release(ASKED, None)
        with self.assertRaisesRegex(stock.WrongState, "cancelled"):
            stock.reserve(ASKED, None)
        with self.assertRaisesRegex(stock.WrongState, "cancelled"):
            stock.confirm({**ASKED, "payment": "p-1"}, None)

    def test_what_is_paid_is_sold(self):
        stock.reserve(ASKED, None)
        stock.confirm({**ASKED, "payment": "p-1"}, None)
        self.assertEqual(self.available("lamp"), 3)
        self.assertIsNone(self.hold("lamp"))
        self.assertEqual(self.state(), "confirmed")
        self.assertEqual(self.tables.get("orders", "ada", "o-1")["payment"], "p-1")

    def test_who_pays_after_the_hold_expired_does_not_get_it(self):
        stock.reserve(ASKED, None)
        self.expired("desk")
        with self.assertRaises(stock.HoldLost):
            stock.confirm({**ASKED, "payment": "p-1"}, None)
        self.assertEqual(self.state(), "reserved")

    def test_releasing_gives_back_what_was_kept_once(self):
        stock.reserve(ASKED, None)
        failure = {"Error": "Refused", "Cause": '{"errorMessage": "card_declined"}'}
        stock.release({**ASKED, "failure": failure}, None)
        stock.release({**ASKED, "failure": failure}, None)
        self.assertEqual((self.available("lamp"), self.available("desk")), (5, 1))
        self.assertIsNone(self.hold("lamp"))
        self.assertEqual(self.tables.get("orders", "ada", "o-1")["why"], "Refused")

    def test_an_order_that_kept_nothing_gives_nothing_back(self):
        stock.release(ASKED, None)
        self.assertEqual((self.available("lamp"), self.state()), (5, "cancelled"))

    def test_what_was_sold_but_cannot_be_sent_comes_back(self):
        stock.reserve(ASKED, None)
        stock.confirm({**ASKED, "payment": "p-1"}, None)
        stock.release(ASKED, None)
        self.assertEqual((self.available("lamp"), self.available("desk"), self.state()), (5, 1, "cancelled"))

    def test_a_hold_that_expired_comes_back_once_however_often_it_is_told(self):
        stock.reserve(ASKED, None)
        record = self.expired("lamp")
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            for _ in range(2):
                self.assertEqual(stock.expire({"Records": [record]}, None), {"batchItemFailures": []})
        self.assertEqual(printed.getvalue().count("was given back before"), 1)
        self.assertEqual(self.available("lamp"), 5)
        # The order is released afterwards: only what is still kept comes back.
        stock.release(ASKED, None)
        self.assertEqual((self.available("lamp"), self.available("desk")), (5, 1))

    def test_a_product_that_is_gone_holds_up_nothing(self):
        stock.reserve(ASKED, None)
        record = self.expired("lamp")
        del self.tables.items["catalog"]["lamp", "stock"]
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            self.assertEqual(stock.expire({"Records": [record]}, None), {"batchItemFailures": []})
        self.assertIn("the product is gone", printed.getvalue())

    def test_the_stream_goes_on_from_the_hold_that_failed(self):
        stock.reserve(ASKED, None)
        records = [self.expired("lamp", "1"), self.expired("desk", "2")]
        self.tables.conflicts = 1
        with contextlib.redirect_stdout(io.StringIO()):
            told = stock.expire({"Records": records}, None)
        self.assertEqual(told, {"batchItemFailures": [{"itemIdentifier": "1"}]})
        self.assertEqual(stock.expire({"Records": records}, None), {"batchItemFailures": []})
        self.assertEqual((self.available("lamp"), self.available("desk")), (5, 1))


if __name__ == "__main__":
    unittest.main()
