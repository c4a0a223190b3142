"""Any services, versions and customers: Nginx decides as a few lines of Python do that know nothing of its configuration."""
import json
import random
import re

import services
from world import SUFFIX, Judge

NAMES = ["accounts", "a", "b2", "catalog-search", "x-v1", "z"]
PATHS = ["/", "/a", "/a/b", "/a-b", "/A", "/b/a", "/a.b", "/v1/x"]
VERSIONS = [1, 2, 3, 4, 11, 34, 100, 999999]
CUSTOMERS = ["acme", "default", "include", "volatile", "hostnames", "0", "a-b", "a" * 40, "x1", "version"]
COOKIES = [*map(str, VERSIONS), "5", "0", "", "1x", "01", " 1", "-1", "1,2", "x", "default"]


def service_of(path, chosen):
    """The service with the longest path that `path` is, or lies below."""
    whole = [each for each in chosen if path == each["path"] or path.startswith(each["path"].rstrip("/") + "/")]
    return max(whole, key=lambda each: len(each["path"]), default=None)


def version_of(service, cookie, default):
    return int(cookie) if cookie in map(str, service["versions"]) else default


class AnyMap(Judge):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Mappings of several layers merge: here only the map counts that is made below.
        values = cls.world.project.values
        values.write_text(re.sub(r"(?m)^  customers:.*\n", "", values.read_text()))
        # All versions of all services run and have names: what is not in the map must not be reached all the same.
        others = services.Network(SUFFIX)
        cls.addClassCleanup(others.stop)
        cls.port = cls.world.services[0]["port"]
        for name in NAMES:
            for version in VERSIONS:
                others.add(name, version, cls.port, net=91)
        cls.world.network.names.addresses.update(others.names.addresses)

    def test_any_map(self):
        for seed in range(12):
            with self.subTest(seed=seed):
                self.one_map(random.Random(seed))

    def one_map(self, chance):
        names = chance.sample(NAMES, chance.randint(1, len(NAMES)))
        # What customers may have is what every service has.
        common = chance.sample(VERSIONS, chance.randint(1, 4))
        chosen = [
            {"name": name, "path": path, "port": self.port,
             "versions": chance.sample(own := sorted({*common, *chance.sample(VERSIONS, 3)}), len(own))}
            for name, path in zip(names, chance.sample(PATHS, len(names)))]
        login, default = chance.choice(chosen), chance.choice(common)
        customers = {name: chance.choice(common) for name in chance.sample(CUSTOMERS, chance.randint(0, len(CUSTOMERS)))}
        running = self.world.start(
            services=chosen, customers=customers, default_version=default, login_service=login["name"], login_seconds=60)

        for _ in range(80):
            path = chance.choice(PATHS) + chance.choice(["", "/", "/x", "x", "/a", "/a/b/c"])
            path, cookie = re.sub("/+", "/", path), chance.choice(COOKIES)
            service = service_of(path, chosen)
            answer = running.ask(path, cookie=f"version={cookie}")
            if service is None:
                self.assertEqual(answer.status, 404, path)
                continue
            got = json.loads(answer.body)
            expected = (service["name"], version_of(service, cookie.strip(), default), path)
            self.assertEqual((got["service"], got["version"], got["path"]), expected, (chosen, cookie, default))

        for service in chosen:
            for name in CUSTOMERS:
                answer = running.ask(service["path"], do={"headers": [["X-Customer", name]]})
                version = customers.get(name, default)
                expected = f"version={version}; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Lax" if service is login else None
                self.assertEqual(answer.headers["Set-Cookie"], expected, (service["name"], name))
        running.stop()
