#!/usr/bin/env bash
# The same binary deploys and destroys quiz/dev and tracker/dev on ministack, a server that is not ours.
# FORMWORK is the program, JUDGES the folder with ministack; see .ci/run.
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${FORMWORK:?the program to judge}" "${JUDGES:?the folder that ministack is in}"
folder=$(mktemp -d)
server=""
stop() {
  status=$?
  if [ -n "$server" ]; then
    kill "$server" 2> /dev/null || true
    wait "$server" 2> /dev/null || true
  fi
  if [ "$status" != 0 ]; then
    echo "error: formwork and ministack did not get along; ministack said last:" >&2
    tail -n 30 "$folder/ministack.log" >&2 || true
  fi
  rm -rf "$folder"
}
trap stop EXIT

port=$("$JUDGES/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
BIND_HOST=127.0.0.1 GATEWAY_PORT=$port "$JUDGES/ministack" > "$folder/ministack.log" 2>&1 &
server=$!
ready=""
for _ in $(seq 300); do
  if (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null; then ready=yes; break; fi
  kill -0 "$server" 2> /dev/null || { echo "error: ministack ended before it listened" >&2; exit 1; }
  sleep 0.1
done
[ -n "$ready" ] || { echo "error: ministack does not listen on port $port after thirty seconds" >&2; exit 1; }

unset AWS_PROFILE AWS_SESSION_TOKEN AWS_ENDPOINT_URL AWS_ROLE_ARN AWS_WEB_IDENTITY_TOKEN_FILE
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true
export AWS_SECRET_ACCESS_KEY=test
url="http://127.0.0.1:$port"
# On ministack the key is the account, so each environment comes with that of `environments/accounts.yaml`.
for mapped in quiz/dev=012345678901 tracker/dev=456789012345; do
  environment=${mapped%=*}
  export AWS_ACCESS_KEY_ID=${mapped#*=}
  "$FORMWORK" deploy "$environment" --yes --endpoint-url "$url"
  "$FORMWORK" status "$environment" --endpoint-url "$url" | tee "$folder/status"
  if grep -q 'not deployed' "$folder/status"; then
    echo "error: not everything of $environment is deployed" >&2
    exit 1
  fi
  "$FORMWORK" destroy "$environment" --yes --allow '*' --endpoint-url "$url"
  "$FORMWORK" status "$environment" --endpoint-url "$url" > "$folder/status"
  if grep '^  ' "$folder/status" | grep -v 'not deployed'; then
    echo "error: not everything of $environment is destroyed (above)" >&2
    exit 1
  fi
  echo "ministack: deployed and destroyed $environment"
done
