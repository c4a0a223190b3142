#!/usr/bin/env bash
# For judges to source: `. scripts/sandbox.sh CLIENT [SPEED]` starts a sandbox in a new folder, points clients of AWS at
# it, and goes to that folder. When the judge ends, the sandbox is stopped, and its last words are shown if it failed.
# FORMWORK is the program, JUDGES the folder with the client; see .ci/run.
set -euo pipefail
: "${FORMWORK:?the program to judge}" "${JUDGES:?the folder that the client is in}"
client=$1
speed=${2:-100000}
# shellcheck source=scripts/served.sh
. "$(dirname "${BASH_SOURCE[0]}")/served.sh" sandbox.log "$client did not get what it expects"

# Fails with both texts unless they are equal: expect WHAT GOT EXPECTED.
expect() {
  if [ "$2" != "$3" ]; then
    echo "error: $1: expected \`$3\`, got \`$2\`" >&2
    exit 1
  fi
}

# Runs a command and keeps what it says in the file `said`, which is shown if the command fails.
quietly() {
  "$@" > said 2>&1 || { status=$?; cat said >&2; echo "error: \`$*\` ended with $status" >&2; exit 1; }
}

# Fails unless the last command run quietly said so: told REGULAR_EXPRESSION.
told() {
  grep -Eq -- "$1" said || { cat said >&2; echo "error: nothing said \`$1\`" >&2; exit 1; }
}

# In a folder without a project: the sandbox needs none. Port 0 is any that is free.
cd "$folder"
"$FORMWORK" sandbox --listen 127.0.0.1:0 --state "$folder/state" --speed "$speed" > sandbox.log 2>&1 &
server=$!
listens() {
  url=$(grep -o 'http://127\.0\.0\.1:[0-9]*' sandbox.log | head -n 1)
  [ -n "$url" ]
}
await 100 listens

# Nothing of the machine's own configuration may reach AWS from here.
unset AWS_PROFILE AWS_SESSION_TOKEN AWS_ROLE_ARN AWS_WEB_IDENTITY_TOKEN_FILE AWS_CA_BUNDLE
unset HTTP_PROXY HTTPS_PROXY ALL_PROXY http_proxy https_proxy all_proxy
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_PAGER="" AWS_EC2_METADATA_DISABLED=true
export AWS_ENDPOINT_URL=$url AWS_ACCESS_KEY_ID=012345678901 AWS_SECRET_ACCESS_KEY=test
export AWS_DEFAULT_REGION=eu-west-1 AWS_REGION=eu-west-1
aws() { "$JUDGES/aws" "$@"; }
