"""python3 -m unittest discover -s templates/router/scripts: how a host is made, dry."""
import os
import pathlib
import subprocess
import tempfile
import unittest

HERE = pathlib.Path(__file__).parent
# Answers a line of `clusters` at a time, the last one from then on, and takes signals for what `listens` says, line by line too.
AWS = r"""#!/bin/bash
next() {
    head -n 1 "$1"
    if [[ $(grep -c "" "$1") -gt 1 ]]; then sed -i 1d "$1"; fi
}
if [[ $1 == ecs ]]; then
    next "$ROOT/clusters"
elif [[ "$*" == *"--logical-resource-id $(next "$ROOT/listens") "* ]]; then
    echo "$8 ${*: -1}" >>"$ROOT/aws"
else
    exit 255
fi
"""


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
    def host(self, dnf="exit 0", clusters="hosts UPDATE_COMPLETE\n", listens="Group"):
        self.put("dnf", f"#!/bin/bash\n{dnf}\n")
        self.put("systemctl", '#!/bin/bash\necho "$@" >>"$ROOT/systemctl"\n')
        self.put("curl", '#!/bin/bash\nif [[ "$*" == *51678* ]]; then cat "$ROOT/joined"; else echo i-1; fi\n')
        self.put("aws", AWS)
        self.put("sleep", "#!/bin/bash\nexit 0\n")
        (self.root / "clusters").write_text(clusters)
        (self.root / "listens").write_text(listens)
        script = (HERE / "host.sh").read_text()
        for folder in ["/etc/ecs/", "/etc/systemd/", "/usr/local/bin/", "/var/log/"]:
            script = script.replace(folder, f"{self.root}{folder}")
        return self.start("bash", script, AWS_DEFAULT_REGION="eu-west-1", STACK_NAME="cluster", CLUSTER_NAME="hosts")

    def told(self):
        file = self.root / "aws"
        return sorted(set(file.read_text().splitlines())) if file.exists() else None

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
        self.assertEqual((ended.returncode, self.told()), (0, ["Group SUCCESS"]), ended.stderr)

    def test_who_never_joins_says_so(self):
        self.host()
        (self.root / "joined").write_text('{"Cluster": "hosts"}')
        ended = self.start("bash", (self.root / "usr/local/bin/router-ready").read_text())
        self.assertEqual((ended.returncode, self.told()), (1, ["Group FAILURE"]), ended.stderr)

    def test_who_fails_before_says_so_at_once(self):
        self.assertEqual((self.host(dnf="exit 1").returncode, self.told()), (1, ["Group FAILURE"]))

    def test_a_cluster_that_is_made_is_told_by_another_name_when_it_listens_later(self):
        self.host(listens="nobody\nnobody\nnobody\nReady")
        (self.root / "joined").write_text('{"Cluster": "hosts", "ContainerInstanceArn": "arn:aws:ecs:1"}')
        ended = self.start("bash", (self.root / "usr/local/bin/router-ready").read_text())
        self.assertEqual((ended.returncode, self.told()), (0, ["Ready SUCCESS"]), ended.stderr)

    def test_nobody_joins_before_the_cluster_knows_its_capacity_provider(self):
        ended = self.host(clusters="None None\nhosts UPDATE_IN_PROGRESS\nhosts UPDATE_COMPLETE\n")
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertIn("ecs.service", (self.root / "systemctl").read_text())

    def test_who_waits_for_it_in_vain_says_so(self):
        for clusters in ["None None\n", "hosts UPDATE_IN_PROGRESS\n", ""]:
            with self.subTest(clusters=clusters):
                self.assertEqual((self.host(clusters=clusters).returncode, self.told()), (1, ["Group FAILURE"]))
                self.assertFalse((self.root / "systemctl").exists())
                (self.root / "aws").unlink()


if __name__ == "__main__":
    unittest.main()
