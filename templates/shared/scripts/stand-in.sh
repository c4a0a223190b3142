# shellcheck shell=sh
folder=$(dirname "/tmp/page$HEALTH_PATH")
mkdir -p "$folder"
echo "There is no build of $SERVICE_NAME${SERVICE_VERSION:+ v$SERVICE_VERSION} yet." | tee /tmp/page/index.html "/tmp/page$HEALTH_PATH"
exec httpd -f -p "$PORT" -h /tmp/page
