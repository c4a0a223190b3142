"""What happens when a value changes: to customers, to versions, to requests under way, and to what nobody meant."""
import concurrent.futures
import json
import socket
import time

import proxy
from world import SUFFIX, Judge


class Upgrade(Judge):
    def test_one_customer_moves_by_one_value_and_nobody_else(self):
        customers = ["acme", "globex", "initech", "umbrella"]
        before = {name: self.login(name) for name in customers}
        _, parameters = self.world.render()
        text = self.world.project.values.read_text()
        self.assertEqual(text.count("globex: 3"), 1)
        self.world.project.values.write_text(text.replace("globex: 3", "globex: 4"))
        _, changed = self.world.render()
        self.assertEqual({key for key in parameters if parameters[key] != changed[key]}, {"Customers1"})
        upgraded = self.world.start()
        self.assertEqual({name: self.login(name, through=upgraded) for name in customers}, {**before, "globex": 4})
        # Sessions that are under way stay where they are, until they are renewed.
        self.assertEqual(json.loads(upgraded.ask("/orders", version=3).body)["version"], 3)
        upgraded.stop()
        self.world.project.values.write_text(text)
        again = self.world.start(**{"customers.initech": 4})
        self.assertEqual({name: self.login(name, through=again) for name in customers}, {**before, "initech": 4})
        again.stop()

    def test_a_version_that_is_taken_away_falls_back_and_is_not_reached(self):
        left = [{**service, "versions": [3]} for service in self.services]
        without = self.world.start(services=left, customers={"acme": 3, "globex": 3, "initech": 3})
        seen = len(self.network.seen)
        for service in self.services:
            for version in [4, 5]:
                self.assertEqual(json.loads(without.ask(service["path"], version=version).body)["version"], 3)
        self.assertEqual({container.version for container, *_ in self.network.seen[seen:]}, {3})
        self.assertEqual(self.login("acme", through=without), 3)
        without.stop()

    def test_what_has_begun_is_answered_when_a_container_ends(self):
        old = self.world.start()
        with concurrent.futures.ThreadPoolExecutor() as pool:
            answer = pool.submit(old.ask, "/orders", version=4, do={"wait": 1, "body": "done"})
            while not answer.done() and not any("wait" in path for _, _, path, _ in self.network.seen):
                time.sleep(0.01)
            old.quit()
            self.assertEqual(answer.result().body, "done")
        self.assertEqual(old.process.wait(10), 0)

    def refused(self, **how):
        with self.assertRaises(proxy.Refused, msg=how) as refused:
            self.world.start(**how)
        self.assertIn("proxy: ", str(refused.exception), how)

    def test_no_value_gets_into_the_configuration(self):
        """Through formwork, as somebody would write it into an environment's file."""
        for mark in '";{}\n\'$\\|&`( \t#@é':
            self.refused(customers={f"acme{mark}x": 4})
            # And before that, by whoever checks first.
            checked = self.world.project.formwork("check", proxy.ENVIRONMENT, customers={f"acme{mark}x": 4})
            self.assertIn("error[FW0302]: the parameter `Customers1` must match", checked.stdout + checked.stderr)
            self.assertEqual(checked.returncode, 3)
        services = [{**service, "path": service["path"] + "/ { return 200; } #"} for service in self.services]
        self.refused(services=services)
        self.refused(health_path="/health;")

    def test_no_word_gets_into_the_configuration(self):
        """Whatever a container is told, and however it came to be told so."""
        rendered = self.world.render()
        for variable in self.world.proxy.told.keys() - {"CONFIGURATION", "PATH", "FOLDER"}:
            for mark in ['"', "'", ";", "{", "}", "\n", "$", "\\", "|", "#", "&"]:
                self.refused(changes={variable: self.world.proxy.told[variable] + mark}, rendered=rendered)


class Containers(Judge):
    """Some of these take containers away."""

    fresh = True

    def test_requests_are_spread_over_all_containers(self):
        names = [json.loads(self.ask("/orders", version=4).body)["container"] for _ in range(60)]
        self.assertEqual(set(names), {"orders-v4-1", "orders-v4-2"})
        self.assertGreater(min(names.count(name) for name in set(names)), 10)

    def test_when_one_is_gone_another_answers(self):
        self.network.of("orders", 4)[0].stop()
        for method in ["GET", "POST"]:
            for _ in range(20):
                answer = self.ask("/orders", version=4, method=method, body=b"x" if method == "POST" else None)
                self.assertEqual((answer.status, json.loads(answer.body)["container"]), (200, "orders-v4-2"))

    def test_when_one_does_not_even_refuse_another_answers(self):
        gone = self.network.of("orders", 4)[0]
        gone.stop()
        # Somebody who listens, takes nobody, and has no room for more: what is sent there is lost.
        deaf = self.enterContext(socket.socket())
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        deaf.bind(gone.server.server_address)
        deaf.listen(0)
        for _ in range(4):
            waiting = self.enterContext(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(gone.server.server_address)
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            answers = list(pool.map(lambda _: self.ask("/orders", version=4, method="POST", body=b"x"), range(12)))
        self.assertEqual({json.loads(answer.body)["container"] for answer in answers}, {"orders-v4-2"})

    def test_a_change_is_never_asked_for_twice(self):
        for method, times in [("POST", 1), ("GET", 2)]:
            seen = len(self.network.seen)
            self.assertEqual(self.ask("/orders", version=4, method=method, do={"drop": True}).status, 502)
            self.assertEqual(len(self.network.seen) - seen, times)

    def test_new_containers_are_found_without_a_restart(self):
        # Often enough for each of Nginx's processes to have asked for the name.
        for _ in range(30):
            self.assertEqual(self.version("/orders", version=4), 4)
        for container in self.network.of("orders", 4):
            container.stop()
        self.network.names.addresses[f"orders-v4.{SUFFIX}"] = []
        self.network.add("orders", 4, next(service["port"] for service in self.services if service["name"] == "orders"))
        until = time.monotonic() + 20
        while not all(self.ask("/orders", version=4).status == 200 for _ in range(30)):
            self.assertLess(time.monotonic(), until, "the new container was not found within twenty seconds")
            time.sleep(0.1)

    def test_there_may_be_many_customers(self):
        names = [f"customer-{number:03}" for number in range(780)]
        running = self.world.start(customers={name: 3 + index % 2 for index, name in enumerate(names)})
        for index in [0, 1, 199, 200, 401, 600, 779]:
            self.assertEqual(self.login(names[index], through=running), 3 + index % 2)
        # A task definition has at most 64 KiB.
        size = len(json.dumps(running.task)) + sum(map(len, running.told.values()))
        self.assertLess(size, 60 * 1024)
