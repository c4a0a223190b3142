"""python3 -m unittest discover -s templates/commerce-shared/functions"""
import contextlib
import gzip
import importlib.util
import io
import json
import os
import pathlib
import unittest
from unittest import mock

import indexer

TRAIL = "AWSLogs/o-a1b2c3d4e5/777888999000/CloudTrail/eu-west-1/2026/11/21/777888999000_CloudTrail_x.json.gz"
FLOWS = "connections/AWSLogs/777888999000/vpcflowlogs/eu-west-1/2026/11/21/777888999000_vpcflowlogs_x.log.gz"
BALANCER = "balancers/AWSLogs/777888999000/elasticloadbalancing/eu-west-1/2026/11/21/x.log.gz"
CONFIG = "AWSLogs/777888999000/Config/eu-west-1/2026/11/21/ConfigHistory/x.json.gz"
WORK = "workloads/777888999000/logs/2026/11/21/10/orders-1.gz"


def event(name="DescribeInstances", source="ec2.amazonaws.com", **more):
    return {"eventID": "e-1", "eventTime": "2026-11-21T10:00:00Z", "eventSource": source, "eventName": name,
            "recipientAccountId": "777888999000", "awsRegion": "eu-west-1", "sourceIPAddress": "192.0.2.7",
            "userIdentity": {"type": "AssumedRole", "arn": "arn:aws:sts::777888999000:assumed-role/r/ada"}, **more}


def issued(name):
    return {"type": "AssumedRole", "arn": f"arn:aws:sts::777888999000:assumed-role/{name}/ada",
            "sessionContext": {"sessionIssuer": {"userName": name}}}


class IndexerTest(unittest.TestCase):
    def setUp(self):
        self.files, self.sent, self.answers = {}, [], []
        s3 = mock.Mock(get_object=lambda Bucket, Key: {"Body": io.BytesIO(self.files[Key])})
        self.printed = io.StringIO()
        for context in [
            mock.patch.object(indexer, "client", {"s3": s3}.__getitem__),
            mock.patch.object(indexer, "post", self.post),
            mock.patch.dict(os.environ, {
                "NAMESPACE": "acme/security", "DEPLOY_ROLE": "formwork-deploy", "EMERGENCY_SET": "Emergency",
                "BOOTSTRAP_ROLE": "OrganizationAccountAccessRole", "ARCHIVE_BUCKETS": "archive,landing",
            }),
            contextlib.redirect_stdout(self.printed),
        ]:
            self.enterContext(context)

    def post(self, path, body):
        self.assertEqual(path, "/_bulk")
        lines = [json.loads(line) for line in body.decode().splitlines()]
        self.sent.append(list(zip(lines[::2], lines[1::2])))
        return self.answers.pop(0) if self.answers else {"errors": False}

    def read(self, key, text, parts=1):
        data = text if isinstance(text, bytes) else gzip.compress(text.encode())
        self.files[key] = data
        record = {"messageId": "m-1", "body": json.dumps({"detail": {"bucket": {"name": "archive"}, "object": {"key": key}}})}
        return indexer.handle({"Records": [record]}, None)["batchItemFailures"]

    def documents(self):
        return [document for bulk in self.sent for _, document in bulk]

    def counted(self):
        metrics = {}
        for line in map(json.loads, self.printed.getvalue().splitlines()):
            for told in line.get("_aws", {}).get("CloudWatchMetrics", []):
                self.assertEqual((told["Namespace"], told["Dimensions"]), ("acme/security", [[]]))
                metrics.update({metric["Name"]: line[metric["Name"]] for metric in told["Metrics"]})
        return metrics

    def test_an_event_of_the_trail_becomes_a_document_under_its_own_name(self):
        told = event(requestParameters={"instanceId": "i-1"}, errorCode="Client.UnauthorizedOperation")
        self.assertEqual(self.read(TRAIL, json.dumps({"Records": [told]})), [])
        [[(action, document)]] = self.sent
        self.assertEqual(action, {"index": {"_index": "trail-2026.11", "_id": "e-1-777888999000"}})
        self.assertEqual((document["action"], document["who"][-4:], document["address"]), ("DescribeInstances", "/ada", "192.0.2.7"))
        self.assertEqual(document["request"], '{"instanceId": "i-1"}', "text, or every call would add fields of its own")
        self.assertEqual(document["finding"], ["CallRefused"])
        self.assertEqual(self.counted(), {"TrailEvents": 1, "CallRefused": 1})
        self.assertIn('"found": ["CallRefused"]', self.printed.getvalue())

    def test_files_for_programs_are_left_alone(self):
        for key in [TRAIL.replace("/CloudTrail/", "/CloudTrail-Digest/"), "AWSLogs/777888999000/Config/ConfigWritabilityCheckFile",
                    "balancers/AWSLogs/777888999000/ELBAccessLogTestFile", "workloads/777888999000/failed/x/2026/11/21/y"]:
            self.assertEqual(self.read(key, "whatever"), [])
        self.assertEqual(self.sent, [])

    def test_connections_are_read_by_the_names_in_their_first_line(self):
        self.read(FLOWS, "version account-id srcaddr dstport bytes start action\n"
                         "2 012345678901 10.72.0.9 443 840 1795255200 ACCEPT\n2 012345678901 - - - 1795255260 -\n")
        first, second = self.documents()
        self.assertEqual(first["@timestamp"], "2026-11-21T10:00:00.000000Z")
        self.assertEqual((first["account"], first["dstport"], first["bytes"]), ("012345678901", 443, 840))
        self.assertNotIn("srcaddr", second)
        names = [action["index"]["_id"] for bulk in self.sent for action, _ in bulk]
        self.assertEqual(len(set(names)), 2)

    def test_a_request_to_a_load_balancer_is_read_with_its_quotes(self):
        self.read(BALANCER, 'https 2026-11-21T10:00:00.186641Z app/x/1 192.0.2.7:4711 10.72.4.4:8080 0.001 0.020 0.000 200 200 '
                            '34 366 "GET https://shop.example.com:443/a?b=1 HTTP/2.0" "curl/8.0 (x)" TLS_AES_128 TLSv1.3 arn "Root=1" "d" "c" 0 '
                            '2026-11-21T10:00:00.150000Z "forward" "-" "-" "10.72.4.4:8080" "200" "-" "-"\n')
        [document] = self.documents()
        self.assertEqual(document["request"], "GET https://shop.example.com:443/a?b=1 HTTP/2.0")
        self.assertEqual((document["balancer_status"], document["target_seconds"], document["agent"]), (200, 0.02, "curl/8.0 (x)"))
        self.assertNotIn("redirect", document)

    def test_what_a_recorder_saw_is_kept_as_text(self):
        self.read(CONFIG, json.dumps({"configurationItems": [{
            "configurationItemCaptureTime": "2026-11-21T10:00:00.000Z", "awsAccountId": "777888999000", "awsRegion": "eu-west-1",
            "resourceType": "AWS::S3::Bucket", "resourceId": "b", "ARN": "arn:aws:s3:::b", "configuration": {"a": {"b": 1}},
        }]}))
        [document] = self.documents()
        self.assertEqual((document["type"], document["configuration"]), ("AWS::S3::Bucket", '{"a": {"b": 1}}'))

    def test_logs_of_workloads_come_in_many_packed_parts(self):
        def part(name, kind="DATA_MESSAGE"):
            message = {"messageType": kind, "owner": "777888999000", "logGroup": "orders", "logStream": "s",
                       "logEvents": [{"id": name, "timestamp": 1795255200000, "message": f"order {name}\n"}]}
            return gzip.compress(json.dumps(message).encode())
        with mock.patch.object(indexer, "READ_CHARACTERS", 50):
            self.read(WORK, part("1") + part("0", "CONTROL_MESSAGE") + part("2"))
        self.assertEqual([document["text"] for document in self.documents()], ["order 1\n", "order 2\n"])
        self.assertEqual(len(self.read(WORK, part("3") + gzip.compress(b'{"half":'))), 1)

    def test_what_has_to_be_looked_at_is_found(self):
        emergency, deploy = issued("AWSReservedSSO_Emergency_0123456789abcdef"), issued("formwork-deploy")
        for expected, told in [
            (["RootUsed"], event(userIdentity={"type": "Root", "arn": "arn:aws:iam::1:root"})),
            ([], event(userIdentity={"type": "Root", "invokedBy": "support.amazonaws.com"})),
            (["EmergencyUsed"], event(userIdentity=emergency)),
            (["EmergencyUsed"], event(userIdentity=issued("OrganizationAccountAccessRole"))),
            (["SignInFailed"], event("ConsoleLogin", "signin.amazonaws.com", responseElements={"ConsoleLogin": "Failure"})),
            (["SignInFailed"], event("CredentialVerification", "signin.amazonaws.com",
                                     serviceEventDetails={"CredentialVerification": "Failure"})),
            ([], event("ConsoleLogin", "signin.amazonaws.com", responseElements={"ConsoleLogin": "Success"})),
            (["CallRefused"], event("GetObject", "s3.amazonaws.com", errorCode="AccessDenied")),
            (["CallRefused"], event("PutRolePolicy", "iam.amazonaws.com", errorCode="AccessDenied")),
            ([], event("GetBucket", "s3.amazonaws.com", errorCode="NoSuchBucket")),
            (["OrganizationChanged"], event("DetachPolicy", "organizations.amazonaws.com")),
            ([], event("ListAccounts", "organizations.amazonaws.com", readOnly=True)),
            ([], event("UpdatePolicy", "organizations.amazonaws.com", userIdentity=deploy)),
            (["RightsChanged"], event("PutRolePolicy", "iam.amazonaws.com")),
            ([], event("PutRolePolicy", "iam.amazonaws.com", userIdentity=deploy)),
            (["NetworkOpened"], event("AuthorizeSecurityGroupIngress")),
            (["KeyEndangered"], event("ScheduleKeyDeletion", "kms.amazonaws.com", userIdentity=deploy)),
            (["RecordingChanged"], event("StopLogging", "cloudtrail.amazonaws.com", userIdentity=deploy)),
            (["RecordingChanged"], event("PutBucketPolicy", "s3.amazonaws.com", requestParameters={"bucketName": "landing"})),
            ([], event("PutBucketPolicy", "s3.amazonaws.com", requestParameters={"bucketName": "another"})),
        ]:
            with self.subTest(call=told["eventName"], expected=expected):
                self.assertEqual(list(indexer.findings(told)), expected)

    def test_each_finding_has_an_alarm_and_a_place_on_the_dashboard(self):
        beside = pathlib.Path(__file__).parents[1]
        for name in ["RootUsed", "EmergencyUsed", "SignInFailed", "CallRefused", *indexer.REVIEWED, *indexer.ALWAYS]:
            self.assertIn(f'"{name}": {{"says"', (beside / "security-alarms.yaml").read_text())
            self.assertIn(f'["${{Namespace}}", "{name}"]', (beside / "dashboard.json").read_text())

    def test_it_counts_although_the_search_is_down(self):
        self.answers = [{"errors": True, "items": [{"index": {"status": 429}}]}]
        told = event(userIdentity={"type": "Root", "arn": "arn:aws:iam::1:root"})
        self.assertEqual(self.read(TRAIL, json.dumps({"Records": [told]})), [{"itemIdentifier": "m-1"}])
        self.assertEqual(self.counted(), {"TrailEvents": 1, "RootUsed": 1})

    def test_a_document_that_fits_no_index_does_not_come_back(self):
        self.answers = [{"errors": True, "items": [{"index": {"status": 201}}, {"index": {"status": 400, "error": "no"}}]}]
        self.assertEqual(self.read(TRAIL, json.dumps({"Records": [event(), event()]})), [])
        self.assertEqual(self.counted(), {"TrailEvents": 2, "DocumentsRefused": 1})

    def test_many_documents_go_in_several_requests(self):
        with mock.patch.object(indexer, "BULK_BYTES", 1000):
            self.read(TRAIL, json.dumps({"Records": [event() | {"eventID": f"e-{at}"} for at in range(5)]}))
        self.assertEqual([len(bulk) for bulk in self.sent], [2, 2, 1])

    def test_a_file_that_cannot_be_read_comes_back(self):
        self.assertEqual(self.read(TRAIL, b"\x1f\x8bbroken"), [{"itemIdentifier": "m-1"}])
        self.assertIn('"error": "', self.printed.getvalue())


@unittest.skipUnless(importlib.util.find_spec("botocore"), "Lambda has it")
class RequestTest(unittest.TestCase):
    def test_a_request_is_signed_as_the_role(self):
        asked = []

        def urlopen(request, timeout):
            asked.append(request)
            return contextlib.closing(io.BytesIO(b'{"errors": false}'))

        role = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t",
                "AWS_REGION": "eu-west-1", "ENDPOINT": "vpc-search.eu-west-1.es.amazonaws.com"}
        with mock.patch.dict(os.environ, role), mock.patch.object(indexer.urllib.request, "urlopen", urlopen):
            self.assertEqual(indexer.post("/_bulk", b"{}\n"), {"errors": False})
        [request] = asked
        self.assertEqual((request.method, request.full_url), ("POST", f"https://{role['ENDPOINT']}/_bulk"))
        self.assertRegex(request.get_header("Authorization"), r"^AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/\d{8}/eu-west-1/es/aws4_request, ")
        self.assertEqual((request.get_header("X-amz-security-token"), request.data), ("t", b"{}\n"))


if __name__ == "__main__":
    unittest.main()
