# shellcheck shell=bash
# Makes a container host out of Amazon's image for them: its facts are exported by the lines before.
set -euo pipefail
exec > >(tee -a /var/log/router-host.log) 2>&1

# Whoever fails before the agent runs tells the stack at once; who comes through leaves it to the unit below.
# shellcheck disable=SC2329 # the trap calls it
tell_failure() {
    local ended=$?
    if [[ $ended -ne 0 ]]; then
        /usr/local/bin/router-tell FAILURE || true
    fi
}
trap tell_failure EXIT

# A container gets the rights of its own role, never those of the host.
cat >>/etc/ecs/ecs.config <<CONFIG
ECS_CLUSTER=$CLUSTER_NAME
ECS_AWSVPC_BLOCK_IMDS=true
ECS_IMAGE_PULL_BEHAVIOR=prefer-cached
ECS_LOGLEVEL=warn
CONFIG

cat >/usr/local/bin/router-tell <<TELL
#!/bin/bash
# Tells the stack how the making of this host ended: SUCCESS or FAILURE. A stack that is updated listens for Group; one that is made for
# Ready, some time after the first hosts are there; at other times nobody does. Who listens cannot be seen from here, so it is said to
# both, again and again; from one host it counts once.
set -euo pipefail
session=\$(curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token)
server=\$(curl -sf -H "X-aws-ec2-metadata-token: \$session" http://169.254.169.254/latest/meta-data/instance-id)
for _ in {1..30}; do
    for resource in Group Ready; do
        aws cloudformation signal-resource --region '$AWS_DEFAULT_REGION' --stack-name '$STACK_NAME' \\
            --logical-resource-id "\$resource" --unique-id "\$server" --status "\$1" || true
    done
    sleep 10
done
TELL

# Ready means that the agent has joined the cluster. It starts only after this script has ended, so a unit waits for it.
cat >/usr/local/bin/router-ready <<'READY'
#!/bin/bash
set -euo pipefail
for _ in {1..120}; do
    if curl -sf http://127.0.0.1:51678/v1/metadata | grep -q ContainerInstanceArn; then
        exec /usr/local/bin/router-tell SUCCESS
    fi
    sleep 2
done
/usr/local/bin/router-tell FAILURE
exit 1
READY
chmod 0755 /usr/local/bin/router-tell /usr/local/bin/router-ready

cat >/etc/systemd/system/router-ready.service <<'UNIT'
[Unit]
After=ecs.service network-online.target
Wants=network-online.target

[Service]
Type=oneshot
ExecStart=/usr/local/bin/router-ready

[Install]
WantedBy=multi-user.target
UNIT

dnf install -y --quiet awscli-2

# The first hosts are made before the cluster knows its capacity provider. Whoever joins earlier belongs to none and gets no containers.
takes_hosts() {
    local answer provider state
    answer=$(aws ecs describe-clusters --clusters "$CLUSTER_NAME" --include ATTACHMENTS \
        --query 'clusters[0].[capacityProviders[0], attachmentsStatus]' --output text)
    read -r provider state <<<"$answer"
    [[ -n $provider && $provider != None && $state != UPDATE_IN_PROGRESS ]]
}
for _ in {1..120}; do
    if takes_hosts; then
        break
    fi
    sleep 5
done
takes_hosts

systemctl daemon-reload
systemctl enable --now --no-block ecs.service router-ready.service
