"""python3 -m unittest discover -s templates/commerce/functions"""
import os
import unittest
from unittest import mock

import welcome
from fake_tables import Tables


class WelcomeTest(unittest.TestCase):
    def setUp(self):
        self.tables = Tables(profiles=("customer", "part"))
        self.now = 1_000_000
        self.enterContext(mock.patch.object(welcome, "client", lambda: self.tables))
        self.enterContext(mock.patch.object(welcome.time, "time", lambda: self.now))
        self.enterContext(mock.patch.dict(os.environ, {"PROFILES": "profiles"}))

    def call(self, source="PostConfirmation_ConfirmSignUp"):
        event = {"triggerSource": source, "request": {"userAttributes": {"sub": "c-1", "email": "ada@example.com"}}}
        self.assertIs(welcome.handle(event, None), event, "Cognito wants back what it sent")

    def profile(self):
        return self.tables.get("profiles", "c-1", "profile")

    def test_a_customer_has_a_profile_without_what_the_accounts_know(self):
        self.call()
        self.assertEqual(self.profile(), {"customer": "c-1", "part": "profile", "since": "1000000"})

    def test_a_profile_that_is_there_stays(self):
        self.call()
        self.now += 60
        self.call()
        self.assertEqual(self.profile()["since"], "1000000")

    def test_a_new_password_is_no_new_customer(self):
        self.call("PostConfirmation_ConfirmForgotPassword")
        self.assertIsNone(self.profile())


if __name__ == "__main__":
    unittest.main()
