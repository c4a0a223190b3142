#!/usr/bin/env bash
# Installs packages of Debian that are not there yet: bash scripts/debian.sh PACKAGE... Needs to be root, or sudo.
set -euo pipefail
missing=()
for package in "$@"; do
  dpkg-query --show --showformat '${db:Status-Abbrev}' "$package" 2> /dev/null | grep -q '^ii' || missing+=("$package")
done
[ "${#missing[@]}" = 0 ] && exit 0
as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo --non-interactive)
export DEBIAN_FRONTEND=noninteractive
said=$(mktemp)
trap 'rm -f "$said"' EXIT
# Nothing that is installed is started: a judge starts what it needs, on a port of its own.
if ! { "${as_root[@]}" apt-get update && "${as_root[@]}" env RUNLEVEL=1 apt-get install --yes --no-install-recommends "${missing[@]}"; } > "$said" 2>&1; then
  tail -n 20 "$said" >&2
  echo "error: cannot install ${missing[*]} (above); install them by hand, or run this as root" >&2
  exit 1
fi
