#!/usr/bin/env bash
# Measures formwork against Sceptre: start-up, rendering and checking per stack, and memory.
#
#   scripts/bench/run.sh                 1,000 stacks of twenty resources each; takes about two minutes after the build
#   scripts/bench/run.sh --stacks 100    fewer, for a quick look
#   FORMWORK=path scripts/bench/run.sh   another binary than target/release/formwork, which is built otherwise
#
# Writes one project twice (project.py), with equal templates and values, and measures both tools in the same run
# (measure.py). Every rendered body of both tools is parsed and compared first: what is compared makes the same.
# Prints a table with ratios, and ends with 1 when formwork is less than twenty times as fast as Sceptre (start-up, and
# rendering and checking per stack), or takes 150 MB of memory or more.
#
# Needs Python 3.9 or newer; Sceptre is installed into target/bench.
set -euo pipefail
cd "$(dirname "$0")/../.."

. scripts/bench/prepare.sh target/bench/environment sceptre 'sceptre==4.7.*'
exec target/bench/environment/bin/python scripts/bench/measure.py \
  --formwork "$formwork" --sceptre "$(realpath target/bench/environment)/bin/sceptre" \
  --work target/bench/projects "$@"
