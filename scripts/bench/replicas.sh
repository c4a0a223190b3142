#!/usr/bin/env bash
# How long a full new environment of each system takes on AWS, as the sandbox estimates: the table of
# docs/systems/replicas.md.
#
#   scripts/bench/replicas.sh                    production of every system, and what else it has beside dev and staging
#   scripts/bench/replicas.sh quiz/dev           these environments, in this order
#   scripts/bench/replicas.sh --check            ends with 1 when the page says anything else
#   FORMWORK=path scripts/bench/replicas.sh      another binary than target/release/formwork, which is built otherwise
#
# Deploys on a fresh sandbox, in a copy of the project, so that nothing is there before. The times are those of the
# sandbox's clock: they are the same on every machine.
set -euo pipefail
cd "$(dirname "$0")/../.."

check=false
if [ "${1:-}" = --check ]; then
  check=true
  shift
fi

formwork=${FORMWORK:-}
if [ -z "$formwork" ]; then
  cargo build --release --locked --quiet
  formwork=target/release/formwork
fi
formwork=$(realpath "$formwork")

environments=("$@")
if [ ${#environments[@]} -eq 0 ]; then
  # What production stands on, such as shared accounts, is deployed before it.
  for folder in environments/*/; do
    system=$(basename "$folder")
    for file in "$folder"*.yaml; do
      case $(basename "$file" .yaml) in
        dev | staging | production) ;;
        *) environments+=("$system/$(basename "$file" .yaml)") ;;
      esac
    done
    environments+=("$system/production")
  done
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r formwork.yaml templates environments policies "$work"

table() {
  echo "| environment | stacks | resources | takes about | longest way |"
  echo "|---|---|---|---|---|"
  local environment told
  for environment in "${environments[@]}"; do
    if ! told=$(cd "$work" && COLUMNS=200 "$formwork" deploy "$environment" --sandbox --yes 2> messages); then
      cat "$work/messages" >&2
      echo "$told" >&2
      return 1
    fi
    echo "| \`$environment\` | $(piece 's/^Deployment: \([0-9]*\) done.*/\1/p') | $(piece 's/^Plan: .*resources: \([0-9]*\) to add.*/\1/p') |" \
      "$(piece 's/^Takes about \(.*\) on AWS.*/\1/p') | $(piece '/^Takes about/{n;s/^ *//;p;}') |"
  done
}

# A piece of what the command told.
piece() { sed -n "$1" <<< "$told"; }

if $check; then
  diff <(sed -n '/^| /p;/^|-/p' docs/systems/replicas.md) <(table) && echo "docs/systems/replicas.md says what the sandbox estimates"
else
  table
fi
