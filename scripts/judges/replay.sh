#!/usr/bin/env bash
# What real CloudFormation answered, asked of our sandbox. The recorded answers are not part of the project: RECORDED is the
# folder with them (`../shared/oracle` unless given), and without one there is nothing to judge.
# FORMWORK is the program, JUDGES the folder with a Python that has boto3; see .ci/run.
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${FORMWORK:?the program to judge}" "${JUDGES:?the folder that Python with boto3 is in}"
recorded=${RECORDED:-../shared/oracle}
if [ ! -f "$recorded/replay.py" ]; then
  echo "skipped: there are no recorded answers in $recorded (RECORDED names another folder)"
  exit 0
fi
"$JUDGES/python" scripts/judges/replay.py "$recorded" "$FORMWORK" "$@"
