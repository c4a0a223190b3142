#!/usr/bin/env python3
"""Compares the sandbox's AWS::LanguageExtensions with AWS's own port of that transform in aws-sam-cli.

    scripts/python-environment.sh /tmp/sam 'aws-sam-cli>=1.170'
    formwork sandbox --listen 127.0.0.1:4747 --speed max &
    /tmp/sam/bin/python scripts/compare_extensions.py --endpoint http://127.0.0.1:4747 --templates 500 --seed 1

Makes templates by chance (the same for a seed), has both transform them, and compares what comes out. Differences that
are known to be the port's, or on which the port and AWS disagree, are counted as explained, each kind by itself. Ends
with 1 when there is any other difference. The endpoint must be a loopback address.
"""

import argparse
import collections
import json
import random
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree

from samcli.lib.cfn_language_extensions.api import process_template
from samcli.lib.cfn_language_extensions.models import PseudoParameterValues

ACCOUNT, REGION = "111122223333", "eu-west-1"
PARAMETERS = {"Stage": "live", "Count": "3", "Names": "red,blue,dark-green", "Empty": ""}
PLAIN, RESOURCE, LEFT_OUT, NOTHING, ENCODED = (
    "a placeholder in plain text: the port replaces it, AWS keeps it",
    "a resource inside a text: the port writes the call into the text, AWS keeps the call",
    "a member whose condition does not hold: the port empties it",
    "AWS::NoValue inside JSON text: the port writes the call, or null, into the text",
    "Base64 of what only the deployment knows: the port refuses it",
)


class Maker:
    """Makes templates by chance. Names of resources that exist come from `targets`."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.loops = []
        self.counter = 0
        self.deferred = self.chance.random() < 0.3
        self.placeholders = self.chance.random() < 0.15

    def one_of(self, *choices):
        return self.chance.choice(choices)

    def name(self, stem):
        self.counter += 1
        return f"{stem}{self.counter}"

    def text(self, depth):
        """An expression whose value is text."""
        simple = [lambda: self.one_of("a", "bc", "x-y", "", "10"),
                  lambda: {"Ref": self.one_of("Stage", "Count", "AWS::Region", "AWS::AccountId", "AWS::Partition")}]
        if self.loops:
            loop = self.one_of(*self.loops)
            simple += [lambda: {"Ref": loop}, lambda: {"Fn::Sub": f"{loop}=${{{loop}}} ${{Stage}} ${{!{loop}}}"}]
            if self.placeholders:
                simple.append(lambda: f"plain ${{{loop}}} &{{{loop}}}")
        if self.deferred:
            simple += [lambda: {"Fn::GetAtt": ["Base", "Arn"]}, lambda: {"Ref": "Base"},
                       lambda: {"Fn::Sub": "${Stage}/${Base.Arn}"}]
        if depth == 0:
            return self.one_of(*simple)()
        deeper = [
            lambda: {"Fn::Join": [self.one_of("", "-", ", "), [self.text(depth - 1) for _ in range(self.one_of(0, 1, 3))]]},
            lambda: {"Fn::Join": ["/", self.list(depth - 1)]},
            lambda: {"Fn::Sub": ["${A}-${AWS::Region}-${B}", {"A": self.text(depth - 1), "B": self.text(depth - 1)}]},
            lambda: {"Fn::Sub": "${Stage}.${AWS::URLSuffix}"},
            lambda: {"Fn::Select": [self.one_of(0, "0", 1), [self.text(depth - 1), self.text(depth - 1)]]},
            lambda: {"Fn::Select": [self.one_of(0, "1"), {"Ref": "Names"}]},
            lambda: {"Fn::FindInMap": ["Map", {"Ref": "Stage"}, "Word"]},
            lambda: {"Fn::FindInMap": ["Map", self.one_of("live", "none"), self.one_of("Word", "None"),
                                       {"DefaultValue": self.text(depth - 1)}]},
            lambda: {"Fn::If": [self.one_of("Live", "Test"), self.text(depth - 1), self.text(depth - 1)]},
            lambda: {"Fn::Base64": self.text(depth - 1)},
            lambda: {"Fn::ToJsonString": self.value(depth - 1, whole=True)},
            lambda: {"Fn::Length": self.list(depth - 1)},
        ]
        return self.one_of(*simple, *deeper, *deeper)()

    def list(self, depth):
        """An expression whose value is a list of texts."""
        choices = [lambda: [self.one_of("a", "b", "c") for _ in range(self.one_of(0, 1, 2, 4))],
                   lambda: {"Ref": "Names"}, lambda: {"Fn::Split": [self.one_of(",", "-"), "a,b-c"]},
                   lambda: {"Fn::FindInMap": ["Map", "live", "List"]}]
        if depth > 0:
            choices.append(lambda: {"Fn::If": [self.one_of("Live", "Test"), self.list(depth - 1), self.list(depth - 1)]})
        return self.one_of(*choices)()

    def value(self, depth, whole=False):
        """Any property: text, a list, a map, or nothing at all."""
        if not whole and self.chance.random() < 0.5 or depth == 0 and not whole:
            return self.text(depth)
        if self.chance.random() < 0.4:
            return [self.value(max(depth - 1, 0)) for _ in range(self.one_of(0, 1, 3))]
        inner = {self.name("K"): self.value(max(depth - 1, 0)) for _ in range(self.one_of(1, 2))}
        if not whole and self.chance.random() < 0.2:
            inner[self.name("K")] = {"Ref": "AWS::NoValue"}
        if not whole and self.chance.random() < 0.2:
            inner[self.name("K")] = {"Fn::If": ["Test", "x", {"Ref": "AWS::NoValue"}]}
        inner[self.name("K")] = self.one_of(1, True, "true", 0.5)
        return inner

    def resource(self):
        body = {"Type": "Custom::Thing", "Properties": {"ServiceToken": "arn:aws:sns:eu-west-1:111122223333:t"}}
        for _ in range(self.one_of(1, 2, 3)):
            body["Properties"][self.name("P")] = self.value(self.one_of(0, 1, 2, 3))
        if self.chance.random() < 0.2:
            loop = self.name("Name")
            body["Properties"][f"Fn::ForEach::{self.name('Loop')}"] = self.loop(loop, lambda: self.text(1), self.name("Q"))
        if self.chance.random() < 0.3:
            body["Condition"] = self.one_of("Live", "Test")
        if self.chance.random() < 0.3:
            body["DependsOn"] = self.one_of("Base", ["Base"])
        if self.chance.random() < 0.3:
            policy = self.one_of("Retain", {"Ref": "Policy"}, {"Fn::If": ["Live", "Retain", "Delete"]})
            body[self.one_of("DeletionPolicy", "UpdateReplacePolicy")] = policy
        return body

    def loop(self, identifier, make, stem):
        collection = self.one_of(["red", "blue"], ["one"], ["10.0.0.1", "a-b"], {"Ref": "Names"},
                                 {"Fn::Split": ["-", "left-right"]}, {"Fn::FindInMap": ["Map", "live", "List"]})
        self.loops.append(identifier)
        body = {f"{stem}&{{{identifier}}}": make()}
        if self.chance.random() < 0.3:
            inner = self.name("Inner")
            self.loops.append(inner)
            key = f"{stem}&{{{identifier}}}and${{{inner}}}"
            body[f"Fn::ForEach::{self.name('Loop')}"] = [inner, ["x", "y"], {key: make()}]
            self.loops.pop()
        self.loops.pop()
        return [identifier, collection, body]

    def faulty(self):
        """A property that the transform must refuse."""
        return self.one_of({"Fn::Length": "text"}, {"Fn::ToJsonString": "text"}, {"Fn::Select": [9, {"Ref": "Names"}]},
                           {"Fn::ToJsonString": {"a": {"Fn::Equals": ["a", "b"]}}}, {"Fn::FindInMap": ["Map", "no", "no"]},
                           {"Fn::Join": ["text"]}, {"Fn::Split": ["", "a"]}, {"Fn::Sub": []}, {"Fn::If": ["Live", "a"]})

    def template(self):
        template = {
            "Transform": "AWS::LanguageExtensions",
            "Parameters": {
                "Stage": {"Type": "String"}, "Count": {"Type": "Number"}, "Names": {"Type": "CommaDelimitedList"},
                "Empty": {"Type": "String"}, "Policy": {"Type": "String", "Default": "Retain"},
            },
            "Mappings": {"Map": {"live": {"Word": "found", "List": ["l1", "l2"]}}},
            "Conditions": {
                "Live": {"Fn::Equals": [{"Ref": "Stage"}, "live"]},
                "Test": {"Fn::Not": [{"Condition": "Live"}]},
                "Fn::ForEach::Every": ["Colour", ["red", "blue"], {"Is${Colour}": {"Fn::Equals": [{"Ref": "Colour"}, "red"]}}],
            },
            "Resources": {"Base": {"Type": "Custom::Thing", "Properties": {"ServiceToken": "t"}}},
            "Outputs": {},
        }
        for _ in range(self.one_of(1, 2, 3)):
            if self.chance.random() < 0.5:
                template["Resources"][self.name("R")] = self.resource()
            else:
                key = f"Fn::ForEach::{self.name('Loop')}"
                template["Resources"][key] = self.loop(self.name("Name"), self.resource, self.name("R"))
        for _ in range(self.one_of(1, 2)):
            if self.chance.random() < 0.5:
                template["Outputs"][self.name("O")] = {"Value": self.text(2)}
            else:
                key = f"Fn::ForEach::{self.name('Loop')}"
                template["Outputs"][key] = self.loop(self.name("Name"), lambda: {"Value": self.text(2)}, self.name("O"))
        if self.chance.random() < 0.15:
            template["Resources"][self.name("R")] = {"Type": "Custom::Thing", "Properties": {"ServiceToken": "t", "X": self.faulty()}}
        return template


class Refused(Exception):
    """A template that was not transformed, with the reason."""


class Sandbox:
    """A client of the few operations needed."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.scope = f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/{REGION}/cloudformation/aws4_request"

    def call(self, action, **fields):
        body = urllib.parse.urlencode({"Action": action, "Version": "2010-05-15", **fields}).encode()
        request = urllib.request.Request(self.endpoint, body, {"Authorization": self.scope})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return xml.etree.ElementTree.fromstring(answer.read())
        except urllib.error.HTTPError as error:
            told = xml.etree.ElementTree.fromstring(error.read())
            raise Refused(next(node.text for node in told.iter() if node.tag.endswith("Message"))) from None

    def text(self, answer, field):
        return next((node.text for node in answer.iter() if node.tag.endswith("}" + field)), None)

    def transform(self, name, template):
        fields = {"StackName": name, "ChangeSetName": "c", "ChangeSetType": "CREATE", "TemplateBody": json.dumps(template)}
        for number, (key, value) in enumerate(PARAMETERS.items(), 1):
            fields[f"Parameters.member.{number}.ParameterKey"] = key
            fields[f"Parameters.member.{number}.ParameterValue"] = value
        self.call("CreateChangeSet", **fields)
        for _ in range(200):
            answer = self.call("DescribeChangeSet", StackName=name, ChangeSetName="c")
            status = self.text(answer, "Status")
            if status == "FAILED":
                raise Refused(self.text(answer, "StatusReason"))
            if status == "CREATE_COMPLETE":
                break
            time.sleep(0.01)
        processed = self.call("GetTemplate", StackName=name, ChangeSetName="c", TemplateStage="Processed")
        return json.loads(self.text(processed, "TemplateBody"))


def ported(name, template):
    """What aws-sam-cli makes of a template."""
    pseudo = PseudoParameterValues(region=REGION, account_id=ACCOUNT, stack_name=name)
    try:
        return process_template(json.loads(json.dumps(template)), dict(PARAMETERS), pseudo)
    except Exception as error:  # pylint: disable=broad-except
        raise Refused(str(error)) from None


def is_call(node):
    return isinstance(node, dict) and len(node) == 1 and next(iter(node)).startswith(("Fn::", "Ref"))


def differences(path, ours, theirs):
    """Each difference with the reason that explains it, or none."""
    if path.endswith("/DependsOn"):
        # A list of one is written without the list: seen in AWS's answers.
        theirs = theirs[0] if isinstance(theirs, list) and len(theirs) == 1 else theirs
    if ours == theirs and type(ours) is type(theirs):
        return
    if isinstance(ours, dict) and isinstance(theirs, dict) and not is_call(ours):
        for key in list(ours) + [key for key in theirs if key not in ours]:
            if key in ours and key in theirs:
                yield from differences(f"{path}/{key}", ours[key], theirs[key])
            else:
                # The port replaces placeholders in keys, too.
                plain = any("{" in one for one in [*ours, *theirs])
                yield f"{path}/{key}", ours.get(key), theirs.get(key), PLAIN if plain else None
        return
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for index, pair in enumerate(zip(ours, theirs)):
            yield from differences(f"{path}/{index}", *pair)
        return
    reason = None
    written = json.dumps(ours)
    if "plain ${" in written or "plain ${" in json.dumps(decoded(ours)):
        reason = PLAIN
    elif isinstance(theirs, str) and any(word in theirs + str(decoded(theirs)) for word in ("AWS::NoValue", "null")):
        reason = NOTHING
    elif is_call(ours) and "Base" in written and (isinstance(theirs, str) or is_call(theirs)):
        reason = RESOURCE
    yield path, ours, theirs, reason


def decoded(node):
    """Base64 text as the text it stands for."""
    import base64
    import binascii
    try:
        return base64.b64decode(node, validate=True).decode() if isinstance(node, str) else node
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return node


def without_left_out(ours, theirs):
    """Takes away the members whose condition does not hold; gives how many differed."""
    differed = 0
    for section in ("Resources", "Outputs"):
        for name, body in list(ours.get(section, {}).items()):
            if isinstance(body, dict) and body.get("Condition") == "Test":
                other = theirs.get(section, {}).pop(name, None)
                differed += ours[section].pop(name) != other
    return differed


def compare(sandbox, name, template, explained):
    """Nothing, or what is different."""
    try:
        ours = sandbox.transform(name, template)
    except Refused as refusal:
        ours = refusal
    try:
        theirs = ported(name, template)
    except Refused as refusal:
        theirs = refusal
    if isinstance(ours, Refused) or isinstance(theirs, Refused):
        if isinstance(ours, Refused) and isinstance(theirs, Refused):
            return []
        if str(theirs) == "Fn::Base64 layout is incorrect" and '"Base"' in json.dumps(template):
            explained.update([ENCODED, "templates"])
            return []
        return [("", str(ours)[:300], str(theirs)[:300])]
    ours.pop("Transform", None)
    theirs.pop("Transform", None)
    reasons = {LEFT_OUT} if without_left_out(ours, theirs) else set()
    unexplained = []
    for path, mine, other, reason in differences("", ours, theirs):
        if reason is None:
            unexplained.append((path, mine, other))
        else:
            reasons.add(reason)
    if not unexplained:
        explained.update(reasons)
        if reasons:
            explained["templates"] += 1
    return unexplained


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--templates", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if urllib.parse.urlparse(options.endpoint).hostname not in ("127.0.0.1", "localhost", "::1"):
        sys.exit("error: the endpoint must be a loopback address")
    sandbox = Sandbox(options.endpoint)
    run = f"compare-{options.seed}-{int(time.time())}"
    explained, different = collections.Counter(), 0
    for number in range(options.templates):
        template = Maker(f"{options.seed}/{number}").template()
        found = compare(sandbox, f"{run}-{number}", template, explained)
        if found:
            different += 1
            print(f"--- template {number}")
            for path, mine, other in found[:3]:
                print(f"  {path or '(whole)'}\n    sandbox: {json.dumps(mine)[:300]}\n    port:    {json.dumps(other)[:300]}")
    explained_templates = explained.pop("templates", 0)
    print(f"{options.templates} templates: {options.templates - different - explained_templates} equal, "
          f"{explained_templates} explained, {different} different")
    for reason, count in explained.most_common():
        print(f"  {count} with {reason}")
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
