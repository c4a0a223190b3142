"""Prints what CodeBuild would run of a rendered step, and then what it would tell later steps: commands.py BODY"""
import json
import sys

import yaml


class Loader(yaml.SafeLoader):
    """Reads bodies of CloudFormation; its functions do not matter here."""


Loader.add_multi_constructor("!", lambda loader, tag, node: None)

with open(sys.argv[1], encoding="utf-8") as body:
    project = yaml.load(body, Loader)["Resources"]["Project"]["Properties"]
build = json.loads(project["Source"]["BuildSpec"])
for command in build["phases"]["build"]["commands"]:
    print(command)
told = build["env"].get("exported-variables")
# CodeBuild fails a build whose specification has one of these lists, and nothing in it.
assert told != [] and build.get("artifacts", {}).get("files") != [], "a list of the build's specification is empty"
if told:
    print('echo "said: $SUMMARY"')
    print('echo "at: $LOG"')
