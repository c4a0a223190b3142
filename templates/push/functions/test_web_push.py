"""python3 -m unittest discover -s templates/push/functions"""
import base64
import hashlib
import json
import unittest
from unittest import mock

import web_push

HOSTS = ["fcm.googleapis.com", ".push.apple.com"]


def in_numbers(first, second):
    """Two numbers as the key service gives a signature: each with its length, without leading zeros."""
    both = b"".join(b"\x02" + bytes([len(number)]) + number for number in (first, second))
    return b"\x30" + bytes([len(both)]) + both


def unpacked(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


class WebPushTest(unittest.TestCase):
    def test_push_services_are_asked_and_nobody_else(self):
        self.assertEqual(web_push.origin_of("https://fcm.googleapis.com/fcm/send/a?b", HOSTS), "https://fcm.googleapis.com")
        self.assertEqual(web_push.origin_of("https://web.push.apple.com/Q", HOSTS), "https://web.push.apple.com")
        for endpoint in (
            "http://fcm.googleapis.com/a", "https://169.254.169.254/latest", "https://fcm.googleapis.com.example.com/",
            "https://fcm.googleapis.com:6379/", "https://a@fcm.googleapis.com/", "https://push.apple.com.evil/",
            "https://evilpush.apple.com/", "file:///etc/passwd", "//fcm.googleapis.com/", "",
        ):
            with self.assertRaises(web_push.Forbidden, msg=endpoint):
                web_push.origin_of(endpoint, HOSTS)

    def test_the_numbers_of_a_signature_have_32_bytes_each(self):
        high, low = b"\x00" + b"\xff" * 32, b"\x01"
        self.assertEqual(web_push.fixed(in_numbers(high, low)), b"\xff" * 32 + b"\x00" * 31 + b"\x01")

    def test_who_we_are_is_signed_for_one_push_service(self):
        point = b"\x04" + bytes(range(64))
        kms = mock.Mock()
        kms.sign.return_value = {"Signature": in_numbers(b"\x11" * 32, b"\x22" * 32)}
        kms.get_public_key.return_value = {"PublicKey": b"x" * 26 + point}
        with mock.patch("time.time", lambda: 1_000_000.5):
            signed = web_push.authorization("https://fcm.googleapis.com", "mailto:a@example.com", kms, "key")
        token, key = signed.removeprefix("vapid t=").split(", k=")
        head, claims, signature = token.split(".")
        self.assertEqual(json.loads(unpacked(head)), {"typ": "JWT", "alg": "ES256"})
        self.assertEqual(json.loads(unpacked(claims)), {
            "aud": "https://fcm.googleapis.com", "exp": 1_043_200, "sub": "mailto:a@example.com"})
        self.assertEqual(unpacked(signature), b"\x11" * 32 + b"\x22" * 32)
        self.assertEqual(unpacked(key), point)
        kms.sign.assert_called_once_with(
            KeyId="key", Message=f"{head}.{claims}".encode(), MessageType="RAW", SigningAlgorithm="ECDSA_SHA_256")

    def test_the_same_message_always_has_the_same_topic(self):
        settings = {"keep_seconds": 60, "urgency": "low"}
        headers = web_push.headers_of({"id": "n-1/s-1"}, settings, "vapid …")
        self.assertEqual(headers["Topic"], base64.urlsafe_b64encode(hashlib.sha256(b"n-1/s-1").digest()).decode()[:32])
        self.assertEqual((headers["TTL"], headers["Urgency"]), ("60", "low"))

    def test_nothing_is_sent_but_headers_and_nothing_is_followed(self):
        with mock.patch("http.client.HTTPSConnection") as connection:
            connection.return_value.getresponse.return_value.status = 302
            with self.assertRaisesRegex(web_push.Undelivered, "fcm.googleapis.com answered 302"):
                web_push.deliver("https://fcm.googleapis.com/fcm/send/a?b=c", {"TTL": "1"})
        connection.assert_called_once_with("fcm.googleapis.com", timeout=8)
        connection.return_value.request.assert_called_once_with("POST", "/fcm/send/a?b=c", headers={"TTL": "1"})
        connection.return_value.close.assert_called_once_with()

    def test_a_browser_that_is_gone_is_told_from_a_service_that_is_busy(self):
        gone, busy = web_push.Gone, web_push.Undelivered
        for status, outcome in ((404, gone), (410, gone), (302, busy), (429, busy), (500, busy)):
            with mock.patch.object(web_push, "post", lambda *_: status), self.assertRaises(outcome):
                web_push.deliver("https://fcm.googleapis.com/a", {})
        with mock.patch.object(web_push, "post", lambda *_: 201):
            web_push.deliver("https://fcm.googleapis.com/a", {})


if __name__ == "__main__":
    unittest.main()
