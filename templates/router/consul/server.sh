# shellcheck shell=bash
# Makes a server of Consul out of a fresh Amazon Linux 2023: its facts are exported by the lines before.
set -euo pipefail
exec > >(tee -a /var/log/router-consul.log) 2>&1

# While the stack is created or updated it waits for each server to say how it went.
# shellcheck disable=SC2329 # the trap calls it
tell_stack() {
    local ended=$? word=FAILURE
    if [[ $ended -eq 0 ]]; then
        word=SUCCESS
    fi
    aws cloudformation signal-resource --stack-name "$STACK_NAME" --logical-resource-id Group \
        --unique-id "$server" --status "$word" || true
}
session=$(curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token)
server=$(curl -sf -H "X-aws-ec2-metadata-token: $session" http://169.254.169.254/latest/meta-data/instance-id)
trap tell_stack EXIT

secret() {
    aws secretsmanager get-secret-value --secret-id "$1" --query SecretString --output text
}
# 32 digits become a UUID.
dashed() {
    sed -E 's/^(.{8})(.{4})(.{4})(.{4})(.{12})$/\1-\2-\3-\4-\5/'
}

dnf install -y --quiet amazon-cloudwatch-agent dnf-plugins-core jq
dnf config-manager --add-repo https://rpm.releases.hashicorp.com/AmazonLinux/hashicorp.repo
dnf install -y --quiet "consul-$CONSUL_VERSION"

umask 077
manager=$(secret "$MANAGER_SECRET" | dashed)
agent=$(secret "$AGENT_SECRET" | dashed)
jq -n --arg node "$server" --arg manager "$manager" --arg agent "$agent" \
    --arg gossip "$(secret "$GOSSIP_SECRET" | tr -d '\n' | base64)" '{
    server: true,
    bootstrap_expect: 3,
    node_name: $node,
    datacenter: env.AWS_DEFAULT_REGION,
    bind_addr: "{{ GetPrivateIP }}",
    addresses: {dns: "0.0.0.0"},
    retry_join: ["provider=aws region=\(env.AWS_DEFAULT_REGION) tag_key=consul tag_value=\(env.MEMBERS)"],
    encrypt: $gossip,
    acl: {enabled: true, default_policy: "deny", tokens: {initial_management: $manager, agent: $agent}},
    leave_on_terminate: true,
    reconnect_timeout: "8h",
    dns_config: {only_passing: true, service_ttl: {"*": "5s"}},
    disable_update_check: true,
    log_file: "/var/log/consul/"
}' >/etc/consul.d/consul.json
# What else stands in this file is in the other; without it the unit does not start.
echo 'data_dir = "/opt/consul"' >/etc/consul.d/consul.hcl
chown -R consul:consul /etc/consul.d
install -d -o consul -g consul /var/log/consul
umask 022

jq -n '{
    agent: {metrics_collection_interval: 60},
    metrics: {
        namespace: env.NAMESPACE,
        aggregation_dimensions: [["Stack"]],
        metrics_collected: {mem: {measurement: ["mem_used_percent"], append_dimensions: {Stack: env.STACK_NAME}}}
    },
    logs: {logs_collected: {files: {collect_list: [{
        file_path: "/var/log/consul/*.log", log_group_name: env.LOG_GROUP, log_stream_name: "{instance_id}/consul"
    }]}}}
}' >/etc/router-consul-agent.json
/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -s -c file:/etc/router-consul-agent.json

systemctl enable --now consul.service

api() {
    curl -sf --max-time 10 -X "$1" -H "X-Consul-Token: $manager" -d "${3:-}" "http://127.0.0.1:8500/v1/$2"
}
# Ready means that there is a majority, and with it a leader.
for _ in {1..150}; do
    leader=$(api GET status/leader || true)
    if [[ $leader =~ [0-9] ]]; then
        break
    fi
    sleep 4
done
if [[ ! ${leader:-} =~ [0-9] ]]; then
    echo "there is no leader"
    exit 1
fi

# Whoever comes first writes what agents may do, and what may be looked up without a token: names. The others find it there.
policy() {
    api GET "acl/policy/name/$1" >/dev/null || api PUT acl/policy "$(jq -n --arg name "$1" --arg rules "$2" \
        '{Name: $name, Rules: $rules}')" >/dev/null || api GET "acl/policy/name/$1" >/dev/null
}
policy agents 'node_prefix "" { policy = "write" } service_prefix "" { policy = "write" } agent_prefix "" { policy = "write" }'
policy names 'node_prefix "" { policy = "read" } service_prefix "" { policy = "read" }'
curl -sf -H "X-Consul-Token: $agent" http://127.0.0.1:8500/v1/acl/token/self >/dev/null ||
    api PUT acl/token "$(jq -n --arg agent "$agent" '{SecretID: $agent, Description: "agents", Policies: [{Name: "agents"}]}')" >/dev/null ||
    curl -sf -H "X-Consul-Token: $agent" http://127.0.0.1:8500/v1/acl/token/self >/dev/null
api PUT acl/token/00000000-0000-0000-0000-000000000002 '{"Description": "whoever has no token", "Policies": [{"Name": "names"}]}' >/dev/null

# Once a day whoever leads backs the register up.
install -d -m 0700 /etc/consul-backup
printf '%s' "$manager" >/etc/consul-backup/token
cat >/usr/local/bin/consul-backup <<BACKUP
#!/bin/bash
set -euo pipefail
export CONSUL_HTTP_TOKEN_FILE=/etc/consul-backup/token
if [[ \$(consul info | sed -n 's/.*leader = //p') != true ]]; then
    exit 0
fi
file=\$(mktemp)
trap 'rm -f "\$file"' EXIT
consul snapshot save "\$file"
aws s3 cp --quiet --region '$BACKUP_REGION' "\$file" "s3://$BACKUP_BUCKET/backups/consul/$AWS_DEFAULT_REGION/\$(date -u +%Y-%m-%d).snapshot"
BACKUP
chmod 0755 /usr/local/bin/consul-backup
printf '%s\n' '[Service]' 'Type=oneshot' 'ExecStart=/usr/local/bin/consul-backup' >/etc/systemd/system/consul-backup.service
printf '%s\n' '[Timer]' 'OnCalendar=02:30' 'RandomizedDelaySec=60' '[Install]' 'WantedBy=timers.target' \
    >/etc/systemd/system/consul-backup.timer
systemctl daemon-reload
systemctl enable --now consul-backup.timer
