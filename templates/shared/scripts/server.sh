# shellcheck shell=bash
# How servers of every system make themselves out of a fresh Amazon Linux 2023. The lines before export a server's facts; SERVICE is the
# name of its user and folders. What is particular to a system follows.
set -euo pipefail
exec > >(tee -a "/var/log/$SERVICE-bootstrap.log") 2>&1

# While the stack is created or updated it waits for each server to say how it went; at other times nobody listens.
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

# make_folders: for the program, its configuration and its logs.
make_folders() {
    install -d -m 0755 "/opt/$SERVICE/current" "/var/log/$SERVICE"
    install -d -m 0750 -g "$SERVICE" "/etc/$SERVICE"
}

# write_environment: the object that comes in becomes the environment file. A name has to be one, a value one line.
write_environment() {
    (
        umask 077
        jq -r 'to_entries[] | (.value | tostring) as $value
            | if (.key | test("^[A-Za-z_][A-Za-z0-9_]*$") | not) or ($value | test("\n"))
              then error("\(.key) cannot stand in an environment file") else . end
            | "\(.key)=\"\($value | gsub("(?<mark>[\\\\\"`$])"; "\\\(.mark)"))\""' >"/etc/$SERVICE/environment"
    )
}

# fetch_release [PROGRAM...]: the newest one, which `releases/current` names with its checksum. Before there is one, a page
# says so, and the programs do nothing.
fetch_release() {
    local place="s3://$RELEASE_BUCKET/releases" home="/opt/$SERVICE/current" listing=0 release checksum program
    aws s3 ls "$place/current" >/dev/null || listing=$?
    if [[ $listing -eq 0 ]]; then
        read -r release checksum < <(aws s3 cp "$place/current" -)
        if [[ ! $release =~ ^[A-Za-z0-9._-]+\.tar\.gz$ ]]; then
            echo "releases/current does not name a release: $release"
            exit 1
        fi
        aws s3 cp --quiet "$place/$release" "/opt/$SERVICE/$release"
        echo "$checksum  /opt/$SERVICE/$release" | sha256sum --check --quiet
        tar -xzf "/opt/$SERVICE/$release" -C "$home" --no-same-owner
    elif [[ $listing -eq 1 ]]; then
        install -d "$home/bin" "$home/page$(dirname "$HEALTH_PATH")"
        echo "There is no release yet." | tee "$home/page/index.html" "$home/page$HEALTH_PATH"
        # shellcheck disable=SC2016 # $PORT is the program's, not this script's
        printf '%s\n' '#!/bin/bash' 'exec python3 -m http.server "$PORT" --directory page' >"$home/bin/serve"
        for program in "$@"; do
            printf '%s\n' '#!/bin/bash' 'exit 0' >"$home/bin/$program"
        done
        chmod 0755 "$home"/bin/*
    else
        echo "cannot read s3://$RELEASE_BUCKET"
        exit 1
    fi
}

# unit NAME LOG [LINE...]: a service that runs as the user of the service, sees little, and writes to a log of its own.
unit() {
    local name=$1 log=/var/log/$SERVICE/$2.log
    shift 2
    printf '%s\n' '[Unit]' 'After=network-online.target remote-fs.target' 'Wants=network-online.target' \
        '[Service]' "User=$SERVICE" "EnvironmentFile=/etc/$SERVICE/environment" "WorkingDirectory=/opt/$SERVICE/current" \
        "StandardOutput=append:$log" "StandardError=append:$log" \
        'NoNewPrivileges=yes' 'PrivateTmp=yes' 'ProtectHome=yes' 'ProtectSystem=strict' "$@" \
        >"/etc/systemd/system/$name.service"
}

# watch LOG...: logs, memory and disk go to CloudWatch; files on the server are kept for a week.
watch() {
    printf '%s\n' "/var/log/$SERVICE/*.log {" 'daily' 'rotate 7' 'compress' 'copytruncate' 'missingok' '}' \
        >"/etc/logrotate.d/$SERVICE"
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
        logs: {logs_collected: {files: {collect_list: [$ARGS.positional[] | {
            file_path: "/var/log/\(env.SERVICE)/\(.).log", log_group_name: env.LOG_GROUP, log_stream_name: "{instance_id}/\(.)"
        }]}}}
    }' --args "$@" >"/etc/$SERVICE/agent.json"
    /opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -s -c "file:/etc/$SERVICE/agent.json"
}

# await_answer: ready means answering.
await_answer() {
    for _ in {1..60}; do
        if curl -sf -o /dev/null "http://127.0.0.1:$WEB_PORT$HEALTH_PATH"; then
            return
        fi
        sleep 2
    done
    echo "the program does not answer $HEALTH_PATH with 200"
    exit 1
}
