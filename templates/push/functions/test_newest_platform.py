"""python3 -m unittest discover -s templates/push/functions"""
import contextlib
import io
import json
import unittest
from unittest import mock

import answer
import newest_platform

BRANCH = "Python 3.13 running on 64bit Amazon Linux 2023"
ARN = f"arn:aws:elasticbeanstalk:eu-west-1::platform/{BRANCH}/4.9.0"


class NewestPlatformTest(unittest.TestCase):
    def setUp(self):
        self.versions = [{"PlatformArn": ARN, "PlatformVersion": "4.9.0"}]
        self.told = []
        self.beanstalk = mock.Mock()
        self.beanstalk.list_platform_versions.side_effect = lambda Filters: {"PlatformSummaryList": self.versions}
        for context in [
            mock.patch.object(newest_platform, "beanstalk", lambda: self.beanstalk),
            mock.patch.object(answer, "tell", lambda url, body: self.told.append(json.loads(body))),
            contextlib.redirect_stdout(io.StringIO()),
        ]:
            self.enterContext(context)

    def ask(self, kind, **more):
        newest_platform.handle({
            "RequestType": kind, "ResponseURL": "https://answer.example.com", "StackId": "s", "RequestId": "r",
            "LogicalResourceId": "Platform", "ResourceProperties": {"Branch": BRANCH}, **more,
        }, None)
        return self.told.pop()

    def test_the_recommended_version_of_the_branch_is_found(self):
        said = self.ask("Create")
        self.assertEqual((said["Status"], said["PhysicalResourceId"]), ("SUCCESS", ARN))
        self.assertEqual(said["Data"], {"Version": "4.9.0"})
        filters = self.beanstalk.list_platform_versions.call_args.kwargs["Filters"]
        self.assertEqual([one["Values"] for one in filters], [[BRANCH], ["recommended"]])

    def test_an_update_finds_the_same_or_a_newer_one(self):
        self.assertEqual(self.ask("Update", PhysicalResourceId=ARN)["PhysicalResourceId"], ARN)
        self.versions = [{"PlatformArn": ARN.replace("4.9.0", "4.10.0"), "PlatformVersion": "4.10.0"}]
        self.assertTrue(self.ask("Update", PhysicalResourceId=ARN)["PhysicalResourceId"].endswith("/4.10.0"))

    def test_a_branch_that_is_not_there_fails_with_a_reason(self):
        self.versions = []
        said = self.ask("Update", PhysicalResourceId=ARN)
        self.assertEqual((said["Status"], said["PhysicalResourceId"]), ("FAILED", ARN))
        self.assertIn("Beanstalk has no platform 'Python 3.13", said["Reason"])

    def test_nothing_is_asked_when_the_stack_goes(self):
        said = self.ask("Delete", PhysicalResourceId=ARN)
        self.assertEqual((said["Status"], said["PhysicalResourceId"]), ("SUCCESS", ARN))
        self.beanstalk.list_platform_versions.assert_not_called()


if __name__ == "__main__":
    unittest.main()
