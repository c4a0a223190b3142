#!/bin/bash
# Looks at everything formwork can know to be wrong without AWS.
set -euo pipefail

cd "${CODEBUILD_SRC_DIR:?}"
formwork check --strict
