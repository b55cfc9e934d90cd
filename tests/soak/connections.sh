#!/usr/bin/env bash
# As many idle connections through the relay as this machine allows, up to 100,000.
# usage: connections.sh PROOFLOAD [COUNT]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
exec python3 "$here/connections.py" "$1" "$here/../.." ${2:+"$2"}
