# SPDX-License-Identifier: GPL-3.0-or-later
# A scenario of two files with an override, as it is read; that read again says the same.
cat > estate.yaml <<'YAML'
policy: { max_term: 1y, coverage_max: 80% }   # of FinOps
YAML
cat > s.yaml <<'YAML'
headroom: 1
name: "Two: files"
include: estate.yaml
horizon: { start: 2026-12-01, months: 1 }
workloads:
  - { name: chat, demand: { generate: { rate: 1 req/s, input: 9 tokens, output: 9 tokens } }, slo: { ttft: 2s },
      models: [ { use: llama-3.1-8b } ], run_on: [ { instance: g5.2xlarge }, { instance: g6e.xlarge } ], regions: [us-east-1] }
YAML
"$headroom" check --print s.yaml --set workloads.0.slo.share=95% | tee one.yaml
"$headroom" check --print one.yaml | cmp - one.yaml && "$headroom" check one.yaml
