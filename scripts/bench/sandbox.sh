#!/usr/bin/env bash
# Measures the sandbox: start, load on one core against moto, memory, and that nothing grows without bound.
#
#   scripts/bench/sandbox.sh                    everything; takes about five minutes after the build
#   scripts/bench/sandbox.sh --only compare     a part: start, compare, many or soak
#   scripts/bench/sandbox.sh --soak 200000      mixed requests as well, with the memory watched
#   FORMWORK=path scripts/bench/sandbox.sh      another binary than target/release/formwork, which is built otherwise
#
# Servers run on the first core; wrk and the script that fills them run on the others. Both servers get equal requests,
# one after the other, in the same run (sandbox.py, sandbox.lua). Prints a table, and ends with 1 when the sandbox takes
# 50 ms or more to start, answers fewer than 3,000 DescribeStacks by name a second, slows down with the number of stacks, or
# takes 500 MB or more for 10,000 stacks of twenty resources.
#
# Needs Linux, Python 3.9 or newer and wrk (Debian: apt-get install wrk); moto is installed into target/bench.
set -euo pipefail
cd "$(dirname "$0")/../.."

command -v wrk > /dev/null || { echo "error: wrk is not installed (Debian: apt-get install wrk)" >&2; exit 1; }
. scripts/bench/prepare.sh target/bench/moto moto_server 'moto[server,cloudformation]==5.2.*'
exec target/bench/moto/bin/python scripts/bench/sandbox.py --formwork "$formwork" \
  --moto "$(realpath target/bench/moto)/bin/moto_server" --work target/bench/sandbox "$@"
