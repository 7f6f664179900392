# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by the scripts beside it: $headroom, $json (json_value.c; optional), $source, an empty working folder, and `fail`.
set -uo pipefail
headroom=$(realpath "$1")
unset COLUMNS # text is broken to it
json=$(realpath "${2:-$(dirname "$1")/../tests/cli/json_value}")
source=$(realpath "$(dirname "$0")/../..")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
# The widest line of what is read, as a terminal shows it.
columns() { LC_ALL=C.UTF-8 wc -L; }
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
# A scenario in which everything moves that can, and the spot traces that it names: two zones of ten-minute steps, eight days.
moving_scenario() {
  local zone
  for zone in 1 2; do
    awk -v zone=$zone 'BEGIN {
      draw = 12345 * zone; up = 1
      printf "{\"metadata\": {\"gap_seconds\": 600}, \"data\": ["
      for (i = 0; i < 1152; i++) {
        draw = (draw * 1103515245 + 12345) % 2147483648
        if (draw / 2147483648 < (up ? 0.03 : 0.1)) up = !up
        printf "%s%d", i ? ", " : "", up
      }
      print "]}"
    }' > zone$zone.json
  done
  cat > moving.yaml <<'YAML'
headroom: 1
name: Moving
horizon: { start: 2026-12-01, months: 2 }
estate:
  supply: [ { instance: g6.2xlarge, obtainable: 60%, lead_time: 2min, substitutes: g5.xlarge } ]
policy: { spot_share_max: 60% }
workloads:
  - name: chat
    demand:
      growth: 5%/month
      priorities: [ 30%, 70% ]
      generate: { rate: 0.12 req/s, weekday: [1,1,1,1,1,2,4,7,9,9,9,8,8,9,9,8,7,6,5,4,3,2,2,1], input: { median: 300 tokens, max: 2K tokens }, output: { median: 200 tokens, sigma: 0.5, max: 800 tokens } }
    engine: { admission: priority }
    slo: { latency: 60s, share: 80% }
    models:
      - { use: llama-3.1-8b, lora: { adapters: 8, resident: 4 } }
      - { use: bedrock/llama-3.1-8b, ttft: 350ms, ttft_sigma: 0.3, tpot: 12ms, tpot_sigma: 0.2, requests_per_minute: 4 req/min }
    run_on: [ { instance: g5.xlarge, sequences: 2 }, { instance: g6.2xlarge, sequences: 2 } ]
    regions: [us-east-1]
    admission: { outstanding: [ 8, 6 ], tenants: [ { share: 70%, rate: 0.3 req/s, burst: 10 }, { share: 30%, rate: 0.05 req/s, burst: 3 } ] }
    fallback: { above: 3, to: bedrock/llama-3.1-8b }
    timeouts: { queue: 20s, total: 2min }
    retries: { attempts: 3, backoff: 2s }
    cache: { hits: 10% }
  - name: search
    demand: { generate: { rate: 0.05 req/s, input: 64 tokens, output: 0 tokens, burstiness: { minute_cv: 0.5 } } }
    slo: { latency: 6s, share: 90% }
    models: [ { use: bert-base } ]
    run_on: [ { function: lambda-arm64, memory: 2048 MB, cold_start: { median: 500ms, sigma: 0.6 }, keep_alive: { median: 3min, sigma: 0.5 }, concurrency: 4 } ]
    regions: [us-east-1]
  - name: agents
    demand:
      flow:
        users: 3
        think: 5min
        calls_max: 6
        steps:
          - { name: plan, input: 200 tokens, output: 60 tokens, next: { tool: 70% } }
          - { name: tool, call: off, delay: 2s, next: { answer: 100% } }
          - { name: answer, context: grows, input: 100 tokens, output: 80 tokens, next: { tool: 40%, lookup: 20% } }
          - { name: lookup, station: search, parallel: 2, next: { embed: 50% } }
          - { name: embed, station: embedder, input: 50 tokens, output: 0 tokens, next: { answer: 100% } }
        stations:
          - { name: search, instance: c7i.xlarge, count: 2, service: 300ms, times: exponential }
          - { name: embedder, instance: g6.xlarge, model: bert-base }
    slo: { latency: 60s, share: 80% }
    models: [ { use: llama-3.1-8b } ]
    run_on: [ { instance: g6.2xlarge }, { instance: g5.xlarge } ]
    regions: [us-east-1]
  - name: mixed
    demand:
      mix:
        - { name: short, generate: { rate: 0.02 req/s, input: 100 tokens, output: 40 tokens } }
        - { name: long, generate: { rate: 0.01 req/s, input: 900 tokens, output: 300 tokens } }
    slo: { latency: 90s, share: 80% }
    models: [ { use: llama-3.1-8b } ]
    run_on: [ { instance: g6.2xlarge }, { instance: g5.xlarge } ]
    regions: [us-east-1]
purchase: [ on_demand, spot, { savings_plan: compute } ]
spot:
  source: model
  on_notice: migrate
  zones: [ { zone: us-east-1a, trace: zone1.json }, { zone: us-east-1b, trace: zone2.json } ]
resilience: { zones: 2, survive: zone, outage: 30min }
scaling:
  policy: target_tracking
  metric: concurrency
  target: 60%
  ready: parts
  boot: { median: 40s, sigma: 0.3 }
  image: { median: 1min, sigma: 0.5 }
  warm_up: 30s
  load_bandwidth: 2 GB/s
  warm_pool: 1
jobs:
  - name: embeddings
    kind: batch_inference
    every: 7d
    deadline: 12h
    checkpoint: { write: 2min, restore: 3min }
    spot: { up: 2h, down: 30min }
    run_on: [ { instance: g5.xlarge, alone: 5h } ]
    purchase: [ on_demand, spot ]
    regions: [us-east-1]
storage:
  - { name: logs, region: us-east-1, written: 50 GB/month, object: 4 MiB, kept: 12, read: 50% }
simulation: { seed: 7, replications: 1, replays: 2 }
YAML
}
