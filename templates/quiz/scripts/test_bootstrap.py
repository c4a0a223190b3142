"""python3 -m unittest discover -s templates/quiz/scripts: the bootstrap script, dry."""
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "shared/scripts"))
import dry_run  # noqa: E402


class BootstrapTest(dry_run.DryRun):
    service = "quiz"
    script = (HERE / "bootstrap.sh").read_text()
    facts = [
        {"name": "close-rounds", "seconds": 120, "schedule": "*-*-* *:0/5:00"},
        {"name": "mail-results", "seconds": 600, "schedule": "*-*-* 06:00:00"},
    ]
    secrets = {
        "program": {"GREETING": "hello", "PORT": "1"}, "cache": {"token": "t0k$n"},
        "database": {"host": "db", "port": 5432, "dbname": "quiz", "username": "quiz", "password": "p"},
    }
    variables = {
        "ENVIRONMENT_SECRET": "program", "DATABASE_SECRET": "database", "CACHE_SECRET": "cache", "CACHE_HOST": "redis",
        "CACHE_PORT": "6379", "FILE_SYSTEM": "fs-1", "ACCESS_POINT": "fsap-1", "JOB_PATH": "/a/jobs",
    }

    def test_uploads_are_shared(self):
        code, told, printed = self.start()
        self.assertEqual((code, told), (0, "SUCCESS"), printed)
        self.assertIn("fs-1:/", self.read("etc/fstab"))
        self.assertIn("accesspoint=fsap-1", self.read("etc/fstab"))
        self.assertTrue((self.root / "srv/uploads").is_dir())

    def test_the_program_gets_its_environment_and_what_the_stacks_know(self):
        self.start()
        file = self.read("etc/quiz/environment")
        for line in ['GREETING="hello"', 'PORT="8080"', 'REDIS_HOST="redis"', 'REDIS_TLS="1"', r'REDISCLI_AUTH="t0k\$n"',
                     'DATABASE_HOST="db"', 'DATABASE_PORT="5432"']:
            self.assertIn(line + "\n", file)

    def test_every_server_has_every_timer(self):
        self.start()
        self.assertEqual(self.read("etc/quiz/timers"), "quiz-job-close-rounds.timer\nquiz-job-mail-results.timer\n")
        self.assertIn("OnCalendar=*-*-* *:0/5:00 UTC\n", self.read("etc/systemd/system/quiz-job-close-rounds.timer"))
        unit = self.read("etc/systemd/system/quiz-job-close-rounds.service")
        self.assertIn("quiz-once close-rounds 120 ", unit)
        self.assertIn("TimeoutStartSec=180\n", unit)
        self.assertIn("User=quiz\n", unit)

    def test_a_service_without_jobs_comes_up(self):
        self.facts = []
        self.assertEqual(self.start()[:2], (0, "SUCCESS"))
        self.assertFalse((self.root / "etc/quiz/timers").exists())


if __name__ == "__main__":
    unittest.main()
