# SPDX-License-Identifier: GPL-3.0-or-later
cat > s.yaml <<END
headroom: 1
name: Unknown names
horizon: { start: 2026-12-01, months: 12 }
workloads:
  - name: chat
    demand: { generate: { rate: 3 req/s, input: 100 tokens, output: 50 tokens } }
    slo: { ttft: 500ms }
    models: [ { use: lama-3.1-8b }, { use: llama-3.1-8b } ]
    run_on: [ { instance: g6e.2xlrge }, { instance: g6e.xlarge } ]
    regions: [us-eest-1]
END
"$headroom" run s.yaml; code=$?; ls out 2>/dev/null; exit $code
