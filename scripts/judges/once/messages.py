"""Eight workers, each a process, with the code that push deploys and a real Redis: messages.py RENDERED_WORKER

Only delivering is replaced: by counting, in Redis, how often each message was delivered.
"""
import contextlib
import io
import json
import multiprocessing
import os
import random
import signal
import sys
import time
import types
from unittest import mock

import yaml

WORKERS = 8
MESSAGES = 400
# A lock that is not meant to run out does not, even on a machine that is busy with other things.
LONG, SHORT = 20_000, 400
# What makes a lock a lock, and what is left without it. The judge has to see each.
BROKEN = {
    "whoever comes takes the lock": ('"NX", ', ""),
    "the holder is not asked for": ("if holder in (None, token):", "if holder != DONE:"),
    "it is forgotten what is done": ('redis.call("SET", KEYS[1], ARGV[2], "EX", ARGV[3])', 'redis.call("DEL", KEYS[1])'),
    "anybody lets go": ('if redis.call("GET", KEYS[1]) == ARGV[1] then', "if true then"),
    "anybody says that it is done": ("if holder and holder ~= ARGV[1] and holder ~= ARGV[2] then return 0 end\n", ""),
}


class NotOnce(Exception):
    """What should have happened once did not."""


def demand(holds, says):
    if not holds:
        raise NotOnce(says)


def deployed(path):
    """The code of the function, out of the body that is sent to CloudFormation."""

    class Loader(yaml.SafeLoader):
        pass

    Loader.add_multi_constructor("!", lambda loader, tag, node: None)
    with open(path, encoding="utf-8") as body:
        return yaml.load(body, Loader)["Resources"]["Function"]["Properties"]["Code"]["ZipFile"]


class Judge:
    """One Redis, emptied, and workers with one version of the code."""

    def __init__(self, code, milliseconds=LONG, patience=60):
        self.code = code
        self.milliseconds = milliseconds
        self.patience = patience
        self.redis = self.worker().redis()
        self.redis.ask("FLUSHALL")

    def worker(self, push=None):
        """The code as Lambda would load it, with a connection of its own."""
        module = types.ModuleType("index")
        exec(compile(self.code, "index.py", "exec"), module.__dict__)
        secrets = mock.Mock()
        secrets.get_secret_value.return_value = {"SecretString": json.dumps({"token": os.environ["REDISCLI_AUTH"]})}
        module.client = {"secretsmanager": secrets}.__getitem__
        module.once = lambda: module.Once(module.redis(), self.milliseconds, 3600)
        module.push = push or (lambda message: self.count(module, message["id"]))
        return module

    def count(self, module, name):
        module.redis().ask("RPUSH", f"judge:times:{name}", time.time())
        time.sleep(random.uniform(0, 0.003))
        return "delivered"

    def times(self, name):
        return [float(when) for when in self.redis.ask("LRANGE", f"judge:times:{name}", 0, -1)]

    def deliver_all(self, names, start, told):
        """One worker: takes every message, in batches, until none comes back. Tells how its attempts ended."""
        worker = self.worker()
        worker.redis().ask("PING")
        left = list(names)
        endings = {}
        start.wait()
        until = time.monotonic() + self.patience
        while left and time.monotonic() < until:
            left = [name for taken in in_batches(left) for name in attempt(worker, taken, endings)]
        told.put({**endings, "left over": len(left)})

    def deliver_by_all(self, names):
        """Eight workers at once; how their attempts ended."""
        start, told = multiprocessing.Barrier(WORKERS), multiprocessing.Queue()
        each = {"target": self.deliver_all, "args": (names, start, told)}
        workers = [multiprocessing.Process(**each) for _ in range(WORKERS)]
        for worker in workers:
            worker.start()
        endings = {}
        for said in [told.get(timeout=self.patience + 60) for _ in workers]:
            for ending, times in said.items():
                endings[ending] = endings.get(ending, 0) + times
        for worker in workers:
            worker.join()
        return endings

    def hold(self, name, held):
        worker = self.worker(lambda message: (held.set(), time.sleep(60)))
        attempt(worker, [name], {})


def in_batches(names):
    # Each worker in another order, but near each other, so that they meet.
    ordered = [name for _, name in sorted((place + random.uniform(0, 12), name) for place, name in enumerate(names))]
    return [ordered[begin:begin + 10] for begin in range(0, len(ordered), 10)]


def attempt(worker, names, endings):
    """Hands one batch to the function, as Lambda does; the messages that come back."""
    records = [{"messageId": name, "body": json.dumps({"id": name})} for name in names]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        answer = worker.handle({"Records": records}, mock.Mock(get_remaining_time_in_millis=lambda: 60_000))
    for line in printed.getvalue().splitlines():
        ending = json.loads(line)["outcome"]
        endings[ending] = endings.get(ending, 0) + 1
    return [failed["itemIdentifier"] for failed in answer["batchItemFailures"]]


def each_message_once(code, **how):
    judge = Judge(code, **how)
    names = [f"message-{number}" for number in range(MESSAGES)]
    endings = judge.deliver_by_all(names)
    for name in names:
        times = len(judge.times(name))
        demand(times == 1, f"{name} was delivered {times} times")
    demand(endings["left over"] == 0, f"{endings['left over']} messages were left over")
    demand(endings.get("held", 0) > 0, "the workers never met at a message, so nothing was tried")
    others = MESSAGES * (WORKERS - 1)
    demand(endings["delivered"] == MESSAGES and endings["done already"] == others, f"attempts ended so: {endings}")
    return endings


def a_killed_holder_is_followed(code):
    judge = Judge(code, SHORT)
    for number in range(4):
        name, held = f"orphan-{number}", multiprocessing.Event()
        began = time.time()
        holder = multiprocessing.Process(target=judge.hold, args=(name, held))
        holder.start()
        demand(held.wait(30), "the holder never got the message")
        # The lock was taken before this moment and after `began`.
        os.kill(holder.pid, signal.SIGKILL)
        holder.join()
        endings = judge.deliver_by_all([name])
        times = judge.times(name)
        demand(len(times) == 1, f"{name} was delivered {len(times)} times after its holder was killed")
        demand(times[0] >= began + SHORT / 1000, f"{name} was taken while its lock still held")
        demand(endings["left over"] == 0 and endings["done already"] == WORKERS - 1, f"attempts ended so: {endings}")


def a_late_holder_lets_go_of_nothing(code):
    judge = Judge(code)
    worker, redis = judge.worker(), judge.redis
    late, next_one = worker.Once(redis, 50, 3600), worker.Once(judge.worker().redis(), LONG, 3600)
    first = late.claim("late")
    while redis.ask("EXISTS", worker.key_of("late")):
        time.sleep(0.01)
    second = next_one.claim("late")
    demand(first and second and first != second, "a lock that ran out could not be taken over")
    demand(not late.release("late", first), "who was late let go of the lock of the next one")
    demand(not late.finish("late", first), "who was late said that the message of the next one is done")
    demand(redis.ask("GET", worker.key_of("late")) == second, "the lock of the next one is gone")
    demand(next_one.finish("late", second), "the holder could not finish")
    demand(next_one.claim("late") is None, "what is done was given out again")

    alone = late.claim("alone")
    while redis.ask("EXISTS", worker.key_of("alone")):
        time.sleep(0.01)
    demand(late.finish("alone", alone), "what was done late, but once, is not marked as done")
    demand(next_one.claim("alone") is None, "what was done late, but once, was given out again")

    given_back = next_one.claim("given back")
    demand(next_one.release("given back", given_back), "the holder could not let go")
    demand(next_one.claim("given back"), "what was given back cannot be taken")


def seen(code):
    """What the judge says about code whose lock is broken."""
    for proof in (a_late_holder_lets_go_of_nothing, lambda broken: each_message_once(broken, milliseconds=50, patience=3)):
        try:
            proof(code)
        except NotOnce as told:
            return str(told)
    return None


def main():
    multiprocessing.set_start_method("fork")
    os.environ |= {"CACHE_HOST": os.environ["REDIS_HOST"], "CACHE_PORT": os.environ["REDIS_PORT"], "CACHE_SECRET": "token"}
    code = deployed(sys.argv[1])
    endings = each_message_once(code)
    a_killed_holder_is_followed(code)
    a_late_holder_lets_go_of_nothing(code)
    print(f"push: {WORKERS} workers, {MESSAGES} messages each: {endings['delivered']} delivered, "
          f"{endings['done already']} times done already, {endings['held']} times held by another; 4 killed holders followed")
    for broken, (sound, unsound) in BROKEN.items():
        demand(code.count(sound) == 1, f"the code has no `{sound}`")
        told = seen(code.replace(sound, unsound))
        demand(told, f"the judge does not see it when {broken}")
        print(f"push: when {broken}: {told}")


if __name__ == "__main__":
    try:
        main()
    except NotOnce as why:
        sys.exit(f"error: {why}")
