"""Measures formwork and Sceptre on equal projects in one run, and holds the result against what is promised.

Called by run.sh. Times are wall-clock seconds of whole processes, started and waited for here, with output into a file.
"""

import argparse
import json
import os
import shutil
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
    """The shortest of several runs, which is the one that others on this machine disturbed least, and the highest peak."""
    runs = [run(command, folder, output) for _ in range(times)]
    return min(seconds for seconds, _ in runs), max(peak for _, peak in runs)


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
    group, group_peak = of("sceptre generate all", [sceptre, "generate", "."], theirs, 2)

    bodies, resources = compare(work / "formwork-render.out", work / "sceptre-generate-all.out")
    print(f"{stacks} stacks, {resources} resources; {os.cpu_count()} processors; times are the shortest of several runs")
    print(f"both tools make the same {bodies} bodies")
    print()
    row = "{:<52}{:>13}{:>13}{:>9}"
    print(row.format("", "formwork", "sceptre", "ratio"))
    broken = []

    def line(name, mine, other, promised=True):
        ratio = other / mine
        print(row.format(name, f"{mine * 1000:.3f} ms", f"{other * 1000:.3f} ms", f"{ratio:.1f} x"))
        if promised and ratio < RATIO:
            broken.append(f"{name}: {ratio:.1f} x, {RATIO} x is promised")

    both = (render + check) / stacks
    without_start = max(single - their_version, 0)
    line("start-up, --version", version, their_version)
    line("start-up, --help", usage, their_usage)
    line("one stack: render + check | generate it (1)", both, single)
    line("the same, without Sceptre's start-up (2)", both, without_start)
    line("one stack: render + check | generate all (3)", both, group / stacks, promised=False)
    line("one stack: check | generate all (3)", check / stacks, group / stacks, promised=False)
    peak = max(render_peak, check_peak)
    print(row.format("peak memory, all stacks", f"{peak:.0f} MB", f"{group_peak:.0f} MB", ""))
    print(
        f"""
formwork: `render` of all stacks ({render:.2f} s, {render_peak:.0f} MB) and `check` of all stacks ({check:.2f} s, {check_peak:.0f} MB), shared
out among the stacks. `check` renders them too; adding both up counts that twice, against formwork.
(1) sceptre: one call for a stack, `generate service-0000.yaml` ({single:.2f} s).
(2) less its start-up, `--version` ({their_version:.2f} s).
(3) sceptre: one call for all, `generate .` ({group:.1f} s), shared out among the stacks. Not promised; told to be fair."""
    )
    if peak >= MEMORY_MB:
        broken.append(f"memory: {peak:.0f} MB, less than {MEMORY_MB} MB is promised")
    if broken:
        print("\nnot as promised:\n  " + "\n  ".join(broken))
        sys.exit(1)
    print(f"\nall as promised: at least {RATIO} times as fast, and less than {MEMORY_MB} MB")


if __name__ == "__main__":
    main()
