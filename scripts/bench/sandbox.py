#!/usr/bin/env python3
"""Measures the sandbox: start, requests per second on one core, memory, and that nothing grows without bound.

Called by scripts/bench/sandbox.sh, which says how. Servers run on the first core, everything that asks them on the
others. Where a figure is compared, both servers get equal templates and equal requests, one after the other.
"""

import argparse
import http.client
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import time
import urllib.parse

REGION = "eu-west-1"
ACCOUNTS = [f"{100000000000 + 1111 * index}" for index in range(20)]


def template(stack, version=0):
    """Twenty resources of which ten name others, three parameters, two outputs; no two stacks have equal texts."""
    lines = [f"Description: Stack {stack} of a measurement, version {version}", "Parameters:"]
    for name in ("Team", "Stage", "Owner"):
        lines.append(f"  {name}: {{Type: String, Default: {name.lower()}-{stack}}}")
    lines.append("Resources:")
    for index in range(10):
        lines += [
            f"  Topic{index}:",
            "    Type: AWS::SNS::Topic",
            "    Properties:",
            f"      DisplayName: !Sub 'notices ${{Stage}} {index} {version}'",
            "      Tags: [{Key: team, Value: !Ref Team}, {Key: owner, Value: !Ref Owner}]",
            f"  Queue{index}:",
            "    Type: AWS::SQS::Queue",
            "    Properties:",
            f"      VisibilityTimeout: {30 + index}",
            "      MessageRetentionPeriod: 86400",
            "      Tags:",
            "        - {Key: team, Value: !Ref Team}",
            f"        - {{Key: topic, Value: !Ref Topic{index}}}",
        ]
    lines += ["Outputs:", "  First: {Value: !Ref Topic0}", "  Last: {Value: !GetAtt Queue9.Arn}", ""]
    return "\n".join(lines)


class Server:
    """A server process on the first core."""

    def __init__(self, command, port):
        self.port = port
        self.process = subprocess.Popen(["taskset", "-c", "0", *command], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        self.connection = None

    def __enter__(self):
        deadline = time.monotonic() + 120
        while True:
            try:
                self.call("us-east-1", "DescribeStacks")
                return self
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"error: no answer on port {self.port}")
                time.sleep(0.0005)

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def memory(self):
        """The resident memory, in MB."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1)) / 1000

    def call(self, key, action, service="cloudformation", version="2010-05-15", **fields):
        """Sends a request; the status and the text of the answer."""
        body = urllib.parse.urlencode({"Action": action, "Version": version, **fields})
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
            "X-Amz-Date": "20260101T000000Z",
            "Authorization": f"AWS4-HMAC-SHA256 Credential={key}/20260101/{REGION}/{service}/aws4_request, "
                             f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}",
        }
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            self.connection.request("POST", "/", body, headers)
            answer = self.connection.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            self.connection = None
            raise error if isinstance(error, OSError) else ConnectionResetError(str(error))

    def must(self, *arguments, **fields):
        """Sends a request that has to succeed."""
        status, text = self.call(*arguments, **fields)
        if status != 200:
            raise SystemExit(f"error: {arguments} gave {status}: {text}")
        return text

    def create(self, key, stack):
        self.must(key, "CreateStack", StackName=f"stack-{stack}", TemplateBody=template(stack))

    def settle(self, key, last):
        """Waits until the stack of this number is complete."""
        for _ in range(1_000_000):
            status = re.search("<StackStatus>(.*?)</", self.must(key, "DescribeStacks", StackName=f"stack-{last}"))
            if status.group(1) != "CREATE_IN_PROGRESS":
                break
        if status.group(1) != "CREATE_COMPLETE":
            raise SystemExit(f"error: stack-{last} is {status.group(1)}")

    def role(self, account):
        """An access key of a role in an account: both servers read the account from it."""
        text = self.must("000000000000", "AssumeRole", service="sts", version="2011-06-15",
                         RoleArn=f"arn:aws:iam::{account}:role/measure", RoleSessionName="measure")
        return re.search("<AccessKeyId>(.*?)</", text).group(1)


class Bench:
    def __init__(self, options):
        self.options = options
        self.work = os.path.abspath(options.work)
        shutil.rmtree(self.work, ignore_errors=True)
        os.makedirs(self.work)

    def sandbox(self, state=None):
        port = self.options.port
        command = [self.options.formwork, "sandbox", "--listen", f"127.0.0.1:{port}"]
        return Server(command + (["--state", state] if state else []), port)

    def moto(self):
        port = self.options.port + 1
        return Server([self.options.moto, "-p", str(port)], port)

    def row(self, what, sandbox, moto="", ratio=""):
        print(f"{what:<58} {sandbox:>14} {moto:>14} {ratio:>8}", flush=True)

    def start(self, state, what):
        times = []
        for _ in range(11):
            begun = time.monotonic()
            with self.sandbox(state):
                times.append((time.monotonic() - begun) * 1000)
        self.row(f"start to first answer, {what}", f"{statistics.median(times):.0f} ms")
        return statistics.median(times)

    def fill(self, server):
        """1,000 stacks in 20 accounts; the keys of the accounts, and how long one stack took."""
        each = self.options.stacks // len(ACCOUNTS)
        keys = [server.role(account) for account in ACCOUNTS]
        begun = time.monotonic()
        for stack in range(each):
            for key in keys:
                server.create(key, stack)
        taken = time.monotonic() - begun
        for key in keys:
            server.settle(key, each - 1)
        for key in keys:
            names = re.findall("<StackName>", server.must(key, "DescribeStacks"))
            if len(names) != min(each, 100):
                raise SystemExit(f"error: {len(names)} stacks in an account, not {each}")
        return keys, each * len(keys) / taken

    def load(self, server, keys, what):
        """Answers per second under wrk, and the 99th percentile of their time in milliseconds."""
        each = self.options.stacks // len(ACCOUNTS)
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sandbox.lua")
        cores = f"1-{os.cpu_count() - 1}" if os.cpu_count() > 1 else "0"
        command = ["taskset", "-c", cores, "wrk", "-t1", "-c8", f"-d{self.options.seconds}s", "--timeout", "30s", "-s",
                   script, f"http://127.0.0.1:{server.port}/", "--", what, REGION, *[f"{key}={each}" for key in keys]]
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        requests, microseconds, broken, refused, late = map(int, re.search(
            r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+)", text).groups())
        if broken or refused:
            raise SystemExit(f"error: {broken} requests broke and {refused} were refused:\n{text}")
        return requests / (microseconds / 1e6), late / 1000

    def compare(self):
        figures = {}
        for name, server in (("sandbox", self.sandbox()), ("moto", self.moto())):
            with server:
                keys, created = self.fill(server)
                one, all_ = self.load(server, keys, "one"), self.load(server, keys, "all")
                figures[name] = (created, *one, *all_, server.memory())
        ours, theirs = figures["sandbox"], figures["moto"]
        for index, what in ((0, "CreateStack, 20 resources"), (1, "DescribeStacks by name"),
                            (3, f"DescribeStacks, page of {self.options.stacks // len(ACCOUNTS)}")):
            self.row(f"{what}, a second", f"{ours[index]:,.0f}", f"{theirs[index]:,.1f}",
                     f"{ours[index] / theirs[index]:,.0f}x")
        self.row("DescribeStacks by name, 99 of 100 within", f"{ours[2]:.1f} ms", f"{theirs[2]:.1f} ms")
        self.row(f"memory with {self.options.stacks:,} stacks", f"{ours[5]:,.0f} MB", f"{theirs[5]:,.0f} MB")
        return ours[1]

    def many(self):
        """10,000 stacks in one account and region, kept on disk: the last are made as fast as the first."""
        state, key, count = os.path.join(self.work, "many"), ACCOUNTS[0], self.options.many
        part, speeds = count // 10, []
        with self.sandbox(state) as server:
            for beginning in range(0, count, part):
                begun = time.monotonic()
                for stack in range(beginning, beginning + part):
                    server.create(key, stack)
                    server.must(key, "DescribeStacks", StackName=f"stack-{stack // 2}")
                    if stack % 50 == 49:
                        server.settle(key, stack)
                speeds.append(part / (time.monotonic() - begun))
            server.settle(key, count - 1)
            memory = server.memory()
            self.row(f"CreateStack with a state folder, first {part:,}, a second", f"{speeds[0]:,.0f}")
            self.row(f"CreateStack with a state folder, last {part:,} of {count:,}", f"{speeds[-1]:,.0f}")
            self.row(f"memory with {count:,} stacks of 20 resources", f"{memory:,.0f} MB")
        begun = time.monotonic()
        with self.sandbox(state) as server:
            self.row(f"start with {count:,} stacks in the state folder", f"{(time.monotonic() - begun) * 1000:,.0f} ms")
            self.row("memory after that start", f"{server.memory():,.0f} MB")
        return speeds, memory

    def soak(self):
        """Mixed requests; the memory after each fifth of them."""
        choice, memories = random.Random(1), []
        names = [f"stack-{number}" for number in range(400)]
        with self.sandbox() as server:
            begun = time.monotonic()
            for number in range(self.options.soak):
                key, name = choice.choice(ACCOUNTS), choice.choice(names)
                body = template(name, choice.randrange(1000))
                deed = choice.random()
                if deed < 0.5:
                    server.call(key, choice.choice(["DescribeStacks", "DescribeStackEvents", "ListStackResources"]),
                                StackName=name)
                elif deed < 0.7:
                    server.call(key, "CreateStack", StackName=name, TemplateBody=body)
                elif deed < 0.8:
                    server.call(key, "UpdateStack", StackName=name, TemplateBody=body)
                else:
                    server.call(key, "DeleteStack", StackName=name)
                if (number + 1) % max(self.options.soak // 5, 1) == 0:
                    memories.append(server.memory())
            rate = self.options.soak / (time.monotonic() - begun)
        self.row(f"soak: {self.options.soak:,} mixed requests, a second", f"{rate:,.0f}")
        self.row("soak: memory after each fifth, MB", " ".join(f"{memory:,.0f}" for memory in memories))
        return memories


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--formwork", required=True)
    parser.add_argument("--moto", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--port", type=int, default=4890)
    parser.add_argument("--stacks", type=int, default=1_000)
    parser.add_argument("--many", type=int, default=10_000)
    parser.add_argument("--soak", type=int, default=0)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--only", choices=["start", "compare", "many", "soak"])
    options = parser.parse_args()
    if os.cpu_count() > 1:
        os.sched_setaffinity(0, range(1, os.cpu_count()))
    bench, faults = Bench(options), []
    bench.row("", "sandbox", "moto", "ratio")
    wanted = [options.only] if options.only else ["start", "compare", "many", "soak"]
    if "start" in wanted:
        empty = bench.start(None, "no state")
        state = os.path.join(bench.work, "start")
        with bench.sandbox(state) as server:
            bench.fill(server)
        full = bench.start(state, f"state of {options.stacks:,} stacks")
        if empty >= 50:
            faults.append("it takes 50 ms or more to start")
    if "compare" in wanted and bench.compare() < 3_000:
        faults.append("fewer than 3,000 DescribeStacks by name a second")
    if "many" in wanted:
        speeds, memory = bench.many()
        if speeds[-1] < speeds[0] / 2:
            faults.append("creation slows down with the number of stacks")
        if memory >= 500 * options.many / 10_000 and options.many >= 10_000:
            faults.append("10,000 stacks take 500 MB or more")
    if "soak" in wanted and options.soak:
        memories = bench.soak()
        if memories[-1] > 1.5 * memories[-2]:
            faults.append("memory grows without end")
    for fault in faults:
        print(f"error: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
