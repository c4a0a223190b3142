"""python3 -m unittest discover -s templates/router/consul: what runs on Consul's hosts and servers, dry."""
import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).parent
DIGITS = "0123456789abcdef0123456789abcdef"
TOKEN = "01234567-89ab-cdef-0123-456789abcdef"
# Stands for the container agent and for Consul: answers from a folder, and keeps what it is sent.
CURL = """#!%s
import json, os, pathlib, sys
root = pathlib.Path(os.environ["ROOT"])
words = sys.argv[1:]
after = lambda option: words[words.index(option) + 1]
url = words[-1]
if url.endswith(":51678/v1/tasks"):
    file = root / "tasks"
    sys.exit(7) if not file.exists() else print(file.read_text())
elif "X-Consul-Token: %s" not in words:
    sys.exit(22)
elif url.endswith("/agent/services"):
    file = root / "services"
    sys.exit(7) if not file.exists() else print(file.read_text())
else:
    with open(root / "calls", "a") as calls:
        calls.write(json.dumps([after("-X"), url.split("/v1/")[1], json.loads(after("-d")) if "-d" in words else None]) + "\\n")
""" % (sys.executable, TOKEN)


def task(name, number, address, known="RUNNING", wanted="RUNNING", port=8080):
    one = {
        "Arn": f"arn:aws:ecs:eu-west-1:012345678901:task/router/{number}", "Family": name, "Version": "1",
        "KnownStatus": known, "DesiredStatus": wanted,
        "Containers": [{"Name": "service", "DockerId": "d"}],
    }
    if address:
        one["Containers"][0]["Networks"] = [{"NetworkMode": "awsvpc", "IPv4Addresses": [address]}]
        one["Containers"][0]["Ports"] = [{"ContainerPort": port, "HostPort": port, "Protocol": "tcp"}]
    return one


@unittest.skipUnless(shutil.which("jq"), "needs jq")
class ConsulTest(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.root / "bin").mkdir()

    def put(self, name, text):
        (self.root / "bin" / name).write_text(text)
        (self.root / "bin" / name).chmod(0o755)

    def start(self, script, **variables):
        given = {"PATH": f"{self.root}/bin:{os.environ['PATH']}", "ROOT": str(self.root), "AGENT": DIGITS, **variables}
        return subprocess.run(["sh", "-c", script], env=given, capture_output=True, text=True, timeout=60)


class RegisterTest(ConsulTest):
    def look(self, tasks, services):
        self.put("curl", CURL)
        if tasks is not None:
            (self.root / "tasks").write_text(json.dumps({"Tasks": tasks}))
        if services is not None:
            (self.root / "services").write_text(json.dumps({name: {} for name in services}))
        ended = self.start((HERE / "register.sh").read_text(), ROUNDS="1", HEALTH_PATH="/health")
        self.assertEqual(ended.returncode, 0, ended.stderr)
        calls = self.root / "calls"
        return [json.loads(line) for line in calls.read_text().splitlines()] if calls.exists() else []

    def test_a_container_is_registered_under_name_and_version(self):
        [[method, path, body]] = self.look([task("orders-v3", "t1", "10.80.48.7", port=8082)], [])
        self.assertEqual((method, path), ("PUT", "agent/service/register"))
        self.assertEqual((body["ID"], body["Name"], body["Address"], body["Port"]), ("t1", "orders-v3", "10.80.48.7", 8082))
        self.assertEqual(body["Check"]["HTTP"], "http://10.80.48.7:8082/health")

    def test_what_is_known_is_left_alone(self):
        self.assertEqual(self.look([task("orders-v3", "t1", "10.80.48.7")], ["t1"]), [])

    def test_what_is_gone_or_going_is_taken_out(self):
        calls = self.look([task("orders-v3", "t2", "10.80.48.8", wanted="STOPPED")], ["t1", "t2"])
        self.assertEqual([call[:2] for call in calls], [["PUT", f"agent/service/deregister/{number}"] for number in ["t1", "t2"]])

    def test_what_is_no_service_or_not_yet_there_is_passed_over(self):
        tasks = [task("consul-agent", "t1", None), task("proxy", "t2", "10.80.48.9"), task("orders-v3", "t3", "10.80.48.7", known="PENDING")]
        self.assertEqual(self.look(tasks, []), [])

    def test_who_does_not_answer_changes_nothing(self):
        self.assertEqual(self.look(None, ["t1"]), [])
        self.assertEqual(self.look([task("orders-v3", "t1", "10.80.48.7")], None), [])


class AgentTest(ConsulTest):
    def test_the_agent_gets_key_and_token_in_their_form(self):
        self.put("consul", '#!/bin/sh\necho "$@"\n')
        file = self.root / "agent.json"
        script = (HERE / "agent.sh").read_text().replace("/tmp/agent.json", str(file))
        ended = self.start(script, GOSSIP="x" * 32, DATACENTER="eu-west-1", MEMBERS="acme-router-dev")
        self.assertEqual((ended.returncode, ended.stdout), (0, f"agent -config-file={file}\n"), ended.stderr)
        settings = json.loads(file.read_text())
        self.assertEqual(base64.b64decode(settings["encrypt"]), b"x" * 32)
        self.assertEqual(settings["acl"]["tokens"]["agent"], TOKEN)
        self.assertEqual(settings["client_addr"], "127.0.0.1")
        self.assertEqual(settings["retry_join"], ["provider=aws region=eu-west-1 tag_key=consul tag_value=acme-router-dev"])
        self.assertEqual(file.stat().st_mode & 0o077, 0)


# The servers' side: a Consul that has a leader, and knows what it was told.
SERVER_CURL = """#!%s
import json, os, pathlib, sys
root = pathlib.Path(os.environ["ROOT"])
words = sys.argv[1:]
after = lambda option: words[words.index(option) + 1]
url = words[-1]
known = root / "known"
known.mkdir(exist_ok=True)
if "169.254.169.254" in url:
    print("i-1" if url.endswith("instance-id") else "session")
elif url.endswith("status/leader"):
    print(os.environ["LEADER"])
elif "-X" not in words or after("-X") == "GET":
    name = url.rpartition("/")[2]
    sys.exit(0 if (known / name).exists() else 22)
else:
    body = json.loads(after("-d"))
    (known / body.get("Name", "self")).write_text(json.dumps(body))
    with open(root / "calls", "a") as calls:
        calls.write(json.dumps([url.split("/v1/")[1], body]) + "\\n")
""" % sys.executable
AWS = """#!%s
import os, pathlib, sys
words = sys.argv[1:]
after = lambda option: words[words.index(option) + 1]
if words[0] == "secretsmanager":
    print("x" * 32 if after("--secret-id") == "gossip" else "%s")
elif words[0] == "cloudformation":
    pathlib.Path(os.environ["ROOT"], "told").write_text(after("--unique-id") + " " + after("--status"))
""" % (sys.executable, DIGITS)


class ServerTest(ConsulTest):
    def serve(self, leader='"10.80.48.5:8300"'):
        folders = ["etc/consul.d", "etc/systemd/system", "var/log", "usr/local/bin", "opt/aws/amazon-cloudwatch-agent/bin"]
        for folder in folders:
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        agent = "opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl"
        for name in ["dnf", "chown", "systemctl", "sleep"]:
            self.put(name, "#!/bin/sh\nexit 0\n")
        self.put("install", '#!/bin/sh\nfor last; do :; done\nmkdir -p "$last"\n')
        self.put("curl", SERVER_CURL)
        self.put("aws", AWS)
        (self.root / agent).write_text("#!/bin/sh\nexit 0\n")
        (self.root / agent).chmod(0o755)
        script = (HERE / "server.sh").read_text().replace("{1..150}", "{1..2}")
        for folder in ["/etc/", "/var/log/", "/usr/local/bin/", "/opt/aws/"]:
            script = script.replace(folder, f"{self.root}{folder}").replace(f"#!{self.root}", "#!")
        variables = {
            "AWS_DEFAULT_REGION": "eu-west-1", "STACK_NAME": "consul", "CONSUL_VERSION": "1.21.5", "MEMBERS": "acme-router-dev",
            "GOSSIP_SECRET": "gossip", "MANAGER_SECRET": "manager", "AGENT_SECRET": "agent", "BACKUP_BUCKET": "backups",
            "BACKUP_REGION": "eu-west-1", "LOG_GROUP": "log", "NAMESPACE": "acme/router", "LEADER": leader,
        }
        given = {"PATH": f"{self.root}/bin:{os.environ['PATH']}", "ROOT": str(self.root), **variables}
        ended = subprocess.run(["bash", "-c", script], env=given, capture_output=True, text=True, timeout=120)
        return ended.returncode, (self.root / "told").read_text(), ended.stdout + ended.stderr

    def test_a_server_is_ready_when_there_is_a_leader_and_says_so(self):
        code, told, printed = self.serve()
        self.assertEqual((code, told), (0, "i-1 SUCCESS"), printed)
        settings = json.loads((self.root / "etc/consul.d/consul.json").read_text())
        self.assertEqual(settings["bootstrap_expect"], 3)
        self.assertEqual(base64.b64decode(settings["encrypt"]), b"x" * 32)
        self.assertEqual(settings["acl"]["default_policy"], "deny")
        self.assertEqual(settings["acl"]["tokens"]["initial_management"], TOKEN)
        self.assertEqual((self.root / "etc/consul.d/consul.json").stat().st_mode & 0o077, 0)

    def test_agents_may_register_and_who_has_no_token_may_look_up_names(self):
        self.serve()
        calls = [json.loads(line) for line in (self.root / "calls").read_text().splitlines()]
        self.assertEqual([path for path, _ in calls], [
            "acl/policy", "acl/policy", "acl/token", "acl/token/00000000-0000-0000-0000-000000000002"])
        self.assertEqual(calls[2][1]["SecretID"], TOKEN)
        self.assertEqual(calls[3][1]["Policies"], [{"Name": "names"}])
        self.assertNotIn("write", calls[1][1]["Rules"])

    def test_the_second_server_writes_only_what_it_may_write_again(self):
        self.serve()
        (self.root / "calls").unlink()
        self.assertEqual(self.serve()[1], "i-1 SUCCESS")
        calls = [json.loads(line)[0] for line in (self.root / "calls").read_text().splitlines()]
        self.assertEqual(calls, ["acl/token/00000000-0000-0000-0000-000000000002"])

    def test_without_a_leader_the_stack_is_told(self):
        code, told, printed = self.serve(leader='""')
        self.assertEqual((code, told), (1, "i-1 FAILURE"), printed)
        self.assertIn("no leader", printed)


if __name__ == "__main__":
    unittest.main()
