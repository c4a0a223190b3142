# For judges that start a server, to source: `. scripts/served.sh LOG WORDS` makes `folder`, for the judge and its server. Whoever
# starts the server keeps its process in `server`. When the judge ends, the server is stopped and the folder goes; if it
# failed, WORDS are said and what the server said last, in the file LOG of the folder.
# shellcheck shell=bash
folder=$(mktemp -d)
server=""
log=$folder/$1
words=$2
stop() {
  status=$?
  if [ -n "$server" ]; then
    kill "$server" 2> /dev/null || true
    wait "$server" 2> /dev/null || true
  fi
  if [ "$status" != 0 ]; then
    echo "error: $words; the server said last:" >&2
    tail -n 30 "$log" >&2 || true
  fi
  cd /
  rm -rf "$folder"
}
trap stop EXIT

# Waits for the server, ten times a second: await TRIES COMMAND…, which succeeds as soon as the server listens.
await() {
  local tries=$1
  shift
  for _ in $(seq "$tries"); do
    if "$@"; then
      return
    fi
    kill -0 "$server" 2> /dev/null || { echo "error: the server ended before it listened" >&2; exit 1; }
    sleep 0.1
  done
  echo "error: the server did not listen within $((tries / 10)) seconds" >&2
  exit 1
}
