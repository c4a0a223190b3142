#!/usr/bin/env bash
# Every rendered body of every shipped environment through cfn-lint: no errors.
set -euo pipefail
out=$(mktemp -d); trap 'rm -rf "$out"' EXIT
"$FORMWORK" render --out "$out"
find "$out" -name '*.yaml' -o -name '*.json' ! -name '*.parameters.json' | sort > "$out/list"
[ -s "$out/list" ]
xargs "$JUDGES/cfn-lint" --non-zero-exit-code error -r us-east-1 -- < "$out/list"
echo "cfn-lint: $(wc -l < "$out/list") bodies, no errors"
