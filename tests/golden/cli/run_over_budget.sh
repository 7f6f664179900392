# SPDX-License-Identifier: GPL-3.0-or-later
# An enforced budget: kept, 0; broken by what the bill has beside the plan, 1 with the whole answer; kept by no plan, 1 with why.
cat > book.csv <<'END'
headroom_price_book,1,mine,USD
kind,sku,region,alias,option,term,payment,unit,usd,status,rule,source,as_of
token_api,acme.writer-v1,us-east-1,acme/writer,on_demand,,,1M input tokens,0.60,published,,list,2026-11-01
token_api,acme.writer-v1,us-east-1,,on_demand,,,1M output tokens,2.40,published,,list,2026-11-01
instance,g4dn.xlarge,us-east-1,,on_demand,,,hour,1,published,,list,2026-11-01
END
cat > kept.yaml <<'END'
headroom: 1
name: kept
horizon: { start: 2026-12-01, months: 1 }
prices: book.csv
simulation: { replications: 1 }
budgets: [ { scope: all, month: 60 USD, enforce: on } ]
jobs:
  - { name: tune, kind: fine_tuning, every: 7d, nodes: 1, regions: [us-east-1], run_on: [ { instance: g4dn.xlarge, alone: 1h } ] }
workloads:
  - name: writer
    demand:
      generate: { rate: 1 req/min, input: 800 tokens, output: 200 tokens }
    slo: { latency: 30s, share: 95% }
    models: [ { use: acme/writer, ttft: 300ms, tpot: 20ms } ]
    regions: [us-east-1]
END
"$headroom" run kept.yaml --quiet --csv budgets || exit
echo "with a job of 20 hours a week:"
"$headroom" run kept.yaml --quiet --csv budgets --set 'jobs.0.run_on.0.alone=20h'
[ $? -eq 1 ] || exit 70
ls out/kept/report.pdf
echo "with 10 USD a month:"
"$headroom" run kept.yaml --set 'budgets.0.month=10 USD'
