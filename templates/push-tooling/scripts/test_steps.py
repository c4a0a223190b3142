"""python3 -m unittest discover -s templates/push-tooling/scripts: the steps of the pipeline, dry, with stand-ins for aws and formwork."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).parent
# Each writes down what it was told, and as whom.
FORMWORK = """#!%s
import json, os, pathlib, sys
words = sys.argv[1:]
with open(os.environ["TOLD"], "a") as told:
    told.write(" ".join(["formwork", *words]) + "\\n")
assert os.environ["AWS_ACCESS_KEY_ID"] == "build", "formwork takes its roles by itself"
if words[0] == "outputs":
    print(json.dumps({"type": "stack", "outputs": json.loads(os.environ["OUTPUTS"])}))
elif words[0] == "plan":
    pathlib.Path(words[words.index("-o") + 1]).write_text("the plan")
    print("push/staging\\n  = unchanged: network\\n\\nPlan: 1 to update, 9 unchanged")
elif words[:2] == ["deploy", "--plan"]:
    assert pathlib.Path(words[2]).read_text() == "the plan"
    sys.exit(int(os.environ.get("STALE", "0")))
""" % sys.executable
AWS = """#!%s
import os, sys
words = sys.argv[1:]
with open(os.environ["TOLD"], "a") as told:
    told.write(" ".join(["aws", *words]) + "\\n")
if words[:2] == ["sts", "assume-role"]:
    print("shipper\\tsecret\\tsession")
elif words[:2] == ["s3api", "put-object"]:
    assert os.environ["AWS_ACCESS_KEY_ID"] == "shipper", "packages are shipped as the role of the account"
    if words[words.index("--key") + 1] in os.environ.get("SHIPPED", "").split():
        sys.exit("An error occurred (PreconditionFailed) when calling the PutObject operation")
    if os.environ.get("REFUSES"):
        sys.exit("An error occurred (AccessDenied) when calling the PutObject operation")
""" % sys.executable


@unittest.skipUnless(shutil.which("jq"), "needs jq")
class StepsTest(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        for folder in ("bin", "source", "plan", "packages/out"):
            (self.root / folder).mkdir(parents=True)
        for name, text in (("formwork", FORMWORK), ("aws", AWS)):
            (self.root / "bin" / name).write_text(text)
            (self.root / "bin" / name).chmod(0o755)
        (self.root / "plan/plan.json").write_text("the plan")
        for name in ("push-43.zip", "push-44.zip"):
            (self.root / "packages/out" / name).write_text("a package")

    def start(self, step, **more):
        environment = {
            "PATH": f"{self.root}/bin:{os.environ['PATH']}", "TOLD": str(self.root / "told"), "AWS_ACCESS_KEY_ID": "build",
            "CODEBUILD_SRC_DIR": str(self.root / "source"), "CODEBUILD_SRC_DIR_StagingPlan": str(self.root / "plan"),
            "CODEBUILD_SRC_DIR_Packages": str(self.root / "packages"), "ENVIRONMENT": "push/staging", "PLAN": "StagingPlan",
            "DEPLOY_ROLE": "arn:aws:iam::222333444555:role/formwork-deploy", "OUTPUTS": '{"ReleaseBucket": "releases"}',
            "PACKAGE_TOOLS": "pip npm", "PACKAGE_DOMAIN": "acme", "PACKAGE_REPOSITORY": "packages", **more,
        }
        done = subprocess.run(["bash", HERE / f"{step}.sh"], env=environment, capture_output=True, text=True, cwd=self.root)
        told = self.root / "told"
        return done, told.read_text().splitlines() if told.exists() else []

    def test_what_was_packaged_is_shipped_and_then_the_plan_is_carried_out(self):
        done, told = self.start("deploy")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.splitlines()[:2], ["shipped releases/push-43.zip", "shipped releases/push-44.zip"])
        self.assertEqual(told[0], "formwork outputs push/staging --stack storage --output json")
        self.assertIn("--bucket releases --key releases/push-43.zip", told[2])
        self.assertIn("--if-none-match *", told[2])
        self.assertEqual(told[-1], f"formwork deploy --plan {self.root}/plan/plan.json --yes")

    def test_what_was_shipped_before_stays_as_it_is(self):
        done, told = self.start("deploy", SHIPPED="releases/push-43.zip")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.splitlines()[:2], ["releases/push-43.zip was shipped before", "shipped releases/push-44.zip"])

    def test_without_its_packages_nothing_is_deployed(self):
        done, told = self.start("deploy", REFUSES="1")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("AccessDenied", done.stderr)
        self.assertFalse([line for line in told if line.startswith("formwork deploy")])

    def test_a_new_environment_has_no_bucket_yet(self):
        done, told = self.start("deploy", OUTPUTS="{}")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertFalse([line for line in told if line.startswith("aws ")])
        self.assertTrue(told[-1].startswith("formwork deploy --plan"))

    def test_a_plan_that_is_refused_fails_the_step(self):
        self.assertEqual(self.start("deploy", STALE="4")[0].returncode, 4)

    def test_a_plan_is_saved_and_told_in_a_line(self):
        done, told = self.start("plan")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(told, ["formwork plan push/staging -o plan.json"])
        source = self.root / "source"
        self.assertEqual((source / "plan.json").read_text(), "the plan")
        self.assertEqual((source / "summary.txt").read_text(), "Plan: 1 to update, 9 unchanged\n")
        self.assertIn("= unchanged: network", (source / "plan.txt").read_text())

    def test_the_programs_own_command_runs_in_the_source_with_packages_at_hand(self):
        done, told = self.start("build", COMMAND="echo made > out/push-45.zip; pwd")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(told, [f"aws codeartifact login --tool {tool} --domain acme --repository packages" for tool in ("pip", "npm")])
        self.assertEqual(done.stdout.strip(), str(self.root / "source"))
        self.assertEqual((self.root / "source/out/push-45.zip").read_text(), "made\n")
        self.assertNotEqual(self.start("build", COMMAND="false; echo on it goes")[0].returncode, 0)

    def test_everything_is_checked_strictly(self):
        self.assertEqual(self.start("check")[1], ["formwork check --strict"])

    def test_each_step_is_in_the_build_as_it_is(self):
        """The template writes a step to a file between two lines; the second must not be in a step."""
        for script in HERE.glob("*.sh"):
            self.assertNotIn("END-OF-STEP", script.read_text())


if __name__ == "__main__":
    unittest.main()
