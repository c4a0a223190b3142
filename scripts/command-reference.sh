#!/usr/bin/env bash
# Prints the command reference: the help of the program and of each of its commands, as Markdown.
#
#   scripts/command-reference.sh > docs/guide/commands.md
#   FORMWORK=path scripts/command-reference.sh       another binary than target/debug/formwork
set -euo pipefail
cd "$(dirname "$0")/.."
formwork=${FORMWORK:-target/debug/formwork}
# Help shows the values of variables that stand in for options.
unset FORMWORK_PROJECT FORMWORK_YES

cat << 'MARKDOWN'
# Commands

This page is what `--help` says, command by command. It is written by `scripts/command-reference.sh`; change the help instead.
MARKDOWN
section() {
  printf '\n## formwork%s\n\n```text\n' "${1:+ $1}"
  # The global options are told once. Lines that hold nothing but spaces are empty ones.
  "$formwork" ${1:+"$1"} --help | sed 's/[[:space:]]*$//' | awk -v command="$1" '
    /^[^ ]/ { skipped = 0 }
    /^Global options:/ && command != "" { skipped = 1; print "Global options: see above\n" }
    !skipped'
  printf '```\n'
}
section ""
"$formwork" --help | sed -n '/^Commands:/,/^$/p' | awk '/^  [a-z]/ && $1 != "help" {print $1}' | while read -r command; do
  section "$command"
done
