#!/usr/bin/env bash
# The code that shipped templates carry has tests of its own, in Python: functions, and bootstrap scripts in a dry run.
# JUDGES is the folder with Python; see .ci/run.
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${JUDGES:?the folder that Python is in}"
export PYTHONDONTWRITEBYTECODE=1

folders=0
while IFS= read -r folder; do
  echo "$folder"
  "$JUDGES/python" -m unittest discover --start-directory "$folder"
  folders=$((folders + 1))
done < <(find templates -name 'test_*.py' -printf '%h\n' | sort -u)
if [ "$folders" = 0 ]; then
  echo "error: there are no tests under templates" >&2
  exit 1
fi
echo "functions: the tests of $folders folders pass"
