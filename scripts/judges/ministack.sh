#!/usr/bin/env bash
# The same binary deploys and destroys quiz/dev, tracker/dev and commerce/dev, with what it needs of commerce/shared in two
# other accounts, on ministack, a server that is not ours.
# FORMWORK is the program, JUDGES the folder with ministack; see .ci/run.
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${FORMWORK:?the program to judge}" "${JUDGES:?the folder that ministack is in}"
# shellcheck source=scripts/served.sh
. scripts/served.sh ministack.log "formwork and ministack did not get along"

port=$("$JUDGES/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
BIND_HOST=127.0.0.1 GATEWAY_PORT=$port "$JUDGES/ministack" > "$folder/ministack.log" 2>&1 &
server=$!
listens() { (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null; }
await 300 listens

unset AWS_PROFILE AWS_SESSION_TOKEN AWS_ENDPOINT_URL AWS_ROLE_ARN AWS_WEB_IDENTITY_TOKEN_FILE
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true
export AWS_SECRET_ACCESS_KEY=test
url="http://127.0.0.1:$port"
# On ministack the key is the account, so each environment comes with that of `environments/accounts.yaml`. What follows the
# environment chooses its stacks.
up() {
  export AWS_ACCESS_KEY_ID=$1
  local environment=$2 chosen=("${@:3}")
  "$FORMWORK" deploy "$environment" "${chosen[@]}" --yes --confirm "$environment" --endpoint-url "$url"
  "$FORMWORK" plan "$environment" "${chosen[@]}" --exit-code --endpoint-url "$url"
  "$FORMWORK" status "$environment" "${chosen[@]}" --endpoint-url "$url" | tee "$folder/status"
  if grep -q 'not deployed' "$folder/status"; then
    echo "error: not everything of $environment is deployed" >&2
    exit 1
  fi
}
down() {
  export AWS_ACCESS_KEY_ID=$1
  local environment=$2 chosen=("${@:3}")
  "$FORMWORK" destroy "$environment" "${chosen[@]}" --yes --confirm "$environment" --allow '*' --endpoint-url "$url"
  "$FORMWORK" status "$environment" --endpoint-url "$url" > "$folder/status"
  if grep '^  ' "$folder/status" | grep -v 'not deployed'; then
    echo "error: not everything of $environment is destroyed (above)" >&2
    exit 1
  fi
  echo "ministack: deployed and destroyed $environment"
}

up 012345678901 quiz/dev
down 012345678901 quiz/dev
up 456789012345 tracker/dev
down 456789012345 tracker/dev

# What ministack has no types for stays away: of commerce/shared all but the archive, keys, roles, images and names; of
# commerce/dev the recorder (AWS::Config), the account's way into the archive (AWS::Logs::AccountPolicy), the firewall
# (AWS::WAFv2::WebACLAssociation) and the mail domain (what SES says of its keys), none of which anything else needs.
# It has no NAT gateways either, so the network reaches AWS through endpoints.
shared=()
for stack in key notices log-archive security-alarms 'image-*' names read-role deploy-role; do shared+=(--stack "$stack"); done
workload=(--set nat=none)
for stack in deploy-role network secrets notices storage zone balancer 'table-*' 'queue-*' people events checkout cluster \
  'service-*' alarms dashboard; do workload+=(--stack "$stack"); done
# The function of the stack `zone` runs there, and enters the name servers in the zone of the other account.
delegated() {
  "$JUDGES/python" - "$url" << 'END'
import sys
import boto3
route53 = boto3.client("route53", endpoint_url=sys.argv[1], region_name="eu-west-1", aws_access_key_id="666777888999", aws_secret_access_key="test")
(zone,) = [zone["Id"] for zone in route53.list_hosted_zones()["HostedZones"] if zone["Name"] == "commerce.example.com."]
records = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
print(*[record["Name"].rstrip(".") for record in records if record["Type"] == "NS"])
END
}
up 666777888999 commerce/shared "${shared[@]}"
up 777888999000 commerce/dev "${workload[@]}"
[ "$(delegated)" = "commerce.example.com dev.commerce.example.com" ] || { echo "error: dev.commerce.example.com is not delegated" >&2; exit 1; }
down 777888999000 commerce/dev "${workload[@]}"
[ "$(delegated)" = commerce.example.com ] || { echo "error: dev.commerce.example.com is still delegated" >&2; exit 1; }
down 666777888999 commerce/shared "${shared[@]}"
