"""Writes one project twice: for formwork, and for Sceptre.

Both get the same templates, four of them, with twenty resources once rendered; only the markers are exchanged. Both get
the same values for each stack, and each stack's values are its own, so that no two bodies are equal.
"""

import json
import re
from pathlib import Path

TEMPLATES = ["queues", "tables", "logs", "topics"]
PARTS = 10
OWNERS = ["payments", "search", "mail"]
HERE = Path(__file__).parent / "templates"


def items(stacks):
    """The values of each stack, by template."""
    found = {name: [] for name in TEMPLATES}
    for number in range(stacks):
        parts = [
            {
                "id": f"P{part}",
                "name": f"part-{part}-{(number * 7 + part) % 100}",
                "seconds": 30 + (number + part) % 600,
                "limit": 100 + number * part,
                "ordered": (number + part) % 3 == 0,
            }
            for part in range(PARTS)
        ]
        found[TEMPLATES[number % len(TEMPLATES)]].append(
            {
                "name": f"service-{number:04}",
                "owner": OWNERS[number % len(OWNERS)],
                "days": 1 + number % 14,
                "log_days": [7, 30, 90][number % 3],
                "pattern": ["ERROR", "Exception", "panic"][number % 3],
                "parts": parts,
            }
        )
    return found


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def formwork(root, stacks):
    """One environment; each template is one `for_each` over its part of the values."""
    write(
        root / "formwork.yaml",
        "project: bench\nstack_name: <%= environment.slug %>-<%= stack.name %>\ndefaults: {regions: [eu-west-1]}\n",
    )
    blueprint = ["accounts: [workload]", "values:"]
    blueprint += [f"  {name}: {{type: list}}" for name in TEMPLATES]
    blueprint.append("stacks:")
    for name in TEMPLATES:
        write(root / f"templates/bench/{name}.yaml", (HERE / f"{name}.yaml").read_text(encoding="utf-8"))
        blueprint += [
            f"  {name}:",
            f"    for_each: <%= values.{name} %>",
            "    name: <%= item.name %>",
            f"    template: {name}.yaml",
            "    parameters:",
            "      Owner: <%= item.owner %>",
            "      LogDays: <%= item.log_days %>",
        ]
    write(root / "templates/bench/blueprint.yaml", "\n".join(blueprint) + "\n")
    environment = ["blueprint: bench", 'accounts: {workload: {id: "012345678901"}}', "values:"]
    for name, values in items(stacks).items():
        environment.append(f"  {name}:")
        # A line of JSON is YAML too.
        environment += [f"    - {json.dumps(value)}" for value in values]
    write(root / "environments/bench/one.yaml", "\n".join(environment) + "\n")


def jinja(text):
    """The same template with Jinja's own markers and Sceptre's name for a stack's values."""
    text = re.sub(r"^#% (.*)$", r"{%- \1 %}", text, flags=re.MULTILINE)
    text = text.replace("<%=", "{{").replace("%>", "}}")
    return re.sub(r"\bitem\.", "sceptre_user_data.", text)


def sceptre(root, stacks):
    """One group; each stack is one file."""
    write(root / "config/config.yaml", "project_code: bench\nregion: eu-west-1\n")
    for name in TEMPLATES:
        write(root / f"templates/{name}.yaml.j2", jinja((HERE / f"{name}.yaml").read_text(encoding="utf-8")))
    for name, values in items(stacks).items():
        for value in values:
            lines = [
                "template:",
                f"  path: {name}.yaml.j2",
                "  type: file",
                "parameters:",
                f"  Owner: {value['owner']}",
                f'  LogDays: "{value["log_days"]}"',
                f"sceptre_user_data: {json.dumps(value)}",
            ]
            write(root / f"config/{value['name']}.yaml", "\n".join(lines) + "\n")


if __name__ == "__main__":
    import sys

    formwork(Path(sys.argv[1]) / "formwork", int(sys.argv[2]))
    sceptre(Path(sys.argv[1]) / "sceptre", int(sys.argv[2]))
