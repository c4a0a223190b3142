#!/usr/bin/env bash
# The steps that push's pipeline runs, as they are rendered, with formwork and the AWS CLI against the sandbox: a plan is saved
# by one step and carried out by another, what was packed is shipped, and a plan that something overtook is refused.
# FORMWORK is the program, JUDGES the folder with the AWS CLI; see .ci/run.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/scripts/sandbox.sh" "the pipeline"
bash "$root/scripts/debian.sh" jq

mkdir bin source packages packages/out
ln -s "$FORMWORK" bin/formwork
ln -s "$JUDGES/aws" bin/aws
export PATH=$folder/bin:$PATH
cp -r "$root"/{formwork.yaml,templates,environments,policies} source
echo "first" > packages/out/service-1.zip
# Builds begin as the tooling account, and take a role in the one they deploy to.
account_of() { sed -n "s/^$1: {id: \"\([0-9]*\)\".*/\1/p" "$folder/source/environments/accounts.yaml"; }
tooling=$(account_of push-tooling)
export AWS_ACCESS_KEY_ID=$tooling CODEBUILD_SRC_DIR=$folder/source CODEBUILD_SRC_DIR_Packages=$folder/packages
export CODEBUILD_BUILD_URL=https://console.example.com/build

# One step, as CodeBuild runs it: all commands in one shell, in the source. A plan that it saves is put into the folder PLAN,
# for the step that carries it out: step NAME ENVIRONMENT PLAN
step() {
  formwork --project source render push/tooling --stack "build-$1" > body.yaml
  "$JUDGES/python" "$root/scripts/judges/pipeline/commands.py" body.yaml > commands.sh
  rm -f source/plan.json source/plan.txt source/summary.txt
  (
    cd source
    export ENVIRONMENT=$2 PLAN=$3
    DEPLOY_ROLE=arn:aws:iam::$(account_of "${2/\//-}"):role/formwork-deploy
    export DEPLOY_ROLE
    bash -e ../commands.sh
  ) || return
  if [ -f source/plan.json ]; then
    mkdir -p "$3"
    cp source/plan.json source/plan.txt "$3"
  fi
}

plan_and_deploy() {
  quietly step "plan-$1" "push/$1" Plan
  quietly step "deploy-$1" "push/$1" Plan
}
export CODEBUILD_SRC_DIR_Plan=$folder/Plan

deployed_limit() {
  AWS_ACCESS_KEY_ID=$(account_of push-staging) aws cloudformation describe-stacks --stack-name acme-push-staging-worker \
    --query "Stacks[0].Parameters[?ParameterKey=='Limit'].ParameterValue" --output text
}

quietly step check push/staging Plan
quietly step plan-staging push/staging Plan
told '^Plan: [0-9]+ to create'
told '^said: Plan: [0-9]+ to create'
expect "where the plan can be read" "$(grep '^at: ' said)" "at: $CODEBUILD_BUILD_URL"
quietly step deploy-staging push/staging Plan
told 'has no bucket for releases yet'
quietly formwork --project source plan push/staging --exit-code

sed -i 's/^  worker_limit: .*/  worker_limit: 12/' source/environments/push/staging.yaml
plan_and_deploy staging
told 'shipped releases/service-1.zip'
expect "what was planned is deployed" "$(deployed_limit)" 12
echo "second" > packages/out/service-1.zip
plan_and_deploy staging
told 'releases/service-1.zip was shipped before'

sed -i 's/^  worker_limit: .*/  worker_limit: 13/' source/environments/push/staging.yaml
quietly step plan-staging push/staging Plan
quietly formwork --project source deploy push/staging --set worker_limit=14 --yes
if step deploy-staging push/staging Plan > said 2>&1; then
  cat said >&2
  echo "error: a plan that something overtook was carried out" >&2
  exit 1
fi
told 'the plan no longer fits'
expect "nothing is changed by a plan that something overtook" "$(deployed_limit)" 14

plan_and_deploy production
quietly formwork --project source plan push/production --exit-code
echo "pipeline: staging and production deployed by saved plans, packages shipped once, a plan that something overtook refused"
