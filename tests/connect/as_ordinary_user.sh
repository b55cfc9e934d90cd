#!/bin/bash
# Runs a test binary as the user nobody, with a folder of its own; as it is where we are not root.
set -e
if [ "$(id -u)" != 0 ]; then exec "$@"; fi
if ! su nobody -s /bin/bash -c "test -x '$1'"; then
  echo "skipped: the build folder is closed to the user nobody"
  exit 77
fi
home=$(mktemp -d /tmp/proofload-test-XXXXXX)
trap 'rm -rf "$home"' EXIT
chown nobody "$home"
su nobody -s /bin/bash -c "cd '$home' && HOME='$home' PL_NODE='$PL_NODE' '$1'"
