"""python3 -m unittest discover -s templates/shared/scripts: what servers of all systems do."""
import json
import unittest

import dry_run


class ServerTest(dry_run.DryRun):
    service = "shop"
    script = """
make_folders
printf '%s' "$ENVIRONMENT" | write_environment
fetch_release job
unit shop web 'ExecStart=/opt/shop/current/bin/serve'
watch web jobs
await_answer
"""
    variables = {"ENVIRONMENT": json.dumps({"KEY": 'a"b$c`d\\e', "PORT": 8080})}

    def test_before_the_first_release_a_page_answers(self):
        self.assertEqual(self.start()[:2], (0, "SUCCESS"))
        self.assertIn("no release", self.read("opt/shop/current/page/health"))
        self.assertIn("--directory page", self.read("opt/shop/current/bin/serve"))
        self.assertEqual(self.read("opt/shop/current/bin/job"), "#!/bin/bash\nexit 0\n")

    def test_the_environment_is_quoted_and_nobody_elses_business(self):
        self.start()
        self.assertEqual(self.read("etc/shop/environment"), 'KEY="a\\"b\\$c\\`d\\\\e"\nPORT="8080"\n')
        self.assertEqual((self.root / "etc/shop/environment").stat().st_mode & 0o077, 0)

    def test_what_cannot_stand_in_an_environment_file_is_refused(self):
        for name, value in [("A B", "1"), ("A", "1\n2"), ("1A", "")]:
            with self.subTest(name=name):
                self.variables = {"ENVIRONMENT": json.dumps({name: value})}
                code, told, printed = self.start()
                self.assertNotEqual(code, 0)
                self.assertEqual(told, "FAILURE")
                self.assertIn("cannot stand in an environment file", printed)

    def test_the_newest_release_is_unpacked(self):
        self.release()
        self.assertEqual(self.start(listing=0)[:2], (0, "SUCCESS"))
        self.assertEqual(self.read("opt/shop/current/bin/serve"), "#!/bin/bash\n")
        self.assertFalse((self.root / "opt/shop/current/bin/job").exists())

    def test_a_release_that_is_not_what_was_named_is_refused(self):
        self.release(checksum="0" * 64)
        self.assertEqual(self.start(listing=0)[:2], (1, "FAILURE"))
        self.assertFalse((self.root / "opt/shop/current/bin/serve").exists())

    def test_a_name_that_is_none_is_refused(self):
        (self.root / "bucket/current").write_text("../../etc/passwd 0\n")
        code, told, printed = self.start(listing=0)
        self.assertEqual((code, told), (1, "FAILURE"))
        self.assertIn("does not name a release", printed)

    def test_a_bucket_that_cannot_be_read_fails(self):
        code, told, printed = self.start(listing=255)
        self.assertEqual((code, told), (1, "FAILURE"))
        self.assertIn("cannot read s3://releases", printed)

    def test_a_program_that_does_not_answer_fails(self):
        code, told, printed = self.start(silent=7)
        self.assertEqual((code, told), (1, "FAILURE"))
        self.assertIn("does not answer /health", printed)

    def test_logs_go_where_they_are_kept(self):
        self.start()
        agent = json.loads(self.read("etc/shop/agent.json"))
        files = agent["logs"]["logs_collected"]["files"]["collect_list"]
        self.assertEqual([file["log_stream_name"] for file in files], ["{instance_id}/web", "{instance_id}/jobs"])
        self.assertEqual({file["log_group_name"] for file in files}, {"log"})
        self.assertEqual(agent["metrics"]["namespace"], "acme/web")


if __name__ == "__main__":
    unittest.main()
