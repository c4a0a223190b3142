#!/usr/bin/env bash
# Sceptre launches, compares, updates and deletes a project of twenty stacks that depend on one another.
# FORMWORK is the program, JUDGES the folder with Sceptre and the AWS CLI; see .ci/run.
# shellcheck source=scripts/sandbox.sh
. "$(dirname "$0")/../sandbox.sh" Sceptre
sceptre() { quietly "$JUDGES/sceptre" --no-colour "$@"; }
stacks() { aws cloudformation describe-stacks --query "$1" --output text; }

mkdir -p config/app templates
cat > config/config.yaml <<'YAML'
project_code: judge
region: eu-west-1
template_bucket_name: judge-sceptre
stack_tags: {owner: judge}
YAML
cat > templates/queue.yaml <<'YAML'
Parameters:
  Above: {Type: String, Default: none}
  Days: {Type: Number, Default: 4}
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      MessageRetentionPeriod: !Ref Days
      Tags: [{Key: above, Value: !Ref Above}]
Outputs:
  Name:
    Value: !GetAtt Queue.QueueName
YAML
# A tree three deep: every stack but the first takes an output of the one above it.
for number in $(seq 20); do
  {
    printf 'template: {type: file, path: queue.yaml}\nparameters:\n'
    if [ "$number" = 1 ]; then
      echo '  Days: "60"'
    else
      echo "  Above: !stack_output app/s$(((number + 2) / 4)).yaml::Name"
    fi
  } > "config/app/s$number.yaml"
done

sceptre launch --yes app
expect "stacks that are created" "$(stacks "length(Stacks[?StackStatus=='CREATE_COMPLETE'])")" 20
above=$(aws cloudformation describe-stacks --stack-name judge-app-s9 \
  --query "Stacks[0].Parameters[?ParameterKey=='Above'].ParameterValue" --output text)
output=$(aws cloudformation describe-stacks --stack-name judge-app-s2 \
  --query 'Stacks[0].Outputs[0].OutputValue' --output text)
expect "the output of the stack above" "$above" "$output"
expect "templates in the bucket" "$(aws s3 ls --recursive s3://judge-sceptre | wc -l | tr -d ' ')" 20
sceptre status app
expect "stacks that Sceptre sees created" "$(grep -c CREATE_COMPLETE said)" 20

sceptre diff app
expect "stacks without a difference" "$(grep -c 'No difference to deployed stack' said)" 20
sed -i.before 's/"60"/"90"/' config/app/s1.yaml
"$JUDGES/sceptre" --no-colour diff app > said 2>&1 || true
told '1 stacks with differences detected'
told "new_value: '90'"

sceptre launch --yes app
expect "stacks that are updated" "$(stacks "Stacks[?StackStatus=='UPDATE_COMPLETE'].StackName")" judge-app-s1
expect "stacks that are unchanged" "$(grep -c 'No updates to perform' said)" 19

sceptre drift detect app/s1.yaml
told 'IN_SYNC'
sceptre delete --yes app
expect "stacks that are left" "$(stacks 'length(Stacks)')" 0
echo "Sceptre: launched, compared, updated and deleted twenty stacks"
