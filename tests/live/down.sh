#!/bin/bash
# down.sh [--purge]: ends what up.sh started and nothing else, by process number and start time. --purge also removes the state.
set -euo pipefail
. "$(dirname "$0")/env.sh"
ended=0
signal() { # signal, file: the process and its group (each server was made the leader of one)
  local pid
  read -r pid _ < "$2"
  kill "-$1" -- "-$pid" 2> /dev/null || kill "-$1" "$pid" 2> /dev/null || true
}
alive=()
for file in "$STATE"/run/*.pid; do
  [ -e "$file" ] || continue
  if is_running "$file"; then signal TERM "$file"; alive+=("$file"); ended=$((ended + 1)); else rm -f "$file"; fi
done
for _ in $(seq 30); do
  left=()
  for file in "${alive[@]}"; do is_running "$file" && left+=("$file"); done
  alive=("${left[@]}")
  [ ${#alive[@]} -eq 0 ] && break
  sleep 0.1
done
for file in "${alive[@]}"; do signal KILL "$file"; done
rm -f "$STATE"/run/*.pid "$STATE"/run/*.port
[ "${1:-}" = --purge ] && rm -rf "$STATE"
say "$ended servers ended"
