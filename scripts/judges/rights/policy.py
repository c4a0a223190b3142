"""What a policy of AWS says to a request: the part of its language that our templates use. What it does not know is an
error, so nothing is passed over in silence."""
import fnmatch
import re


def says(policy, request):
    """`Deny`, `Allow`, or None where no statement is about the request.

    A request has `action` and `resource`; `principal` where the policy names some, as ("AWS", arn) or ("Service", name);
    and `context`, the condition keys it brings: texts, or lists for keys of several values.
    """
    found = {statement["Effect"] for statement in policy["Statement"] if is_about(statement, request)}
    return "Deny" if "Deny" in found else "Allow" if "Allow" in found else None


def is_about(statement, request):
    context = request.get("context", {})
    action = request["action"].lower()
    if "Action" in statement and not any_like(action, [each.lower() for each in listed(statement["Action"])]):
        return False
    if "NotAction" in statement and any_like(action, [each.lower() for each in listed(statement["NotAction"])]):
        return False
    if "Resource" in statement and not any_like(request["resource"], filled(statement["Resource"], context)):
        return False
    if "Principal" in statement and not is_one_of(request["principal"], statement["Principal"]):
        return False
    return all(
        holds(operator, context.get(key.lower()), filled(expected, context))
        for operator, keys in statement.get("Condition", {}).items()
        for key, expected in keys.items()
    )


def is_one_of(principal, named):
    kind, name = principal
    if named == "*":
        return True
    for pattern in listed(named.get(kind, [])):
        # The root of an account stands for everybody in it.
        whole = re.fullmatch(r"arn:aws:iam::(\d{12}):root", pattern)
        if pattern in ("*", name) or (whole and f"::{whole[1]}:" in name):
            return True
    return False


def holds(operator, given, expected):
    if operator == "Null":
        return (given is None) == (expected == ["true"])
    several, _, name = operator.rpartition(":")
    if_exists = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    negated = "Not" in name
    test = {
        "StringEquals": lambda value: value in expected,
        "StringLike": lambda value: any_like(value, expected),
        "ArnEquals": lambda value: any_like(value, expected),
        "ArnLike": lambda value: any_like(value, expected),
        "Bool": lambda value: value in expected,
    }[name.replace("Not", "")]
    if given is None:
        return if_exists or negated or several == "ForAllValues"
    results = [test(value) != negated for value in listed(given)]
    return all(results) if several == "ForAllValues" else any(results)


def filled(values, context):
    """Patterns with policy variables filled in; one that the request does not bring matches nothing."""
    def value(found):
        return context.get(found[1].lower(), "\0")

    return [re.sub(r"\$\{([^}]+)\}", value, str(each)) for each in listed(values)]


def any_like(value, patterns):
    return any(fnmatch.fnmatchcase(value, pattern.replace("[", "[[]")) for pattern in patterns)


def listed(value):
    return value if isinstance(value, list) else [value]
