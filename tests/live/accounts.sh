#!/bin/bash
# Accounts and home folders that exist only for the daemons started here: ns.sh lays $STATE/etc over /etc for each of them.
set -euo pipefail
. "$(dirname "$0")/env.sh"
E="$STATE/etc"; H="$STATE/home"
mkdir -p "$E/pam.d" "$H"
cp -a /etc/pam.d/. "$E/pam.d/"
OURS='^(alice|bob|reader|locked|expired|ftp|proftpd):'
grep -v -E "$OURS" /etc/passwd > "$E/passwd" || true
grep -v -E "$OURS" /etc/shadow > "$E/shadow" || true
cp /etc/group "$E/group"; echo 'tugtest:x:5000:' >> "$E/group"
chmod 600 "$E/shadow"

hash_of() { printf '%s' "$1" | openssl passwd -6 -salt tugtest -stdin; }
number=5001
account() { # name, password, mark before the hash (! locks it), days until it must have changed
  echo "$1:x:$number:5000::$H/$1:/bin/bash" >> "$E/passwd"
  echo "$1:${3:-}$(hash_of "$2"):${4:-19000:0:99999:7:::}" >> "$E/shadow"
  mkdir -p "$H/$1"; echo "hello from $1" > "$H/$1/readme.txt"
  chown -R "$number:5000" "$H/$1"; chmod 755 "$H/$1"
  number=$((number + 1))
}
account alice "$ALICE_PASSWORD"
account bob "$BOB_PASSWORD"
account reader "$READER_PASSWORD"
account locked "$LOCKED_PASSWORD" '!'
account expired "$LOCKED_PASSWORD" '' '19000:0:99999:7::1:'

# What a step may find in a home folder: its own folders, one that only root may enter, one that nobody may write to.
mkdir -p "$H/alice/incoming" "$H/alice/orders/2026" "$H/alice/closed" "$H/alice/frozen"
printf 'id,total\n1,9.50\n' > "$H/alice/orders/orders-1.csv"
chown -R 5001:5000 "$H/alice/incoming" "$H/alice/orders"
chown 0:0 "$H/alice/closed" "$H/alice/frozen"; chmod 700 "$H/alice/closed"; chmod 555 "$H/alice/frozen"
chown -R 0:0 "$H/reader"; chmod 555 "$H/reader"

# The anonymous user of vsftpd and Pure-FTPd.
echo "ftp:x:5099:65534::$H/public:/usr/sbin/nologin" >> "$E/passwd"
mkdir -p "$H/public"; echo 'for everybody' > "$H/public/hello.txt"

cat > "$E/pam.d/tugtest-live" <<'P'
auth     required pam_unix.so
account  required pam_unix.so
session  required pam_permit.so
P
