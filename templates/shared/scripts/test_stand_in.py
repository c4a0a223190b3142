"""python3 -m unittest discover -s templates/shared/scripts: what stands in for a build, dry."""
import os
import pathlib
import subprocess
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).parent / "stand-in.sh"


class StandInTest(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.root / "httpd").write_text('#!/bin/sh\necho "$@"\n')
        (self.root / "httpd").chmod(0o755)

    def start(self, **variables):
        given = {"PATH": f"{self.root}:{os.environ['PATH']}", "PORT": "8080", "HEALTH_PATH": "/health/deep", **variables}
        script = SCRIPT.read_text().replace("/tmp/page", f"{self.root}/page")
        ended = subprocess.run(["sh", "-c", script], env=given, capture_output=True, text=True, timeout=60)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertIn(f"-f -p 8080 -h {self.root}/page", ended.stdout)
        return (self.root / "page/health/deep").read_text()

    def test_the_health_path_answers_and_names_what_is_missing(self):
        self.assertEqual(self.start(SERVICE_NAME="orders"), "There is no build of orders yet.\n")
        self.assertEqual(self.start(SERVICE_NAME="orders", SERVICE_VERSION="3"), "There is no build of orders v3 yet.\n")


if __name__ == "__main__":
    unittest.main()
