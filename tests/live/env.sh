# Settings shared by the scripts here; sourced, never run. What a caller may export:
#   TUGTEST_LIVE_ROOT  downloads, the private prefix and all state       (default: target/live of the project)
#   TUGTEST_LIVE_BASE  first port of a block of 1000 that the servers use (default: the first free block)
HERE="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
PROJECT="$(cd "$HERE/../.." && pwd)"

# The daemons drop privileges and then open their files by path, so every folder above has to be passable for others.
passable() {
  local path=$1 mode
  mkdir -p "$path" && path="$(cd "$path" && pwd -P)" || return 1
  while :; do
    mode="$(stat -c %a "$path")"
    [ $((8#$mode & 1)) -eq 1 ] || return 1
    [ "$path" = / ] && return 0
    path="$(dirname "$path")"
  done
}

# The folder named by the caller; else target/live; else, below a private home, a folder under /tmp that is remembered.
choose_root() {
  local wish="$PROJECT/target/live" note="$PROJECT/target/live.root" kept
  if [ -n "${TUGTEST_LIVE_ROOT:-}" ]; then mkdir -p "$TUGTEST_LIVE_ROOT"; (cd "$TUGTEST_LIVE_ROOT" && pwd -P); return; fi
  if passable "$wish" 2>/dev/null; then (cd "$wish" && pwd -P); return; fi
  kept="$(cat "$note" 2>/dev/null || true)"
  if [ -z "$kept" ] || [ ! -d "$kept" ] || [ ! -O "$kept" ]; then
    kept="$(mktemp -d /tmp/tugtest-live.XXXXXX)"; chmod 755 "$kept"
    mkdir -p "$PROJECT/target"; printf '%s\n' "$kept" > "$note"
  fi
  printf '%s\n' "$kept"
}

ROOT="$(choose_root)" || { echo "tests/live: no usable folder for the servers" >&2; exit 2; }
export TUGTEST_LIVE_ROOT="$ROOT"
PREFIX="$ROOT/prefix"   # Debian packages, extracted
VENV="$ROOT/venv"       # Python packages; one of them is Node
STATE="$ROOT/state"     # everything a run writes; rebuilt by up.sh when nothing runs
TABLE="$STATE/live.env" # what is where: NAME=VALUE, one a line, the value to the end of the line
MULTIARCH="$(uname -m)-linux-gnu"
LIBRARIES="$PREFIX/usr/lib/$MULTIARCH:$PREFIX/lib/$MULTIARCH"
export HERE PROJECT ROOT PREFIX VENV STATE TABLE LIBRARIES

# Canaries, never used anywhere else. Bob's holds what usually breaks: not ASCII, colon, blank, percent, quote, at, hash.
ALICE_PASSWORD='canary-ftp-alice-7Qm2'
BOB_PASSWORD='cänary:bob w%rd"@#'
READER_PASSWORD='canary-ftp-reader-4Xk9'
LOCKED_PASSWORD='canary-ftp-locked-1Bz6'
API_KEY='canary-api-key-9Lw3/Tt+='
BEARER='canary-bearer-5Rn8.Yy-_~'
CLIENT_SECRET='canary-client-secret-3Jd8'
ODD_SECRET='canary %: +/="&~ 6Qx'

say() { printf 'tests/live: %s\n' "$*"; }
die() { printf 'tests/live: %s\n' "$*" >&2; exit 2; }

# A process is the one that was started when its number and its start time both fit (numbers are reused).
start_time() { sed 's/^.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }
is_running() { # pid file
  local pid time state
  read -r pid time < "$1" 2>/dev/null || return 1
  [ -n "$time" ] && [ "$(start_time "$pid")" = "$time" ] || return 1
  state="$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$pid/status" 2>/dev/null)"
  [ -n "$state" ] && [ "$state" != Z ]
}
