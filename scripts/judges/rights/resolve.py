"""A rendered body with its parameters put in, as far as policies need it."""
import json
import re

from cfnlint.decode.cfn_yaml import load

GONE = object()


def resources(path, facts, account, region="eu-west-1"):
    """The properties of each resource by name. `facts` are the values of outputs, by `stack.Key`; others stand for themselves."""
    body = load(str(path))
    given = json.loads(path.with_name(path.name.replace(".yaml", ".parameters.json")).read_text(encoding="utf-8"))
    names = {"AWS::Partition": "aws", "AWS::Region": region, "AWS::AccountId": account, "AWS::NoValue": GONE,
             "AWS::StackName": path.stem, "AWS::StackId": f"arn:aws:cloudformation:{region}:{account}:stack/{path.stem}/number"}
    for name, declared in body.get("Parameters", {}).items():
        value = given.get(name, declared.get("Default"))
        if isinstance(value, dict):
            outputs = [re.search(r":([^@]+)@.*\.(\w+)$", each).expand(r"\1.\2") for each in value.get("outputs", [value.get("output")])]
            value = ",".join(facts.get(output, output) for output in outputs)
        names[name] = value.split(",") if "List" in declared["Type"] and isinstance(value, str) else value
    template = Template(names, body)
    return {name: template.of(resource["Properties"]) for name, resource in body["Resources"].items()}


class Template:
    def __init__(self, names, body):
        self.names = names
        self.types = {name: resource["Type"] for name, resource in body["Resources"].items()}
        self.conditions = body.get("Conditions", {})
        self.functions = {
            "Ref": self.ref, "Fn::GetAtt": self.get_att, "Fn::Sub": self.sub, "Fn::If": self.choose,
            "Fn::Select": lambda value: self.of(value[1])[int(value[0])],
            "Fn::Split": lambda value: self.of(value[1]).split(value[0]),
            "Fn::Join": lambda value: value[0].join(self.of(value[1])),
            "Fn::Equals": lambda value: str(self.of(value[0])) == str(self.of(value[1])),
            "Fn::Or": lambda value: any(map(self.of, value)),
            "Fn::Not": lambda value: not self.of(value[0]),
            "Condition": lambda name: self.of(self.conditions[name]),
        }

    def of(self, value):
        if isinstance(value, list):
            return [each for each in map(self.of, value) if each is not GONE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1 and next(iter(value)) in self.functions and not isinstance(value.get("Condition"), dict):
            ((name, argument),) = value.items()
            return self.functions[name](argument)
        found = {str(key): self.of(each) for key, each in value.items()}
        return {key: each for key, each in found.items() if each is not GONE}

    def ref(self, name):
        return self.names.get(name, f"{name}-made")

    def get_att(self, path):
        name, attribute = path if isinstance(path, list) else path.split(".", 1)
        return f"arn:aws:s3:::{name.lower()}" if self.types[name] == "AWS::S3::Bucket" else f"{name}.{attribute}"

    def sub(self, value):
        text, more = value if isinstance(value, list) else (value, {})

        def one(found):
            name = found[1]
            if name.startswith("!"):
                return "${" + name[1:] + "}"
            return str(self.of(more[name]) if name in more else self.get_att(name) if "." in name else self.ref(name))

        return re.sub(r"\$\{([^}]+)\}", one, text)

    def choose(self, value):
        return self.of(value[1] if self.of(self.conditions[value[0]]) else value[2])
