"""python3 -m unittest discover -s templates/push/functions; scripts/judges/once.sh asks a real Redis"""
import io
import unittest
from unittest import mock

from resp import Redis, Refused


class Stream(io.BytesIO):
    """A connection: gives what Redis answers, and keeps what it was told."""

    def __init__(self, answers):
        super().__init__(answers)
        self.told = b""

    def write(self, said):
        self.told += said

    def flush(self):
        pass


class RespTest(unittest.TestCase):
    def redis(self, *streams):
        redis = Redis("localhost", "6379", "token")
        self.streams = list(streams)

        def connect():
            redis.stream = self.streams.pop(0)

        redis.connect = connect
        return redis

    def test_a_command_is_said_with_the_length_of_each_word(self):
        stream = Stream(b"+OK\r\n")
        self.assertEqual(self.redis(stream).ask("SET", "name", "Zoë", "PX", 50), "OK")
        self.assertEqual(stream.told, b"*5\r\n$3\r\nSET\r\n$4\r\nname\r\n$4\r\nZo\xc3\xab\r\n$2\r\nPX\r\n$2\r\n50\r\n")

    def test_each_kind_of_answer_is_understood(self):
        redis = self.redis(Stream(b"$5\r\na\r\nbc\r\n$-1\r\n:-7\r\n*2\r\n$0\r\n\r\n*1\r\n:1\r\n*-1\r\n$3\r\n\xe2\x82\xac\r\n"))
        self.assertEqual([redis.ask("X") for _ in range(6)], ["a\r\nbc", None, -7, ["", [1]], None, "€"])

    def test_a_refusal_is_told_and_the_next_connection_is_new(self):
        redis = self.redis(Stream(b"-OOM command not allowed\r\n"), Stream(b"+PONG\r\n"))
        with self.assertRaisesRegex(Refused, "OOM"):
            redis.ask("SET", "a", "b")
        self.assertEqual(redis.ask("PING"), "PONG")

    def test_a_connection_that_broke_while_nobody_looked_is_made_anew(self):
        redis = self.redis(Stream(b"+OK\r\n"), Stream(b"+PONG\r\n"))
        redis.ask("SET", "a", "b")
        self.assertEqual(redis.ask("PING"), "PONG")

    def test_half_an_answer_is_none(self):
        for half in (b"", b"$5\r\nab", b"+PO", b":1", b"?\r\n", b"*2\r\n:1\r\n"):
            redis = self.redis(Stream(half))
            with self.assertRaises(EOFError, msg=half):
                redis.ask("PING")
            self.assertIsNone(redis.stream)

    def test_a_redis_that_is_gone_is_asked_twice_and_no_more(self):
        redis = self.redis(Stream(b"+OK\r\n"), Stream(b""), Stream(b"+PONG\r\n"))
        redis.ask("SET", "a", "b")
        with self.assertRaises(EOFError):
            redis.ask("PING")
        self.assertEqual(len(self.streams), 1)

    def test_a_name_in_the_certificate_is_demanded_and_the_token_is_the_first_word(self):
        redis, stream = Redis("redis.example.com", 6379, "t-1"), Stream(b"+OK\r\n+PONG\r\n")
        with mock.patch("socket.create_connection") as create, mock.patch("ssl.create_default_context") as trust:
            trust.return_value.wrap_socket.return_value.makefile.return_value = stream
            self.assertEqual(redis.ask("PING"), "PONG")
        trust.return_value.wrap_socket.assert_called_once_with(create.return_value, server_hostname="redis.example.com")
        self.assertTrue(stream.told.startswith(b"*2\r\n$4\r\nAUTH\r\n$3\r\nt-1\r\n"))

    def test_a_token_that_is_refused_leaves_no_connection(self):
        redis, stream = Redis("redis.example.com", 6379, "t-1"), Stream(b"-WRONGPASS no\r\n")
        with mock.patch("socket.create_connection"), mock.patch("ssl.create_default_context") as trust:
            trust.return_value.wrap_socket.return_value.makefile.return_value = stream
            with self.assertRaisesRegex(Refused, "WRONGPASS"):
                redis.ask("PING")
        self.assertIsNone(redis.stream)
        self.assertTrue(stream.closed)


if __name__ == "__main__":
    unittest.main()
