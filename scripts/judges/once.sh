#!/usr/bin/env bash
# What is to be done once is done once, with a real Redis, over TLS and with a token, as in AWS: the messages of push,
# by the function's code as it is deployed, and the timed jobs of quiz. And the judge sees it when a lock is broken.
# FORMWORK is the program, JUDGES the folder with Python; see .ci/run.
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${FORMWORK:?the program to judge}" "${JUDGES:?the folder that Python is in}"
export PYTHONDONTWRITEBYTECODE=1
bash scripts/debian.sh openssl redis-server redis-tools
# shellcheck source=scripts/served.sh
. scripts/served.sh redis.log "something was not done once"

port=$("$JUDGES/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
token=$(openssl rand -hex 32)
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
  -keyout "$folder/key.pem" -out "$folder/certificate.pem" 2> "$folder/redis.log"
cat > "$folder/redis.conf" << SETTINGS
bind 127.0.0.1
port 0
tls-port $port
tls-cert-file $folder/certificate.pem
tls-key-file $folder/key.pem
tls-auth-clients no
requirepass $token
dir $folder
save ""
appendonly no
maxmemory-policy noeviction
SETTINGS
redis-server "$folder/redis.conf" > "$folder/redis.log" 2>&1 &
server=$!

# Both clients take it for granted that they may trust what the machine trusts: here that is this certificate.
export SSL_CERT_FILE=$folder/certificate.pem
export REDIS_HOST=localhost REDIS_PORT=$port REDIS_TLS=1 REDISCLI_AUTH=$token REDIS_CLI=redis-cli
listens() { [ "$(redis-cli --tls -h localhost -p "$port" ping 2> /dev/null)" = PONG ]; }
await 100 listens

"$FORMWORK" render push/dev --stack worker > "$folder/worker.yaml"
"$JUDGES/python" scripts/judges/once/messages.py "$folder/worker.yaml"
"$JUDGES/python" scripts/judges/once/jobs.py templates/quiz/scripts/once.sh "$folder"
echo "once: eight at a time, messages and jobs are done exactly once, and taken over from who was killed"
