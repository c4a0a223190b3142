#!/bin/bash
# Ships what was packaged to the account of an environment, then carries out the plan that was saved for it.
#
# Other outputs of the pipeline lie in folders that variables name after them. When anything has moved since the plan was
# made, formwork refuses, and nothing is changed.
set -euo pipefail

folder_of() {
    local variable=CODEBUILD_SRC_DIR_$1
    echo "${!variable:?}"
}

cd "${CODEBUILD_SRC_DIR:?}"
plan=$(folder_of "${PLAN:?}")/plan.json
packages=$(folder_of Packages)/out

bucket=$(formwork outputs "${ENVIRONMENT:?}" --stack storage --output json | jq -r '.outputs.ReleaseBucket // empty')

# In a shell of its own, so that formwork goes on as who it is: it takes its roles by itself.
ship() (
    taken=$(aws sts assume-role --role-arn "${DEPLOY_ROLE:?}" --role-session-name ship --duration-seconds 900 \
        --query 'Credentials.[AccessKeyId, SecretAccessKey, SessionToken]' --output text)
    read -r AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN <<< "$taken"
    export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
    for file in "$packages"/*; do
        [[ -f $file ]] || continue
        name=releases/$(basename "$file")
        # What was shipped under a name stays: a package that changes gets a new name.
        if said=$(aws s3api put-object --bucket "$bucket" --key "$name" --body "$file" --if-none-match '*' 2>&1); then
            echo "shipped $name"
        elif [[ $said == *PreconditionFailed* ]]; then
            echo "$name was shipped before"
        else
            echo "$said" >&2
            exit 1
        fi
    done
)

if [[ -n $bucket ]]; then
    ship
else
    echo "$ENVIRONMENT has no bucket for releases yet: they are shipped by the next run"
fi
formwork deploy --plan "$plan" --yes
