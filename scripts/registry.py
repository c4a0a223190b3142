#!/usr/bin/env python3
"""Compiles the published resource schemas into src/registry/types.bin.

    pip download 'cfn-lint==1.58.*' --no-deps
    python3 scripts/registry.py cfn_lint-1.58.0-py3-none-any.whl

Takes the wheel itself or a folder it was unpacked to; installs nothing. The schemas (MIT-0) are those of the region
us-east-1, which has the most types. What is kept, and the form of the file, is told in src/registry/README.md.
"""

import ast
import json
import pathlib
import struct
import sys
import zipfile
import zlib

SCHEMAS = "cfnlint/data/schemas"
PATHS = {
    "createOnlyProperties": "c",
    "conditionalCreateOnlyProperties": "k",
    "readOnlyProperties": "g",
    "writeOnlyProperties": "w",
    "primaryIdentifier": "i",
}
SCALARS = {"string": "s", "integer": "i", "number": "n", "boolean": "b"}


class Wheel:
    """The files of a wheel, packed or unpacked."""

    def __init__(self, path):
        path = pathlib.Path(path)
        self.folder = path if path.is_dir() else zipfile.Path(path)

    def text(self, name):
        return self.folder.joinpath(*name.split("/")).read_text(encoding="utf-8")

    def json(self, name):
        return json.loads(self.text(name))


def shape(schema):
    """One value: a letter, a reference, or a small structure (see README.md)."""
    if not isinstance(schema, dict):
        return "*"
    reference = schema.get("$ref")
    if reference is not None:
        local = reference.startswith("#/definitions/")
        return "#" + reference.removeprefix("#/definitions/") if local else "*"
    kind = schema.get("type")
    if isinstance(kind, list):
        return "*"
    if kind == "string" and schema.get("enum") and not schema.get("enumCaseInsensitive"):
        return {"e": [str(word) for word in schema["enum"]]}
    if kind in SCALARS:
        return SCALARS[kind]
    if kind == "array":
        return ["l", shape(schema.get("items", {}))]
    if "properties" in schema:
        return fields(schema)
    patterns = schema.get("patternProperties", {})
    if len(patterns) == 1:
        return ["m", shape(next(iter(patterns.values())))]
    return "*"


def fields(schema):
    """Named properties, those required, and whether others are accepted."""
    result = {"p": {name: shape(value) for name, value in schema["properties"].items()}}
    if schema.get("required"):
        result["r"] = sorted(schema["required"])
    if schema.get("additionalProperties") is not False or schema.get("patternProperties"):
        result["o"] = 1
    return result


def reachable(result, definitions):
    """The definitions that the properties use, directly or not."""
    kept, todo = {}, [result["p"]]
    while todo:
        value = todo.pop()
        if isinstance(value, str) and value.startswith("#"):
            name = value[1:]
            if name in definitions and name not in kept:
                kept[name] = shape(definitions[name])
                todo.append(kept[name])
        elif isinstance(value, list):
            todo.extend(value)
        elif isinstance(value, dict):
            todo.extend(value.values())
    return {name: kept[name] for name in sorted(kept)}


def compiled(schema, readable):
    """One type."""
    result = fields(schema)
    definitions = reachable(result, schema.get("definitions", {}))
    if definitions:
        result["d"] = definitions
    for name, letter in PATHS.items():
        paths = [path.removeprefix("/properties/") for path in schema.get(name, [])]
        if paths:
            result[letter] = sorted(paths) if letter != "i" else paths
    tagging = schema.get("tagging") or {}
    tags = (tagging.get("tagProperty") or "/properties/Tags").removeprefix("/properties/")
    if tagging.get("taggable", True) and tags in schema["properties"]:
        result["t"] = tags
    if readable:
        result["a"] = readable
    return result


def readable_properties(wheel):
    """Types of which Fn::GetAtt reads more than the read-only properties: all ("*"), or those named."""
    found = {}
    for node in ast.parse(wheel.text("cfnlint/schema/_getatts.py")).body:
        if not isinstance(node, ast.Assign):
            continue
        target = node.targets[0].id
        if target == "_all_property_types":
            found.update({name: ["*"] for name in ast.literal_eval(node.value)})
        elif target == "_exceptions":
            for name, paths in ast.literal_eval(node.value).items():
                found.setdefault(name, paths)
    return found


def main(path, output):
    wheel = Wheel(path)
    readable = readable_properties(wheel)
    services = {}
    for name, number in sorted(wheel.json(f"{SCHEMAS}/providers/us-east-1.json").items()):
        service, _, short = name.rpartition("::")
        value = compiled(wheel.json(f"{SCHEMAS}/resources/{number}.json"), readable.get(name))
        services.setdefault(service, []).append((short, json.dumps(value, separators=(",", ":"))))
    blocks, index, offset = [], [], 0
    for service, types in sorted(services.items()):
        block = zlib.compress("\n".join(text for _, text in types).encode(), 9)
        index.append([service, offset, len(block), [short for short, _ in types]])
        offset += len(block)
        blocks.append(block)
    head = zlib.compress(json.dumps(index, separators=(",", ":")).encode(), 9)
    output.write_bytes(b"FWT1" + struct.pack("<I", len(head)) + head + b"".join(blocks))
    count = sum(len(types) for types in services.values())
    print(f"{count} types, {output.stat().st_size} bytes, written to {output}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1], pathlib.Path(__file__).parent.parent / "src" / "registry" / "types.bin")
