"""Lets each message be done once although many functions run, by a key in Redis with the message's name.

The key holds the token of whoever does the message, and runs out by itself if that one dies. When the message is
done, the key says so for longer than the queue may deliver it again. Every command may be said twice, as `Redis.ask`
may do: the token tells whether an earlier saying was one's own.
"""
import secrets

DONE = "done"

# Only the holder lets go: one that is late would otherwise take the lock from the next.
RELEASE = 'if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("DEL", KEYS[1]) end return 0'

# A lock that ran out and that nobody took over is still the message of whoever did it.
FINISH = """
local holder = redis.call("GET", KEYS[1])
if holder and holder ~= ARGV[1] and holder ~= ARGV[2] then return 0 end
redis.call("SET", KEYS[1], ARGV[2], "EX", ARGV[3])
return 1
"""


class Held(Exception):
    """Another run has the message."""


class Once:
    def __init__(self, redis, lock_milliseconds, done_seconds):
        self.redis = redis
        self.lock_milliseconds = lock_milliseconds
        self.done_seconds = done_seconds

    def claim(self, name):
        """A token when the message is the caller's to do, None when it is done already."""
        token = secrets.token_hex(16)
        holder = self.redis.ask("SET", key_of(name), token, "NX", "GET", "PX", self.lock_milliseconds)
        if holder in (None, token):
            return token
        if holder == DONE:
            return None
        raise Held(name)

    def finish(self, name, token):
        """False when the claim had run out and another run has the message now: it may be done twice."""
        return self.redis.ask("EVAL", FINISH, 1, key_of(name), token, DONE, self.done_seconds) == 1

    def release(self, name, token):
        """Gives the message back. False when it was no longer the caller's."""
        return self.redis.ask("EVAL", RELEASE, 1, key_of(name), token) == 1


def key_of(name):
    return f"push:once:{name}"
