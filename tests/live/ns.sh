#!/bin/bash
# ns.sh COMMAND...: runs a daemon in a mount namespace of its own in which passwd, shadow, group, pam.d and /run are ours. So vsftpd
# checks real accounts (also locked and expired ones) through real PAM, and the machine's own accounts stay as they are. Needs root.
set -euo pipefail
. "$(dirname "$0")/env.sh"
if [ "${TUGTEST_LIVE_INSIDE:-}" != 1 ]; then
  exec env TUGTEST_LIVE_INSIDE=1 LD_LIBRARY_PATH="$LIBRARIES" unshare --mount --propagation private -- bash "$HERE/ns.sh" "$@"
fi
for name in passwd shadow group; do mount --bind "$STATE/etc/$name" "/etc/$name"; done
mount --bind "$STATE/etc/pam.d" /etc/pam.d
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/vsftpd/empty
exec "$@"
