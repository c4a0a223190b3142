#!/usr/bin/env bash
# Every rendered body of every shipped environment through cfn-lint, and those that only another value brings: no errors and no
# warnings.
# FORMWORK is the program, JUDGES the folder with cfn-lint; see .ci/run.
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${FORMWORK:?the program to judge}" "${JUDGES:?the folder that cfn-lint is in}"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$FORMWORK" render --out "$folder/rendered"
"$FORMWORK" render router/production --set discovery=consul --out "$folder/rendered/consul"
bodies=0
mkdir "$folder/distinct"
# Equal bodies, which replicas mostly are, are looked at once.
while IFS= read -r -d '' body; do
  bodies=$((bodies + 1))
  name=$(basename "$body")
  sum=$(cksum < "$body" | tr ' ' '-')
  cp "$body" "$folder/distinct/${name%.*}-$sum.${name##*.}"
done < <(find "$folder/rendered" -type f \( -name '*.yaml' -o -name '*.json' \) ! -name '*.parameters.json' -print0)
if [ "$bodies" = 0 ]; then
  echo "error: no bodies were rendered" >&2
  exit 1
fi

cd "$folder/distinct"
if ! "$JUDGES/cfn-lint" --non-zero-exit-code warning --regions us-east-1 -- ./*; then
  echo "error: cfn-lint found errors or warnings in rendered bodies (above)" >&2
  exit 1
fi
echo "cfn-lint: $bodies bodies, $(find . -type f | wc -l) distinct, no errors and no warnings"
