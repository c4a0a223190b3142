"""python3 -m unittest discover -s templates/commerce/functions"""
import contextlib
import io
import json
import unittest
from unittest import mock

import delegation

SERVERS = ["ns-2.example.org", "ns-1.example.net"]


class Gone(Exception):
    pass


class Refusal(Exception):
    def __init__(self, code):
        super().__init__(code)
        self.response = {"Error": {"Code": code}}


class Names:
    """The few things of Route 53 that are used: records by zone, name and type."""

    class exceptions:
        InvalidChangeBatch = Gone

    def __init__(self):
        self.records = {}
        self.fails = None

    def change_resource_record_sets(self, HostedZoneId, ChangeBatch):
        if self.fails:
            raise self.fails
        for change in ChangeBatch["Changes"]:
            record = change["ResourceRecordSet"]
            place = (HostedZoneId, record["Name"], record["Type"])
            if change["Action"] == "UPSERT":
                self.records[place] = record
            elif self.records.get(place) == record:
                del self.records[place]
            else:
                raise Gone("it was not found")

    def get_paginator(self, operation):
        assert operation == "list_resource_record_sets"
        return mock.Mock(paginate=lambda HostedZoneId: [
            {"ResourceRecordSets": [record for place, record in self.records.items() if place[0] == HostedZoneId]}
        ])


class DelegationTest(unittest.TestCase):
    def setUp(self):
        self.parent, self.own, self.told = Names(), Names(), []
        self.enterContext(mock.patch.object(delegation, "session", self.session))
        self.enterContext(mock.patch.object(delegation, "own", lambda: self.own))
        self.enterContext(mock.patch.object(delegation.urllib.request, "urlopen", self.open))
        self.enterContext(contextlib.redirect_stdout(io.StringIO()))

    def session(self, asked):
        self.assertEqual((asked["RoleArn"], asked["Account"]), ("arn:role", "777888999000"))
        return self.parent

    def open(self, request, timeout):
        self.assertEqual((request.full_url, request.get_method()), ("https://answers", "PUT"))
        self.assertEqual(request.get_header("Content-type"), "")
        self.told.append(json.loads(request.data))
        return io.BytesIO(b"")

    def ask(self, kind, name="dev.commerce.example.com", **more):
        delegation.handle({
            "RequestType": kind, "ResponseURL": "https://answers", "StackId": "s", "RequestId": "r",
            "LogicalResourceId": "Delegation", **more,
            "ResourceProperties": {
                "RoleArn": "arn:role", "Account": "777888999000", "ParentZoneId": "Z1", "ZoneId": "Z2",
                "ParentZoneName": "commerce.example.com", "ZoneName": name, "NameServers": SERVERS,
            },
        }, None)
        return self.told[-1]

    def entered(self, name="dev.commerce.example.com"):
        found = self.parent.records.get(("Z1", name, "NS"))
        return found and [record["Value"] for record in found["ResourceRecords"]]

    def test_name_servers_are_entered_and_taken_out(self):
        made = self.ask("Create")
        self.assertEqual((made["Status"], made["StackId"], made["RequestId"]), ("SUCCESS", "s", "r"))
        self.assertEqual(self.entered(), sorted(SERVERS))
        gone = self.ask("Delete", PhysicalResourceId=made["PhysicalResourceId"])
        self.assertEqual(gone["Status"], "SUCCESS")
        self.assertIsNone(self.entered())

    def test_what_is_gone_already_does_not_hold_up_a_deletion(self):
        made = self.ask("Create")
        self.parent.records.clear()
        self.assertEqual(self.ask("Delete", PhysicalResourceId=made["PhysicalResourceId"])["Status"], "SUCCESS")

    def test_another_name_is_another_resource_and_the_old_one_goes_afterwards(self):
        old = self.ask("Create")["PhysicalResourceId"]
        new = self.ask("Update", name="test.commerce.example.com", PhysicalResourceId=old)
        self.assertNotEqual(new["PhysicalResourceId"], old)
        self.assertEqual(self.entered("test.commerce.example.com"), sorted(SERVERS))
        self.ask("Delete", PhysicalResourceId=old)
        self.assertIsNone(self.entered())
        self.assertEqual(self.entered("test.commerce.example.com"), sorted(SERVERS))

    def test_a_creation_that_failed_is_cleared_up_without_the_other_account(self):
        self.parent.fails = PermissionError("not allowed")
        failed = self.ask("Create")
        self.assertEqual((failed["Status"], failed["Reason"]), ("FAILED", "PermissionError: not allowed"))
        cleared = self.ask("Delete", PhysicalResourceId=failed["PhysicalResourceId"])
        self.assertEqual(cleared["Status"], "SUCCESS")

    def test_an_update_that_failed_stays_the_same_resource(self):
        made = self.ask("Create")
        self.parent.fails = PermissionError("not allowed")
        failed = self.ask("Update", PhysicalResourceId=made["PhysicalResourceId"])
        self.assertEqual((failed["Status"], failed["PhysicalResourceId"]), ("FAILED", made["PhysicalResourceId"]))

    def test_a_name_elsewhere_is_refused(self):
        self.assertIn("is not below commerce.example.com", self.ask("Create", name="shop.example.com")["Reason"])
        self.assertEqual(self.parent.records, {})

    def test_proofs_of_certificates_are_cleared_out_of_the_zone_before_it_goes(self):
        made = self.ask("Create")
        for name, kind, value in [
            ("_ab.dev.commerce.example.com.", "CNAME", "_cd.xyz.acm-validations.aws."),
            ("www.dev.commerce.example.com.", "CNAME", "elsewhere.example.com."),
            ("dev.commerce.example.com.", "NS", "ns-1.example.net."),
        ]:
            record = {"Name": name, "Type": kind, "TTL": 300, "ResourceRecords": [{"Value": value}]}
            self.own.records[("Z2", name, kind)] = record
        self.ask("Delete", PhysicalResourceId=made["PhysicalResourceId"])
        self.assertEqual([place[1] for place in self.own.records], ["www.dev.commerce.example.com.",
                                                                   "dev.commerce.example.com."])


class SessionTest(unittest.TestCase):
    def test_the_session_is_named_after_the_account_and_used_for_the_other_zone(self):
        keys = {"AccessKeyId": "k", "SecretAccessKey": "s", "SessionToken": "t"}
        boto3 = mock.Mock()
        boto3.client.return_value.assume_role.return_value = {"Credentials": keys}
        with mock.patch.dict("sys.modules", boto3=boto3):
            delegation.session({"RoleArn": "arn:role", "Account": "777888999000"})
        boto3.client.return_value.assume_role.assert_called_once_with(RoleArn="arn:role", RoleSessionName="777888999000")
        boto3.client.assert_called_with("route53", aws_access_key_id="k", aws_secret_access_key="s", aws_session_token="t")

    def take(self, *answers):
        sts = mock.Mock(**{"exceptions.ClientError": Refusal, "assume_role.side_effect": answers})
        with mock.patch.object(delegation.time, "sleep") as slept:
            try:
                return delegation.take(sts, {"RoleArn": "arn:role", "Account": "777888999000"})
            finally:
                self.slept = [call.args[0] for call in slept.call_args_list]

    def test_a_role_that_is_not_known_everywhere_yet_is_waited_for(self):
        self.assertEqual(self.take(Refusal("AccessDenied"), Refusal("AccessDenied"), "taken"), "taken")
        self.assertEqual(self.slept, [5, 10])

    def test_one_that_stays_refused_is_told_before_the_function_has_to_end(self):
        with self.assertRaises(Refusal):
            self.take(*[Refusal("AccessDenied")] * 4)
        self.assertEqual(sum(self.slept), 30)

    def test_another_error_is_not_waited_for(self):
        with self.assertRaises(Refusal):
            self.take(Refusal("RegionDisabled"))
        self.assertEqual(self.slept, [])


if __name__ == "__main__":
    unittest.main()
