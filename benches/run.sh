#!/bin/bash
# run.sh [ROUNDS]: measures tugtest beside hurl on the same work, on loopback, and prints a table (see README.md here). Everything
# that it writes goes to target/bench. Needs nginx and python3; brings hurl with cargo, and on Debian, as root, what that needs.
set -euo pipefail
BENCHES="$(cd "$(dirname "$0")" && pwd)"
PROJECT="$(cd "$BENCHES/.." && pwd)"
cd "$PROJECT"
ROUNDS="${1:-9}"
OUT="$PROJECT/target/bench"
export BENCH_TOKEN='canary-bench-token-3Kd7'

HURL="${HURL:-$PROJECT/target/hurl/bin/hurl}"
if [ ! -x "$HURL" ]; then
  echo "bench: building hurl 8.0.1 (a few minutes)" >&2
  if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
      pkg-config libxml2-dev libcurl4-openssl-dev libssl-dev libclang-dev > /dev/null
  fi
  cargo install -q --locked hurl --version 8.0.1 --root target/hurl
fi
[ -x /usr/bin/time ] || apt-get install -y -qq --no-install-recommends time > /dev/null
cargo build -q --locked --profile dist
TUGTEST="$PROJECT/target/dist/tugtest"

NGINX="$(command -v nginx || true)" LIBRARIES=""
if [ -z "$NGINX" ]; then
  bash tests/live/install.sh
  . tests/live/env.sh
  NGINX="$PREFIX/usr/sbin/nginx"
fi

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
rm -rf "$OUT"; mkdir -p "$OUT/nginx"/{body,proxy,fastcgi,uwsgi,scgi}
PORT="$(free_port)" SLOW_PORT="$(free_port)"
cat > "$OUT/nginx.conf" <<C
daemon off; worker_processes 1; pid $OUT/nginx/pid; error_log $OUT/nginx/error.log warn;
events { worker_connections 4096; }
http {
  client_body_temp_path $OUT/nginx/body; proxy_temp_path $OUT/nginx/proxy; fastcgi_temp_path $OUT/nginx/fastcgi;
  uwsgi_temp_path $OUT/nginx/uwsgi; scgi_temp_path $OUT/nginx/scgi;
  access_log off; default_type application/json; keepalive_requests 100000;
  server {
    listen 127.0.0.1:$PORT backlog=4096;
    location = /served { stub_status; }
    location /v1/check/ {
      if (\$http_authorization != "Bearer $BENCH_TOKEN") { return 401 '{"ok":false}'; }
      return 200 '{"ok":true,"account":{"id":42,"name":"Bench Shop","plan":"x"}}';
    }
  }
}
C
STARTED=()
trap 'for pid in "${STARTED[@]}"; do kill "$pid" 2> /dev/null || true; done' EXIT
LD_LIBRARY_PATH="$LIBRARIES" "$NGINX" -c "$OUT/nginx.conf" -e "$OUT/nginx/error.log" & STARTED+=($!)
python3 "$BENCHES/slow.py" "$SLOW_PORT" 50 "$BENCH_TOKEN" & STARTED+=($!)
BASE="http://127.0.0.1:$PORT" SLOW="http://127.0.0.1:$SLOW_PORT"
for count in 1 1000 10000; do python3 "$BENCHES/generate.py" "$OUT/$count" "$count" "$BASE"; done
python3 "$BENCHES/generate.py" "$OUT/slow-1000" 1000 "$SLOW"
for port in "$PORT" "$SLOW_PORT"; do
  for _ in $(seq 50); do (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null && break; sleep 0.1; done
done

ulimit -n "$(ulimit -Hn)"
echo "$("$TUGTEST" --version) beside $("$HURL" --version | head -n 1 | cut -d' ' -f1,2); $(nproc) cores, Linux $(uname -r), $ROUNDS rounds, medians"
echo
python3 "$BENCHES/measure.py" "$ROUNDS" "$TUGTEST" "$HURL" "$OUT" "$BASE" "$SLOW" | tee "$OUT/table.md"
