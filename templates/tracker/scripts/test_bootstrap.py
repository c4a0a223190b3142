"""python3 -m unittest discover -s templates/tracker/scripts: the bootstrap script, dry.

It runs in a folder instead of a fresh server, with stand-ins for the programs that would reach AWS or change the machine.
"""
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

SCRIPT = pathlib.Path(__file__).with_name("bootstrap.sh").read_text()
NOTHING = "#!/bin/bash\nexit 0\n"
# Copies folders and modes, but the group of the service does not exist here.
INSTALL = '#!/bin/bash\nargs=(); while (($#)); do if [[ $1 == -g ]]; then shift; else args+=("$1"); fi; shift; done\n' \
    'exec /usr/bin/install "${args[@]}"\n'
# The machine tells its name; whether the program answers is for the test to say.
CURL = '#!/bin/bash\nif [[ "$*" == *127.0.0.1* ]]; then exit "$SILENT"; fi\n'
AWS = """#!%s
import hashlib, json, os, pathlib, sys
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


@unittest.skipUnless(shutil.which("jq") and os.path.exists("/usr/bin/install"), "needs jq and install")
class BootstrapTest(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        agent = self.root / "opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl"
        for folder in ["bin", "bucket", "var/log", "etc/systemd/system", "etc/logrotate.d", agent.parent]:
            (self.root / folder).mkdir(parents=True)
        stand_ins = {"aws": AWS, "install": INSTALL, "curl": CURL, "sleep": NOTHING}
        for name in ["dnf", "useradd", "systemctl", agent]:
            stand_ins[name] = NOTHING
        for name, text in stand_ins.items():
            (self.root / "bin" / name).write_text(text)
            (self.root / "bin" / name).chmod(0o755)

    def start(self, listing=1, silent=0):
        script = SCRIPT
        for folder in ["/var/log/", "/etc/tracker", "/etc/systemd/", "/etc/logrotate.d/", "/opt/"]:
            script = script.replace(folder, f"{self.root}{folder}")
        facts = [
            {"name": "mail-out", "provider": "postmark", "secret": "arn:1"},
            {"name": "events", "provider": "pusher", "secret": "arn:2"},
            {"name": "payments", "provider": "none", "secret": "arn:3"},
            {"name": "mail-out", "queue": "https://sqs/mail-out"},
        ]
        secrets = {
            "arn:1": {"postmark": {"key": "a\"b$c`d\\e"}, "sendgrid": {"key": "other"}},
            "arn:2": {"pusher": {"key": "k", "app": "9"}}, "arn:3": {"placeholder": "p"}, "session": {"secret": "s"},
            "database": {"host": "db", "port": 5432, "dbname": "tracker", "username": "tracker", "password": "p"},
        }
        variables = {
            "PATH": f"{self.root}/bin:{os.environ['PATH']}", "ROOT": str(self.root), "LISTING": str(listing),
            "FACTS": json.dumps([json.dumps(fact) for fact in facts]), "SECRETS": json.dumps(secrets),
            "AWS_DEFAULT_REGION": "eu-west-1", "STACK_NAME": "web", "RELEASE_BUCKET": "releases", "FILE_BUCKET": "files",
            "SESSION_SECRET": "session", "DATABASE_SECRET": "database", "VALUE_TABLE": "values", "FACT_PATH": "/a/b",
            "LOG_GROUP": "log", "NAMESPACE": "acme/tracker", "WEB_PORT": "8080", "HEALTH_PATH": "/health",
            "SILENT": str(silent),
        }
        ended = subprocess.run(["bash", "-c", script], env=variables, capture_output=True, text=True, timeout=60)
        told = (self.root / "told").read_text()
        return ended.returncode, told, ended.stdout + ended.stderr

    def release(self, checksum=None):
        program = self.root / "serve"
        program.write_text("#!/bin/bash\n")
        with tarfile.open(self.root / "bucket/r1.tar.gz", "w:gz") as archive:
            archive.add(program, "bin/serve")
        whole = hashlib.sha256((self.root / "bucket/r1.tar.gz").read_bytes()).hexdigest()
        (self.root / "bucket/current").write_text(f"r1.tar.gz {checksum or whole}\n")

    def test_before_the_first_release_a_page_answers(self):
        self.assertEqual(self.start()[:2], (0, "SUCCESS"))
        self.assertIn("no release", (self.root / "opt/tracker/current/page/health").read_text())

    def test_the_program_learns_who_its_services_are(self):
        code, _, printed = self.start()
        self.assertEqual(code, 0, printed)
        file = (self.root / "etc/tracker/environment").read_text()
        for line in ['MAIL_OUT_PROVIDER="postmark"', r'MAIL_OUT_KEY="a\"b\$c\`d\\e"', 'MAIL_OUT_QUEUE="https://sqs/mail-out"',
                     'EVENTS_PROVIDER="pusher"', 'EVENTS_APP="9"', 'DATABASE_PORT="5432"', 'SESSION_SECRET="s"']:
            self.assertIn(line + "\n", file)
        self.assertIn('PAYMENTS_PROVIDER="none"\n', file)
        for secret in ["arn:", "other", "PLACEHOLDER"]:
            self.assertNotIn(secret, file)
        self.assertEqual((self.root / "etc/tracker/environment").stat().st_mode & 0o077, 0)

    def test_the_newest_release_is_unpacked(self):
        self.release()
        self.assertEqual(self.start(listing=0)[:2], (0, "SUCCESS"))
        self.assertTrue((self.root / "opt/tracker/current/bin/serve").exists())

    def test_a_release_that_is_not_what_was_named_is_refused(self):
        self.release(checksum="0" * 64)
        self.assertEqual(self.start(listing=0)[:2], (1, "FAILURE"))
        self.assertFalse((self.root / "opt/tracker/current/bin/serve").exists())

    def test_a_bucket_that_cannot_be_read_fails(self):
        code, told, printed = self.start(listing=255)
        self.assertEqual((code, told), (1, "FAILURE"))
        self.assertIn("cannot read s3://releases", printed)

    def test_a_program_that_does_not_answer_fails(self):
        code, told, printed = self.start(silent=7)
        self.assertEqual((code, told), (1, "FAILURE"))
        self.assertIn("does not answer /health", printed)


if __name__ == "__main__":
    unittest.main()
