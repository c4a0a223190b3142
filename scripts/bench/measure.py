"""Measures formwork and Sceptre on equal projects in one run, and holds the result against what is promised.

Called by run.sh. Times are wall-clock seconds of whole processes, started and waited for here, with output into a file.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import yaml

RATIO = 20  # Sceptre's time is to be at least so many times formwork's.
MEMORY_MB = 150


def run(command, folder, output):
    """Seconds and peak memory in MB of one process."""
    with open(output, "wb") as out, open(f"{output}.errors", "wb") as errors:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        tail = Path(f"{output}.errors").read_text(errors="replace")[-2000:]
        sys.exit(f"`{' '.join(map(str, command))}` ended with {process.returncode}:\n{tail}")
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return seconds, usage.ru_maxrss / unit


def measure(command, folder, output, times):
    """The median of several runs after one that warms the caches up, and the highest peak."""
    run(command, folder, output)
    runs = [run(command, folder, output) for _ in range(times)]
    return statistics.median(seconds for seconds, _ in runs), max(peak for _, peak in runs)


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """Reads CloudFormation's short tags as mappings."""


def short_tag(loader, tag, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {f"!{tag}": value}


Loader.add_multi_constructor("!", short_tag)


def canonical(text):
    return json.dumps(yaml.load(text, Loader), sort_keys=True, default=str)


def compare(formwork_output, sceptre_output):
    """Both tools' bodies, parsed: how many there are, and the first that only one tool made."""
    lines = formwork_output.read_text(encoding="utf-8").splitlines()
    ours = {canonical(json.loads(line)["body"]) for line in lines if line}
    # Sceptre prints each body as one YAML string.
    documents = yaml.load_all(sceptre_output.read_text(encoding="utf-8"), Loader)
    theirs = {canonical(body) for body in documents if body is not None}
    if ours != theirs:
        alone = sorted(ours ^ theirs)
        sys.exit(f"the bodies differ: {len(alone)} of one tool alone, such as\n{alone[0][:600]}")
    return len(ours), sum(len(json.loads(body)["Resources"]) for body in ours)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--formwork", required=True, type=Path)
    parser.add_argument("--sceptre", required=True, type=Path)
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("--stacks", type=int, default=1000)
    parser.add_argument("--times", type=int, default=5)
    return parser.parse_args()


def main():
    options = arguments()
    formwork, sceptre, stacks = options.formwork, options.sceptre, options.stacks
    work = options.work.absolute()
    shutil.rmtree(work, ignore_errors=True)
    here = Path(__file__).parent
    # In a process of its own: a child begins with the memory of whoever started it.
    subprocess.run([sys.executable, here / "project.py", work, str(stacks)], check=True)
    ours, theirs = work / "formwork", work / "sceptre"

    def of(name, command, folder, times=options.times):
        print(f"measuring: {name}", file=sys.stderr)
        return measure(command, folder, work / f"{name.replace(' ', '-')}.out", times)

    version, _ = of("formwork version", [formwork, "--version"], ours, 30)
    usage, _ = of("formwork help", [formwork, "--help"], ours, 30)
    their_version, _ = of("sceptre version", [sceptre, "--version"], theirs, 10)
    their_usage, _ = of("sceptre help", [sceptre, "--help"], theirs, 10)
    render, render_peak = of("formwork render", [formwork, "render", "bench", "--output", "json"], ours)
    check, check_peak = of("formwork check", [formwork, "check", "bench"], ours)
    single, _ = of("sceptre generate one", [sceptre, "generate", "service-0000.yaml"], theirs)
    group, group_peak = of("sceptre generate all", [sceptre, "generate", "."], theirs, 1)

    bodies, resources = compare(work / "formwork-render.out", work / "sceptre-generate-all.out")
    print(f"{stacks} stacks, {resources} resources; {os.cpu_count()} processors; times are medians")
    print(f"both tools make the same {bodies} bodies")
    print()
    row = "{:<46}{:>13}{:>13}{:>9}"
    print(row.format("", "formwork", "sceptre", "ratio"))

    def line(name, mine, other):
        print(row.format(name, f"{mine * 1000:.3f} ms", f"{other * 1000:.3f} ms", f"{other / mine:.0f} x"))
        return other / mine

    per_stack = (render + check) / stacks
    ratios = {
        "start-up, --version": line("start-up, --version", version, their_version),
        "start-up, --help": line("start-up, --help", usage, their_usage),
        "one stack, of all in one call": line("one stack, of all in one call (1)", per_stack, group / stacks),
        "one stack, a call for each": line("one stack, a call for each (2)", per_stack, single),
        "one stack, a call for each, without start-up": line(
            "one stack, a call for each, without start-up", per_stack, max(single - their_version, 0)
        ),
    }
    print(row.format("peak memory, all stacks", f"{max(render_peak, check_peak):.0f} MB", f"{group_peak:.0f} MB", ""))
    print(
        f"""
formwork: `render` of all stacks ({render:.2f} s, {render_peak:.0f} MB) and `check` of all stacks ({check:.2f} s, {check_peak:.0f} MB), added up.
(1) sceptre: `generate .`, the whole group ({group:.1f} s), shared out among the stacks.
(2) sceptre: `generate service-0000.yaml`; its start-up (`--version`) takes {their_version:.2f} s of that."""
    )
    broken = [f"{name}: {ratio:.1f} x, {RATIO} x is promised" for name, ratio in ratios.items() if ratio < RATIO]
    if max(render_peak, check_peak) >= MEMORY_MB:
        broken.append(f"memory: {max(render_peak, check_peak):.0f} MB, less than {MEMORY_MB} MB is promised")
    if broken:
        print("\nnot as promised:\n  " + "\n  ".join(broken))
        sys.exit(1)
    print("\nall as promised: at least 20 times as fast, and less than 150 MB")


if __name__ == "__main__":
    main()
