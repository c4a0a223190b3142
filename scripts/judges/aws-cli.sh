#!/usr/bin/env bash
# The AWS CLI works on our sandbox as its users do: stacks by hand and by `deploy`, every `wait`, change sets, drift,
# exports, packages, imports, refactoring and stack sets.
# FORMWORK is the program, JUDGES the folder with the AWS CLI; see .ci/run.
# shellcheck source=scripts/sandbox.sh
. "$(dirname "$0")/../sandbox.sh" "the AWS CLI"
cloudformation() { aws cloudformation "$@"; }
# One thing about a stack: of STACK QUERY.
of() { cloudformation describe-stacks --stack-name "$1" --query "Stacks[0].$2" --output text; }
waited=""
wait_for() {
  cloudformation wait "$@"
  waited="$waited$1"$'\n'
}
# Fails unless a command is refused with a text: refused TEXT COMMAND...
refused() {
  local text=$1
  shift
  if "$@" > said 2>&1; then
    echo "error: \`$*\` was not refused" >&2
    exit 1
  fi
  told "$text"
}

cat > template.yaml <<'YAML'
Parameters:
  Days:
    Type: Number
    Default: 60
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
    Export: {Name: !Sub "${AWS::StackName}-topic"}
YAML
sed 's/^Resources:/&\n  Second:\n    Type: AWS::SNS::Topic/' template.yaml > larger.yaml

# A stack by hand.
expect "the account" "$(aws sts get-caller-identity --query Account --output text)" 012345678901
quietly cloudformation validate-template --template-body file://template.yaml
quietly cloudformation create-stack --stack-name judge --template-body file://template.yaml
wait_for stack-exists --stack-name judge
wait_for stack-create-complete --stack-name judge
arn=$(of judge 'Outputs[0].OutputValue')
expect "the output" "${arn%:*}" arn:aws:sns:eu-west-1:012345678901
exports=$(cloudformation list-exports --query 'Exports[].[Name, Value]' --output text)
expect "the exports" "$exports" $'judge-topic\t'"$arn"
resources=$(cloudformation describe-stack-resources --stack-name judge --query 'length(StackResources)' --output text)
expect "the number of resources" "$resources" 2
quietly cloudformation update-stack --stack-name judge --use-previous-template --parameters ParameterKey=Days,ParameterValue=90
wait_for stack-update-complete --stack-name judge
refused 'No updates are to be performed' cloudformation update-stack --stack-name judge --use-previous-template \
  --parameters ParameterKey=Days,UsePreviousValue=true

# An update that fails, and is rolled back when its user says so.
aws ssm put-parameter --name /judge/taken --value "by hand" --type String > /dev/null
sed 's|^Resources:|&\n  Taken: {Type: AWS::SSM::Parameter, Properties: {Name: /judge/taken, Type: String, Value: x}}|' \
  template.yaml > failing.yaml
quietly cloudformation update-stack --stack-name judge --template-body file://failing.yaml --disable-rollback
refused 'terminal failure' cloudformation wait stack-update-complete --stack-name judge
quietly cloudformation rollback-stack --stack-name judge
wait_for stack-rollback-complete --stack-name judge
expect "the status" "$(of judge StackStatus)" UPDATE_ROLLBACK_COMPLETE

# `deploy` makes a change set, waits for it, executes it and waits again: a new stack, a known one, nothing to do.
quietly cloudformation deploy --stack-name deployed --template-file template.yaml --parameter-overrides Days=120
expect "the status" "$(of deployed StackStatus)" CREATE_COMPLETE
quietly cloudformation deploy --stack-name deployed --template-file larger.yaml --tags owner=judge
expect "the status" "$(of deployed StackStatus)" UPDATE_COMPLETE
expect "the parameter that was kept" "$(of deployed 'Parameters[0].ParameterValue')" 120
quietly cloudformation deploy --stack-name deployed --template-file larger.yaml --tags owner=judge --no-fail-on-empty-changeset
told 'No changes to deploy. Stack deployed is up to date'
# The client names its change sets by the second and leaves the failed one behind.
left=$(aws cloudformation list-change-sets --stack-name deployed --query 'Summaries[0].ChangeSetId' --output text)
quietly cloudformation delete-change-set --change-set-name "$left"
refused 'No changes to deploy' \
  cloudformation deploy --stack-name deployed --template-file larger.yaml --tags owner=judge --fail-on-empty-changeset

# `package` puts what lies beside a template into a bucket, and the packaged template is deployed from there.
aws s3 mb s3://judge-packages > /dev/null
echo 'Resources: {Inner: {Type: AWS::SQS::Queue}}' > inner.yaml
echo 'Resources: {Nested: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: inner.yaml}}}' > outer.yaml
quietly cloudformation package --template-file outer.yaml --s3-bucket judge-packages --output-template-file packaged.yaml
quietly cloudformation deploy --stack-name packaged --template-file packaged.yaml
nested=$(cloudformation list-stack-resources --stack-name packaged \
  --query 'StackResourceSummaries[0].PhysicalResourceId' --output text)
expect "the nested stack" "$(of "$nested" StackStatus)" CREATE_COMPLETE

# Change sets by hand; one that is a stack's first, and one that takes over a bucket that is there.
quietly cloudformation create-change-set --stack-name judge --change-set-name more --template-body file://larger.yaml
wait_for change-set-create-complete --stack-name judge --change-set-name more
changes=$(cloudformation describe-change-set --stack-name judge --change-set-name more \
  --query 'Changes[].ResourceChange.[Action, LogicalResourceId] | sort_by(@, &[1])[]' --output text)
expect "the changes" "$changes" $'Modify\tQueue\tAdd\tSecond'
quietly cloudformation execute-change-set --stack-name judge --change-set-name more
wait_for stack-update-complete --stack-name judge
quietly cloudformation create-change-set --stack-name judge --change-set-name none --template-body file://larger.yaml
refused 'terminal failure' cloudformation wait change-set-create-complete --stack-name judge --change-set-name none
reason=$(cloudformation describe-change-set --stack-name judge --change-set-name none --query StatusReason --output text)
expect "the reason" "${reason%%.*}" "The submitted information didn't contain changes"
quietly cloudformation delete-change-set --stack-name judge --change-set-name none
aws s3 mb s3://judge-imported > /dev/null
echo 'Resources: {Bucket: {Type: AWS::S3::Bucket, DeletionPolicy: Retain, Properties: {BucketName: judge-imported}}}' > import.yaml
quietly cloudformation create-change-set --stack-name imported --change-set-name import --change-set-type IMPORT \
  --template-body file://import.yaml --resources-to-import \
  'ResourceType=AWS::S3::Bucket,LogicalResourceId=Bucket,ResourceIdentifier={BucketName=judge-imported}'
wait_for change-set-create-complete --stack-name imported --change-set-name import
quietly cloudformation execute-change-set --stack-name imported --change-set-name import
wait_for stack-import-complete --stack-name imported

# A resource moves from one stack to another.
echo '{Resources: {Queue: {Type: AWS::SQS::Queue}}}' > target.yaml
quietly cloudformation create-stack --stack-name target --template-body file://target.yaml
wait_for stack-create-complete --stack-name target
echo '{Resources: {Queue: {Type: AWS::SQS::Queue}, Second: {Type: AWS::SNS::Topic}}}' > target.yaml
refactor=$(cloudformation create-stack-refactor --query StackRefactorId --output text \
  --stack-definitions StackName=judge,TemplateBody@=file://template.yaml StackName=target,TemplateBody@=file://target.yaml \
  --resource-mappings 'Source={StackName=judge,LogicalResourceId=Second},Destination={StackName=target,LogicalResourceId=Second}')
wait_for stack-refactor-create-complete --stack-refactor-id "$refactor"
quietly cloudformation execute-stack-refactor --stack-refactor-id "$refactor"
wait_for stack-refactor-execute-complete --stack-refactor-id "$refactor"
quietly cloudformation describe-stack-resource --stack-name target --logical-resource-id Second

# Drift: a value changed behind CloudFormation's back.
echo 'Resources: {Value: {Type: AWS::SSM::Parameter, Properties: {Name: /judge/value, Type: String, Value: ours}}}' > value.yaml
quietly cloudformation deploy --stack-name drifting --template-file value.yaml
aws ssm put-parameter --name /judge/value --value theirs --overwrite > /dev/null
detection=$(cloudformation detect-stack-drift --stack-name drifting --query StackDriftDetectionId --output text)
drift=""
for _ in $(seq 20); do
  drift=$(cloudformation describe-stack-drift-detection-status --stack-drift-detection-id "$detection" \
    --query '[DetectionStatus, StackDriftStatus]' --output text)
  [ "${drift%%$'\t'*}" = DETECTION_IN_PROGRESS ] || break
done
expect "the drift" "$drift" $'DETECTION_COMPLETE\tDRIFTED'
difference=$(cloudformation describe-stack-resource-drifts --stack-name drifting --stack-resource-drift-status-filters MODIFIED \
  --query 'StackResourceDrifts[0].PropertyDifferences[0].[PropertyPath, ExpectedValue, ActualValue]' --output text)
expect "the difference" "$difference" $'/Value\tours\ttheirs'

# A stack set in two accounts and two regions.
quietly cloudformation create-stack-set --stack-set-name judge --template-body file://inner.yaml
operation=$(cloudformation create-stack-instances --stack-set-name judge --accounts 111122223333 444455556666 \
  --regions eu-west-1 us-east-1 --query OperationId --output text)
state=""
for _ in $(seq 20); do
  state=$(cloudformation describe-stack-set-operation --stack-set-name judge --operation-id "$operation" \
    --query StackSetOperation.Status --output text)
  [ "$state" = RUNNING ] || [ "$state" = QUEUED ] || break
done
expect "the operation" "$state" SUCCEEDED
instances=$(cloudformation list-stack-instances --stack-set-name judge \
  --query "length(Summaries[?StackInstanceStatus.DetailedStatus=='SUCCEEDED'])" --output text)
expect "the instances" "$instances" 4
refused 'StackSetNotEmptyException' cloudformation delete-stack-set --stack-set-name judge

# A type of one's own.
token=$(cloudformation register-type --type RESOURCE --type-name Judge::Queue::Resource \
  --schema-handler-package s3://judge-packages/resource.zip --query RegistrationToken --output text)
wait_for type-registration-complete --registration-token "$token"

quietly cloudformation delete-stack --stack-name judge
wait_for stack-delete-complete --stack-name judge
refused 'Stack with id judge does not exist' cloudformation describe-stacks --stack-name judge
known=$("$JUDGES/python" -c 'import boto3; print("\n".join(boto3.client("cloudformation").waiter_names))' | tr _ -)
expect "the names that were waited for" "$(printf %s "$waited" | sort -u)" "$(printf '%s\n' "$known" | sort)"
echo "AWS CLI: stacks, deploy, package, change sets, import, refactoring, drift and stack sets; waited for everything it can wait for"
