#!/usr/bin/env bash
# takomo deploys, updates, lists and undeploys stacks that depend on one another, in two regions.
# FORMWORK is the program, JUDGES the folder with the AWS CLI, NODE the one with Node's modules; see .ci/run.
: "${NODE?the folder with the modules of Node, empty if they could not be had}"
if [ -z "$NODE" ]; then
  echo "takomo: skipped, the npm registry cannot be reached"
  exit 0
fi
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/sandbox.sh
. "$here/../sandbox.sh" takomo
cp "$here/takomo/endpoint.js" .
takomo() {
  NODE_PATH=$NODE NODE_OPTIONS="--no-warnings --require $folder/endpoint.js" \
    quietly "$JUDGES/node" "$NODE/takomo/bin/tkm" "$@" --dir project
}
statuses() {
  aws cloudformation list-stacks --region "$1" --query 'sort_by(StackSummaries, &StackName)[].StackStatus' --output text
}

mkdir -p project/stacks/app project/templates/app
cat > project/stacks/network.yml <<'YAML'
regions: eu-west-1
parameters:
  Range: 10.0.0.0/24
tags:
  owner: judge
YAML
cat > project/templates/network.yml <<'YAML'
Parameters:
  Range: {Type: String}
Resources:
  Vpc:
    Type: AWS::EC2::VPC
    Properties: {CidrBlock: !Ref Range}
Outputs:
  Vpc: {Value: !Ref Vpc}
YAML
cat > project/stacks/app/queue.yml <<'YAML'
regions: [eu-west-1, eu-north-1]
depends: /network.yml
parameters:
  Vpc:
    resolver: stack-output
    stack: /network.yml
    output: Vpc
YAML
cat > project/templates/app/queue.yml <<'YAML'
Parameters:
  Vpc: {Type: String}
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      Tags: [{Key: vpc, Value: !Ref Vpc}]
YAML

takomo stacks deploy --yes
told 'with status: SUCCESS'
expect "stacks of the first region" "$(statuses eu-west-1)" $'CREATE_COMPLETE\tCREATE_COMPLETE'
expect "stacks of the second region" "$(statuses eu-north-1)" CREATE_COMPLETE
vpc=$(aws cloudformation describe-stacks --stack-name app-queue --region eu-north-1 \
  --query 'Stacks[0].Parameters[0].ParameterValue' --output text)
expect "the output that was handed on" "${vpc%%-*}" vpc

takomo stacks deploy --yes
told 'with status: SKIPPED'
sed -i.before 's|10.0.0.0/24|10.1.0.0/24|' project/stacks/network.yml
takomo stacks deploy --yes
told '/app/queue.yml/eu-north-1 +app-queue +SUCCESS +UPDATE_SUCCESS'
expect "stacks after the update" "$(statuses eu-west-1)" $'UPDATE_COMPLETE\tUPDATE_COMPLETE'
takomo stacks list
told 'app-queue +UPDATE_COMPLETE'
takomo stacks undeploy --yes
told 'with status: SUCCESS'
expect "stacks in the end" "$(statuses eu-west-1)" $'DELETE_COMPLETE\tDELETE_COMPLETE'
echo "takomo: deployed, updated and undeployed three stacks in two regions"
