"""python3 -m unittest discover -s templates/router/proxy: the script that writes the configuration of Nginx.

It runs as in the container, with a stand-in for Nginx. What the real one makes of it is seen by scripts/judges/nginx.sh.
"""
import os
import pathlib
import subprocess
import tempfile
import unittest

HERE = pathlib.Path(__file__).parent
SCRIPT = (HERE / "start.sh").read_text()
TOLD = {
    "CONFIGURATION": (HERE / "nginx.conf").read_text(),
    "SERVICES": "login:8080:/login:3,4 shop-front:8081:/:3,4,5",
    "CUSTOMERS": "acme=4 globex=3",
    "DEFAULT_VERSION": "3",
    "LOGIN_SERVICE": "login",
    "LOGIN_SECONDS": "3600",
    "SUFFIX": "router.internal",
    "RESOLVER": "10.62.0.2",
    "DOMAINS": "router.example.com",
    "BALANCERS": "10.62.0.0/16",
    "PORT": "8080",
    "HEALTH_PATH": "/alive",
    "REQUEST_MEGABYTES": "16",
}
# What would end a word, a line, a block or a text in a configuration, begin a variable, or mean something to the shell.
MARKS = ['"', "'", ";", "{", "}", "\n", "\t", "\r", "$", "`", "\\", "|", "&", "#", "*", "(", "@PORT@", "é"]


class StartTest(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.root / "bin").mkdir()
        (self.root / "run").mkdir()
        (self.root / "bin/nginx").write_text('#!/bin/sh\necho "$@" >"$FOLDER/started"\n')
        (self.root / "bin/nginx").chmod(0o755)

    def start(self, **changes):
        told = {**TOLD, "FOLDER": f"{self.root}/run", "PATH": f"{self.root}/bin:{os.environ['PATH']}", **changes}
        told = {key: value for key, value in told.items() if value is not None}
        return subprocess.run(["sh", "-c", SCRIPT], env=told, capture_output=True, text=True, timeout=60)

    def written(self, name):
        return (self.root / "run" / name).read_text()

    def refused(self, why, **changes):
        ended = self.start(**changes)
        self.assertNotEqual(ended.returncode, 0, changes)
        self.assertIn(why, ended.stderr, changes)
        self.assertEqual(list((self.root / "run").iterdir()), [], changes)

    def test_it_becomes_nginx_with_what_it_wrote(self):
        ended = self.start()
        self.assertEqual((ended.returncode, ended.stderr), (0, ""))
        run = f"{self.root}/run"
        self.assertEqual(self.written("started"), f"-e stderr -p {run}/ -c {run}/nginx.conf -g daemon off;\n")

    def test_each_version_of_each_service_is_known_and_no_other(self):
        self.start()
        self.assertEqual(self.written("versions.map").splitlines(), [
            '"login 3" 3;', '"login 4" 4;', '"shop-front 3" 3;', '"shop-front 4" 4;', '"shop-front 5" 5;',
        ])

    def test_each_customer_has_its_version(self):
        self.start()
        self.assertEqual(self.written("customers.map").splitlines(), ['"login =acme" 4;', '"login =globex" 3;'])

    def test_a_customer_may_be_named_like_a_word_of_nginx(self):
        self.assertEqual(self.start(CUSTOMERS="default=3 include=4 volatile=3 hostnames=3").returncode, 0)

    def test_there_need_be_no_customers(self):
        for none in ["", None, " "]:
            self.assertEqual(self.start(CUSTOMERS=none).returncode, 0)
            self.assertEqual(self.written("customers.map"), "")

    def test_each_service_has_a_place(self):
        self.start()
        places = self.written("services.conf")
        self.assertIn("location /login/ {\n  set $service login;", places)
        self.assertIn("location = /login {\n  set $service login;", places)
        self.assertIn("proxy_pass http://login-v$version.router.internal:8080;", places)
        self.assertIn("location / {\n  set $service shop-front;", places)
        self.assertIn("proxy_pass http://shop-front-v$version.router.internal:8081;", places)

    def test_where_no_service_is_there_is_nothing(self):
        self.start(SERVICES="login:8080:/login/:3,4")
        self.assertIn("location / { return 404; }", self.written("services.conf"))

    def test_all_words_are_filled_in(self):
        self.start(BALANCERS="10.62.0.0/16 10.63.0.0/16", RESOLVER="10.62.0.2:8600 10.62.0.3")
        text = self.written("nginx.conf")
        self.assertNotRegex(text, "@[A-Z_]+@")
        for line in ["resolver 10.62.0.2:8600 10.62.0.3 valid=5s ipv6=off;", "listen 8080;", "server_name router.example.com;",
                     "set_real_ip_from 10.62.0.0/16; set_real_ip_from 10.63.0.0/16;", "location = /alive {"]:
            self.assertIn(line, text)
        self.assertIn("[.]router[.]internal", text)

    def test_nothing_can_be_put_into_the_configuration(self):
        for variable in TOLD.keys() - {"CONFIGURATION"}:
            for mark in MARKS:
                for value in [mark + TOLD[variable], TOLD[variable] + mark, TOLD[variable].replace("3", f"3{mark}", 1) + mark]:
                    with self.subTest(variable=variable, value=value):
                        self.refused("proxy: ", **{variable: value})

    def test_nothing_may_be_missing(self):
        for variable in TOLD.keys() - {"CUSTOMERS"}:
            for value in ["", None]:
                with self.subTest(variable=variable):
                    self.refused(variable, **{variable: value})

    def test_what_is_not_deployed_is_refused(self):
        self.refused("no service has the version of acme", CUSTOMERS="acme=6")
        self.refused("shop has to have the default version", SERVICES="login:8080:/login/:3 shop:8080:/:4")
        self.refused("LOGIN_SERVICE is one of the services", SERVICES="shop:8080:/:3,4")

    def test_what_is_there_twice_is_refused(self):
        self.refused("two services have one name", SERVICES="login:8080:/a/:3,4 login:8080:/b/:3,4")
        self.refused("two services have one path", SERVICES="login:8080:/a:3,4 shop:8080:/a/:3,4")
        self.refused("login has a version twice", SERVICES="login:8080:/a/:3,4,3")
        self.refused("a customer is there twice", CUSTOMERS="acme=3 acme=4")

    def test_malformed_words_are_refused(self):
        for changes in [
            {"SERVICES": "login"}, {"SERVICES": "login:8080:/login/"}, {"SERVICES": "login:8080:/login/:"},
            {"SERVICES": "login:8080:/login/:3,"}, {"SERVICES": "login:8080:/login/:,3"}, {"SERVICES": "login:8080:/login/:3:4"},
            {"SERVICES": "login:0:/login/:3,4"}, {"SERVICES": "login:65536:/login/:3,4"}, {"SERVICES": "Login:8080:/login/:3,4"},
            {"SERVICES": "login:8080:login/:3,4"}, {"SERVICES": "login:8080:/a/../:3,4"},
            {"SERVICES": "login:8080://a/:3,4"}, {"SERVICES": "-login:8080:/login/:3,4"}, {"SERVICES": f"{'a' * 41}:8080:/:3,4"},
            {"CUSTOMERS": "acme"}, {"CUSTOMERS": "acme="}, {"CUSTOMERS": "=3"}, {"CUSTOMERS": "acme=03"}, {"CUSTOMERS": "acme=3=4"},
            {"CUSTOMERS": "acme=-3"}, {"CUSTOMERS": "Acme=3"}, {"CUSTOMERS": "acme=v3"}, {"CUSTOMERS": "acme=3,globex=4"},
            {"DEFAULT_VERSION": "0"}, {"DEFAULT_VERSION": "1000000"}, {"DEFAULT_VERSION": "3.1"}, {"DEFAULT_VERSION": "99999999999999999999"},
            {"RESOLVER": "10.62.0"}, {"RESOLVER": "10.62.0.256"}, {"RESOLVER": "10.62.0.2:"}, {"RESOLVER": "10.62.0.2:53:1"},
            {"RESOLVER": "dns.example.com"}, {"RESOLVER": "10.62.0.2."}, {"RESOLVER": "10.62.0.2.1"}, {"RESOLVER": "010.62.0.2"},
            {"BALANCERS": "10.62.0.0"}, {"BALANCERS": "0.0.0.0/0"}, {"BALANCERS": "10.62.0.0/33"}, {"BALANCERS": "10.62.0.0/16/8"},
            {"SUFFIX": ".internal"}, {"SUFFIX": "router..internal"}, {"SUFFIX": "router.internal."}, {"SUFFIX": "router internal"},
            {"DOMAINS": "*.example.com"}, {"DOMAINS": "~^.*$"}, {"PORT": "80"}, {"PORT": "8080 ssl"}, {"HEALTH_PATH": "alive"},
            {"REQUEST_MEGABYTES": "0"}, {"LOGIN_SECONDS": "1"}, {"FOLDER": "run"},
        ]:
            with self.subTest(**changes):
                self.refused("proxy: ", **changes)


if __name__ == "__main__":
    unittest.main()
