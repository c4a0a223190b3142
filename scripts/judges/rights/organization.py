"""Holds policies of organizations against the form and the size that AWS takes: organization.py FOLDER, rendered bodies.

Sizes: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
"""
import json
import pathlib
import sys

from cfnlint.decode.cfn_yaml import load

MOST = {"SERVICE_CONTROL_POLICY": 5120, "RESOURCE_CONTROL_POLICY": 5120, "TAG_POLICY": 10000}
ATTACHED = 5  # of a kind to a target; of the first two kinds one is Amazon's own
KEYS = {"Sid", "Effect", "Action", "NotAction", "Resource", "Condition"}
# What takes the place of a value that is known only later, as long as the longest of its kind.
LONG = "arn:aws:s3:::" + "x" * 63


def plain(value):
    """The value with functions of CloudFormation replaced by a text as long as what they give."""
    if isinstance(value, dict):
        if set(value) == {"Fn::Sub"}:
            return str(value["Fn::Sub"]).replace("${", "$" + "x" * 40 + "{")
        if set(value) == {"Ref"}:
            return LONG
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value


def wrong(kind, content):
    size = len(json.dumps(content, separators=(",", ":")))
    if size > MOST[kind]:
        yield f"has {size} characters, {MOST[kind]} are allowed"
    if kind == "TAG_POLICY":
        return
    for statement in content["Statement"]:
        known = KEYS | ({"Principal"} if kind == "RESOURCE_CONTROL_POLICY" else set())
        if not set(statement) <= known:
            yield f"{statement['Sid']}: does not take {sorted(set(statement) - known)}"
        if statement["Effect"] != "Deny":
            yield f"{statement['Sid']}: forbids nothing"
        if ("Action" in statement) == ("NotAction" in statement):
            yield f"{statement['Sid']}: says either what, or what not"
        if kind == "RESOURCE_CONTROL_POLICY" and statement.get("Principal") != "*":
            yield f"{statement['Sid']}: has to be for everybody"
        if kind == "RESOURCE_CONTROL_POLICY" and "*" in statement["Action"]:
            yield f"{statement['Sid']}: has to name services"


def main(folder):
    found, mistakes = 0, []
    for path in sorted(pathlib.Path(folder).rglob("*.yaml")):
        targets = {}
        for name, resource in (load(str(path)).get("Resources") or {}).items():
            if resource["Type"] != "AWS::Organizations::Policy":
                continue
            found += 1
            properties = resource["Properties"]
            mistakes += [f"{path.name}: {name}: {what}" for what in wrong(properties["Type"], plain(properties["Content"]))]
            for target in properties["TargetIds"]:
                key = (json.dumps(target), properties["Type"])
                targets[key] = targets.get(key, 1) + 1
        for (target, kind), count in targets.items():
            if count > ATTACHED:
                mistakes.append(f"{path.name}: {count} policies {kind} on {target}")
    if not found:
        mistakes.append("there are no policies of organizations")
    if mistakes:
        sys.exit("\n".join(f"error: {mistake}" for mistake in mistakes))
    print(f"rights: {found} policies of organizations have the form and size that AWS takes")


main(sys.argv[1])
