#!/usr/bin/env bash
# usage: three_runs.sh PROOFLOAD: three whole runs of each example in a row must end alike: the same exit code, the same
# outcome of every experiment. Each must find in the playhouse what examples/README.md lists, and nothing of it in the
# house.
set -euo pipefail
program=$1
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d "${TMPDIR:-/tmp}/proofload-soak-XXXXXX")
trap 'rm -rf "$work"' EXIT
failed=0
for example in examples/*/; do
  name=$(basename "$example")
  [ -f "$example/proofload.yaml" ] || continue
  for turn in 1 2 3; do
    status=0 began=$SECONDS
    "$program" run "$example" --out "$work/$name-$turn" >"$work/$name-$turn.txt" || status=$?
    took=$((SECONDS - began))
    python3 - "$work/$name-$turn/report.json" >"$work/$name-$turn.outcomes" <<'PY'
import json, sys
report = json.load(open(sys.argv[1]))
for experiment in sorted(report["experiments"], key=lambda e: e["key"]):
    print(experiment["key"], experiment["state"], experiment["outcome"])
PY
    echo "exit $status" >>"$work/$name-$turn.outcomes"
    echo "$name, run $turn: exit $status, $took s"
  done
  for turn in 2 3; do
    diff "$work/$name-1.outcomes" "$work/$name-$turn.outcomes" || { echo "$name: run $turn differs from run 1"; failed=1; }
  done
done
for turn in 1 2 3; do
  python3 tests/soak/listed.py examples/README.md "$work"/{playhouse,house}-"$turn"/report.json || failed=1
done
exit $failed
