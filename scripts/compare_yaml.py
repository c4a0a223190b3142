"""Holds formwork's loader against PyYAML.

    python3 scripts/compare_yaml.py DUMP FOLDER...

DUMP is a program that reads paths from its input, one a line, and prints one JSON line for each: `{"value": …}` with
what the file means to CloudFormation, or `{"error": "…"}`. `cargo run --features judge --example meaning` is one. FOLDER is searched
for templates (`*.yaml`, `*.yml`, `*.template`, `*.json`). Needs PyYAML.

The reference is PyYAML's loader for YAML 1.1 without timestamps, with short forms written out, and Python's own JSON. Prints how many files are
the same, and each difference.
"""

import json
import pathlib
import subprocess
import sys

import yaml


class Reference(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML 1.1 as CloudFormation reads it: no timestamps, unknown tags are functions, no duplicate keys."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if len({str(key) for key in keys}) < len(keys):
            raise yaml.YAMLError("duplicate key")
        return super().construct_mapping(node, deep=True)


Reference.yaml_implicit_resolvers = {
    first: [(tag, rule) for tag, rule in rules if not tag.endswith((":timestamp", ":value"))]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def function(loader, suffix, node):
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_object(yaml.ScalarNode("tag:yaml.org,2002:str", node.value, style=node.style))
        if suffix == "GetAtt" and "." in value:
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {name: value}


Reference.add_multi_constructor("!", function)


def plain(value):
    """The value in a form that both sides can print: keys as text, mappings as pairs in order."""
    if isinstance(value, dict):
        return {key if isinstance(key, str) else f"\0{key}": plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def reference(path):
    text = path.read_text(encoding="utf-8-sig")
    return plain(json.loads(text) if path.suffix == ".json" else yaml.load(text, Loader=Reference))


def loosely(left, right):
    """Equal, where a key that YAML 1.1 reads as no text is known to us by its text."""
    if isinstance(left, dict) and isinstance(right, dict):
        return len(left) == len(right) and all(
            (mine == theirs or theirs.startswith("\0")) and loosely(left[mine], right[theirs])
            for mine, theirs in zip(left, right)
        )
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(loosely, left, right))
    return type(left) is type(right) and left == right


def main():
    dump, folders = sys.argv[1], sys.argv[2:]
    endings = (".yaml", ".yml", ".template", ".json")
    paths = sorted(path for folder in folders for path in pathlib.Path(folder).rglob("*") if path.suffix in endings)
    answer = subprocess.run([dump], input="\n".join(map(str, paths)), capture_output=True, text=True, check=True)
    counts = {}
    for path, line in zip(paths, answer.stdout.rstrip("\n").split("\n"), strict=True):
        ours = json.loads(line)
        try:
            theirs = {"value": reference(path)}
        except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
            theirs = {"error": str(error).splitlines()[0]}
        if "error" in ours or "error" in theirs:
            kind = "both refuse" if len(ours.keys() & theirs.keys()) else f"only {'formwork' if 'error' in ours else 'PyYAML'} refuses"
        else:
            kind = "the same" if loosely(ours["value"], theirs["value"]) else "different"
        counts[kind] = counts.get(kind, 0) + 1
        if kind.startswith("only") or kind == "different":
            print(f"{kind}: {path}: {ours.get('error') or theirs.get('error') or ''}")
    print(", ".join(f"{kind}: {count}" for kind, count in sorted(counts.items())))


main()
