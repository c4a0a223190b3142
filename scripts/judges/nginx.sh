#!/usr/bin/env bash
# The proxy of `router`, as formwork renders it, in a real Nginx: several versions of services behind it, a name server that
# knows them, and visitors in front. FORMWORK is the program, JUDGES the folder with Python and PyYAML, which cfn-lint brings; see .ci/run.
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${FORMWORK:?the program to judge}" "${JUDGES:?the folder that Python is in}"
FORMWORK=$(realpath "$FORMWORK")
export FORMWORK PYTHONDONTWRITEBYTECODE=1
# The shell of the image is that of busybox.
bash scripts/debian.sh nginx-light busybox

"$JUDGES/python" -m unittest discover --start-directory scripts/judges/nginx
echo "nginx: the cookie decides, the customer decides the cookie, one value moves one customer, and nothing inside is told"
