"""Plays the recorded requests on our sandbox and compares the answers with those of AWS, in two views.

As shipped: by the comparison that came with the recordings. Adjusted: the same answers after what is known to be uneven in
the recordings is set aside; each adjustment is a function below, says why it exists, and is counted.

    replay.py RECORDED FORMWORK [--only TEXT] [--differences] [--workers N]
"""

import argparse
import collections
import concurrent.futures
import copy
import glob
import importlib.util
import json
import os
import re
import subprocess
import sys
import time
import zlib

# What must be reached, in per cent; raised when the sandbox gets better, never lowered without a word why.
FLOORS = {
    "cloudformation-only, as shipped: answers": 86.5,
    "cloudformation-only, adjusted: answers": 99.0,
    "cloudformation-only, adjusted: cases with answers": 96.0,
    "cloudformation-only, adjusted: all cases": 96.0,
    "all services, as shipped: answers": 83.5,
    "all services, adjusted: answers": 95.0,
}
GOOD = {"equal", "equal-but-physical-id"}
ALONE = "cloudformation-only"


# ------------------------------------------------------------------------------------------------------ what is set aside


def lost_links(one):
    """A recorded list was made by code that is not in the recording; which answer it came from is known, so it is made again."""
    answer, source = one.answers.get(one.after), one.source
    if source == [] and answer:
        # Exports of the case's own stack.
        own = next((given["StackId"] for given in one.answers.values() if isinstance(given, dict) and given.get("StackId")), None)
        listed = next((value for value in answer.values() if isinstance(value, list)), [])
        one.actual = [item for item in listed if own in item.values()]
    elif isinstance(source, list) and len(source) == 1 and "StackEvents" in json.dumps(source) and answer:
        oldest_first = answer["StackEvents"][::-1]
        if isinstance(source[0], dict):
            # Events of some statuses and types, oldest first.
            wanted = {(event["ResourceStatus"], event["ResourceType"]) for event in one.recorded}
            one.actual = [event for event in oldest_first if (event["ResourceStatus"], event["ResourceType"]) in wanted]
        else:
            # All events, each as name and status, without what is told twice and without cleanups.
            told = []
            for event in oldest_first:
                pair = [event["LogicalResourceId"], event["ResourceStatus"]]
                if pair not in told[-1:] and "CLEANUP" not in pair[1]:
                    told.append(pair)
            one.actual = told


def events_before_deletion(one):
    """Recordings of spring 2025 delete the stack and then hold events in which no deletion is: theirs were asked before."""
    if isinstance(one.actual, Events) and not any(event["ResourceStatus"].startswith("DELETE_") for event in stack_events(one.recorded)):
        deletions = [i for i, event in enumerate(one.actual.newest_first) if deletion(event)]
        one.actual.newest_first = one.actual.newest_first[max(deletions, default=-1) + 1:]


def replacement_of_added(one):
    """`Replacement` on a resource that is added was answered for some weeks of 2025 only."""
    one.both(lambda left, right: optional(left, right, "Replacement", lambda holder: holder.get("Action") == "Add"))


def last_operations(one):
    """`LastOperations` of a stack and `OperationId` of an event were added in 2026."""
    one.both(lambda left, right: optional(left, right, "LastOperations", lambda holder: "StackStatus" in holder))
    one.both(lambda left, right: optional(left, right, "OperationId", lambda holder: "EventId" in holder))


def order_of_details(one):
    """Details and scopes of a change set have no fixed order: two descriptions of one change set differ."""
    one.both(lambda left, right: (ordered(left), ordered(right)))


def order_of_ties(one):
    """Lists that the recorder sorted by name and status: what is equal in both lies there in any order."""
    if any(rule.get("kind") == "sort" for rule in one.case["transformers"]):
        one.both(lambda left, right: (untied(left), untied(right)))


def drawn_by_chance(one):
    """Identifiers that AWS or the test drew and the recorder forgot to replace: they may be anything, but stay the same."""
    one.recorded = replaced(one.recorded)


def written_placeholders(one):
    """Placeholders that the comparison does not know: with colons in the name, or without a number, made by code of the test."""
    one.recorded = numbered(one.recorded)


ADJUSTMENTS = [written_placeholders, lost_links, events_before_deletion, replacement_of_added, last_operations, order_of_details, order_of_ties, drawn_by_chance]


# ------------------------------------------------------------------------------------------------------ how it is done


class Events:
    """Events of a stack, and how the recording told them: as a list, or gathered by resource."""

    def __init__(self, newest_first, told):
        self.newest_first, self.told = newest_first, told


class One:
    """One recorded answer beside ours: what the adjustments change."""

    def __init__(self, shipped, case, answers, example):
        self.shipped, self.case, self.answers = shipped, case, answers
        self.source, self.after, self.recorded = example["value_from"], example.get("after_step"), example["recorded"]
        self.actual = self.value()

    def value(self):
        """Our answer; events are held back, so that they can be cut before they are gathered by resource."""
        path = self.source.get("path", "") if isinstance(self.source, dict) else ""
        if str(path).startswith("StackEvents"):
            events = self.answers[self.source["$from"]].get("StackEvents", [])
            return Events(events, lambda events: self.shipped.pick({"StackEvents": events}, path))
        return copy.deepcopy(self.shipped.value_of(self.source, self.answers))

    def told(self):
        return self.actual.told(self.actual.newest_first) if isinstance(self.actual, Events) else self.actual

    def both(self, change):
        """Changes both sides as they are told."""
        self.recorded, self.actual = change(self.recorded, self.told())


def deletion(event):
    """Whether an event is the beginning of the deletion of its stack."""
    return event["ResourceStatus"] == "DELETE_IN_PROGRESS" and event.get("PhysicalResourceId") == event["StackId"]


def stack_events(value):
    """The recorded events of stacks themselves, however they are told."""
    if isinstance(value, dict):
        if "ResourceStatus" in value and value.get("ResourceType") == "AWS::CloudFormation::Stack":
            return [value]
        return [event for inner in value.values() for event in stack_events(inner)]
    return [event for inner in value for event in stack_events(inner)] if isinstance(value, list) else []


def optional(recorded, actual, member, applies):
    """Both without the member, where only one has it."""
    if isinstance(recorded, dict) and isinstance(actual, dict):
        names = set(recorded) | set(actual)
        if applies(recorded) and applies(actual) and (member in recorded) != (member in actual):
            names.discard(member)
        both = {name: optional(recorded[name], actual[name], member, applies) for name in names if name in recorded and name in actual}
        left = {name: both[name][0] if name in both else recorded[name] for name in recorded if name in names}
        right = {name: both[name][1] if name in both else actual[name] for name in actual if name in names}
        return left, right
    if isinstance(recorded, list) and isinstance(actual, list) and len(recorded) == len(actual):
        both = [optional(left, right, member, applies) for left, right in zip(recorded, actual)]
        return [left for left, _ in both], [right for _, right in both]
    return recorded, actual


def ordered(value):
    """The lists of a change set in an order that values drawn by chance have no part in."""
    if isinstance(value, list):
        return [ordered(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    value = {name: ordered(inner) for name, inner in value.items()}
    if "ChangeSource" in str(value.get("Details", "")):
        value["Details"] = sorted(value["Details"], key=detail_key)
    if isinstance(value.get("Scope"), list):
        value["Scope"] = sorted(value["Scope"])
    return value


def untied(value):
    """Every list of things with a status by its reasons first: what is sorted afterwards keeps this order among equals."""
    if isinstance(value, list):
        value = [untied(inner) for inner in value]
        reasons = all(isinstance(inner, dict) and "ResourceStatus" in inner for inner in value)
        return sorted(value, key=lambda inner: inner.get("ResourceStatusReason", "")) if reasons else value
    return {name: untied(inner) for name, inner in value.items()} if isinstance(value, dict) else value


# A UUID; a name's random end; an id of EC2; one of letters and digits; the random end that a test gave its own names; a fingerprint.
DRAWN = re.compile(
    r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|(?<=-)(?=[^\W_]*[a-z])(?=[^\W_]*[A-Z])[A-Za-z0-9]{12,13}\b"
    r"|\b(?:vpc|subnet|sg|eni|rtb|acl)-[0-9a-f]{17}\b"
    r"|\b(?=[a-z]*\d)[a-z0-9]{26}(?=\b|GraphQLSchema)|(?<=[a-z\d][-_])(?=[a-f]*\d)[0-9a-f]{8}\b|^[A-Za-z0-9+/]{43}=$"
)


def replaced(value):
    if isinstance(value, str):
        return DRAWN.sub(lambda found: f"<drawn:{zlib.crc32(found[0].encode())}>", value)
    if isinstance(value, dict):
        return {replaced(name): replaced(inner) for name, inner in value.items()}
    return [replaced(inner) for inner in value] if isinstance(value, list) else value


def numbered(value):
    if isinstance(value, str):
        if re.fullmatch(r"<[a-z][\w-]*>", value) and value not in ("<region>", "<partition>"):
            return "datetime"  # what the comparison takes for anything
        value = re.sub(r"<aws:cloudformation:([a-z-]+):(\d+)>", r"<\1 tag:\2>", value)
        return re.sub(r"<(?!region>|partition>)([a-z][\w-]*)>", lambda found: f"<{found[1]}:{zlib.crc32(found[1].encode())}>", value)
    if isinstance(value, dict):
        return {name: numbered(inner) for name, inner in value.items()}
    return [numbered(inner) for inner in value] if isinstance(value, list) else value


def detail_key(detail):
    target = detail.get("Target", {})
    plain = [detail.get("ChangeSource"), detail.get("CausingEntity"), detail.get("Evaluation"), *(target.get(name) for name in ("Attribute", "Name", "Path"))]
    return json.dumps(plain)


class Judge:
    """The shipped replayer, used as a library: it plays and compares; the second comparison is added to it."""

    def __init__(self, folder):
        at = importlib.util.spec_from_file_location("shipped_replay", os.path.join(folder, "replay.py"))
        self.shipped = importlib.util.module_from_spec(at)
        at.loader.exec_module(self.shipped)
        self.compare = self.shipped.compare
        self.shipped.compare = self.twice

    def twice(self, case, results, answers, runner):
        linked = [copy.copy(result) for result in results]
        self.compare(case, results, answers, runner)
        adjusted, used = self.adjusted(case, linked, answers, runner, ADJUSTMENTS)
        # What each is needed for: the answers that are no longer equal when it alone is left out.
        without = {}
        for name in set().union(*used):
            others = [one for one in ADJUSTMENTS if one.__name__ != name]
            without[name], _ = self.adjusted(case, linked, answers, runner, others)
        for at, (result, other) in enumerate(zip(results, adjusted)):
            result["adjusted"], result["left"], result["used"] = other["status"], other.get("diffs", []), used[at]
            good = other["status"] in GOOD
            result["needed"] = [name for name in without if good and without[name][at]["status"] not in GOOD]

    def adjusted(self, case, linked, answers, runner, adjustments):
        """The comparison after some adjustments, and those that changed anything for each answer."""
        results, used = copy.deepcopy(linked), []
        for result in results:
            used.append(self.adjust(case, result, answers, adjustments) if "ex" in result else [])
        self.compare(case, results, answers, runner)
        return results, used

    def adjust(self, case, result, answers, adjustments):
        try:
            one = One(self.shipped, case, answers, result["ex"])
        except Exception:  # noqa: BLE001 - the shipped comparison tells it in its own way
            return []
        used = []
        for adjustment in adjustments:
            before = one.recorded, one.told()
            adjustment(one)
            if (one.recorded, one.told()) != before:
                used.append(adjustment.__name__)
        result["ex"] = {**result["ex"], "recorded": one.recorded, "value_from": one.told()}
        return used


def patient(shipped):
    """A runner that waits where the recording lost that it waited: an operation is refused while another one goes on."""

    class Runner(shipped.Runner):
        waited = 0

        def call(self, service, op, kw, label=None):
            for _ in range(20):
                try:
                    return super().call(service, op, kw, label)
                except shipped.StepError as refused:
                    text = str(refused)
                    if "OperationInProgressException" not in text and "CLEANUP_IN_PROGRESS" not in text:
                        raise
                self.waited += 1
                time.sleep(self.poll)
            return super().call(service, op, kw, label)

    return Runner


def cases(folder, only):
    found = []
    for path in sorted(glob.glob(os.path.join(folder, "recorded", "**", "*.json"), recursive=True)):
        case = json.load(open(path, encoding="utf-8"))
        if "steps" in case and only in case["source_test"]:
            found.append(case)
    return found


def play(folder, program, mine):
    """Plays cases one after another on a sandbox of their own."""
    judge, played = Judge(folder), []
    server = subprocess.Popen([program, "sandbox", "--listen", "127.0.0.1:0", "--speed", "max"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        address = None
        for line in server.stdout:
            address = re.search(r"http://127\.0\.0\.1:\d+", line)
            if address:
                break
        if not address:
            raise RuntimeError("the sandbox told no address")
        runner = patient(judge.shipped)(address[0], "111111111111", poll=0.11)
        runner.skip_known = False
        for case in mine:
            recorded = [example["recorded"] for example in case["expected"]]
            bare = {**case, "expected": [{k: v for k, v in e.items() if k != "recorded"} for e in case["expected"]]}
            fresh = json.loads(judge.shipped.fresh(json.dumps(bare)))
            for example, answer in zip(fresh["expected"], recorded):
                example["recorded"] = answer
            begun, runner.waited = time.time(), 0
            outcome = judge.shipped.run_case(fresh, runner)
            known = {"test": case["source_test"], "alone": case["replay"] == ALONE}
            played.append({**outcome, **known, "waited": runner.waited, "seconds": time.time() - begun})
    finally:
        server.kill()
        server.wait()
    return played


def shares(outcomes, view):
    """Answers, cases with answers and all cases: how many are as AWS had them, of how many."""

    def whole(outcome, results):
        waited = view == "status" and outcome["waited"]
        broken = any(one["status"] == "broken" for one in outcome["asserts"])
        return all(r.get(view, r["status"]) in GOOD for r in results) and not (outcome["aborted"] or broken or waited)

    linked = [(outcome, [r for r in outcome["results"] if r["status"] != "unlinked"]) for outcome in outcomes]
    answers = [r.get(view, r["status"]) in GOOD for _, results in linked for r in results]
    every = [(bool(results), whole(outcome, results)) for outcome, results in linked]
    with_answers = [good for answered, good in every if answered]
    return (sum(answers), len(answers)), (sum(with_answers), len(with_answers)), (sum(good for _, good in every), len(every))


def report(outcomes, differences):
    reached = {}
    alone = [outcome for outcome in outcomes if outcome["alone"]]
    for kind, chosen in (("cloudformation-only", alone), ("all services", outcomes)):
        for name, view in (("as shipped", "status"), ("adjusted", "adjusted")):
            for what, (good, of) in zip(("answers", "cases with answers", "all cases"), shares(chosen, view)):
                key = f"{kind}, {name}: {what}"
                reached[key] = 100.0 * good / of if of else 100.0
                print(f"{key:52} {good:4} of {of:4}  {reached[key]:5.1f} %")
    every = [result for outcome in outcomes for result in outcome["results"]]
    used = collections.Counter(name for result in every for name in result.get("used", []))
    needed = collections.Counter(name for result in every for name in result.get("needed", []))
    for adjustment in ADJUSTMENTS:
        name = adjustment.__name__
        print(f"{name:28} changed {used[name]:3} answers, and {needed[name]:3} are equal only with it: {adjustment.__doc__}")
    worse = [result["key"] for result in every if result["status"] in GOOD and result.get("adjusted") not in GOOD]
    if worse:
        sys.exit(f"error: an adjustment makes equal answers differ: {worse}")
    waited = sum(1 for outcome in outcomes if outcome["waited"])
    print(f"{'(waiting)':28} {waited} cases were refused while another operation went on, and asked again: the recording lost that it waited")
    if differences:
        tell(outcomes)
    return reached


def tell(outcomes):
    for outcome in outcomes:
        left = [r for r in outcome["results"] if r.get("adjusted", r["status"]) not in GOOD]
        broken = [one for one in outcome["asserts"] if one["status"] == "broken"]
        if left or broken or outcome["aborted"]:
            print(f"\n{'' if outcome['alone'] else '(with others) '}{outcome['test']} {outcome['aborted'] or ''} {broken or ''}")
        for result in left:
            print(f"  {result['key']}: {result.get('adjusted', result['status'])}")
            for one in result.get("left", [])[:6]:
                print(f"    {one['path']} {one['kind']}: {str(one['recorded'])[:200]} | {str(one['actual'])[:200]}")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("recorded")
    arguments.add_argument("program")
    arguments.add_argument("--only", default="")
    arguments.add_argument("--differences", action="store_true")
    arguments.add_argument("--workers", type=int, default=6)
    given = arguments.parse_args()
    program = os.path.abspath(given.program)
    found = cases(given.recorded, given.only)
    piles = [found[number:: given.workers] for number in range(given.workers)]
    with concurrent.futures.ProcessPoolExecutor(given.workers) as workers:
        played = list(workers.map(play, [given.recorded] * len(piles), [program] * len(piles), piles))
    outcomes = sorted((outcome for pile in played for outcome in pile), key=lambda outcome: outcome["test"])
    reached = report(outcomes, given.differences)
    if given.only:
        return
    missed = [f"{name}: {reached[name]:.1f} % of {floor} %" for name, floor in FLOORS.items() if reached[name] < floor]
    if missed:
        sys.exit("error: fewer answers are those of AWS than there were: " + "; ".join(missed))
    print(f"replay: {len(outcomes)} cases")


if __name__ == "__main__":
    main()
