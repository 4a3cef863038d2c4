#!/bin/bash
# up.sh [ftp|http|oauth2]...: starts the servers on loopback and prints one line. Run again, it leaves running servers alone.
set -euo pipefail
. "$(dirname "$0")/env.sh"
[ "$(id -u)" = 0 ] || die "root is needed: vsftpd checks passwords of accounts that exist only in its own mount namespace"
[ $# -gt 0 ] || set -- ftp http oauth2
bash "$HERE/install.sh" || exit 2
umask 022
exec 9> "$ROOT/.lock"; flock 9

running=0
for file in "$STATE"/run/*.pid; do [ -e "$file" ] && is_running "$file" && running=$((running + 1)); done
if [ -e "$TABLE" ] && [ "$running" -gt 0 ] && [ "$running" = "$(sed -n 's/^servers=//p' "$TABLE")" ] && grep -qx "groups=$*" "$TABLE"; then
  say "$running servers are up already ($TABLE)"; exit 0
fi
bash "$HERE/down.sh" > /dev/null          # whatever is left of an earlier start
rm -rf "$STATE"; mkdir -p "$STATE/run" "$STATE/log"; chmod 755 "$STATE"

# The first block of 1000 ports in which nobody listens; below the range from which the kernel takes outgoing ports.
BASE="${TUGTEST_LIVE_BASE:-}"
if [ -z "$BASE" ]; then
  taken="$(ss -Hltn | awk '{n = split($4, part, ":"); print int(part[n] / 1000)}' | sort -u)"
  for block in $(seq 20 31) $(seq 10 19); do grep -qx "$block" <<< "$taken" || { BASE=${block}000; break; }; done
  [ -n "$BASE" ] || die "no free block of ports; set TUGTEST_LIVE_BASE"
fi

NEXT=$((BASE + 1)) NEXT_PASSIVE=$((BASE + 200)) PORT=0 PASSIVE_FIRST=0 PASSIVE_LAST=0 SERVERS=0
: > "$TABLE.new"; chmod 600 "$TABLE.new"
note() { printf '%s=%s\n' "$1" "$2" >> "$TABLE.new"; }
port() { PORT=$NEXT; NEXT=$((NEXT + 1)); note "$1" "$PORT"; }
passive() { # how many ports; 16 are enough for sessions one after another
  PASSIVE_FIRST=$NEXT_PASSIVE; NEXT_PASSIVE=$((NEXT_PASSIVE + ${1:-16})); PASSIVE_LAST=$((NEXT_PASSIVE - 1))
  [ "$PASSIVE_LAST" -lt $((BASE + 1000)) ] || die "the block of ports is too small"
}
# Two servers have many sessions side by side, and a port that a session has used rests for a while.
passive_of() { case "$1" in vsftpd_tls | proftpd_tls) passive 72 ;; *) passive ;; esac; }
start() { # name, port to wait for, command
  local name=$1 wait=$2 pid
  shift 2
  setsid "$@" > "$STATE/log/$name.out" 2>&1 < /dev/null 9>&- &
  pid=$!
  echo "$pid $(start_time "$pid")" > "$STATE/run/$name.pid"
  echo "$wait" > "$STATE/run/$name.port"
  SERVERS=$((SERVERS + 1))
}
wait_for_ports() {
  local deadline=$((SECONDS + 30)) file name missing listening
  while :; do
    missing="" listening=" $(ss -Hltn | awk '{n = split($4, part, ":"); printf "%s ", part[n]}')"
    for file in "$STATE"/run/*.port; do
      name="$(basename "$file" .port)"
      case "$listening" in *" $(< "$file") "*) ;; *) missing="$missing $name" ;; esac
      is_running "$STATE/run/$name.pid" || die "$name ended: $(tail -n 3 "$STATE/log/$name.out" | tr '\n' ' ')"
    done
    [ -z "$missing" ] && return 0
    [ $SECONDS -lt $deadline ] || die "not listening:$missing (logs: $STATE/log)"
    sleep 0.1
  done
}

bash "$HERE/certs.sh"
bash "$HERE/accounts.sh"
note root "$ROOT"; note ca "$STATE/pki/ca.crt"; note pki "$STATE/pki"; note home "$STATE/home"; note log "$STATE/log"
note alice "$ALICE_PASSWORD"; note bob "$BOB_PASSWORD"; note reader "$READER_PASSWORD"; note locked "$LOCKED_PASSWORD"
note api_key "$API_KEY"; note bearer "$BEARER"
port dead; DEAD=$PORT                      # nobody ever listens here
note private "${TUGTEST_LIVE_PRIVATE:-no}" # yes: a network namespace with a resolver of our own (see `run`)
faults=()
for name in silent full reset close garbage ssh smtp slow_body endless ftp_mute ftp_drop ftp_busy ftp_disabled; do
  port "odd_$name"; faults+=("$name=$PORT")
done
start odd "$PORT" python3 "$HERE/odd.py" "${faults[@]}"
[ "${TUGTEST_LIVE_PRIVATE:-no}" = no ] || start resolver 53 python3 "$HERE/resolver.py"
for group in "$@"; do
  case "$group" in ftp | http | oauth2) . "$HERE/$group.sh"; "start_$group" ;; *) die "no such group: $group (ftp, http, oauth2)" ;; esac
done
note groups "$*"; note servers "$SERVERS"
wait_for_ports
case " $* " in *" oauth2 "*) grants ;; esac
mv "$TABLE.new" "$TABLE"
say "$SERVERS servers are up, ports from $BASE ($TABLE)"
