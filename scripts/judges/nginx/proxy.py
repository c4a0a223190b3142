"""The container of the proxy, as formwork renders it: its environment, its command, and a real Nginx that comes of them."""
import http.client
import json
import os
import pathlib
import re
import shutil
import subprocess
import time
import urllib.parse

import yaml

FORMWORK = os.environ["FORMWORK"]
# Debian's, or another one.
NGINX = os.environ.get("NGINX", "/usr/sbin/nginx")
ROOT = pathlib.Path(__file__).parents[3]
ENVIRONMENT = "router/production"
REGION = "eu-west-1"


class Loader(yaml.SafeLoader):
    """Reads `!Ref X` as {"!Ref": X}, and every other function likewise."""


def function(loader, tag, node):
    if isinstance(node, yaml.ScalarNode):
        return {f"!{tag}": loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {f"!{tag}": loader.construct_sequence(node, deep=True)}
    return {f"!{tag}": loader.construct_mapping(node, deep=True)}


Loader.add_multi_constructor("!", function)


class Project:
    """A copy of the project, whose files a test may change."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        for part in ["templates", "environments"]:
            shutil.copytree(ROOT / part, self.folder / part)
        shutil.copy(ROOT / "formwork.yaml", self.folder)
        self.values = self.folder / "environments" / f"{ENVIRONMENT}.yaml"

    def formwork(self, *words, **values):
        settings = [word for key, value in values.items() for word in ["--set", f"{key}={json.dumps(value)}"]]
        return subprocess.run([FORMWORK, "--project", self.folder, *words, *settings], capture_output=True, text=True, timeout=120)

    def render(self, **values):
        """What the stack of the proxy is made of: its body, and its parameters."""
        out = self.folder / "rendered"
        shutil.rmtree(out, ignore_errors=True)
        ended = self.formwork("render", ENVIRONMENT, "--stack", "proxy*", "--out", out, **values)
        if ended.returncode != 0:
            raise AssertionError(f"formwork render ended with {ended.returncode}:\n{ended.stdout}{ended.stderr}")
        stem = out / ENVIRONMENT / f"proxy-{REGION}"
        body = yaml.load(stem.with_suffix(".yaml").read_text(), Loader)
        return body, json.loads(stem.with_suffix(".parameters.json").read_text())


class Refused(Exception):
    """The container ended before Nginx answered: what it said."""


class Proxy:
    """The container, run as its task definition says, in a folder of its own."""

    def __init__(self, folder, rendered, outputs, changes=None):
        body, parameters = rendered
        parameters = {key: outputs.get(key, value) for key, value in parameters.items()}
        self.task = body["Resources"]["Task"]["Properties"]
        container = self.task["ContainerDefinitions"][0]
        told = {each["Name"]: self.value(each["Value"], parameters) for each in container["Environment"]}
        # What is mounted there in the container is a folder of this machine.
        assert told["FOLDER"] == container["LinuxParameters"]["Tmpfs"][0]["ContainerPath"]
        self.folder = pathlib.Path(folder)
        self.run = self.folder / "run"
        self.run.mkdir(parents=True)
        told.update({"FOLDER": str(self.run), **(changes or {})})
        # The image has the shell and the programs of busybox.
        programs = self.folder / "bin"
        programs.mkdir()
        for each in [self.folder, programs]:
            each.chmod(0o755)
        for program in ["sh", "sed"]:
            (programs / program).symlink_to(shutil.which("busybox"))
        (programs / "nginx").symlink_to(NGINX)
        told["PATH"] = f"{programs}:/usr/bin:/bin"
        self.told, self.port = told, int(parameters["WebPort"])
        user = {}
        if os.getuid() == 0:
            number, group = (int(word) for word in container["User"].split(":"))
            user = {"user": number, "group": group, "extra_groups": []}
            os.chown(self.run, number, group)
        command = [*container["EntryPoint"], *container["Command"]]
        # What it says goes to its owner's files, as the runtime of containers sees to.
        with open(self.folder / "log", "a") as log:
            if user:
                os.fchown(log.fileno(), user["user"], user["group"])
            self.process = subprocess.Popen(command, env=told, cwd="/", stdout=log, stderr=log, **user)
        until = time.monotonic() + 30
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise Refused(self.said())
            try:
                if self.ask(parameters["HealthPath"], host="anything").status == 200:
                    return
            except OSError:
                pass
            time.sleep(0.02)
        self.stop()
        raise AssertionError("Nginx did not answer its health path within thirty seconds")

    @staticmethod
    def value(said, parameters):
        """What CloudFormation makes of a text, a `!Ref` of a parameter or a `!Sub` with some."""
        if isinstance(said, str):
            return said
        (function, text), = said.items()
        text = {"!Ref": "${" + text + "}", "!Sub": text}[function]
        return re.sub(r"\$\{(\w+)\}", lambda name: parameters[name[1]], text)

    def said(self):
        return (self.folder / "log").read_text()

    def ask(self, path, version=None, method="GET", host=None, headers=(), body=None, source="127.0.0.1", do=None, cookie=None):
        """One request of a visitor, through a load balancer that has ended its encryption: the answer, with its `body`."""
        if do is not None:
            path += "?do=" + urllib.parse.quote(json.dumps(do))
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20, source_address=(source, 0))
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        connection.putheader("Host", host or self.told["DOMAINS"])
        if version is not None:
            cookie = f"session=s; version={version}; other=o"
        if cookie is not None:
            connection.putheader("Cookie", cookie)
        for name, value in headers:
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        answer.body = answer.read().decode()
        connection.close()
        return answer

    def quit(self):
        """As the container is told to end, by its image: what has begun is answered."""
        self.process.send_signal(3)

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
