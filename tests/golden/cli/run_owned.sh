# SPDX-License-Identifier: GPL-3.0-or-later
# What is owned already is owed after the horizon too: 92 days x 24 x 0.4 = 883.2 USD, apart from what is bought.
cat > book.csv <<'END'
headroom_price_book,1,mine,USD
kind,sku,region,alias,option,term,payment,unit,usd,status,rule,source,as_of
instance,g4dn.xlarge,us-east-1,,on_demand,,,hour,1,published,,list,2026-11-01
END
cat > owned.yaml <<'END'
headroom: 1
name: owned
horizon: { start: 2026-12-01, months: 18 }
prices: book.csv
simulation: { replications: 1 }
purchase: on_demand
estate: { owned: [ { reserved: standard, instance: g4dn.xlarge, count: 1, rate: 0.4 USD/h, ends: 2028-09-01 } ] }
workloads:
  - name: embed
    demand: { generate: { rate: 0.02 req/s, input: 64 tokens, output: 0 tokens } }
    slo: { latency: 500ms, share: 95% }
    models: [ { use: bert-base } ]
    run_on: [ { instance: g4dn.xlarge } ]
    regions: [us-east-1]
END
"$headroom" run owned.yaml --no-progress | grep -A2 'owed after'
"$headroom" run owned.yaml --no-progress --markdown | grep -A1 'owed after'
grep liability out/owned/numbers.csv
"$headroom" explain out/owned plan.owned_liability_usd
