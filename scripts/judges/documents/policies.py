"""policies.py FOLDER: every policy in FOLDER/{trust,right,rule} is one: its members, actions, resources and conditions fit together.

The judge is parliament, which knows AWS's published list of actions as of its release; what is newer stands below.
"""
import collections
import json
import pathlib
import sys

import parliament

# Findings that are none, by the kind of document, the issue, and what the detail contains, each with its reason.
EXCEPTIONS = {
    ("trust", "MALFORMED", "contains neither Resource nor NotResource"): "who may take a role is told without resources",
    ("rule", "RESOURCE_STAR", "kms:"): "in the policy of a key the star is the key",
    ("rule", "UNKNOWN_CONDITION_FOR_ACTION", "kms:EncryptionContext:aws:logs:arn"): "CloudWatch Logs gives this context",
    ("rule", "MISMATCHED_TYPE", "ArnLike requires a value of type Arn but given String"): "contexts of encryption hold ARNs as text",
    ("right", "MISMATCHED_TYPE_BUT_USABLE", "StringEquals requires a value of type String but given Arn"): "an ARN without wildcards",
}


def findings(path):
    return parliament.analyze_policy_string(path.read_text(), str(path)).findings


def excepted(kind, finding):
    detail = json.dumps(finding.detail, default=str)
    return any((kind, finding.issue) == (one, issue) and part in detail for one, issue, part in EXCEPTIONS)


def main(folder):
    told = collections.defaultdict(list)
    judged = 0
    for kind in ("trust", "right", "rule"):
        for path in sorted(pathlib.Path(folder, kind).glob("*.json")):
            judged += 1
            for finding in findings(path):
                if not excepted(kind, finding):
                    told[f"{finding.issue} {json.dumps(finding.detail, default=str)[:300]}"].append(path.name)
    for finding, places in sorted(told.items()):
        print(f"error: {finding}\n  in {places[0]} and {len(places) - 1} more", file=sys.stderr)
    if told or not judged:
        raise SystemExit(1)
    print(f"documents: {judged} policies are valid")


main(sys.argv[1])
