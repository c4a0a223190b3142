"""python3 -m unittest discover -s templates/tracker/scripts: the bootstrap script, dry."""
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "shared/scripts"))
import dry_run  # noqa: E402


class BootstrapTest(dry_run.DryRun):
    service = "tracker"
    script = (HERE / "bootstrap.sh").read_text()
    facts = [
        {"name": "mail-out", "provider": "postmark", "secret": "arn:1"},
        {"name": "events", "provider": "pusher", "secret": "arn:2"},
        {"name": "payments", "provider": "none", "secret": "arn:3"},
        {"name": "mail-out", "queue": "https://sqs/mail-out"},
    ]
    secrets = {
        "arn:1": {"postmark": {"key": "a\"b$c"}, "sendgrid": {"key": "other"}},
        "arn:2": {"pusher": {"key": "k", "app": "9"}}, "arn:3": {"placeholder": "p"}, "session": {"secret": "s"},
        "database": {"host": "db", "port": 5432, "dbname": "tracker", "username": "tracker", "password": "p"},
    }
    variables = {
        "SESSION_SECRET": "session", "DATABASE_SECRET": "database", "FILE_BUCKET": "files", "VALUE_TABLE": "values", "FACT_PATH": "/a/b",
    }

    def test_a_server_comes_up(self):
        self.assertEqual(self.start()[:2], (0, "SUCCESS"))
        self.assertIn("ExecStart=", self.read("etc/systemd/system/tracker.service"))

    def test_the_program_learns_who_its_services_are(self):
        code, _, printed = self.start()
        self.assertEqual(code, 0, printed)
        file = self.read("etc/tracker/environment")
        for line in ['MAIL_OUT_PROVIDER="postmark"', r'MAIL_OUT_KEY="a\"b\$c"', 'MAIL_OUT_QUEUE="https://sqs/mail-out"',
                     'EVENTS_PROVIDER="pusher"', 'EVENTS_APP="9"', 'DATABASE_PORT="5432"', 'SESSION_SECRET="s"']:
            self.assertIn(line + "\n", file)
        self.assertIn('PAYMENTS_PROVIDER="none"\n', file)
        for secret in ["arn:", "other", "PLACEHOLDER"]:
            self.assertNotIn(secret, file)

    def test_a_secret_that_cannot_be_read_fails(self):
        self.variables = {**self.variables, "DATABASE_SECRET": "unknown"}
        code, told, _ = self.start()
        self.assertNotEqual(code, 0)
        self.assertEqual(told, "FAILURE")


if __name__ == "__main__":
    unittest.main()
