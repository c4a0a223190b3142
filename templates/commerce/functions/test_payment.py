"""python3 -m unittest discover -s templates/commerce/functions"""
import io
import json
import os
import unittest
import urllib.error
import urllib.parse
from unittest import mock

import payment

ASKED = {"customer": "ada", "order": "o-1", "amount": 4200, "currency": "eur", "method": "card-1"}


class Provider:
    """Answers as the provider does: a request that comes again with its key is answered as the first one was."""

    def __init__(self):
        self.status = None
        self.answers = {}
        self.moved = []
        self.fails = []
        self.declines = False

    def open(self, request, timeout):
        assert request.get_header("Authorization") == "Bearer k-1"
        path = request.full_url.removeprefix("https://api.stripe.com/v1/")
        once = request.get_header("Idempotency-key")
        if self.fails and self.fails[0][0] in path and self.fails.pop(0)[1] == "before":
            raise TimeoutError()
        if once is None:
            assert request.get_method() == "GET"
            return self.told({"id": "p-1", "status": self.status})
        fields = dict(urllib.parse.parse_qsl(request.data.decode()))
        if once not in self.answers:
            self.answers[once] = self.do(path, fields)
        return self.told(self.answers[once])

    def do(self, path, fields):
        if path == "payment_intents":
            assert fields["amount"] == "4200" and fields["metadata[order]"] == "o-1"
            self.status = "requires_confirmation"
        elif path == "payment_intents/p-1/confirm":
            if self.declines:
                body = json.dumps({"error": {"code": "card_declined"}}).encode()
                raise urllib.error.HTTPError(path, 402, "declined", {}, io.BytesIO(body))
            self.status = "succeeded"
            self.moved.append(4200)
        elif path == "payment_intents/p-1/cancel":
            self.status = "canceled"
        elif path == "refunds":
            assert fields == {"payment_intent": "p-1"}
            self.moved.append(-4200)
        return {"id": "p-1", "status": self.status}

    @staticmethod
    def told(answer):
        return io.BytesIO(json.dumps(answer).encode())


class PaymentTest(unittest.TestCase):
    def setUp(self):
        self.provider = Provider()
        self.enterContext(mock.patch.object(payment.urllib.request, "urlopen", self.provider.open))
        self.enterContext(mock.patch.object(payment, "key", mock.Mock(return_value="k-1")))
        self.enterContext(mock.patch.dict(os.environ, {"PROVIDER": "stripe"}))

    def test_a_payment_that_is_repeated_moves_money_once(self):
        for _ in range(3):
            self.assertEqual(payment.pay(ASKED, None), {**ASKED, "payment": "p-1"})
        self.assertEqual(self.provider.moved, [4200])

    def test_a_bank_that_says_no_is_told_apart_from_a_provider_that_does_not_answer(self):
        self.provider.declines = True
        with self.assertRaisesRegex(payment.Refused, "card_declined"):
            payment.pay(ASKED, None)
        self.provider.fails = [("payment_intents", "before")]
        with self.assertRaises(TimeoutError):
            payment.pay(ASKED, None)

    def test_a_payment_that_would_ask_the_customer_is_refused(self):
        self.provider.answers["pay-o-1"] = {"status": "requires_action"}
        with self.assertRaisesRegex(payment.Refused, "requires_action"):
            payment.pay(ASKED, None)

    def test_money_comes_back_once(self):
        payment.pay(ASKED, None)
        for _ in range(3):
            self.assertEqual(payment.refund(ASKED, None), ASKED)
        self.assertEqual(self.provider.moved, [4200, -4200])

    def test_money_comes_back_after_the_provider_forgot_the_keys(self):
        paid = payment.pay(ASKED, None)
        self.provider.answers = {}
        self.assertEqual(payment.refund(paid, None), paid)
        self.assertEqual(self.provider.moved, [4200, -4200])
        self.assertEqual(list(self.provider.answers), ["refund-o-1"])

    def test_a_payment_that_moved_nothing_is_cancelled_and_cannot_move_later(self):
        self.provider.fails = [("confirm", "before")]
        with self.assertRaises(TimeoutError):
            payment.pay(ASKED, None)
        payment.refund(ASKED, None)
        payment.refund(ASKED, None)
        self.assertEqual((self.provider.moved, self.provider.status), ([], "canceled"))

    def test_a_key_that_was_changed_is_read_again(self):
        def refuses(request, timeout):
            raise urllib.error.HTTPError(request.full_url, 401, "who are you", {}, None)

        with mock.patch.object(payment.urllib.request, "urlopen", refuses), self.assertRaises(urllib.error.HTTPError):
            payment.pay(ASKED, None)
        payment.key.cache_clear.assert_called_once()

    def test_where_nobody_takes_money_none_moves(self):
        with mock.patch.dict(os.environ, {"PROVIDER": "none"}):
            self.assertEqual(payment.pay(ASKED, None)["payment"], "none")
            payment.refund(ASKED, None)
        self.assertEqual(self.provider.answers, {})


class KeyTest(unittest.TestCase):
    def test_the_key_is_read_once(self):
        boto3 = mock.Mock()
        boto3.client.return_value.get_secret_value.return_value = {"SecretString": '{"key": "k-9"}'}
        with mock.patch.dict("sys.modules", boto3=boto3), mock.patch.dict(os.environ, {"SECRET": "arn:secret"}):
            self.assertEqual([payment.key(), payment.key()], ["k-9", "k-9"])
        boto3.client.return_value.get_secret_value.assert_called_once_with(SecretId="arn:secret")
        payment.key.cache_clear()


if __name__ == "__main__":
    unittest.main()
