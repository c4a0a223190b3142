"""What visitors read, and what services are told about them."""
import contextlib
import http.client
import json
import re
import socket
import time
import urllib.parse

from world import COOKIE, SUFFIX, TRACE, Judge

# Names and addresses of the inside, and which version it was.
INTERNAL = re.compile(r"[.]internal|127\.90\.|-v\d|nginx/|8\d\d\d|upstream|version", re.IGNORECASE)


class Hidden(Judge):
    def shown(self, answer):
        """All that a visitor reads of an answer, but for what stands for the request itself."""
        return "\n".join([str(answer.reason), answer.body, *(f"{name}: {value}" for name, value in answer.headers.items())
                          ]).replace(answer.headers["X-Request-Id"], "")

    def test_redirects_name_nothing_inside(self):
        inside = f"catalog-v4.{SUFFIX}"
        for said, told in [
            (f"http://{inside}:8081/a/b?c=d#e", "/a/b?c=d#e"), (f"https://{inside}/a", "/a"), (f"//{inside}:8081/a", "/a"),
            (f"HTTP://{inside.upper()}:8081/a", "/a"), (f"http://{inside}.:8081/a", "/a"), (f"http://{inside}:8081", "/"),
            (f"http://{inside}?a=b", "/?a=b"), (f"http://me@{inside}/a", "/a"), (f"http://{inside}//evil.example.com/", "/evil.example.com/"),
            ("http://127.90.0.1:8081/a", "/a"), ("http://10.84.1.2/a", "/a"), ("http://[fd00::1]:8081/a", "/a"),
            ("http://web.service.eu.consul/a", "/a"), ("http://catalog/a", "/a"), ("http://localhost:8081/a", "/a"), ("http://ip-10-84-1-2.eu-west-1.compute.internal/a", "/a"),
            ("/a?b=c", "/a?b=c"), ("a", "a"), ("https://router.example.com/a", "https://router.example.com/a"),
            ("https://id.example.org/sign-in?to=1", "https://id.example.org/sign-in?to=1"),
            ("https://internal.example.org/a", "https://internal.example.org/a"),
        ]:
            for status in [201, 301, 302, 307]:
                answer = self.ask("/catalog", version=4, do={"status": status, "headers": [["Location", said]], "body": ""})
                self.assertEqual((answer.status, answer.headers["Location"]), (status, told), said)
            answer = self.ask("/catalog", do={"headers": [["Refresh", f"5; url={said}"]]})
            self.assertEqual(answer.headers["Refresh"], f"5; url={told}", said)

    def test_the_address_stays(self):
        for path in ["/accounts", "/accounts/", "/catalog/x"]:
            answer = self.ask(path, version=4)
            self.assertEqual((answer.status, answer.headers["Location"]), (200, None))

    def test_headers_tell_nothing(self):
        told = [[name, f"catalog-v4.{SUFFIX}:8081"] for name in [
            "Server", "Via", "X-Powered-By", "X-Version", "X-Backend", "X-Served-By", "X-Runtime", "Alt-Svc", "Content-Location",
            "X-Request-Id", "X-Customer", "X-Accel-Redirect"]]
        told.append(["Set-Cookie", f"a=b; Domain=catalog-v4.{SUFFIX}; Path=/"])
        answer = self.ask("/catalog", version=4, do={"headers": told, "body": "well"})
        self.assertEqual((answer.status, answer.body, answer.headers["Server"]), (200, "well", "nginx"))
        self.assertEqual(answer.headers["Set-Cookie"].lower(), "a=b; domain=router.example.com; path=/")
        self.assertIsNone(INTERNAL.search(self.shown(answer)), self.shown(answer))

    def test_a_service_cannot_send_a_request_elsewhere(self):
        answer = self.ask("/catalog", do={"headers": [["X-Accel-Redirect", "/orders/"]], "body": "mine"})
        self.assertEqual(answer.body, "mine")

    def test_errors_of_services_tell_nothing(self):
        for status in [500, 502, 503, 504]:
            answer = self.ask("/catalog", version=4, do={**TRACE, "status": status})
            self.assertEqual(answer.status, status)
            self.assertEqual(answer.body, f"This did not work. Request {answer.headers['X-Request-Id']}\n")
            self.assertIsNone(INTERNAL.search(self.shown(answer)), self.shown(answer))

    def test_what_a_service_refuses_it_says_itself(self):
        for status in [400, 401, 403, 404, 405, 409, 422, 429]:
            answer = self.ask("/catalog", do={"status": status, "body": "its own words"})
            self.assertEqual((answer.status, answer.body), (status, "its own words"))

    def test_errors_of_nginx_tell_nothing(self):
        answers = [
            (404, self.ask("/nothing", version=4)), (421, self.ask("/catalog", host="127.0.0.1")),
            (421, self.ask("/catalog", host=f"catalog-v4.{SUFFIX}")), (405, self.ask("/catalog", method="TRACE")),
            (413, self.ask("/catalog", method="POST", body=b"x" * 1_100_000)), (400, self.ask("/catalog", headers=[("X", "x" * 60_000)])),
            (414, self.ask("/catalog?" + "x" * 60_000)), (502, self.ask("/catalog", version=4, do={"drop": True})),
        ]
        for status, answer in answers:
            self.assertEqual(answer.status, status)
            self.assertEqual(answer.body, f"This did not work. Request {answer.headers['X-Request-Id']}\n")
            self.assertIsNone(INTERNAL.search(self.shown(answer)), self.shown(answer))

    def test_a_version_without_containers_tells_nothing(self):
        name = f"orders-v4.{SUFFIX}"
        addresses = self.network.names.addresses.pop(name)
        fresh = self.world.start()
        answer = fresh.ask("/orders", version=4)
        self.network.names.addresses[name] = addresses
        self.assertEqual(answer.status, 502)
        self.assertIsNone(INTERNAL.search(self.shown(answer)), self.shown(answer))
        fresh.stop()


class Forwarding(Judge):
    def test_the_visitors_address_is_the_one_that_the_balancer_saw(self):
        for chain in ["203.0.113.9", "198.51.100.1, 203.0.113.9", "127.0.0.1, 10.0.0.1, 203.0.113.9"]:
            seen = self.seen_by("/catalog", headers=[("X-Forwarded-For", chain), ("X-Real-IP", "6.6.6.6"), ("Forwarded", "for=6.6.6.6")])
            self.assertEqual([value for name, value in seen if name == "x-forwarded-for"], ["203.0.113.9"])
            self.assertEqual([value for name, value in seen if name == "x-real-ip"], ["203.0.113.9"])
            self.assertEqual([value for name, value in seen if name == "forwarded"], [])

    def test_nobody_else_is_believed(self):
        seen = dict(self.seen_by("/catalog", headers=[("X-Forwarded-For", "203.0.113.9")], source="127.77.0.1"))
        self.assertEqual((seen["x-forwarded-for"], seen["x-real-ip"]), ("127.77.0.1", "127.77.0.1"))

    def test_visitors_who_share_a_connection_share_nothing_else(self):
        """A load balancer sends the requests of many visitors through one."""
        shared = http.client.HTTPConnection("127.0.0.1", self.world.proxy.port, timeout=20)
        self.enterContext(contextlib.closing(shared))
        for address, cookie, version in [("203.0.113.1", "version=4", 4), ("203.0.113.2", "", 3), ("203.0.113.3", "version=4", 4)]:
            for path, customer in [("/accounts", "acme"), ("/accounts", None), ("/catalog", None)]:
                query = "?do=" + urllib.parse.quote(json.dumps({"headers": [["X-Customer", customer]]})) if customer else ""
                shared.request("GET", path + query, headers={"Host": "router.example.com", "Cookie": cookie, "X-Forwarded-For": address})
                answer = shared.getresponse()
                got = json.loads(answer.read())
                self.assertEqual((got["version"], dict(got["headers"])["X-Real-IP"]), (version, address))
                self.assertEqual(answer.headers["Set-Cookie"], COOKIE.format(4) if customer else None)

    def test_services_know_how_they_were_asked_for(self):
        seen = dict(self.seen_by("/catalog", headers=[("X-Forwarded-Proto", "http"), ("X-Forwarded-Host", "evil.example.com")]))
        self.assertEqual((seen["host"], seen["x-forwarded-host"], seen["x-forwarded-proto"]),
                         ("router.example.com", "router.example.com", "https"))

    def test_every_request_has_a_number_of_its_own(self):
        answer = self.ask("/catalog", headers=[("X-Request-Id", "forged")])
        seen = dict((name.lower(), value) for name, value in json.loads(answer.body)["headers"])
        self.assertRegex(seen["x-request-id"], "^[0-9a-f]{32}$")
        self.assertEqual(answer.headers.get_all("X-Request-Id"), [seen["x-request-id"]])

    def test_browsers_are_told_to_be_careful(self):
        for answer in [self.ask("/catalog"), self.ask("/nothing"), self.ask("/catalog", do=TRACE)]:
            for name, value in [("Strict-Transport-Security", "max-age=31536000"), ("X-Content-Type-Options", "nosniff"),
                                ("X-Frame-Options", "SAMEORIGIN"), ("Referrer-Policy", "strict-origin-when-cross-origin")]:
                self.assertEqual(answer.headers.get_all(name), [value])

    def test_a_service_may_be_stricter(self):
        own = [["X-Frame-Options", "DENY"], ["Referrer-Policy", "no-referrer"], ["X-Content-Type-Options", "nosniff"]]
        answer = self.ask("/catalog", do={"headers": [*own, ["Strict-Transport-Security", "max-age=0"]]})
        for name, value in [*own, ("Strict-Transport-Security", "max-age=31536000")]:
            self.assertEqual(answer.headers.get_all(name), [value])

    def test_answers_of_two_versions_are_not_taken_for_each_other(self):
        for own, told in [([], ["Cookie"]), ([["Vary", "Accept"]], ["Accept", "Cookie"]), ([["Cache-Control", "max-age=9"]], ["Cookie"]),
                          ([["Cache-Control", "public, max-age=31536000, immutable"]], [])]:
            self.assertEqual(sorted(self.ask("/catalog", do={"headers": own}).headers.get_all("Vary", [])), told)

    def upgrade(self, to, path="/catalog/live"):
        caller = self.enterContext(contextlib.closing(socket.create_connection(("127.0.0.1", self.world.proxy.port), timeout=10)))
        caller.sendall((f"GET {path} HTTP/1.1\r\nHost: router.example.com\r\nCookie: version=4\r\nConnection: Upgrade\r\n"
                        f"Upgrade: {to}\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").encode())
        return caller, caller.recv(4096).decode()

    def test_a_websocket_stays_open(self):
        caller, answer = self.upgrade("websocket")
        self.assertTrue(answer.startswith("HTTP/1.1 101 "), answer)
        self.assertNotIn(SUFFIX, answer)
        for word in [b"one", b"two"]:
            caller.sendall(word)
            self.assertRegex(caller.recv(4096), b"^catalog-v4-[12]:" + word + b"$")

    def test_no_other_protocol_is_passed_on(self):
        _, answer = self.upgrade("h2c")
        self.assertTrue(answer.startswith("HTTP/1.1 200 "), answer)
        _, _, _, headers = self.network.seen[-1]
        self.assertEqual((headers["Upgrade"], headers["Connection"]), (None, "close"))

    def test_nginx_says_itself_that_it_is_alive(self):
        seen = len(self.network.seen)
        for host in ["router.example.com", "127.0.0.1", "balancer.example.org"]:
            answer = self.ask("/health", host=host)
            self.assertEqual((answer.status, answer.body), (200, "alive\n"))
        self.assertEqual(len(self.network.seen), seen)

    def test_every_request_leaves_a_line_without_its_query(self):
        self.ask("/orders/line?token=secret", version=4, headers=[("X-Forwarded-For", "203.0.113.9")])
        self.ask('/orders/"quoted"', do=TRACE)
        lines, until = {}, time.monotonic() + 10
        # A line is written when its request is over, so perhaps after the answer is read.
        while not {"/orders/line", '/orders/"quoted"'} <= lines.keys():
            self.assertLess(time.monotonic(), until, lines.keys())
            said = [line for line in self.world.proxy.said().splitlines() if line.startswith("{") and line.endswith("}")]
            lines = {json.loads(line)["path"]: json.loads(line) for line in said}
        line = lines["/orders/line"]
        self.assertEqual((line["service"], line["version"], line["status"], line["visitor"]), ("orders", "4", 200, "203.0.113.9"))
        self.assertEqual(lines['/orders/"quoted"']["status"], 500)
        self.assertNotIn("secret", "".join(said))
