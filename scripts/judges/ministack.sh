#!/usr/bin/env bash
# The same binary deploys and destroys quiz/dev on a server that is not ours.
set -euo pipefail
port=${MINISTACK_PORT:-6566}
log=$(mktemp)
BIND_HOST=127.0.0.1 GATEWAY_PORT=$port "$JUDGES/ministack" > "$log" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null || true; rm -f "$log"' EXIT
for _ in $(seq 100); do
  if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi
  sleep 0.2
done
export AWS_ACCESS_KEY_ID=012345678901 AWS_SECRET_ACCESS_KEY=test AWS_EC2_METADATA_DISABLED=true
url="http://127.0.0.1:$port"
"$FORMWORK" deploy quiz/dev --yes --endpoint-url "$url" || { tail -30 "$log"; exit 1; }
"$FORMWORK" status quiz/dev --endpoint-url "$url"
"$FORMWORK" destroy quiz/dev --yes --allow "*" --endpoint-url "$url" || { tail -30 "$log"; exit 1; }
echo "ministack: deployed and destroyed quiz/dev"
