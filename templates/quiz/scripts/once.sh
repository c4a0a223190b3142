#!/bin/bash
# Runs a timed job on exactly one of the servers whose timers start it in the same minute.
#
#   quiz-once NAME SECONDS COMMAND [ARGUMENT...]
#
# A lock in Redis keeps two runs apart, a mark keeps a second run of the same minute from following the first.
# Ends with 0 when the job succeeded here or is another server's, with 75 when Redis cannot be asked,
# otherwise as the job ended.
set -euo pipefail

if [[ $# -lt 3 ]]; then
    echo "usage: quiz-once NAME SECONDS COMMAND [ARGUMENT...]" >&2
    exit 64
fi
name=$1
seconds=$2
shift 2

minute=${QUIZ_MINUTE:-$(date -u +%Y%m%dT%H%M)}
lock="quiz:job:$name:lock"
mark="quiz:job:$name:done:$minute"
token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
# The job is killed ten seconds after its time is up, well before the lock runs out by itself.
lock_milliseconds=$(((seconds + 40) * 1000))

# Only the holder may let go: otherwise a server that was late would take the lock from the next one.
release='if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("DEL", KEYS[1]) end return 0'
finish='if redis.call("GET", KEYS[1]) ~= ARGV[1] then return 0 end
redis.call("SET", KEYS[2], "1", "EX", 86400)
return redis.call("DEL", KEYS[1])'

report() {
    echo "$(date -u +%FT%TZ) job=$name outcome=$1 minute=$minute"
}

unreachable() {
    report unreachable
    exit 75
}

# Prints the answer. The password is taken from REDISCLI_AUTH, so that no list of processes shows it.
ask() {
    local options=(-h "${REDIS_HOST:?}" -p "${REDIS_PORT:-6379}" --raw)
    if [[ ${REDIS_TLS:-0} == 1 ]]; then
        options+=(--tls)
    fi
    timeout 10 "${REDIS_CLI:-redis6-cli}" "${options[@]}" "$@"
}

release_lock() {
    ask EVAL "$release" 1 "$lock" "$token" >/dev/null || true
}

answer=$(ask SET "$lock" "$token" NX PX "$lock_milliseconds") || unreachable
case $answer in
    OK) ;;
    "")
        report elsewhere
        exit 0
        ;;
    *) unreachable ;;
esac
trap release_lock EXIT

answer=$(ask EXISTS "$mark") || unreachable
case $answer in
    0) ;;
    1)
        report already
        exit 0
        ;;
    *) unreachable ;;
esac

# In the background, so that a server that is told to stop can pass the word on.
# The token is also for the job: what it writes with it can be told from what a later run writes.
QUIZ_LOCK_TOKEN=$token timeout --kill-after=10 "$seconds" "$@" &
job=$!
trap 'kill -TERM "$job" 2>/dev/null || true' TERM INT
status=0
wait "$job" || status=$?
while kill -0 "$job" 2>/dev/null; do
    status=0
    wait "$job" || status=$?
done

if [[ $status -ne 0 ]]; then
    report "failed status=$status"
    exit "$status"
fi
answer=$(ask EVAL "$finish" 2 "$lock" "$mark" "$token") || unreachable
if [[ $answer != 1 ]]; then
    report late
    exit 1
fi
report "done"
