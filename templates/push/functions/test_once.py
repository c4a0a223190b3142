"""python3 -m unittest discover -s templates/push/functions; what the scripts do in Redis, scripts/judges/once.sh proves"""
import unittest
from unittest import mock

from once import DONE, FINISH, RELEASE, Held, Once


class OnceTest(unittest.TestCase):
    def once(self, answer):
        redis = mock.Mock()
        redis.ask.side_effect = answer if callable(answer) else lambda *words: answer
        self.redis = redis
        return Once(redis, 130_000, 432_000)

    def test_a_claim_is_one_command_that_never_takes_from_another(self):
        token = self.once(None).claim("n-1/s-1")
        self.redis.ask.assert_called_once_with("SET", "push:once:n-1/s-1", token, "NX", "GET", "PX", 130_000)
        self.assertEqual(len(token), 32)

    def test_what_is_done_is_not_given_and_what_is_held_is_told(self):
        self.assertIsNone(self.once(DONE).claim("a"))
        with self.assertRaises(Held):
            self.once("another's token").claim("a")

    def test_a_claim_that_was_said_twice_is_still_ones_own(self):
        self.assertTrue(self.once(lambda command, key, token, *how: token).claim("a"))

    def test_each_claim_has_a_token_of_its_own(self):
        once = self.once(None)
        self.assertEqual(len({once.claim("a") for _ in range(100)}), 100)

    def test_only_a_holder_finishes_and_lets_go(self):
        once = self.once(1)
        self.assertTrue(once.finish("a", "t"))
        self.redis.ask.assert_called_with("EVAL", FINISH, 1, "push:once:a", "t", DONE, 432_000)
        self.assertTrue(once.release("a", "t"))
        self.redis.ask.assert_called_with("EVAL", RELEASE, 1, "push:once:a", "t")
        late = self.once(0)
        self.assertFalse(late.finish("a", "t") or late.release("a", "t"))


if __name__ == "__main__":
    unittest.main()
