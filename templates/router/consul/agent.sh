# shellcheck shell=sh
# The agent of a container host. It finds its servers by their tag and answers nobody but this host. One that is replaced does not
# take leave: the containers of the host would be out of the register until the next one is there.
set -eu
umask 077
token=$(printf '%s' "$AGENT" | sed -E 's/^(.{8})(.{4})(.{4})(.{4})(.{12})$/\1-\2-\3-\4-\5/')
jq -n --arg gossip "$(printf '%s' "$GOSSIP" | base64)" --arg token "$token" '{
    datacenter: env.DATACENTER,
    data_dir: "/consul/data",
    bind_addr: "{{ GetPrivateIP }}",
    client_addr: "127.0.0.1",
    retry_join: ["provider=aws region=\(env.DATACENTER) tag_key=consul tag_value=\(env.MEMBERS)"],
    encrypt: $gossip,
    acl: {enabled: true, default_policy: "deny", tokens: {agent: $token}},
    leave_on_terminate: false,
    disable_update_check: true,
    log_level: "WARN"
}' >/tmp/agent.json
exec consul agent -config-file=/tmp/agent.json
