#!/usr/bin/env bash
# Makes a Python environment in a folder and installs packages into it: python-environment.sh FOLDER PACKAGE...
# Distributions that split `venv` off from Python still work: there the environment is made by `virtualenv`.
set -euo pipefail
folder=$1
shift
if ! python3 -m venv "$folder" > /dev/null 2>&1; then
  rm -rf "$folder"
  tools=$(mktemp -d)
  trap 'rm -rf "$tools"' EXIT
  if ! python3 -m pip install --quiet --disable-pip-version-check --target "$tools" virtualenv; then
    echo "error: python3 has neither venv nor pip; install one of them (Debian: apt-get install python3-venv)" >&2
    exit 1
  fi
  PYTHONPATH=$tools python3 -m virtualenv --quiet "$folder"
fi
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
