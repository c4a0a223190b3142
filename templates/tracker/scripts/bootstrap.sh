# shellcheck shell=bash
# Makes a server of the tracker out of a fresh Amazon Linux 2023: its facts are exported by the lines before.
set -euo pipefail
exec > >(tee -a /var/log/tracker-bootstrap.log) 2>&1

# While the stack is created or updated it waits for each server to say how it went.
# shellcheck disable=SC2329 # the trap calls it
tell_stack() {
    local ended=$? word=FAILURE session server
    if [[ $ended -eq 0 ]]; then
        word=SUCCESS
    fi
    session=$(curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token)
    server=$(curl -sf -H "X-aws-ec2-metadata-token: $session" http://169.254.169.254/latest/meta-data/instance-id)
    aws cloudformation signal-resource --stack-name "$STACK_NAME" --logical-resource-id Group \
        --unique-id "$server" --status "$word" || true
}
trap tell_stack EXIT

secret() {
    aws secretsmanager get-secret-value --secret-id "$1" --query SecretString --output text
}

dnf install -y --quiet amazon-cloudwatch-agent jq
useradd --user-group --home-dir /opt/tracker --no-create-home --shell /sbin/nologin tracker
install -d -m 0755 /opt/tracker/current /var/log/tracker
install -d -m 0750 -g tracker /etc/tracker

# What the parameter store tells: {"name": "mail-out", "provider": …, "secret": …} and {"name": "mail-out", "queue": …}.
# It becomes MAIL_OUT_PROVIDER, MAIL_OUT_QUEUE, and MAIL_OUT_… for each field that the secret has for that provider.
umask 077
facts=$(aws ssm get-parameters-by-path --recursive --path "$FACT_PATH" --query 'Parameters[].Value' --output json)
keys=$(
    jq -r '.[] | fromjson | select(.secret) | [.name, .provider, .secret] | @tsv' <<<"$facts" |
        while IFS=$'\t' read -r name provider arn; do
            secret "$arn" | jq -c --arg name "$name" --arg provider "$provider" '{name: $name} + (.[$provider] // {})'
        done
)
jq -n -r \
    --argjson facts "$facts" \
    --argjson keys "$(jq -s . <<<"$keys")" \
    --argjson session "$(secret "$SESSION_SECRET")" \
    --argjson database "$(secret "$DATABASE_SECRET")" '
    def variable: ascii_upcase | gsub("-"; "_");
    def variables: .name as $name | del(.name)
        | with_entries(.key = ($name + "-" + .key | variable));
    ([$facts[] | fromjson | del(.secret)] + $keys | map(variables) | add) + {
        PORT: env.WEB_PORT, HEALTH_PATH: env.HEALTH_PATH, AWS_REGION: env.AWS_DEFAULT_REGION,
        FILE_BUCKET: env.FILE_BUCKET, VALUE_TABLE: env.VALUE_TABLE, SESSION_SECRET: $session.secret,
        DATABASE_HOST: $database.host, DATABASE_PORT: $database.port, DATABASE_NAME: $database.dbname,
        DATABASE_USER: $database.username, DATABASE_PASSWORD: $database.password
    } | to_entries[] | (.value | tostring) as $value
    | if (.key | test("^[A-Z_][A-Z0-9_]*$") | not) or ($value | test("\n"))
      then error("\(.key) cannot stand in an environment file") else . end
    | "\(.key)=\"\($value | gsub("(?<mark>[\\\\\"`$])"; "\\\(.mark)"))\""' >/etc/tracker/environment
umask 022

# The newest release: `releases/current` names it and its checksum. Before there is one, a page says so.
listing=0
aws s3 ls "s3://$RELEASE_BUCKET/releases/current" >/dev/null || listing=$?
case $listing in
    0)
        read -r release checksum < <(aws s3 cp "s3://$RELEASE_BUCKET/releases/current" -)
        if [[ ! $release =~ ^[A-Za-z0-9._-]+\.tar\.gz$ ]]; then
            echo "releases/current does not name a release: $release"
            exit 1
        fi
        aws s3 cp --quiet "s3://$RELEASE_BUCKET/releases/$release" "/opt/tracker/$release"
        echo "$checksum  /opt/tracker/$release" | sha256sum --check --quiet
        tar -xzf "/opt/tracker/$release" -C /opt/tracker/current --no-same-owner
        ;;
    1)
        install -d /opt/tracker/current/bin "/opt/tracker/current/page$(dirname "$HEALTH_PATH")"
        echo "There is no release yet." | tee /opt/tracker/current/page/index.html "/opt/tracker/current/page$HEALTH_PATH"
        # shellcheck disable=SC2016 # $PORT is the program's, not this script's
        printf '%s\n' '#!/bin/bash' 'exec python3 -m http.server "$PORT" --directory /opt/tracker/current/page' \
            >/opt/tracker/current/bin/serve
        chmod 0755 /opt/tracker/current/bin/serve
        ;;
    *)
        echo "cannot read s3://$RELEASE_BUCKET"
        exit 1
        ;;
esac

cat >/etc/systemd/system/tracker.service <<'UNIT'
[Unit]
After=network-online.target
Wants=network-online.target

[Service]
User=tracker
EnvironmentFile=/etc/tracker/environment
WorkingDirectory=/opt/tracker/current
ExecStart=/opt/tracker/current/bin/serve
Restart=always
RestartSec=2
StandardOutput=append:/var/log/tracker/web.log
StandardError=append:/var/log/tracker/web.log
NoNewPrivileges=yes
PrivateTmp=yes
ProtectHome=yes
ProtectSystem=strict

[Install]
WantedBy=multi-user.target
UNIT

# Log and memory go to CloudWatch; files on the server are kept for a week.
printf '%s\n' '/var/log/tracker/*.log {' 'daily' 'rotate 7' 'compress' 'copytruncate' 'missingok' '}' \
    >/etc/logrotate.d/tracker
jq -n '{
    agent: {metrics_collection_interval: 60},
    metrics: {
        namespace: env.NAMESPACE,
        aggregation_dimensions: [["Stack"]],
        metrics_collected: {mem: {measurement: ["mem_used_percent"], append_dimensions: {Stack: env.STACK_NAME}}}
    },
    logs: {logs_collected: {files: {collect_list: [{
        file_path: "/var/log/tracker/web.log", log_group_name: env.LOG_GROUP, log_stream_name: "{instance_id}/web"
    }]}}}
}' >/etc/tracker/agent.json
/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -s -c file:/etc/tracker/agent.json

systemctl daemon-reload
systemctl enable --now tracker.service

# Ready means answering.
for _ in {1..60}; do
    if curl -sf -o /dev/null "http://127.0.0.1:$WEB_PORT$HEALTH_PATH"; then
        exit 0
    fi
    sleep 2
done
echo "the program does not answer $HEALTH_PATH with 200"
exit 1
