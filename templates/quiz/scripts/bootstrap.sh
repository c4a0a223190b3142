# shellcheck shell=bash
# Makes a server of the quiz service out of a fresh Amazon Linux 2023: its facts are exported by the lines before.
set -euo pipefail
exec > >(tee -a /var/log/quiz-bootstrap.log) 2>&1

# shellcheck disable=SC2329 # the trap calls it
metadata() {
    local session
    session=$(curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token)
    curl -sf -H "X-aws-ec2-metadata-token: $session" "http://169.254.169.254/latest/meta-data/$1"
}

# The stack counts ready servers while it is created or updated; at other times nobody listens.
# shellcheck disable=SC2329 # the trap calls it
tell_stack() {
    local status=$?
    local word=SUCCESS
    if [[ $status -ne 0 ]]; then
        word=FAILURE
    fi
    aws cloudformation signal-resource --stack-name "$STACK_NAME" --logical-resource-id Group \
        --unique-id "$(metadata instance-id)" --status "$word" || true
}
trap tell_stack EXIT

secret() {
    aws secretsmanager get-secret-value --secret-id "$1" --query SecretString --output text
}

dnf install -y --quiet amazon-cloudwatch-agent amazon-efs-utils jq redis6
chmod 0755 /usr/local/bin/quiz-once
groupadd --gid 1001 quiz
useradd --uid 1001 --gid quiz --home-dir /opt/quiz --no-create-home --shell /sbin/nologin quiz
install -d -m 0755 /opt/quiz /opt/quiz/releases /var/log/quiz
install -d -m 0750 -g quiz /etc/quiz
install -d /srv/uploads

# Uploads: one folder for all servers.
echo "$FILE_SYSTEM:/ /srv/uploads efs _netdev,noresvport,tls,iam,accesspoint=$ACCESS_POINT 0 0" >>/etc/fstab
mount /srv/uploads

# The environment file, from three secrets and what this stack knows. A name has to be one, a value one line.
umask 077
jq -n -r \
    --argjson program "$(secret "$ENVIRONMENT_SECRET")" \
    --argjson database "$(secret "$DATABASE_SECRET")" \
    --argjson cache "$(secret "$CACHE_SECRET")" '
    $program + {
        PORT: env.WEB_PORT, HEALTH_PATH: env.HEALTH_PATH, UPLOADS: "/srv/uploads",
        DATABASE_HOST: $database.host, DATABASE_PORT: $database.port, DATABASE_NAME: $database.dbname,
        DATABASE_USER: $database.username, DATABASE_PASSWORD: $database.password,
        REDIS_HOST: env.CACHE_HOST, REDIS_PORT: env.CACHE_PORT, REDIS_TLS: "1", REDISCLI_AUTH: $cache.token
    } | to_entries[] | (.value | tostring) as $value
    | if (.key | test("^[A-Za-z_][A-Za-z0-9_]*$") | not) or ($value | test("\n"))
      then error("\(.key) cannot stand in an environment file") else . end
    | "\(.key)=\"\($value | gsub("(?<mark>[\\\\\"`$])"; "\\\(.mark)"))\""' >/etc/quiz/environment
umask 022

# The newest release: `releases/current` names it and its checksum. Before the first one a stand-in answers.
listing=0
aws s3 ls "s3://$RELEASE_BUCKET/releases/current" >/dev/null || listing=$?
if [[ $listing -eq 0 ]]; then
    read -r release checksum < <(aws s3 cp "s3://$RELEASE_BUCKET/releases/current" -)
    if [[ ! $release =~ ^[A-Za-z0-9._-]+\.tar\.gz$ ]]; then
        echo "releases/current does not name a release: $release"
        exit 1
    fi
    aws s3 cp --quiet "s3://$RELEASE_BUCKET/releases/$release" "/opt/quiz/releases/$release"
    echo "$checksum  /opt/quiz/releases/$release" | sha256sum --check --quiet
    install -d /opt/quiz/current
    tar -xzf "/opt/quiz/releases/$release" -C /opt/quiz/current --no-same-owner
elif [[ $listing -eq 1 ]]; then
    install -d /opt/quiz/current/bin "/opt/quiz/current/page$(dirname "$HEALTH_PATH")"
    echo "There is no release yet." | tee /opt/quiz/current/page/index.html "/opt/quiz/current/page$HEALTH_PATH"
    cat >/opt/quiz/current/bin/serve <<'STAND_IN'
#!/bin/bash
exec python3 -m http.server "$PORT" --directory /opt/quiz/current/page
STAND_IN
    printf '#!/bin/bash\nexit 0\n' >/opt/quiz/current/bin/job
    chmod 0755 /opt/quiz/current/bin/serve /opt/quiz/current/bin/job
else
    echo "cannot read s3://$RELEASE_BUCKET"
    exit 1
fi

# unit NAME LOG [LINE...]: a service that runs as `quiz`, sees little, and writes to a log of its own.
unit() {
    local name=$1 log=$2
    shift 2
    {
        printf '%s\n' '[Unit]' 'After=network-online.target remote-fs.target' 'Wants=network-online.target' \
            '[Service]' 'User=quiz' 'EnvironmentFile=/etc/quiz/environment' 'WorkingDirectory=/opt/quiz/current' \
            "StandardOutput=append:/var/log/quiz/$log.log" "StandardError=append:/var/log/quiz/$log.log" \
            'NoNewPrivileges=yes' 'PrivateTmp=yes' 'ProtectHome=yes' 'ProtectSystem=strict' 'ReadWritePaths=/srv/uploads'
        printf '%s\n' "$@"
    } >"/etc/systemd/system/$name.service"
}

unit quiz web 'ExecStart=/opt/quiz/current/bin/serve' 'Restart=always' 'RestartSec=2' \
    '[Install]' 'WantedBy=multi-user.target'

# Timed jobs: every server has the timers, `quiz-once` lets one of them through.
aws ssm get-parameters-by-path --path "$JOB_PATH" --query 'Parameters[].Value' --output json |
    jq -r '.[] | fromjson | [.name, (.seconds | tostring), .schedule] | @tsv' |
    while IFS=$'\t' read -r job seconds schedule; do
        unit "quiz-job-$job" jobs 'Type=oneshot' "TimeoutStartSec=$((seconds + 60))" \
            "ExecStart=/usr/local/bin/quiz-once $job $seconds /opt/quiz/current/bin/job $job"
        printf '%s\n' '[Timer]' "OnCalendar=$schedule UTC" 'AccuracySec=1s' \
            '[Install]' 'WantedBy=timers.target' >"/etc/systemd/system/quiz-job-$job.timer"
        echo "quiz-job-$job.timer" >>/etc/quiz/timers
    done

# Logs and memory go to CloudWatch; files on the server are kept for a week.
printf '%s\n' '/var/log/quiz/*.log {' 'daily' 'rotate 7' 'compress' 'copytruncate' 'missingok' '}' >/etc/logrotate.d/quiz
jq -n '{
    agent: {metrics_collection_interval: 60},
    metrics: {
        namespace: env.NAMESPACE,
        aggregation_dimensions: [["Stack"]],
        metrics_collected: {
            mem: {measurement: ["mem_used_percent"], append_dimensions: {Stack: env.STACK_NAME}},
            disk: {measurement: ["used_percent"], resources: ["/"], append_dimensions: {Stack: env.STACK_NAME}}
        }
    },
    logs: {logs_collected: {files: {collect_list: [("web", "jobs") | {
        file_path: "/var/log/quiz/\(.).log", log_group_name: env.LOG_GROUP, log_stream_name: "{instance_id}/\(.)"
    }]}}}
}' >/etc/quiz/agent.json
/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -s -c file:/etc/quiz/agent.json

systemctl daemon-reload
systemctl enable --now quiz.service
if [[ -s /etc/quiz/timers ]]; then
    xargs systemctl enable --now </etc/quiz/timers
fi

# Ready means answering.
for _ in {1..60}; do
    if curl -sf -o /dev/null "http://127.0.0.1:$WEB_PORT$HEALTH_PATH"; then
        exit 0
    fi
    sleep 2
done
echo "the program does not answer $HEALTH_PATH with 200"
exit 1
