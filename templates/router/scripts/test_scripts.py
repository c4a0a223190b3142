"""python3 -m unittest discover -s templates/router/scripts: how a host is made, dry."""
import os
import pathlib
import subprocess
import tempfile
import unittest

HERE = pathlib.Path(__file__).parent


class Dry(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        for folder in ["bin", "etc/ecs", "etc/systemd/system", "usr/local/bin", "var/log"]:
            (self.root / folder).mkdir(parents=True)

    def put(self, name, text):
        (self.root / "bin" / name).write_text(text)
        (self.root / "bin" / name).chmod(0o755)

    def start(self, shell, script, **variables):
        given = {"PATH": f"{self.root}/bin:{os.environ['PATH']}", "ROOT": str(self.root), **variables}
        return subprocess.run([shell, "-c", script], env=given, capture_output=True, text=True, timeout=60)


class HostTest(Dry):
    def host(self, dnf="exit 0"):
        self.put("dnf", f"#!/bin/bash\n{dnf}\n")
        self.put("systemctl", '#!/bin/bash\necho "$@" >>"$ROOT/systemctl"\n')
        self.put("curl", '#!/bin/bash\nif [[ "$*" == *51678* ]]; then cat "$ROOT/joined"; else echo i-1; fi\n')
        self.put("aws", '#!/bin/bash\necho "$@" >>"$ROOT/aws"\n')
        self.put("sleep", "#!/bin/bash\nexit 0\n")
        script = (HERE / "host.sh").read_text()
        for folder in ["/etc/ecs/", "/etc/systemd/", "/usr/local/bin/", "/var/log/"]:
            script = script.replace(folder, f"{self.root}{folder}")
        return self.start("bash", script, AWS_DEFAULT_REGION="eu-west-1", STACK_NAME="cluster", CLUSTER_NAME="hosts")

    def told(self):
        file = self.root / "aws"
        return file.read_text().split("--status ")[1].strip() if file.exists() else None

    def test_a_host_joins_its_cluster_and_keeps_its_rights_from_containers(self):
        ended = self.host()
        self.assertEqual(ended.returncode, 0, ended.stderr)
        settings = (self.root / "etc/ecs/ecs.config").read_text().splitlines()
        self.assertIn("ECS_CLUSTER=hosts", settings)
        self.assertIn("ECS_AWSVPC_BLOCK_IMDS=true", settings)
        # The agent starts only when this script has ended: nothing may wait for it here.
        self.assertIn("--no-block", (self.root / "systemctl").read_text())
        self.assertIsNone(self.told())

    def test_ready_is_who_has_joined(self):
        self.host()
        (self.root / "joined").write_text('{"Cluster": "hosts", "ContainerInstanceArn": "arn:aws:ecs:1"}')
        ended = self.start("bash", (self.root / "usr/local/bin/router-ready").read_text())
        self.assertEqual((ended.returncode, self.told()), (0, "SUCCESS"), ended.stderr)

    def test_who_never_joins_says_so(self):
        self.host()
        (self.root / "joined").write_text('{"Cluster": "hosts"}')
        ended = self.start("bash", (self.root / "usr/local/bin/router-ready").read_text())
        self.assertEqual((ended.returncode, self.told()), (1, "FAILURE"), ended.stderr)

    def test_who_fails_before_says_so_at_once(self):
        self.assertEqual((self.host(dnf="exit 1").returncode, self.told()), (1, "FAILURE"))


if __name__ == "__main__":
    unittest.main()
