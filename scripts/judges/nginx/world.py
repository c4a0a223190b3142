"""The world that the tests look at: the services of the shipped environment behind the rendered proxy."""
import contextlib
import itertools
import json
import pathlib
import re
import tempfile
import unittest

import proxy
import services

SUFFIX = "router-production.internal"
COOKIE = "version={}; Path=/; Max-Age=43200; HttpOnly; Secure; SameSite=Lax"
# An error of a service that tells all that nobody outside may read.
TRACE = {"status": 500, "body": "Traceback: accounts-v3.router-production.internal:8080 (127.90.0.1)"}


class World(contextlib.ExitStack):
    """Three services, as many versions as the environment says and one more of the second, two containers of each."""

    def __init__(self):
        super().__init__()
        self.base = pathlib.Path(self.enter_context(tempfile.TemporaryDirectory(prefix="nginx-judge-")))
        self.base.chmod(0o711)
        (self.base / "project").mkdir()
        self.project = proxy.Project(self.base / "project")
        self.network = services.Network(SUFFIX)
        self.callback(self.network.stop)
        *ports, self.port, self.second_port = services.free_ports(5)
        _, parameters = self.project.render()
        shipped = [word.split(":") for word in parameters["Services"].split()]
        self.services = [
            {"name": name, "path": path, "port": port, "versions": [int(word) for word in versions.split(",")]}
            for (name, _, path, versions), port in zip(shipped, ports)]
        self.services[1]["versions"].append(5)
        for service in self.services:
            for version in service["versions"]:
                self.network.add(service["name"], version, service["port"], count=2)
        self.numbers = itertools.count()
        self.proxy = self.start(web_port=self.port)

    def render(self, **values):
        """The proxy of this machine instead of a network of AWS: with these addresses, and with `values`."""
        return self.project.render(**{
            "services": self.services, "web_port": self.second_port, "vpc_cidr": "127.0.0.0/16", "request_megabytes": 1, **values})

    def start(self, changes=None, rendered=None, **values):
        """Another container, rendered with `values`, told `changes` instead of what its task definition says."""
        outputs = {"Suffix": SUFFIX, "Resolver": f"127.0.0.1:{self.network.names.port}"}
        folder = self.base / f"container-{next(self.numbers)}"
        folder.mkdir()
        started = proxy.Proxy(folder, rendered or self.render(**values), outputs, changes)
        self.callback(started.stop)
        return started


class Judge(unittest.TestCase):
    """Looks at one world; `fresh` in a class gives each of its tests a world of its own."""

    fresh = False

    @classmethod
    def setUpClass(cls):
        if not cls.fresh:
            cls.world = cls.enterClassContext(World())

    def setUp(self):
        if self.fresh:
            self.world = self.enterContext(World())

    @property
    def network(self):
        return self.world.network

    @property
    def services(self):
        return self.world.services

    def ask(self, *words, through=None, **more):
        return (through or self.world.proxy).ask(*words, **more)

    def version(self, path, **more):
        """The version that answers."""
        answer = self.ask(path, **more)
        self.assertEqual(answer.status, 200, answer.body)
        return json.loads(answer.body)["version"]

    def login(self, customer, through=None):
        """The version that the cookie of a new session has."""
        answer = self.ask("/accounts/login", method="POST", do={"headers": [["X-Customer", customer]]}, through=through)
        self.assertEqual(answer.status, 200)
        return int(re.fullmatch(re.escape(COOKIE).replace(r"\{\}", "(.*)"), answer.headers["Set-Cookie"])[1])

    def seen_by(self, path, **more):
        """The headers that a service gets."""
        return [(name.lower(), value) for name, value in json.loads(self.ask(path, **more).body)["headers"]]
