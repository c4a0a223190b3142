#!/usr/bin/env bash
# The deploy roles that environments bring may do what the resources of their accounts need, by the published schemas, and
# nothing that none of them needs; policies of organizations are of the form and size that AWS takes; and policies of
# commerce and push say to requests what they promise.
# FORMWORK is the program, JUDGES the folder with a Python that has cfn-lint; see .ci/run.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
: "${FORMWORK:?the program to judge}" "${JUDGES:?the folder that Python is in}"
export PYTHONDONTWRITEBYTECODE=1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# A copy, so that a sandbox somebody uses here is neither read nor written.
cp -r formwork.yaml templates environments policies "$folder"
"$FORMWORK" plan --project "$folder" --sandbox --output json > "$folder/plan.jsonl"
"$FORMWORK" render --project "$folder" --out "$folder/rendered"
"$JUDGES/python" "$here/rights/enough.py" "$folder/plan.jsonl"
"$JUDGES/python" "$here/rights/organization.py" "$folder/rendered"
"$JUDGES/python" "$here/rights/promises.py" "$folder/rendered"
"$JUDGES/python" "$here/rights/workloads.py" "$folder/rendered"
"$JUDGES/python" "$here/rights/push.py" "$folder/rendered"
