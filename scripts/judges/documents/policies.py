"""policies.py FOLDER: every policy in FOLDER/{trust,right,rule} is one: its members, actions, resources and conditions fit together.

The judge is parliament, which knows AWS's published list of actions as of its release; what is newer stands below.
"""
import collections
import json
import pathlib
import sys

import parliament

# Findings that are none: kind and name of the document, issue, and what the detail contains, each with its reason.
EXCEPTIONS = {
    ("trust", "", "MALFORMED", "contains neither Resource nor NotResource"): "who may take a role is told without resources",
    ("rule", "-image-", "MALFORMED", "contains neither Resource nor NotResource"): "the policy of a repository of images has none",
    ("rule", "-Key-", "RESOURCE_STAR", "kms:"): "in the policy of a key the star is the key",
    ("rule", "-Key-", "UNKNOWN_CONDITION_FOR_ACTION", "kms:EncryptionContext:aws:logs:arn"): "CloudWatch Logs gives this context",
    ("rule", "-Key-", "MISMATCHED_TYPE", "ArnLike requires a value of type Arn but given String"): "contexts hold ARNs as text",
    ("", "", "MISMATCHED_TYPE_BUT_USABLE", "StringEquals requires a value of type String but given Arn"): "an ARN without wildcards",
    ("", "", "UNKNOWN_CONDITION_FOR_ACTION", "aws:SourceOrgID"): "a condition for all actions, newer than the list",
    ("right", "Role-", "UNKNOWN_CONDITION_FOR_ACTION", "lambda:SourceFunctionArn"): "a condition for all actions of a function",
    ("right", "Role-", "RESOURCE_STAR", "ec2:CreateNetworkInterface"): "a function in a network has no narrower right",
    ("right", "", "RESOURCE_MISMATCH", '{"action": "dynamodb:DescribeStream"'): "the name of a stream holds a time, with colons",
    ("trust", "", "UNKNOWN_FEDERATION_SOURCE", ":oidc-provider/"): "a provider of OpenID Connect; parliament knows SAML",
    ("right", "-guard-rails-", "UNKNOWN_CONDITION_FOR_ACTION", "rds:StorageEncrypted"): "a condition of databases, not of the action",
    ("right", "-deploy-role-", "RESOURCE_STAR", ""): "whatever stacks hold, but through CloudFormation only",
    ("right", "-deploy-role-", "UNKNOWN_ACTION", "cloudformation:DescribeEvents"): "of November 2025, newer than the list",
}


def findings(path):
    return parliament.analyze_policy_string(path.read_text(), str(path)).findings


def excepted(kind, name, finding):
    detail = json.dumps(finding.detail, default=str)
    for some_kind, part_of_name, issue, part in EXCEPTIONS:
        if some_kind in ("", kind) and part_of_name in name and issue == finding.issue and part in detail:
            return True
    return False


def main(folder):
    told = collections.defaultdict(list)
    judged = 0
    for kind in ("trust", "right", "rule"):
        for path in sorted(pathlib.Path(folder, kind).glob("*.json")):
            judged += 1
            for finding in findings(path):
                if not excepted(kind, path.name, finding):
                    told[f"{finding.issue} {json.dumps(finding.detail, default=str)[:300]}"].append(path.name)
    for finding, places in sorted(told.items()):
        print(f"error: {finding}\n  in {places[0]} and {len(places) - 1} more", file=sys.stderr)
    if told or not judged:
        raise SystemExit(1)
    print(f"documents: {judged} policies are valid")


main(sys.argv[1])
