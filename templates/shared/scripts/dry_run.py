"""A bootstrap script, dry: in a folder instead of a fresh server, with stand-ins for the programs that would reach AWS or change
the machine."""
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest

SERVER = pathlib.Path(__file__).with_name("server.sh").read_text()
NOTHING = "#!/bin/bash\nexit 0\n"
# Copies folders and modes, but the group of the service does not exist here.
INSTALL = '#!/bin/bash\nargs=(); while (($#)); do if [[ $1 == -g ]]; then shift; else args+=("$1"); fi; shift; done\n' \
    'exec /usr/bin/install "${args[@]}"\n'
# The machine tells its name; whether the program answers is for the test to say.
CURL = '#!/bin/bash\nif [[ "$*" == *127.0.0.1* ]]; then exit "$SILENT"; fi\n'
AWS = """#!%s
import json, os, pathlib, sys
words = sys.argv[1:]
bucket = pathlib.Path(os.environ["ROOT"], "bucket")
after = lambda option: words[words.index(option) + 1]
if words[:2] == ["secretsmanager", "get-secret-value"]:
    print(json.dumps(json.loads(os.environ["SECRETS"])[after("--secret-id")]))
elif words[:2] == ["ssm", "get-parameters-by-path"]:
    print(os.environ["FACTS"])
elif words[:2] == ["s3", "ls"]:
    sys.exit(int(os.environ["LISTING"]))
elif words[:2] == ["s3", "cp"]:
    source, target = [word for word in words[2:] if not word.startswith("--")]
    data = (bucket / source.rpartition("/")[2]).read_bytes()
    sys.stdout.buffer.write(data) if target == "-" else pathlib.Path(target).write_bytes(data)
elif words[:2] == ["cloudformation", "signal-resource"]:
    pathlib.Path(os.environ["ROOT"], "told").write_text(after("--status"))
""" % sys.executable
IDLE = ["dnf", "groupadd", "useradd", "mount", "systemctl", "chmod"]
FOLDERS = ["/var/log/", "/etc/", "/opt/", "/srv/"]


@unittest.skipUnless(shutil.which("jq") and os.path.exists("/usr/bin/install"), "needs jq and install")
class DryRun(unittest.TestCase):
    """Runs `script` as the service `service`; `facts` is what the parameter store tells, `secrets` what the secrets hold."""

    service = ""
    script = ""
    facts = []
    secrets = {}
    variables = {}

    def setUp(self):
        self.root = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        agent = self.root / "opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl"
        for folder in ["bin", "bucket", "var/log", "srv", "etc/systemd/system", "etc/logrotate.d", agent.parent]:
            (self.root / folder).mkdir(parents=True)
        stand_ins = {"aws": AWS, "install": INSTALL, "curl": CURL, "sleep": NOTHING, agent: NOTHING}
        stand_ins.update({name: NOTHING for name in IDLE})
        for name, text in stand_ins.items():
            (self.root / "bin" / name).write_text(text)
            (self.root / "bin" / name).chmod(0o755)

    def start(self, listing=1, silent=0):
        """The exit code, what the stack was told, and what was printed. `listing` 0: there is a release, 1: none."""
        script = SERVER + self.script
        for folder in FOLDERS:
            script = script.replace(folder, f"{self.root}{folder}")
        variables = {
            "PATH": f"{self.root}/bin:{os.environ['PATH']}", "ROOT": str(self.root), "LISTING": str(listing), "SILENT": str(silent),
            "FACTS": json.dumps([json.dumps(fact) for fact in self.facts]), "SECRETS": json.dumps(self.secrets),
            "SERVICE": self.service, "AWS_DEFAULT_REGION": "eu-west-1", "STACK_NAME": "web", "RELEASE_BUCKET": "releases",
            "LOG_GROUP": "log", "NAMESPACE": "acme/web", "WEB_PORT": "8080", "HEALTH_PATH": "/health", **self.variables,
        }
        ended = subprocess.run(["bash", "-c", script], env=variables, capture_output=True, text=True, timeout=60)
        return ended.returncode, (self.root / "told").read_text(), ended.stdout + ended.stderr

    def release(self, checksum=None):
        """Puts a release into the bucket."""
        program = self.root / "serve"
        program.write_text("#!/bin/bash\n")
        with tarfile.open(self.root / "bucket/r1.tar.gz", "w:gz") as archive:
            archive.add(program, "bin/serve")
        whole = hashlib.sha256((self.root / "bucket/r1.tar.gz").read_bytes()).hexdigest()
        (self.root / "bucket/current").write_text(f"r1.tar.gz {checksum or whole}\n")

    def read(self, path):
        """A file that the script has written."""
        return (self.root / path.lstrip("/")).read_text()
