#!/usr/bin/env bash
# The AWS CLI creates, waits for, describes, updates and deletes a stack on our sandbox.
# FORMWORK is the program, JUDGES the folder with the AWS CLI; see .ci/run.
set -euo pipefail
: "${FORMWORK:?the program to judge}" "${JUDGES:?the folder that the AWS CLI is in}"
folder=$(mktemp -d)
server=""
stop() {
  status=$?
  if [ -n "$server" ]; then
    kill "$server" 2> /dev/null || true
    wait "$server" 2> /dev/null || true
  fi
  if [ "$status" != 0 ]; then
    echo "error: the AWS CLI did not get what it expects; the sandbox said:" >&2
    tail -n 30 "$folder/sandbox.log" >&2 || true
  fi
  rm -rf "$folder"
}
trap stop EXIT

# In a folder without a project: the sandbox needs none. Port 0 is any that is free.
cd "$folder"
"$FORMWORK" sandbox --listen 127.0.0.1:0 --state "$folder/state" --speed max > sandbox.log 2>&1 &
server=$!
url=""
for _ in $(seq 100); do
  url=$(grep -o 'http://127\.0\.0\.1:[0-9]*' sandbox.log | head -n 1 || true)
  [ -n "$url" ] && break
  kill -0 "$server" 2> /dev/null || { echo "error: the sandbox ended before it listened" >&2; exit 1; }
  sleep 0.1
done
[ -n "$url" ] || { echo "error: the sandbox told no address within ten seconds" >&2; exit 1; }

# Nothing of the machine's own configuration may reach AWS from here.
unset AWS_PROFILE AWS_SESSION_TOKEN AWS_REGION AWS_ROLE_ARN AWS_WEB_IDENTITY_TOKEN_FILE AWS_CA_BUNDLE
unset HTTP_PROXY HTTPS_PROXY ALL_PROXY http_proxy https_proxy all_proxy
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_PAGER="" AWS_EC2_METADATA_DISABLED=true
export AWS_ENDPOINT_URL=$url AWS_ACCESS_KEY_ID=012345678901 AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=eu-west-1
aws() { "$JUDGES/aws" "$@"; }
expect() {
  if [ "$2" != "$3" ]; then
    echo "error: $1: expected \`$3\`, got \`$2\`" >&2
    exit 1
  fi
}

cat > template.yaml <<'YAML'
Parameters:
  Days:
    Type: Number
    Default: 4
Resources:
  Topic:
    Type: AWS::SNS::Topic
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      MessageRetentionPeriod: !Ref Days
Outputs:
  Arn:
    Value: !Ref Topic
YAML
sed 's/^Resources:/&\n  Second:\n    Type: AWS::SNS::Topic/' template.yaml > larger.yaml

expect "the account" "$(aws sts get-caller-identity --query Account --output text)" 012345678901
aws cloudformation validate-template --template-body file://template.yaml > /dev/null
aws cloudformation create-stack --stack-name judge --template-body file://template.yaml > /dev/null
aws cloudformation wait stack-create-complete --stack-name judge
arn=$(aws cloudformation describe-stacks --stack-name judge --query 'Stacks[0].Outputs[0].OutputValue' --output text)
expect "the output" "${arn%:*}" arn:aws:sns:eu-west-1:012345678901
resources=$(aws cloudformation describe-stack-resources --stack-name judge --query 'length(StackResources)' --output text)
expect "the number of resources" "$resources" 2

# `deploy` makes a change set, waits for it, executes it and waits again.
aws cloudformation deploy --stack-name judge --template-file larger.yaml --tags owner=judge > /dev/null
status=$(aws cloudformation describe-stacks --stack-name judge --query 'Stacks[0].StackStatus' --output text)
expect "the status" "$status" UPDATE_COMPLETE
aws cloudformation describe-stack-resource --stack-name judge --logical-resource-id Second > /dev/null
aws cloudformation deploy --stack-name judge --template-file larger.yaml --tags owner=judge --no-fail-on-empty-changeset > unchanged 2>&1
grep -q 'No changes to deploy' unchanged || { echo "error: an unchanged stack was deployed again" >&2; exit 1; }

aws cloudformation delete-stack --stack-name judge
aws cloudformation wait stack-delete-complete --stack-name judge
if aws cloudformation describe-stacks --stack-name judge 2> gone; then
  echo "error: the stack is still there" >&2
  exit 1
fi
grep -q 'Stack with id judge does not exist' gone || { echo "error: unexpected answer: $(cat gone)" >&2; exit 1; }
echo "AWS CLI: created, waited for, described, updated and deleted a stack"
