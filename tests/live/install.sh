#!/bin/bash
# Fetches the servers into $ROOT, once. Debian packages are downloaded and EXTRACTED, not installed: the FTP servers exclude one
# another in dpkg, and an extracted package starts no service and changes no file of the system. Only the plain tools that the
# scripts themselves call (openssl, python3, ss) and a browser are installed where they are missing, which needs root.
set -euo pipefail
. "$(dirname "$0")/env.sh"
DONE="$ROOT/.installed-6"
[ -e "$DONE" ] && exit 0
LOG="$ROOT/install.log"; : > "$LOG"
trap 'status=$?; [ $status -eq 0 ] || { echo "tests/live: the installation failed; the end of $LOG:" >&2; tail -15 "$LOG" >&2; }' EXIT
export DEBIAN_FRONTEND=noninteractive

lists_fresh=no
fresh_lists() { [ $lists_fresh = yes ] || apt-get update -qq >> "$LOG" 2>&1 || true; lists_fresh=yes; }

missing=()
command -v openssl > /dev/null || missing+=(openssl)
command -v ss > /dev/null && command -v ip > /dev/null || missing+=(iproute2)
command -v setsid > /dev/null && command -v unshare > /dev/null || missing+=(util-linux)
command -v chromium > /dev/null || missing+=(chromium)
python3 -c 'import venv, ensurepip' 2> /dev/null || missing+=(python3 python3-venv)
if [ ${#missing[@]} -gt 0 ]; then
  fresh_lists
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >> "$LOG" 2>&1
fi

# Each daemon with those of its libraries that this machine lacks, as apt works them out.
fetch() {
  local names
  names="$(apt-get install -s --no-install-recommends "$@" 2>> "$LOG" | awk '/^Inst /{print $2}')"
  [ -n "$names" ] || names="$*"     # already installed: extract our own copy all the same
  # shellcheck disable=SC2086
  apt-get download -qq $names >> "$LOG" 2>&1
}
mkdir -p "$PREFIX" "$ROOT/packages"
cd "$ROOT/packages"
fresh_lists
fetch vsftpd
fetch proftpd-core proftpd-mod-crypto
fetch pure-ftpd
fetch nginx
fetch lighttpd
fetch apache2-bin
for package in *.deb; do dpkg -x "$package" "$PREFIX"; done

python3 -m venv "$VENV" >> "$LOG" 2>&1
"$VENV/bin/pip" install -q --disable-pip-version-check --no-input -r "$HERE/requirements.txt" >> "$LOG" 2>&1

# The OpenID provider, by the lock: npm and Node came with the Python packages, since Debian's Node is too old for it.
mkdir -p "$ROOT/node"
cp "$HERE"/node/package*.json "$ROOT/node/"
(cd "$ROOT/node" && PATH="$VENV/bin:$PATH" npm ci --ignore-scripts --no-audit --no-fund >> "$LOG" 2>&1)
touch "$DONE"
