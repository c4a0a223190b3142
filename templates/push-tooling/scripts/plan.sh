#!/bin/bash
# Saves the plan for an environment: what is looked at, and approved, is what is carried out later.
set -euo pipefail

cd "${CODEBUILD_SRC_DIR:?}"
formwork plan "${ENVIRONMENT:?}" -o plan.json | tee plan.txt

# For whoever approves.
grep '^Plan: ' plan.txt | tail -n 1 | cut -c 1-300 > summary.txt
