# shellcheck shell=sh
# Keeps the register in step with the host: every container of a service with an address of its own is told to the agent,
# under the name of its family, `orders-v3`; what is gone is taken out. ROUNDS limits how often it looks, for tests.
set -eu
token=$(printf '%s' "$AGENT" | sed -E 's/^(.{8})(.{4})(.{4})(.{4})(.{12})$/\1-\2-\3-\4-\5/')

consul_api() {
    method=$1
    path=$2
    shift 2
    curl -sf --max-time 5 -X "$method" -H "X-Consul-Token: $token" "$@" "http://127.0.0.1:8500/v1/agent/$path"
}

# The registrations that there should be: one for each running container. Consul asks more often than ECS whether it is healthy: so
# a new container is known before ECS takes an old one away.
wanted() {
    printf '%s' "$1" | jq -c '[
        .Tasks[] | select(.KnownStatus == "RUNNING" and (.DesiredStatus // "RUNNING") == "RUNNING")
        | select(.Family | test("^[a-z][a-z0-9-]*-v[0-9]+$"))
        | (.Arn | split("/") | last) as $task | .Family as $name | .Containers[]
        | select(.Networks and .Ports)
        | .Networks[0].IPv4Addresses[0] as $address | .Ports[0].ContainerPort as $port
        | {
            ID: $task, Name: $name, Address: $address, Port: $port,
            Check: {
                Name: "answers", HTTP: "http://\($address):\($port)\(env.HEALTH_PATH)", Interval: "3s", Timeout: "2s",
                DeregisterCriticalServiceAfter: "10m"
            }
        }]'
}

# Who does not answer is asked again later: what is not known is not gone.
look() {
    tasks=$(curl -sf --max-time 5 http://127.0.0.1:51678/v1/tasks) || return 0
    services=$(consul_api GET services) || return 0
    containers=$(wanted "$tasks")
    there=$(printf '%s' "$services" | jq -c keys)
    printf '%s' "$containers" | jq -c --argjson there "$there" '.[] | select(.ID as $id | $there | index($id) | not)' |
        while read -r one; do
            printf '%s' "$one" | jq -r '"comes: \(.Name) \(.ID) at \(.Address):\(.Port)"'
            consul_api PUT service/register -d "$one" || true
        done
    printf '%s' "$containers" | jq -r --argjson there "$there" '$there - map(.ID) | .[]' |
        while read -r gone; do
            echo "goes: $gone"
            consul_api PUT "service/deregister/$gone" || true
        done
}

rounds=${ROUNDS:-0}
while :; do
    look
    if [ "$rounds" -gt 0 ]; then
        rounds=$((rounds - 1))
        [ "$rounds" -gt 0 ] || break
    fi
    sleep 3
done
