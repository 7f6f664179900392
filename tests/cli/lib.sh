# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by the scripts beside it: $headroom, $source, an empty working folder, and `fail`.
set -uo pipefail
headroom=$(realpath "$1")
source=$(realpath "$(dirname "$0")/../..")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
fail() { echo "FAILED: $*"; exit 1; }
expect_code() { # expected, command...
  local expected=$1 code
  shift
  "$@" >stdout 2>stderr
  code=$?
  [ "$code" = "$expected" ] || { cat stdout stderr; fail "exit code $code, expected $expected: $*"; }
}
# A scenario that runs in a moment.
small_scenario() {
  cat > "${1:-small.yaml}" <<'YAML'
headroom: 1
name: Small
horizon: { start: 2026-12-01, months: 1 }
workloads:
  - name: chat
    demand: { generate: { rate: 0.05 req/s, input: 200 tokens, output: 60 tokens } }
    slo: { ttft: 2s, tpot: 100ms, share: 95% }
    models: [ { use: llama-3.1-8b } ]
    run_on: [ { instance: g6e.xlarge }, { instance: g4dn.xlarge } ]
    regions: [us-east-1]
YAML
}
