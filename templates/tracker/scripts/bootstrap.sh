# shellcheck shell=bash
# Makes a server of the tracker, with what `shared/scripts/server.sh` knows.
dnf install -y --quiet amazon-cloudwatch-agent jq
useradd --user-group --home-dir /opt/tracker --no-create-home --shell /sbin/nologin tracker
make_folders

# What the parameter store tells: {"name": "mail-out", "provider": …, "secret": …} and {"name": "mail-out", "queue": …}.
# It becomes MAIL_OUT_PROVIDER, MAIL_OUT_QUEUE, and MAIL_OUT_… for each field that the secret has for that provider.
facts=$(aws ssm get-parameters-by-path --recursive --path "$FACT_PATH" --query 'Parameters[].Value' --output json)
keys=$(
    jq -r '.[] | fromjson | select(.secret) | [.name, .provider, .secret] | @tsv' <<<"$facts" |
        while IFS=$'\t' read -r name provider arn; do
            secret "$arn" | jq -c --arg name "$name" --arg provider "$provider" '{name: $name} + (.[$provider] // {})'
        done
)
jq -n \
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
    }' | write_environment
fetch_release
unit tracker web 'ExecStart=/opt/tracker/current/bin/serve' 'Restart=always' 'RestartSec=2' \
    '[Install]' 'WantedBy=multi-user.target'
watch web
systemctl daemon-reload
systemctl enable --now tracker.service
await_answer
