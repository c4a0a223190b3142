"""Holds deploy roles against the resources of their accounts: enough.py PLAN, the plan of everything as JSON.

The schema of a type says which calls CloudFormation makes for it, on behalf of who deploys. Only names of calls are compared: which
resources a right reaches, and under which conditions, is not simulated.
"""
import fnmatch
import json
import pathlib
import sys
from collections import defaultdict

import cfnlint

# Stacks that deploy roles do not deploy: the ways in are changed by other roles.
WAYS_IN = {"deploy-role", "entrance", "identity-provider", "read-role"}

# What schemas list although it is only called for properties that no template here has.
NOT_NEEDED = {
    "acm-pca:*": "certificates of an authority of one's own",
    "amplify:*": "firewalls before other things than load balancers",
    "apigateway:SetWebACL": "firewalls before other things than load balancers",
    "apprunner:*": "firewalls before other things than load balancers",
    "appsync:*": "firewalls before other things than load balancers",
    "autoscaling:DescribeTags": "records of connections have no tags of a group",
    "bedrock-agentcore:*": "firewalls before other things than load balancers",
    "cloudfront:updateDistribution": "sign-in pages under a domain of one's own",
    "ec2:DescribeVpcs": "private zones",
    "elasticfilesystem:DescribeMountTargets": "functions with a file system",
    "firehose:TagDeliveryStream": "log groups are not tagged through a delivery",
    "iam:DescribeOrganization": "not a call",
    "iam:*GroupPolicy": "policies of roles",
    "iam:*RolePermissionsBoundary": "roles without a boundary",
    "iam:*UserPolicy": "policies of roles",
    "payments:GetConnectedAccount": "rules that are paid for through a market",
    "s3:REST.PUT.OBJECT": "not a call",
    "s3files:ListMountTargets": "functions with a file system",
    "s3tables:*": "buckets with a table of metadata",
    "vpc-lattice:*": "endpoints to a service network",
    "vpce:AllowMultiRegion": "endpoints to another region",
}


def calls_by_type():
    found = defaultdict(set)
    for path in (pathlib.Path(cfnlint.__file__).parent / "data/schemas/resources").glob("*.json"):
        schema = json.loads(path.read_text(encoding="utf-8"))
        for kind, handler in schema.get("handlers", {}).items():
            if kind != "list":
                found[schema["typeName"]].update(handler.get("permissions", []))
    return found


def matches(call, patterns):
    return {pattern for pattern in patterns if fnmatch.fnmatchcase(call.lower(), pattern.lower())}


def rights(stack, template):
    """The calls that a role of the shared part may have made: those its parameter lists, and those on roles."""
    given = {parameter["name"]: parameter["after"] for parameter in stack["parameters"]}
    (role,) = template["Resources"].values()
    (policy,) = [each for each in role["Properties"]["Policies"] if each["PolicyName"] == "resources"]
    fixed = set()
    for statement in policy["PolicyDocument"]["Statement"]:
        if "Fn::If" in statement:
            statement = statement["Fn::If"][1] if given["AssignsPeople"] == "true" else {"Action": []}
        if isinstance(statement["Action"], list):
            fixed.update(statement["Action"])
    return set(given["Actions"].split(",")), fixed


def main(path):
    from cfnlint.decode.cfn_yaml import load

    plan = [json.loads(line) for line in open(path, encoding="utf-8")]
    stacks = [stack for stack in plan if stack["type"] == "planned_stack"]
    template = load(str(pathlib.Path(path).parent / "templates/shared/deploy-role.yaml"))
    needed, mistakes, excused = calls_by_type(), [], set()
    roles = {
        (stack["environment"], stack["account"]): rights(stack, template) for stack in stacks if stack["stack"] == "deploy-role"
    }
    for (environment, account), (listed, fixed) in sorted(roles.items()):
        used, types = set(), set()
        for stack in stacks:
            if (stack["environment"], stack["account"]) == (environment, account) and not in_the_way_in(stack["stack"]):
                types.update(change["resource_type"] for change in stack["changes"])
        for name in sorted(types):
            for call in sorted(needed.get(name, ())):
                hits = matches(call, listed | fixed)
                used |= hits
                if not hits and not (reasons := matches(call, NOT_NEEDED)):
                    mistakes.append(f"{environment}, account `{account}`: {name} needs {call}")
                elif not hits:
                    excused |= reasons
        mistakes += [f"{environment}, account `{account}`: nothing needs {right}" for right in sorted(listed - used)]
    mistakes += [f"nothing is excused by `{pattern}` any more" for pattern in sorted(NOT_NEEDED.keys() - excused)]
    if not roles:
        mistakes.append("no environment has a deploy role")
    if mistakes:
        sys.exit("\n".join(f"error: {mistake}" for mistake in mistakes))
    print(f"rights: {len(roles)} deploy roles have what their accounts' resources need, and no more")


def in_the_way_in(stack):
    return any(stack == name or stack.startswith(f"{name}-") for name in WAYS_IN)


main(sys.argv[1])
