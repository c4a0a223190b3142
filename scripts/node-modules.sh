#!/usr/bin/env bash
# Installs packages of npm into a folder, unless they are there: node-modules.sh PROGRAMS FOLDER PACKAGE...
# PROGRAMS is the folder with Node. Whatever goes wrong is an error, except a registry that cannot be reached: then the
# folder is left without the file `installed`.
set -euo pipefail
programs=$1
folder=$2
shift 2
export PATH=$programs:$PATH
if [ "$(cat "$folder/installed" 2> /dev/null || true)" = "$*" ]; then
  exit 0
fi
rm -rf "$folder"
mkdir -p "$folder"
cd "$folder"
echo '{"private": true}' > package.json
if npm install --no-audit --no-fund --loglevel=error --ignore-scripts --save-exact "$@" > log 2>&1; then
  echo "$*" > installed
elif npm ping --loglevel=error > /dev/null 2>&1; then
  cat log >&2
  echo "error: the registry of npm answers, but the packages above cannot be installed" >&2
  exit 1
else
  echo "note: the registry of npm cannot be reached; the judges that need its packages are skipped" >&2
fi
