# shellcheck shell=sh
# Writes the configuration of Nginx from what the container is told, and becomes Nginx.
#
# CONFIGURATION      nginx.conf, the file beside this one
# SERVICES           `login:8080:/login:3,4 shop:8081:/:3`: name, port, path and versions of each service; it gets what lies
#                    below its path, with the path as visitors wrote it
# CUSTOMERS          `acme=4 globex=3`: the version of each customer; who is not there has the default
# DEFAULT_VERSION    the version of everybody else; every service has it
# LOGIN_SERVICE      the service whose answers say whose session begins, and LOGIN_SECONDS how long that holds
# SUFFIX, RESOLVER   where names of services end, and who knows them: `router.internal`, `10.62.0.2` or `10.62.0.2:8600`
# DOMAINS            host names of visitors
# BALANCERS          address ranges that the load balancer calls from
# PORT, HEALTH_PATH  where Nginx listens, and the path that it answers itself
# REQUEST_MEGABYTES  how large a request may be
# FOLDER             where it writes; everything else may be read-only
#
# Nothing is written before all of it is found to be well-formed: every word that reaches the configuration consists of
# letters, digits and a few marks that mean nothing to Nginx.
set -euf
export LC_ALL=C
umask 077

refuse() {
  printf 'proxy: %s: <%s>\n' "$1" "$2" >&2
  exit 64
}

# Each takes what the word is, and the word.
is_name() {
  case $2 in
    '' | -* | *- | *[!a-z0-9-]*) refuse "$1 is lower-case letters, digits and hyphens" "$2" ;;
  esac
  [ "${#2}" -le 40 ] || refuse "$1 has at most 40 letters" "$2"
}
is_host() {
  case $2 in
    '' | [.-]* | *[.-] | *..* | *.-* | *-.* | *[!a-z0-9.-]*) refuse "$1 is a host name in lower-case letters" "$2" ;;
  esac
  [ "${#2}" -le 190 ] || refuse "$1 has at most 190 letters" "$2"
}
is_path() {
  case $2 in
    [!/]* | '' | *[!A-Za-z0-9/._~-]* | *//* | */./* | */../* | */. | */..) refuse "$1 is a plain path" "$2" ;;
  esac
}
# Also the least and the most.
is_number() {
  case $2 in
    '' | 0?* | *[!0-9]*) refuse "$1 is a whole number" "$2" ;;
  esac
  if [ "${#2}" -gt 8 ] || [ "$2" -lt "$3" ] || [ "$2" -gt "$4" ]; then
    refuse "$1 is between $3 and $4" "$2"
  fi
}
is_version() {
  is_number "$1" "$2" 1 999999
}
# An IPv4 address.
is_address() {
  case $2 in
    *[!0-9.]* | *..* | *. | '') refuse "$1 is an IPv4 address" "$2" ;;
  esac
  whole=$2
  IFS=.
  # shellcheck disable=SC2086 # to be split at the dots
  set -- "$1" $2
  IFS=' '
  [ "$#" = 5 ] || refuse "$1 is an IPv4 address" "$whole"
  for part in "$2" "$3" "$4" "$5"; do
    is_number "each part of $1" "$part" 0 255
  done
}
# Whether a list has a word: has LIST WORD.
has() {
  case " $1 " in
    *" $2 "*) return 0 ;;
    *) return 1 ;;
  esac
}

: "${CONFIGURATION:?}" "${SERVICES:?}" "${CUSTOMERS=}" "${DOMAINS:?}" "${BALANCERS:?}" "${RESOLVER:?}"
is_version DEFAULT_VERSION "${DEFAULT_VERSION:?}"
is_name LOGIN_SERVICE "${LOGIN_SERVICE:?}"
is_number LOGIN_SECONDS "${LOGIN_SECONDS:?}" 60 31536000
is_host SUFFIX "${SUFFIX:?}"
is_number PORT "${PORT:?}" 1024 65535
is_path HEALTH_PATH "${HEALTH_PATH:?}"
is_number REQUEST_MEGABYTES "${REQUEST_MEGABYTES:?}" 1 1024
is_path FOLDER "${FOLDER:?}"

# Lists are split at spaces alone: a tab or a new line stays in its word, where it is refused.
IFS=' '
# shellcheck disable=SC2086
for word in $RESOLVER; do
  case $word in
    *:*) is_number "the port of RESOLVER" "${word#*:}" 1 65535 ;;
  esac
  is_address RESOLVER "${word%%:*}"
done
for word in $DOMAINS; do
  is_host DOMAINS "$word"
done
balancers=
for word in $BALANCERS; do
  case $word in
    */*) is_number "the length of BALANCERS" "${word#*/}" 8 32 ;;
    *) refuse "BALANCERS are address ranges" "$word" ;;
  esac
  is_address BALANCERS "${word%%/*}"
  balancers="$balancers set_real_ip_from $word;"
done

# For the service that is being read: add_location WHERE.
add_location() {
  locations="${locations}location $1 {
  set \$service $name;
  error_page 413 500 502 503 504 /.error;
  proxy_pass http://$name-v\$version.$SUFFIX:$port;
}
"
}

new_line='
'
names='' paths='' all_versions='' version_map='' locations=''
for service in $SERVICES; do
  case $service in
    *:*:*:*:*) refuse "a service is NAME:PORT:PATH:VERSIONS" "$service" ;;
    *:*:*:*) ;;
    *) refuse "a service is NAME:PORT:PATH:VERSIONS" "$service" ;;
  esac
  name=${service%%:*} rest=${service#*:}
  port=${rest%%:*} rest=${rest#*:}
  path=${rest%%:*} versions=${rest#*:}
  is_name "the name of a service" "$name"
  is_number "the port of $name" "$port" 1 65535
  is_path "the path of $name" "$path"
  path=${path%/}
  has "$names" "$name" && refuse "two services have one name" "$name"
  has "$paths" "$path/" && refuse "two services have one path" "$path/"
  names="$names $name" paths="$paths $path/"

  case $versions in
    ,* | *, | *,,*) refuse "the versions of $name are numbers with commas between them" "$versions" ;;
  esac
  own=
  IFS=,
  for version in $versions; do
    is_version "a version of $name" "$version"
    has "$own" "$version" && refuse "$name has a version twice" "$version"
    own="$own $version"
    version_map="$version_map\"$name $version\" $version;$new_line"
  done
  IFS=' '
  has "$own" "$DEFAULT_VERSION" || refuse "$name has to have the default version, $DEFAULT_VERSION" "$versions"
  all_versions="$all_versions$own"
  add_location "$path/"
  [ -z "$path" ] || add_location "= $path"
done
has "$names" "$LOGIN_SERVICE" || refuse "LOGIN_SERVICE is one of the services" "$LOGIN_SERVICE"
has "$paths" / || locations="${locations}location / { return 404; }$new_line"

customers='' customer_map=''
for word in $CUSTOMERS; do
  customer=${word%%=*} version=${word#*=}
  is_name "a customer" "$customer"
  is_version "the version of $customer" "$version"
  has "$customers" "$customer" && refuse "a customer is there twice" "$customer"
  has "$all_versions" "$version" || refuse "no service has the version of $customer" "$version"
  customers="$customers $customer"
  customer_map="$customer_map\"$LOGIN_SERVICE =$customer\" $version;$new_line"
done

printf '%s' "$version_map" >"$FOLDER/versions.map"
printf '%s' "$customer_map" >"$FOLDER/customers.map"
printf '%s' "$locations" >"$FOLDER/services.conf"
suffix_pattern=$(printf '%s' "$SUFFIX" | sed 's/[.]/[.]/g')
printf '%s\n' "$CONFIGURATION" | sed \
  -e "s|@PORT@|$PORT|g" -e "s|@HEALTH_PATH@|$HEALTH_PATH|g" -e "s|@DOMAINS@|$DOMAINS|g" -e "s|@BALANCERS@|${balancers# }|g" \
  -e "s|@RESOLVER@|$RESOLVER|g" -e "s|@SUFFIX_PATTERN@|[.]$suffix_pattern|g" -e "s|@DEFAULT_VERSION@|$DEFAULT_VERSION|g" \
  -e "s|@LOGIN_SERVICE@|$LOGIN_SERVICE|g" -e "s|@LOGIN_SECONDS@|$LOGIN_SECONDS|g" \
  -e "s|@REQUEST_MEGABYTES@|$REQUEST_MEGABYTES|g" >"$FOLDER/nginx.conf"
exec nginx -e stderr -p "$FOLDER/" -c "$FOLDER/nginx.conf" -g 'daemon off;'
