"""python3 -m unittest discover -s templates/commerce-shared/functions"""
import contextlib
import datetime
import io
import os
import unittest
from unittest import mock

import keeper


class KeeperTest(unittest.TestCase):
    def test_an_index_goes_when_all_of_its_month_is_old(self):
        today = datetime.date(2026, 11, 21)
        for name, days, over in [
            ("trail-2026.10", 21, False), ("trail-2026.10", 20, True), ("workloads-2025.12", 324, True),
            ("workloads-2025.12", 325, False), (".kibana_1", 1, False), ("trail-notes", 1, False),
        ]:
            with self.subTest(index=name, days=days):
                self.assertEqual(keeper.is_over(name, today, days), over)

    def test_copies_need_a_second_node(self):
        for nodes, copies in [("1", 0), ("3", 1)]:
            with mock.patch.dict(os.environ, {"NODES": nodes}):
                template = keeper.template()
                self.assertEqual(template["template"]["settings"]["number_of_replicas"], copies)
                self.assertIn("trail-*", template["index_patterns"])

    def test_a_day_s_work(self):
        calls = []

        def call(method, path, body=None):
            calls.append((method, path))
            return [{"index": name} for name in ("trail-2019.01", "trail-9999.01", ".opendistro")] if method == "GET" else {}

        printed = io.StringIO()
        with mock.patch.object(keeper, "call", call), mock.patch.dict(os.environ, {"DAYS": "90", "NODES": "3"}), \
                contextlib.redirect_stdout(printed):
            keeper.handle({}, None)
        self.assertEqual(calls, [("PUT", "/_index_template/archive"), ("GET", "/_cat/indices?format=json&h=index"),
                                 ("DELETE", "/trail-2019.01")])
        self.assertIn("trail-2019.01", printed.getvalue())


if __name__ == "__main__":
    unittest.main()
