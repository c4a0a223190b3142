#!/bin/bash
# Runs one command of the program's own, with the team's packages at hand: its tests, its packaging, its acceptance.
#
# CODEBUILD_SRC_DIR is the source; COMMAND what is to be run there. PACKAGE_TOOLS are told where packages come from.
set -euo pipefail

for tool in ${PACKAGE_TOOLS:?}; do
    aws codeartifact login --tool "$tool" --domain "${PACKAGE_DOMAIN:?}" --repository "${PACKAGE_REPOSITORY:?}"
done
cd "${CODEBUILD_SRC_DIR:?}"
# The packages that are to be shipped are put here.
mkdir -p out
bash -euo pipefail -c "${COMMAND:?}"
