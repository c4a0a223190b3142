#!/usr/bin/env bash
# The AWS CLI creates, waits for, describes and deletes a stack on our sandbox.
set -euo pipefail
log=$(mktemp); work=$(mktemp -d)
"$FORMWORK" sandbox --listen 127.0.0.1:0 --speed max > "$log" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null || true; rm -rf "$log" "$work"' EXIT
url=""
for _ in $(seq 100); do
  url=$(grep -o 'http://127\.0\.0\.1:[0-9]*' "$log" | head -1 || true)
  [ -n "$url" ] && break
  sleep 0.1
done
[ -n "$url" ]
export AWS_ENDPOINT_URL=$url AWS_ACCESS_KEY_ID=012345678901 AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=eu-west-1
export AWS_PAGER="" AWS_EC2_METADATA_DISABLED=true
aws() { "$JUDGES/aws" "$@"; }
cat > "$work/template.yaml" <<'YAML'
Resources:
  Topic:
    Type: AWS::SNS::Topic
  Queue:
    Type: AWS::SQS::Queue
Outputs:
  Arn:
    Value: !Ref Topic
YAML
[ "$(aws sts get-caller-identity --query Account --output text)" = 012345678901 ]
aws cloudformation create-stack --stack-name judge --template-body "file://$work/template.yaml" > /dev/null
aws cloudformation wait stack-create-complete --stack-name judge
arn=$(aws cloudformation describe-stacks --stack-name judge --query 'Stacks[0].Outputs[0].OutputValue' --output text)
case "$arn" in arn:aws:sns:eu-west-1:012345678901:*) ;; *) echo "unexpected output: $arn"; exit 1 ;; esac
aws cloudformation deploy --stack-name judge --template-file "$work/template.yaml" --tags owner=judge > /dev/null
aws cloudformation delete-stack --stack-name judge
aws cloudformation wait stack-delete-complete --stack-name judge
if aws cloudformation describe-stacks --stack-name judge 2> "$work/error"; then echo "the stack is still there"; exit 1; fi
grep -q 'Stack with id judge does not exist' "$work/error"
echo "AWS CLI: created, waited for, described, updated and deleted a stack"
