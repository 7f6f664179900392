#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The table of `headroom size`: 80 columns however long the names are, and in the footer each error band beside what has it:
# where a device has several, told apart by the model, the format or the candidate's name.
. "$(dirname "$0")/lib.sh"
cat > long.yaml <<'EOF'
headroom: 1
name: long names
horizon: { start: 2026-12-01, months: 1 }
workloads:
  - name: a-workload-with-a-long-name
    demand: { generate: { rate: 0.2 req/s, input: 300 tokens, output: 60 tokens } }
    slo: { ttft: 2s, tpot: 80ms, share: 90% }
    models:
      - { use: llama-2-7b, precision: [bf16, int8] }
      - { use: qwen3-8b, precision: [bf16] }
    run_on:
      - { instance: inf2.24xlarge, tensor_parallel: 6, sequences: 8, context: 2048 tokens }
      - { instance: inf2.48xlarge, tensor_parallel: 12, sequences: 8, context: 2048 tokens, memory_share: 85% }
      - { instance: g6e.2xlarge, sequences: 64, memory_share: 85%, prefix_caching: off, cuda_graphs: off, async_scheduling: off }
    regions: [us-east-1]
  - name: other
    demand: { generate: { rate: 0.2 req/s, input: 300 tokens, output: 60 tokens } }
    slo: { ttft: 2ms, share: 90% }
    models: [ { use: llama-3.1-8b } ]
    run_on: [ { instance: g6e.2xlarge } ]
    regions: [us-east-1]
purchase: [ on_demand ]
EOF
expect_code 0 "$headroom" size long.yaml
[ "$(columns < stdout)" -le 80 ] || fail "lines of more than 80 columns: $(cat stdout)"
grep -q 'other: g6e.2xlarge .*no: cannot meet' stdout || fail "no refusal beside a short name"
flat=$(tr -s ' \n' ' ' < stdout)
for words in '% on inf2.48xlarge llama-2-7b bf16 tp12;' 'Inferentia2 with llama-2-7b in int8' 'Inferentia2 with qwen3-8b' \
  'L40S with llama-2-7b in bf16'; do
  grep -qF "$words" <<< "$flat" || fail "the footer does not name $words: $flat"
done
