#!/usr/bin/env bash
# boto3 uses every waiter and every paginator that its CloudFormation client has.
# FORMWORK is the program, JUDGES the folder with a Python that has boto3; see .ci/run.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/sandbox.sh
. "$here/../sandbox.sh" boto3
"$JUDGES/python" "$here/boto3/every_one.py"
