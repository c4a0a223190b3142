#!/usr/bin/env bash
# The AWS CDK bootstraps an account, and deploys, compares, changes and destroys a small app with a file asset: version 3,
# and the newest of the line 2, which is newer.
# FORMWORK is the program, JUDGES the folder with the AWS CLI, NODE the one with Node's modules; see .ci/run.
: "${NODE?the folder with the modules of Node, empty if they could not be had}"
if [ -z "$NODE" ]; then
  echo "AWS CDK: skipped, the npm registry cannot be reached"
  exit 0
fi
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/sandbox.sh
. "$here/../sandbox.sh" "the AWS CDK"
export NODE_PATH=$NODE CDK_DISABLE_CLI_TELEMETRY=1 HOME=$folder
cp "$here/cdk/app.js" .
echo "some contents" > asset.txt
program=""
cdk() { quietly "$JUDGES/node" --no-warnings "$NODE/$program/bin/cdk" --no-notices --ci "$@"; }
stack() { aws cloudformation describe-stacks --stack-name "$1" --query "Stacks[0].$2" --output text; }
attempts() { aws ssm get-parameter --name /judge/attempts --query Parameter.Value --output text; }

# The app is written out once for both.
for number in 3 5; do
  CDK_CONTEXT_JSON="{\"attempts\": $number}" CDK_OUTDIR=$folder/app-$number quietly "$JUDGES/node" app.js
done
for program in aws-cdk aws-cdk-current; do
  cdk bootstrap aws://012345678901/eu-west-1
  told 'Environment aws://012345678901/eu-west-1 bootstrapped'

  cdk --app app-3 deploy --all --require-approval never
  told '✅ +Work'
  expect "the first stack" "$(stack Store StackStatus)" CREATE_COMPLETE
  expect "the second stack" "$(stack Work StackStatus)" CREATE_COMPLETE
  key=$(stack Store "Outputs[?OutputKey=='Key'].OutputValue | [0]")
  aws s3 cp "s3://cdk-hnb659fds-assets-012345678901-eu-west-1/$key" asset.got > /dev/null
  expect "the asset" "$(cat asset.got)" "some contents"
  expect "the value" "$(attempts)" 3

  cdk --app app-3 diff --fail
  told 'Number of stacks with differences: 0'
  if "$JUDGES/node" --no-warnings "$NODE/$program/bin/cdk" --no-notices --ci --app app-5 diff --fail > said 2>&1; then
    echo "error: the CDK sees no difference" >&2
    exit 1
  fi
  told 'AWS::SQS::Queue Queue'
  told '\[\+\] 5'
  told 'Number of stacks with differences: 1'

  cdk --app app-3 deploy --all --require-approval never
  told 'Work \(no changes\)'
  cdk --app app-5 deploy Work --require-approval never
  expect "the changed stack" "$(stack Work StackStatus)" UPDATE_COMPLETE
  expect "the changed value" "$(attempts)" 5
  cdk --app app-3 deploy Work --exclusively --method=direct --require-approval never
  expect "the value after a direct update" "$(attempts)" 3
  if [ "$program" = aws-cdk-current ]; then
    # Version 3 was cut before the CDK asked for drift.
    aws ssm put-parameter --name /judge/attempts --value 9 --overwrite > /dev/null
    cdk --app app-3 drift Work
    told 'Number of resources with drift: 1'
  fi

  cdk --app app-3 destroy --all --force
  told '✅ +Store: destroyed'
  left=$(aws cloudformation describe-stacks --query 'Stacks[].StackName' --output text)
  expect "stacks that are left" "$left" CDKToolkit
done
echo "AWS CDK: bootstrapped, deployed, compared, changed and destroyed an app of two stacks, with two versions of the CLI"
