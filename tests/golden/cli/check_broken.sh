# SPDX-License-Identifier: GPL-3.0-or-later
cat > s.yaml <<END
headroom: 1
name: Broken
horizon: { start: 2026-12-01, month: 12 }
workloads:
  - name: chat
    demand: { generate: { rate: 3, input: 100 tokens, output: 50 tokens } }
    slo: { ttft: fast, share: 99% }
    models: [ { use: llama-3.1-8b } ]
    run_on: [ { instance: g6e.xlarge } ]
    regions: [us-east-1]
budgets: [ { scope: all, year: 600 kUSD } ]
END
"$headroom" check s.yaml
