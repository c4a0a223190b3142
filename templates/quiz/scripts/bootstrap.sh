# shellcheck shell=bash
# Makes a server of the quiz service, with what `shared/scripts/server.sh` knows.
dnf install -y --quiet amazon-cloudwatch-agent amazon-efs-utils jq redis6
chmod 0755 /usr/local/bin/quiz-once
groupadd --gid 1001 quiz
useradd --uid 1001 --gid quiz --home-dir /opt/quiz --no-create-home --shell /sbin/nologin quiz
make_folders

# Uploads: one folder for all servers.
install -d /srv/uploads
echo "$FILE_SYSTEM:/ /srv/uploads efs _netdev,noresvport,tls,iam,accesspoint=$ACCESS_POINT 0 0" >>/etc/fstab
mount /srv/uploads

# The environment of the program, from three secrets and what this stack knows.
jq -n \
    --argjson program "$(secret "$ENVIRONMENT_SECRET")" \
    --argjson database "$(secret "$DATABASE_SECRET")" \
    --argjson cache "$(secret "$CACHE_SECRET")" '
    $program + {
        PORT: env.WEB_PORT, HEALTH_PATH: env.HEALTH_PATH, UPLOADS: "/srv/uploads",
        DATABASE_HOST: $database.host, DATABASE_PORT: $database.port, DATABASE_NAME: $database.dbname,
        DATABASE_USER: $database.username, DATABASE_PASSWORD: $database.password,
        REDIS_HOST: env.CACHE_HOST, REDIS_PORT: env.CACHE_PORT, REDIS_TLS: "1", REDISCLI_AUTH: $cache.token
    }' | write_environment
fetch_release job
unit quiz web 'ReadWritePaths=/srv/uploads' 'ExecStart=/opt/quiz/current/bin/serve' 'Restart=always' 'RestartSec=2' \
    '[Install]' 'WantedBy=multi-user.target'

# Timed jobs: every server has the timers, `quiz-once` lets one of them through.
aws ssm get-parameters-by-path --path "$JOB_PATH" --query 'Parameters[].Value' --output json |
    jq -r '.[] | fromjson | [.name, (.seconds | tostring), .schedule] | @tsv' |
    while IFS=$'\t' read -r job seconds schedule; do
        unit "quiz-job-$job" jobs 'ReadWritePaths=/srv/uploads' 'Type=oneshot' "TimeoutStartSec=$((seconds + 60))" \
            "ExecStart=/usr/local/bin/quiz-once $job $seconds /opt/quiz/current/bin/job $job"
        printf '%s\n' '[Timer]' "OnCalendar=$schedule UTC" 'AccuracySec=1s' \
            '[Install]' 'WantedBy=timers.target' >"/etc/systemd/system/quiz-job-$job.timer"
        echo "quiz-job-$job.timer" >>/etc/quiz/timers
    done

watch web jobs
systemctl daemon-reload
systemctl enable --now quiz.service
if [[ -s /etc/quiz/timers ]]; then
    xargs systemctl enable --now </etc/quiz/timers
fi
await_answer
