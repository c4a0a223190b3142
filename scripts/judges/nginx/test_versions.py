"""Which version answers: the cookie decides, the customer decides the cookie, one value moves one customer."""
import hashlib
import json

from world import COOKIE, Judge


class Versions(Judge):
    def test_the_cookie_decides(self):
        for service in self.services:
            for version in service["versions"]:
                got = json.loads(self.ask(service["path"] + "/a/b", version=version).body)
                self.assertEqual((got["service"], got["version"]), (service["name"], version))

    def test_without_one_it_is_the_default(self):
        for service in self.services:
            self.assertEqual(self.version(service["path"]), 3)
            self.assertEqual(self.version(service["path"], cookie="session=s; versions=4; wersion=4"), 3)

    def test_an_unknown_one_falls_back(self):
        for version in [1, 2, 6, 33, 44, 3000000, 0]:
            self.assertEqual(self.version("/accounts", version=version), 3)

    def test_a_version_that_only_another_service_has_falls_back(self):
        self.assertEqual(self.version("/catalog", version=5), 5)
        self.assertEqual(self.version("/accounts", version=5), 3)

    def test_a_malformed_one_falls_back(self):
        for malformed in ["", "v4", "4x", "04", "+4", "-4", "4.0", "4,5", '"4"', "'4'", "%34", "../4", "4 4", "4/", "4.internal#",
                          "x@evil.example.com/", "$version", "4\\", "{4}", "4\t4", "\xb4", "4" * 6000]:
            self.assertEqual(self.version("/accounts", version=malformed), 3, malformed)

    def test_of_two_cookies_one_counts_and_that_has_to_be_known(self):
        self.assertEqual(self.version("/accounts", cookie="version=9; version=4"), 3)
        self.assertEqual(self.version("/accounts", cookie="version=4; version=9"), 4)

    def test_the_path_says_which_service(self):
        for path, service in [("/accounts", "accounts"), ("/accounts/", "accounts"), ("/catalog/../orders/", "orders"), ("//orders/x", "orders")]:
            self.assertEqual(json.loads(self.ask(path).body)["service"], service, path)
        for path in ["/", "/account", "/accountsx", "/Accounts", "/x", "/.error", "/accounts-v4/", "/catalog/%2e%2e%2Fx"]:
            self.assertEqual(self.ask(path, version=4).status, 404, path)

    def test_a_service_gets_the_address_as_it_was_written(self):
        for path in ["/orders/a%2Fb%20c?x=1&y=%26", "/orders/?", "/orders/;a=b//c"]:
            self.assertEqual(json.loads(self.ask(path).body)["path"], path)

    def test_a_body_arrives_whole(self):
        got = json.loads(self.ask("/orders/new", version=4, method="POST", body=b"x" * 700_000).body)
        self.assertEqual((got["method"], got["version"]), ("POST", 4))
        self.assertEqual(got["sha256"], hashlib.sha256(b"x" * 700_000).hexdigest())


class Login(Judge):
    def test_the_customer_decides(self):
        self.assertEqual({name: self.login(name) for name in ["acme", "globex", "initech"]}, {"acme": 4, "globex": 3, "initech": 3})

    def test_capitals_do_not_matter(self):
        self.assertEqual([self.login(name) for name in ["ACME", "Acme", "GLOBEX"]], [4, 4, 3])

    def test_who_is_not_listed_has_the_default(self):
        for customer in ["umbrella", "acme2", "acm", "4", "=acme", "acme globex", "default", "~.*", "$version", "x; Domain=evil.example.com"]:
            self.assertEqual(self.login(customer), 3, customer)

    def test_the_cookie_leads_where_it_says(self):
        cookie = self.ask("/accounts/login", do={"headers": [["X-Customer", "acme"]]}).headers["Set-Cookie"]
        for service in self.services:
            self.assertEqual(self.version(service["path"], cookie=cookie.split(";")[0]), 4)

    def test_a_redirect_after_login_sets_it_too(self):
        answer = self.ask("/accounts/login", do={"status": 303, "headers": [["Location", "/orders/"], ["X-Customer", "acme"]]})
        self.assertEqual((answer.headers["Set-Cookie"], answer.headers["Location"]), (COOKIE.format(4), "/orders/"))

    def test_the_cookies_of_the_service_stay(self):
        answer = self.ask("/accounts/login", do={"headers": [["X-Customer", "acme"], ["Set-Cookie", "session=1"]]})
        self.assertEqual(sorted(answer.headers.get_all("Set-Cookie")), ["session=1", COOKIE.format(4)])

    def test_without_a_customer_there_is_none(self):
        for do in [{}, {"status": 401, "headers": [["X-Customer", "acme"]]}, {"status": 500, "headers": [["X-Customer", "acme"]]},
                   {"headers": [["X-Customer", ""]]}]:
            self.assertIsNone(self.ask("/accounts/login", do=do).headers["Set-Cookie"], do)

    def test_only_the_login_service_is_believed(self):
        for path in ["/catalog", "/orders/login", "/orders/accounts"]:
            for version in [None, 4]:
                answer = self.ask(path, version=version, do={"headers": [["X-Customer", "acme"]]})
                self.assertEqual((answer.status, answer.headers["Set-Cookie"]), (200, None))

    def test_nobody_outside_reads_who_it_is(self):
        for path in ["/accounts/login", "/catalog"]:
            self.assertIsNone(self.ask(path, do={"headers": [["X-Customer", "acme"]]}).headers["X-Customer"])

    def test_a_visitor_cannot_say_who_he_is(self):
        forged = [(name, "acme") for name in ["X-Customer", "x-customer", "X_Customer", "X-CUSTOMER"]]
        for path in ["/accounts/login", "/catalog"]:
            answer = self.ask(path, headers=forged)
            self.assertIsNone(answer.headers["Set-Cookie"])
            self.assertEqual(json.loads(answer.body)["version"], 3)
            self.assertFalse([name for name, _ in self.seen_by(path, headers=forged) if "customer" in name])
