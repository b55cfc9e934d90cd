#!/usr/bin/env bash
# Twenty times SIGKILL at a random moment of a run: nothing may be left, and what was logged must be readable.
# usage: kill.sh PROOFLOAD [SEED]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
exec python3 "$here/../run/killed.py" "$1" "$here/../.." 20 ${2:+"$2"}
