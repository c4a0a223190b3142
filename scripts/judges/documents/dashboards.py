"""dashboards.py FOLDER: every dashboard in FOLDER/dashboard is one, and its widgets stand beside one another.

By Amazon CloudWatch's "Dashboard body structure and syntax".
"""
import json
import pathlib
import sys

KINDS = {
    "metric": {"properties"}, "alarm": {"alarms"}, "text": {"markdown"}, "log": {"query", "region"}, "explorer": {"metrics"},
}
COLUMNS = 24
METRIC_MEMBERS = {
    "accountId", "annotations", "end", "legend", "liveData", "metrics", "period", "region", "setPeriodToTimeRange", "singleValueFullPrecision",
    "sparkline", "stacked", "start", "stat", "table", "timezone", "title", "trend", "view", "yAxis",
}
LINE_OPTIONS = {"accountId", "color", "expression", "id", "label", "period", "region", "stat", "visible", "yAxis"}


def line_faults(line, previous):
    """One entry of `metrics`: a namespace, a name, pairs of dimensions, options; dots repeat what stood above."""
    options = line[-1] if isinstance(line[-1], dict) else {}
    words = [word for word in line if not isinstance(word, dict)]
    for name in options.keys() - LINE_OPTIONS:
        yield f"`{name}` is no option of a metric"
    if "expression" in options:
        return
    if any(not isinstance(word, str) or not word for word in words):
        yield f"not all of {words} are words"
    if len(words) < 2 and words != ["..."]:
        yield f"{words} names no metric"
    if "..." not in words and len(words) % 2:
        yield f"{words} has a dimension without a value"
    if not previous and any(word in (".", "...") for word in words):
        yield f"{words} repeats, but nothing stands before it"


def metric_faults(told):
    for name in told.keys() - METRIC_MEMBERS:
        yield f"`{name}` is no member of a metric widget"
    if "metrics" not in told and "annotations" not in told:
        yield "it shows nothing"
    if not told.get("region"):
        yield "it has no region"
    if told.get("view", "timeSeries") not in ("timeSeries", "singleValue", "gauge", "bar", "pie", "table"):
        yield f"`{told['view']}` is no view"
    previous = None
    for line in told.get("metrics", []):
        yield from line_faults(line, previous)
        previous = line


def widget_faults(widget):
    kind = widget.get("type")
    if kind not in KINDS:
        yield f"`{kind}` is no kind of widget"
        return
    for side, most in (("width", COLUMNS), ("height", 1000)):
        if not isinstance(widget.get(side), int) or not 1 <= widget[side] <= most:
            yield f"its {side} is {widget.get(side)}"
    told = widget.get("properties", {})
    if kind == "metric":
        yield from metric_faults(told)
    else:
        for name in KINDS[kind] - told.keys():
            yield f"it has no `{name}`"


def cells(widget):
    for x in range(widget["x"], widget["x"] + widget["width"]):
        for y in range(widget["y"], widget["y"] + widget["height"]):
            yield x, y


def faults(body):
    if not body.get("widgets"):
        yield "there is no widget"
    taken = {}
    for index, widget in enumerate(body.get("widgets", [])):
        found = list(widget_faults(widget))
        yield from (f"widget {index}: {fault}" for fault in found)
        if found or "x" not in widget:
            continue
        if widget["x"] + widget["width"] > COLUMNS:
            yield f"widget {index}: it reaches over the right edge"
        for cell in cells(widget):
            if taken.setdefault(cell, index) != index:
                yield f"widget {index}: it lies over widget {taken[cell]}"
                break


def main(folder):
    judged, wrong = 0, 0
    for path in sorted(pathlib.Path(folder, "dashboard").glob("*.json")):
        judged += 1
        for fault in faults(json.loads(path.read_text())):
            wrong += 1
            print(f"error: {path.name}: {fault}", file=sys.stderr)
    if wrong or not judged:
        raise SystemExit(1)
    print(f"documents: {judged} dashboards are valid")


main(sys.argv[1])
