# SPDX-License-Identifier: GPL-3.0-or-later
mkdir s
printf 'timestamp_ms,input,output\n0,1,1\n5,2,2\n' > s/week.csv
cat > s/scenario.yaml <<END
headroom: 1
name: Missing
horizon: { start: 2026-12-01, months: 12 }
prices: book.csv
profiles: [ l40s.csv ]
workloads:
  - name: chat
    demand: { trace: week.csv }
    slo: { ttft: 500ms, share: 99% }
    models: [ { use: llama-3.1-8b } ]
    run_on: [ { instance: g6e.xlarge } ]
    regions: [us-east-1]
END
"$headroom" check s
