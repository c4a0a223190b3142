#!/usr/bin/env bash
# All shipped environments are deployed on the sandbox with one command, and plan to nothing; then every document that resources carry inside themselves, with all
# values filled in, is held to what it is: policies, definitions of state machines, dashboards.
# FORMWORK is the program, JUDGES the folder with a Python that has boto3 and parliament, NODE the one with Node's modules; see .ci/run.
: "${NODE?the folder with the modules of Node, empty if they could not be had}"
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/sandbox.sh
. "$here/../sandbox.sh" "the deployment of all environments"
project=$(cd "$here/../.." && pwd)
consent=(--yes)
while IFS= read -r file; do
  environment=${file#"$project"/environments/}
  consent+=(--confirm "${environment%.yaml}")
done < <(find "$project/environments" -mindepth 2 -name '*.yaml')
quietly "$FORMWORK" --project "$project" deploy "${consent[@]}" --endpoint-url "$url"
grep '^Deployment: ' said
quietly "$FORMWORK" --project "$project" plan --exit-code --endpoint-url "$url"
told '^Plan: no changes'
"$JUDGES/python" "$here/documents/collect.py" "$project/environments/accounts.yaml" documents
"$JUDGES/python" "$here/documents/policies.py" documents
"$JUDGES/python" "$here/documents/dashboards.py" documents
machines=0
for definition in documents/machine/*.json; do
  [ -e "$definition" ] || continue
  if [ -n "$NODE" ]; then
    quietly "$JUDGES/node" "$NODE/asl-validator/dist/bin/asl-validator.js" --json-path "$definition"
  fi
  machines=$((machines + 1))
done
if [ -n "$NODE" ]; then
  echo "documents: $machines definitions of state machines are valid"
else
  echo "documents: $machines definitions of state machines not judged, the npm registry cannot be reached"
fi
