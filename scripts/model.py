#!/usr/bin/env python3
"""Compiles the published model of CloudFormation's requests into src/sandbox/model/requests.json.

    scripts/python-environment.sh /tmp/botocore 'botocore==1.44.5'
    /tmp/botocore/bin/python scripts/model.py

The model is botocore's `cloudformation/2010-05-15/service-2.json` (Apache-2.0). What is kept, and the form of the file,
is told in src/sandbox/model/README.md. The same version of botocore gives the same file.
"""

import gzip
import json
import pathlib
import re
import sys

import botocore

VERSION = "2010-05-15"
SCALARS = {"string", "integer", "long", "boolean", "timestamp"}
TOKENS = ("ClientRequestToken", "ClientToken", "OperationId")

NAME_OR_ARN = "[a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*"

# What CloudFormation enforces and its published model does not say, by shape or by structure and member.
# The texts were seen in answers of the service: CreateStack and DescribeStacks name this pattern for a stack's name, a
# new one may have 128 characters, all operations refuse bodies beyond 51,200 bytes, and CreateStackSet names the pattern of a change set's name.
ENFORCED = {
    "StackName": {"min": 1, "pattern": NAME_OR_ARN},
    "StackNameOrId": {"min": 1, "pattern": NAME_OR_ARN},
    "CreateStackInput.StackName": {"min": 1, "max": 128, "pattern": NAME_OR_ARN},
    "TemplateBody": {"max": 51200, "bytes": True},
    "CreateStackSetInput.StackSetName": {"min": 1, "max": 128, "pattern": "[a-zA-Z][-a-zA-Z0-9]*"},
}

# Constructs of Java's regular expressions that the crate regex-lite does not have.
BEYOND = re.compile(r"\(\?[=!<>]|\(\?<[=!]|\\[pPQEGXRhHvVZ1-9]|&&|[*+?}]\+")


def hash_order(names):
    """Names in the order in which a HashMap of Java gives them.

    Several AWS services list the violations of one request in this order and in no other that we know: `value` before
    `key`, `writeCapacityUnits` before `readCapacityUnits`.
    """
    size = 16
    while len(names) > size * 3 // 4:
        size *= 2
    buckets = {}
    for name in names:
        code = 0
        for letter in name[:1].lower() + name[1:]:
            code = (31 * code + ord(letter)) & 0xFFFFFFFF
        buckets.setdefault((code ^ (code >> 16)) & (size - 1), []).append(name)
    return [name for bucket in sorted(buckets) for name in buckets[bucket]]


class Compiler:
    """The shapes that requests are made of, each once."""

    def __init__(self, model):
        self.model = model
        self.shapes = {}
        self.unsupported = []

    def add(self, name, place=None):
        """Adds a shape and what it needs; a member with constraints of its own gets a shape of its own."""
        enforced = ENFORCED.get(place) or ENFORCED.get(name) or {}
        key = place if place in ENFORCED else name
        if key not in self.shapes:
            self.shapes[key] = None
            self.shapes[key] = self.shape(name, self.model["shapes"][name]) | enforced
            self.judge(key, self.shapes[key].get("pattern"))
        return key

    def shape(self, name, shape):
        """One shape: its kind, its parts, its limits."""
        kind = shape["type"]
        out = {"type": kind}
        if kind == "structure":
            required = shape.get("required", [])
            out["members"] = [
                [member, self.add(shape["members"][member]["shape"], f"{name}.{member}"), member in required]
                for member in hash_order(list(shape["members"]))
            ]
        elif kind == "list":
            out["member"] = self.add(shape["member"]["shape"])
        elif kind == "map":
            out["key"] = self.add(shape["key"]["shape"])
            out["value"] = self.add(shape["value"]["shape"])
        elif kind not in SCALARS:
            sys.exit(f"{name} is of a kind that requests did not have before: {kind}")
        for limit in ("min", "max", "pattern", "enum"):
            if limit in shape:
                out[limit] = shape[limit]
        return out

    def judge(self, name, pattern):
        """Names a pattern that cannot be checked; it is then left out rather than checked wrongly."""
        if pattern is not None and BEYOND.search(pattern):
            self.unsupported.append([name, self.shapes[name].pop("pattern")])


def operation(compiler, described):
    """What is known of one operation."""
    out = {}
    if "input" in described:
        out["input"] = compiler.add(described["input"]["shape"])
        members = compiler.model["shapes"][described["input"]["shape"]]["members"]
        acting = not re.match("Describe|List|Stop|Record", described["name"])
        token = next((name for name in TOKENS if acting and name in members), None)
        if token:
            out["token"] = token
    out["result"] = "output" in described
    return out


def lines(table):
    """A table with one entry a line, so that the difference of two versions can be read."""
    return ",\n".join(f"{json.dumps(key)}: {json.dumps(table[key])}" for key in sorted(table))


def main(output):
    data = pathlib.Path(botocore.__file__).parent / "data" / "cloudformation" / VERSION / "service-2.json.gz"
    model = json.loads(gzip.decompress(data.read_bytes()))
    compiler = Compiler(model)
    operations = {name: operation(compiler, described) for name, described in model["operations"].items()}
    errors = {
        shape["error"]["code"]: shape["error"]["httpStatusCode"]
        for shape in model["shapes"].values()
        if shape.get("exception")
    }
    output.write_text(
        "{\n"
        f'"source": {json.dumps(f"botocore {botocore.__version__} (Apache-2.0), cloudformation {VERSION}")},\n'
        f'"version": {json.dumps(VERSION)},\n'
        f'"unsupported": {json.dumps(compiler.unsupported)},\n'
        f'"errors": {{\n{lines(errors)}\n}},\n'
        f'"operations": {{\n{lines(operations)}\n}},\n'
        f'"shapes": {{\n{lines(compiler.shapes)}\n}}\n'
        "}\n",
        encoding="utf-8",
    )
    for name, pattern in compiler.unsupported:
        print(f"not checked, beyond regex-lite: {name} {pattern}")
    print(f"{len(operations)} operations, {len(compiler.shapes)} shapes, {output.stat().st_size} bytes: {output}")


if __name__ == "__main__":
    if len(sys.argv) != 1:
        sys.exit(__doc__)
    main(pathlib.Path(__file__).parent.parent / "src" / "sandbox" / "model" / "requests.json")
