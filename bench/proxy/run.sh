#!/usr/bin/env bash
# The proxy against HAProxy (TCP mode) and nginx (stream), in turn on the same core: run.sh PROOFLOAD
# PL_TOXIPROXY=PATH: against Toxiproxy's server too.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
g++ -std=c++20 -O2 -o "$work/probe" "$here/probe.cc"
python3 "$here/bench.py" "$1" "$work"
